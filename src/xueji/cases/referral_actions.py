"""Refer a case to the place that is competent: here it ends, there it goes on as it was submitted."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from xueji.accounts.models import User
from xueji.cases import checks, rounds
from xueji.cases.kinds import kind_of
from xueji.cases.law import law_of
from xueji.cases.models import Case, CaseParty, CaseState, Decision, Step, StepState, Verdict
from xueji.cases.parties import PartyOf, pack_for, parties_for, parties_of
from xueji.ledger.actions import mask_identity_numbers, record_event
from xueji.ledger.tags import EventTag

_MAX_REASONS = 2000


@transaction.atomic
def refer_case(
    *, step: Step, parties: Mapping[str, PartyOf], reasons: str, by: User, at: datetime, expected_version: int | None = None
) -> Case:  # fmt: skip
    """End a case at its open step and let it go on with other parties in these roles; return the case that goes on.

    Who submitted it, when, its law and its rounds stay; its steps are those of the new parties. Refused like a decision:
    NotPermitted, AlreadyDecided, StaleVersion; BadInput where the pack lets nobody refer at the step.
    """
    case, current = checks.lock_open_step(step, by, expected_version, Verdict.REFER)
    view = law_of(case)
    masked_reasons = mask_identity_numbers(reasons.strip())[:_MAX_REASONS]
    checks.require_allowed(current, view, Verdict.REFER, masked_reasons)
    before = {"step": current.label, "state": current.get_state_display(), "round": case.round}
    Decision.objects.create(step=current, verdict=Verdict.REFER, reasons=masked_reasons, by=by, at=at)
    current.state = StepState.REFERRED
    current.save(update_fields=["state"])
    rounds.end_steps(case)
    case.state, case.closed_at, case.version = CaseState.REFERRED, at, case.version + 1
    case.save(update_fields=["state", "closed_at", "version"])
    record_event(
        tag=EventTag.STEP_REFERRED, subject=current, parent=case, school_id=case.school_id, by=by, at=at, view=view,
        rules=rounds.basis_of(current, view), before=before, after={"state": case.get_state_display()}, note=masked_reasons,
    )  # fmt: skip
    return _go_on(case, _parties_after(case, parties), by, at)


def _parties_after(case: Case, others: Mapping[str, PartyOf]) -> list[CaseParty]:
    """Return the parties of the case that goes on, not yet stored: those of the one before, but for these roles."""
    filled = {party.role: _who(party) for party in parties_of(case)}
    return parties_for(kind_of(case.kind), None, filled | dict(others))


def _who(party: CaseParty) -> PartyOf:
    who = party.school or party.authority or party.applicant
    assert who is not None  # party_is_one
    return who


def _go_on(case: Case, parties: list[CaseParty], by: User, at: datetime) -> Case:
    pack = pack_for(parties)
    view = pack.on(case.legal_date)
    following = Case.objects.create(
        kind=case.kind, title=case.title, school=parties[0].school, pack=pack.id, pack_hash=pack.hash,
        legal_date=case.legal_date, opened_by=case.opened_by, opened_at=at, round=case.round, follows=case,
    )  # fmt: skip
    for party in parties:
        party.case = following
    CaseParty.objects.bulk_create(parties)
    steps = rounds.open_round(following, view, opened_on=timezone.localdate(at), at=at)
    following.state, following.submitted_by, following.submitted_at = (
        CaseState.IN_PROGRESS, case.submitted_by, case.submitted_at,
    )  # fmt: skip
    following.version += 1
    following.save(update_fields=["state", "round", "version", "submitted_by", "submitted_at"])
    record_event(
        tag=EventTag.CASE_CONTINUED, subject=following, by=by, at=at, view=view, rules=rounds.basis_of(steps[0], view),
        school_id=following.school_id, before={"case": case.pk},
        after={
            "parties": {party.role: str(party) for party in parties}, "round": following.round, "step": steps[0].label,
            "due_on": steps[0].due_on,
        },
    )  # fmt: skip
    return following
