"""A class that stands is put right, closed and opened again, or taken back while nothing stands in it."""

from __future__ import annotations

from datetime import date, datetime

from django.db import IntegrityError, transaction
from django.db.models import ProtectedError
from django.utils import timezone

from xueji.accounts.models import User
from xueji.core.errors import Conflict, NotPermitted
from xueji.graduation.actions.seasons import require_legal_date, require_level
from xueji.graduation.models import Season
from xueji.graduation.queries import opens_seasons
from xueji.institutions.queries import pack_over
from xueji.ledger.actions import event_of, record_event, record_events
from xueji.ledger.tags import EventTag


@transaction.atomic
def amend_season(*, season: Season, legal_date: date, by: User, at: datetime) -> Season:
    """Give a class another legal date while no batch and no application stands under the old one."""
    locked = _lock_season(season, by, "更改")
    require_legal_date(locked.year, legal_date, timezone.localdate(at))
    if legal_date == locked.legal_date:
        raise Conflict(f"{locked.label}的适用日期就是 {legal_date.isoformat()}，没有变化")
    if locked.batches.exclude(case__state="withdrawn").exists() or locked.number_applications.exists():
        raise Conflict(f"{locked.label}已有批次或编号申请，它们按原来的适用日期办理，不能再更改")
    pack = pack_over(locked.authority)
    require_level(locked.authority, pack.on(legal_date))
    before = {"season": locked.label, "legal_date": locked.legal_date}
    locked.legal_date, locked.pack = legal_date, pack.id
    locked.save(update_fields=["legal_date", "pack"])
    record_event(
        tag=EventTag.SEASON_AMENDED, subject=locked, by=by, at=at, view=locked.law, before=before,
        after={"legal_date": legal_date},
    )  # fmt: skip
    return locked


@transaction.atomic
def close_season(*, season: Season, by: User, at: datetime) -> Season:
    """Close a class: no school opens a batch in it any more; the batches that stand go on to their end."""
    locked = _lock_season(season, by, "截止")
    if locked.closed_at is not None:
        raise Conflict(f"{locked.label}已于 {timezone.localdate(locked.closed_at):%Y-%m-%d} 截止上报")
    locked.closed_by, locked.closed_at = by, at
    locked.save(update_fields=["closed_by", "closed_at"])
    record_event(
        tag=EventTag.SEASON_CLOSED, subject=locked, by=by, at=at, after={"season": locked.label},
    )  # fmt: skip
    return locked


@transaction.atomic
def reopen_season(*, season: Season, by: User, at: datetime) -> Season:
    """Let schools open batches again in a class that was closed."""
    locked = _lock_season(season, by, "恢复")
    if locked.closed_at is None:
        raise Conflict(f"{locked.label}没有截止，无需恢复")
    before = {"closed_at": locked.closed_at}
    locked.closed_by = locked.closed_at = None
    locked.save(update_fields=["closed_by", "closed_at"])
    record_event(
        tag=EventTag.SEASON_REOPENED, subject=locked, by=by, at=at, before=before, after={"season": locked.label},
    )  # fmt: skip
    return locked


@transaction.atomic
def remove_season(*, season: Season, by: User, at: datetime) -> None:
    """Take back a class opened by mistake; Conflict once anything stands in it: a batch, a round of sealing, an application."""
    locked = _lock_season(season, by, "删除")
    message = f"{season.label}已有批次、验印安排或编号申请等记录，不能删除"
    event = event_of(
        tag=EventTag.SEASON_REMOVED, subject=locked, by=by, at=at,
        before={"season": locked.label, "legal_date": locked.legal_date},
    )  # fmt: skip
    try:
        with transaction.atomic():
            locked.delete()
    except (ProtectedError, IntegrityError) as error:
        raise Conflict(message) from error
    record_events([event])


def _lock_season(season: Season, by: User, act: str) -> Season:
    """Return the class as it is now, locked, for whoever opens classes of its authority."""
    if not opens_seasons(by, season.authority_id):
        raise NotPermitted(f"毕业届次由开设它的验印机关{act}")
    locked = Season.objects.select_for_update(of=("self",)).select_related("authority").filter(pk=season.pk).first()
    if locked is None:
        raise Conflict(f"{season.label}已经删除")
    return locked
