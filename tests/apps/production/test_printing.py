"""Printing: refused before approval, calibrated overlays, the pack's forms, the same bytes twice."""

from __future__ import annotations

import io
from datetime import UTC, datetime

import pikepdf
import pytest
from python_calamine import CalamineWorkbook
from tests.factories.institutions import staffed_city
from tests.factories.production import CalibrationFactory, PrinterFactory, approved_batch

from xueji.cases.models import CaseState
from xueji.certificates.queries import holder_id_of
from xueji.core.errors import BadInput, Conflict, NotPermitted, RuleViolation
from xueji.documents.storage import open_stored
from xueji.jobs.models import Job, JobState
from xueji.jobs.testing import run_pending_jobs
from xueji.ledger.models import Event
from xueji.production.actions import add_printer, calibrate_printer, record_download, request_print
from xueji.production.form_data import certificates_of
from xueji.production.models import PrintRun
from xueji.production.sheets import calibration_sheet

pytestmark = pytest.mark.django_db
AT = datetime(2019, 7, 6, 1, tzinfo=UTC)


def printed(batch, document, by, printer=None, at=AT) -> tuple[PrintRun, bytes]:
    run = request_print(issue=batch.issue, document=document, printer=printer, by=by, at=at)
    run_pending_jobs()
    run.refresh_from_db()
    assert run.job.state == JobState.QUEUED or Job.objects.get(pk=run.job_id).state == JobState.DONE, Job.objects.get(
        pk=run.job_id
    ).error
    with open_stored(run.file_id) as file:
        return run, file.read()


@pytest.mark.requirement("S1-09")
def test_diplomas_are_printed_in_number_order_and_twice_the_same():
    staff = staffed_city()
    batch = approved_batch(staff, count=3)
    first, data = printed(batch, "diploma.sample", staff.clerk)
    second, again = printed(batch, "diploma.sample", staff.clerk)
    assert data == again
    assert first.file_id == second.file_id
    numbers = list(certificates_of(batch.issue).values_list("number__number", flat=True))
    assert (first.first_number, first.last_number) == (numbers[0], numbers[-1])
    assert first.sheet_count == 3
    with pikepdf.open(io.BytesIO(data)) as pdf:
        assert len(pdf.pages) == 3


@pytest.mark.requirement("S1-09")
def test_an_overlay_on_an_uncalibrated_printer_is_refused_with_its_clause():
    staff = staffed_city()
    batch = approved_batch(staff)
    printer = PrinterFactory(school=batch.school)
    with pytest.raises(RuleViolation) as refused:
        request_print(issue=batch.issue, document="diploma_overlay.overlay", printer=printer, by=staff.clerk, at=AT)
    assert refused.value.findings[0].rule == "print.printer_calibrated"
    assert any(cite.clause == "二（三）2" for cite in refused.value.findings[0].cites)
    assert not PrintRun.objects.exists()


def test_calibration_moves_the_overlay():
    staff = staffed_city()
    batch = approved_batch(staff, count=1)
    printer = PrinterFactory(school=batch.school)
    CalibrationFactory(printer=printer)
    _, moved = printed(batch, "diploma_overlay.overlay", staff.clerk, printer)
    CalibrationFactory(printer=printer, dx_mm=0, dy_mm=0)
    run, straight = printed(batch, "diploma_overlay.overlay", staff.clerk, printer)
    assert moved != straight
    assert run.calibration == printer.calibrations.first()


@pytest.mark.requirement("S1-08")
def test_nothing_is_printed_before_approval():
    staff = staffed_city()
    batch = approved_batch(staff)
    batch.case.state, batch.case.closed_at = CaseState.IN_PROGRESS, None
    batch.case.save()
    with pytest.raises(RuleViolation) as refused:
        request_print(issue=batch.issue, document="register", by=staff.clerk, at=AT)
    assert refused.value.findings[0].rule == "print.batch_approved"
    assert refused.value.findings[0].cites


