"""Seasons, batches, registers, submission, release: each refusal with its clause, each act in the ledger."""

from __future__ import annotations

from datetime import date

import pytest
from django.db import DatabaseError, transaction
from tests.factories.graduation import (
    AT,
    approved,
    at_the_city,
    clauses_of,
    decide,
    filled,
    on_day,
    refiled,
    rows_of,
    season_of,
    setting,
    upload,
)
from tests.factories.institutions import SanctionFactory, staffed_city

from xueji.cases.actions import attach_evidence, submit_case
from xueji.certificates.models import Certificate, NumberBlock, Term
from xueji.core.errors import BadInput, Conflict, NotFound, NotPermitted, RuleViolation
from xueji.graduation.actions import open_batch, open_duties, open_season, set_register_lines, submit_batch
from xueji.graduation.models import Season
from xueji.graduation.queries import (
    batch_for,
    batches_visible_to,
    candidate_for,
    candidates_of,
    compare_with_last_year,
)
from xueji.ledger.models import Event
from xueji.obligations.actions import fulfil_obligation
from xueji.obligations.queries import obligations_visible_to
from xueji.registry.actions import open_particulars_change
from xueji.uploads.actions import confirm_upload

pytestmark = pytest.mark.django_db
PDF = b"%PDF-1.4\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"


# -- seasons and batches


def test_season_is_opened_once_by_the_sealing_authority() -> None:
    city = staffed_city()
    opening = {"authority": city.city, "year": 2019, "term": "autumn", "legal_date": date(2019, 7, 1), "at": AT}
    for stranger in (city.clerk, city.county_reviewer, city.sealer):
        with pytest.raises(NotPermitted):
            open_season(**opening, by=stranger)
    season = open_season(**opening, by=city.city_reviewer)
    assert (season.pack, season.label) == ("edu/shaanxi-weinan", "2019届秋季")
    with pytest.raises(Conflict, match="已经开设"):
        open_season(**opening, by=city.city_reviewer)
    with pytest.raises(BadInput, match="winter"):
        open_season(**{**opening, "term": "winter"}, by=city.city_reviewer)
    assert Event.objects.filter(tag="season:opened").count() == 1


def test_batch_is_opened_once_by_its_own_school_under_its_own_authority() -> None:
    city = staffed_city()
    here = setting(city)
    opening = {"season": here.season, "at": AT}
    with pytest.raises(Conflict, match="已经建立"):
        open_batch(**opening, school=city.county_school, by=city.clerk)
    with pytest.raises(NotPermitted):
        open_batch(**opening, school=city.city_school, by=city.clerk)
    elsewhere = staffed_city(division_code="610400", county_code="610401")
    with pytest.raises(Conflict, match="不由"):
        open_batch(**opening, school=elsewhere.county_school, by=elsewhere.clerk)


@pytest.mark.requirement("S1-13")
def test_late_batch_is_for_the_spring_class_until_the_last_day() -> None:
    city = staffed_city()
    autumn, spring = season_of(city), season_of(city, "spring")
    late = {"school": city.county_school, "is_late": True, "by": city.clerk}
    with pytest.raises(RuleViolation) as refused:
        open_batch(season=autumn, at=on_day(date(2019, 7, 10)), **late)
    assert clauses_of(refused) == {("late.class_has_late_sealing", "四（一）")}
    with pytest.raises(RuleViolation, match="逾期不予办理") as refused:
        open_batch(season=spring, at=on_day(date(2019, 7, 13)), **late)
    assert clauses_of(refused) == {("late.window_open", "四（一）")}
    assert open_batch(season=spring, at=on_day(date(2019, 7, 12)), **late).is_late


@pytest.mark.requirement("S1-13")
def test_late_batch_is_not_submitted_or_released_after_its_last_day() -> None:
    here = setting(term="spring", is_late=True)
    filled(here, rows_of(2, 毕业年月="2019-01", 入学年月="2016-03"))
    with pytest.raises(RuleViolation, match="逾期"):
        submit_batch(batch=here.batch, by=here.clerk, at=on_day(date(2019, 7, 13)))
    at_the_city(here, at=on_day(date(2019, 7, 11)))
    with pytest.raises(RuleViolation, match="逾期"):
        decide(here.batch.case, here.city, at=on_day(date(2019, 7, 13)))
    assert not NumberBlock.objects.exists()
    decide(here.batch.case, here.city, at=on_day(date(2019, 7, 12)))
    here.batch.refresh_from_db()
    assert here.batch.issue.issue_date == date(2019, 7, 12)


