"""Where a case goes: whose places decide, in what order, and what their verdicts make of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xueji.core.errors import Conflict
from xueji.core.routing import (
    Office,
    Party,
    RoutingFacts,
    common_superior,
    is_called_for,
    is_refused,
    may_be_settled,
    places_for,
)
from xueji.core.workflow import Competence, Condition, StepSpec, WorkflowSpec
from xueji.policy import get_library

ALL = ("approve", "return", "refuse")
PROVINCE, CITY, OTHER_CITY = Office(1, "province"), Office(2, "city"), Office(3, "city")
COUNTY, NEXT_COUNTY, FAR_COUNTY = Office(4, "county"), Office(5, "county"), Office(6, "county")
LINES = {
    "county": (COUNTY, CITY, PROVINCE), "next": (NEXT_COUNTY, CITY, PROVINCE), "far": (FAR_COUNTY, OTHER_CITY, PROVINCE),
    "city": (CITY, PROVINCE),
}  # fmt: skip


def step(key: str, level: str, post: str = "reviewer", **more) -> StepSpec:
    return StepSpec(key, key, level, post, None, ALL, **more)


MOVE = WorkflowSpec(
    "move",
    "转学",
    (
        step("sending_school", "school", "school_leader", of="sending"),
        step("receiving_school", "school", "school_leader", of="receiving"),
        step("sending", "authority", of="sending"),
        step("receiving", "authority", of="receiving", when=(Condition(crosses="authority"),)),
        step("superior", "common_superior", settles=("sending", "receiving")),
        step("province", "province", "province_leader", when=(Condition({"persons": 30}), Condition(crosses="city"))),
    ),
)


def move(sending: str, receiving: str, persons: int = 1) -> list[tuple[str, int | None]]:
    """The route of a move: each step with the id of its school or authority."""
    parties = (Party("sending", LINES[sending], 71), Party("receiving", LINES[receiving], 72))
    places = places_for(MOVE, RoutingFacts(parties, {"persons": persons}))
    return [(place.spec.key, place.office.id if place.office else place.school) for place in places]


def test_a_move_goes_to_both_schools_and_both_authorities_and_may_come_to_their_common_superior():
    assert move("county", "next") == [
        ("sending_school", 71), ("receiving_school", 72), ("sending", COUNTY.id), ("receiving", NEXT_COUNTY.id),
        ("superior", CITY.id),
    ]  # fmt: skip


def test_one_authority_over_both_decides_once_and_with_nobody_to_differ_from():
    assert [key for key, _ in move("county", "county")] == ["sending_school", "receiving_school", "sending"]


def test_the_common_superior_may_itself_be_one_of_the_two():
    assert move("county", "city")[-1] == ("superior", CITY.id)


@pytest.mark.requirement("S2-21")
@pytest.mark.parametrize(("persons", "escalates"), [(29, False), (30, True), (31, True)])
def test_thirty_persons_go_up_to_the_province(persons, escalates):
    assert (("province", PROVINCE.id) in move("county", "next", persons)) is escalates


@pytest.mark.requirement("S2-21")
def test_a_move_between_cities_goes_up_to_the_province_whatever_its_number():
    assert move("county", "far")[-2:] == [("superior", PROVINCE.id), ("province", PROVINCE.id)]
    assert ("province", PROVINCE.id) not in move("next", "city")


def test_the_post_of_a_place_that_was_found_is_that_of_its_level():
    parties = (Party("sending", LINES["county"], 1), Party("receiving", LINES["city"], 2))
    posts = {place.spec.key: place.post for place in places_for(MOVE, RoutingFacts(parties, {"persons": 1}))}
    assert (posts["sending"], posts["receiving"], posts["superior"]) == (
        "county_reviewer",
        "city_reviewer",
        "city_reviewer",
    )


# -- nobody decides

SCHOOL, FARAWAY = Party("school", LINES["county"], 1), Party("receiving", (Office(99, "city"),), 2)
NOBODY = [
    pytest.param(step("s", "authority", of="receiving"), (SCHOOL,), "没有这一方", id="no such party"),
    pytest.param(step("s", "school", "school_leader"), (Party("applicant"),), "不是学校", id="no school"),
    pytest.param(step("s", "authority"), (Party("applicant"),), "没有可以办理的机关", id="nobody over an applicant"),
    pytest.param(step("s", "common_superior"), (SCHOOL, FARAWAY), "没有可以办理的机关", id="lines that never meet"),
    pytest.param(step("s", "authority", "leader"), (SCHOOL,), "没有可以办理的岗位", id="no leader in a county"),
    pytest.param(step("s", "competent"), (SCHOOL,), "没有可以办理的机关", id="no row of competence"),
]


@pytest.mark.parametrize(("spec", "parties", "words"), NOBODY)
def test_a_step_that_nobody_could_decide_is_refused_with_its_name(spec, parties, words):
    with pytest.raises(Conflict, match=f"「s」.*{words}"):
        places_for(WorkflowSpec("k", "k", (spec,)), RoutingFacts(parties))


def test_a_count_that_the_kind_does_not_bring_is_a_mistake():
    spec = step("s", "city", "city_reviewer", when=(Condition({"persons": 2}),))
    with pytest.raises(ValueError, match="persons"):
        places_for(WorkflowSpec("k", "k", (spec,)), RoutingFacts((SCHOOL,)))


def test_the_first_row_of_competence_that_holds_names_the_office():
    table = (Competence("province", when=(Condition({"persons": 30}),)), Competence("city"))
    workflow = WorkflowSpec("k", "k", (step("s", "competent"),), competence=table)
    offices = [places_for(workflow, RoutingFacts((SCHOOL,), {"persons": n}))[0].office for n in (29, 30)]
    assert offices == [CITY, PROVINCE]


# -- the common superior, on any two lines of one tree


@st.composite
def trees(draw) -> dict[int, tuple[Office, ...]]:
    """A tree of authorities, each with its line upwards."""
    lines: dict[int, tuple[Office, ...]] = {1: (Office(1, "province"),)}
    for number in range(2, draw(st.integers(2, 12))):
        above = lines[draw(st.sampled_from(sorted(lines)))]
        lines[number] = (Office(number, draw(st.sampled_from(["city", "county"]))), *above)
    return lines


@given(trees(), st.data())
def test_the_common_superior_is_over_both_and_nothing_below_it_is(lines, data):
    first, other = (lines[data.draw(st.sampled_from(sorted(lines)))] for _ in range(2))
    found = common_superior([Party("sending", first), Party("receiving", other)])
    assert found is not None
    assert found in first
    assert found in other
    assert not set(first[: first.index(found)]) & set(other)
    assert found == common_superior([Party("receiving", other), Party("sending", first)])


# -- the verdicts


@pytest.mark.requirement("S2-16")
@pytest.mark.parametrize(
    ("sending", "receiving", "superior", "called", "refused"),
    [
        ("approve", "approve", None, False, False),
        ("refuse", "refuse", None, False, True),
        ("refuse", "approve", "approve", True, False),
        ("approve", "refuse", "approve", True, False),
        ("approve", "refuse", "refuse", True, True),
    ],
)
def test_the_superior_decides_where_the_two_differ_and_only_there(sending, receiving, superior, called, refused):
    verdicts = {"sending_school": "approve", "sending": sending, "receiving": receiving}
    assert is_called_for(MOVE.steps[4], verdicts) is called
    assert is_refused(MOVE.steps, verdicts | ({"superior": superior} if superior else {})) is refused


def test_a_refusal_leaves_a_case_open_only_where_a_later_step_may_settle_it():
    assert may_be_settled("sending", MOVE.steps[3:])
    assert not may_be_settled("receiving_school", MOVE.steps[2:])
    assert not may_be_settled("receiving", MOVE.steps[5:])


# -- what the packs of today say comes to what it came to before


@dataclass(frozen=True)
class _School:
    line: tuple[Office, ...]


def _places_before(workflow: WorkflowSpec, school: _School) -> list[tuple[str, int | None]]:
    """Where a case went when it had one school and nothing else: each level of its line, `unless` another is there."""

    def at(level: str) -> Office | None:
        return next((office for office in school.line if office.level == level), None)

    places: list[tuple[str, int | None]] = []
    for spec in workflow.steps:
        if spec.unless and at(spec.unless):
            continue
        if spec.level == "school":
            places.append((spec.key, None))
        elif office := at(spec.level):
            places.append((spec.key, office.id))
    return places


WORDS = ("school", "county", "city", "province")


def _workflows() -> list[WorkflowSpec]:
    found = []
    for pack in get_library().packs():
        for year in (2015, 2019, 2023, 2026):
            view = pack.on(date(year, 7, 1))
            found += [view.workflow(kind) for kind in view.keys("workflow")]
    # what an old way of routing cannot say was not there then: places found from the parties, several parties
    return [workflow for workflow in found if all(step.level in WORDS and step.of is None for step in workflow.steps)]


WORKFLOWS = _workflows()
LEVELS = st.lists(st.sampled_from(["county", "city", "province"]), unique=True)


@given(st.sampled_from(WORKFLOWS), LEVELS)
def test_under_every_pack_of_today_a_school_meets_the_places_it_met_before(workflow, levels):
    line = tuple(Office(number, level) for number, level in enumerate(levels, start=1))
    places = places_for(workflow, RoutingFacts((Party("school", line, 7),)))
    assert [(p.spec.key, p.office.id if p.office else None) for p in places] == _places_before(workflow, _School(line))
    assert [p.school for p in places] == [7 if p.level == "school" else None for p in places]
    assert [p.post for p in places] == [p.spec.post for p in places]
