"""What a person sees and what waits for them, by post; and how many queries a page of it costs."""

from __future__ import annotations

from datetime import date

import pytest
from tests.apps.cases.freedonia import KIND, NOON, World, step_of
from tests.factories.accounts import UserFactory
from tests.factories.institutions import appointed, staffed_city

from xueji.accounts.models import User
from xueji.cases.actions import decide_step
from xueji.cases.models import CaseState, Decision, Step
from xueji.cases.queries import (
    case_for,
    cases_visible_to,
    days_left_of,
    may_decide,
    queue_counts,
    queue_of,
    step_for,
)
from xueji.cases.visibility import plainly_sees
from xueji.core.errors import NotFound
from xueji.institutions.models import Post

INSIDE = ["clerk", "leader", "county_reviewer", "city_reviewer", "city_leader", "sealer", "seal_supervisor", "auditor"]
OUTSIDE = ["city_clerk", "city_leader_of_school", "administrator"]


@pytest.mark.requirement("S1-20")
@pytest.mark.parametrize("post", INSIDE)
def test_the_line_above_a_school_sees_its_submitted_cases(world: World, post: str) -> None:
    case = world.submitted()
    person = getattr(world.people, post)
    assert case_for(person, case.pk) == case
    assert step_for(person, step_of(case).pk) == step_of(case)


@pytest.mark.requirement("S1-20")
@pytest.mark.parametrize("post", OUTSIDE)
def test_others_find_nothing(world: World, post: str) -> None:
    case = world.submitted()
    person = getattr(world.people, post)
    assert not cases_visible_to(person).exists()
    with pytest.raises(NotFound):
        case_for(person, case.pk)


def test_a_draft_is_seen_by_its_school_alone(world: World) -> None:
    world.draft()
    seen = [post for post in INSIDE + OUTSIDE if cases_visible_to(getattr(world.people, post)).exists()]
    assert seen == ["clerk", "leader"]


def test_another_citys_people_find_nothing(world: World) -> None:
    case = world.submitted()
    elsewhere = staffed_city(division_code="990300", county_code="990302")
    for person in (elsewhere.county_reviewer, elsewhere.city_reviewer, elsewhere.auditor, UserFactory()):
        assert not cases_visible_to(person).exists()
        with pytest.raises(NotFound):
            case_for(person, case.pk)


def test_what_posts_show_by_themselves_is_what_the_statement_of_visible_cases_finds(world: World) -> None:
    elsewhere = staffed_city(division_code="990300", county_code="990302")
    cities = [(world.people, post) for post in INSIDE + OUTSIDE]
    cities += [(elsewhere, post) for post in ("clerk", "county_reviewer", "city_reviewer", "auditor")]
    people = [getattr(city, post) for city, post in cities] + [UserFactory()]
    cases = [world.draft(), world.submitted(), world.at_city()]
    plain = set()
    for person in people:
        visible = set(cases_visible_to(person))
        shown = {case for case in cases if plainly_sees(person, case)}
        assert shown <= visible
        assert {case for case in cases if _finds(case_for, person, case.pk)} == visible
        for step in Step.objects.all():
            assert _finds(step_for, person, step.pk) == (step.case in visible)
        plain |= {(person, case) for case in shown}
    assert {(world.people.clerk, cases[0]), (world.people.county_reviewer, cases[1])} <= plain


def _finds(ask, person: User, key: int) -> bool:
    try:
        return ask(person, key).pk == key
    except NotFound:
        return False


@pytest.mark.parametrize("key", ["x", "", None, "1; DROP TABLE", 10**30, -1])
def test_a_key_of_any_shape_is_simply_not_found(world: World, key: object) -> None:
    with pytest.raises(NotFound):
        case_for(world.people.clerk, key)


def _who_waits(world: World) -> list[str]:
    return [post for post in INSIDE + OUTSIDE if queue_of(getattr(world.people, post)).exists()]


