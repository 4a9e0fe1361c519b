"""What happens in a batch when particulars of one of its graduates were corrected."""

from __future__ import annotations

from datetime import datetime

from xueji.accounts.models import User
from xueji.graduation.models import Candidate, CandidateState
from xueji.ledger.actions import Basis, record_event
from xueji.ledger.tags import EventTag
from xueji.registry.changes import KIND
from xueji.registry.models import ParticularsChange


def follow_correction(change: ParticularsChange, by: User, at: datetime) -> None:
    """Bring the live candidate behind a corrected record up to date; a certificate already issued stays as printed."""
    enrolment = change.enrolment
    live = Candidate.objects.select_for_update(of=("self",)).filter(
        enrolment=enrolment, state__in=[CandidateState.LISTED, CandidateState.MARKED]
    )
    for candidate in live.select_related("batch__case"):
        person, view = enrolment.person, candidate.batch.law
        candidate.name, candidate.sex, candidate.birth_date = person.name, person.sex, person.birth_date
        candidate.programme_name, candidate.duration_years = enrolment.programme.name, enrolment.duration_years
        candidate.entry_month = enrolment.entry_month
        candidate.state, candidate.mark_reason = CandidateState.LISTED, ""
        candidate.save()
        record_event(
            tag=EventTag.CANDIDATES_CORRECTED, subject=candidate, parent=candidate.batch, by=by, at=at, view=view,
            rules=[Basis(f"workflow.{KIND}", view.workflow(KIND).cites)], school_id=candidate.batch.school_id,
            after={"fields": [item.field for item in change.items.all()]}, note=change.document_number,
        )  # fmt: skip
