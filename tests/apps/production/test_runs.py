"""Printing on blanks: pairing, tray order, confirmation, spoiled sheets, reprint by case, the same bytes again."""

from __future__ import annotations

import io
from datetime import UTC, datetime

import pgtrigger
import pikepdf
import pytest
from django.db import DatabaseError, connection, transaction
from tests.factories.certificates import void
from tests.factories.institutions import appointed, staffed_city
from tests.factories.jurisdictions import FUJIAN, Jurisdiction, approve, jurisdiction
from tests.factories.production import CalibrationFactory, PrinterFactory, approved_batch, with_completion

from xueji.blanks.actions import spoil_blanks
from xueji.blanks.models import Blank, BlankState
from xueji.cases.actions import submit_case
from xueji.certificates.actions import seal_certificates
from xueji.certificates.models import Certificate
from xueji.certificates.stages import done_stages
from xueji.cli.audit_blanks import BLANK_BALANCES
from xueji.core.errors import BadInput, Conflict, NotPermitted, RuleViolation, StockMismatch
from xueji.documents.storage import open_stored
from xueji.graduation.models import Candidate
from xueji.institutions.models import Post
from xueji.jobs.models import Job, JobState
from xueji.jobs.testing import run_pending_jobs
from xueji.ledger.models import Event
from xueji.production import tasks
from xueji.production.actions import (
    Tray,
    confirm_serials,
    confirm_sheets,
    give_up_rest,
    load_print_run,
    open_reprint,
    request_print,
    spoil_sheet,
)
from xueji.production.form_data import certificates_of, to_print
from xueji.production.issuebooks import books_of
from xueji.production.models import PrintFile, PrintRun, PrintSheet, SheetOutcome

pytestmark = pytest.mark.django_db
AT = datetime(2019, 7, 6, 1, tzinfo=UTC)
OVERLAY = "diploma_overlay.overlay"


def loaded(place: Jurisdiction, serials: str, tray_order: str = PrintRun.TrayOrder.FIRST_ON_TOP) -> PrintRun:
    printer = place.school.printers.first() or place.calibrated()
    tray = Tray(OVERLAY, printer, serials, tray_order)
    run = load_print_run(issue=place.batch.issue, tray=tray, by=place.clerk, at=AT)
    run_pending_jobs()
    run.refresh_from_db()
    assert Job.objects.get(pk=run.job_id).state == JobState.DONE, Job.objects.get(pk=run.job_id).error
    return run


def body(file) -> bytes:
    with open_stored(file) as opened:
        return opened.read()


@pytest.fixture
def fujian() -> Jurisdiction:
    place = jurisdiction(FUJIAN)
    place.stock(1, 6)
    return place


@pytest.mark.requirement("S3-17", "S3-03")
def test_each_certificate_lies_on_the_blank_of_its_place(fujian):
    run = loaded(fujian, "C00000001-C00000003")
    pairs = list(run.sheets.values_list("ordinal", "certificate__number__number", "blank__serial"))
    numbers = list(certificates_of(fujian.batch.issue).values_list("number__number", flat=True))
    assert pairs == [(n, numbers[n - 1], f"C{n:08d}") for n in (1, 2, 3)]
    assert set(Blank.objects.filter(number__lte=3).values_list("state", flat=True)) == {BlankState.LOADED}
    assert not to_print(fujian.batch.issue).exists()
    with pytest.raises(Conflict, match="没有需要打印"):
        loaded(fujian, "C00000004")


@pytest.mark.requirement("S3-17")
def test_the_tray_order_turns_the_pages_and_not_the_pairs(fujian):
    run = loaded(fujian, "C00000001-C00000003", PrintRun.TrayOrder.LAST_ON_TOP)
    part = run.files.get()
    assert (part.first_sheet, part.last_sheet) == (3, 1)
    assert run.sheets.get(ordinal=1).blank.serial == "C00000001"
    with pikepdf.open(io.BytesIO(body(part.file_id))) as pdf:
        assert len(pdf.pages) == 3
    assert body(run.file_id).startswith(b"%PDF")


def test_files_hold_some_fifty_sheets_and_a_second_start_gives_the_same_bytes(monkeypatch, fujian):
    monkeypatch.setattr(tasks, "SHEETS_A_FILE", 2)
    run = loaded(fujian, "C00000001-C00000003")
    before = list(run.files.values_list("ordinal", "file_id", "first_sheet", "last_sheet"))
    assert [row[2:] for row in before] == [(1, 2), (3, 3)]
    run_sheet = run.file_id
    with pgtrigger.ignore("production.PrintFile:append_only"):  # as if the worker had died before its last file
        PrintFile.objects.filter(run=run, ordinal=2).delete()
    PrintRun.objects.filter(pk=run.pk).update(file=None)
    Job.objects.filter(pk=run.job_id).update(state=JobState.QUEUED, finished_at=None)
    run_pending_jobs()
    run.refresh_from_db()
    assert list(run.files.values_list("ordinal", "file_id", "first_sheet", "last_sheet")) == before
    assert run.file_id == run_sheet


