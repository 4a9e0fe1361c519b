"""What a case is to bring about is brought about by its approval alone: asked of every action and every kind there is."""

from __future__ import annotations

import inspect
from typing import Any

import pytest
from tests import acting
from tests.factories.accounts import UserFactory
from tests.factories.cases import LONG_AGO, CaseFactory
from tests.factories.certificates import CertificateFactory, void
from tests.factories.registry import EnrolmentFactory

from xueji.applications.outcome_actions import end_application, refuse_application, say_returned
from xueji.cases.actions import attach_evidence, submit_case, withdraw_case
from xueji.cases.kinds import registered_kinds
from xueji.cases.models import Case, CaseState
from xueji.cases.recall_actions import recall_case, reopen_draft
from xueji.certificates.actions import open_issue
from xueji.core.errors import Conflict
from xueji.ledger.models import Event
from xueji.obligations.actions import open_obligations
from xueji.registry.actions import give_items, take_items
from xueji.registry.actions.applying import leave_out_applicants
from xueji.registry.actions.intake_filing import refuse_filing, sift_filing, withdraw_filing
from xueji.registry.actions.settling import leave_out_duplicate

pytestmark = pytest.mark.django_db

# What moves the case itself along before anybody approved it, opens with it what it is to decide, or lists what is owed
# after an occasion on the way; closes what was refused or withdrawn, tells of a return; ticks what is handed over while it is under way.
OF_THE_CASE = {
    acting.label_of(inspect.unwrap(act))
    for act in (
        submit_case,
        withdraw_case,
        recall_case,
        reopen_draft,
        attach_evidence,
        open_issue,
        open_obligations,
        leave_out_applicants,
        leave_out_duplicate,
        sift_filing,
        refuse_filing,
        withdraw_filing,
        end_application,
        refuse_application,
        say_returned,
        give_items,
        take_items,
    )
}
GIVEN = {
    "certificate": CertificateFactory,
    "enrolment": EnrolmentFactory,
    "changes": dict,
    "kind": lambda: "休学",
    "moves": list,
    "effective_on": LONG_AGO.date,
    "view": lambda: None,
    "wanted": dict,
    "holder": lambda: None,
    "diploma": lambda: None,
    "authority": lambda: None,
    "reason": lambda: "与户口簿不符",
    "by": UserFactory,
    "at": lambda: LONG_AGO,
}
NOT_APPROVED = [state for state in CaseState if state != CaseState.APPROVED]


def standing(kind: str, state: CaseState) -> Case:
    """Return a case as it stands in a state."""
    is_over = state in (CaseState.REFUSED, CaseState.WITHDRAWN, CaseState.REFERRED)
    return CaseFactory(kind=kind, state=state, closed_at=LONG_AGO if is_over else None)


def carrying_out() -> dict[str, Any]:
    """Return every action that is given the case that decided, by its name."""
    found = {acting.label_of(act): act for act in acting.actions() if "case" in inspect.signature(act).parameters}
    return {label: act for label, act in found.items() if label not in OF_THE_CASE}


@pytest.mark.parametrize("state", NOT_APPROVED)
def test_no_action_carries_out_what_was_not_approved(state: CaseState) -> None:
    acts = carrying_out()
    assert len(acts) >= 8
    subjects = {name: made() for name, made in GIVEN.items()}
    for label, act in acts.items():
        given = {name: subjects[name] for name in inspect.signature(act).parameters if name != "case"}
        case = standing("certificate_replacement", state)
        before = Event.objects.count()
        with pytest.raises(Conflict, match="没有通过"):
            act(case=case, **given)
        assert Event.objects.count() == before, label


@pytest.mark.parametrize("kind", registered_kinds(), ids=lambda kind: kind.kind)
@pytest.mark.parametrize("state", NOT_APPROVED)
def test_no_kind_carries_out_what_was_not_approved(kind: Any, state: CaseState) -> None:
    with pytest.raises(Conflict, match="没有通过"):
        kind.apply(standing(kind.kind, state), UserFactory(), LONG_AGO)


def test_a_replacement_for_a_void_certificate_is_issued_by_an_approved_case_alone() -> None:
    """Voiding asks for the approval too; where nothing is left to be voided nobody else would ask."""
    from xueji.graduation.actions import reissue_certificate

    dead = void(CertificateFactory(), UserFactory())
    case = CaseFactory(kind="certificate_replacement", school=dead.school, state=CaseState.IN_PROGRESS)
    with pytest.raises(Conflict, match="没有通过，不能换发"):
        reissue_certificate(certificate=dead, case=case, changes={}, reason="x", by=UserFactory(), at=LONG_AGO)
