"""What a school owes after sealing (S1-16): opened when the batch is sealed, fulfilled one by one."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils import timezone

from xueji.accounts.models import User
from xueji.accounts.permissions import Permission
from xueji.cases.law import law_of
from xueji.certificates.models import CertificateState
from xueji.core.calendar import deadline_by_clock
from xueji.core.errors import Conflict
from xueji.graduation.models import Batch, CandidateState, Duty
from xueji.institutions.calendars import Calendars, working_calendar
from xueji.institutions.models import Authority
from xueji.institutions.queries import require_permission
from xueji.ledger.actions import Basis, record_event
from xueji.ledger.tags import EventTag
from xueji.registry.models import Enrolment, EnrolmentStatus

CLOCK = "after_sealing"  # of the pack: counted from the day of sealing


def open_duties(batch: Batch, by: User, at: datetime) -> list[Duty]:
    """List what the school owes from the day of sealing on; called again, it changes nothing."""
    view = law_of(batch.case)
    clock = view.clock(CLOCK)
    term = deadline_by_clock(timezone.localdate(at), clock, working_calendar(view, batch.school.authority))
    with transaction.atomic():
        if existing := list(batch.duties.all()):
            return existing
        duties = Duty.objects.bulk_create(
            Duty(batch=batch, kind=kind, due_on=term.on, due_is_provisional=term.provisional) for kind in Duty.Kind
        )
        record_event(
            tag=EventTag.DUTY_OPENED, subject=batch, by=by, at=at, view=view, rules=[Basis(f"clock.{CLOCK}", clock.cites)],
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
            view=law_of(duty.batch.case), after={"duty": duty.get_kind_display(), "graduated": graduated}, note=duty.note,
        )  # fmt: skip
    return duty


def recount_duties(authority: Authority, by: User | None, at: datetime) -> int:
    """Count again the terms of what schools at and below an authority still owe; return how many moved."""
    found = Duty.objects.filter(
        done_at__isnull=True, batch__sealed_at__isnull=False, batch__school__authority__path__startswith=authority.path
    )
    calendars = Calendars()
    related = found.select_related("batch__case", "batch__school__authority")
    return sum(_recount(duty, calendars, by, at) for duty in related)


def _recount(duty: Duty, calendars: Calendars, by: User | None, at: datetime) -> bool:
    batch = duty.batch
    view = law_of(batch.case)
    sealed_on = timezone.localdate(batch.sealed_at)
    term = deadline_by_clock(sealed_on, view.clock(CLOCK), calendars.of(view, batch.school.authority))
    if (term.on, term.provisional) == (duty.due_on, duty.due_is_provisional):
        return False
    before = {"due_on": duty.due_on, "provisional": duty.due_is_provisional}
    duty.due_on, duty.due_is_provisional = term.on, term.provisional
    duty.save(update_fields=["due_on", "due_is_provisional"])
    record_event(
        tag=EventTag.DUTY_DUE_DATES_COUNTED, subject=duty, parent=batch, by=by, at=at, school_id=batch.school_id, view=view,
        before=before, after={"due_on": term.on, "provisional": term.provisional},
    )  # fmt: skip
    return True


def _submit_graduated(batch: Batch) -> int:
    """Set the student status of the sealed graduates of a batch; return how many."""
    sealed = batch.candidates.filter(state=CandidateState.APPROVED, certificate__state=CertificateState.SEALED)
    return Enrolment.objects.filter(
        pk__in=sealed.order_by().values("enrolment"), status=EnrolmentStatus.STUDYING
    ).update(status=EnrolmentStatus.GRADUATED)
