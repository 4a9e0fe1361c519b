"""What a school owes after sealing (S1-16): opened when the batch is sealed, fulfilled one by one."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils import timezone

from xueji.accounts.models import User
from xueji.accounts.permissions import Permission
from xueji.cases.clocks import view_of
from xueji.certificates.models import CertificateState
from xueji.core.calendar import deadline_by_clock
from xueji.core.errors import Conflict
from xueji.graduation.models import Batch, CandidateState, Duty
from xueji.institutions.queries import require_permission, working_calendar
from xueji.ledger.actions import Basis, record_event
from xueji.ledger.tags import EventTag
from xueji.registry.models import Enrolment, EnrolmentStatus


def open_duties(batch: Batch, by: User, at: datetime) -> list[Duty]:
    """List what the school owes from the day of sealing on; called again, it changes nothing."""
    view = view_of(batch.case)
    clock = view.clock("after_sealing")
    term = deadline_by_clock(timezone.localdate(at), clock, working_calendar(view))
    with transaction.atomic():
        if existing := list(batch.duties.all()):
            return existing
        duties = Duty.objects.bulk_create(
            Duty(batch=batch, kind=kind, due_on=term.on, due_is_provisional=term.provisional) for kind in Duty.Kind
        )
        record_event(
            tag=EventTag.DUTY_OPENED, subject=batch, by=by, at=at, view=view, rules=[Basis("clock.after_sealing", clock.cites)],
            after={"due_on": term.on, "provisional": term.provisional, "duties": [d.get_kind_display() for d in duties]},
        )  # fmt: skip
    return duties


def fulfil_duty(*, duty: Duty, by: User, at: datetime, note: str = "") -> Duty:
    """Report a duty done. «提交毕业» also sets the status of everybody whose certificate was sealed to graduated."""
    with transaction.atomic():
        duty = (
            Duty.objects.select_for_update(of=("self",)).select_related("batch__school", "batch__case").get(pk=duty.pk)
        )
        require_permission(by, Permission.REPORT_DUTIES, school=duty.batch.school)
        if duty.done_at is not None:
            raise Conflict(f"「{duty.get_kind_display()}」已于 {timezone.localtime(duty.done_at):%Y-%m-%d %H:%M} 完成")
        duty.done_by, duty.done_at, duty.note = by, at, note.strip()[:200]
        duty.save(update_fields=["done_by", "done_at", "note"])
        graduated = _submit_graduated(duty.batch) if duty.kind == Duty.Kind.SUBMIT_GRADUATED else None
        record_event(
            tag=EventTag.DUTY_FULFILLED, subject=duty, parent=duty.batch, by=by, at=at, school_id=duty.batch.school_id,
            view=view_of(duty.batch.case), after={"duty": duty.get_kind_display(), "graduated": graduated}, note=duty.note,
        )  # fmt: skip
    return duty


def _submit_graduated(batch: Batch) -> int:
    """Set the student status of the sealed graduates of a batch; return how many."""
    sealed = batch.candidates.filter(state=CandidateState.APPROVED, certificate__state=CertificateState.SEALED)
    return Enrolment.objects.filter(
        pk__in=sealed.order_by().values("enrolment"), status=EnrolmentStatus.STUDYING
    ).update(status=EnrolmentStatus.GRADUATED)
