"""The data that fill the forms of an issue: its certificates as issued, its register, its roster."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal

from django.conf import settings
from django.db.models import BinaryField, Exists, Func, Max, Min, OuterRef, QuerySet, Value
from django.utils import timezone

from xueji.certificates.models import Certificate, CertificateState, Issue, NumberState
from xueji.certificates.queries import holder_id_of, numbers_by_state, require_as_issued
from xueji.core.errors import BadInput
from xueji.core.facts import RegisterFacts, RegisterLineFacts
from xueji.core.months import Month
from xueji.core.packs import DocumentSpec, PackView
from xueji.documents.records import DiplomaRecord, RegisterData, RegisterRow, RosterData, RosterRow
from xueji.documents.storage import open_stored
from xueji.institutions.models import Authority, School
from xueji.institutions.queries import pack_over
from xueji.ledger.queries import printed_head
from xueji.production.kinds import kind_of
from xueji.production.models import ParcelItem, PrintSheet, SheetOutcome
from xueji.registry.queries.documents import kinds_of_documents, word_of_document
from xueji.statements import Slot, Statement

_SCHOOL_NAME = Statement(
    lambda: (
        Certificate.objects.filter(issue=Slot("issue"))
        .order_by("issued_at", "pk")
        .values_list("school_name", flat=True)[:1]
    )
)
_ENDS = Statement(
    lambda: (
        certificates_of(Slot("issue"))
        .order_by()
        .values("issue")
        .annotate(first=Min("number__number"), last=Max("number__number"))
    )
)


def pack_view_at(place: School | Authority, at: datetime) -> PackView:
    """Return the pack a school or an authority stands under, on the day of `at`."""
    authority = place.authority if isinstance(place, School) else place
    pack = pack_over(authority)
    return pack.on(timezone.localdate(at))


def certificates_of(issue: Issue | OuterRef | Slot) -> QuerySet[Certificate]:
    """Return the live certificates of an issue in the order of their numbers."""
    live = Certificate.objects.filter(issue=issue).exclude(state=CertificateState.VOID)
    return live.select_related("number", "school").order_by("number__number")


def in_paper_order(certificates: QuerySet[Certificate], view: PackView) -> QuerySet[Certificate]:
    """Return certificates in the order in which they are printed, packed, listed and handed out: by number, or by programme and name.

    Where numbers look random, those of a class lie scattered; names are then put as a telephone book has them (GB 18030
    has its usual characters by their sound).
    """
    if view.value_or("paper_order", "number") != "programme":
        return certificates
    by_sound = [
        Func(name, Value("GB18030"), function="convert_to", output_field=BinaryField())
        for name in ("programme_name", "holder_name")
    ]
    return certificates.order_by(*by_sound, "number__number")


def issued_school_name(issue: Issue) -> str:
    """Return what the school of an issue is called on everything printed of it: what stands on the certificates themselves.

    A school that was renamed since keeps its name of that day on every reprint; before anything was issued it is today's.
    """
    return _SCHOOL_NAME.row(issue=issue.pk) or issue.school.name


def to_print(issue: Issue, kind: str = "graduation") -> QuerySet[Certificate]:
    """Return the certificates of an issue that stand on no pending or good sheet, in the order of their numbers."""
    live = PrintSheet.objects.filter(outcome__in=[SheetOutcome.PENDING, SheetOutcome.GOOD], certificate=OuterRef("pk"))
    return certificates_of(issue).filter(kind=kind).exclude(Exists(live))


def to_send(issue: Issue | OuterRef) -> QuerySet[Certificate]:
    """Return the certificates of an issue that were printed well and are in no parcel on its way or received."""
    good = PrintSheet.objects.filter(outcome=SheetOutcome.GOOD, certificate=OuterRef("pk"))
    packed = ParcelItem.objects.filter(state__in=["sent", "received"], certificate=OuterRef("pk"))
    return certificates_of(issue).filter(Exists(good)).exclude(Exists(packed))


def diploma_records(certificates: Sequence[Certificate], spec: DocumentSpec) -> list[DiplomaRecord]:
    """Return what the diplomas print: the certificates' own snapshot, nothing from today's tables.

    The full identity number is unsealed only where the form prints it.
    """
    require_as_issued(certificates)
    if "resident_id" not in str(spec.settings):
        return [_diploma(certificate) for certificate in certificates]
    kinds = kinds_of_documents({certificate.person_id: holder_id_of(certificate) for certificate in certificates})
    words = {kind: word_of_document(certificates[0].issue.law, kind) for kind in set(kinds.values())}
    return [
        replace(_diploma(c), resident_id=holder_id_of(c), resident_id_word=words[kinds[c.person_id]])
        for c in certificates
    ]


def _diploma(certificate: Certificate) -> DiplomaRecord:
    number = certificate.number.number
    if certificate.photo_id is None:
        raise BadInput(f"证书 {number}（{certificate.holder_name}）没有照片，不能打印")
    with open_stored(certificate.photo_id) as photo:
        picture = photo.read()
    return DiplomaRecord(
        number=number, name=certificate.holder_name, sex=certificate.holder_sex, birth_date=certificate.holder_birth_date,
        resident_id="", programme=certificate.programme_name, duration_years=certificate.duration_years,
        study_mode=certificate.study_mode, entry_month=Month.parse(certificate.entry_month),
        graduation_month=Month.parse(certificate.graduation_month), school_name=certificate.school_name, principal=certificate.principal,
        issue_date=certificate.issue_date, photo=picture, qr_text=f"{settings.SITE_URL}/v/?n={number}",
        specialisation=certificate.specialisation, school_level=certificate.school.level, details=certificate.details,
    )  # fmt: skip


def register_facts(issue: Issue) -> RegisterFacts:
    """Return the register of an issue with the range of its live numbers, as it is printed."""
    first, last = number_range(issue)
    return replace(register_of(issue), first_number=first or None, last_number=last or None)


def register_of(issue: Issue) -> RegisterFacts:
    """Return the register of an issue without its numbers: as its kind keeps it, else counted from its certificates."""
    if keeps := kind_of(issue).register:
        return keeps(issue)
    counts = Counter(certificates_of(issue).order_by().values_list("programme_name", "duration_years"))
    lines = tuple(
        RegisterLineFacts(programme, duration_years=years, graduated=count, sealed=count)
        for (programme, years), count in sorted(counts.items())
    )
    return RegisterFacts(lines, roster_count=counts.total())


def number_range(issue: Issue) -> tuple[str, str]:
    """Return the first and last live number of an issue, empty texts when it has none."""
    ends = _ENDS.row(issue=issue.pk)
    return (ends["first"], ends["last"]) if ends else ("", "")


def facts_to_check(issue: Issue, facts: RegisterFacts) -> RegisterFacts:
    """Return a printed register as the rules compare it: where voided numbers account for the gap, the range is left out.

    A voided number stays within the range and is never used again; it is explained in the remarks of the form.
    """
    book = numbers_by_state(*(issue_block.block for issue_block in issue.issue_blocks.select_related("block")))
    live = sum(line.sealed or 0 for line in facts.lines)
    if book.get(NumberState.VOID, 0) and sum(book.values()) - book[NumberState.VOID] == live:
        return replace(facts, first_number=None, last_number=None)
    return facts


def register_data(issue: Issue) -> RegisterData:
    """Return the sealing register as printed; leader, clerk and date stay blank for pen and seal (S1-15).

    It takes the newest head of the log with it: the paper lies with the sealing authority, where no owner of a database writes.
    """
    facts = register_facts(issue)
    if missing := [line.programme for line in facts.lines if line.planned is None or line.admitted is None]:
        raise BadInput(f"登记册没有填写招生计划和实际录取人数：{'、'.join(missing)}")
    rows = tuple(
        RegisterRow(
            programme=line.programme, planned=line.planned or 0, admitted=line.admitted or 0,
            duration_years=line.duration_years or Decimal(0), level=line.level, graduated=line.graduated or 0,
            sealed=line.sealed or 0, note=line.remark,
        )
        for line in facts.lines
    )  # fmt: skip
    return RegisterData(
        school_name=issued_school_name(issue), graduating_year=issue.year or issue_day(issue).year, term=issue.get_term_display(),
        rows=rows, number_first=facts.first_number or "", number_last=facts.last_number or "",
        log_head=printed_head(),
    )  # fmt: skip


def roster_data(issue: Issue, spec: DocumentSpec) -> RosterData:
    """Return the sealing roster with full identity numbers, in the order of the numbers (S1-19)."""
    certificates = list(certificates_of(issue).select_related(None).select_related("number"))  # no school: not on it
    require_as_issued(certificates)
    kind = kind_of(issue)
    listed = kind.rows(issue, spec)
    rows = tuple(_roster_row(certificate, listed.get(certificate.pk, {})) for certificate in certificates)
    return RosterData(
        school_name=issued_school_name(issue), rows=rows, filled_by=kind.fields(issue).get("filled_by", "")
    )


def _roster_row(certificate: Certificate, listed: Mapping[str, str]) -> RosterRow:
    return RosterRow(
        resident_id=holder_id_of(certificate), number=certificate.number.number, name=certificate.holder_name, sex=certificate.holder_sex,
        birth_date=certificate.holder_birth_date, political_status=listed.get("political_status", ""),
        duration_years=certificate.duration_years, programme=certificate.programme_name, overall_result=listed.get("overall_mark", ""),
        conduct_result=listed.get("conduct_mark", ""), internship_result=listed.get("internship_mark", ""),
    )  # fmt: skip


def issue_day(issue: Issue) -> date:
    """Return the day stamped into the issue's files: its date of issue, so that printing twice gives the same bytes."""
    assert issue.issue_date is not None, "only approved issues are printed"
    return issue.issue_date
