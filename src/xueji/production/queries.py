"""Read printing and sealing by actor."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from xueji.accounts.models import User
from xueji.accounts.permissions import Permission
from xueji.cases.models import Case, CaseState
from xueji.cases.queries import subject_of
from xueji.certificates.models import Certificate, CertificateState, Issue
from xueji.core.calendar import WorkingCalendar
from xueji.core.facts import RegisterFacts, RegisterLineFacts
from xueji.core.findings import Finding
from xueji.core.rules import check_register
from xueji.core.rules.registers import register_totals
from xueji.institutions.posts import PERMISSIONS_OF
from xueji.institutions.queries import authorities_visible_to, pick, posts_of, school_scope
from xueji.production.form_data import certificates_of, facts_to_check, in_paper_order, register_facts, to_send
from xueji.production.models import (
    Embossing,
    HandOut,
    Parcel,
    ParcelItem,
    Printer,
    PrintRun,
    PrintSheet,
    Reprint,
    ReprintItem,
    SealingAppointment,
    SealingRefusal,
    SealingRound,
    SealingSession,
    SheetOutcome,
)
from xueji.production.windows import prints_from as prints_from  # noqa: PLC0414  # the door for other apps

_CLASS = ("authority_id", "year", "term", "is_late")  # what an issue and the round it is sealed in have in common
_LIVE = Q(certificates__state__in=(CertificateState.ISSUED, CertificateState.SEALED))
_PRINTS = frozenset({Permission.CALIBRATE_PRINTERS, Permission.PRINT_CENTRALLY})

# -- printing


def printers_visible_to(user: User) -> QuerySet[Printer]:
    """Return the printers of the schools for which a post lets the person print, and of the authorities that print."""
    scope = school_scope(user, prefix="school__", permission=Permission.CALIBRATE_PRINTERS) | school_scope(
        user, prefix="school__", permission=Permission.PRINT_DOCUMENTS
    )
    scope &= Q(school__isnull=False)
    ids = [post.authority_id for post in posts_of(user) if post.authority_id and _PRINTS & PERMISSIONS_OF[post.post]]
    return (
        Printer.objects.filter(scope | Q(authority__in=ids))
        .select_related("school__authority", "authority")
        .prefetch_related("calibrations")
    )


def printers_for(user: User, issue: Issue) -> QuerySet[Printer]:
    """Return the printers a person may print an issue on: the school's own, or those of the authority that prints."""
    above = [int(part) for part in issue.school.authority.path.split("/") if part]
    return printers_visible_to(user).filter(Q(school=issue.school_id) | Q(authority__in=above))


def printer_for(user: User, printer_id: object) -> Printer:
    """Return a printer the person may use, else NotFound."""
    return pick(printers_visible_to(user), printer_id)


def print_runs_visible_to(user: User) -> QuerySet[PrintRun]:
    """Return the print runs of schools for which a post lets the person print: rosters carry identity numbers."""
    scope = school_scope(user, prefix="issue__school__", permission=Permission.PRINT_DOCUMENTS) | school_scope(
        user, prefix="issue__school__", permission=Permission.PRINT_CENTRALLY
    )
    return PrintRun.objects.filter(scope).select_related(
        "issue__case",
        "issue__school__authority",
        "issue__authority",
        "printer",
        "file",
        "job",
        "requested_by",
    )


def print_runs_of(user: User, issue: Issue) -> QuerySet[PrintRun]:
    """Return the print runs of an issue, newest first."""
    return print_runs_visible_to(user).filter(issue=issue)


def print_run_for(user: User, run_id: object) -> PrintRun:
    """Return a print run the person may fetch, else NotFound."""
    return pick(print_runs_visible_to(user), run_id)


def sheet_counts(runs: Sequence[PrintRun]) -> dict[int, dict[str, int]]:
    """Return per run how many of its sheets stand in each state: one query for all runs."""
    rows = PrintSheet.objects.filter(run__in=runs).order_by().values_list("run_id", "outcome").annotate(Count("pk"))
    found = {run.pk: dict.fromkeys(SheetOutcome.values, 0) for run in runs}
    for run, outcome, count in rows:
        found[run][outcome] = count
    return found


