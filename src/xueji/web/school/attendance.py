"""Attendance of a school: who is away and proposed for withdrawal, classes checked this term, a check typed or sent as a workbook."""

from __future__ import annotations

from typing import Any, cast
from uuid import UUID

from django import forms
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from xueji.accounts.permissions import Permission as P
from xueji.core.attendance import Attendance, attendance_problems
from xueji.core.errors import BadInput, Conflict, RuleViolation
from xueji.core.packs import PackView
from xueji.institutions.models import School
from xueji.ledger.tags import EventTag
from xueji.registry.actions import open_absence_withdrawals, record_attendance
from xueji.registry.attendance_queries import KEY, TITLE, attendance_workbook
from xueji.registry.models import ACTIVE, AttendanceNote, Enrolment
from xueji.registry.queries.applications import records_of_class
from xueji.registry.queries.attendance import absence_rule, absentees, checks_of, classes_checked
from xueji.uploads.queries import uploads_of
from xueji.web.access import requires, takes_upload
from xueji.web.clauses import shown_clauses
from xueji.web.forms import DayField, add_refusal, posted, require_valid
from xueji.web.listing import made_answer
from xueji.web.looks import note_look
from xueji.web.school.name_lists import filing_school, filing_schools, taken_workbook
from xueji.web.upload_pages import UploadPage, UploadWords, register_page
from xueji.web.workbook_form import XLSX, WorkbookForm

MOST_TYPED = 120  # students of a class on one page; of more a workbook is sent
_LISTED = 5
_FIELDS = ("absent_since", "back_on", "leave_until", "reason", "contacts")


class AttendanceForm(forms.Form):
    """The day of a check, and of each student of a class what was found; empty for who was there."""

    checked_on = DayField("checked", label="核查日期")

    def __init__(self, *args: Any, records: list[Enrolment], **more: Any) -> None:
        super().__init__(*args, **more)
        self.records = records
        for record in records:
            key = record.pk
            self.fields[f"absent_since_{key}"] = DayField("absent", label="未到校之日", required=False)
            self.fields[f"back_on_{key}"] = DayField("back", label="返校之日", required=False)
            self.fields[f"leave_until_{key}"] = DayField("leave", label="准假至", required=False)
            self.fields[f"reason_{key}"] = forms.CharField(label="未到校原因", max_length=60, required=False)
            self.fields[f"contacts_{key}"] = forms.CharField(label="联系情况", max_length=300, required=False)

    def clean(self) -> dict[str, object]:
        """Refuse what cannot be, beside the cell it stands in."""
        given = super().clean() or {}
        if checked_on := given.get("checked_on"):
            for record in self.records:
                registration = getattr(record, "registration", None)
                entered_on = registration.entered_on if registration else None
                attendance = self._attendance(record)
                for name, message in attendance_problems(
                    attendance, checked_on, present_on=None, entered_on=entered_on
                ):
                    self.add_error(f"{name}_{record.pk}", message)
        return given

    @property
    def rows(self) -> list[tuple[Enrolment, list[forms.BoundField]]]:
        """Return each student with the fields of theirs."""
        return [(record, [self[f"{name}_{record.pk}"] for name in _FIELDS]) for record in self.records]

    @property
    def attendances(self) -> dict[UUID, Attendance]:
        """Return what was found, of everybody of the class."""
        return {record.pk: self._attendance(record) for record in self.records}

    def _attendance(self, record: Enrolment) -> Attendance:
        given = {name: self.cleaned_data.get(f"{name}_{record.pk}") for name in _FIELDS}
        days = {name: given[name] for name in ("absent_since", "back_on", "leave_until")}
        return Attendance(**days, reason=given["reason"] or "", contacts=given["contacts"] or "")


class AbsenceForm(forms.Form):
    """Whom of those proposed somebody chose, and why."""

    statement = forms.CharField(label="申请事由", max_length=500)
    record = forms.MultipleChoiceField(label="学生")

    def __init__(self, *args: Any, keys: list[str], **more: Any) -> None:
        super().__init__(*args, **more)
        cast("forms.MultipleChoiceField", self.fields["record"]).choices = [(key, key) for key in keys]


@require_GET
@requires(P.FILE_STATUS_CHANGE)
def attendance(request: HttpRequest) -> HttpResponse:
    """Show who is away, who of them is proposed for withdrawal on what evidence, and which classes were checked this term."""
    school, view = _school(request)
    today = timezone.localdate()
    away = absentees(school, today, view)
    term_from, classes = classes_checked(request.user, school, today, view)
    switch = absence_rule(view)
    context = {
        "school": school, "schools": list(filing_schools(request)), "away": away, "classes": classes, "term_from": term_from,
        "proposed": sum(row.is_proposed for row in away), "unchecked": sum(row.checked < row.of.students for row in classes),
        "clauses": shown_clauses(switch.cites if switch else ()), "readings": view.readings_of("values.terms_start"),
        "uploads": list(uploads_of(school, KEY)[:_LISTED]),
    }  # fmt: skip
    return render(request, "school/attendance.html", context)


