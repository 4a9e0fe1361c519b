"""The spot check of handbooks: the commitment before the list, the draw when it is filed, the outcome by two people."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, cast

from django.db import transaction

from xueji.accounts.models import User
from xueji.accounts.permissions import Permission
from xueji.core.draw import commitment_of, draw, list_hash_of, sample_size, seed_of
from xueji.core.errors import BadInput, Conflict, NotFound, NotPermitted
from xueji.core.packs import PackView
from xueji.graduation.models import Batch, DrawCommitment, SpotCheck, SpotCheckItem, SpotOutcome
from xueji.graduation.records.standing import listed
from xueji.institutions.models import Authority
from xueji.institutions.posts import PERMISSIONS_OF
from xueji.institutions.queries import authority_at, posts_of
from xueji.ledger.actions import event_of, record_event, record_events
from xueji.ledger.tags import EventTag


@dataclass(frozen=True, slots=True)
class SpotCheckRule:
    """What the pack says of the spot check: the share, how a fraction is rounded, what is looked at."""

    percent: Decimal
    rounding: str
    subject: str


def spot_check_rule(view: PackView) -> SpotCheckRule | None:
    """Return the pack's spot check, None where it has none."""
    if "spot_check" not in view.keys("value"):
        return None
    stated = cast("Mapping[str, Any]", view.value("spot_check"))
    return SpotCheckRule(Decimal(str(stated["percent"])), str(stated["rounding"]), str(stated.get("subject", "")))


def checking_authority(batch: Batch) -> Authority:
    """Return who looks at the handbooks of a school, by the pack's table: the level of its own authority tells."""
    view = batch.law
    levels = cast("Mapping[str, str]", view.value("spot_check_levels"))
    own = batch.school.authority
    level = levels.get(own.level, own.level)
    return authority_at(batch.school, level) or own


def commit_draw(*, batch: Batch, at: datetime, by: User | None = None) -> DrawCommitment | None:
    """Publish the hash of a new secret for the next list of a batch; nothing where the pack has no spot check."""
    if spot_check_rule(batch.law) is None:
        return None
    secret = secrets.token_hex(32)
    with transaction.atomic():
        made = DrawCommitment(batch=batch, secret=secret, commitment=commitment_of(secret), published_at=at)
        made.save(force_insert=True)
        record_event(
            tag=EventTag.DRAW_COMMITTED, subject=batch, parent=batch.case, by=by, at=at, school_id=batch.school_id,
            view=batch.law, after={"commitment": made.commitment},
        )  # fmt: skip
    return made


def draw_spot_check(*, batch: Batch, by: User, at: datetime) -> SpotCheck | None:
    """Draw from the list as it is filed; a list that was drawn from before is not drawn from again.

    The secret was published as its hash before the list was filed, and is told with the draw; the next list of the
    batch, if it is returned, has a secret of its own, and whoever was drawn before stays drawn.
    """
    rule = spot_check_rule(batch.law)
    people = {one.pk.hex: one for one in listed(batch)}
    if rule is None or not people:
        return None
    codes = sorted(people)
    list_hash = list_hash_of(codes)
    with transaction.atomic():
        if batch.spot_checks.filter(list_hash=list_hash).exists():
            return None
        waiting = batch.draw_commitments.filter(spot_check=None, published_at__lte=at).first()
        if waiting is None:
            raise Conflict("抽查的承诺值还没有公布，不能抽取；请联系核验机关")
        secret = waiting.secret
        number = batch.spot_checks.count() + 1
        context = f"{batch.season.label} {batch.school.name} 第{number}次"
        seed = seed_of(secret, list_hash, context)
        size = sample_size(len(codes), rule.percent, rule.rounding)
        made = SpotCheck.objects.create(
            batch=batch, commitment=waiting, secret=secret, context=context, codes="\n".join(codes), list_hash=list_hash,
            seed=seed, population=len(codes), percent=rule.percent, rounding=rule.rounding, size=size, drawn_at=at,
        )  # fmt: skip
        SpotCheckItem.objects.bulk_create(
            SpotCheckItem(check_run=made, place=place, code=code, candidate=people[code])
            for place, code in enumerate(draw(codes, size, seed), start=1)
        )
        record_event(
            tag=EventTag.SPOT_CHECK_DRAWN, subject=made, parent=batch, by=by, at=at, school_id=batch.school_id,
            view=batch.law, after={"seed": seed, "list_hash": list_hash, "size": size, "of": len(codes)},
        )  # fmt: skip
        commit_draw(batch=batch, at=at, by=by)
    return made


