"""A school is closed on a day and begins nothing new; a principal entered ahead heads it from their day on."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import DatabaseError, transaction
from tests.factories.cases import CaseFactory
from tests.factories.graduation import at_the_city, decide, filled, rows_of, season_of, setting
from tests.factories.institutions import SchoolFactory, StaffedCity, appointed, staffed_city

from xueji.cases.actions import decide_step
from xueji.certificates.actions import open_issue
from xueji.certificates.models import Certificate
from xueji.core.errors import BadInput, Conflict, NotPermitted
from xueji.graduation.actions import open_batch
from xueji.graduation.models import Batch
from xueji.institutions import tasks
from xueji.institutions.actions_closing import (
    close_school,
    plan_principal,
    reopen_school,
    take_up_principals,
    withdraw_planned_principal,
)
from xueji.institutions.models import PlannedPrincipal, Post
from xueji.institutions.open_work import open_work_of
from xueji.institutions.queries.area import amendments_of, planned_principals, schools_lacking
from xueji.ledger.models import Event

pytestmark = pytest.mark.django_db
AT = datetime(2019, 7, 1, 1, tzinfo=UTC)
TODAY = date(2019, 7, 1)
DAY = timedelta(days=1)


@pytest.fixture
def people() -> StaffedCity:
    return staffed_city("610500", "610502")


def close(people, school=None, *, on: date = TODAY, document: str = "教函〔2019〕5号", by=None):
    return close_school(
        school=school or people.county_school, closed_on=on, document_number=document,
        by=by or people.administrator, at=AT,
    )  # fmt: skip


def plan(people, *, on: date = TODAY + DAY, principal: str = "后校长", document: str = "任〔2019〕9号", by=None):
    return plan_principal(
        school=people.county_school, principal=principal, effective_on=on, document_number=document,
        by=by or people.administrator, at=AT,
    )  # fmt: skip


# -- closing


def test_a_closed_school_opens_no_batch_from_its_day_on_and_its_history_says_why(people) -> None:
    season, school = season_of(people), people.county_school
    close(people, on=TODAY + DAY)
    begun = open_batch(season=season, school=school, by=people.clerk, at=AT)  # the day before
    begun.delete()
    with pytest.raises(Conflict, match="自 2019-07-02 起停办"):
        open_batch(season=season, school=school, by=people.clerk, at=AT + DAY)
    with pytest.raises(DatabaseError, match="a school that is closed opens no batch"), transaction.atomic():
        case = CaseFactory(school=school, opened_at=AT + DAY)
        issue = open_issue(case=case, kind="graduation", authority=season.authority, year=season.year, term=season.term)
        Batch.objects.create(season=season, school=school, case=case, issue=issue)  # past the action
    (row,) = amendments_of(school)
    assert (row.field, row.after, row.document_number) == ("closed_on", "2019-07-02", "教函〔2019〕5号")
    with pytest.raises(Conflict, match="已登记自 2019-07-02 起停办"):
        close(people)
    reopen_school(school=school, document_number="教函〔2019〕6号", by=people.administrator, at=AT)
    assert open_batch(season=season, school=school, by=people.clerk, at=AT + DAY).school == school
    assert [(amendment.before, amendment.after) for amendment in amendments_of(school)][-1] == ("", "2019-07-02")
    assert {event.tag for event in Event.objects.filter(subject_id=str(school.pk), tag__startswith="school:")} >= {
        "school:closed", "school:reopened",
    }  # fmt: skip
    with pytest.raises(Conflict, match="没有登记停办"):
        reopen_school(school=school, document_number="x", by=people.administrator, at=AT)


def test_open_work_is_named_before_and_kept_by_the_event(people) -> None:
    here = filled(setting(people), rows_of(2))
    assert [(line.label, line.count) for line in open_work_of(people.county_school)] == [("未办结的事项", 1)]
    assert here.batch.case.title in open_work_of(people.county_school)[0].names[0]
    decide_all(here)
    labels = {line.label: line.names for line in open_work_of(people.county_school)}
    assert "验印" in labels["还没有走完程序的批次"][0]
    close(people)
    assert Event.objects.get(tag="school:closed").after["未办结"] == {"还没有走完程序的批次": 1}
    assert open_work_of(SchoolFactory(authority=people.county)) == []


def decide_all(here) -> None:
    at_the_city(here)
    decide(here.batch.case, here.city)


def test_the_document_and_the_area_are_needed(people) -> None:
    far = staffed_city(division_code="110100", county_code="110101")
    for wrong, error in (
        ({"document": " "}, BadInput),
        ({"by": far.administrator}, NotPermitted),
        ({"by": people.clerk}, NotPermitted),
    ):
        with pytest.raises(error):
            close(people, **wrong)
        with pytest.raises(error):
            plan(people, **wrong)
    people.county_school.refresh_from_db()
    assert people.county_school.closed_on is None
    assert not PlannedPrincipal.objects.exists()


def test_a_closed_school_is_no_longer_said_to_lack_anything(people) -> None:
    school = SchoolFactory(authority=people.county)
    assert school in schools_lacking(people.administrator, "programmes", TODAY)
    close(people, school, on=TODAY + DAY)
    assert school in schools_lacking(people.administrator, "programmes", TODAY)
    assert school not in schools_lacking(people.administrator, "programmes", TODAY + DAY)


# -- a principal ahead of the day


def test_a_principal_entered_ahead_is_printed_from_the_day_on_and_not_before(people) -> None:
    """Without the clock having run: what is printed asks for itself."""
    here = filled(setting(people), rows_of(1))
    school = people.county_school
    before = school.principal
    plan(people, on=TODAY + DAY)
    assert take_up_principals(at=AT) == 0
    assert str(planned_principals(school).get()) == "后校长（2019-07-02 起）"
    step = at_the_city(here)
    school.refresh_from_db()
    assert school.principal == before
    decide_step(step=step, verdict="approve", by=people.city_reviewer, at=AT + DAY)
    assert {certificate.principal for certificate in Certificate.objects.all()} == {"后校长"}
    school.refresh_from_db()
    (row,) = amendments_of(school)
    assert (row.field, row.before, row.after, row.effective_on) == ("principal", before, "后校长", TODAY + DAY)
    assert not planned_principals(school).exists()
    assert take_up_principals(at=AT + DAY) == 0  # once


def test_the_clock_takes_up_what_is_due_in_the_order_of_the_days(people, monkeypatch) -> None:
    plan(people, on=TODAY + 2 * DAY, principal="第二任")
    plan(people, on=TODAY + DAY, principal="第一任")
    with pytest.raises(Conflict, match="2019-07-02"):
        plan(people, on=TODAY + DAY, principal="又一位")
    monkeypatch.setattr(tasks.timezone, "now", lambda: AT + 3 * DAY)
    monkeypatch.setattr(tasks, "close_old_connections", lambda: None)
    tasks._take_up()
    people.county_school.refresh_from_db()
    assert people.county_school.principal == "第二任"
    assert [amendment.after for amendment in amendments_of(people.county_school)] == ["第二任", "第一任"]


def test_one_withdrawn_never_heads_the_school_and_nothing_is_rewritten(people) -> None:
    planned = plan(people)
    withdraw_planned_principal(planned=planned, by=people.administrator, at=AT)
    assert take_up_principals(at=AT + 5 * DAY) == 0
    with pytest.raises(Conflict, match="已经生效或撤销"):
        withdraw_planned_principal(planned=planned, by=people.administrator, at=AT)
    for change in ({"principal": "冒名"}, {"settled_at": None, "outcome": ""}):
        with pytest.raises(DatabaseError), transaction.atomic():
            PlannedPrincipal.objects.filter(pk=planned.pk).update(**change)
    with pytest.raises(DatabaseError), transaction.atomic():
        PlannedPrincipal.objects.filter(pk=planned.pk).delete()
    with pytest.raises(BadInput, match="今天之后"):
        plan(people, on=TODAY)
    assert appointed(Post.ADMINISTRATOR, people.county) is not None
