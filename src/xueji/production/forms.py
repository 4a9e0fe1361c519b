"""Which form of the pack a document of a batch is printed on, and the data that fill it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal

from django.conf import settings
from django.db.models import QuerySet
from django.utils import timezone

from xueji import policy
from xueji.certificates.models import Certificate, CertificateState, NumberState
from xueji.certificates.queries import book_of, holder_id_of
from xueji.core.errors import BadInput
from xueji.core.facts import RegisterFacts
from xueji.core.facts import RegisterLine as Line
from xueji.core.months import Month
from xueji.core.packs import DocumentSpec, PackView
from xueji.documents.records import DiplomaRecord, RegisterData, RegisterRow, RosterData, RosterRow
from xueji.documents.storage import open_stored
from xueji.graduation.models import Batch, Candidate, CandidateState
from xueji.institutions.models import School
from xueji.institutions.queries import pack_of
from xueji.production.models import PrintRun

_FORMS = {
    PrintRun.Document.DIPLOMA_SAMPLE: ("diploma", "diploma"),
    PrintRun.Document.DIPLOMA_OVERLAY: ("diploma_overlay", "diploma_overlay"),
    PrintRun.Document.REGISTER: ("register", "late_register"),
    PrintRun.Document.ROSTER: ("roster", "late_roster"),
    PrintRun.Document.ROSTER_WORKBOOK: ("roster", "late_roster"),
}


def view_of(batch: Batch) -> PackView:
    """Return the pack of a batch's season on the season's legal date."""
    return policy.get_library().pack(batch.season.pack).on(batch.season.legal_date)


def pack_view_of_school(school: School, at: datetime) -> PackView:
    """Return the pack a school stands under, on the day of `at`."""
    return pack_of(school).on(timezone.localdate(at))


def form_of(view: PackView, batch: Batch, document: PrintRun.Document) -> DocumentSpec:
    """Return the pack's form for a document: a late batch (补验印) has its own register and roster (S1-13)."""
    return view.document(_FORMS[document][batch.is_late])


def certificates_of(batch: Batch) -> QuerySet[Certificate]:
    """Return the live certificates of a batch in the order of their numbers."""
    live = Certificate.objects.filter(candidate__batch=batch).exclude(state=CertificateState.VOID)
    return live.select_related("number", "candidate").order_by("number__number")


def diploma_records(certificates: Sequence[Certificate]) -> list[DiplomaRecord]:
    """Return what the diplomas print: the certificates' own snapshot, nothing from today's tables."""
    return [_diploma(certificate) for certificate in certificates]


def _diploma(one: Certificate) -> DiplomaRecord:
    number = one.number.number
    if one.photo_id is None:
        raise BadInput(f"证书 {number}（{one.holder_name}）没有照片，不能打印")
    with open_stored(one.photo_id) as photo:
        picture = photo.read()
    return DiplomaRecord(
        number=number, name=one.holder_name, sex=one.holder_sex, birth_date=one.holder_birth_date,
        resident_id=one.holder_id_masked, programme=one.programme_name, duration_years=one.duration_years,
        study_mode=one.study_mode, entry_month=Month.parse(one.entry_month),
        graduation_month=Month.parse(one.graduation_month), school_name=one.school_name, principal=one.principal,
        issue_date=one.issue_date, photo=picture, qr_text=f"{settings.SITE_URL}/v/?n={number}",
    )  # fmt: skip


def register_facts(batch: Batch) -> RegisterFacts:
    """Return the register of a batch: what the school states, and the counts taken from the graduates themselves."""
    graduated, sealed = _counts(batch)
    stated = {(line.programme_name, line.duration_years): line for line in batch.register_lines.all()}
    level = str(view_of(batch).value("level_of_study")) if not stated else next(iter(stated.values())).education_level
    lines = []
    for key in sorted({*stated, *graduated}):
        line = stated.get(key)
        lines.append(
            Line(
                key[0],
                duration_years=key[1],
                level=line.education_level if line else level,
                planned=line.planned if line else None,
                admitted=line.admitted if line else None,
                graduated=graduated.get(key, 0),
                sealed=sealed.get(key, 0),
                remark=line.remark if line else "",
            )
        )
    first, last = number_range(batch)
    return RegisterFacts(tuple(lines), first or None, last or None, roster_count=sum(sealed.values()))


def number_range(batch: Batch) -> tuple[str, str]:
    """Return the first and last live number of a batch, empty texts when it has none."""
    numbers = certificates_of(batch).values_list("number__number", flat=True)
    first, last = numbers.first(), numbers.last()
    return first or "", last or ""


def facts_to_check(batch: Batch) -> RegisterFacts:
    """Return the register as the rules compare it: where voided numbers account for the gap, the range is left out.

    A voided number stays within the range and is never used again; it is explained in the remarks of the form.
    """
    facts = register_facts(batch)
    book = book_of(*(one.block for one in batch.batch_blocks.select_related("block")))
    live = sum(line.sealed or 0 for line in facts.lines)
    if book.get(NumberState.VOID, 0) and sum(book.values()) - book[NumberState.VOID] == live:
        return replace(facts, first_number=None, last_number=None)
    return facts


Counts = dict[tuple[str, Decimal], int]


def _counts(batch: Batch) -> tuple[Counts, Counts]:
    graduated: Counts = {}
    sealed: Counts = {}
    rows = Candidate.objects.filter(batch=batch, state=CandidateState.APPROVED).values_list(
        "programme_name", "duration_years", "certificate__state"
    )
    for programme, years, state in rows:
        graduated[programme, years] = graduated.get((programme, years), 0) + 1
        if state not in (None, CertificateState.VOID):
            sealed[programme, years] = sealed.get((programme, years), 0) + 1
    return graduated, sealed


def register_data(batch: Batch) -> RegisterData:
    """Return the sealing register as printed; leader, clerk and date stay blank for pen and seal (S1-15)."""
    facts = register_facts(batch)
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
        school_name=batch.school.name, graduating_year=batch.season.year, term=batch.season.get_term_display(),
        rows=rows, number_first=facts.first_number or "", number_last=facts.last_number or "",
    )  # fmt: skip


def roster_data(batch: Batch) -> RosterData:
    """Return the sealing roster with full identity numbers, in the order of the numbers (S1-19)."""
    rows = tuple(_roster_row(one) for one in certificates_of(batch))
    return RosterData(school_name=batch.school.name, rows=rows, filled_by=batch.form_filler)


def _roster_row(one: Certificate) -> RosterRow:
    candidate = one.candidate
    return RosterRow(
        resident_id=holder_id_of(one), number=one.number.number, name=one.holder_name, sex=one.holder_sex,
        birth_date=one.holder_birth_date, political_status=candidate.political_status,
        duration_years=one.duration_years, programme=one.programme_name, overall_result=candidate.overall_mark,
        conduct_result=candidate.conduct_mark, internship_result=candidate.internship_mark,
    )  # fmt: skip


def issue_day(batch: Batch) -> date:
    """Return the day stamped into the batch's files: its date of issue, so that printing twice gives the same bytes."""
    assert batch.issue_date is not None, "only approved batches are printed"
    return batch.issue_date
