"""Lots: held by a secret committed to before, recorded by one and confirmed by another, and nothing taken back."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from tests.factories.accounts import UserFactory
from tests.factories.draws import PUBLISHED, CommitmentFactory, DrawFactory, DrawItemFactory

from xueji.core.errors import BadInput, Conflict, NotFound, NotPermitted
from xueji.draws.actions import Share, confirm_outcomes, hold_draw, publish_commitment, record_outcomes
from xueji.draws.models import Commitment, Draw, DrawItem, DrawOutcome
from xueji.draws.queries import repeats

pytestmark = pytest.mark.django_db
CODES = [f"{n:02d}" for n in range(25)]
FIVE = Share(Decimal(5), "up")


def a_draw(commitment: Commitment | None = None, **changes) -> Draw:
    values = {
        "codes": CODES,
        "context": "某校 第1次",
        "share": FIVE,
        "by": UserFactory(),
        "at": PUBLISHED,
        "by_two": True,
    }
    return hold_draw(commitment=commitment or publish_commitment(at=PUBLISHED), **{**values, **changes})


def found(draw: Draw, outcome: str, note: str = "", *, by=None) -> list[DrawItem]:
    outcomes = {item.pk: (outcome, note) for item in draw.items.all()}
    names = {item.code: f"{item.code}号" for item in draw.items.all()}
    return record_outcomes(among=draw.items.all(), outcomes=outcomes, names=names, by=by or UserFactory(), at=PUBLISHED)


@pytest.mark.parametrize(
    ("share", "of", "drawn"),
    [(FIVE, 0, 0), (FIVE, 20, 1), (FIVE, 21, 2), (Share(Decimal(10), "down", least=1), 9, 1),
     (Share(Decimal(10), "down", least=1), 20, 2), (Share(Decimal(10), "down", least=1), 0, 0)],
)  # fmt: skip
def test_a_share_has_its_least_and_never_more_than_there_are(share: Share, of: int, drawn: int) -> None:
    assert share.of(of) == drawn


def test_a_draw_is_repeated_with_what_any_computer_has() -> None:
    draw = a_draw()
    secret = draw.commitment.secret
    assert hashlib.sha256(secret.encode()).hexdigest() == draw.commitment.sha256
    listed = hashlib.sha256("".join(f"{code}\n" for code in CODES).encode()).hexdigest()
    seed = hashlib.sha256(f"{secret}\n{listed}\n某校 第1次".encode()).hexdigest()
    by_hand = sorted(CODES, key=lambda code: hashlib.sha256(f"{seed}\n{code}".encode()).hexdigest())[:2]
    assert (draw.list_hash, draw.seed, [item.code for item in draw.items.all()]) == (listed, seed, by_hand)
    assert set(repeats(draw).values()) == {True}


def test_a_draw_that_does_not_come_out_again_is_told_step_by_step() -> None:
    assert all(repeats(DrawItemFactory().draw).values())
    steps = repeats(DrawItemFactory(draw=DrawFactory(seed="1" * 64)).draw)
    assert [words for words, same in steps.items() if not same] == ["由暗码、名单值和事由得出同一种子"]


def test_nothing_is_drawn_by_a_secret_not_committed_to_before_nor_twice_from_one_list() -> None:
    commitment = publish_commitment(at=PUBLISHED)
    with pytest.raises(Conflict, match="承诺值还没有公布"):
        a_draw(commitment, at=PUBLISHED - timedelta(seconds=1))
    a_draw(commitment)
    with pytest.raises(IntegrityError, match="draw_once_from_a_list"), transaction.atomic():
        a_draw(commitment, codes=CODES[::-1])
    assert a_draw(commitment, context="另一校").seed != Draw.objects.earliest("pk").seed


def test_two_people_say_what_was_found_where_two_must() -> None:
    draw, person = a_draw(), UserFactory()
    with pytest.raises(BadInput, match="写明情况"):
        found(draw, "failed")
    with pytest.raises(BadInput, match="请选择"):
        found(draw, "pending")
    with pytest.raises(Conflict, match="还没有登记"):
        confirm_outcomes(among=draw.items.all(), keys=[draw.items.first().pk], by=person, at=PUBLISHED)
    items = found(draw, "failed", "成绩不符", by=person)
    keys = [item.pk for item in items]
    with pytest.raises(NotPermitted, match="两人"):
        confirm_outcomes(among=draw.items.all(), keys=keys, by=person, at=PUBLISHED)
    confirm_outcomes(among=draw.items.all(), keys=keys, by=UserFactory(), at=PUBLISHED)
    with pytest.raises(Conflict, match=f"{items[0].code}号的核验情况已经复核"):
        found(draw, "passed")
    with pytest.raises(NotFound):
        confirm_outcomes(among=a_draw().items.all(), keys=keys, by=UserFactory(), at=PUBLISHED)


def test_one_person_is_enough_where_the_law_says_no_more() -> None:
    draw = a_draw(by_two=False)
    assert {item.outcome for item in found(draw, "failed")} == {DrawOutcome.FAILED}
    assert {item.outcome for item in found(draw, "passed")} == {DrawOutcome.PASSED}


def test_the_database_itself_refuses_what_two_people_did_not_say() -> None:
    person = UserFactory()
    (item, *_) = found(a_draw(), "passed", by=person)
    alone = found(a_draw(by_two=False), "passed", by=person)[0]
    rows = DrawItem.objects.filter
    for key, changes, name in (
        (item.pk, {"confirmed_by": person, "confirmed_at": PUBLISHED}, "draw_item_confirmed_by_another"),
        (alone.pk, {"confirmed_by": UserFactory(), "confirmed_at": PUBLISHED}, "draw_item_confirmed_by_another"),
        (item.pk, {"outcome": "failed"}, "draw_item_failure_with_note"),
        (item.pk, {"outcome": "pending"}, "draw_item_recorded_by_and_at"),
    ):
        with pytest.raises(IntegrityError, match=name), transaction.atomic():
            rows(pk=key).update(**changes)
    confirm_outcomes(among=rows(pk=item.pk), keys=[item.pk], by=UserFactory(), at=PUBLISHED)
    with pytest.raises(DatabaseError, match="confirmed_stands"), transaction.atomic():
        rows(pk=item.pk).update(note="改过")


@pytest.mark.parametrize(
    "statement",
    [
        "update draws_commitment set sha256 = repeat('0', 64)",
        "update draws_draw set seed = repeat('0', 64)",
        "update draws_draw set codes = '00'",
        "update draws_drawitem set code = 'x'",
        "update draws_drawitem set by_two = false",
        "delete from draws_drawitem",
        "delete from draws_draw",
        "delete from draws_commitment",
    ],
)
def test_what_was_committed_to_and_drawn_stays(statement: str) -> None:
    draw = a_draw()
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
    assert set(repeats(Draw.objects.get(pk=draw.pk)).values()) == {True}


def test_two_secrets_are_two() -> None:
    assert publish_commitment(at=PUBLISHED).secret != CommitmentFactory(secret="另一个").secret
    assert len({publish_commitment(at=PUBLISHED).sha256 for _ in range(5)}) == 5
