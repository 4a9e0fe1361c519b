"""The queue, what is under way, and which replacement stands for a diploma."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet

from xueji.accounts.models import User
from xueji.accounts.permissions import Permission
from xueji.applications.models import Application
from xueji.applications.review_queries import diploma_of, persons_of, school_of
from xueji.cases.law import law_of
from xueji.certificates.models import Certificate, CertificateState
from xueji.core.errors import Conflict, NotFound
from xueji.core.rules.replacements import KIND
from xueji.institutions.models import Authority, School
from xueji.institutions.queries import authorities_granting
from xueji.production.blankbook import suggested
from xueji.production.catalogue import blank_spec_for
from xueji.production.models import PrintSheet, SheetOutcome
from xueji.registry.models import Person
from xueji.replacements.models import Delivery, DeliveryState, DeliveryWay, Replacement, ReplacementState

_READS = (Permission.PRINT_CENTRALLY, Permission.DISPATCH_DIPLOMAS, Permission.SEAL)


def to_print(authority: Authority) -> QuerySet[Replacement]:
    """Return what is to be printed, in order: what waits, and what was started and has no sheet that is pending or good."""
    live = PrintSheet.objects.filter(
        outcome__in=[SheetOutcome.PENDING, SheetOutcome.GOOD], certificate=OuterRef("certificate")
    )
    started_again = Q(state=ReplacementState.STARTED) & ~Exists(live)
    found = Replacement.objects.filter(Q(state=ReplacementState.WAITING) | started_again, authority=authority)
    return found.select_related("case", "authority", "school__authority", "issue", "certificate__number").order_by(
        "place"
    )


def replacements_in_force() -> QuerySet[Replacement]:
    """Return what stands for a diploma or is on its way: not withdrawn, not void, and nothing that is on its way takes its place."""
    later = Replacement.objects.filter(follows=OuterRef("pk")).exclude(state=ReplacementState.WITHDRAWN)
    live = Replacement.objects.exclude(state=ReplacementState.WITHDRAWN).filter(~Exists(later))
    return live.filter(Q(certificate=None) | ~Q(certificate__state=CertificateState.VOID))


def of_one_diploma(
    *,
    persons: Sequence[Person],
    category: str,
    school: School | None,
    school_name: str,
    graduated: str,
    original: Certificate | None,
) -> Q:
    """Return what tells the replacements of one diploma: of the same certificate; else of the person, kind, year and school.

    The school counts under whatever name; the month may have been read differently.
    """
    at_school = Q(school_name=school_name)
    if school is not None:
        at_school |= Q(school=school)
    same = Q(at_school, person__in=persons, category=category, graduation_month__startswith=graduated[:4])
    return same if original is None else same | Q(original=original)


def printed(authority: Authority) -> QuerySet[Replacement]:
    """Return what lies on a good sheet and waits for the seal."""
    good = PrintSheet.objects.filter(outcome=SheetOutcome.GOOD, certificate=OuterRef("certificate"))
    found = Replacement.objects.filter(Exists(good), authority=authority, state=ReplacementState.STARTED)
    return found.select_related("certificate__number", "issue", "case").order_by("place")


def sheets_under_way(authority: Authority) -> QuerySet[PrintSheet]:
    """Return the sheets in a printer, each to be confirmed or spoiled."""
    found = PrintSheet.objects.filter(outcome=SheetOutcome.PENDING, certificate__replacement__authority=authority)
    related = ("run__issue", "run__job", "blank", "certificate__number", "certificate__replacement")
    return found.select_related(*related).prefetch_related("run__files").order_by("certificate__replacement__place")


def deliveries_open(authority: Authority) -> QuerySet[Delivery]:
    """Return what waits at the counter or is with the post, the longest first."""
    found = Delivery.objects.filter(
        replacement__authority=authority, state__in=[DeliveryState.READY, DeliveryState.SENT]
    )
    return found.select_related("replacement__certificate__number").order_by("opened_at", "pk")


def press_of(user: User) -> Authority:
    """Return the authority at which a person prints, seals or hands over; NotFound to anybody else."""
    for permission in _READS:
        for authority in authorities_granting(user, permission):
            return authority
    raise NotFound


def replacement_for(user: User, replacement_id: str | UUID) -> Replacement:
    """Return a replacement printed where the person works, else NotFound."""
    found = (
        Replacement.objects.filter(pk=replacement_id, authority=press_of(user))
        .select_related("case", "authority")
        .first()
    )
    if found is None:
        raise NotFound
    return found


def delivery_for(user: User, delivery_id: str | UUID) -> Delivery:
    """Return a delivery of the person's counter, else NotFound."""
    found = Delivery.objects.filter(pk=delivery_id, replacement__authority=press_of(user)).first()
    if found is None:
        raise NotFound
    return found


