"""What was submitted comes back to who filed it, and an unused draft taken away is opened anew: nothing was decided in between."""

from __future__ import annotations

from datetime import date, datetime

from django.db import transaction

from xueji.accounts.models import User
from xueji.cases import checks, rounds
from xueji.cases.checks import lock_case
from xueji.cases.kinds import kind_of
from xueji.cases.law import law_of
from xueji.cases.models import Case, CaseState
from xueji.cases.proposal_queries import open_proposal_of
from xueji.cases.queries import case_for, decisions_of_round, open_step_of
from xueji.core.errors import Conflict
from xueji.ledger.actions import record_event
from xueji.ledger.tags import EventTag


@transaction.atomic
def recall_case(*, case: Case, by: User, at: datetime, expected_version: int | None = None) -> Case:
    """Take a submission back while nobody has decided, proposed or marked anything in its round.

    A case that was never returned is a draft again and out of the authorities' sight; one that was returned before is
    returned as it was. The steps of the round end; the next submission opens a new one.
    """
    checks.require_filer(by, case_for(by, case.pk), "撤回提交")
    locked = lock_case(case)
    checks.require_version(locked, expected_version)
    kind = kind_of(locked.kind)
    if kind.recalls is None:
        raise Conflict(f"{kind.label}提交以后不能撤回修改；不再办理的，可以撤回办件")
    if locked.state != CaseState.IN_PROGRESS:
        raise Conflict(f"办件{locked.get_state_display()}，没有等待审核的提交，不能撤回")
    _require_untouched(locked)
    kind.recalls(locked)
    before: dict[str, object] = {"state": locked.get_state_display(), "round": locked.round}
    was_returned = locked.steps.filter(state="returned").exists()
    rounds.end_steps(locked)
    locked.state = CaseState.RETURNED if was_returned else CaseState.DRAFT
    locked.version += 1
    locked.save(update_fields=["state", "version"])
    record_event(
        tag=EventTag.CASE_RECALLED, subject=locked, by=by, at=at, view=law_of(locked), before=before,
        after={"state": locked.get_state_display()},
    )  # fmt: skip
    return locked


def _require_untouched(case: Case) -> None:
    """Conflict once somebody has decided or proposed in the round: from then on it comes back by being returned."""
    if decided := decisions_of_round(case):
        last = decided[-1]
        raise Conflict(
            f"{last.step.label}已由{last.by.full_name}作出「{last.get_verdict_display()}」决定，不能撤回；"
            "需要更改的，请联系审核人退回"
        )
    step = open_step_of(case)
    if step is not None and (proposal := open_proposal_of(step)) is not None:
        raise Conflict(f"{step.label}已由{proposal.by.full_name}拟办，不能撤回；需要更改的，请联系审核人退回")


@transaction.atomic
def reopen_draft(*, case: Case, legal_date: date, by: User, at: datetime) -> Case:
    """Open a case anew that was withdrawn before anybody decided, under the law of the day it is for now.

    Who may is asked by the app that opens its subject anew, as for a new case.
    """
    locked = lock_case(case)
    if locked.state != CaseState.WITHDRAWN or locked.steps.filter(decisions__isnull=False).exists():
        raise Conflict(f"办件{locked.get_state_display()}，不能重新办理")
    locked.legal_date = legal_date
    view = law_of(locked)
    locked.state, locked.closed_at, locked.pack_hash = CaseState.DRAFT, None, view.pack.hash
    locked.version += 1
    locked.save(update_fields=["legal_date", "state", "closed_at", "pack_hash", "version"])
    record_event(
        tag=EventTag.CASE_REOPENED, subject=locked, by=by, at=at, view=view, after={"legal_date": legal_date},
    )  # fmt: skip
    return locked
