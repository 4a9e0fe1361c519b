"""All parts of a run in one file, one sheet alone, a lost page of a list; when the files tick the step of printing."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from tests.apps.production.test_printing import printed
from tests.apps.production.test_runs import loaded
from tests.documents.documents_data import page_texts
from tests.factories.certificates import void
from tests.factories.institutions import staffed_city
from tests.factories.jurisdictions import FUJIAN, Jurisdiction, jurisdiction
from tests.factories.production import CalibrationFactory, PrinterFactory, approved_batch

from xueji.certificates.stages import done_stages
from xueji.core.errors import BadInput, Conflict, NotPermitted, RuleViolation
from xueji.jobs.testing import run_pending_jobs
from xueji.ledger.models import Event
from xueji.production import tasks
from xueji.production.actions import (
    Tray,
    confirm_sheets,
    load_print_run,
    record_download,
    spoil_sheet,
    take_list_page,
    take_pages,
)
from xueji.production.form_data import certificates_of
from xueji.production.models import HandOut, PrintRun
from xueji.production.stages import is_printed

pytestmark = pytest.mark.django_db
AT = datetime(2019, 7, 6, 1, tzinfo=UTC)


@pytest.fixture
def fujian() -> Jurisdiction:
    place = jurisdiction(FUJIAN)
    place.stock(1, 6)
    return place


def numbers_of(issue) -> list[str]:
    return list(certificates_of(issue).values_list("number__number", flat=True))


@pytest.fixture
def weinan():
    """A school that prints without a book of blanks: its batch, its clerk, its printer."""
    staff = staffed_city()
    batch = approved_batch(staff)
    return batch, staff.clerk, CalibrationFactory(printer=PrinterFactory(school=batch.school)).printer


def run_of(weinan) -> PrintRun:
    batch, clerk, printer = weinan
    run = load_print_run(
        issue=batch.issue, tray=Tray("diploma_overlay.overlay", printer, "", "first_on_top"), by=clerk, at=AT
    )
    run_pending_jobs()
    run.refresh_from_db()
    return run


@pytest.mark.parametrize("order", PrintRun.TrayOrder.values)
def test_all_parts_are_one_file_in_the_order_of_the_tray(monkeypatch, fujian, order):
    monkeypatch.setattr(tasks, "SHEETS_A_FILE", 2)
    run = loaded(fujian, "C00000001-C00000003", order)
    assert run.files.count() == 2
    texts = page_texts(take_pages(run=run, by=fujian.clerk, at=AT))
    numbers = numbers_of(fujian.batch.issue)
    expected = numbers if order == PrintRun.TrayOrder.FIRST_ON_TOP else numbers[::-1]
    assert len(texts) == 3
    assert all(number in text for number, text in zip(expected, texts, strict=True))
    assert Event.objects.filter(tag="print:downloaded").latest("pk").after["persons"] == 3


@pytest.mark.parametrize("order", PrintRun.TrayOrder.values)
def test_one_pending_sheet_is_printed_alone_for_its_own_blank(monkeypatch, fujian, order):
    monkeypatch.setattr(tasks, "SHEETS_A_FILE", 2)
    run = loaded(fujian, "C00000001-C00000003", order)
    sheet = run.sheets.get(ordinal=2)
    (text,) = page_texts(take_pages(run=run, sheet=sheet, by=fujian.clerk, at=AT))
    assert sheet.certificate.number.number in text
    assert sheet.certificate.holder_name in text
    sheet.refresh_from_db()
    assert (sheet.outcome, sheet.blank.state) == ("pending", "loaded")


@pytest.mark.requirement("S3-22")
def test_a_good_sheet_on_counted_blanks_is_not_printed_again_without_being_spoiled(fujian):
    run = loaded(fujian, "C00000001-C00000003")
    confirm_sheets(run=run, first=1, last=3, by=fujian.clerk, at=AT)
    with pytest.raises(RuleViolation, match="已登记完好") as refused:
        take_pages(run=run, sheet=run.sheets.get(ordinal=1), by=fujian.clerk, at=AT)
    assert "重打" in refused.value.findings[0].remedy
    assert refused.value.findings[0].cites


@pytest.mark.requirement("S1-09")
def test_a_good_sheet_without_a_book_of_blanks_is_printed_alone_and_stays_good(weinan):
    run = run_of(weinan)
    confirm_sheets(run=run, first=1, last=3, by=weinan[1], at=AT)
    sheet = run.sheets.get(ordinal=2)
    (text,) = page_texts(take_pages(run=run, sheet=sheet, by=weinan[1], at=AT))
    assert sheet.certificate.number.number in text
    sheet.refresh_from_db()
    assert sheet.outcome == "good"
    assert Event.objects.filter(tag="print:downloaded").latest("pk").after["numbers"] == [
        sheet.certificate.number.number
    ]
    spoil_sheet(sheet=sheet, reason="卡纸", by=weinan[1], at=AT)
    sheet.refresh_from_db()
    with pytest.raises(Conflict, match="作废"):
        take_pages(run=run, sheet=sheet, by=weinan[1], at=AT)


@pytest.mark.requirement("S3-22")
@pytest.mark.parametrize("order", PrintRun.TrayOrder.values)
def test_where_blanks_are_counted_a_file_holds_what_waits_once_a_sheet_is_decided(monkeypatch, fujian, order):
    monkeypatch.setattr(tasks, "SHEETS_A_FILE", 2)
    run = loaded(fujian, "C00000001-C00000003", order)
    by = {"by": fujian.clerk, "at": AT}
    parts = list(run.files.all())
    for _ in range(2):  # the printer swallowed all of it: as often as it is asked for
        assert len(page_texts(take_pages(run=run, **by))) == 3
        assert [len(page_texts(take_pages(run=run, part=part, **by))) for part in parts] == [2, 1]
    confirm_sheets(run=run, first=1, last=1, **by)
    spoil_sheet(sheet=run.sheets.get(ordinal=3), reason="卡纸", **by)
    waits = run.sheets.get(ordinal=2).certificate.number.number
    (text,) = page_texts(take_pages(run=run, **by))
    assert waits in text
    (waiting,) = [part for part in parts if 2 in (part.first_sheet, part.last_sheet)]
    (text,) = page_texts(take_pages(run=run, part=waiting, **by))
    assert waits in text
    (done,) = [part for part in parts if part.pk != waiting.pk]
    with pytest.raises(Conflict, match="都已登记"):
        take_pages(run=run, part=done, **by)
    confirm_sheets(run=run, first=2, last=2, **by)
    with pytest.raises(Conflict, match="都已登记"):
        take_pages(run=run, **by)


@pytest.mark.requirement("S1-09")
def test_no_page_of_a_diploma_that_is_void_or_was_handed_out(weinan):
    run, by = run_of(weinan), {"by": weinan[1], "at": AT}
    confirm_sheets(run=run, first=1, last=3, **by)
    assert len(page_texts(take_pages(run=run, **by))) == 3
    first, second, third = run.sheets.select_related("certificate__number")
    void(first.certificate, weinan[1])
    HandOut.objects.create(
        certificate=second.certificate,
        received_by_name="李明",
        handed_on=AT.date(),
        handed_by=weinan[1],
        recorded_at=AT,
    )
    (text,) = page_texts(take_pages(run=run, **by))
    assert third.certificate.number.number in text
    for sheet, word in ((first, "已作废"), (second, "已发放")):
        sheet.certificate.refresh_from_db()
        with pytest.raises(Conflict, match=word):
            take_pages(run=run, sheet=sheet, **by)
    assert page_texts(take_pages(run=run, sheet=third, **by))


@pytest.mark.requirement("S1-09")
def test_a_file_of_all_is_made_again_once_a_diploma_on_it_is_void(weinan):
    batch, clerk, printer = weinan
    run, _ = printed(batch, "diploma_overlay.overlay", clerk, printer)
    assert record_download(run=run, by=clerk, at=AT).pk == run.file_id
    gone = certificates_of(batch.issue)[0]
    void(gone, clerk)
    gone.refresh_from_db()
    PrintRun.objects.filter(pk=run.pk).update(requested_at=gone.voided_at)
    run.refresh_from_db()
    with pytest.raises(Conflict, match="重新生成"):
        record_download(run=run, by=clerk, at=AT)
    again, data = printed(batch, "diploma_overlay.overlay", clerk, printer, at=gone.voided_at + timedelta(days=1))
    assert record_download(run=again, by=clerk, at=AT)
    assert len(page_texts(data)) == 2


def test_pages_are_for_who_prints(fujian):
    run = loaded(fujian, "C00000001-C00000003")
    with pytest.raises(NotPermitted):
        take_pages(run=run, by=staffed_city("610300", "610302").clerk, at=AT)


@pytest.mark.requirement("S1-15")
def test_a_lost_page_of_the_roster_is_that_page_of_the_very_file():
    staff = staffed_city()
    batch = approved_batch(staff, count=40)
    run, data = printed(batch, "roster", staff.clerk)
    pages = page_texts(data)
    assert len(pages) == run.sheet_count > 1
    (again,) = page_texts(take_list_page(run=run, page=2, by=staff.clerk, at=AT))
    assert again == pages[1]
    assert Event.objects.filter(tag="print:downloaded").latest("pk").after["page"] == 2
    for page in (0, len(pages) + 1):
        with pytest.raises(BadInput, match=f"共 {len(pages)} 页"):
            take_list_page(run=run, page=page, by=staff.clerk, at=AT)


def test_a_certificate_is_no_page_of_a_list(weinan):
    with pytest.raises(BadInput, match="只有表册"):
        take_list_page(run=run_of(weinan), page=1, by=weinan[1], at=AT)


def test_both_ways_of_printing_tick_the_step(weinan):
    batch, clerk, printer = weinan
    assert not is_printed(batch.issue)
    printed(batch, "diploma.sample", clerk)
    assert not is_printed(batch.issue), "a sample is no diploma"
    printed(batch, "diploma_overlay.overlay", clerk, printer)
    assert is_printed(batch.issue)
    assert "print" in done_stages(batch.issue)


def test_a_sheet_spoiled_after_the_file_of_all_undoes_the_step_until_it_is_printed_well(weinan):
    batch, clerk, printer = weinan
    printed(batch, "diploma_overlay.overlay", clerk, printer)
    run = run_of(weinan)
    assert is_printed(batch.issue)
    spoil_sheet(sheet=run.sheets.get(ordinal=2), reason="卡纸", by=clerk, at=AT + timedelta(hours=1))
    assert not is_printed(batch.issue)
    printed(batch, "diploma_overlay.overlay", clerk, printer, at=AT + timedelta(hours=2))
    assert is_printed(batch.issue)


def test_a_file_made_before_a_certificate_was_issued_does_not_hold_it(weinan):
    batch, clerk, printer = weinan
    run, _ = printed(batch, "diploma_overlay.overlay", clerk, printer)
    newest = certificates_of(batch.issue).order_by("-issued_at").first()
    PrintRun.objects.filter(pk=run.pk).update(requested_at=newest.issued_at - timedelta(seconds=1))
    assert not is_printed(batch.issue)