def sheet_for(user: User, sheet_id: str | int) -> PrintSheet:
    """Return a sheet of a replacement printed where the person works, else NotFound."""
    found = PrintSheet.objects.filter(pk=sheet_id, certificate__replacement__authority=press_of(user))
    sheet = found.select_related("run__issue").first()
    if sheet is None:
        raise NotFound
    return sheet


def replacement_in_force(original: Certificate) -> Certificate | None:
    """Return the replacement certificate that stands for a diploma today; None without one that is sealed."""
    found = Certificate.objects.filter(replacement__original=original, state=CertificateState.SEALED)
    return found.select_related("number").order_by("-sealed_at").first()


def replacement_of_number(authority: Authority, number: str) -> Replacement:
    """Return the replacement of a certificate's number, printed by this authority; Conflict names one it does not know."""
    found = Replacement.objects.filter(authority=authority, certificate__number__number=number.strip()).first()
    if found is None:
        raise Conflict(f"没有编号为「{number.strip()}」的学历证明书")
    return found


def suggested_serials(authority: Authority, waiting: Sequence[Replacement]) -> str:
    """Return the next blanks of the stock for those that wait, as a field shows them; empty without any."""
    if not waiting:
        return ""
    first = waiting[0]
    spec = blank_spec_for(law_of(first.case), first.school, KIND)
    return suggested(authority, spec, len(waiting)) if spec else ""


def replacement_before(application: Application) -> Replacement | None:
    """Return the replacement that a diploma has already and that an approval of this application takes the place of."""
    same = of_one_diploma(
        persons=persons_of(application), category=application.category, school=school_of(application),
        school_name=application.school_name, graduated=application.graduated, original=diploma_of(application),
    )  # fmt: skip
    given = replacements_in_force().filter(same, state__in=[ReplacementState.SEALED, ReplacementState.DELIVERED])
    return given.exclude(case=application.case).select_related("certificate__number").first()


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the certificate of an approved application is, for its applicant: ask `application_for` first."""

    state: str  # waiting | started | sealed | delivered | withdrawn
    label: str
    ahead: int  # submitted earlier and not printed yet
    number: str
    way: str  # of the delivery that is open: pick_up | mail; empty where none is
    code: str  # said at the counter; empty unless it is to be fetched
    place: str  # where it is fetched
    carrier: str
    tracking_number: str
    note: str  # why it is not printed


def progress_of(application: Application) -> Progress | None:
    """Return how far the certificate of an application is; None while nothing is to be printed from it."""
    rows = Replacement.objects.filter(case=application.case_id).select_related("authority", "certificate__number")
    replacement = rows.first()
    if application.case_id is None or replacement is None:
        return None
    earlier = to_print(replacement.authority).filter(place__lt=replacement.place)
    is_printed = replacement.state not in (ReplacementState.WAITING, ReplacementState.STARTED)
    last = replacement.deliveries.order_by("-ordinal").first()
    opened = last if last is not None and last.state in (DeliveryState.READY, DeliveryState.SENT) else None
    return Progress(
        state=replacement.state, label=replacement.get_state_display(), ahead=0 if is_printed else earlier.count(),
        number=replacement.certificate.number.number if replacement.certificate else "", way=opened.way if opened else "",
        code=str(opened.code) if opened and opened.way == DeliveryWay.PICK_UP else "", place=replacement.authority.name,
        carrier=last.carrier if last else "", tracking_number=last.tracking_number if last else "", note=replacement.note,
    )  # fmt: skip
