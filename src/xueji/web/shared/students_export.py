"""The list of students as a workbook: the columns of the page, as far as the person sees them."""

from __future__ import annotations

from django.db.models import QuerySet
from django.http import FileResponse, HttpRequest

from xueji.institutions.models import School
from xueji.registry.models import Enrolment, Registration
from xueji.web.identity import WORDS, plain_identity
from xueji.web.list_export import ExportColumn, ListExport, list_answer, require_fetching


def students_workbook(
    request: HttpRequest, found: QuerySet[Enrolment], sight: str, school: School | None
) -> FileResponse:
    """Send the students of a list; NotPermitted for a post that looks at lists and takes none away."""
    require_fetching(request)
    columns = [
        ExportColumn("姓名", lambda record: record.person.name),
        ExportColumn("性别", lambda record: record.person.sex, 6),
        ExportColumn(WORDS[sight], lambda record: plain_identity(record.person, sight), 12),
        ExportColumn("学校", lambda record: record.school.name, 28),
        ExportColumn("专业", lambda record: record.programme.name, 20),
        ExportColumn("入学年月", lambda record: record.entry_month, 10),
        ExportColumn("班级", _class_of),
        ExportColumn("学籍状态", lambda record: record.get_status_display(), 12),
        ExportColumn("全国注册", lambda record: _of(record, "national_on"), 12),
        ExportColumn("备案", _filing_of, 12),
    ]
    return list_answer(request, ListExport("学生名单", columns), found, of=school or request.user)


def _registration(record: Enrolment) -> Registration | None:
    found: Registration | None = getattr(record, "registration", None)
    return found


def _of(record: Enrolment, name: str) -> object:
    return getattr(_registration(record), name, None)


def _class_of(record: Enrolment) -> str:
    registration = _registration(record)
    return f"{registration.grade}级{registration.class_name}" if registration else ""


def _filing_of(record: Enrolment) -> str:
    registration = _registration(record)
    return registration.get_filing_display() if registration else ""
