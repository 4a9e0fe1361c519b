"""Registrations in the national system: how far each intake is, a list sent in, one student typed; another person confirms."""

from __future__ import annotations

from django import forms
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods

from xueji.accounts.permissions import Permission as P
from xueji.core.errors import BadInput, Conflict, NotFound
from xueji.core.intakes import Intake
from xueji.core.packs import PackView
from xueji.institutions.queries import permissions_of
from xueji.ledger.tags import EventTag
from xueji.registry.models import Enrolment
from xueji.registry.national_queries import (
    EXPORT,
    KEY,
    TITLE,
    TYPED,
    national_standing,
    national_workbook,
    typed_national,
    without_national_date,
)
from xueji.registry.queries.students import student_for
from xueji.uploads.actions import receive_upload
from xueji.uploads.models import UploadState
from xueji.uploads.queries import uploads_of
from xueji.web.access import requires, takes_upload
from xueji.web.forms import DayField, add_refusal, posted
from xueji.web.listing import made_answer
from xueji.web.looks import note_look
from xueji.web.school.name_lists import filing_school, filing_schools, taken_workbook
from xueji.web.upload_pages import UploadPage, UploadWords, register_page
from xueji.web.workbook_form import XLSX, WorkbookForm

_LISTED = 5


class NationalForm(forms.Form):
    """When a student was registered in the national system, and where the school knows it from."""

    national_on = DayField("national", label="全国系统注册日期")
    source = forms.ChoiceField(label="来源", choices=[(EXPORT, EXPORT), (TYPED, TYPED)])


def _registers(view: PackView) -> bool:
    return "registration" in view.keys("closing")


@require_http_methods(["GET", "POST"])
@requires(P.CONFIRM_REGISTRATION)
@takes_upload("MAX_WORKBOOK_BYTES")
def national(request: HttpRequest) -> HttpResponse:
    """Show of each intake how many dates are known and how many students filed; take a list, which is read as a job."""
    school, _ = filing_school(request, _registers, P.CONFIRM_REGISTRATION)
    may_send = P.REGISTER_STUDENTS in permissions_of(request.user)
    form = WorkbookForm(posted(request), request.FILES or None)
    if (upload := taken_workbook(request, form, KEY, school)) is not None:
        return redirect("uploads:national", upload.pk)
    sent = uploads_of(school, KEY)
    context = {
        "school": school, "schools": list(filing_schools(request, P.CONFIRM_REGISTRATION)), "form": form,
        "intakes": national_standing(school), "may_send": may_send, "waiting": list(sent.filter(state=UploadState.READY)),
        "uploads": list(sent[:_LISTED]), "workbook_mb": settings.MAX_WORKBOOK_BYTES // 1048576,
    }  # fmt: skip
    return render(request, "school/national.html", context, status=422 if form.is_bound else 200)


@require_GET
@requires(P.REGISTER_STUDENTS)
def national_names(request: HttpRequest) -> HttpResponse:
    """Send the list of an intake's students of whom the date is not known."""
    school, _ = filing_school(request, _registers, P.REGISTER_STUDENTS)
    try:
        records = without_national_date(school, Intake.parse(request.GET.get("intake", "")))
    except ValueError:
        raise NotFound from None
    name = f"{TITLE} {school.name} {timezone.localdate():%Y-%m-%d}.xlsx"
    note_look(request, EventTag.LIST_DOWNLOADED, school, school_id=school.pk, title=name, persons=len(records))
    return made_answer(national_workbook(request.user, records), name, XLSX)


@require_http_methods(["GET", "POST"])
@requires(P.REGISTER_STUDENTS)
def national_student(request: HttpRequest, enrolment_id: str) -> HttpResponse:
    """Take the date of one student; it waits for another person as a list of one."""
    record = _record(request, enrolment_id)
    stands = record.registration
    form = NationalForm(
        posted(request), initial={"national_on": stands.national_on, "source": stands.national_source or EXPORT}
    )
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        made = typed_national(request.user, record, data["national_on"], data["source"])
        try:
            sent = receive_upload(
                kind=KEY, subject=record.school, workbook=("页面登记.xlsx", made), by=request.user, at=timezone.now()
            )
        except (BadInput, Conflict) as refusal:
            add_refusal(form, refusal)
        else:
            messages.success(request, "已录入，请由本校另一名人员确认")
            return redirect("uploads:national", sent.pk)
    context = {"record": record, "form": form, "school": record.school}
    return render(request, "school/national_student.html", context, status=422 if form.is_bound else 200)


def _record(request: HttpRequest, enrolment_id: str) -> Enrolment:
    """Return a registered student of a school for which the person registers students, else NotFound."""
    record = student_for(request.user, enrolment_id)
    is_own = filing_schools(request, P.REGISTER_STUDENTS).filter(pk=record.school_id).exists()
    if not is_own or getattr(record, "registration", None) is None:
        raise NotFound
    return record


register_page(
    UploadPage(
        name="national",
        path="school/national-lists/",
        kinds=(KEY,),
        view=P.VIEW_REGISTER,
        act=P.CONFIRM_REGISTRATION,
        frame="school/national_upload.html",
        context=lambda upload: {"school": upload.subject},
        again=lambda upload: f"{reverse('school:national')}?school={upload.subject_id}",
        done=lambda upload: f"{reverse('school:national')}?school={upload.subject_id}",
        words=UploadWords(
            rows="可以登记",
            against="与已登记的日期",
            before="由录入人以外的另一名人员核对后确认；之前不会改动任何数据。",
            confirmed="已登记 {count} 名学生的全国系统注册日期",
            discard="放弃这份名册？已登记的日期不会改动。",
            discarded="已放弃这份名册，已登记的日期未作改动",
            nothing="没有读到学生。",
        ),
        shows_identity=False,
    )
)
