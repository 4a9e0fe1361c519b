"""A term that stands still: who may stop it, for which reason, and what is left of it when it goes on."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.db import DatabaseError, connection, transaction
from django.utils import timezone
from tests.apps.cases.freedonia import png
from tests.factories.institutions import CalendarDayFactory
from tests.guild.land import MONDAY_NOON, Land, step_of
from tests.guild.test_move import mismatches

from xueji.cases.actions import attach_evidence, decide_step, withdraw_case
from xueji.cases.clock_actions import pause_clock, recount_steps, resume_clock
from xueji.cases.clocks import days_left
from xueji.cases.models import Case, ClockPause, StepState
from xueji.cases.queries import queue_figures
from xueji.core.errors import AlreadyDecided, BadInput, Conflict, NotFound, NotPermitted, StaleVersion
from xueji.institutions.models import Post
from xueji.ledger.models import Event

WAITS_FOR = "学徒本人签名的申请"


def at_county(land: Land) -> Case:
    """A move that waits for the authority of the school that sends, since Monday 24 June 2019."""
    return land.decided(land.submitted(), "approve", "approve")


def officer(land: Land):
    return land.who(Post.COUNTY_REVIEWER, "brass county")


def paused(land: Land, case: Case, days: int = 1) -> ClockPause:
    return pause_clock(
        step=step_of(case), reason="supplement", note=WAITS_FOR, by=officer(land), at=MONDAY_NOON + timedelta(days=days)
    )


@pytest.mark.forges
def test_a_pause_that_was_altered_past_the_product_is_not_ended(land: Land):
    """Ending it would put a digest of ours under the days somebody gave themselves."""
    case = at_county(land)
    pause = paused(land, case)
    with connection.cursor() as cursor:
        cursor.execute("set constraints all immediate")
        cursor.execute("alter table cases_clockpause disable trigger user")
        ClockPause.objects.filter(pk=pause.pk).update(paused_at=MONDAY_NOON)
        cursor.execute("alter table cases_clockpause enable trigger user")
    with pytest.raises(Conflict, match="的期限中止记录与系统写入时不一致"):
        resume_clock(step=step_of(case), by=officer(land), at=MONDAY_NOON + timedelta(days=40))
    assert step_of(case).state == StepState.PAUSED


def test_what_was_left_when_it_stopped_is_left_when_it_goes_on(land: Land):
    case = at_county(land)
    step = step_of(case)
    left = days_left(step, date(2019, 6, 25))
    assert (step.due_on, left) == (date(2019, 7, 8), 9)
    paused(land, case)
    assert (step_of(case).state, days_left(step_of(case), date(2019, 8, 1))) == (StepState.PAUSED, None)
    resume_clock(step=step_of(case), by=officer(land), at=MONDAY_NOON + timedelta(days=40))  # Saturday 3 August
    step = step_of(case)
    assert (step.state, step.due_on) == (StepState.CURRENT, date(2019, 8, 15))
    assert days_left(step, date(2019, 8, 3)) == left
    events = list(Event.objects.filter(tag__startswith="clock:").order_by("id"))
    assert [(event.tag, event.note) for event in events] == [("clock:paused", WAITS_FOR), ("clock:resumed", "")]
    assert {"rule": "workflow.guild_move.sending_authority.supplement", "source": "guild-12", "clause": "5"} in events[
        0
    ].rules
    assert (events[1].before["due_on"], events[1].after["due_on"]) == ("2019-07-08", "2019-08-15")
    assert land.decide(case, hours=24 * 41).state == "in_progress"
    assert mismatches() == {}


def test_a_term_that_stood_still_is_counted_anew_when_a_holiday_is_declared(land: Land):
    case = at_county(land)
    paused(land, case)
    resume_clock(step=step_of(case), by=officer(land), at=MONDAY_NOON + timedelta(days=40))
    CalendarDayFactory(authority=land.places["brass county"], day=date(2019, 8, 12))
    assert recount_steps(land.places["city"], None, MONDAY_NOON) == 1
    assert step_of(case).due_on == date(2019, 8, 16)


def test_a_term_paused_on_its_last_day_keeps_a_day_and_one_that_was_over_stays_over(land: Land):
    for days, due in ((14, date(2019, 8, 5)), (15, date(2019, 7, 8))):
        case = at_county(land)
        paused(land, case, days=days)
        resume_clock(step=step_of(case), by=officer(land), at=MONDAY_NOON + timedelta(days=40))
        assert step_of(case).due_on == due


def test_a_paused_step_is_not_decided_not_overdue_and_takes_what_is_waited_for(land: Land):
    case = at_county(land)
    clerk = land.who(Post.SCHOOL_CLERK, "brass")
    with pytest.raises(NotPermitted):
        attach_evidence(case=case, kind="申请", file_name="申请.png", data=png(), by=clerk, at=MONDAY_NOON)
    paused(land, case)
    assert queue_figures(officer(land), date(2020, 1, 1))["overdue"] == 0
    with pytest.raises(Conflict, match="期限中止"):
        decide_step(step=step_of(case), verdict="approve", by=officer(land), at=MONDAY_NOON)
    stored = attach_evidence(case=case, kind="申请", file_name="申请.png", data=png(), by=clerk, at=MONDAY_NOON)
    assert stored.case_id == case.pk
    with pytest.raises(NotPermitted):
        attach_evidence(
            case=case,
            kind="申请",
            file_name="别的.png",
            data=png(),
            by=land.who(Post.SCHOOL_CLERK, "steel"),
            at=MONDAY_NOON,
        )
    with pytest.raises(Conflict, match="已经停止"):
        paused(land, case)


def test_only_who_decides_the_step_stops_its_term_and_only_for_a_reason_of_the_pack(land: Land):
    case = at_county(land)
    step = step_of(case)
    for post, place, refusal in (
        (Post.SCHOOL_CLERK, "brass", NotPermitted), (Post.COUNTY_REVIEWER, "steel county", NotPermitted),
        (Post.COUNTY_REVIEWER, "tin county", NotFound),
    ):  # fmt: skip
        with pytest.raises(refusal):
            pause_clock(step=step, reason="supplement", note=WAITS_FOR, by=land.who(post, place), at=MONDAY_NOON)
    for reason, note, words in (("holiday", WAITS_FOR, "等待补正材料"), ("supplement", " ", "写明")):
        with pytest.raises(BadInput, match=words):
            pause_clock(step=step, reason=reason, note=note, by=officer(land), at=MONDAY_NOON)
    with pytest.raises(Conflict, match="没有中止"):
        resume_clock(step=step, by=officer(land), at=MONDAY_NOON)
    with pytest.raises(StaleVersion):
        pause_clock(
            step=step, reason="supplement", note=WAITS_FOR, by=officer(land), at=MONDAY_NOON, expected_version=0
        )
    land.decide(case)
    with pytest.raises(AlreadyDecided):
        pause_clock(step=step, reason="supplement", note=WAITS_FOR, by=officer(land), at=MONDAY_NOON)


def test_a_move_withdrawn_while_its_term_stands_still_is_over(land: Land):
    case = at_county(land)
    paused(land, case)
    withdraw_case(case=case, by=case.opened_by, at=MONDAY_NOON)
    assert set(case.steps.values_list("state", flat=True)) == {"approved", "cancelled"}
    assert mismatches() == {}


@pytest.mark.forges
def test_the_database_keeps_pauses_as_they_were_and_the_audit_finds_what_was_forged(land: Land):
    case = at_county(land)
    stored = paused(land, case)
    for change in ({"note": "别的"}, {"paused_at": timezone.now()}, {"resumed_at": MONDAY_NOON}):
        with pytest.raises(DatabaseError), transaction.atomic():
            ClockPause.objects.filter(pk=stored.pk).update(**change)
    with pytest.raises(DatabaseError), transaction.atomic():
        stored.delete()
    with connection.cursor() as cursor:
        cursor.execute("set constraints all immediate")
        cursor.execute("set constraints all immediate")
        cursor.execute("alter table cases_clockpause disable trigger user")
        cursor.execute("update cases_clockpause set note = '无' where id = %s", [stored.pk])
        assert set(mismatches()) == {"rows.digests"}
        cursor.execute("delete from cases_clockpause")
        cursor.execute("alter table cases_clockpause enable trigger user")
    assert mismatches()["cases.pauses"] == [f"环节 {step_of(case).pk}（转出会馆核准）：期限中止，没有记录"]
