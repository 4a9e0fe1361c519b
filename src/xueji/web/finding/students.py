"""Students and graduates: by name, whole number, 学籍号; by the last four digits for who sees them."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import urlencode

from django.urls import reverse

from xueji.accounts.permissions import Permission
from xueji.core.sought import Sought
from xueji.registry.models import Enrolment
from xueji.registry.queries.students import students_sought
from xueji.web.finding.kinds import FindingKind, FoundRow, Seeker, register_finding


def _find(seeker: Seeker, sought: Sought, most: int) -> Sequence[FoundRow]:
    return [_row(record) for record in students_sought(seeker.user, sought.words, seeker.sight)[:most]]


def _row(record: Enrolment) -> FoundRow:
    registration = getattr(record, "registration", None)
    sits_in = f"{registration.grade}级{registration.class_name}" if registration else f"{record.entry_month} 入学"
    return FoundRow(
        title=record.person.name,
        url=reverse("student", args=[record.pk]),
        cells=(record.school.name, record.programme.name, sits_in),
        state=(record.status, record.get_status_display()),
        person=record.person,
    )


def _list_url(_seeker: Seeker, sought: Sought) -> str:
    """Return the list of students narrowed alike; a whole number finds one person and is in no address."""
    return f"{reverse('students')}?{urlencode({'q': sought.name})}"


register_finding(
    FindingKind("学生", 10, ("学校", "专业", "班级"), Permission.VIEW_REGISTER, _find, _list_url, has_person=True)
)
