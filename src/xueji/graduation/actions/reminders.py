"""Schools that have not reported their graduates are reminded: it stands on their desk until they submit."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from xueji.accounts.models import User
from xueji.core.errors import BadInput, Conflict, NotFound
from xueji.graduation.models import Season
from xueji.graduation.queries.reporting import reporting_of
from xueji.ledger.actions import event_of, record_events
from xueji.ledger.tags import EventTag

_LONGEST = 200


@transaction.atomic
def remind_schools(*, season: Season, schools: Collection[int], note: str, by: User, at: datetime) -> int:
    """Remind schools the person watches of a season they have not submitted; return how many.

    NotFound for a school that is not theirs, Conflict for one that has submitted or was reminded today already: then nobody is.
    """
    if not schools:
        raise BadInput("没有选中学校")
    season = (
        Season.objects.select_for_update(of=("self",)).select_related("authority").get(pk=season.pk)
    )  # a second click waits
    if season.closed_at is not None:
        raise Conflict(f"{season.label}已截止上报，不再催办")
    rows = {row.school.pk: row for row in reporting_of(by, season)}
    if set(schools) - rows.keys():
        raise NotFound
    chosen = [rows[pk] for pk in sorted(set(schools))]
    if names := [row.school.name for row in chosen if not row.is_awaited]:
        raise Conflict(f"{'、'.join(names)}已经提交，无需催办")
    today = timezone.localdate(at)
    if names := [row.school.name for row in chosen if row.reminder and timezone.localdate(row.reminder.at) == today]:
        raise Conflict(f"{'、'.join(names)}今天已经催办过")
    after = {"season": season.label, "season_id": season.pk}
    record_events(
        [
            event_of(
                tag=EventTag.SCHOOL_REMINDED, subject=row.school, parent=season, by=by, at=at, school_id=row.school.pk,
                after=after, note=note.strip()[:_LONGEST],
            )
            for row in chosen
        ]
    )  # fmt: skip
    return len(chosen)
