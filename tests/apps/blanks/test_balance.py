"""The sheet balances after every act; damaged past the product, it names the very serials."""

from __future__ import annotations

import pytest
from django.db import connection
from tests.factories.blanks import AT, KIND, Province
from tests.factories.certificates import CertificateFactory

from xueji.blanks.actions import (
    dispense_blanks,
    load_blanks,
    move_blanks,
    report_lost,
    return_blanks,
    spoil_blanks,
    stamp_void,
    use_blanks,
)
from xueji.blanks.queries.balance import BalanceRow, balance_of, serials_by_state, totals_of
from xueji.blanks.queries.books import spec_for
from xueji.core.serials import SerialRange

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("S3-03", "S3-04")]


def busy(world: Province) -> None:
    """One sheet in every state."""
    world.stocked(1, 8)
    world.received(11, 20)
    request = world.granted(2, reason="试", year=2020)
    dispense_blanks(request=request, serials=[11, 12], by=world.issuer, at=AT)
    school = {"holder": world.college, "kind": KIND, "by": world.clerk, "at": AT}
    load_blanks(serials=[1, 2, 3], **school)
    use_blanks(certificates={1: CertificateFactory(serial=1).pk}, **school)
    spoil_blanks(serials=[3, 4, 5], reason="卡纸", **school)
    return_blanks(serials=[4, 5], **school)
    stamp_void(authority=world.province, kind=KIND, serials=[5], by=world.void_keeper, at=AT)
    report_lost(serials=[6], reason="遗失", **school)
    move_blanks(serials=[7], to=world.province, reason="多领", **school)


def rows_of(world: Province, **filters: object) -> list[BalanceRow]:
    return balance_of(authority=world.province, **filters)


def counts_of(row: BalanceRow) -> tuple[int, ...]:
    return tuple(count for _label, count in row.cells())


def test_every_column_stands_where_it_should(world: Province) -> None:
    busy(world)
    authority, school = rows_of(world)
    # stock, drawn, loaded, used, spoiled, returned, void, lost
    assert (authority.place, authority.received, counts_of(authority)) == (world.province, 9, (8, 1, 0, 0, 0, 0, 0, 0))
    assert (school.place, school.received, counts_of(school)) == (world.college, 9, (1, 2, 1, 1, 1, 1, 1, 1))
    assert authority.is_balanced
    assert school.is_balanced
    totals = totals_of([authority, school])
    assert totals["received"] == 18 == sum(count for name, count in totals.items() if name != "received")
    assert school.texts()["balanced"] == "平"


def test_seasons_are_told_apart(world: Province) -> None:
    busy(world)
    assert [(row.season_label, row.received, row.accounted_for) for row in rows_of(world, by_season=True) if row.key.school_id] == [
        ("2019届春季", 7, 7), ("2020届春季", 2, 2),
    ]  # fmt: skip
    assert [row.received for row in rows_of(world, year=2020)] == [2]
    assert [row.place for row in rows_of(world, schools=[world.college.pk])] == [world.college]


def test_serials_of_a_place_are_listed_by_state(world: Province) -> None:
    busy(world)
    listed = serials_by_state(world.college, KIND, spec_for(world.college, KIND))
    assert listed["在途"] == "A0000011—A0000012"
    assert listed["作废保存"] == "A0000005"


def test_damage_past_the_product_is_named_by_serial(world: Province) -> None:
    """Negative control: with the triggers switched off a sheet is moved, and one is lost from the book."""
    busy(world)
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE blanks_blank DISABLE TRIGGER ALL")
        cursor.execute("UPDATE blanks_blank SET school_id = NULL WHERE number = 8")
        cursor.execute("DELETE FROM blanks_blank WHERE number = 13")
        cursor.execute("ALTER TABLE blanks_blank ENABLE TRIGGER ALL")
    authority, school = rows_of(world)
    assert (authority.is_balanced, school.is_balanced) == (True, False)  # one came, one went: only the serials tell
    assert ("A0000013", "有签收记录，账上没有这一张") in school.problems
    assert ("A0000008", "最后一次签收后应为「在库」，账上为「在库」或在别处") in school.problems


def test_sheet_asks_the_database_a_fixed_number_of_times(world: Province, django_assert_max_num_queries) -> None:
    world.received(1, 2000)
    request = world.granted(500, reason="试")
    dispense_blanks(request=request, serials=[SerialRange(n, n) for n in range(1, 1000, 2)], by=world.issuer, at=AT)
    with django_assert_max_num_queries(6):
        assert len(rows_of(world)) == 2


def test_ten_thousand_sheets_move_in_a_few_statements(world: Province, django_assert_max_num_queries) -> None:
    world.received(1, 10_000)
    request = world.granted(10_000, reason="试")
    with django_assert_max_num_queries(25):
        dispense_blanks(request=request, serials=[SerialRange(1, 10_000)], by=world.issuer, at=AT)
    assert request.blanks.count() == 10_000
