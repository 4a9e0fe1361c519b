"""The form of new students as an upload: read, judged and compared with the register; confirming registers everybody."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from io import BytesIO

from django.utils import timezone

from xueji.accounts.models import User
from xueji.accounts.permissions import Permission
from xueji.core.enrolment_facts import KIND
from xueji.core.findings import Finding, Severity
from xueji.core.packs import PackView
from xueji.core.status_specs import ClosingSpec
from xueji.documents.storage import open_stored
from xueji.exchange.cells import CellFinding
from xueji.exchange.enrolments import EnrolmentReport, read_enrolments, read_typed_student
from xueji.exchange.error_workbook import write_error_workbook
from xueji.exchange.values import placed, sorted_findings
from xueji.institutions.models import School
from xueji.institutions.queries import pack_of, require_permission
from xueji.jobs.progress import JobProgress
from xueji.licences.queries import licences_of_filing
from xueji.registry.actions.registering import register_students
from xueji.registry.kept_forms import form_facts, form_text
from xueji.registry.models import AdmissionDay
from xueji.registry.queries import admission_day_for
from xueji.registry.registering import Admission, NewPlace, late_findings, place_students
from xueji.uploads.kinds import ReadRow, Subject, UploadKind, UploadReading
from xueji.uploads.models import Upload, UploadRow

LABEL = "新生学籍注册信息"
TYPED = "typed_student"


def read_new_students(upload: Upload, progress: JobProgress) -> UploadReading:
    """Read the form: every row with what would become of it, everything found at once."""
    day: AdmissionDay = upload.subject
    on = timezone.localdate(upload.uploaded_at)
    admission = Admission(day.school, day.intake, day.entered_on, _law(day), on)
    progress.phase("读取名册，检查每一行")
    with open_stored(upload.workbook_id) as workbook:
        report = read_enrolments(
            workbook, admission.view, on=on, name=upload.workbook_name, licences=licences_of_filing(day.school, on)
        )
    progress.phase("比对学籍登记")
    places = place_students(report.rows, admission)
    findings = _findings(report, places, admission)
    return UploadReading(_rows(report, places), findings, _marked(report, findings, admission.view))


def typed_findings(values: Mapping[str, str], admission: Admission) -> list[CellFinding]:
    """Return all that stands against one student typed on a page, each with its field: what the upload of it would say."""
    licences = licences_of_filing(admission.school, admission.on)
    report = read_typed_student(values, admission.view, on=admission.on, licences=licences)
    return _findings(report, place_students(report.rows, admission), admission)


def _findings(report: EnrolmentReport, places: Sequence[NewPlace], admission: Admission) -> list[CellFinding]:
    """Put what the register says behind what the rules said; a term that has passed is said once, of the whole file."""
    late = {finding.rule for finding in late_findings(admission)}
    found = list(report.findings)
    first = report.table.rows[0].row_number if report.table.rows else 0
    found += [placed(finding, report.table, first) for finding in late_findings(admission)] if first else []
    in_error = {(finding.row, finding.field) for finding in found if finding.is_error and finding.field}
    for row, place in zip(report.table.rows, places, strict=True):
        found += [
            placed(finding, report.table, row.row_number)
            for finding in place.findings
            if finding.rule not in late and (row.row_number, finding.field) not in in_error
        ]
    return list(sorted_findings(found, report.table, admission.view.workbook(KIND)))


def _rows(report: EnrolmentReport, places: Sequence[NewPlace]) -> list[ReadRow]:
    return [
        ReadRow(
            row.row_number, place.student.facts.text("name"), form_text(place.student.facts), UploadRow.Change.NEW,
            "已有其他学校的学籍：登记为「待查重处理」" if place.is_claimed else "",
        )
        for row, place in zip(report.table.rows, places, strict=True)
    ]  # fmt: skip


def _marked(report: EnrolmentReport, findings: Sequence[CellFinding], view: PackView) -> bytes | None:
    if not findings:
        return None
    out = BytesIO()
    write_error_workbook(report.table, findings, out, view=view, spec=view.workbook(KIND))
    return out.getvalue()


def _confirm(
    *, upload: Upload, subject: AdmissionDay, rows: Sequence[UploadRow], by: User, at: datetime
) -> Mapping[str, int]:
    """Register the students of an upload, in the transaction of its confirmation; everything is asked again."""
    assert upload.subject_id == subject.pk
    records = register_students(
        [form_facts(row.payload) for row in rows], school=subject.school, intake=subject.intake,
        entered_on=subject.entered_on, by=by, at=at,
    )  # fmt: skip
    return {"registered": len(records)}


def _get(day_id: int) -> AdmissionDay:
    return AdmissionDay.objects.select_related("school__authority").get(pk=day_id)


def _lock(day: AdmissionDay) -> AdmissionDay:
    """Hold the school: nobody changes a day once it is stated, so the product may not lock its row."""
    School.objects.select_for_update(no_key=True).get(pk=day.school_id)
    return AdmissionDay.objects.select_related("school__authority").get(pk=day.pk)


def _law(day: AdmissionDay) -> PackView:
    return pack_of(day.school).on(timezone.localdate())


def _require(by: User, day: AdmissionDay) -> None:
    require_permission(by, Permission.REGISTER_STUDENTS, school=day.school)


def _require_second(by: User, day: AdmissionDay) -> None:
    require_permission(by, Permission.CONFIRM_REGISTRATION, school=day.school)


def _no_rows(day: AdmissionDay) -> Finding:
    cites = _law(day).entry("closing", "registration", ClosingSpec).cites
    return Finding("registration.not_empty", Severity.ERROR, "名册中没有一名新生", cites=cites)


_DAY = Subject(find=admission_day_for, get=_get, lock=_lock, place=lambda day: day.school, title=str, law=_law)
NEW_STUDENTS = UploadKind(
    key=KIND, label=LABEL, subject=_DAY, require=_require, read=read_new_students, confirm=_confirm, no_rows=_no_rows,
    workbook_label="新生名册", second_hand=_require_second,  # entered by one person, confirmed by another (第五条)
)  # fmt: skip
# One student typed on a page goes the same way, as a form of one row.
TYPED_STUDENT = replace(NEW_STUDENTS, key=TYPED, label="页面登记的新生", workbook_label="新生登记", waits_beside=True)