@require_http_methods(["GET", "POST"])
@requires(P.FILE_STATUS_CHANGE)
def attendance_class(request: HttpRequest) -> HttpResponse:
    """Take the check of one class; who was away at the last check stands as it was noted then."""
    school, _ = _school(request)
    records = _of_class(request, school)
    if len(records) > MOST_TYPED:
        raise BadInput(f"这个班有 {len(records)} 人，页面一次最多填写 {MOST_TYPED} 人；请下载名册填写后上传")
    form = AttendanceForm(posted(request), records=records, initial=_initial(records))
    if request.method == "POST" and form.is_valid():
        try:
            notes = record_attendance(
                school=school, checked_on=form.cleaned_data["checked_on"], attendances=form.attendances,
                by=request.user, at=timezone.now(),
            )  # fmt: skip
        except (BadInput, Conflict) as refusal:
            add_refusal(form, refusal)
        else:
            messages.success(request, f"已登记 {len(notes)} 名学生的考勤核查" if notes else "与已登记的相同，没有改动")
            return redirect(_address(school))
    context = {"school": school, "form": form, "records": records}
    return render(request, "school/attendance_class.html", context, status=422 if form.is_bound else 200)


@require_GET
@requires(P.FILE_STATUS_CHANGE)
def attendance_names(request: HttpRequest) -> HttpResponse:
    """Send the workbook of a check with the students of a class, or of the whole school, filled in."""
    school, _ = _school(request)
    records = _of_class(request, school)
    today = timezone.localdate()
    name = f"{TITLE} {school.name} {today:%Y-%m-%d}.xlsx"
    note_look(request, EventTag.LIST_DOWNLOADED, school, school_id=school.pk, title=name, persons=len(records))
    return made_answer(attendance_workbook(request.user, records, today), name, XLSX)


@require_http_methods(["GET", "POST"])
@requires(P.FILE_STATUS_CHANGE)
@takes_upload("MAX_WORKBOOK_BYTES")
def attendance_upload(request: HttpRequest) -> HttpResponse:
    """Take the workbook of a check, which is read as a job."""
    school, _ = _school(request)
    form = WorkbookForm(posted(request), request.FILES or None)
    if (upload := taken_workbook(request, form, KEY, school)) is not None:
        return redirect("uploads:attendance", upload.pk)
    context = {
        "school": school, "form": form, "workbook_mb": settings.MAX_WORKBOOK_BYTES // 1048576,
        "uploads": list(uploads_of(school, KEY)[:_LISTED]),
    }  # fmt: skip
    return render(request, "school/attendance_upload.html", context, status=422 if form.is_bound else 200)


@require_POST
@requires(P.FILE_STATUS_CHANGE)
def absence_withdrawals(request: HttpRequest) -> HttpResponse:
    """Open the withdrawal of those who were chosen of the list; papers and submission follow on the case's page."""
    school, _ = _school(request)
    form = AbsenceForm(request.POST, keys=[key for key in request.POST.getlist("record") if _is_key(key)])
    require_valid(form)
    try:
        application = open_absence_withdrawals(
            school=school, records=[UUID(key) for key in form.cleaned_data["record"]],
            statement=form.cleaned_data["statement"], by=request.user, at=timezone.now(),
        )  # fmt: skip
    except RuleViolation as refusal:
        raise Conflict(f"名单已有变化，请刷新后重新选择：{refusal.message}") from refusal
    messages.success(request, "已建立退学申请，请附上联系学生和监护人的材料后提交")
    return redirect("school:case", application.case_id)


def _is_key(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True


def _initial(records: list[Enrolment]) -> dict[str, object]:
    initial: dict[str, object] = {"checked_on": timezone.localdate()}
    for key, notes in checks_of(record.pk for record in records).items():
        last: AttendanceNote = notes[0]
        if last.attendance.is_away:
            for name in ("absent_since", "leave_until", "reason"):
                initial[f"{name}_{key}"] = getattr(last, name)
    return initial


def _of_class(request: HttpRequest, school: School) -> list[Enrolment]:
    chosen: dict[str, str] = {}
    if "grade" in request.GET:
        chosen = {"grade": request.GET["grade"], "class_name": request.GET.get("class_name", "")}
    records = records_of_class(request.user, P.FILE_STATUS_CHANGE, school_id=school.pk, **chosen)
    return [record for record in records if record.status in ACTIVE]


def _address(school: School) -> str:
    return f"{reverse('school:attendance')}?school={school.pk}"


def _school(request: HttpRequest) -> tuple[School, PackView]:
    return filing_school(request, absence_rule)


register_page(
    UploadPage(
        name="attendance",
        path="school/attendance-checks/",
        kinds=(KEY,),
        view=P.VIEW_REGISTER,
        act=P.FILE_STATUS_CHANGE,
        frame="school/attendance_check.html",
        context=lambda upload: {"school": upload.subject},
        again=lambda upload: f"{reverse('school:attendance_upload')}?school={upload.subject_id}",
        done=lambda upload: _address(upload.subject),
        words=UploadWords(
            rows="可以登记",
            against="与学籍登记",
            before="确认后登记核查情况；退学只由系统提出建议，不会自动办理。",
            confirmed="已登记 {count} 名学生的考勤核查",
            discard="放弃这份上传？考勤登记不会改动。",
            discarded="已放弃这份上传，考勤登记未作改动",
            nothing="没有读到学生。",
        ),
        shows_identity=False,
    )
)
