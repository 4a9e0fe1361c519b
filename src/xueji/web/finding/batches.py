"""Batches of graduates: by class and school as their title says them; an officer is led to the newest step of an office."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import urlencode

from django.urls import reverse

from xueji.accounts.permissions import Permission
from xueji.core.sought import Sought
from xueji.graduation.models import Batch
from xueji.graduation.queries.searching import batches_sought, newest_office_steps, year_sought
from xueji.institutions.queries import posts_of
from xueji.web.finding.kinds import FindingKind, FoundRow, Seeker, register_finding
from xueji.web.phases import state_tag


def _find(seeker: Seeker, sought: Sought, most: int) -> Sequence[FoundRow]:
    batches = list(batches_sought(seeker.user, sought)[:most])
    schools = {post.school_id for post in posts_of(seeker.user)}
    steps = newest_office_steps(batch for batch in batches if batch.school_id not in schools)
    return [_row(batch, batch.school_id in schools, steps.get(batch.case_id)) for batch in batches]


def _row(batch: Batch, is_own: bool, step: int | None) -> FoundRow:  # noqa: FBT001  # of this file
    url = reverse("school:batch", args=[batch.pk]) if is_own else ""
    if step is not None:
        url = reverse("authority:step", args=[step])
    return FoundRow(title=str(batch), url=url, cells=(batch.season.label, batch.school.name), state=state_tag(batch))


def _list_url(seeker: Seeker, sought: Sought) -> str:
    if not seeker.is_of_school:
        return ""
    year = year_sought(sought)
    return f"{reverse('school:batches')}?{urlencode({'year': year})}" if year else reverse("school:batches")


register_finding(FindingKind("批次", 50, ("届次", "学校"), Permission.VIEW_BATCHES, _find, _list_url))
