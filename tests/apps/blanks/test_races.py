"""Sixty-four clients draw from one stock at once: nobody has a sheet twice, none is lost, what is refused is untouched."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import close_old_connections, connection, transaction
from tests.factories.blanks import AT, KIND, Province, province

from xueji.blanks.actions import dispense_blanks, load_blanks
from xueji.blanks.models import Blank, BlankMovement, BlankRequest
from xueji.blanks.queries import suggested_range
from xueji.blanks.queries.balance import balance_of
from xueji.core.errors import StockMismatch
from xueji.core.serials import SerialRange

CLIENTS, EACH = 64, 5


@pytest.fixture
def crowd(transactional_db: None, packs: None, graduates: dict[str, int]) -> tuple[Province, list[BlankRequest]]:
    """A stock of exactly what sixty-four granted requests want."""
    graduates["count"] = 100_000
    world = province()
    world.received(1, CLIENTS * EACH)
    return world, [world.granted(EACH) for _ in range(CLIENTS)]


def _together(work: object, count: int) -> list[object]:
    barrier = threading.Barrier(8)

    def run(place: int) -> object:
        if place < 8:
            barrier.wait(timeout=60)
        try:
            return work(place)  # type: ignore[operator]  # the test's own function
        finally:
            connection.close()

    with ThreadPoolExecutor(max_workers=count) as pool:
        return list(pool.map(run, range(count)))


@pytest.mark.requirement("S3-03")
def test_sixty_four_clients_draw_what_is_suggested_and_no_sheet_twice(
    crowd: tuple[Province, list[BlankRequest]],
) -> None:
    world, requests = crowd

    def serve(place: int) -> int:
        close_old_connections()
        refused = 0
        while True:
            ranges = suggested_range(world.province, KIND, EACH)
            try:
                dispense_blanks(request=requests[place], serials=ranges, by=world.issuer, at=AT)
            except StockMismatch:
                refused += 1
            else:
                return refused

    refused = _together(serve, CLIENTS)
    assert len(refused) == CLIENTS
    _all_accounted_for(world)
    assert {request.blanks.count() for request in requests} == {EACH}
    assert Blank.objects.filter(state="drawn").count() == CLIENTS * EACH


@pytest.mark.requirement("S3-03")
def test_clients_that_want_the_same_sheets_get_them_once(crowd: tuple[Province, list[BlankRequest]]) -> None:
    """Overlapping ranges in both directions: waits, refusals, no deadlock, each sheet once."""
    world, requests = crowd

    def serve(place: int) -> bool:
        close_old_connections()
        first = (place * 3) % 40 + 1
        wanted = [SerialRange(first, first + EACH - 1)]
        try:
            dispense_blanks(request=requests[place], serials=wanted, by=world.issuer, at=AT)
        except StockMismatch:
            return False
        return True

    won = _together(serve, CLIENTS)
    assert Blank.objects.filter(state="drawn").count() == EACH * won.count(True)
    assert BlankMovement.objects.filter(act="draw").count() == won.count(True)
    _all_accounted_for(world)


def test_negative_control_without_the_lock_the_database_still_refuses(
    crowd: tuple[Province, list[BlankRequest]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The look under the lock is switched off: both clients believe the sheet is theirs; the trigger lets one through."""
    world, requests = crowd
    monkeypatch.setattr("xueji.blanks.actions.moving._refuse_misfits", lambda _act, _sheets: None)
    dispense_blanks(request=requests[0], serials=[1], by=world.issuer, at=AT)
    with pytest.raises(Exception, match="blank_moves_along_edges"), transaction.atomic():
        dispense_blanks(request=requests[1], serials=[1], by=world.issuer, at=AT)
    with pytest.raises(Exception, match="blank_moves_along_edges"), transaction.atomic():
        load_blanks(holder=world.college, kind=KIND, serials=[1], by=world.clerk, at=AT)
    assert Blank.objects.get(number=1).request == requests[0]


def _all_accounted_for(world: Province) -> None:
    rows = balance_of(authority=world.province)
    assert all(row.is_balanced for row in rows)
    assert sum(row.accounted_for for row in rows) == CLIENTS * EACH == Blank.objects.count()
    last = dict.fromkeys(Blank.objects.values_list("last_movement_id", flat=True))
    assert all(BlankMovement.objects.filter(pk=pk).exists() for pk in last)
