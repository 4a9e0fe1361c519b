"""Every limit of a rule is shown at its bound, on both sides, under the parameters of every pack that states one.

A rule with an example far inside and one far outside does not tell «at most» from «less than». Here the last value that
passes and the first that does not stand side by side; a new parameter that is a number has none and fails.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from xueji.core.calendar import Clock, WorkingCalendar, deadline_by_clock
from xueji.core.enrolment_facts import EnrolmentFacts
from xueji.core.facts import DETAILS, GraduateFacts, RegisterFacts, RegisterLineFacts, Surroundings
from xueji.core.intakes import Intake, months_after
from xueji.core.months import Month
from xueji.core.packs import PackView, RuleSwitch
from xueji.core.rules import REGISTRY
from xueji.core.rules.graduates import whole_months
from xueji.core.rules.registry import Given
from xueji.core.status.facts import ChangeFacts, StudyFacts
from xueji.core.status.negative import ListedFacts
from xueji.policy import get_library

LEAVES = Month(2022, 7)
GOOD = GraduateFacts(name="王小明", programme="护理", duration_years=Decimal(3), graduation_month=LEAVES)
Params = Mapping[str, Any]
Edge = tuple[list[Any], list[Any]]  # what is just accepted, what is just refused


def _months(months: int, **changes: Any) -> GraduateFacts:
    """Somebody who studied so many months."""
    entered = LEAVES.year * 12 + LEAVES.month - 1 - months
    return replace(GOOD, entry_month=Month(entered // 12, entered % 12 + 1), **changes)


def _born(years: int, day: int = 1) -> GraduateFacts:
    return replace(GOOD, birth_date=date(LEAVES.year - years, LEAVES.month, day))


def _marked(field: str, mark: str, **details: str) -> GraduateFacts:
    if field.startswith(DETAILS):
        return replace(GOOD, details={**details, field.removeprefix(DETAILS): mark})
    return replace(GOOD, details=details, **{field: mark})


def _late(reason: str, suspended: int = 0) -> dict[str, Any]:
    return {"details": {"delay_reason": reason, **({"suspension_months": str(suspended)} if suspended else {})}}


def _delay_long(p: Params) -> Edge:
    only = _late(p["suspension"][0], 6)
    last = 36 + p["long"]
    return [_months(last), _months(last + 6, **only)], [_months(last + 1), _months(last + 7, **only)]


def _repeat(p: Params) -> Edge:
    last, word = 36 + 12 * p["years"] + p["long"], p["words"][0]
    return (
        [_months(last, **_late(word)), _months(last + 5, **_late(word, 5))],
        [_months(last + 1, **_late(word)), _months(last + 6, **_late(word, 5))],
    )


def _passed(p: Params) -> Edge:
    lowest = p["pass_mark"]
    return [_marked(f, str(lowest)) for f in p["fields"]], [_marked(f, f"{lowest - 1}.9") for f in p["fields"]]


def _completed(p: Params) -> Edge:
    """Who is named for completion failed something: the same bound, the other way round."""
    (passed, failed), claim, field = _passed(p), {"outcome": p["completion"][0]}, p["fields"][0]
    refused = _marked(field, str(p["pass_mark"]), **claim)
    return [*passed, _marked(field, f"{p['pass_mark'] - 1}.9", **claim)], [*failed, refused]


def _studies(**known: Any) -> StudyFacts:
    return StudyFacts(origin="senior_high", entered=Intake(2021, "autumn"), study_mode="全日制", **known)


def _changes(change: str, **known: Any) -> ChangeFacts:
    facts = {"status": "在读", "on": date(2022, 3, 1), "from_school": "普通高中"} | known
    return ChangeFacts(change=change, **facts)


def _absent(p: Params) -> Edge:
    """Away since a day: the same day so many months later is not yet too long."""
    since = date(2021, 12, 1)
    last = months_after(since, p["months"])
    away = {"reason": "absence", "absent_since": since, "leave_granted": False}
    return [_changes("退学", on=last + timedelta(days=1), **away)], [_changes("退学", on=last, **away)]


def _enrolled(born: date) -> EnrolmentFacts:
    return EnrolmentFacts({"birth_date": born})


AWAY = date(2021, 9, 1)
ENOUGH: dict[str, dict[str, Any]] = {
    "FM3": {"duplicate": True, "attending": True, "explained": True, "reported": False, "refuses_deletion": False},
    "FM5": {"total": 1000},
    "FM8": {"licensed": True, "intake": (500, 500), "enrolled": (900, 900)},
}


def _listed(item: str, **known: Any) -> ListedFacts:
    return ListedFacts(item=item, **{**ENOUGH[item], **known})


def _away(on: date, missed_checks: int = 0) -> ListedFacts:
    away = {"study_mode": "全日制", "status": "在读", "leave_granted": False, "absent_since": AWAY}
    return ListedFacts(item="FM4", on=on, missed_checks=missed_checks, **away)


EDGES: dict[tuple[str, str], Callable[[Params], Edge]] = {
    ("graduate.age_plausible", "youngest"): lambda p: ([_born(p["youngest"])], [_born(p["youngest"], 2)]),
    ("graduate.age_plausible", "oldest"): lambda p: (
        [_born(p["oldest"]), _born(p["oldest"] + 1, 2)],
        [_born(p["oldest"] + 1)],
    ),
    ("graduate.study_period_fits", "short"): lambda p: (
        [_months(36 - p["short"]), _months(1, duration_years=None)],
        [_months(35 - p["short"]), _months(0, duration_years=None)],
    ),
    ("graduate.study_period_fits", "long"): lambda p: ([_months(36 + p["long"])], [_months(37 + p["long"])]),
    ("graduate.delay_explained", "short"): lambda p: (
        [_months(36 - p["short"]), _months(1, duration_years=None)],
        [_months(35 - p["short"]), _months(0, duration_years=None)],
    ),
    ("graduate.delay_explained", "long"): _delay_long,
    ("graduate.delay_noted", "long"): lambda p: (
        [_months(36 + p["long"], **_late("休学"))],
        [_months(37 + p["long"], **_late("休学"))],
    ),
    ("graduate.repeat_within_limit", "years"): _repeat,
    ("graduate.repeat_within_limit", "long"): _repeat,
    ("graduate.marks_passed", "pass_mark"): _passed,
    ("graduate.outcome_follows_marks", "pass_mark"): _completed,
    ("duration.remaining_study", "least"): lambda p: (
        [_studies(remaining_years=p["least"])],
        [_studies(remaining_years=p["least"] - Decimal("0.1"))],
    ),
    ("duration.early_at_most_one_year", "most"): lambda p: (
        [_studies(early_years=p["most"])],
        [_studies(early_years=p["most"] + Decimal("0.1"))],
    ),
    ("change.remaining_study", "least"): lambda p: (
        [_changes("转学", remaining_years=p["least"])],
        [_changes("转学", remaining_years=p["least"] - Decimal("0.1"))],
    ),
    ("change.repeat_within_limit", "most"): lambda p: (
        [_changes("留级", delayed_years=p["most"] - 1)],
        [_changes("留级", delayed_years=p["most"])],
    ),
    ("change.absence_over_three_months", "months"): _absent,
    ("enrolment.entry_plausible", "ahead"): lambda p: (
        [EnrolmentFacts({"entry_month": Month(2021, 4 + p["ahead"])})],
        [EnrolmentFacts({"entry_month": Month(2021, 5 + p["ahead"])})],
    ),
    ("enrolment.guardian_given", "below"): lambda p: (
        [_enrolled(date(2021 - p["below"], 4, 12))],
        [_enrolled(date(2021 - p["below"], 4, 13))],
    ),
    ("supervision.fm3", "reminders"): lambda p: (
        [_listed("FM3", reminders=p["reminders"] - 1)],
        [_listed("FM3", reminders=p["reminders"])],
    ),
    ("supervision.fm4", "months"): lambda p: (
        [_away(months_after(AWAY, p["months"]))],
        [_away(months_after(AWAY, p["months"]) + timedelta(days=1))],
    ),
    ("supervision.fm4", "checks"): lambda p: (
        [_away(AWAY, missed_checks=p["checks"] - 1)],
        [_away(AWAY, missed_checks=p["checks"])],
    ),
    ("supervision.fm5", "percent"): lambda p: (
        [_listed("FM5", differing=p["percent"] * 10)],
        [_listed("FM5", differing=p["percent"] * 10 + 1)],
    ),
    ("supervision.fm8", "intake"): lambda p: (
        [_listed("FM8", intake=(p["intake"] - 1, p["intake"]))],
        [_listed("FM8", intake=(p["intake"] - 1,) * 2)],
    ),
    ("supervision.fm8", "enrolled"): lambda p: (
        [_listed("FM8", enrolled=(p["enrolled"] - 1, p["enrolled"]))],
        [_listed("FM8", enrolled=(p["enrolled"] - 1,) * 2)],
    ),
}
LIMITS = (int, Decimal)
NO_BOUNDS = {
    ("record.college_class", "entry_year"): "one year, not a limit",
    ("record.college_class", "exam_year"): "only told in the remedy",
}


def _switched() -> Iterator[tuple[PackView, RuleSwitch, str]]:
    for pack in get_library().packs():
        for item in pack.items:
            if item.kind == "rule":
                for name, kind in REGISTRY[item.value.rule].params.items():
                    if kind in LIMITS and (item.value.rule, name) in EDGES:
                        yield pack.on(item.dated.in_force), item.value, name


def _refuses(rule_id: str, subject: object, view: PackView, params: Params) -> bool:
    return REGISTRY[rule_id].check(subject, Given(view, Surroundings(), params)) is not None


@pytest.mark.parametrize(
    ("view", "switch", "name"),
    [pytest.param(*case, id=f"{case[0].pack.id}-{case[1].rule}-{case[2]}") for case in _switched()],
)
def test_the_last_value_passes_and_the_first_beyond_does_not(view: PackView, switch: RuleSwitch, name: str) -> None:
    accepted, refused = EDGES[switch.rule, name](switch.params)
    assert [facts for facts in accepted if _refuses(switch.rule, facts, view, switch.params)] == []
    assert [facts for facts in refused if not _refuses(switch.rule, facts, view, switch.params)] == []


def test_every_number_a_rule_is_given_is_shown_at_its_bound() -> None:
    numbers = {(rule.id, name) for rule in REGISTRY.values() for name, kind in rule.params.items() if kind in LIMITS}
    assert numbers == EDGES.keys() | NO_BOUNDS.keys()
    assert {(switch.rule, name) for _, switch, name in _switched()} == EDGES.keys()  # each is asked by some pack


# -- limits that are the law's or the engine's own, in no pack


@pytest.mark.parametrize(
    ("mark", "is_read"), [("0", True), ("100", True), ("-0.1", False), ("100.1", False), ("NaN", False)]
)
def test_marks_reach_from_nought_to_a_hundred(mark: str, is_read: bool) -> None:
    params = {"fields": ["overall_mark"], "words": ["合格"]}
    view = get_library().pack("edu/shaanxi-weinan").on(date(2019, 7, 8))
    assert _refuses("graduate.marks_readable", replace(GOOD, overall_mark=mark), view, params) is not is_read


@pytest.mark.parametrize(("years", "months"), [("0", None), ("0.5", 6), ("20", 240), ("20.5", None)])
def test_a_duration_is_longer_than_nothing_and_at_most_twenty_years(years: str, months: int | None) -> None:
    assert whole_months(Decimal(years)) == months


LINE = RegisterLineFacts("护理", Decimal(3), "中专", planned=10, admitted=10, graduated=10, sealed=10)


@pytest.mark.parametrize(
    ("rule_id", "changes"),
    [
        ("register.admitted_within_plan", {"planned": 9}),
        ("register.counts_descend", {"admitted": 9}),
        ("register.counts_descend", {"graduated": 9}),
        ("register.counts_descend", {"sealed": -1}),
    ],
)
def test_counts_of_a_register_may_be_equal_and_nought_but_no_more(rule_id: str, changes: Params) -> None:
    view = get_library().pack("edu/shaanxi-weinan").on(date(2019, 7, 8))
    nothing = RegisterLineFacts("护理", Decimal(3), "中专", planned=0, admitted=0, graduated=0, sealed=0)
    for line in (LINE, nothing):
        assert not _refuses(rule_id, RegisterFacts((line,)), view, {})
    assert _refuses(rule_id, RegisterFacts((replace(LINE, **changes),)), view, {})


# -- terms that reach the edge of the published table

TABLE = WorkingCalendar(frozenset(), frozenset(), 2019, 2019)
FIRST, LAST = date(2019, 1, 1), date(2019, 12, 31)


@pytest.mark.parametrize("unit", ["working_days", "calendar_days"])
@pytest.mark.parametrize(
    ("direction", "event", "days", "is_provisional"),
    [
        pytest.param("after", LAST - timedelta(days=1), 1, False, id="ends on the last day of the table"),
        pytest.param("after", LAST - timedelta(days=1), 2, True, id="ends on the day behind it"),
        pytest.param("after", FIRST - timedelta(days=1), 1, False, id="begins on the first day of the table"),
        pytest.param("after", FIRST - timedelta(days=2), 5, True, id="begins on the day before it, ends within"),
        pytest.param("before", FIRST + timedelta(days=1), 1, False, id="leads up from the first day of the table"),
        pytest.param("before", FIRST + timedelta(days=1), 2, True, id="leads up from the day before it"),
        pytest.param("before", LAST + timedelta(days=1), 1, False, id="leads up to the last day of the table"),
        pytest.param("before", LAST + timedelta(days=2), 5, True, id="leads up to the day behind it, from within"),
    ],
)
def test_a_term_is_provisional_as_soon_as_either_end_leaves_the_table(
    unit: str, direction: str, event: date, days: int, is_provisional: bool
) -> None:
    clock = Clock("x", "x", days, unit, direction=direction)
    assert deadline_by_clock(event, clock, TABLE).provisional is is_provisional


def test_a_term_within_the_table_that_moves_off_its_last_day_is_provisional() -> None:
    closed = WorkingCalendar(frozenset({LAST}), frozenset(), 2019, 2019)
    found = deadline_by_clock(LAST - timedelta(days=1), Clock("x", "x", 1, "calendar_days"), closed)
    assert (found.on, found.provisional) == (LAST + timedelta(days=1), True)
