"""Open what is owed after an occasion, report it done, count its term anew."""

from __future__ import annotations

from datetime import date, datetime

from django.db import transaction
from django.utils import timezone

from xueji.accounts.models import User
from xueji.accounts.permissions import Permission
from xueji.cases.law import law_of
from xueji.cases.models import Case
from xueji.core.calendar import deadline_by_clock
from xueji.core.errors import BadInput, Conflict
from xueji.core.obligations import ObligationSpec, obligations_after
from xueji.core.packs import PackView
from xueji.institutions.calendars import Calendars, working_calendar
from xueji.institutions.models import Authority, School
from xueji.institutions.queries import require_permission
from xueji.ledger.actions import Basis, record_event
from xueji.ledger.tags import EventTag
from xueji.obligations.effects import effect_of
from xueji.obligations.models import Obligation
from xueji.sealing.rows import is_as_written, require_unaltered


@transaction.atomic
def open_obligations(*, case: Case, school: School, after: str, on: date, by: User, at: datetime) -> list[Obligation]:
    """List what the law of a case says a school owes after an occasion, counted from a day; again, it changes nothing."""
    view = law_of(case)
    opened = set(Obligation.objects.filter(case=case).values_list("key", flat=True))
    by_clock: dict[str, list[ObligationSpec]] = {}
    for spec in obligations_after(view, after):
        if spec.key not in opened:
            by_clock.setdefault(spec.clock, []).append(spec)
    for key, specs in by_clock.items():
        _open(case, school, view, key, specs, on=on, by=by, at=at)
    keys = [spec.key for spec in obligations_after(view, after)]
    return list(Obligation.objects.filter(case=case, key__in=keys).order_by("id"))


def _open(
    case: Case,
    school: School,
    view: PackView,
    clock_key: str,
    specs: list[ObligationSpec],
    *,
    on: date,
    by: User,
    at: datetime,
) -> None:
    clock = view.clock(clock_key)
    term = deadline_by_clock(on, clock, working_calendar(view, school.authority))
    Obligation.objects.bulk_create(
        Obligation(
            case=case, school=school, key=spec.key, label=spec.label, effect=spec.effect, clock=spec.clock,
            needs_evidence=spec.needs_evidence, counted_from=on, due_on=term.on, due_is_provisional=term.provisional,
        )
        for spec in specs
    )  # fmt: skip
    cites = tuple(dict.fromkeys(cite for spec in specs for cite in spec.cites))
    record_event(
        tag=EventTag.OBLIGATIONS_OPENED, subject=case, by=by, at=at, school_id=school.pk, view=view,
        rules=[Basis(f"clock.{clock_key}", clock.cites or cites)],
        after={"due_on": term.on, "provisional": term.provisional, "duties": [spec.label for spec in specs]},
    )  # fmt: skip


@transaction.atomic
def fulfil_obligation(*, obligation: Obligation, by: User, at: datetime, evidence: str = "") -> Obligation:
    """Report something owed done, with the evidence where the pack asks for it; what the pack says follows is done too."""
    rows = Obligation.objects.select_for_update(of=("self",)).select_related("school__authority", "case")
    owed = rows.get(pk=obligation.pk)
    require_permission(by, Permission.REPORT_DUTIES, school=owed.school)
    require_unaltered(owed, f"「{owed.label}」的登记")
    if owed.done_at is not None:
        raise Conflict(f"「{owed.label}」已于 {timezone.localtime(owed.done_at):%Y-%m-%d %H:%M} 完成")
    if owed.needs_evidence and not evidence.strip():
        raise BadInput(f"「{owed.label}」须写明完成的依据：在说明栏填写文号、回执编号等，再报备")
    owed.done_by, owed.done_at, owed.evidence = by, at, evidence.strip()[:200]
    owed.save(update_fields=["done_by", "done_at", "evidence", "digest"])
    effect = effect_of(owed)
    brought_about = effect(owed, by, at) if effect else {}
    record_event(
        tag=EventTag.OBLIGATION_FULFILLED, subject=owed, parent=owed.case, by=by, at=at, school_id=owed.school_id,
        view=law_of(owed.case), after={"duty": owed.label, **brought_about}, note=owed.evidence,
    )  # fmt: skip
    return owed


def recount_obligations(authority: Authority, by: User | None, at: datetime) -> int:
    """Count again the terms of what schools at and below an authority still owe; return how many moved.

    Rows are held in the order of their ids, so that two changes of a calendar wait for each other. One that is not as the
    product wrote it stays as it lies, for the audit to name: a new digest would make a forgery good.
    """
    owed = Obligation.objects.filter(done_at__isnull=True, school__authority__path__startswith=authority.path)
    locked = owed.select_related("case", "school__authority").select_for_update(of=("self",)).order_by("id")
    calendars = Calendars()
    return sum(_recount(obligation, calendars, by, at) for obligation in locked if is_as_written(obligation))


def _recount(obligation: Obligation, calendars: Calendars, by: User | None, at: datetime) -> bool:
    view = law_of(obligation.case)
    calendar = calendars.of(view, obligation.school.authority)
    term = deadline_by_clock(obligation.counted_from, view.clock(obligation.clock), calendar)
    if (term.on, term.provisional) == (obligation.due_on, obligation.due_is_provisional):
        return False
    before = {"due_on": obligation.due_on, "provisional": obligation.due_is_provisional}
    obligation.due_on, obligation.due_is_provisional = term.on, term.provisional
    obligation.save(update_fields=["due_on", "due_is_provisional", "digest"])
    record_event(
        tag=EventTag.OBLIGATION_DEADLINE_RECOUNTED, subject=obligation, parent=obligation.case, by=by, at=at,
        school_id=obligation.school_id, view=view, before=before,
        after={"due_on": term.on, "provisional": term.provisional},
    )  # fmt: skip
    return True