def test_a_step_waits_for_its_post_at_its_place_alone(world: World) -> None:
    case, people = world.submitted(), world.people
    assert _who_waits(world) == ["leader"]
    case = world.decide(case, people.leader)
    assert _who_waits(world) == ["county_reviewer"]
    case = world.decide(case, people.county_reviewer)
    assert _who_waits(world) == ["city_reviewer"]
    case = world.decide(case, people.city_reviewer)
    assert _who_waits(world) == ["city_leader"]
    world.decide(case, people.city_leader)
    assert _who_waits(world) == []


def test_the_queue_is_sorted_by_due_date_and_filtered(world: World) -> None:
    people = world.people
    first, second = world.at_county(), world.at_county()
    world.decide(second, people.county_reviewer, "defer", "待核实")
    officer = people.county_reviewer
    assert [s.case_id for s in queue_of(officer)] == [first.pk, second.pk]
    assert [s.case_id for s in queue_of(officer, state="deferred")] == [second.pk]
    assert [s.case_id for s in queue_of(officer, kind="other")] == []
    assert len(queue_of(officer, kind=KIND, school=people.county_school.pk, search="许可")) == 2
    assert len(queue_of(officer, search="没有的")) == 0
    late = date(2019, 7, 1)
    assert [(s.case_id, s.is_overdue) for s in queue_of(officer, today=late)] == [(first.pk, True), (second.pk, False)]
    assert [s.case_id for s in queue_of(officer, today=late, overdue=True)] == [first.pk]
    assert queue_counts(officer) == {KIND: 1}


def test_the_queue_flags_what_the_two_person_rule_keeps_from_the_person(world: World) -> None:
    people = world.people
    appointed(Post.CITY_LEADER, people.city, people.city_reviewer)
    case = world.decide(world.at_city(), people.city_reviewer)
    step = queue_of(User.objects.get(pk=people.city_reviewer.pk)).get()
    assert step.is_barred is True
    assert may_decide(people.city_reviewer, step_of(case)) is False
    assert queue_of(people.city_leader).get().is_barred is False
    assert may_decide(people.city_leader, step_of(case)) is True


def test_a_page_of_the_queue_costs_a_fixed_number_of_queries(world: World, django_assert_num_queries) -> None:
    for _ in range(5):
        world.at_county()
    officer = User.objects.get(pk=world.people.county_reviewer.pk)
    with django_assert_num_queries(4):  # posts, steps, two for the working days
        steps = list(queue_of(officer, today=date(2019, 6, 24)))
        for step in steps:
            assert step.case.school.authority.name
        days_left_of(steps, date(2019, 6, 24))
    assert len(steps) == 5


def test_a_decision_costs_a_bounded_number_of_queries(world: World, django_assert_max_num_queries) -> None:
    case = world.at_county()
    step = step_of(case)
    officer = User.objects.get(pk=world.people.county_reviewer.pk)
    with django_assert_max_num_queries(18):
        decide_step(step=step, verdict="approve", by=officer, at=NOON)


def test_decisions_are_told_in_order_with_their_places(world: World) -> None:
    case = world.decide(world.at_city(), world.people.city_reviewer, "return", "照片不符")
    decisions = [
        (d.step.label, d.verdict, d.by.full_name, d.reasons)
        for d in Decision.objects.filter(step__case=case).order_by("id")
    ]
    people = world.people
    assert decisions == [
        ("学校审核", "approve", people.leader.full_name, ""),
        ("县级审核", "approve", people.county_reviewer.full_name, ""),
        ("市级审核", "return", people.city_reviewer.full_name, "照片不符"),
    ]
    assert case.state == CaseState.RETURNED


def test_a_closed_account_sees_and_decides_nothing(world: World) -> None:
    case = world.at_county()
    officer = world.people.county_reviewer
    officer.is_active = False
    officer.save()
    again = User.objects.get(pk=officer.pk)
    assert not queue_of(again).exists()
    with pytest.raises(NotFound):
        decide_step(step=step_of(case), verdict="approve", by=again, at=NOON)