@pytest.mark.requirement("S3-03")
def test_confirmed_sheets_tell_the_book_whose_blank_it_was(fujian):
    run = loaded(fujian, "C00000001-C00000003")
    assert "print" not in done_stages(fujian.batch.issue)
    assert confirm_sheets(run=run, first=1, last=2, by=fujian.clerk, at=AT) == 2
    assert confirm_serials(run=run, serials="C00000003", by=fujian.clerk, at=AT) == 1
    used = Blank.objects.filter(state=BlankState.USED).order_by("number")
    assert [sheet.certificate_id for sheet in used] == list(
        certificates_of(fujian.batch.issue).values_list("pk", flat=True)
    )
    assert "print" in done_stages(fujian.batch.issue)
    with pytest.raises(Conflict, match="已经确认"):
        confirm_sheets(run=run, first=1, last=3, by=fujian.clerk, at=AT)


def test_a_serial_that_is_not_in_the_run_is_named(fujian):
    run = loaded(fujian, "C00000001-C00000003")
    with pytest.raises(Conflict, match="C00000005"):
        confirm_serials(run=run, serials="C00000001 C00000005", by=fujian.clerk, at=AT)
    assert not run.sheets.filter(outcome=SheetOutcome.GOOD).exists()


@pytest.mark.requirement("S3-04", "S3-22")
def test_a_spoiled_sheet_is_printed_again_only_after_its_case(fujian):
    run = loaded(fujian, "C00000001-C00000003")
    confirm_sheets(run=run, first=1, last=2, by=fujian.clerk, at=AT)
    spoiled = spoil_sheet(sheet=run.sheets.get(ordinal=3), reason="卡纸", by=fujian.clerk, at=AT)
    assert Blank.objects.get(number=3).state == BlankState.SPOILED
    with pytest.raises(RuleViolation) as refused:
        loaded(fujian, "C00000004")
    assert refused.value.findings[0].rule == "print.reprint_approved"
    assert refused.value.findings[0].cites
    assert Blank.objects.get(number=4).state == BlankState.STOCK  # nothing was loaded
    reprint = open_reprint(issue=fujian.batch.issue, sheets=[spoiled.pk], reason="卡纸", by=fujian.clerk, at=AT)
    submit_case(case=reprint.case, by=fujian.clerk, at=AT)
    approve(reprint.case, fujian.leader)
    with pytest.raises(RuleViolation):
        loaded(fujian, "C00000004")
    approve(reprint.case, fujian.staff.city_reviewer)
    again = loaded(fujian, "C00000004")
    assert again.sheets.get().certificate_id == spoiled.certificate_id
    confirm_sheets(run=again, first=1, last=1, by=fujian.clerk, at=AT)
    assert "print" in done_stages(fujian.batch.issue)
    assert Event.objects.filter(tag="reprint:approved").count() == 1


@pytest.mark.requirement("S3-22")
def test_an_approval_serves_one_spoiled_sheet(fujian):
    run = loaded(fujian, "C00000001-C00000003")
    spoiled = spoil_sheet(sheet=run.sheets.get(ordinal=3), reason="卡纸", by=fujian.clerk, at=AT)
    reprint = open_reprint(issue=fujian.batch.issue, sheets=[spoiled.pk], reason="卡纸", by=fujian.clerk, at=AT)
    with pytest.raises(Conflict, match="已有重打申请"):
        open_reprint(issue=fujian.batch.issue, sheets=[spoiled.pk], reason="卡纸", by=fujian.clerk, at=AT)
    submit_case(case=reprint.case, by=fujian.clerk, at=AT)
    approve(reprint.case, fujian.leader, fujian.staff.city_reviewer)
    again = loaded(fujian, "C00000004")
    spoil_sheet(sheet=again.sheets.get(), reason="又卡纸", by=fujian.clerk, at=AT)
    with pytest.raises(RuleViolation):
        loaded(fujian, "C00000005")


def test_what_was_not_printed_goes_back_to_stock(fujian):
    run = loaded(fujian, "C00000001-C00000003")
    confirm_sheets(run=run, first=1, last=1, by=fujian.clerk, at=AT)
    assert give_up_rest(run=run, by=fujian.clerk, at=AT) == 2
    assert Blank.objects.get(number=2).state == BlankState.STOCK
    assert to_print(fujian.batch.issue).count() == 2
    again = loaded(fujian, "C00000002-C00000003")
    assert again.sheet_count == 2


def test_a_serial_of_somebody_else_or_too_many_are_refused(fujian):
    with pytest.raises(StockMismatch):
        loaded(fujian, "C00000099")
    with pytest.raises(BadInput, match="待打印的证书只有 3 本"):
        loaded(fujian, "C00000001-C00000004")
    assert not PrintRun.objects.exists()