def record_outcomes(*, batch: Batch, outcomes: Mapping[Any, tuple[str, str]], by: User, at: datetime) -> int:
    """Record what was found in the handbooks drawn, each with its note; what another person confirmed stands."""
    _require_checker(batch, by)
    with transaction.atomic():
        items = _pick(batch, outcomes)
        texts = {str(key): value for key, value in outcomes.items()}
        for item in items:
            outcome, note = texts[str(item.pk)]
            if outcome not in (SpotOutcome.PASSED, SpotOutcome.FAILED):
                raise BadInput("核验情况为通过或不通过")
            if outcome == SpotOutcome.FAILED and not note.strip():
                raise BadInput("核验不通过的，请写明情况")
            if item.confirmed_at is not None:
                raise Conflict(f"{item.candidate.name if item.candidate else '该生'}的核验情况已经复核，不能再改")
            item.outcome, item.note, item.recorded_by, item.recorded_at = outcome, note.strip()[:200], by, at
        SpotCheckItem.objects.bulk_update(items, ["outcome", "note", "recorded_by", "recorded_at"])
        _record_each(EventTag.SPOT_CHECK_RECORDED, batch, items, by, at)
    return len(items)


def confirm_outcomes(*, batch: Batch, ids: Iterable[Any], by: User, at: datetime) -> int:
    """Confirm recorded outcomes; who recorded one may not confirm it."""
    _require_checker(batch, by)
    with transaction.atomic():
        items = _pick(batch, ids)
        for item in items:
            if item.outcome == SpotOutcome.PENDING:
                raise Conflict("还没有登记核验情况，不能复核")
            if item.confirmed_at is not None:
                raise Conflict("核验情况已经复核")
            if item.recorded_by_id == by.pk:
                raise NotPermitted("登记核验情况和复核须为两人")
            item.confirmed_by, item.confirmed_at = by, at
        SpotCheckItem.objects.bulk_update(items, ["confirmed_by", "confirmed_at"])
        _record_each(EventTag.SPOT_CHECK_CONFIRMED, batch, items, by, at)
    return len(items)


def may_check(batch: Batch, user: User) -> bool:
    """Whether the person holds, at the authority that checks this school, a post that records spot checks."""
    place = checking_authority(batch)
    return any(
        held.authority_id == place.pk and Permission.RECORD_SPOT_CHECK in PERMISSIONS_OF[held.post]
        for held in posts_of(user)
    )


def _require_checker(batch: Batch, by: User) -> None:
    if not may_check(batch, by):
        raise NotPermitted(f"{batch.school.name}的学生手册由{checking_authority(batch).name}核验")


def _pick(batch: Batch, ids: Iterable[Any]) -> list[SpotCheckItem]:
    wanted = {str(one) for one in ids}
    if not wanted:
        raise BadInput("请至少选择一名学生")
    held = SpotCheckItem.objects.select_for_update(of=("self",)).filter(check_run__batch=batch, pk__in=wanted)
    found = list(held.select_related("candidate"))
    if len(found) != len(wanted):
        raise NotFound
    return found


def _record_each(tag: EventTag, batch: Batch, items: list[SpotCheckItem], by: User, at: datetime) -> None:
    record_events(
        [
            event_of(tag=tag, subject=item.candidate or item.check_run, parent=batch, by=by, at=at,
                     school_id=batch.school_id, after={"code": item.code, "outcome": item.outcome}, note=item.note)
            for item in items
        ]
    )  # fmt: skip
