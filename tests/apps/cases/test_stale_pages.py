"""Whatever is done from a page that shows a case is refused when the case has changed since: asked of every action there is."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import pytest
from tests import acting
from tests.apps.cases.freedonia import NOON, World, step_of
from tests.factories.accounts import ApplicantFactory
from tests.factories.applications import AT as APPLIED_AT
from tests.factories.applications import drafted, submitted
from tests.factories.applications import province as centre
from tests.factories.blanks import AT as BLANKS_AT
from tests.factories.blanks import KIND, blank_library, province
from tests.factories.graduation import AT, filled, setting
from tests.factories.institutions import appointed
from tests.factories.packs import use_library

from xueji.applications.referral_actions import refer_application
from xueji.applications.referral_queries import READ
from xueji.applications.review_actions import DefectFound, ask_for_supplement, refuse_on_grounds
from xueji.blanks.actions import open_blank_request, submit_blank_request
from xueji.cases.actions import StepDecision, decide_step, decide_steps, submit_case, withdraw_case
from xueji.cases.clock_actions import pause_clock, resume_clock
from xueji.cases.models import Case
from xueji.cases.proposal_actions import object_to_proposal, take_back_proposal
from xueji.cases.recall_actions import recall_case
from xueji.cases.referral_actions import refer_case
from xueji.core.errors import StaleVersion
from xueji.graduation.actions import recall_batch, submit_batch
from xueji.institutions.models import Post
from xueji.ledger.models import Event

Act = Callable[[int], Any]


def _submit(world: World) -> tuple[Case, Act]:
    case = world.draft()
    return case, lambda seen: submit_case(case=case, by=world.people.clerk, at=NOON, expected_version=seen)


def _withdraw(world: World) -> tuple[Case, Act]:
    case = world.at_county()
    return case, lambda seen: withdraw_case(case=case, by=world.people.clerk, at=NOON, expected_version=seen)


def _decide(world: World) -> tuple[Case, Act]:
    case, officer = world.at_county(), world.people.county_reviewer
    step = step_of(case)
    return case, lambda seen: decide_step(step=step, verdict="approve", by=officer, at=NOON, expected_version=seen)


def _pause(world: World) -> tuple[Case, Act]:
    case, officer = world.at_county(), world.people.county_reviewer
    step = step_of(case)
    return case, lambda seen: pause_clock(
        step=step, reason="supplement", note="申请书", by=officer, at=NOON, expected_version=seen
    )


def _resume(world: World) -> tuple[Case, Act]:
    case, pause = _pause(world)
    pause(case.version)
    step, officer = step_of(case), world.people.county_reviewer
    return case, lambda seen: resume_clock(step=step, by=officer, at=NOON, expected_version=seen)


def _take_back(world: World) -> tuple[Case, Act]:
    officer = world.people.county_reviewer
    case = world.decide(world.at_two(), officer)
    step = step_of(case)
    return case, lambda seen: take_back_proposal(step=step, by=officer, at=NOON, expected_version=seen)


def _object(world: World) -> tuple[Case, Act]:
    case, _ = _take_back(world)
    step, officer = step_of(case), appointed(Post.COUNTY_REVIEWER, world.people.county)
    return case, lambda seen: object_to_proposal(step=step, reasons="不符", by=officer, at=NOON, expected_version=seen)


def _submit_batch(world: None) -> tuple[Case, Act]:
    here = filled(setting())
    return here.batch.case, lambda seen: submit_batch(batch=here.batch, by=here.clerk, at=AT, expected_version=seen)


def _recall_batch(world: None) -> tuple[Case, Act]:
    here = filled(setting())
    case = submit_batch(batch=here.batch, by=here.clerk, at=AT)
    here.batch.case = case
    return case, lambda seen: recall_batch(batch=here.batch, by=here.clerk, at=AT, expected_version=seen)


def _submit_request(world: None) -> tuple[Case, Act]:
    place = province()
    request = open_blank_request(
        school=place.college, kind=KIND, count=5, year=2019, term="spring", reason="测试", by=place.clerk, at=BLANKS_AT
    )
    return request.case, lambda seen: submit_blank_request(
        request=request, by=place.clerk, at=BLANKS_AT, expected_version=seen
    )


def _review(action: Any, ground: str) -> tuple[Case, Act]:
    office = centre()
    case = submitted(drafted(ApplicantFactory(proven=True), office)).case
    assert case is not None
    step, officer = step_of(case), appointed(Post.PROVINCE_REVIEWER, office)
    defects = [DefectFound("id_card", "照片反光，请重拍", ground=ground)]
    return case, lambda seen: action(step=step, defects=defects, by=officer, at=APPLIED_AT, expected_version=seen)


def _refer() -> tuple[Case, Act]:
    office = centre()
    application = submitted(drafted(ApplicantFactory(proven=True), office))
    step, officer = step_of(application.case), appointed(Post.PROVINCE_REVIEWER, office)
    on_paper = {name: getattr(application, name) for name in READ} | {"sealed_by": "city"}
    return application.case, lambda seen: refer_application(
        step=step, on_paper=on_paper, reasons="印章是市教育局的", by=officer, at=APPLIED_AT, expected_version=seen
    )


OF_APPLICATIONS = {ask_for_supplement: "", refuse_on_grounds: "forged"}
OF_CASES = {
    submit_case: _submit,
    withdraw_case: _withdraw,
    decide_step: _decide,
    pause_clock: _pause,
    resume_clock: _resume,
    take_back_proposal: _take_back,
    object_to_proposal: _object,
}


def refuses_a_stale_page(case: Case, act: Act) -> None:
    """An older and a newer version than the one that stands are refused and change nothing; the present one goes on."""
    case.refresh_from_db()
    before = (case.version, case.state, Event.objects.count())
    for seen in (case.version - 1, case.version + 1):
        with pytest.raises(StaleVersion, match="请刷新"):
            act(seen)
    case.refresh_from_db()
    assert (case.version, case.state, Event.objects.count()) == before
    act(case.version)
    case.refresh_from_db()
    assert case.version > before[0]


@pytest.mark.parametrize("action", OF_CASES, ids=lambda action: action.__name__)
def test_an_act_on_a_case_is_refused_from_a_page_made_before_it_changed(world: World, action: Any) -> None:
    refuses_a_stale_page(*OF_CASES[action](world))


@pytest.mark.django_db
def test_a_batch_is_not_submitted_from_a_page_made_before_it_changed() -> None:
    refuses_a_stale_page(*_submit_batch(None))


@pytest.mark.django_db
def test_a_submission_is_not_taken_back_from_a_page_made_before_it_changed() -> None:
    refuses_a_stale_page(*_recall_batch(None))


@pytest.mark.django_db
def test_a_request_for_blanks_is_not_submitted_from_a_page_made_before_it_changed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    use_library(monkeypatch, blank_library())
    refuses_a_stale_page(*_submit_request(None))


@pytest.mark.django_db
@pytest.mark.parametrize("action", OF_APPLICATIONS, ids=lambda action: action.__name__)
def test_an_application_is_not_reviewed_from_a_page_made_before_it_changed(action: Any) -> None:
    refuses_a_stale_page(*_review(action, OF_APPLICATIONS[action]))


@pytest.mark.django_db
def test_an_application_is_not_referred_from_a_page_made_before_it_changed() -> None:
    refuses_a_stale_page(*_refer())


def test_of_many_steps_the_stale_one_alone_is_refused(world: World) -> None:
    cases, officer = [world.at_county(), world.at_county()], world.people.county_reviewer
    rows = [
        StepDecision(step_of(case), "approve", expected_version=case.version - late) for late, case in enumerate(cases)
    ]
    assert [outcome.is_done for outcome in decide_steps(decisions=rows, by=officer, at=NOON)] == [True, False]


def test_every_action_that_is_told_what_the_page_showed_stands_here() -> None:
    acts = {acting.label_of(act) for act in acting.actions() if "expected_version" in inspect.signature(act).parameters}
    referring = (refer_application, refer_case)  # the one hands the version to the other
    shown = (*OF_CASES, *OF_APPLICATIONS, *referring, submit_batch, recall_batch, recall_case, submit_blank_request)
    assert acts == {acting.label_of(inspect.unwrap(act)) for act in shown}