@pytest.mark.requirement("S3-04", "S3-22")
def test_the_sheet_of_a_replaced_diploma_is_asked_for_until_it_is_spoiled(fujian):
    confirm_sheets(run=loaded(fujian, "C00000001-C00000003"), first=1, last=3, by=fujian.clerk, at=AT)
    (before,) = books_of([fujian.batch.issue])
    assert (before.good, before.problems) == (3, ())
    certificate = certificates_of(fujian.batch.issue).first()
    void(certificate, appointed(Post.CITY_REVIEWER, fujian.staff.city), "姓名有误")
    Candidate.objects.filter(certificate=certificate).update(certificate=None)  # as its successor leaves it
    (after,) = books_of([fujian.batch.issue])
    assert after.problems == (f"证书 {certificate.number.number} 已作废，其空白证书 C00000001 尚未登记损坏并缴回",)
    spoil_blanks(holder=fujian.school, kind="technical_school", serials=[1], reason="证书作废", by=fujian.clerk, at=AT)
    (last,) = books_of([fujian.batch.issue])
    assert (last.good, last.spoiled, last.problems) == (2, 1, ())


@pytest.mark.requirement("S3-03")
def test_a_certificate_of_completion_stands_on_no_blank_and_nobody_misses_one(fujian):
    confirm_sheets(run=loaded(fujian, "C00000001-C00000003"), first=1, last=3, by=fujian.clerk, at=AT)
    with_completion(fujian.batch, fujian.staff)
    everybody = Certificate.objects.filter(candidate__batch=fujian.batch)
    seal_certificates(certificates=everybody, by=fujian.sealer, at=AT)
    (paper,) = books_of([fujian.batch.issue])
    assert (paper.live, paper.good, paper.problems, paper.is_balanced) == (4, 3, (), True)
    assert blank_mismatches() == []


@pytest.mark.requirement("S3-03")
def test_page_and_audit_both_name_a_sealed_diploma_without_its_blank(fujian):
    confirm_sheets(run=loaded(fujian, "C00000001-C00000002"), first=1, last=2, by=fujian.clerk, at=AT)
    seal_certificates(certificates=Certificate.objects.filter(candidate__batch=fujian.batch), by=fujian.sealer, at=AT)
    (paper,) = books_of([fujian.batch.issue])
    bare = certificates_of(fujian.batch.issue).exclude(blanks__state="used").get().number.number
    assert paper.problems == (f"证书 {bare} 已验印，没有登记所用的空白证书",)
    assert blank_mismatches() == [bare]


def blank_mismatches() -> list[str]:
    """Return what `xueji audit` says of sealed certificates and their blanks."""
    with connection.cursor() as cursor:
        cursor.execute(BLANK_BALANCES["blanks.sealed"][1])
        return [row[0] for row in cursor.fetchall()]


@pytest.mark.requirement("S3-03")
def test_where_blanks_are_counted_no_diploma_is_printed_beside_the_book(fujian):
    with pytest.raises(RuleViolation) as refused:
        request_print(issue=fujian.batch.issue, document=OVERLAY, printer=fujian.calibrated(), by=fujian.clerk, at=AT)
    assert refused.value.findings[0].rule == "print.on_blanks"


def test_only_the_school_prints_and_only_its_own(fujian):
    with pytest.raises(NotPermitted):
        load_print_run(issue=fujian.batch.issue, tray=Tray(OVERLAY, None, "C00000001"), by=fujian.staff.clerk, at=AT)


def test_the_database_knows_one_live_sheet_and_takes_none_back(fujian):
    run = loaded(fujian, "C00000001-C00000003")
    sheet = run.sheets.first()
    with pytest.raises(DatabaseError), transaction.atomic():
        PrintSheet.objects.create(run=run, ordinal=9, certificate=sheet.certificate)
    spoil_sheet(sheet=sheet, reason="污损", by=fujian.clerk, at=AT)
    with pytest.raises(DatabaseError), transaction.atomic():
        PrintSheet.objects.filter(pk=sheet.pk).update(outcome="good")
    with pytest.raises(DatabaseError), transaction.atomic():
        PrintSheet.objects.filter(pk=sheet.pk).delete()


@pytest.mark.requirement("S1-09")
def test_without_a_book_of_blanks_a_run_has_no_serials_and_a_spoiled_sheet_needs_no_case():
    staff = staffed_city()
    batch = approved_batch(staff, count=2)
    printer = PrinterFactory(school=batch.school)
    CalibrationFactory(printer=printer)
    run = load_print_run(issue=batch.issue, tray=Tray(OVERLAY, printer), by=staff.clerk, at=AT)
    run_pending_jobs()
    assert list(run.sheets.values_list("blank", flat=True)) == [None, None]
    confirm_sheets(run=run, first=1, last=2, by=staff.clerk, at=AT)
    assert "print" in done_stages(batch.issue)
    spoil_sheet(sheet=run.sheets.get(ordinal=2), reason="污损", by=staff.clerk, at=AT)
    again = load_print_run(issue=batch.issue, tray=Tray(OVERLAY, printer), by=staff.clerk, at=AT)
    assert again.sheet_count == 1
    assert "print" not in done_stages(batch.issue)