@pytest.mark.requirement("S1-11")
@pytest.mark.requirement("S1-18")
@pytest.mark.requirement("S1-19")
@pytest.mark.parametrize("is_late", [pytest.param(False, id="附件1和2"), pytest.param(True, id="附件3和4")])
def test_register_and_roster_are_the_forms_of_the_pack(is_late):
    staff = staffed_city()
    batch = approved_batch(staff, count=2, is_late=is_late)
    for document in ("register", "roster"):
        run, data = printed(batch, document, staff.clerk)
        assert data.startswith(b"%PDF")
        assert run.sheet_count == 3  # S1-15: three copies of one page
        with pikepdf.open(io.BytesIO(data)) as pdf, pdf.open_metadata() as meta:
            assert ("补验印" in str(meta.get("dc:title", ""))) is is_late


@pytest.mark.requirement("S1-19")
def test_roster_workbook_keeps_identity_numbers_as_text():
    staff = staffed_city()
    batch = approved_batch(staff, count=2)
    run, data = printed(batch, "roster.xlsx", staff.clerk)
    _, again = printed(batch, "roster.xlsx", staff.clerk)
    assert data == again
    rows = CalamineWorkbook.from_filelike(io.BytesIO(data)).get_sheet_by_index(0).to_python()
    assert rows[2][:4] == ["序号", "身份证号", "毕业证书编号", "姓名"]
    first = certificates_of(batch.issue).first()
    assert rows[3][1] == holder_id_of(first)
    assert rows[3][2] == first.number.number
    assert all(isinstance(cell, str) for row in rows[3:] for cell in row)
    assert run.sheet_count == 1


def test_rare_characters_and_shrunk_names_are_reported_by_number():
    staff = staffed_city()
    batch = approved_batch(staff, count=2)
    candidate = batch.candidates.get(ordinal=2)
    run, _ = printed(batch, "diploma.sample", staff.clerk)
    assert all(set(note) == {"kind", "number", "name", "field", "message"} for note in run.notes)
    assert {note["number"] for note in run.notes} <= {c.number.number for c in certificates_of(batch.issue)}
    assert candidate.certificate_id


def test_a_job_started_again_changes_nothing():
    staff = staffed_city()
    batch = approved_batch(staff, count=1)
    run, _ = printed(batch, "register", staff.clerk)
    Job.objects.filter(pk=run.job_id).update(state=JobState.QUEUED, finished_at=None)
    run_pending_jobs()
    again = PrintRun.objects.get(pk=run.pk)
    assert again.file_id == run.file_id
    assert Event.objects.filter(tag="print:rendered", subject_id=str(run.pk)).count() == 1


def test_two_measured_corners_give_the_calibration():
    staff = staffed_city()
    printer = add_printer(place=staff.county_school, name="教务处 HP", by=staff.clerk, at=AT)
    calibration = calibrate_printer(printer=printer, measured=[(21, 19.5), (281, 179.5)], by=staff.clerk, at=AT)
    assert (float(calibration.dx_mm), float(calibration.dy_mm)) == (-1.0, 0.5)
    assert Event.objects.filter(tag="printer:calibrated").count() == 1
    assert calibration_sheet(printer, at=AT, corrected=True).startswith(b"%PDF")


def test_a_measurement_no_printer_makes_is_refused():
    staff = staffed_city()
    printer = add_printer(place=staff.county_school, name="一号", by=staff.clerk, at=AT)
    with pytest.raises(BadInput, match="实际大小"):
        calibrate_printer(printer=printer, measured=[(20, 20), (240, 150)], by=staff.clerk, at=AT)
    with pytest.raises(Conflict, match="一号"):
        add_printer(place=staff.county_school, name="一号", by=staff.clerk, at=AT)


def test_a_download_is_on_record():
    staff = staffed_city()
    batch = approved_batch(staff, count=1)
    run, _ = printed(batch, "register", staff.clerk)
    assert record_download(run=run, by=staff.clerk, at=AT).pk == run.file_id
    assert Event.objects.get(tag="print:downloaded").actor_id == staff.clerk.pk


def test_other_schools_cannot_print_or_fetch():
    staff = staffed_city()
    batch = approved_batch(staff, count=1)
    with pytest.raises(NotPermitted):
        request_print(issue=batch.issue, document="roster", by=staff.city_clerk, at=AT)
    run, _ = printed(batch, "register", staff.clerk)
    with pytest.raises(NotPermitted):
        record_download(run=run, by=staff.city_clerk, at=AT)
