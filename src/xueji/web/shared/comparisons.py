"""The two systems compared: an export of the national system sent about a school, what differs, what is put on record (FM5)."""

from __future__ import annotations

from typing import Any, cast

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods

from xueji.accounts.models import User
from xueji.accounts.permissions import Permission as P
from xueji.core.errors import BadInput, Conflict, NotFound
from xueji.institutions.models import School
from xueji.institutions.queries import pack_of, pick
from xueji.supervision.comparison_queries import (
    OF_AUTHORITY,
    OF_SCHOOL,
    TITLE,
    answers_counted,
    comparison_for,
    comparisons_visible_to,
    figures_read,
    is_too_far,
    kind_for,
    latest_comparisons,
    schools_compared,
    share_words,
    students_read,
    students_recorded,
)
from xueji.uploads.actions import receive_upload
from xueji.uploads.models import Upload
from xueji.uploads.queries import uploads_of
from xueji.web.access import requires, takes_upload
from xueji.web.forms import add_refusal, posted
from xueji.web.listing import page_of
from xueji.web.upload_pages import UploadPage, UploadWords, address_of, register_page
from xueji.web.workbook_form import WorkbookForm

_LISTED = 5
_ON_PAGE = 200


@require_GET
@requires(P.VIEW_REGISTER)
def comparisons(request: HttpRequest) -> HttpResponse:
    """List the schools with the comparison that counts of each; who has one school alone goes to it."""
    user = cast("User", request.user)
    schools = schools_compared(user)
    if len(first := list(schools[:2])) == 1:
        return redirect("school_comparisons", first[0].pk)
    page = page_of(request, schools)
    latest = latest_comparisons(user, page.object_list)
    rows = [(school, latest.get(school.pk)) for school in page.object_list]
    return render(request, "shared/comparisons.html", {"page": page, "rows": rows})


@require_http_methods(["GET", "POST"])
@requires(P.VIEW_REGISTER)
@takes_upload("MAX_WORKBOOK_BYTES")
def school_comparisons(request: HttpRequest, school_id: int) -> HttpResponse:
    """Show what was compared at a school; take an export, which is held against the register as a job."""
    user = cast("User", request.user)
    school = pick(schools_compared(user), school_id)
    if "two_systems_compared" not in pack_of(school).on(timezone.localdate()).keys("value"):
        raise NotFound
    kind = kind_for(user, school)
    form = WorkbookForm(posted(request), request.FILES or None)
    if form.is_bound and kind and (upload := _taken(request, form, kind, school)) is not None:
        return redirect(address_of(upload))
    sent = list(uploads_of(school, kind)[:_LISTED]) if kind else []
    context = {
        "school": school, "form": form, "may_send": bool(kind), "uploads": sent,
        "upload_page": f"uploads:{_PAGES[kind]}" if kind else "", "recorded": comparisons_visible_to(user).filter(school=school)[:_LISTED],
        "workbook_mb": settings.MAX_WORKBOOK_BYTES // 1048576,
    }  # fmt: skip
    return render(request, "shared/school_comparisons.html", context, status=422 if form.is_bound else 200)


def _taken(request: HttpRequest, form: WorkbookForm, kind: str, school: School) -> Upload | None:
    """Take the export; None, the form saying why, where it is refused."""
    if not form.is_valid():
        return None
    file = form.cleaned_data["workbook"]
    try:
        return receive_upload(
            kind=kind,
            subject=school,
            workbook=(file.name, file.read()),
            by=cast("User", request.user),
            at=timezone.now(),
        )
    except (BadInput, Conflict) as refusal:
        add_refusal(form, refusal)
        return None


@require_GET
@requires(P.VIEW_REGISTER)
def comparison(request: HttpRequest, comparison_id: int) -> HttpResponse:
    """Show a comparison on record: the figures, and who differs in which columns."""
    found = comparison_for(cast("User", request.user), comparison_id)
    answer = request.GET.get("answer", "")
    listed = [row for row in found.rows if answer in ("", row["answer"])]
    page = page_of(request, listed)
    context = {
        "comparison": found, "school": found.school, "page": page, "students": list(students_recorded(found, page.object_list)),
        "counted": answers_counted(found.counts), "same": found.counts.get("same", 0), "answer": answer,
        "is_too_far": is_too_far(found.school, found.compared_on, found.differing, found.total),
    }  # fmt: skip
    return render(request, "shared/comparison.html", context)


_PAGES = {OF_SCHOOL: "comparison", OF_AUTHORITY: "comparison_by_authority"}


def _context(upload: Upload) -> dict[str, Any]:
    """Return what the page of a reading shows: its figures and the first of those who differ; all are in the workbook."""
    figures = figures_read(upload)
    if figures is None:
        return {"school": upload.subject, "figures": None}
    students, count = students_read(upload, "", 0, _ON_PAGE)
    return {
        "school": upload.subject, "figures": figures, "share": share_words(figures.differing, figures.total),
        "counted": answers_counted(figures.counts), "same": figures.counts["same"], "students": students,
        "more_students": max(count - _ON_PAGE, 0),
        "is_too_far": is_too_far(
            upload.subject, timezone.localdate(upload.uploaded_at), figures.differing, figures.total
        ),
    }  # fmt: skip


def _school_page(upload: Upload) -> str:
    return reverse("school_comparisons", args=[upload.subject_id])


_WORDS = UploadWords(
    confirmed=f"已登记{TITLE}的核对结果",
    discard="放弃这份导出表？登记不会改动。",
    discarded="已放弃这份导出表，没有登记核对结果",
)
for _kind, _path, _act in (
    (OF_SCHOOL, "school/comparisons/", P.REGISTER_STUDENTS),
    (OF_AUTHORITY, "office/comparisons/", P.WATCH_DUTIES),
):
    register_page(
        UploadPage(
            name=_PAGES[_kind], path=_path, kinds=(_kind,), view=P.VIEW_REGISTER, act=_act, frame="shared/comparison_upload.html",
            context=_context, again=_school_page, done=_school_page, words=_WORDS, shows_identity=False,
        )
    )  # fmt: skip
