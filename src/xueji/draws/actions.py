"""The writes of lots: commit to a secret, hold a draw, record what was found, confirm it.

Each is one part of an act of the app above, which says what the lots are for and leaves the event in its own words.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from xueji.accounts.models import User
from xueji.core.draw import commitment_of, draw, list_hash_of, sample_size, seed_of
from xueji.core.errors import BadInput, Conflict, NotFound, NotPermitted
from xueji.draws.models import Commitment, Draw, DrawItem, DrawOutcome


@dataclass(frozen=True, slots=True)
class Share:
    """How many of a list are drawn: a percentage, how a fraction is rounded, and how many at least."""

    percent: Decimal
    rounding: str
    least: int = 0

    def of(self, population: int) -> int:
        """Return how many of so many are drawn."""
        return max(min(self.least, population), sample_size(population, self.percent, self.rounding))


def publish_commitment(*, at: datetime) -> Commitment:
    """Make a secret and publish its hash; the secret goes to the database sealed, and nowhere else."""
    secret = secrets.token_hex(32)
    made = Commitment(secret=secret, sha256=commitment_of(secret), published_at=at)
    made.save(force_insert=True)
    return made


@transaction.atomic
def hold_draw(
    *, commitment: Commitment, codes: Sequence[str], context: str, share: Share, by: User, at: datetime, by_two: bool
) -> Draw:
    """Draw from a list by a secret that was committed to before; a Conflict where it was not.

    `context` tells two draws from one secret apart. `by_two`: what is found of each counts once another confirmed it.
    """
    if commitment.published_at > at:
        raise Conflict("抽查的承诺值还没有公布，不能抽取；请联系核验机关")
    listed = sorted(codes)
    list_hash, size = list_hash_of(listed), share.of(len(listed))
    seed = seed_of(commitment.secret, list_hash, context)
    new_draw = Draw.objects.create(
        commitment=commitment, context=context, codes="\n".join(listed), list_hash=list_hash, seed=seed,
        population=len(listed), percent=share.percent, rounding=share.rounding, size=size, drawn_by=by, drawn_at=at,
    )  # fmt: skip
    DrawItem.objects.bulk_create(
        DrawItem(draw=new_draw, ordinal=ordinal, code=code, by_two=by_two)
        for ordinal, code in enumerate(draw(listed, size, seed), start=1)
    )
    return new_draw


@transaction.atomic
def record_outcomes(
    *,
    among: QuerySet[DrawItem],
    outcomes: Mapping[Any, tuple[str, str]],
    names: Mapping[str, str],
    by: User,
    at: datetime,
) -> list[DrawItem]:
    """Record what was found of items among those given: outcome and note by key; what another confirmed stands.

    `names` says, by code, how a refusal calls an item. NotFound where one is not among them.
    """
    items = _locked(among, outcomes)
    texts = {str(key): text for key, text in outcomes.items()}
    for item in items:
        outcome, note = texts[str(item.pk)]
        if outcome not in (DrawOutcome.PASSED, DrawOutcome.FAILED):
            raise BadInput("请选择核查结果：通过或不通过")
        if item.by_two and outcome == DrawOutcome.FAILED and not note.strip():
            raise BadInput("核验不通过的，请写明情况")
        if item.confirmed_at is not None:
            raise Conflict(f"{names.get(item.code, item.code)}的核验情况已经复核，不能再改")
        item.outcome, item.note, item.recorded_by, item.recorded_at = outcome, note.strip()[:200], by, at
    DrawItem.objects.bulk_update(items, ["outcome", "note", "recorded_by", "recorded_at"])
    return items


@transaction.atomic
def confirm_outcomes(*, among: QuerySet[DrawItem], keys: Sequence[Any], by: User, at: datetime) -> list[DrawItem]:
    """Confirm recorded outcomes; who recorded one may not confirm it."""
    items = _locked(among, keys)
    for item in items:
        if item.outcome == DrawOutcome.PENDING:
            raise Conflict("还没有登记核验情况，不能复核")
        if item.confirmed_at is not None:
            raise Conflict("核验情况已经复核")
        if item.recorded_by_id == by.pk:
            raise NotPermitted("登记核验情况和复核须为两人")
        item.confirmed_by, item.confirmed_at = by, at
    DrawItem.objects.bulk_update(items, ["confirmed_by", "confirmed_at"])
    return items


def _locked(among: QuerySet[DrawItem], keys: Any) -> list[DrawItem]:
    """Return the items as they are now, their rows locked in one order, so that two who record do not wait for each other."""
    wanted = {str(key) for key in keys}
    items = list(among.select_for_update(of=("self",)).filter(pk__in=wanted).order_by("pk"))
    if len(items) != len(wanted):
        raise NotFound
    return items
