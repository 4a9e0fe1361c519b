"""Eight people take from the queue at once: each certificate is printed once, and the order of submission holds."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection, transaction
from tests.factories.institutions import appointed
from tests.factories.replacements import AT, press

from xueji.certificates.models import Certificate
from xueji.institutions.models import Post
from xueji.production.models import PrintSheet
from xueji.replacements.actions import print_next
from xueji.replacements.models import Replacement

CONSUMERS, EACH = 8, 5


@pytest.mark.django_db(transaction=True)
@pytest.mark.requirement("S0-20")
def test_eight_consumers_take_forty_without_a_double_in_order() -> None:
    office = press()
    office.stock(1, CONSUMERS * EACH)
    places = [3 * n + 1 for n in range(CONSUMERS * EACH)]  # gaps are allowed
    for place in reversed(places):
        with transaction.atomic():
            office.queued(place)
    printers = [appointed(Post.PRINTER, office.province) for _ in range(CONSUMERS)]
    start = threading.Barrier(CONSUMERS)

    def consume(consumer: int) -> list[int]:
        try:
            start.wait(timeout=60)
            taken = []
            for turn in range(EACH):
                serial = f"豫X{consumer * EACH + turn + 1:07d}"
                (run,) = print_next(authority=office.province, serials=serial, by=printers[consumer], at=AT)
                taken.append(run.issue_id)
            return taken
        finally:
            connection.close()

    with ThreadPoolExecutor(CONSUMERS) as pool:
        taken = list(pool.map(consume, range(CONSUMERS)))
    place_of = dict(Replacement.objects.values_list("issue_id", "place"))
    assert sorted(place_of.values()) == places
    for issues in taken:  # whoever takes one after the other goes up the queue
        assert [place_of[issue] for issue in issues] == sorted(place_of[issue] for issue in issues)
    started = [place_of[issue] for issue in sorted(place_of)]
    passed_over = [sum(earlier > place for earlier in started[:n]) for n, place in enumerate(started)]
    assert max(passed_over) < CONSUMERS  # only by those who were taking at the same moment
    assert PrintSheet.objects.values("certificate").distinct().count() == len(places)
    assert Certificate.objects.values("number__number").distinct().count() == len(places)