def central_issues(user: User) -> QuerySet[Issue]:
    """Return the numbered issues of schools for which the person prints centrally, with what is printed of each."""
    scope = school_scope(user, prefix="school__", permission=Permission.PRINT_CENTRALLY)
    good = Count("certificates__print_sheets", filter=_LIVE & Q(certificates__print_sheets__outcome="good"))
    pending = Count("certificates__print_sheets", filter=_LIVE & Q(certificates__print_sheets__outcome="pending"))
    rows = Issue.objects.filter(scope, case__state=CaseState.APPROVED, numbered_at__isnull=False)
    rows = rows.select_related("school__authority", "authority", "case")
    return rows.annotate(
        certificates_n=Count("certificates", filter=_LIVE, distinct=True), good_n=good, pending_n=pending
    ).order_by("-year", "school__code")


# -- parcels and hand-out


def parcels_visible_to(user: User) -> QuerySet[Parcel]:
    """Return the parcels of schools to which a post sends, or in which one receives."""
    scope = school_scope(user, prefix="issue__school__", permission=Permission.DISPATCH_DIPLOMAS) | school_scope(
        user, prefix="issue__school__", permission=Permission.HAND_OUT_DIPLOMAS
    )
    return Parcel.objects.filter(scope).select_related(
        "issue__school__authority", "issue__authority", "issue__case", "sent_by", "received_by"
    )


def parcel_for(user: User, parcel_id: object) -> Parcel:
    """Return a parcel the person may see, else NotFound."""
    return pick(parcels_visible_to(user), parcel_id)


def troubles_of(parcel: Parcel) -> QuerySet[ParcelItem]:
    """Return what is missing or damaged of a parcel."""
    rows = parcel.items.filter(state__in=[ParcelItem.State.MISSING, ParcelItem.State.DAMAGED])
    return rows.select_related("certificate__number")


def issues_to_dispatch(user: User) -> QuerySet[Issue]:
    """Return the numbered issues of the schools to which the person sends diplomas."""
    scope = school_scope(user, prefix="school__", permission=Permission.DISPATCH_DIPLOMAS)
    rows = Issue.objects.filter(scope, case__state=CaseState.APPROVED, numbered_at__isnull=False)
    return rows.select_related("school__authority", "authority", "case").order_by("-year", "school__code")


def with_waiting(issues: QuerySet[Issue]) -> QuerySet[Issue]:
    """Return issues with `to_send_n`: how many of their diplomas wait for a parcel, counted with them in one query."""
    waiting = to_send(OuterRef("pk")).order_by().values("issue").annotate(count=Count("pk")).values("count")
    return issues.annotate(to_send_n=Coalesce(Subquery(waiting), 0))


def issues_to_send(user: User) -> QuerySet[Issue]:
    """Return the issues with diplomas that were printed well and are in no parcel."""
    return issues_to_dispatch(user).filter(Exists(to_send(OuterRef("pk"))))


def hand_out_entry_for(user: User, entry_id: object) -> HandOut:
    """Return the record of a hand-out at a school where the person hands out, else NotFound."""
    scope = school_scope(user, prefix="certificate__school__", permission=Permission.HAND_OUT_DIPLOMAS)
    return pick(HandOut.objects.filter(scope).select_related("certificate__number"), entry_id)


# -- rounds and appointments


def rounds_visible_to(user: User) -> QuerySet[SealingRound]:
    """Return the rounds of the authorities a person's posts reach: their own, those below, those above their school."""
    visible = authorities_visible_to(user).order_by().values("pk")
    return SealingRound.objects.filter(authority__in=visible).select_related("authority")


def round_for(user: User, round_id: object) -> SealingRound:
    """Return a round the person may know of, else NotFound."""
    return pick(rounds_visible_to(user), round_id)


def issues_awaiting_seal(user: User) -> QuerySet[Issue]:
    """Return the approved and numbered issues without a seal, of the authorities a person's posts reach."""
    visible = authorities_visible_to(user).order_by().values("pk")
    approved = Issue.objects.filter(authority__in=visible, case__state=CaseState.APPROVED)
    return approved.filter(sealed_at__isnull=True, numbered_at__isnull=False)


def round_of(issue: Issue) -> SealingRound | None:
    """Return the round in which an issue is sealed, or None while it has not been arranged."""
    if issue.year is None:
        return None
    return SealingRound.objects.filter(
        authority=issue.authority_id, year=issue.year, term=issue.term, is_late=issue.is_late
    ).first()


@dataclass(frozen=True, slots=True)
class HalfDay:
    """Half a day of a round: who is booked, how many places are left, whether the office works."""

    day: date
    half: str
    label: str
    capacity: int
    is_working: bool
    appointments: tuple[SealingAppointment, ...]

    @property
    def places_left(self) -> int:
        """Places nobody has booked."""
        return max(0, self.capacity - len(self.appointments)) if self.is_working else 0


