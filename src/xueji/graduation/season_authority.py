"""Which authority a school's graduating class belongs to: the one that seals, or where nobody seals, approves."""

from __future__ import annotations

from datetime import date

from xueji.core.packs import PackView
from xueji.graduation.models import Season
from xueji.institutions.models import Authority, Level, School
from xueji.institutions.queries import authority_at, pack_of

BATCH_KIND = "graduation_batch"
ISSUE_KIND = "graduation"  # its certificates, and the key of their stages in `process.toml`


def season_levels(view: PackView) -> tuple[str, ...]:
    """Return the levels at which classes are opened under a pack, the first that a school's line has counts for it.

    The pack's value `sealing_level` names one; a pack that names none has those of its approving steps, last step first.
    """
    stated = str(view.value_or("sealing_level", ""))
    if stated in Level.values:
        return (stated,)
    steps = view.workflow(BATCH_KIND).steps if BATCH_KIND in view.keys("workflow") else ()
    return tuple(dict.fromkeys(step.level for step in reversed(steps) if step.level in Level.values))


def season_authority(school: School, on: date) -> Authority | None:
    """Return the authority in whose seasons a school has its batches; None when its line has nobody at that level."""
    found = (authority_at(school, level) for level in season_levels(pack_of(school).on(on)))
    return next((authority for authority in found if authority is not None), None)


def seasons_of_school(school: School) -> list[Season]:
    """Return the seasons in which the school may have batches, newest first."""
    line = [int(part) for part in school.authority.path.split("/") if part]
    above = Season.objects.filter(authority__in=line).select_related("authority")
    days = {season.legal_date: None for season in above}
    authority_on = {day: season_authority(school, day) for day in days}
    return [
        season
        for season in above
        if (authority := authority_on[season.legal_date]) and authority.pk == season.authority_id
    ]
