"""The book of blanks against a model of it: whatever is done in whatever order, each sheet is in one state, the movements
fold to it, and the sheet balances — and what the model refuses, the product refuses, changing nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection, transaction
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from tests.factories.blanks import AT, KIND, Province, province
from tests.factories.certificates import CertificateFactory

from xueji.blanks import actions
from xueji.blanks.models import Blank, BlankMovement
from xueji.blanks.queries.balance import balance_of
from xueji.core.errors import StockMismatch
from xueji.core.serials import compress

LAST = 12
some = st.sets(st.integers(1, LAST), min_size=1, max_size=5)


class Book(RuleBasedStateMachine):
    """A province, one school, twelve serials; the model says for each where it is: (state, place)."""

    @initialize()
    def found(self) -> None:
        self.savepoint = transaction.savepoint()
        self.world: Province = province()
        self.world.received(100, 101)
        self.request = self.world.granted(10_000, reason="多领")
        self.model: dict[int, tuple[str, str]] = {}
        self.was: dict[int, str] = {}  # state before it was lost
        self.unused = [CertificateFactory(serial=serial).pk for serial in range(40)]

    def teardown(self) -> None:
        if hasattr(self, "savepoint"):
            transaction.savepoint_rollback(self.savepoint)

    def act(
        self,
        numbers: set[int],
        fits: Callable[[int], bool],
        goal: Callable[[int], tuple[str, str]],
        do: Callable[..., Any],
    ) -> None:
        """Do it when the model says that every sheet fits; else see it refused."""
        if all(fits(number) for number in numbers):
            do(compress(numbers))
            self.model |= {number: goal(number) for number in numbers}
            return
        with pytest.raises(StockMismatch), transaction.atomic():
            do(compress(numbers))

    def shift(
        self, numbers: set[int], before: tuple[str, ...], after: str, action: Callable[..., Any], **more: Any
    ) -> None:
        self.act(
            numbers, lambda n: self.model.get(n, ("", ""))[1] == "school" and self.model[n][0] in before,
            lambda _n: (after, "school"),
            lambda serials: action(
                holder=self.world.college, kind=KIND, serials=serials, by=self.world.clerk, at=AT, **more
            ),
        )  # fmt: skip

    @rule(numbers=some)
    def receive(self, numbers: set[int]) -> None:
        self.act(
            numbers, lambda n: n not in self.model, lambda _n: ("stock", "province"),
            lambda serials: actions.receive_blanks(
                authority=self.world.province, kind=KIND, serials=serials, source="印刷厂", by=self.world.keeper, at=AT
            ),
        )  # fmt: skip

    @rule(numbers=some)
    def draw(self, numbers: set[int]) -> None:
        self.act(
            numbers, lambda n: self.model.get(n) == ("stock", "province"), lambda _n: ("drawn", "school"),
            lambda serials: actions.dispense_blanks(request=self.request, serials=serials, by=self.world.issuer, at=AT),
        )  # fmt: skip

    @rule(numbers=some)
    def confirm(self, numbers: set[int]) -> None:
        self.shift(numbers, ("drawn",), "stock", actions.confirm_receipt)

    @rule(numbers=some)
    def load(self, numbers: set[int]) -> None:
        self.shift(numbers, ("stock",), "loaded", actions.load_blanks)

    @rule(numbers=some)
    def unload(self, numbers: set[int]) -> None:
        self.shift(numbers, ("loaded",), "stock", actions.unload_blanks)

    @rule(numbers=some)
    def use(self, numbers: set[int]) -> None:
        fits = [n for n in numbers if self.model.get(n) == ("loaded", "school")]
        certificates = {n: self.unused[n] for n in fits} or dict.fromkeys(sorted(numbers)[:1], self.unused[0])
        taken = set(Blank.objects.filter(state="used").values_list("certificate_id", flat=True))
        if taken & set(certificates.values()):
            return  # one certificate on two sheets has its own test
        self.act(
            set(certificates), lambda n: self.model.get(n) == ("loaded", "school"), lambda _n: ("used", "school"),
            lambda _serials: actions.use_blanks(
                holder=self.world.college, kind=KIND, certificates=certificates, by=self.world.clerk, at=AT
            ),
        )  # fmt: skip

    @rule(numbers=some)
    def spoil(self, numbers: set[int]) -> None:
        self.shift(numbers, ("stock", "loaded", "used"), "spoiled", actions.spoil_blanks, reason="卡纸")

    @rule(numbers=some)
    def give_back(self, numbers: set[int]) -> None:
        self.act(
            numbers, lambda n: self.model.get(n) == ("spoiled", "school"), lambda _n: ("returned", "void"),
            lambda serials: actions.return_blanks(
                holder=self.world.college, kind=KIND, serials=serials, by=self.world.clerk, at=AT
            ),
        )  # fmt: skip

    @rule(numbers=some)
    def stamp(self, numbers: set[int]) -> None:
        self.act(
            numbers, lambda n: self.model.get(n) == ("returned", "void"), lambda _n: ("void", "void"),
            lambda serials: actions.stamp_void(
                authority=self.world.province, kind=KIND, serials=serials, by=self.world.void_keeper, at=AT
            ),
        )  # fmt: skip

    @rule(numbers=some)
    def lose(self, numbers: set[int]) -> None:
        before = {n: self.model[n][0] for n in numbers if n in self.model}
        self.shift(numbers, ("stock", "drawn", "loaded", "used", "spoiled"), "lost", actions.report_lost, reason="遗失")
        self.was |= {n: state for n, state in before.items() if self.model[n][0] == "lost" and state != "lost"}

    @rule(numbers=some)
    def find(self, numbers: set[int]) -> None:
        clean = {n: self.was.get(n) in ("stock", "drawn", "loaded") for n in numbers}
        self.act(
            numbers, lambda n: self.model.get(n) == ("lost", "school"),
            lambda n: ("stock" if clean[n] else "spoiled", "school"),
            lambda serials: actions.recover_blanks(
                holder=self.world.college, kind=KIND, serials=serials, reason="寻回", by=self.world.clerk, at=AT
            ),
        )  # fmt: skip

    @rule(numbers=some)
    def move_back(self, numbers: set[int]) -> None:
        self.act(
            numbers, lambda n: self.model.get(n) == ("stock", "school"), lambda _n: ("drawn", "province"),
            lambda serials: actions.move_blanks(
                holder=self.world.college, to=self.world.province, kind=KIND, serials=serials, reason="多领",
                by=self.world.clerk, at=AT,
            ),
        )  # fmt: skip

    @rule(numbers=some)
    def confirm_back(self, numbers: set[int]) -> None:
        self.act(
            numbers, lambda n: self.model.get(n) == ("drawn", "province"), lambda _n: ("stock", "province"),
            lambda serials: actions.confirm_receipt(
                holder=self.world.province, kind=KIND, serials=serials, by=self.world.keeper, at=AT
            ),
        )  # fmt: skip

    @invariant()
    def every_sheet_is_where_the_model_says(self) -> None:
        if not hasattr(self, "model"):
            return
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute("SET CONSTRAINTS ALL DEFERRED")
        rows = Blank.objects.filter(number__lte=LAST).select_related("school", "holder")
        found = {
            b.number: (b.state, "void" if b.state in ("returned", "void") else "school" if b.school_id else "province")
            for b in rows
        }
        assert found == self.model

    @invariant()
    def movements_fold_to_the_rows(self) -> None:
        if not hasattr(self, "model"):
            return
        folded: dict[int, str] = {}
        for moved in BlankMovement.objects.order_by("id"):
            for number in range(moved.numbers.lower, moved.numbers.upper):
                assert folded.get(number, "") == moved.from_state
                folded[number] = moved.to_state
        assert {n: state for n, state in folded.items() if n <= LAST} == {n: s for n, (s, _) in self.model.items()}

    @invariant()
    def it_balances(self) -> None:
        if not hasattr(self, "model"):
            return
        rows = [*balance_of(authority=self.world.province), *balance_of(authority=self.world.province, by_season=True)]
        assert [row for row in rows if not row.is_balanced] == []
        assert sum(row.received for row in rows) == 2 * (len(self.model) + 2)


@pytest.mark.long
@pytest.mark.requirement("S3-03", "S3-04")
def test_book_of_blanks_behaves_as_its_model(db: None, packs: None, graduates: dict[str, int]) -> None:
    run_state_machine_as_test(Book, settings=settings(max_examples=12, stateful_step_count=30, deadline=None))