def half_days_of(sealing_round: SealingRound, calendar: WorkingCalendar) -> list[HalfDay]:
    """Return every half-day of a round in order, days off included so that nobody wonders where they went."""
    booked: dict[tuple[date, str], list[SealingAppointment]] = {}
    rows = sealing_round.appointments.select_related("issue__school__authority", "issue__case")
    for appointment in rows:
        booked.setdefault((appointment.day, appointment.half), []).append(appointment)
    count = (sealing_round.closes_on - sealing_round.opens_on).days + 1
    days = [sealing_round.opens_on + timedelta(days=n) for n in range(count)]
    return [
        HalfDay(day, half.value, half.label, sealing_round.schools_per_half_day, calendar.is_working_day(day),
                tuple(booked.get((day, half.value), ())))
        for day in days
        for half in SealingAppointment.Half
    ]  # fmt: skip


def issues_to_seal(sealing_round: SealingRound) -> QuerySet[Issue]:
    """Return the approved issues of a round that are not sealed, those with an appointment first."""
    waiting = Issue.objects.filter(
        authority=sealing_round.authority_id, year=sealing_round.year, term=sealing_round.term, is_late=sealing_round.is_late,
        case__state=CaseState.APPROVED, sealed_at__isnull=True,
    )  # fmt: skip
    return waiting.select_related("school__authority", "case", "appointment", "authority").order_by(
        "appointment__day", "appointment__half", "appointment__place_in_half", "school__code"
    )


# -- the sealing itself


@dataclass(frozen=True, slots=True)
class Balance:
    """What must agree at the press: the range of numbers, the register, the live certificates; and what is wrong."""

    first_number: str
    last_number: str
    range_count: int
    register: RegisterFacts
    totals: RegisterLineFacts
    live: int
    findings: tuple[Finding, ...]


def reprint_of_case(case: Case) -> Reprint:
    """Return the request to print again that a case decides on; NotFound for a case about something else."""
    found: Reprint = subject_of(case, Reprint.objects.select_related("issue"))
    return found


def sheets_of(certificates: Sequence[Certificate]) -> dict[UUID, list[PrintSheet]]:
    """Return every sheet each certificate was printed on, oldest first: on which blank, with what outcome, who said so."""
    found: dict[UUID, list[PrintSheet]] = {certificate.pk: [] for certificate in certificates}
    sheets = PrintSheet.objects.filter(certificate__in=found).select_related("run", "blank", "confirmed_by")
    for sheet in sheets.order_by("pk"):
        found[sheet.certificate_id].append(sheet)
    return found


def reprint_items(reprint: Reprint) -> list[ReprintItem]:
    """Return the spoiled sheets for which a request asks new ones, with certificate, blank and run."""
    certificate = ("sheet__certificate__number", "sheet__certificate__person", "sheet__certificate__candidate")
    related = (*certificate, "sheet__blank", "sheet__run")
    return list(reprint.items.select_related(*related))


def sealing_balance(issue: Issue) -> Balance:
    """Return the counts of an issue as the sealing compares them (S1-21)."""
    facts = register_facts(issue)
    first, last = facts.first_number or "", facts.last_number or ""
    blocks = [issue_block.block for issue_block in issue.issue_blocks.select_related("block")]
    range_count = sum(block.serials.upper - block.serials.lower for block in blocks)
    return Balance(
        first, last, range_count, facts, register_totals(facts), certificates_of(issue).count(),
        tuple(check_register(facts_to_check(issue, facts), issue.law)),
    )  # fmt: skip


def sessions_visible_to(user: User) -> QuerySet[SealingSession]:
    """Return the sealings of schools within the person's reach."""
    scope = school_scope(user, prefix="issue__school__", permission=Permission.VIEW_BATCHES)
    return SealingSession.objects.filter(scope).select_related(
        "issue__school__authority", "issue__authority", "issue__case", "round", "sealed_by", "supervised_by"
    )


def session_for(user: User, session_id: object) -> SealingSession:
    """Return a sealing the person may see, else NotFound."""
    return pick(sessions_visible_to(user), session_id)


def refusal_at_the_seal(certificate_id: UUID | None) -> SealingRefusal | None:
    """Return why and when a diploma was not sealed (不予验印), None where it was or has not been brought yet."""
    return SealingRefusal.objects.select_related("session").filter(certificate=certificate_id).first()


