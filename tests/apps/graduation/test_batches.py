"""Seasons, batches, registers, marks, refusals, release: each refusal with its clause, each act in the ledger."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from tests.factories.graduation import (
    AT,
    approved,
    at_the_city,
    current_step,
    decide,
    filled,
    officers_of,
    refiled,
    rows_of,
    season_of,
    setting,
    state_register,
    upload,
)
from tests.factories.institutions import SanctionFactory, staffed_city

from xueji.cases.actions import attach_evidence, submit_case
from xueji.certificates.models import Certificate, NumberBlock
from xueji.core.errors import AlreadyDecided, BadInput, Conflict, NotFound, NotPermitted, RuleViolation
from xueji.graduation.actions import (
    answer_marks,
    clear_marks,
    confirm_intake,
    fulfil_duty,
    mark_candidates,
    open_batch,
    open_duties,
    open_season,
    open_special_case,
    refuse_candidates,
    set_register_lines,
    submit_batch,
    take_back_refusals,
    withdraw_candidates,
)
from xueji.graduation.models import Batch, CandidateState
from xueji.graduation.queries import (
    batch_for,
    batches_visible_to,
    candidate_for,
    candidates_of,
    compare_with_last_year,
    duties_visible_to,
)
from xueji.ledger.models import Event
from xueji.registry.actions import open_particulars_change

pytestmark = pytest.mark.django_db
PDF = b"%PDF-1.4\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"


def _late(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 6, tzinfo=UTC)


def _clauses(refused) -> set[tuple[str, str]]:
    return {(f.rule, c.clause) for f in refused.value.findings for c in f.cites}


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
        open_batch(season=autumn, at=_late(date(2019, 7, 10)), **late)
    assert _clauses(refused) == {("late.class_has_late_sealing", "四（一）")}
    with pytest.raises(RuleViolation, match="逾期不予办理") as refused:
        open_batch(season=spring, at=_late(date(2019, 7, 13)), **late)
    assert _clauses(refused) == {("late.window_open", "四（一）")}
    assert open_batch(season=spring, at=_late(date(2019, 7, 12)), **late).is_late


@pytest.mark.requirement("S1-13")
def test_late_batch_is_not_submitted_or_released_after_its_last_day() -> None:
    here = setting(term="spring", is_late=True)
    filled(here, rows_of(2, 毕业年月="2019-01", 入学年月="2016-03"))
    with pytest.raises(RuleViolation, match="逾期"):
        submit_batch(batch=here.batch, by=here.clerk, at=_late(date(2019, 7, 13)))
    at_the_city(here, at=_late(date(2019, 7, 11)))
    with pytest.raises(RuleViolation, match="逾期"):
        decide(here.batch.case, here.city, at=_late(date(2019, 7, 13)))
    assert not NumberBlock.objects.exists()
    decide(here.batch.case, here.city, at=_late(date(2019, 7, 12)))
    here.batch.refresh_from_db()
    assert here.batch.issue_date == date(2019, 7, 12)


# -- the register


@pytest.mark.requirement("S1-21")
def test_register_admitting_fewer_than_graduate_is_refused_with_its_form() -> None:
    here = filled(setting())
    line = {"programme_name": "护理", "duration_years": "3", "planned": 10, "admitted": 2}
    with pytest.raises(RuleViolation) as refused:
        set_register_lines(batch=here.batch, lines=[line], by=here.clerk, at=AT)
    assert _clauses(refused) == {("register.counts_descend", "附件1")}
    warned = set_register_lines(batch=here.batch, lines=[{**line, "admitted": 20}], by=here.clerk, at=AT)
    assert [f.rule for f in warned] == ["register.admitted_within_plan"]
    stored = here.batch.register_lines.get()
    assert (stored.planned, stored.admitted, stored.education_level) == (10, 20, "中专")
    assert Event.objects.filter(tag="batch:register_set").count() == 2


@pytest.mark.requirement("S1-21")
def test_batch_with_an_unfilled_register_is_not_submitted() -> None:
    here = setting()
    confirm_intake(intake=upload(here, [*rows_of(1), *rows_of(1, start=1, 专业="会计")]), by=here.clerk, at=AT)
    with pytest.raises(RuleViolation, match="没有填写") as refused:
        submit_batch(batch=here.batch, by=here.clerk, at=AT)
    assert _clauses(refused) == {("register.not_empty", "附件1")}


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
    assert {f.rule for f in refused.value.findings} == {"batch.not_empty", "batch.intake_settled"}


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
    assert _clauses(refused) == {("batch.no_open_changes", "二（二）")}
    attach_evidence(case=change.case, kind="户口簿", file_name="户口簿.pdf", data=PDF, by=here.clerk, at=AT)
    submit_case(case=change.case, by=here.clerk, at=AT)
    with pytest.raises(RuleViolation, match="尚未办结"):
        submit_batch(batch=here.batch, by=here.clerk, at=AT)
    for _ in range(3):
        decide(change.case, here.city)
    candidate.refresh_from_db()
    assert (candidate.name, candidate.person.name) == ("更正名", "更正名")
    submit_batch(batch=here.batch, by=here.clerk, at=AT)
    assert Event.objects.filter(tag="candidate:changed").exists()


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


# -- single graduates


@pytest.mark.requirement("S1-08")
def test_marked_graduates_keep_the_batch_from_approval_and_go_back_with_it() -> None:
    here = filled(setting())
    step = at_the_city(here)
    one, other = here.batch.candidates.all()[:2]
    officer = here.city.city_reviewer
    assert mark_candidates(step=step, marks={one.pk: "照片不符", str(other.pk): "学制有误"}, by=officer, at=AT) == 2
    assert clear_marks(step=step, candidates=[other.pk], by=officer, at=AT) == 1
    with pytest.raises(RuleViolation, match="标注退回"):
        decide(here.batch.case, here.city)
    decide(here.batch.case, here.city, "return", reasons="见标注")
    one.refresh_from_db()
    assert (one.state, one.mark_reason) == (CandidateState.MARKED, "照片不符")
    with pytest.raises(RuleViolation, match="尚未处理"):
        submit_batch(batch=here.batch, by=here.clerk, at=AT)
    with pytest.raises(BadInput):
        answer_marks(batch=here.batch, answers={one.pk: " "}, by=here.clerk, at=AT)
    answer_marks(batch=here.batch, answers={one.pk: "已核对原件"}, by=here.clerk, at=AT)
    assert Event.objects.filter(tag="candidate:listed", note="已核对原件").exists()
    submit_batch(batch=here.batch, by=here.clerk, at=AT)
    assert Event.objects.filter(tag="batch:returned").count() == 1


@pytest.mark.requirement("S1-08")
def test_no_step_approves_a_batch_with_marked_graduates() -> None:
    here = filled(setting())
    submit_batch(batch=here.batch, by=here.clerk, at=AT)
    one = here.batch.candidates.first()
    for post in ("school_leader", "county_reviewer", "city_reviewer"):
        step = current_step(here.batch.case)
        assert step.post == post
        officer = officers_of(here.batch.case, here.city)[post]
        mark_candidates(step=step, marks={one.pk: "照片不符"}, by=officer, at=AT)
        with pytest.raises(RuleViolation, match=one.name) as refused:
            decide(here.batch.case, here.city)
        assert ("batch.nobody_marked", "二（三）1") in _clauses(refused)
        step.refresh_from_db()
        assert (step.state, step.decisions.count()) == ("current", 0)
        clear_marks(step=step, candidates=[one.pk], by=officer, at=AT)
        decide(here.batch.case, here.city)
    assert here.batch.candidates.filter(certificate__isnull=False).count() == 3


def test_new_upload_answers_a_mark() -> None:
    here = filled(setting())
    step = at_the_city(here)
    mark_candidates(step=step, marks={here.batch.candidates.first().pk: "错"}, by=here.city.city_reviewer, at=AT)
    decide(here.batch.case, here.city, "return", reasons="见标注")
    confirm_intake(intake=upload(here, rows_of()), by=here.clerk, at=AT)
    assert set(here.batch.candidates.values_list("state", flat=True)) == {"listed"}


def test_marking_is_for_the_officer_of_the_open_step() -> None:
    here = filled(setting())
    submit_batch(batch=here.batch, by=here.clerk, at=AT)
    step = current_step(here.batch.case)
    pk = here.batch.candidates.first().pk
    for stranger in (here.clerk, here.city.county_reviewer):
        with pytest.raises(NotPermitted):
            mark_candidates(step=step, marks={pk: "错"}, by=stranger, at=AT)
    with pytest.raises(NotFound):
        mark_candidates(step=step, marks={pk: "错"}, by=here.city.city_clerk, at=AT)
    with pytest.raises(NotPermitted, match="最后审核"):
        refuse_candidates(step=step, refusals={pk: "错"}, by=here.city.leader, at=AT)
    with pytest.raises(NotFound):
        mark_candidates(step=step, marks={"00000000-0000-0000-0000-000000000000": "错"}, by=here.city.leader, at=AT)
    decide(here.batch.case, here.city)
    with pytest.raises(AlreadyDecided):
        mark_candidates(step=step, marks={pk: "错"}, by=here.city.leader, at=AT)


@pytest.mark.requirement("S1-08")
def test_a_mark_by_mistake_costs_the_batch_nothing() -> None:
    here = filled(setting())
    step = at_the_city(here)
    one, other = here.batch.candidates.all()[:2]
    officer = here.city.city_reviewer
    with pytest.raises(BadInput, match="理由"):
        mark_candidates(step=step, marks={one.pk: " "}, by=officer, at=AT)
    mark_candidates(step=step, marks={one.pk: "点错了"}, by=officer, at=AT)
    with pytest.raises(Conflict, match=other.name):
        clear_marks(step=step, candidates=[one.pk, other.pk], by=officer, at=AT)
    with pytest.raises(NotPermitted):
        clear_marks(step=step, candidates=[one.pk], by=here.city.county_reviewer, at=AT)
    assert clear_marks(step=step, candidates=[one.pk], by=officer, at=AT) == 0
    event = Event.objects.get(tag="candidate:unmarked")
    assert (event.actor_id, event.subject_id, event.note) == (officer.pk, str(one.pk), "点错了")
    decide(here.batch.case, here.city)
    one.refresh_from_db()
    assert (one.state, one.mark_reason) == (CandidateState.APPROVED, "")
    with pytest.raises(AlreadyDecided):
        clear_marks(step=step, candidates=[one.pk], by=officer, at=AT)


@pytest.mark.requirement("S1-14")
def test_a_refusal_is_taken_back_until_the_last_step_is_decided() -> None:
    here = filled(setting())
    step = at_the_city(here)
    one, other = here.batch.candidates.all()[:2]
    officer = here.city.city_reviewer
    refuse_candidates(step=step, refusals={one.pk: "点错了", other.pk: "无学籍"}, by=officer, at=AT)
    with pytest.raises(NotPermitted):
        take_back_refusals(step=step, candidates=[one.pk], by=here.city.county_reviewer, at=AT)
    assert take_back_refusals(step=step, candidates=[one.pk], by=officer, at=AT) == 1
    with pytest.raises(Conflict, match="无需收回"):
        take_back_refusals(step=step, candidates=[one.pk], by=officer, at=AT)
    assert Event.objects.get(tag="candidate:refusal_taken_back").note == "点错了"
    decide(here.batch.case, here.city)
    one.refresh_from_db()
    assert one.certificate is not None
    with pytest.raises(AlreadyDecided):
        take_back_refusals(step=step, candidates=[other.pk], by=officer, at=AT)


@pytest.mark.requirement("S1-14")
def test_refused_graduate_gets_no_number_and_the_others_go_on() -> None:
    here = filled(setting())
    step = at_the_city(here)
    one = here.batch.candidates.order_by("ordinal")[1]
    with pytest.raises(BadInput, match="理由"):
        refuse_candidates(step=step, refusals={one.pk: ""}, by=here.city.city_reviewer, at=AT)
    refuse_candidates(step=step, refusals={one.pk: "无学籍"}, by=here.city.city_reviewer, at=AT)
    decide(here.batch.case, here.city)
    one.refresh_from_db()
    assert (one.state, one.certificate) == (CandidateState.REFUSED, None)
    numbers = list(Certificate.objects.order_by("number__serial").values_list("number__number", flat=True))
    assert numbers == ["20190600001", "20190600002"]
    assert withdraw_candidates(batch=here.batch, ids=[one.pk], reason="不符合验印手续", by=here.clerk, at=AT) == 1
    with pytest.raises(Conflict):
        withdraw_candidates(batch=here.batch, ids=[one.pk], reason="再次", by=here.clerk, at=AT)
    assert Event.objects.filter(tag="candidate:withdrawn", subject_id=str(one.pk)).count() == 1


@pytest.mark.requirement("S1-14")
def test_withdrawing_listed_graduates_is_for_the_draft_only() -> None:
    here = filled(setting())
    pk = here.batch.candidates.first().pk
    with pytest.raises(BadInput, match="原因"):
        withdraw_candidates(batch=here.batch, ids=[pk], reason=" ", by=here.clerk, at=AT)
    with pytest.raises(NotPermitted):
        withdraw_candidates(batch=here.batch, ids=[pk], reason="错", by=here.city.city_clerk, at=AT)
    withdraw_candidates(batch=here.batch, ids=[pk], reason="未完成实习", by=here.clerk, at=AT)
    submit_batch(batch=here.batch, by=here.clerk, at=AT)
    other = here.batch.candidates.filter(state="listed").first().pk
    with pytest.raises(Conflict, match="只有审核未通过"):
        withdraw_candidates(batch=here.batch, ids=[other], reason="错", by=here.clerk, at=AT)


def _argued(here, candidate, *, approve: bool = True):
    special = open_special_case(
        batch=here.batch, document_number="校字〔2019〕9号", items={str(candidate.pk): ("户籍信息变更未同步", "见附件")},
        by=here.clerk, at=AT,
    )  # fmt: skip
    with pytest.raises(RuleViolation, match="证明材料"):
        submit_case(case=special.case, by=here.clerk, at=AT)
    attach_evidence(case=special.case, kind="正式文件", file_name="报告.pdf", data=PDF, by=here.clerk, at=AT)
    submit_case(case=special.case, by=here.clerk, at=AT)
    for _ in range(3):
        decide(special.case, here.city)
    decide(special.case, here.city, *([] if approve else ["refuse"]), reasons="" if approve else "理由不足")
    return special


@pytest.mark.requirement("S1-14")
def test_approved_special_case_puts_a_graduate_back_while_the_batch_is_open() -> None:
    here = filled(setting())
    step = at_the_city(here)
    one = here.batch.candidates.first()
    refuse_candidates(step=step, refusals={one.pk: "无学籍"}, by=here.city.city_reviewer, at=AT)
    _argued(here, one)
    one.refresh_from_db()
    assert one.state == CandidateState.LISTED
    decide(here.batch.case, here.city)
    assert Certificate.objects.count() == 3


@pytest.mark.requirement("S1-14")
def test_approved_special_case_after_release_goes_into_the_late_batch() -> None:
    here = filled(setting())
    step = at_the_city(here)
    one = here.batch.candidates.first()
    refuse_candidates(step=step, refusals={one.pk: "无学籍"}, by=here.city.city_reviewer, at=AT)
    decide(here.batch.case, here.city)
    _argued(here, one)
    one.refresh_from_db()
    assert one.state == CandidateState.REFUSED
    late = Batch.objects.get(season=here.season, school=here.batch.school, is_late=True)
    again = late.candidates.get()
    assert (again.person_id, again.state, again.photo_id) == (one.person_id, "listed", one.photo_id)
    here.batch = late
    state_register(here)
    approved(here, at=_late(date(2019, 8, 1)))
    again.refresh_from_db()
    assert again.certificate.number.number == "20190600003"


@pytest.mark.requirement("S1-14")
def test_refused_special_case_changes_nothing_and_only_refused_graduates_are_argued_for() -> None:
    here = filled(setting())
    step = at_the_city(here)
    one, other = here.batch.candidates.all()[:2]
    refuse_candidates(step=step, refusals={one.pk: "无学籍"}, by=here.city.city_reviewer, at=AT)
    with pytest.raises(Conflict, match="审核未通过"):
        open_special_case(
            batch=here.batch, document_number="1号", items={other.pk: ("其他", "x")}, by=here.clerk, at=AT
        )
    with pytest.raises(BadInput):
        open_special_case(batch=here.batch, document_number="1号", items={one.pk: ("", "x")}, by=here.clerk, at=AT)
    _argued(here, one, approve=False)
    one.refresh_from_db()
    assert one.state == CandidateState.REFUSED


# -- release


@pytest.mark.requirement("S1-17")
def test_deferred_sealing_holds_the_numbers_back_until_lifted() -> None:
    here = filled(setting())
    at_the_city(here)
    sanction = SanctionFactory(school=here.batch.school, reason="信息核对不准")
    with pytest.raises(RuleViolation) as refused:
        decide(here.batch.case, here.city)
    assert _clauses(refused) == {("sealing.not_deferred", "四（五）")}
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
    assert _clauses(refused) == {("graduate.marks_passed", "一")}
    assert not NumberBlock.objects.exists()
    assert not Certificate.objects.exists()
    here.batch.refresh_from_db()
    assert here.batch.case.state == "in_progress"


@pytest.mark.requirement("S1-03")
def test_blocks_of_two_schools_follow_each_other() -> None:
    city = staffed_city()
    first = approved(filled(setting(city)))
    second = approved(filled(setting(city, school=city.city_school), rows_of(2, start=20)))
    assert (first.batch_blocks.get().block.serials.upper, second.batch_blocks.get().block.serials.lower) == (4, 4)


# -- afterwards


@pytest.mark.requirement("S1-16")
def test_duties_are_due_ten_working_days_after_sealing_and_done_once() -> None:
    here = filled(setting())
    batch = approved(here)
    duties = open_duties(batch, here.city.sealer, _late(date(2019, 7, 8)))
    assert {d.due_on for d in duties} == {date(2019, 7, 22)}
    assert [d.pk for d in open_duties(batch, here.city.sealer, AT)] == [d.pk for d in duties]
    duty = duties[1]
    with pytest.raises(NotPermitted):
        fulfil_duty(duty=duty, by=here.city.city_clerk, at=AT)
    fulfil_duty(duty=duty, by=here.clerk, at=AT, note="已填报")
    with pytest.raises(Conflict, match="完成"):
        fulfil_duty(duty=duty, by=here.clerk, at=AT)
    assert Event.objects.filter(tag="duty:fulfilled").count() == 1
    assert duties_visible_to(here.city.city_reviewer).count() == 3
    assert not duties_visible_to(here.city.city_clerk).exists()


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
