"""Status is what the changes come to: against a second, plainer way to tell it, on any day and as known at any time."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xueji.core.status.fold import DecidedChange, as_it_stood, in_force, status_from

pytestmark = pytest.mark.requirement("S2-19")
DAY = date(2023, 9, 1)
HOUR = datetime(2023, 9, 1, 8, tzinfo=UTC)
STATUSES = ("studying", "suspended", "withdrawn", "cancelled")


@st.composite
def histories(draw: st.DrawFn) -> list[DecidedChange]:
    """Draw what the register lets happen: each change from where the one before came to, undone from the end only."""
    changes: list[DecidedChange] = []
    standing: list[DecidedChange] = []
    day, status, grade = 0, "studying", 2023
    for ordinal in range(1, draw(st.integers(0, 7)) + 1):
        day += draw(st.integers(0, 40))
        common = {
            "ordinal": ordinal,
            "effective_on": DAY + timedelta(day),
            "recorded_at": HOUR + timedelta(ordinal * 50),
        }
        if standing and draw(st.booleans()):
            undone = standing.pop()
            status, grade = undone.from_status, undone.before["grade"]
            changes.append(
                DecidedChange(
                    kind=undone.kind, from_status=undone.to_status, to_status=status, counters=undone.ordinal,
                    before=undone.after, after=undone.before, **common,
                )
            )  # fmt: skip
            continue
        to, later = draw(st.sampled_from(STATUSES)), grade + draw(st.integers(0, 1))
        change = DecidedChange(
            kind="异动", from_status=status, to_status=to, before={"grade": grade}, after={"grade": later}, **common
        )
        status, grade = to, later
        changes.append(change)
        standing.append(change)
    return changes


def _walked(changes: list[DecidedChange], on: date | None, known: datetime | None) -> tuple[str, int]:
    """Tell status and grade the plain way: everything is walked through from the beginning, row by row."""
    status, grade = "studying", 2023
    for change in changes:
        if known and change.recorded_at > known:
            break
        undone = any(c.counters == change.ordinal and (not known or c.recorded_at <= known) for c in changes)
        if change.counters or undone or (on and change.effective_on > on):
            continue
        status, grade = change.to_status, change.after["grade"]
    return status, grade


@given(histories(), st.integers(-5, 320), st.integers(-50, 450))
def test_a_record_is_told_on_any_day_as_known_at_any_time(changes: list[DecidedChange], days: int, hours: int) -> None:
    present = {"grade": _walked(changes, None, None)[1], "name": "王小明"}
    on, known = DAY + timedelta(days), HOUR + timedelta(hours)
    for when, knowing in ((None, None), (on, None), (None, known), (on, known)):
        values = as_it_stood(present, changes, on=when, known=knowing)
        status = status_from("studying", changes, on=when, known=knowing)
        assert (status, values["grade"]) == _walked(changes, when, knowing)
        assert values["name"] == "王小明"


def _suspended(**more: object) -> DecidedChange:
    given: dict[str, object] = {
        "ordinal": 1, "kind": "休学", "from_status": "studying", "to_status": "suspended",
        "effective_on": date(2024, 3, 1), "recorded_at": datetime(2024, 3, 8, tzinfo=UTC),
    } | more  # fmt: skip
    return DecidedChange(**given)  # type: ignore[arg-type]  # as named above


def test_a_change_counts_from_its_day_and_is_known_from_its_record() -> None:
    changes = [_suspended()]
    assert status_from("studying", changes, on=date(2024, 2, 29)) == "studying"
    assert status_from("studying", changes, on=date(2024, 3, 1)) == "suspended"
    assert status_from("studying", changes, on=date(2024, 3, 1), known=datetime(2024, 3, 7, tzinfo=UTC)) == "studying"


def test_what_was_undone_was_never_made_but_was_known() -> None:
    undoing = _suspended(
        ordinal=2,
        from_status="suspended",
        to_status="studying",
        counters=1,
        recorded_at=datetime(2024, 3, 20, tzinfo=UTC),
    )
    both = [_suspended(), undoing]
    assert in_force(both) == []
    assert status_from("studying", both, on=date(2024, 3, 10)) == "studying"
    assert status_from("studying", both, on=date(2024, 3, 10), known=datetime(2024, 3, 10, tzinfo=UTC)) == "suspended"
