"""Two clerks want the last place of the same half-day; strangers guess at one record together."""

from __future__ import annotations

import threading
from datetime import UTC, date, datetime

import pytest
from django.db import connection
from tests.factories.institutions import SchoolFactory, appointed, staffed_city
from tests.factories.jurisdictions import FUJIAN, jurisdiction
from tests.factories.production import approved_batch, round_of

from xueji.blanks.models import Blank, BlankState
from xueji.certificates.models import Certificate, Issue
from xueji.core.errors import Conflict
from xueji.institutions.models import Post
from xueji.jobs.testing import run_pending_jobs
from xueji.lookup import limits
from xueji.lookup.actions import check_certificate
from xueji.production.actions import Tray, book_appointment, confirm_sheets, hand_out, load_print_run, spoil_sheet
from xueji.production.form_data import certificates_of
from xueji.production.models import HandOut, PrintSheet, SealingAppointment
from xueji.sealing.rows import store_signed

pytestmark = pytest.mark.django_db(transaction=True)
BEFORE = datetime(2019, 7, 5, 2, tzinfo=UTC)


def together(acts) -> list[object]:
    """Run the acts at the same moment, each on a connection of its own; return what each gave or raised."""
    start = threading.Barrier(len(acts))
    results: list[object] = [None] * len(acts)

    def run(index, act) -> None:
        try:
            start.wait(10)
            results[index] = act()
        except Conflict as error:
            results[index] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return results


def test_the_last_place_goes_to_one_school():
    staff = staffed_city()
    schools = [SchoolFactory(authority=staff.county) for _ in range(6)]
    clerks = [appointed(Post.SCHOOL_CLERK, school) for school in schools]
    batches = [approved_batch(staff, count=1, first_serial=n * 5 + 1, school=s) for n, s in enumerate(schools)]
    sealing_round = round_of(batches[0], places=2)

    def booking(batch, clerk):
        return lambda: book_appointment(
            issue=batch.issue, round=sealing_round, day=date(2019, 7, 8), half="am", by=clerk, at=BEFORE
        )

    results = together([booking(*pair) for pair in zip(batches, clerks, strict=True)])
    assert sum(isinstance(r, SealingAppointment) for r in results) == 2
    assert sum(isinstance(r, Conflict) for r in results) == 4
    assert sorted(SealingAppointment.objects.values_list("place_in_half", flat=True)) == [1, 2]


def test_guesses_that_arrive_together_from_one_network_get_no_more_answers():
    certificate = certificates_of(approved_batch(staffed_city(), count=1).issue).first()
    number = certificate.number.number

    def guess(n):
        return lambda: check_certificate(number=number, name=f"猜{n}", address="198.51.100.9", at=BEFORE)

    answers = together([guess(n) for n in range(12)])
    assert sum(not answer.limited for answer in answers) == limits.WRONG_PER_NETWORK
    assert not any(answer.found for answer in answers)


def test_the_holder_is_answered_in_the_midst_of_strangers_who_guess():
    certificate = certificates_of(approved_batch(staffed_city(), count=1).issue).first()
    number = certificate.number.number

    def guess(n):
        return lambda: check_certificate(number=number, name=f"猜{n}", address=f"198.51.100.{n % 3}", at=BEFORE)

    def holder():
        return check_certificate(number=number, name=certificate.holder_name, address="203.0.113.4", at=BEFORE)

    answers = together([*[guess(n) for n in range(9)], holder, *[guess(n) for n in range(9)]])
    assert [index for index, answer in enumerate(answers) if answer.found] == [9]


@pytest.mark.requirement("S3-03")
def test_two_clerks_load_the_same_certificates_and_one_of_them_gets_them():
    place = jurisdiction(FUJIAN)
    place.stock(1, 6)
    printer = place.calibrated()
    trays = [Tray("diploma_overlay.overlay", printer, text) for text in ("C00000001-C00000003", "C00000004-C00000006")]

    def loading(tray):
        return lambda: load_print_run(issue=place.batch.issue, tray=tray, by=place.clerk, at=BEFORE)

    results = together([loading(tray) for tray in trays])
    assert sorted(isinstance(result, Conflict) for result in results) == [False, True], results
    assert PrintSheet.objects.count() == 3
    assert Blank.objects.filter(state=BlankState.LOADED).count() == 3  # the other three went nowhere


@pytest.mark.requirement("S3-03")
def test_two_confirmations_at_once_count_each_sheet_once():
    place = jurisdiction(FUJIAN)
    place.stock(1, 3)
    tray = Tray("diploma_overlay.overlay", place.calibrated(), "C00000001-C00000003")
    run = load_print_run(issue=place.batch.issue, tray=tray, by=place.clerk, at=BEFORE)
    run_pending_jobs()

    def confirming():
        return confirm_sheets(run=run, first=1, last=3, by=place.clerk, at=BEFORE)

    def spoiling():
        return spoil_sheet(sheet=run.sheets.get(ordinal=1), reason="卡纸", by=place.clerk, at=BEFORE)

    results = together([confirming, confirming, spoiling])
    confirmed = [result for result in results[:2] if isinstance(result, int)]
    assert len(confirmed) == 1, results
    outcomes = sorted(PrintSheet.objects.values_list("outcome", flat=True))
    states = sorted(Blank.objects.values_list("state", flat=True))
    assert outcomes == ["good", "good", "spoiled"]
    assert states == ["spoiled", "used", "used"]


@pytest.mark.requirement("S2-35")
def test_a_diploma_is_handed_out_once_however_many_desks_there_are():
    staff = staffed_city()
    batch = approved_batch(staff, count=2)
    store_signed(Certificate.objects.filter(candidate__batch=batch), state="sealed", sealed_at=BEFORE)
    Issue.objects.filter(batch=batch).update(sealed_at=BEFORE)
    chosen = [certificate.pk for certificate in certificates_of(batch.issue)]

    def handing():
        return hand_out(issue=batch.issue, certificates=chosen, by=staff.clerk, at=BEFORE)

    reports = together([handing] * 4)
    assert sorted(len(report.handed) for report in reports) == [0, 0, 0, 2]
    assert HandOut.objects.count() == 2
