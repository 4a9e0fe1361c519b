"""Marks, refusals, withdrawals and special cases of single graduates: each with its reason, each act in the ledger."""

from __future__ import annotations

from datetime import date

import pytest
from tests.factories.graduation import (
    AT,
    approved,
    at_the_city,
    clauses_of,
    current_step,
    decide,
    filled,
    officers_of,
    on_day,
    rows_of,
    setting,
    state_register,
    upload,
)
from tests.factories.packs import item, use

from xueji.cases.actions import attach_evidence, submit_case
from xueji.cases.models import CaseState
from xueji.certificates.models import Certificate
from xueji.core.errors import AlreadyDecided, BadInput, Conflict, NotFound, NotPermitted, RuleViolation
from xueji.graduation.actions import (
    answer_marks,
    clear_marks,
    mark_candidates,
    open_special_case,
    refuse_candidates,
    submit_batch,
    take_back_refusals,
    withdraw_candidates,
)
from xueji.graduation.actions.special import apply_special_case
from xueji.graduation.models import Batch, CandidateState
from xueji.ledger.models import Event
from xueji.ledger.queries import timeline_of
from xueji.uploads.actions import confirm_upload

pytestmark = pytest.mark.django_db
PDF = b"%PDF-1.4\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"


@pytest.mark.requirement("S1-08")
def test_marked_graduates_keep_the_batch_from_approval_and_go_back_with_it() -> None:
    here = filled(setting())
    step = at_the_city(here)
    candidate, other = here.batch.candidates.all()[:2]
    officer = here.city.city_reviewer
    assert (
        mark_candidates(step=step, marks={candidate.pk: "照片不符", str(other.pk): "学制有误"}, by=officer, at=AT) == 2
    )
    assert clear_marks(step=step, candidates=[other.pk], by=officer, at=AT) == 1
    with pytest.raises(RuleViolation, match="标注退回"):
        decide(here.batch.case, here.city)
    decide(here.batch.case, here.city, "return", reasons="见标注")
    candidate.refresh_from_db()
    assert (candidate.state, candidate.mark_reason) == (CandidateState.MARKED, "照片不符")
    with pytest.raises(RuleViolation, match="尚未处理"):
        submit_batch(batch=here.batch, by=here.clerk, at=AT)
    with pytest.raises(BadInput):
        answer_marks(batch=here.batch, answers={candidate.pk: " "}, by=here.clerk, at=AT)
    answer_marks(batch=here.batch, answers={candidate.pk: "已核对原件"}, by=here.clerk, at=AT)
    assert Event.objects.filter(tag="candidate:listed", note="已核对原件").exists()
    submit_batch(batch=here.batch, by=here.clerk, at=AT)
    assert Event.objects.filter(tag="batch:returned").count() == 1


@pytest.mark.requirement("S1-08")
def test_no_step_approves_a_batch_with_marked_graduates() -> None:
    here = filled(setting())
    submit_batch(batch=here.batch, by=here.clerk, at=AT)
    candidate = here.batch.candidates.first()
    for post in ("school_leader", "county_reviewer", "city_reviewer"):
        step = current_step(here.batch.case)
        assert step.post == post
        officer = officers_of(here.batch.case, here.city)[post]
        mark_candidates(step=step, marks={candidate.pk: "照片不符"}, by=officer, at=AT)
        with pytest.raises(RuleViolation, match=candidate.name) as refused:
            decide(here.batch.case, here.city)
        assert ("batch.nobody_marked", "二（三）1") in clauses_of(refused)
        step.refresh_from_db()
        assert (step.state, step.decisions.count()) == ("current", 0)
        clear_marks(step=step, candidates=[candidate.pk], by=officer, at=AT)
        decide(here.batch.case, here.city)
    assert here.batch.candidates.filter(certificate__isnull=False).count() == 3


def test_new_upload_answers_a_mark() -> None:
    here = filled(setting())
    step = at_the_city(here)
    mark_candidates(step=step, marks={here.batch.candidates.first().pk: "错"}, by=here.city.city_reviewer, at=AT)
    decide(here.batch.case, here.city, "return", reasons="见标注")
    confirm_upload(upload=upload(here, rows_of()), by=here.clerk, at=AT)
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
    candidate, other = here.batch.candidates.all()[:2]
    officer = here.city.city_reviewer
    with pytest.raises(BadInput, match="理由"):
        mark_candidates(step=step, marks={candidate.pk: " "}, by=officer, at=AT)
    mark_candidates(step=step, marks={candidate.pk: "点错了"}, by=officer, at=AT)
    with pytest.raises(Conflict, match=other.name):
        clear_marks(step=step, candidates=[candidate.pk, other.pk], by=officer, at=AT)
    with pytest.raises(NotPermitted):
        clear_marks(step=step, candidates=[candidate.pk], by=here.city.county_reviewer, at=AT)
    assert clear_marks(step=step, candidates=[candidate.pk], by=officer, at=AT) == 0
    event = Event.objects.get(tag="candidate:unmarked")
    assert (event.actor_id, event.subject_id, event.note) == (officer.pk, str(candidate.pk), "点错了")
    decide(here.batch.case, here.city)
    candidate.refresh_from_db()
    assert (candidate.state, candidate.mark_reason) == (CandidateState.APPROVED, "")
    with pytest.raises(AlreadyDecided):
        clear_marks(step=step, candidates=[candidate.pk], by=officer, at=AT)