# -- the register


@pytest.mark.requirement("S1-21")
def test_register_admitting_fewer_than_graduate_is_refused_with_its_form() -> None:
    here = filled(setting())
    line = {"programme_name": "护理", "duration_years": "3", "planned": 10, "admitted": 2}
    with pytest.raises(RuleViolation) as refused:
        set_register_lines(batch=here.batch, lines=[line], by=here.clerk, at=AT)
    assert clauses_of(refused) == {("register.counts_descend", "附件1")}
    warned = set_register_lines(batch=here.batch, lines=[{**line, "admitted": 20}], by=here.clerk, at=AT)
    assert [f.rule for f in warned] == ["register.admitted_within_plan"]
    stored = here.batch.register_lines.get()
    assert (stored.planned, stored.admitted, stored.education_level) == (10, 20, "中专")
    assert Event.objects.filter(tag="register:filled").count() == 2


@pytest.mark.requirement("S1-21")
def test_batch_with_an_unfilled_register_is_not_submitted() -> None:
    here = setting()
    confirm_upload(upload=upload(here, [*rows_of(1), *rows_of(1, start=1, 专业="会计")]), by=here.clerk, at=AT)
    with pytest.raises(RuleViolation, match="没有填写") as refused:
        submit_batch(batch=here.batch, by=here.clerk, at=AT)
    assert clauses_of(refused) == {("register.not_empty", "附件1")}


def test_register_line_that_cannot_be_is_bad_input() -> None:
    here = setting()
    good = {"programme_name": "护理", "duration_years": "3", "planned": 1, "admitted": 1}
    for lines in ([{**good, "planned": -1}], [{**good, "programme_name": "烹饪"}], [good, good]):
        with pytest.raises(BadInput):
            set_register_lines(batch=here.batch, lines=lines, by=here.clerk, at=AT)


# -- submission


@pytest.mark.requirement("S1-08")
def test_empty_batch_and_waiting_upload_are_not_submitted() -> None:
    here = setting()
    upload(here, rows_of())
    with pytest.raises(RuleViolation) as refused:
        submit_batch(batch=here.batch, by=here.clerk, at=AT)
    assert {f.rule for f in refused.value.findings} == {"batch.not_empty", "batch.upload_settled"}


@pytest.mark.requirement("S1-07")
def test_batch_waits_until_every_correction_is_decided() -> None:
    here = filled(setting())
    candidate = here.batch.candidates.first()
    change = open_particulars_change(
        enrolment=candidate.enrolment, document_number="校字1号", reason="同音字", changes={"name": "更正名"},
        by=here.clerk, at=AT,
    )  # fmt: skip
    with pytest.raises(RuleViolation) as refused:
        submit_batch(batch=here.batch, by=here.clerk, at=AT)
    assert clauses_of(refused) == {("batch.no_open_changes", "二（二）")}
    attach_evidence(case=change.case, kind="户口簿", file_name="户口簿.pdf", data=PDF, by=here.clerk, at=AT)
    submit_case(case=change.case, by=here.clerk, at=AT)
    with pytest.raises(RuleViolation, match="尚未办结"):
        submit_batch(batch=here.batch, by=here.clerk, at=AT)
    for _ in range(3):
        decide(change.case, here.city)
    candidate.refresh_from_db()
    assert (candidate.name, candidate.person.name) == ("更正名", "更正名")
    submit_batch(batch=here.batch, by=here.clerk, at=AT)
    assert Event.objects.filter(tag="candidate:corrected").exists()


@pytest.mark.requirement("S1-07")
def test_correction_opened_after_submission_holds_the_numbers_back() -> None:
    here = filled(setting())
    at_the_city(here)
    open_particulars_change(
        enrolment=here.batch.candidates.first().enrolment, document_number="校字1号", reason="错", changes={"name": "更正名"},
        by=here.clerk, at=AT,
    )  # fmt: skip
    with pytest.raises(RuleViolation, match="信息更正尚未办结"):
        decide(here.batch.case, here.city)
    assert not NumberBlock.objects.exists()


# -- release


@pytest.mark.requirement("S1-17")
def test_deferred_sealing_holds_the_numbers_back_until_lifted() -> None:
    here = filled(setting())
    at_the_city(here)
    sanction = SanctionFactory(school=here.batch.school, reason="信息核对不准")
    with pytest.raises(RuleViolation) as refused:
        decide(here.batch.case, here.city)
    assert clauses_of(refused) == {("sealing.not_deferred", "四（五）")}
    assert not NumberBlock.objects.exists()
    sanction.lifted_by, sanction.lifted_at = here.city.city_leader, AT
    sanction.save()
    decide(here.batch.case, here.city)
    assert NumberBlock.objects.count() == 1