def sealing_progress(rounds: Sequence[SealingRound]) -> dict[int, dict[str, int]]:
    """Return per round how many issues are approved, booked and sealed: one query for all rounds."""
    authorities = {sealing_round.authority_id for sealing_round in rounds}
    rows = (
        Issue.objects.filter(authority__in=authorities, case__state=CaseState.APPROVED)
        .order_by()
        .values(*_CLASS)
        .annotate(
            approved=Count("pk"),
            booked=Count("appointment", filter=Q(appointment__isnull=False)),
            sealed=Count("pk", filter=Q(sealed_at__isnull=False)),
        )
    )
    found = {tuple(r[k] for k in _CLASS): {k: r[k] for k in ("approved", "booked", "sealed")} for r in rows}
    nothing = {"approved": 0, "booked": 0, "sealed": 0}
    return {row.pk: found.get(tuple(getattr(row, k) for k in _CLASS), nothing) for row in rounds}


# -- what pages count and list of an issue the caller was let see


def sheets_loaded(issue: Issue, kind: str) -> dict[str, int]:
    """Return how many sheets of live certificates of a kind were printed well, and how many wait for somebody to look."""
    rows = PrintSheet.objects.filter(certificate__in=_keys_of(issue), certificate__kind=kind)
    return rows.aggregate(
        pending=Count("pk", filter=Q(outcome=SheetOutcome.PENDING)),
        good=Count("pk", filter=Q(outcome=SheetOutcome.GOOD)),
    )


def sheets_asked_for_again(issue: Issue) -> set[int]:
    """Return the sheets of an issue that a request for a reprint already names and nobody has decided."""
    waiting = (CaseState.DRAFT, CaseState.IN_PROGRESS, CaseState.RETURNED)
    rows = ReprintItem.objects.filter(reprint__issue=issue, reprint__case__state__in=waiting)
    return set(rows.values_list("sheet_id", flat=True))


def appointment_of_issue(issue: Issue) -> SealingAppointment | None:
    """Return the half-day booked for an issue, or None."""
    booked = SealingAppointment.objects.filter(issue=issue)
    return booked.select_related("booked_by", "round__authority").first()


def rounds_open_on(user: User, day: date) -> QuerySet[SealingRound]:
    """Return the rounds of the person's authorities in which diplomas are sealed on a day."""
    return rounds_visible_to(user).filter(opens_on__lte=day, closes_on__gte=day)


def diplomas_to_emboss(issue: Issue) -> QuerySet[Certificate]:
    """Return the diplomas of an issue, each with `is_done`: whether the steel seal stands on it."""
    done = Embossing.objects.filter(certificate=OuterRef("pk"))
    found = certificates_of(issue).annotate(is_done=Exists(done)).select_related("embossing__done_by")
    return in_paper_order(found, issue.law)


def embossed_count(issue: Issue) -> int:
    """Return on how many live diplomas of an issue the steel seal stands."""
    return Embossing.objects.filter(certificate__in=_keys_of(issue)).count()


def is_handed_out() -> Exists:
    """Return the condition that a certificate was handed out."""
    return Exists(HandOut.objects.filter(certificate=OuterRef("pk")))


def has_arrived() -> Exists:
    """Return the condition that a certificate came to the school in a parcel."""
    return Exists(ParcelItem.objects.filter(certificate=OuterRef("pk"), state=ParcelItem.State.RECEIVED))


def handed_out_count(issue: Issue) -> int:
    """Return how many live diplomas of an issue were handed out, however often an entry was corrected."""
    return HandOut.objects.filter(certificate__in=_keys_of(issue), corrects=None).count()


def _keys_of(issue: Issue) -> QuerySet[Certificate, UUID]:
    """Return the keys of the live certificates: a voided one is counted by no page beside the one that took its place."""
    return certificates_of(issue).order_by().values_list("pk", flat=True)


def hand_outs_of(certificates: Iterable[UUID]) -> QuerySet[HandOut]:
    """Return the entries of these certificates in the order they were made: the last one of each is true."""
    return HandOut.objects.filter(certificate__in=list(certificates)).select_related("handed_by")


def refusals_of(certificates: Iterable[UUID]) -> dict[UUID, str]:
    """Return why those among these certificates that were not sealed were refused (不予验印)."""
    return dict(SealingRefusal.objects.filter(certificate__in=list(certificates)).values_list("certificate", "reason"))
