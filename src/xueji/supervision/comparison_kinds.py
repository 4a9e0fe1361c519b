"""The export of the national system as an upload: of a school about itself, or of an authority about a school it watches."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from django.utils import timezone

from xueji.accounts.models import User
from xueji.accounts.permissions import Permission
from xueji.core.errors import BadInput
from xueji.core.findings import Finding, Severity
from xueji.core.packs import PackView
from xueji.institutions.models import School
from xueji.institutions.queries import pack_of, pick, posts_of, require_permission, schools_visible_to
from xueji.supervision.actions.comparing import record_comparison
from xueji.supervision.comparing import read_comparison
from xueji.supervision.comparison_rows import ComparedLists, ComparedStudent
from xueji.uploads.kinds import Subject, UploadKind
from xueji.uploads.models import Upload, UploadRow

OF_SCHOOL, OF_AUTHORITY = "system_comparison", "system_comparison_by_authority"
TITLE = "全国系统导出表"


def _law(school: School) -> PackView:
    return pack_of(school).on(timezone.localdate())


def _own(user: User, school_id: object) -> School:
    """Return a school where somebody has a post: what it sees of itself nobody else sees before it is recorded."""
    places = [post.school_id for post in posts_of(user) if post.school_id is not None]
    return pick(schools_visible_to(user, permission=Permission.VIEW_REGISTER).filter(pk__in=places), school_id)


def _watched(user: User, school_id: object) -> School:
    return pick(schools_visible_to(user, permission=Permission.WATCH_DUTIES), school_id)


def _get(school_id: int) -> School:
    return School.objects.select_related("authority").get(pk=school_id)


def _lock(school: School) -> School:
    return School.objects.select_for_update(of=("self",), no_key=True).select_related("authority").get(pk=school.pk)


def _require_own(by: User, school: School) -> None:
    require_permission(by, Permission.REGISTER_STUDENTS, school=school)


def _require_watched(by: User, school: School) -> None:
    require_permission(by, Permission.WATCH_DUTIES, school=school)


def _suits(school: School) -> None:
    if "two_systems_compared" not in _law(school).keys("value"):
        raise BadInput(f"{school.name}所在地的规定没有两个系统的核对")


def _no_rows(_school: School) -> Finding:
    return Finding("systems.not_empty", Severity.ERROR, "文件中没有一名学生")


def _confirm(
    *, upload: Upload, subject: School, rows: Sequence[UploadRow], by: User, at: datetime
) -> Mapping[str, int]:
    """Put the figures on record as they were read; what they make of FM5 begins or ends by it."""
    figures = next(row for row in rows if row.row_number == 0 and not row.sheet)
    students = [ComparedStudent.from_text(row.payload) for row in rows if row.sheet]
    row = record_comparison(
        school=subject, upload=upload, figures=ComparedLists.from_text(figures.payload), students=students, by=by, at=at
    )
    return {"differing": row.differing, "total": row.total}


COMPARISON = UploadKind(
    key=OF_SCHOOL, label=TITLE, subject=Subject(_own, _get, _lock, lambda school: school, str, _law),
    require=_require_own, read=read_comparison, confirm=_confirm, no_rows=_no_rows, suits=_suits,
)  # fmt: skip
COMPARISON_BY_AUTHORITY = UploadKind(
    key=OF_AUTHORITY, label=TITLE, subject=Subject(_watched, _get, _lock, lambda school: school, str, _law),
    require=_require_watched, read=read_comparison, confirm=_confirm, no_rows=_no_rows, suits=_suits,
)  # fmt: skip
