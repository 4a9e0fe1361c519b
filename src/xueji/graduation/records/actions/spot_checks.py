"""The spot check of handbooks: the commitment before the list, the draw when it is filed, the outcome by two people."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, cast

from django.db import transaction
from django.db.models import QuerySet

from xueji.accounts.models import User
from xueji.accounts.permissions import Permission
from xueji.core.draw import list_hash_of
from xueji.core.errors import BadInput, Conflict, NotPermitted
from xueji.core.packs import PackView
from xueji.draws import actions as draws
from xueji.draws.actions import Share, hold_draw, publish_commitment
from xueji.draws.models import DrawItem
from xueji.graduation.models import Batch, SpotCheck, SpotCheckCommitment, SpotCheckItem
from xueji.graduation.records.eligibility import listed
from xueji.institutions.models import Authority
from xueji.institutions.queries import authority_at, holds_at
from xueji.ledger.actions import event_of, record_event, record_events
from xueji.ledger.tags import EventTag


@dataclass(frozen=True, slots=True)
class SpotCheckRule:
    """What the pack says of the spot check: the share, how a fraction is rounded, what is looked at."""

    share: Share
    subject: str


def spot_check_rule(view: PackView) -> SpotCheckRule | None:
    """Return the pack's spot check, None where it has none."""
    if "spot_check" not in view.keys("value"):
        return None
    stated = cast("Mapping[str, Any]", view.value("spot_check"))
    share = Share(Decimal(str(stated["percent"])), str(stated["rounding"]))
    return SpotCheckRule(share, str(stated.get("subject", "")))


def checking_authority(batch: Batch) -> Authority:
    """Return who looks at the handbooks of a school, by the pack's table: the level of its own authority tells."""
    view = batch.law
    levels = cast("Mapping[str, str]", view.value("spot_check_levels"))
    authority = batch.school.authority
    level = levels.get(authority.level, authority.level)
    return authority_at(batch.school, level) or authority


def commit_draw(*, batch: Batch, at: datetime, by: User | None = None) -> SpotCheckCommitment | None:
    """Publish the hash of a new secret for the next list of a batch; nothing where the pack has no spot check."""
    if spot_check_rule(batch.law) is None:
        return None
    with transaction.atomic():
        commitment = publish_commitment(at=at)
        promised = SpotCheckCommitment.objects.create(batch=batch, commitment=commitment)
        record_event(
            tag=EventTag.DRAW_COMMITTED, subject=batch, parent=batch.case, by=by, at=at, school_id=batch.school_id,
            view=batch.law, after={"commitment": commitment.sha256},
        )  # fmt: skip
    return promised


def draw_spot_check(*, batch: Batch, by: User, at: datetime) -> SpotCheck | None:
    """Draw from the list as it is filed; a list that was drawn from before is not drawn from again.

    The secret was published as its hash before the list was filed, and is told with the draw; the next list of the
    batch, if it is returned, has a secret of its own, and whoever was drawn before stays drawn.
    """
    rule = spot_check_rule(batch.law)
    if rule is None:
        return None
    people = {candidate.pk.hex: candidate for candidate in listed(batch)}
    if not people:
        return None
    with transaction.atomic():
        if batch.spot_checks.filter(draw__list_hash=list_hash_of(sorted(people))).exists():
            return None
        waiting = batch.draw_commitments.filter(spot_check=None, commitment__published_at__lte=at).first()
        if waiting is None:
            raise Conflict("抽查的承诺值还没有公布，不能抽取；请联系核验机关")
        context = f"{batch.season.label} {batch.school.name} 第{batch.spot_checks.count() + 1}次"
        draw = hold_draw(
            commitment=waiting.commitment, codes=list(people), context=context, share=rule.share, by=by, at=at, by_two=True
        )  # fmt: skip
        check = SpotCheck.objects.create(batch=batch, promised=waiting, draw=draw)
        SpotCheckItem.objects.bulk_create(
            SpotCheckItem(item=item, candidate=people[item.code]) for item in draw.items.all()
        )
        record_event(
            tag=EventTag.SPOT_CHECK_DRAWN, subject=check, parent=batch, by=by, at=at, school_id=batch.school_id,
            view=batch.law,
            after={"seed": draw.seed, "list_hash": draw.list_hash, "size": draw.size, "of": draw.population},
        )  # fmt: skip
        commit_draw(batch=batch, at=at, by=by)
    return check


def record_outcomes(*, batch: Batch, outcomes: Mapping[Any, tuple[str, str]], by: User, at: datetime) -> int:
    """Record what was found in the handbooks drawn, each with its note; what another person confirmed stands."""
    _require_checker(batch, by)
    _require_some(outcomes)
    with transaction.atomic():
        items = draws.record_outcomes(among=_drawn_in(batch), outcomes=outcomes, names=_names(batch), by=by, at=at)
        _record_each(EventTag.SPOT_CHECK_RECORDED, batch, items, by, at)
    return len(items)


def confirm_outcomes(*, batch: Batch, ids: Iterable[Any], by: User, at: datetime) -> int:
    """Confirm recorded outcomes; who recorded one may not confirm it."""
    _require_checker(batch, by)
    keys = _require_some(ids)
    with transaction.atomic():
        items = draws.confirm_outcomes(among=_drawn_in(batch), keys=keys, by=by, at=at)
        _record_each(EventTag.SPOT_CHECK_CONFIRMED, batch, items, by, at)
    return len(items)


def may_check(batch: Batch, user: User) -> bool:
    """Whether the person holds, at the authority that checks this school, a post that records spot checks."""
    return holds_at(user, Permission.RECORD_SPOT_CHECK, checking_authority(batch).pk)


def _require_checker(batch: Batch, by: User) -> None:
    if not may_check(batch, by):
        raise NotPermitted(f"{batch.school.name}的学生手册由{checking_authority(batch).name}核验")


def _require_some(keys: Iterable[Any]) -> list[Any]:
    chosen = list(keys)
    if not chosen:
        raise BadInput("请至少选择一名学生")
    return chosen


def _drawn_in(batch: Batch) -> QuerySet[DrawItem]:
    return DrawItem.objects.filter(draw__spot_check__batch=batch)


def _names(batch: Batch) -> dict[str, str]:
    """Return, by code, how a refusal calls whoever was drawn in a batch; who left it has no name here any more."""
    drawn = SpotCheckItem.objects.filter(item__draw__spot_check__batch=batch).select_related("item", "candidate")
    return {row.item.code: row.candidate.name if row.candidate else "该生" for row in drawn}


def _record_each(tag: EventTag, batch: Batch, items: list[DrawItem], by: User, at: datetime) -> None:
    drawn = SpotCheckItem.objects.filter(item__in=items).select_related("candidate", "item__draw__spot_check")
    rows = {row.item_id: row for row in drawn}
    record_events(
        [
            event_of(tag=tag, subject=rows[item.pk].candidate or rows[item.pk].item.draw.spot_check, parent=batch, by=by, at=at,
                     school_id=batch.school_id, after={"code": item.code, "outcome": item.outcome}, note=item.note)
            for item in items
        ]
    )  # fmt: skip
