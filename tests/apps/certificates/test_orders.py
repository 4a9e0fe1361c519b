"""The order of permuted numbers outlives the data key it was begun under, in the database and in the marks."""

from __future__ import annotations

import os

import pytest
from django.db import connection
from tests.apps.certificates.test_marks import another_database
from tests.factories.certificates import AT, view_of
from tests.factories.institutions import staffed_city

from xueji.certificates import marks
from xueji.certificates.actions import confirm_last_numbers, release_numbers, state_last_numbers
from xueji.certificates.models import CertificateNumber, NumberCounter
from xueji.certificates.orders import order_of
from xueji.cli.audit import audit
from xueji.cli.reseal import steps
from xueji.core.permutation import permute
from xueji.sealing.texts import SealBroken, derived_key

pytestmark = pytest.mark.django_db(transaction=True)
PARTS = {"year": "2022", "region": "410102", "school": "3641000001"}


@pytest.fixture
def henan():
    return staffed_city(division_code="410000", county_code="410100")


def give(city, count: int) -> None:
    view = view_of("edu/henan", view_of().day.replace(year=2022))
    release_numbers(
        view=view, kind="graduation", parts=PARTS, count=count, school=city.city_school, purpose="测试",
        by=city.city_reviewer, at=AT,
    )  # fmt: skip


def rotate(settings) -> None:
    settings.DATA_KEYS, settings.DATA_KEY_ACTIVE = {**settings.DATA_KEYS, 9: os.urandom(32)}, 9


def reseal_all(settings) -> int:
    """Seal everything again, then give the old keys up."""
    changed = sum(sum(step()) for step in steps().values())
    assert sum(sum(step()) for step in steps().values()) == 0
    settings.DATA_KEYS = {9: settings.DATA_KEYS[9]}
    return changed


def places(key: bytes) -> list[int]:
    counter = NumberCounter.objects.get()
    return [permute(serial, counter.ceiling, key) for serial in range(1, counter.last_serial + 1)]


def printed() -> list[str]:
    return list(CertificateNumber.objects.order_by("serial").values_list("number", flat=True))


def test_the_order_is_the_same_before_and_after_and_the_old_key_is_gone(henan, settings) -> None:
    give(henan, 40)
    begun = derived_key(1, f"numbering:graduation:{NumberCounter.objects.get().scope}")
    rotate(settings)
    assert reseal_all(settings) > 0
    with pytest.raises(SealBroken):
        derived_key(1, "anything")
    give(henan, 40)
    numbers = printed()
    assert len(set(numbers)) == 80
    for number, place in zip(numbers, places(begun), strict=True):
        assert int(number[-len(str(place)) :]) == place
    assert next(check for check in audit() if check["check"] == "numbers.marks")["mismatches"] == []


def test_without_sealing_again_no_number_is_given_rather_than_one_twice(henan, settings) -> None:
    give(henan, 3)
    rotate(settings)
    settings.DATA_KEYS = {9: settings.DATA_KEYS[9]}
    with pytest.raises(SealBroken):
        give(henan, 1)
    assert NumberCounter.objects.get().last_serial == 3


def test_a_counter_lost_with_its_database_goes_on_in_the_order_of_its_mark(henan, settings) -> None:
    give(henan, 5)
    scope, last = NumberCounter.objects.get().scope, printed()[-1]
    begun = order_of(NumberCounter.objects.get())
    rotate(settings)
    reseal_all(settings)
    with connection.cursor() as cursor:
        cursor.execute("set session_replication_role = replica")  # restored from before the counter was begun
        for table in ("certificatenumber", "numberblock", "numbercounter"):
            cursor.execute(f"delete from certificates_{table}")
        cursor.execute("set session_replication_role = default")
    another_database()
    statement = state_last_numbers(
        pack="edu/henan", numbers={("graduation", scope): last}, others=(), no_others=False, note="名册",
        by=henan.city_reviewer, at=AT,
    )  # fmt: skip
    assert statement.lines.get().serial == 5
    confirm_last_numbers(statement=statement, by=henan.city_leader, at=AT)
    assert order_of(NumberCounter.objects.get()) == begun
    give(henan, 1)
    assert printed() != [last]


def test_the_mark_holds_the_order_closed(henan) -> None:
    give(henan, 5)
    give(henan, 5)
    counter = NumberCounter.objects.get()
    order = order_of(counter)
    assert order is not None
    text = next(marks.folder().glob("counter+*.mark")).read_text()
    assert order.hex() not in text
    assert text.count('"order"') == 1  # once, until the key changes
    assert marks.marked_order(counter.kind, counter.scope) == order
    (row,) = NumberCounter.objects.values_list("order_key", flat=True)
    assert order.hex().encode() not in bytes(row)


def test_a_mark_of_the_release_before_gets_its_order(henan, settings) -> None:
    give(henan, 5)
    path = next(marks.folder().glob("counter+*.mark"))
    path.write_text(
        "".join(
            line.split(',"order"')[0] + "}\n" if '"order"' in line else line + "\n"
            for line in path.read_text().splitlines()
        )
    )
    counter = NumberCounter.objects.get()
    assert marks.marked_order(counter.kind, counter.scope) is None
    rotate(settings)
    reseal_all(settings)
    counter = NumberCounter.objects.get()
    assert marks.marked_order(counter.kind, counter.scope) == order_of(counter)
