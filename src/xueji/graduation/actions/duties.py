"""What a school owes after its batch is sealed (S1-16): the pack says what, `obligations` keeps it; here is what follows."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from django.utils import timezone

from xueji.accounts.models import User
from xueji.certificates.models import CertificateState
from xueji.graduation.models import Batch, CandidateState, GraduationOutcome
from xueji.obligations.actions import open_obligations
from xueji.obligations.models import Obligation
from xueji.registry.actions import Move, record_status_changes
from xueji.registry.models import ACTIVE, Enrolment, EnrolmentStatus


def open_duties(batch: Batch, by: User, at: datetime) -> list[Obligation]:
    """List what the school owes from the day of sealing on; called again, it changes nothing."""
    return open_obligations(case=batch.case, school=batch.school, after="seal", on=timezone.localdate(at), by=by, at=at)


def record_graduated(obligation: Obligation, by: User, at: datetime) -> Mapping[str, object]:
    """End the student status of everybody whose certificate was sealed, by graduation or completion; return how many.

    Who was completed before (结业) and has the diploma now graduates.
    """
    batch = Batch.objects.get(case=obligation.case)
    sealed = batch.candidates.filter(state=CandidateState.APPROVED, certificate__state=CertificateState.SEALED)
    ended = 0
    for outcome, status in _ENDS.items():
        records = Enrolment.objects.filter(
            pk__in=sealed.filter(outcome=outcome).order_by().values("enrolment"), status__in=_FROM[status]
        )
        ended += len(
            record_status_changes(
                kind=status.label, moves=[Move(record, status) for record in records.order_by("pk")],
                effective_on=timezone.localdate(at), by=by, at=at, case=obligation.case,
            )
        )  # fmt: skip
    return {"graduated": ended}


_ENDS = {
    GraduationOutcome.GRADUATION: EnrolmentStatus.GRADUATED,
    GraduationOutcome.COMPLETION: EnrolmentStatus.COMPLETED,
}
_FROM = {
    EnrolmentStatus.GRADUATED: (*ACTIVE, EnrolmentStatus.COMPLETED),
    EnrolmentStatus.COMPLETED: ACTIVE,
}
