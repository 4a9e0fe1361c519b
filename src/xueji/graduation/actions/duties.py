"""What a school owes after its batch is sealed (S1-16): the pack says what, `obligations` keeps it; here is what follows."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from django.utils import timezone

from xueji.accounts.models import User
from xueji.certificates.models import CertificateState
from xueji.graduation.models import Batch, CandidateState
from xueji.obligations.actions import open_obligations
from xueji.obligations.models import Obligation
from xueji.registry.models import Enrolment, EnrolmentStatus


def open_duties(batch: Batch, by: User, at: datetime) -> list[Obligation]:
    """List what the school owes from the day of sealing on; called again, it changes nothing."""
    return open_obligations(case=batch.case, school=batch.school, after="seal", on=timezone.localdate(at), by=by, at=at)


def record_graduated(obligation: Obligation) -> Mapping[str, object]:
    """Set the student status of everybody whose certificate was sealed to graduated; return how many."""
    batch = Batch.objects.get(case=obligation.case)
    sealed = batch.candidates.filter(state=CandidateState.APPROVED, certificate__state=CertificateState.SEALED)
    studying = Enrolment.objects.filter(pk__in=sealed.order_by().values("enrolment"), status=EnrolmentStatus.STUDYING)
    return {"graduated": studying.update(status=EnrolmentStatus.GRADUATED)}