@pytest.mark.requirement("S1-14")
def test_a_refusal_is_taken_back_until_the_last_step_is_decided() -> None:
    here = filled(setting())
    step = at_the_city(here)
    candidate, other = here.batch.candidates.all()[:2]
    officer = here.city.city_reviewer
    refuse_candidates(step=step, refusals={candidate.pk: "点错了", other.pk: "无学籍"}, by=officer, at=AT)
    with pytest.raises(NotPermitted):
        take_back_refusals(step=step, candidates=[candidate.pk], by=here.city.county_reviewer, at=AT)
    assert take_back_refusals(step=step, candidates=[candidate.pk], by=officer, at=AT) == 1
    with pytest.raises(Conflict, match="无需收回"):
        take_back_refusals(step=step, candidates=[candidate.pk], by=officer, at=AT)
    assert Event.objects.get(tag="candidate:reinstated").note == "点错了"
    decide(here.batch.case, here.city)
    candidate.refresh_from_db()
    assert candidate.certificate is not None
    with pytest.raises(AlreadyDecided):
        take_back_refusals(step=step, candidates=[other.pk], by=officer, at=AT)


@pytest.mark.requirement("S1-14")
def test_refused_graduate_gets_no_number_and_the_others_go_on() -> None:
    here = filled(setting())
    step = at_the_city(here)
    candidate = here.batch.candidates.order_by("ordinal")[1]
    with pytest.raises(BadInput, match="理由"):
        refuse_candidates(step=step, refusals={candidate.pk: ""}, by=here.city.city_reviewer, at=AT)
    refuse_candidates(step=step, refusals={candidate.pk: "无学籍"}, by=here.city.city_reviewer, at=AT)
    decide(here.batch.case, here.city)
    candidate.refresh_from_db()
    assert (candidate.state, candidate.certificate) == (CandidateState.REFUSED, None)
    numbers = list(Certificate.objects.order_by("number__serial").values_list("number__number", flat=True))
    assert numbers == ["20190600001", "20190600002"]
    assert withdraw_candidates(batch=here.batch, ids=[candidate.pk], reason="不符合验印手续", by=here.clerk, at=AT) == 1
    with pytest.raises(Conflict):
        withdraw_candidates(batch=here.batch, ids=[candidate.pk], reason="再次", by=here.clerk, at=AT)
    assert Event.objects.filter(tag="candidate:withdrawn", subject_id=str(candidate.pk)).count() == 1


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
    candidate = here.batch.candidates.first()
    refuse_candidates(step=step, refusals={candidate.pk: "无学籍"}, by=here.city.city_reviewer, at=AT)
    _argued(here, candidate)
    candidate.refresh_from_db()
    assert candidate.state == CandidateState.LISTED
    decide(here.batch.case, here.city)
    assert Certificate.objects.count() == 3


@pytest.mark.requirement("S1-14")
def test_approved_special_case_after_release_goes_into_the_late_batch() -> None:
    here = filled(setting())
    step = at_the_city(here)
    candidate = here.batch.candidates.first()
    refuse_candidates(step=step, refusals={candidate.pk: "无学籍"}, by=here.city.city_reviewer, at=AT)
    decide(here.batch.case, here.city)
    _argued(here, candidate)
    candidate.refresh_from_db()
    assert candidate.state == CandidateState.REFUSED
    late = Batch.objects.get(season=here.season, school=here.batch.school, is_late=True)
    again = late.candidates.get()
    assert (again.person_id, again.state, again.photo_id) == (candidate.person_id, "listed", candidate.photo_id)
    assert [event.tag for event in timeline_of(again)] == ["candidate:listed"]
    here.batch = late
    state_register(here)
    approved(here, at=on_day(date(2019, 8, 1)))
    again.refresh_from_db()
    assert again.certificate.number.number == "20190600003"


@pytest.mark.requirement("S1-14")
def test_where_the_pack_numbers_nobody_later_a_special_case_comes_before_the_release_or_not_at_all(monkeypatch) -> None:
    use(monkeypatch, item("value", "special_case_after_release", "refuse"))
    here = filled(setting())
    step = at_the_city(here)
    candidate, other = here.batch.candidates.all()[:2]
    refuse_candidates(
        step=step, refusals={candidate.pk: "无学籍", other.pk: "无学籍"}, by=here.city.city_reviewer, at=AT
    )
    _argued(here, candidate)
    candidate.refresh_from_db()
    assert candidate.state == CandidateState.LISTED
    pending = open_special_case(
        batch=here.batch, document_number="2号", items={str(other.pk): ("其他", "见附件")}, by=here.clerk, at=AT
    )
    decide(here.batch.case, here.city)
    with pytest.raises(Conflict, match="不再为特殊原因另行办理"):
        open_special_case(
            batch=here.batch, document_number="3号", items={str(other.pk): ("其他", "见附件")}, by=here.clerk, at=AT
        )
    pending.case.state = CaseState.APPROVED  # as the last officer would leave it
    with pytest.raises(Conflict, match="不再为特殊原因另行办理"):
        apply_special_case(pending.case, here.city.city_reviewer, AT)
    assert not Batch.objects.filter(is_late=True).exists()


@pytest.mark.requirement("S1-14")
def test_refused_special_case_changes_nothing_and_only_refused_graduates_are_argued_for() -> None:
    here = filled(setting())
    step = at_the_city(here)
    candidate, other = here.batch.candidates.all()[:2]
    refuse_candidates(step=step, refusals={candidate.pk: "无学籍"}, by=here.city.city_reviewer, at=AT)
    with pytest.raises(Conflict, match="审核未通过"):
        open_special_case(
            batch=here.batch, document_number="1号", items={other.pk: ("其他", "x")}, by=here.clerk, at=AT
        )
    with pytest.raises(BadInput):
        open_special_case(
            batch=here.batch, document_number="1号", items={candidate.pk: ("", "x")}, by=here.clerk, at=AT
        )
    _argued(here, candidate, approve=False)
    candidate.refresh_from_db()
    assert candidate.state == CandidateState.REFUSED
