"""Schools: by code, or by any part of the name."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import urlencode

from django.urls import reverse

from xueji.accounts.permissions import Permission
from xueji.core.sought import Sought
from xueji.institutions.models import School
from xueji.institutions.queries.searching import schools_sought
from xueji.web.finding.kinds import FindingKind, FoundRow, Seeker, register_finding


def _find(seeker: Seeker, sought: Sought, most: int) -> Sequence[FoundRow]:
    return [_row(seeker, school) for school in schools_sought(seeker.user, sought)[:most]]


def _row(seeker: Seeker, school: School) -> FoundRow:
    return FoundRow(
        title=school.name,
        url=_url(seeker, school),
        cells=(school.code, school.authority.name),
        state=("closed", f"自 {school.closed_on} 停办") if school.closed_on else ("", ""),
    )


def _url(seeker: Seeker, school: School) -> str:
    if Permission.MANAGE_INSTITUTIONS in seeker.may:
        return reverse("authority:school", args=[school.pk])
    if Permission.VIEW_REGISTER in seeker.may:
        return f"{reverse('students')}?{urlencode({'school': school.pk})}"
    return ""


def _list_url(seeker: Seeker, sought: Sought) -> str:
    if Permission.MANAGE_INSTITUTIONS not in seeker.may:
        return ""
    return f"{reverse('authority:institutions')}?{urlencode({'q': sought.name})}"


register_finding(FindingKind("学校", 40, ("学校标识码", "主管部门"), None, _find, _list_url))
