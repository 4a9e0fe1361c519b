"""What the pages of prefilled workbooks share: whose school it is, by which law, and taking the workbook that comes back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from django import forms
from django.conf import settings
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from xueji.accounts.permissions import Permission as P
from xueji.core.errors import BadInput, Conflict, NotFound
from xueji.core.packs import PackView
from xueji.institutions.models import School
from xueji.institutions.queries import pack_of, pick, schools_visible_to
from xueji.uploads.actions import receive_upload
from xueji.uploads.models import Upload
from xueji.uploads.queries import uploads_of
from xueji.web.forms import add_refusal
from xueji.web.school.batches import own_schools
from xueji.web.workbook_form import WorkbookForm

_LISTED = 5


def filing_schools(request: HttpRequest, permission: P = P.FILE_STATUS_CHANGE) -> QuerySet[School]:
    """Return the schools whose changes the person files, or for which they hold another permission."""
    schools = schools_visible_to(request.user, permission=permission).select_related("authority")
    return schools.filter(pk__in=own_schools(request)).order_by("name")


def filing_school(
    request: HttpRequest, knows: Callable[[PackView], object], permission: P = P.FILE_STATUS_CHANGE
) -> tuple[School, PackView]:
    """Return the school that is named, else the person's first, with its law; NotFound where that does not know the page."""
    schools, named = filing_schools(request, permission), request.GET.get("school")
    school = pick(schools, named) if named else schools.first()
    if school is None:
        raise NotFound
    view = pack_of(school).on(timezone.localdate())
    if not knows(view):
        raise NotFound
    return school, view


@dataclass(frozen=True, slots=True)
class BulkPage:
    """A page of a prefilled workbook for many: which template and upload, in which words, whose schools."""

    template: str
    kind: str
    upload_page: str
    title: str
    verb: str = "办理"
    permission: P = P.FILE_STATUS_CHANGE


def bulk_answer(
    request: HttpRequest, page: BulkPage, school: School, asked: tuple[forms.Form, object], upload_form: WorkbookForm
) -> HttpResponse:
    """Take the workbook that is sent back, or show who of those chosen may have what is asked."""
    form, choice = asked
    if (upload := taken_workbook(request, upload_form, page.kind, school)) is not None:
        return redirect(page.upload_page, upload.pk)
    context = {
        "school": school, "schools": list(filing_schools(request, page.permission)), "form": form, "choice": choice,
        "title": page.title, "verb": page.verb, "upload_form": upload_form, "upload_page": page.upload_page,
        "query": request.GET.urlencode(), "workbook_mb": settings.MAX_WORKBOOK_BYTES // 1048576,
        "uploads": list(uploads_of(school, page.kind).select_related("uploaded_by")[:_LISTED]),
    }  # fmt: skip
    refused = upload_form.is_bound or (form.is_bound and not form.is_valid())
    return render(request, page.template, context, status=422 if refused else 200)


def taken_workbook(request: HttpRequest, form: WorkbookForm, kind: str, school: School) -> Upload | None:
    """Take the workbook of a post, which is read as a job; None, the form saying why, where it is refused."""
    if request.method != "POST" or not form.is_valid():
        return None
    workbook = form.cleaned_data["workbook"]
    try:
        return receive_upload(
            kind=kind, subject=school, workbook=(workbook.name, workbook.read()), by=request.user, at=timezone.now()
        )
    except (BadInput, Conflict) as refusal:
        add_refusal(form, refusal)
        return None
