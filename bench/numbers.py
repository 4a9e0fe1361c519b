"""64 clients draw 10,000 numbers from one counter: how fast, and are there doubles or gaps. With the lock off, the race shows."""

from __future__ import annotations

import multiprocessing
import random
import threading
import time

from bench._scratch import load_django, scratch_database

PROCESSES, CLIENTS_EACH, NUMBERS = 8, 8, 10_000
_PATIENCE = 120.0  # seconds: a client that fails must not leave the others waiting
PACK, YEAR = "edu/shaanxi-weinan", 2019


def run() -> dict[str, float | int]:
    """Return numbers_per_second, duplicates, gaps, the ratio to one bare INSERT of as many rows, and the control's conflicts."""
    with scratch_database() as url:
        school_id, user_id = _place()
        bare = _bare_insert_seconds()
        _measure(
            url, school_id, user_id, locked=True, numbers=PROCESSES * CLIENTS_EACH
        )  # warm-up: imports, connections
        seconds, refused = _measure(url, school_id, user_id, locked=True, numbers=NUMBERS)
        duplicates, gaps, total = _count()
        _, lost = _measure(url, school_id, user_id, locked=False, numbers=NUMBERS // 10)
        return {
            "clients": PROCESSES * CLIENTS_EACH,
            "numbers": total,
            "numbers_per_second": round(NUMBERS / seconds),
            "ratio_to_bare_insert": round(seconds / bare, 1),
            "duplicates": duplicates,
            "gaps": gaps,
            "refused": refused,
            "control_without_lock_conflicts": lost,
        }


def _place() -> tuple[int, int]:
    from xueji.accounts.models import User
    from xueji.institutions.models import Authority, School

    city = Authority.objects.create(name="市", short_name="市", level="city", division_code="610500", path="/1/")
    school = School.objects.create(name="校", code="3661000001", authority=city)
    return school.pk, User.objects.create(username="bench", full_name="测速").pk


def _bare_insert_seconds() -> float:
    """The limit: the same rows by one INSERT … SELECT into a table with the same unique index."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(
            "create table bare (id bigserial primary key, block bigint, serial bigint, number text unique, state text)"
        )
        start = time.perf_counter()
        cursor.execute(
            "insert into bare (block, serial, number, state) select 1, s, '201906' || lpad(s::text, 5, '0'), 'free'"
            " from generate_series(1, %s) s", [NUMBERS]
        )  # fmt: skip
        return time.perf_counter() - start


def _measure(url: str, school_id: int, user_id: int, *, locked: bool, numbers: int) -> tuple[float, int]:
    """Let every client draw its share; return wall seconds and how many draws were refused by the database."""
    context = multiprocessing.get_context("spawn")
    ready, go = context.Semaphore(0), context.Event()
    refused = context.Value("i", 0)
    share = numbers // (PROCESSES * CLIENTS_EACH)
    extra = numbers - share * PROCESSES * CLIENTS_EACH
    children = [
        context.Process(
            target=_clients,
            args=(url, school_id, user_id, locked, share + (extra if n == 0 else 0), share, n, ready, go, refused),
        )
        for n in range(PROCESSES)
    ]
    for child in children:
        child.start()
    for _ in children:
        if not ready.acquire(timeout=_PATIENCE):
            raise RuntimeError("a client process did not get ready")
    start = time.perf_counter()
    go.set()
    for child in children:
        child.join()
        if child.exitcode:
            raise RuntimeError(f"client process ended with {child.exitcode}")
    return time.perf_counter() - start, refused.value


def _clients(url, school_id, user_id, locked, first_share, share, seed, ready, go, refused) -> None:
    """One process: CLIENTS_EACH threads, each with its own connection."""
    load_django(url)
    barrier = threading.Barrier(CLIENTS_EACH + 1, timeout=_PATIENCE)
    threads = [
        threading.Thread(
            target=_client,
            args=(school_id, user_id, locked, first_share if n == 0 else share, seed * 100 + n, barrier, go, refused),
        )
        for n in range(CLIENTS_EACH)
    ]
    for thread in threads:
        thread.start()
    barrier.wait()
    ready.release()
    for thread in threads:
        thread.join()


def _client(school_id, user_id, locked, share, seed, barrier, go, refused) -> None:
    """Draw `share` numbers in blocks of one to twenty-five."""
    from django.db import IntegrityError, connection
    from django.utils import timezone

    from xueji.accounts.models import User
    from xueji.certificates.actions import numbers
    from xueji.institutions.models import School
    from xueji.policy import get_library

    school, user = School.objects.get(pk=school_id), User.objects.get(pk=user_id)
    view = get_library().pack(PACK).on(timezone.localdate().replace(year=YEAR, month=7, day=8))
    if not locked:
        numbers._take_serials = _draw_without_lock  # the control: what the lock is for
    dice = random.Random(seed)
    barrier.wait()
    go.wait(_PATIENCE)
    while share:
        count = min(share, dice.randint(1, 25))
        try:
            numbers.release_numbers(
                view=view,
                kind="graduation",
                parts={"year": YEAR},
                count=count,
                school=school,
                purpose="测速",
                by=user,
                at=timezone.now(),
            )
        except IntegrityError:
            with refused.get_lock():
                refused.value += 1
        share -= count
    connection.close()


def _draw_without_lock(counter, spec, count: int) -> int:
    """Read, think, write: what a program without the locked counter does."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("select last_serial from certificates_numbercounter where id = %s", [counter.pk])
        last = cursor.fetchone()[0] + count
        cursor.execute("update certificates_numbercounter set last_serial = %s where id = %s", [last, counter.pk])
    return last


def _count() -> tuple[int, int, int]:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(
            "select count(*) - count(distinct number), max(serial) - count(distinct serial), count(*) from certificates_certificatenumber"
        )
        return cursor.fetchone()
