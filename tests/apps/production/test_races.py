"""Two clerks want the last place of the same half-day; strangers guess at one record together."""

from __future__ import annotations

import threading
from datetime import UTC, date, datetime

import pytest
from django.db import connection
from tests.factories.institutions import SchoolFactory, appointed, staffed_city
from tests.factories.production import approved_batch, round_of

from xueji.core.errors import Conflict
from xueji.institutions.models import Post
from xueji.lookup import limits
from xueji.lookup.actions import check_certificate
from xueji.production.actions import book_appointment
from xueji.production.forms import certificates_of
from xueji.production.models import SealingAppointment

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
    around = round_of(batches[0], places=2)

    def booking(batch, clerk):
        return lambda: book_appointment(batch=batch, round=around, day=date(2019, 7, 8), half="am", by=clerk, at=BEFORE)

    results = together([booking(*pair) for pair in zip(batches, clerks, strict=True)])
    assert sum(isinstance(r, SealingAppointment) for r in results) == 2
    assert sum(isinstance(r, Conflict) for r in results) == 4
    assert sorted(SealingAppointment.objects.values_list("place_in_half", flat=True)) == [1, 2]


def test_guesses_that_arrive_together_get_no_more_answers():
    certificate = certificates_of(approved_batch(staffed_city(), count=1)).first()
    number = certificate.number.number

    def guess(n):
        return lambda: check_certificate(number=number, name=f"猜{n}", address=f"198.51.100.{n}", at=BEFORE)

    answers = together([guess(n) for n in range(12)])
    assert sum(not answer.limited for answer in answers) == limits.FAILED_PER_TARGET
    assert not any(answer.found for answer in answers)
