"""The book of numbers: no duplicate, no gap, no wrap, whatever happens at the same time."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import DatabaseError, connection, transaction
from tests.factories.accounts import UserFactory
from tests.factories.certificates import AT, range_of, view_of
from tests.factories.institutions import SchoolFactory

from xueji.certificates.actions import release_numbers, return_numbers
from xueji.certificates.models import CertificateNumber, NumberBlock, NumberCounter
from xueji.certificates.queries import numbers_by_state
from xueji.core.errors import BadInput, NumbersExhausted
from xueji.core.numbering import parse_number
from xueji.ledger.models import Event

pytestmark = pytest.mark.requirement("S1-03")


def _release(count: int, *, view=None, parts=None, school=None, by=None) -> NumberBlock:
    return release_numbers(
        view=view or view_of(), kind="graduation", parts=parts or {"year": 2019}, count=count,
        school=school or SchoolFactory(), purpose="测试", by=by or UserFactory(), at=AT,
    )  # fmt: skip


@pytest.mark.django_db
def test_numbers_have_eleven_digits_and_begin_at_one() -> None:
    block = _release(3)
    numbers = list(block.numbers.values_list("number", flat=True))
    assert numbers == ["20190600001", "20190600002", "20190600003"]
    assert range_of(block) == ("20190600001", "20190600003")
    assert numbers_by_state(block) == {"free": 3, "reserved": 0, "issued": 0, "returned": 0, "void": 0}


@pytest.mark.django_db
def test_every_number_parses_back_to_its_serial() -> None:
    block = _release(12)
    shape = view_of().numbering("graduation").shape
    assert [(n.serial, int(parse_number(shape, n.number)["serial"])) for n in block.numbers.all()] == [
        (serial, serial) for serial in range(1, 13)
    ]


@pytest.mark.django_db
def test_next_block_follows_without_a_gap_and_years_count_apart() -> None:
    _release(3)
    assert range_of(_release(2)) == ("20190600004", "20190600005")
    assert range_of(_release(1, parts={"year": 2020})) == ("20200600001", "20200600001")


@pytest.mark.django_db
def test_number_with_prefix_and_suffix_is_framed_as_the_pack_says() -> None:
    view = view_of("fictional/freedonia", view_of().day.replace(year=2005))
    block = _release(2, view=view, parts={"year": "05", "school": "007"})
    assert range_of(block) == ("自0070001/05", "自0070002/05")


@pytest.mark.django_db
def test_release_is_in_the_ledger() -> None:
    block = _release(2)
    event = Event.objects.get(tag="number:released", subject_id=str(block.pk))
    assert event.after == {"first": "20190600001", "last": "20190600002", "count": 2}
    assert event.rules[0]["clause"] == "二"


@pytest.mark.django_db
def test_release_beyond_the_ceiling_writes_nothing() -> None:
    view = view_of("fictional/freedonia", view_of().day.replace(year=2005))  # four digits: 9,999 serials
    parts = {"year": "05", "school": "007"}
    _release(9_990, view=view, parts=parts)
    before = (NumberBlock.objects.count(), CertificateNumber.objects.count(), Event.objects.count())
    with pytest.raises(NumbersExhausted, match="只剩 9 个，需要 10 个"):
        _release(10, view=view, parts=parts)
    assert (NumberBlock.objects.count(), CertificateNumber.objects.count(), Event.objects.count()) == before
    assert range_of(_release(9, view=view, parts=parts))[1] == "自0079999/05"
    with pytest.raises(NumbersExhausted, match="只剩 0 个"):
        _release(1, view=view, parts=parts)


@pytest.mark.django_db
def test_release_of_none_or_of_an_unknown_part_is_refused() -> None:
    with pytest.raises(BadInput, match="至少为 1"):
        _release(0)
    with pytest.raises(BadInput, match="年份"):
        _release(1, parts={"unit": "06"})


@pytest.mark.django_db
def test_rolled_back_release_leaves_no_gap() -> None:
    with pytest.raises(RuntimeError), transaction.atomic():
        _release(5)
        raise RuntimeError
    assert range_of(_release(1)) == ("20190600001", "20190600001")


@pytest.mark.django_db
def test_number_goes_forward_only_and_is_never_deleted() -> None:
    block = _release(2)
    assert return_numbers(block=block, reason="批次取消", by=UserFactory(), at=AT) == 2
    rows = CertificateNumber.objects.filter(number="20190600001")
    with pytest.raises(DatabaseError, match="forward only"), transaction.atomic():
        rows.update(state="free")
    with pytest.raises(DatabaseError, match="never changed"), transaction.atomic():
        rows.update(serial=77)
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("DELETE FROM certificates_certificatenumber")
    assert rows.get().state == "returned"


@pytest.mark.django_db
def test_book_of_numbers_cannot_be_truncated() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL app.allow_truncate = 'off'")
        with pytest.raises(DatabaseError, match="kept for good"), transaction.atomic():
            cursor.execute("TRUNCATE certificates_certificatenumber CASCADE")


def _in_threads(work: Callable[[int], object], count: int = 8) -> list[object]:
    """Run `work` in threads that begin together; return what each returned or raised."""
    start = threading.Barrier(count)

    def run(index: int) -> object:
        start.wait(timeout=20)
        try:
            return work(index)
        except DatabaseError as refused:  # an overlap, or a deadlock over one
            return refused
        finally:
            connection.close()

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(run, range(count)))


@pytest.mark.django_db(transaction=True)
def test_eight_threads_draw_without_duplicate_or_gap() -> None:
    school, by = SchoolFactory(), UserFactory()
    outcome = _in_threads(lambda _: [_release(7, school=school, by=by).pk for _ in range(4)])
    assert not [o for o in outcome if isinstance(o, DatabaseError)]
    serials = list(CertificateNumber.objects.order_by("serial").values_list("serial", flat=True))
    assert serials == list(range(1, 8 * 4 * 7 + 1))
    assert NumberCounter.objects.get().last_serial == len(serials)
    for block in NumberBlock.objects.all():
        issued_serials = [n.serial for n in block.numbers.order_by("serial")]
        assert issued_serials == list(range(block.serials.lower, block.serials.upper))


@pytest.mark.django_db(transaction=True)
def test_without_the_lock_the_same_threads_collide_and_the_database_refuses() -> None:
    """The control: a counter read first and written later is what the lock is for; the overlap constraint is behind it."""
    school, by = SchoolFactory(), UserFactory()
    _release(1, school=school, by=by)
    counter = NumberCounter.objects.get()
    together = threading.Barrier(8)

    def unlocked(_: int) -> int:
        last = NumberCounter.objects.get(pk=counter.pk).last_serial
        together.wait(timeout=20)
        block = NumberBlock.objects.create(
            counter=counter, serials=(last + 1, last + 8), school=school, purpose="", released_by=by, released_at=AT
        )
        return block.pk

    outcome = _in_threads(unlocked)
    assert sum(isinstance(o, DatabaseError) for o in outcome) == 7
    assert NumberBlock.objects.count() == 2
