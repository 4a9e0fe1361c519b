"""Numbers whose heads differ, whose order is a secret, that are given back; the book against a model; 64 clients at once."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date

import pytest
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test
from tests.factories.accounts import UserFactory
from tests.factories.certificates import AT, IssueFactory, content_for, range_of, view_of, void
from tests.factories.institutions import ProgrammeFactory, SchoolFactory, staffed_city
from tests.factories.packs import in_many_parts, numbering, variant

from xueji.certificates.actions import (
    allocate_numbers,
    issue_certificates,
    prepare_certificates,
    release_numbers,
    return_numbers,
)
from xueji.certificates.actions.numbers import _take_serials
from xueji.certificates.models import CertificateNumber, NumberBlock, NumberCounter, NumberState
from xueji.certificates.queries import numbers_by_state
from xueji.core.errors import BadInput, Conflict, NumbersExhausted
from xueji.core.numbering import parse_number
from xueji.sealing.texts import SealBroken

DAY = date(2019, 7, 1)
HEAD = {"region": "61", "school": "007", "school_level": "1", "year": "2019", "level": "3", "programme": "1001"}


def _view(*items):
    return variant(*items).on(DAY)


def _allocate(view, parts, school=None, by=None, kind="graduation"):
    return allocate_numbers(
        view=view,
        kind=kind,
        parts=parts,
        school=school or SchoolFactory(),
        purpose="测试",
        by=by or UserFactory(),
        at=AT,
    )


@pytest.mark.django_db
@pytest.mark.requirement("S3-06")
def test_one_block_holds_numbers_of_many_heads_in_the_order_asked_for() -> None:
    parts = [HEAD, {**HEAD, "programme": "2002"}, {**HEAD, "level": "2"}, HEAD]
    numbers = _allocate(_view(in_many_parts()), parts)
    assert [number.number for number in numbers] == [
        "6100712019310010001", "6100712019320020002", "6100712019210010003", "6100712019310010004",
    ]  # fmt: skip
    block = NumberBlock.objects.get()
    assert (block.serials.lower, block.serials.upper) == (1, 5)
    shape = _view(in_many_parts()).numbering("graduation").shape
    assert [int(parse_number(shape, number.number)["serial"]) for number in numbers] == [1, 2, 3, 4]


@pytest.mark.django_db
@pytest.mark.requirement("S3-06")
def test_serial_counts_per_region_school_and_year() -> None:
    view = _view(in_many_parts())
    numbers = _allocate(view, [HEAD, {**HEAD, "school": "008"}, HEAD, {**HEAD, "year": "2020"}])
    assert [number.serial for number in numbers] == [1, 1, 2, 1]
    assert NumberBlock.objects.count() == NumberCounter.objects.count() == 3
    assert _allocate(view, [{**HEAD, "level": "2"}])[0].serial == 3


@pytest.mark.django_db
def test_as_many_statements_for_two_hundred_numbers_as_for_two() -> None:
    view, school, by, counts = _view(in_many_parts()), SchoolFactory(), UserFactory(), []
    _allocate(view, [{**HEAD, "programme": "1000"}], school, by)  # a new counter asks after its marks once
    for size in (2, 200):
        parts = [{**HEAD, "programme": f"{1000 + n % 7}"} for n in range(size)]
        with CaptureQueriesContext(connection) as queries:
            _allocate(view, parts, school, by)
        counts.append(len(queries))
    assert counts[0] == counts[1] <= 12


@pytest.mark.django_db
def test_allocation_of_none_or_beyond_the_ceiling_writes_nothing() -> None:
    view = _view(in_many_parts())
    with pytest.raises(BadInput, match="至少为 1"):
        _allocate(view, [])
    _allocate(view, [HEAD] * 9_998)
    with pytest.raises(NumbersExhausted, match="只剩 1 个，需要 2 个"):
        _allocate(view, [{**HEAD, "school": "001"}, HEAD, {**HEAD, "level": "2"}])
    assert CertificateNumber.objects.count() == 9_998
    assert _allocate(view, [HEAD])[0].serial == 9_999


@pytest.mark.django_db
def test_what_is_left_is_counted_after_others_drew_meanwhile() -> None:
    view = _view(in_many_parts())
    _allocate(view, [HEAD])
    counter = NumberCounter.objects.get()  # as it was read before somebody else was first
    _allocate(view, [HEAD] * 9_996)
    with pytest.raises(NumbersExhausted, match="只剩 2 个，需要 3 个"):
        _take_serials(counter, view.numbering("graduation"), 3)


# -- an order that looks random


def _permuted(**changes):
    return numbering(order="permuted", **changes)


@pytest.mark.django_db
@pytest.mark.requirement("S2-34")
def test_permuted_numbers_are_all_different_and_not_in_order() -> None:
    view = _view(_permuted())
    block = release_numbers(
        view=view, kind="graduation", parts={"year": 2019}, count=500, school=SchoolFactory(), purpose="测试",
        by=UserFactory(), at=AT,
    )  # fmt: skip
    more = [number.number for number in _allocate(view, [{"year": "2019"}] * 500)]
    printed = [*block.numbers.order_by("serial").values_list("number", flat=True), *more]
    assert len(set(printed)) == 1000
    assert printed != sorted(printed)
    assert all(len(number) == 11 and number.startswith("201906") for number in printed)
    assert NumberCounter.objects.get().last_serial == 1000


@pytest.mark.django_db
@pytest.mark.requirement("S2-34")
def test_new_data_key_does_not_disturb_a_counter_begun_under_the_old_one(settings) -> None:
    view = _view(_permuted())
    first = [number.number for number in _allocate(view, [{"year": "2019"}] * 300)]
    settings.DATA_KEYS = {**settings.DATA_KEYS, 77: b"k" * 32}
    settings.DATA_KEY_ACTIVE = 77
    second = [number.number for number in _allocate(view, [{"year": "2019"}] * 300)]
    assert len({*first, *second}) == 600
    _allocate(view, [{"year": "2020"}])
    assert set(NumberCounter.objects.values_list("key_id", flat=True)) == {1, 77}
    settings.DATA_KEYS, settings.DATA_KEY_ACTIVE = {1: settings.DATA_KEYS[1]}, 1
    with pytest.raises(SealBroken, match="77"), transaction.atomic():
        _allocate(view, [{"year": "2020"}])
    assert NumberCounter.objects.get(scope__endswith="2020").last_serial == 1
    settings.DATA_KEYS = {**settings.DATA_KEYS, 77: b"k" * 32}  # schools were signed with it too: every row fits again


@pytest.mark.django_db
@pytest.mark.requirement("S2-34")
def test_whole_small_space_is_used_without_a_collision() -> None:
    shape = _permuted().value.shape
    small = replace(shape, parts=tuple(replace(p, width=2) if p.name == "serial" else p for p in shape.parts))
    numbers = _allocate(_view(_permuted(shape=small)), [{"year": "2019"}] * 99)
    assert sorted(number.number for number in numbers) == [f"201906{n:02d}" for n in range(1, 100)]
    with pytest.raises(NumbersExhausted):
        _allocate(_view(_permuted(shape=small)), [{"year": "2019"}])


@pytest.mark.django_db
def test_key_of_a_counter_cannot_be_changed_and_the_counter_not_deleted() -> None:
    _allocate(_view(_permuted()), [{"year": "2019"}])
    counter = NumberCounter.objects.filter(last_serial=1)
    with pytest.raises(DatabaseError, match="never changed"), transaction.atomic():
        counter.update(key_id=9)
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("DELETE FROM certificates_numbercounter")


# -- given back


def _release(count=3, school=None):
    return release_numbers(
        view=view_of(), kind="graduation", parts={"year": 2019}, count=count, school=school or SchoolFactory(),
        purpose="测试", by=UserFactory(), at=AT,
    )  # fmt: skip


@pytest.mark.django_db
@pytest.mark.requirement("S4-03")
def test_returned_numbers_are_closed_for_good() -> None:
    block = _release()
    with pytest.raises(BadInput, match="退回编号须写明原因"):
        return_numbers(block=block, reason=" ", by=UserFactory(), at=AT)
    assert return_numbers(block=block, reason="多出", by=UserFactory(), at=AT) == 3
    assert return_numbers(block=block, reason="多出", by=UserFactory(), at=AT) == 0
    assert numbers_by_state(block)["returned"] == 3
    for state in ("free", "reserved", "issued", "void"):
        with pytest.raises(DatabaseError, match="forward only"), transaction.atomic():
            block.numbers.update(state=state)
    assert range_of(_release(1))[0] == "20190600004"


@pytest.mark.django_db
def test_issued_number_cannot_be_returned_nor_a_returned_one_issued() -> None:
    by, programme = UserFactory(), ProgrammeFactory(name="护理")
    block = _release(2, programme.school)
    first, second = block.numbers.order_by("serial")
    issue = {"issue": IssueFactory(school=programme.school), "issue_date": DAY, "by": by, "at": AT}
    contents = [content_for(programme, n) for n in (1, 2)]
    issue_certificates(prepared=prepare_certificates(contents[:1], view_of()), numbers=[first], **issue)
    with pytest.raises(DatabaseError, match="forward only"), transaction.atomic():
        CertificateNumber.objects.filter(pk=first.pk).update(state="returned")
    assert return_numbers(block=block, reason="多出", by=by, at=AT) == 1
    for numbers in ([first], [second]):
        with pytest.raises(Conflict, match="只有 0 个可用"):
            issue_certificates(prepared=prepare_certificates(contents[1:], view_of()), numbers=numbers, **issue)
    with pytest.raises(TypeError):
        issue_certificates(prepared=prepare_certificates(contents[1:], view_of()), **issue)


# -- the book against a model


class Book(RuleBasedStateMachine):
    """Serials counted by hand: every number in exactly one state, blocks equal to ranges, nothing doubled."""

    def __init__(self) -> None:
        super().__init__()
        self.frame = transaction.atomic()
        self.frame.__enter__()
        self.city = staffed_city()
        self.programme = ProgrammeFactory(school=self.city.county_school, name="护理")
        self.by = self.city.city_reviewer
        self.paper = IssueFactory(school=self.city.county_school)
        self.blocks: dict[int, tuple[str, dict[int, str]]] = {}  # block -> counter, serial -> state
        self.last: dict[str, int] = {}
        self.people = 0
        self.live: list = []

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.frame.__exit__(None, None, None)

    def _drawn(self, block: NumberBlock, year: str, count: int) -> None:
        start = self.last.get(year, 0)
        self.last[year] = start + count
        self.blocks[block.pk] = (year, dict.fromkeys(range(start + 1, start + count + 1), "free"))

    @rule(year=st.sampled_from(["2019", "2020"]), count=st.integers(1, 4))
    def release(self, year: str, count: int) -> None:
        block = release_numbers(
            view=view_of(), kind="graduation", parts={"year": year}, count=count, school=self.city.county_school,
            purpose="放", by=self.by, at=AT,
        )  # fmt: skip
        self._drawn(block, year, count)

    @rule(years=st.lists(st.sampled_from(["2019", "2020"]), min_size=1, max_size=4))
    def allocate(self, years: list[str]) -> None:
        numbers = _allocate(view_of(), [{"year": year} for year in years], self.city.county_school, self.by)
        assert [number.number[:4] for number in numbers] == years
        for year in sorted(set(years)):
            block = next(number.block for number in numbers if number.number.startswith(year))
            self._drawn(block, year, years.count(year))

    def _with(self, state: str) -> list[int]:
        return sorted(pk for pk, (_, states) in self.blocks.items() if state in states.values())

    @precondition(lambda self: self._with("free"))
    @rule(data=st.data())
    def issue(self, data) -> None:
        pk = data.draw(st.sampled_from(self._with("free")))
        self.people += 1
        prepared = prepare_certificates([content_for(self.programme, self.people)], view_of())
        block = NumberBlock.objects.get(pk=pk)
        made = issue_certificates(issue=self.paper, prepared=prepared, block=block, issue_date=DAY, by=self.by, at=AT)[
            0
        ]
        states = self.blocks[pk][1]
        serial = min(serial for serial, state in states.items() if state == "free")
        assert made.number.serial == serial
        states[serial] = "issued"
        self.live.append((pk, serial, made))

    @precondition(lambda self: self.live)
    @rule(data=st.data())
    def void_one(self, data) -> None:
        pk, serial, certificate = self.live.pop(data.draw(st.integers(0, len(self.live) - 1)))
        void(certificate, self.by)
        self.blocks[pk][1][serial] = "void"

    @precondition(lambda self: self._with("free"))
    @rule(data=st.data())
    def close_unused(self, data) -> None:
        pk = data.draw(st.sampled_from(self._with("free")))
        states = self.blocks[pk][1]
        unused = [serial for serial, state in states.items() if state == "free"]
        assert return_numbers(block=NumberBlock.objects.get(pk=pk), reason="余", by=self.by, at=AT) == len(unused)
        states.update(dict.fromkeys(unused, "returned"))

    @invariant()
    def book_is_the_models(self) -> None:
        rows: dict[int, dict[int, str]] = {}
        numbers = set()
        for block, serial, state, number in CertificateNumber.objects.values_list("block", "serial", "state", "number"):
            rows.setdefault(block, {})[serial] = state
            numbers.add(number)
        assert rows == {pk: states for pk, (_, states) in self.blocks.items()}
        assert len(numbers) == sum(map(len, rows.values()))
        for pk, lower, upper in [(b.pk, b.serials.lower, b.serials.upper) for b in NumberBlock.objects.all()]:
            assert sorted(rows[pk]) == list(range(lower, upper))
        counters = {c.scope.split("-")[-1]: c.last_serial for c in NumberCounter.objects.all()}
        assert {key[-4:]: value for key, value in counters.items()} == self.last
        for pk in self.blocks:
            counts = numbers_by_state(NumberBlock(pk=pk))
            assert sum(counts.values()) == len(rows[pk])


@pytest.mark.django_db
@pytest.mark.requirement("S4-03", "S4-12")
def test_book_of_numbers_agrees_with_a_model_whatever_is_done_to_it() -> None:
    run_state_machine_as_test(
        Book, settings=hypothesis_settings(max_examples=12, stateful_step_count=14, deadline=None)
    )


@pytest.mark.django_db(transaction=True)
@pytest.mark.requirement("S4-03")
def test_sixty_four_clients_draw_blocks_without_a_double_or_a_gap() -> None:
    """Half of them for one line each, half for graduates of many heads; all of one counter, all at once."""
    view, school, by = _view(in_many_parts()), SchoolFactory(), UserFactory()
    start = threading.Barrier(64)

    def client(index: int) -> int:
        try:
            start.wait(timeout=60)
            parts: list[Mapping[str, str]] = [{**HEAD, "programme": f"{1000 + n}"} for n in range(1 + index % 5)]
            if index % 2:
                return len(_allocate(view, parts, school, by))
            return release_numbers(
                view=view, kind="graduation", parts=HEAD, count=len(parts), school=school, purpose="段", by=by, at=AT
            ).numbers.count()
        finally:
            connection.close()

    with ThreadPoolExecutor(64) as pool:
        drawn = list(pool.map(client, range(64)))
    serials = sorted(CertificateNumber.objects.values_list("serial", flat=True))
    assert serials == list(range(1, sum(drawn) + 1))
    assert NumberCounter.objects.get().last_serial == sum(drawn)
    assert NumberBlock.objects.count() == 64
    assert not CertificateNumber.objects.exclude(state=NumberState.FREE).exists()