@pytest.mark.requirement("S1-02")
def test_rule_broken_after_submission_stops_the_release_before_anything_is_written() -> None:
    here = filled(setting())
    at_the_city(here)
    refiled(here.batch.candidates.filter(ordinal=2), overall_mark="不及格")
    with pytest.raises(RuleViolation) as refused:
        decide(here.batch.case, here.city)
    assert clauses_of(refused) == {("graduate.marks_passed", "一")}
    assert not NumberBlock.objects.exists()
    assert not Certificate.objects.exists()
    here.batch.refresh_from_db()
    assert here.batch.case.state == "in_progress"


@pytest.mark.requirement("S1-03")
def test_blocks_of_two_schools_follow_each_other() -> None:
    city = staffed_city()
    first = approved(filled(setting(city)))
    second = approved(filled(setting(city, school=city.city_school), rows_of(2, start=20)))
    assert (
        first.issue.issue_blocks.get().block.serials.upper,
        second.issue.issue_blocks.get().block.serials.lower,
    ) == (4, 4)


# -- afterwards


@pytest.mark.requirement("S1-16")
def test_duties_are_due_ten_working_days_after_sealing_and_done_once() -> None:
    here = filled(setting())
    batch = approved(here)
    duties = open_duties(batch, here.city.sealer, on_day(date(2019, 7, 8)))
    assert {d.due_on for d in duties} == {date(2019, 7, 22)}
    assert [d.pk for d in open_duties(batch, here.city.sealer, AT)] == [d.pk for d in duties]
    duty = duties[1]
    with pytest.raises(NotPermitted):
        fulfil_obligation(obligation=duty, by=here.city.city_clerk, at=AT)
    fulfil_obligation(obligation=duty, by=here.clerk, at=AT, evidence="已填报")
    with pytest.raises(Conflict, match="完成"):
        fulfil_obligation(obligation=duty, by=here.clerk, at=AT)
    assert Event.objects.filter(tag="obligation:fulfilled").count() == 1
    assert obligations_visible_to(here.city.city_reviewer).count() == 3
    assert not obligations_visible_to(here.city.city_clerk).exists()


def test_batches_and_graduates_are_seen_by_their_own_line_only() -> None:
    here = filled(setting())
    pk = here.batch.candidates.first().pk
    stranger = staffed_city(division_code="610400", county_code="610401")
    assert batch_for(here.clerk, here.batch.pk) == batch_for(here.city.leader, here.batch.pk) == here.batch
    for person in (here.city.city_reviewer, here.city.city_clerk, stranger.city_reviewer, here.city.administrator):
        with pytest.raises(NotFound):  # a draft is the school's own affair
            batch_for(person, here.batch.pk)
    submit_batch(batch=here.batch, by=here.clerk, at=AT)
    assert candidate_for(here.city.city_reviewer, pk).pk == pk
    for person in (here.city.city_clerk, stranger.city_reviewer, here.city.administrator, here.city.auditor):
        assert not batches_visible_to(person).exists()
        with pytest.raises(NotFound):
            candidate_for(person, pk)


def test_list_is_narrowed_and_compared_with_the_year_before() -> None:
    here = filled(setting(), [*rows_of(2), *rows_of(1, start=2, 专业="会计")])
    assert [c.programme_name for c in candidates_of(here.batch)] == ["会计", "护理", "护理"]
    assert candidates_of(here.batch, programme="会计").count() == 1
    name = here.batch.candidates.get(programme_name="会计").name
    assert candidates_of(here.batch, search=name, state="listed").count() == 1
    compared = compare_with_last_year(here.batch)
    assert [(row["programme_name"], row["count"], row["last_year"]) for row in compared] == [
        ("会计", 1, 0),
        ("护理", 2, 0),
    ]


def test_the_database_lets_no_class_become_another() -> None:
    """What stands under it — rounds, lists, numbers — knows it by authority, year and term."""
    season = setting().season
    this_season = Season.objects.filter(pk=season.pk)
    other = staffed_city("610600", "610602").city
    for change in ({"authority": other}, {"year": season.year + 1}, {"term": Term.SPRING}):
        with pytest.raises(DatabaseError, match="never changed"), transaction.atomic():
            this_season.update(**change)
    assert this_season.update(legal_date=season.legal_date) == 1
