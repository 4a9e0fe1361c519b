"""The audit repeats every draw with code of its own, and names what does not come out again."""

from __future__ import annotations

import pytest
from django.conf import settings
from django.db import connection
from tests.factories.accounts import UserFactory
from tests.factories.draws import PUBLISHED

from xueji.cli.audit_draws import draws
from xueji.draws.actions import Share, hold_draw, publish_commitment

pytestmark = pytest.mark.django_db


@pytest.fixture
def _drawn() -> None:
    publish_commitment(at=PUBLISHED)  # waiting for its list
    for codes in (["a", "b", "c", "d"], ["a", "b"]):
        hold_draw(
            commitment=publish_commitment(at=PUBLISHED), codes=codes, context=f"{len(codes)}人", share=Share(50, "up"),
            by=UserFactory(), at=PUBLISHED, by_two=True,
        )  # fmt: skip


@pytest.mark.usefixtures("_drawn")
def test_draws_as_they_were_held_come_out_again() -> None:
    result = draws(settings.DATA_KEYS)
    assert (result["looked_at"], result["mismatches"]) == (5, [])


@pytest.mark.usefixtures("_drawn")
@pytest.mark.parametrize(
    ("table", "change", "words"),
    [
        ("commitment", "set sha256 = repeat('0', 64) where id = (select min(id::text)::uuid from draws_commitment)",
         "不是所存暗码的"),
        ("draw", "set seed = repeat('0', 64) where population = 4", "（4人）：名单值或种子不符"),
        ("draw", "set context = '别处' where population = 4", "（别处）：名单值或种子不符"),
        ("draw", "set codes = 'x' || codes where population = 2", "（2人）：名单值或种子不符"),
        ("draw", "set size = 1 where population = 4", "（4人）：抽中的不是重算出的"),
        ("drawitem", "set code = 'zz' where ordinal = 2", "（4人）：抽中的不是重算出的"),
    ],
)  # fmt: skip
def test_what_was_changed_by_hand_is_named(table: str, change: str, words: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            f"set constraints all immediate; alter table draws_{table} disable trigger user; update draws_{table} {change}; "
            f"alter table draws_{table} enable trigger user"
        )
    (wrong,) = draws(settings.DATA_KEYS)["mismatches"]
    assert words in wrong


@pytest.mark.usefixtures("_drawn")
def test_a_secret_of_another_row_opens_nothing() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "update draws_commitment set secret = (select c.secret from draws_commitment c join draws_draw d "
            "on d.commitment_id = c.id where d.population = 2) "
            "where id in (select commitment_id from draws_draw where population = 4)"
        )
    commitment, draw = draws(settings.DATA_KEYS)["mismatches"]
    assert ["承诺值" in commitment, "名单值或种子不符" in draw] == [True, True]
