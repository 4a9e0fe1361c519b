"""Pages of the register over a whole province, asked of the real server by signed-in people of schools and offices.

The province is that of `xueji demo --size province`, loaded here unless the home given has it. Each kind of page is asked so many
times, by another person each time; the time is the server's (`bench/load.py`). A page's processor time stands beside that of an
almost empty signed-in page of the same run: on a busy machine that ratio is the figure to trust.
"""

from __future__ import annotations

import argparse
import os
import random
import shutil
import subprocess
import sys
import threading
import time
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

from bench._meter import read_meter
from bench.load import (
    ROOT,
    Answer,
    Connection,
    Request,
    answer_to,
    await_server,
    percentiles,
    sessions_of,
    slow_statements,
)

STUDENTS, TIMES, CLIENTS, SLOW_MS = 700_000, 200, 2, 25
EMPTY = "almost empty page"
PURPOSE = "students_purpose"  # in the session of the pages: what the files of minors are opened for today


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add what this bench asks for."""
    parser.add_argument("--students", type=int, default=STUDENTS, help=f"在籍学生数（默认 {STUDENTS}）")
    parser.add_argument("--times", type=int, default=TIMES, help=f"每种页面请求次数（默认 {TIMES}）")
    parser.add_argument("--clients", type=int, default=CLIENTS, help=f"同时请求的人数（默认 {CLIENTS}）")
    parser.add_argument(
        "--work", type=Path, help="工作目录（默认 .local/bench-register）；可以是已载入全省数据的 XUEJI_HOME"
    )
    parser.add_argument("--keep", action="store_true", help="保留工作目录")


def run(given: argparse.Namespace) -> dict[str, object]:
    """Load (unless loaded), serve, ask; return percentiles of each page and what it costs beside an empty one."""
    work = (given.work or ROOT / ".local" / "bench-register").resolve()
    paths = os.pathsep.join([str(ROOT / "src"), str(ROOT), os.environ.get("PYTHONPATH", "")])
    os.environ |= {
        "XUEJI_HOME": str(work), "PYTHONPATH": paths, "DJANGO_SETTINGS_MODULE": "xueji.config.settings",
        "PYTHONWARNINGS": "ignore",
    }  # fmt: skip
    import psycopg

    from xueji.cli.bootstrap import set_up

    cluster = set_up(quiet=True)
    assert cluster is not None, "this bench has a database of its own: DATABASE_URL is not for it"
    postmaster = int((cluster.data_dir / "postmaster.pid").read_text().split("\n", 1)[0])
    loaded = _loaded(given.students, postmaster)
    with psycopg.connect(cluster.url("postgres"), autocommit=True) as connection:
        connection.execute(f"alter system set log_min_duration_statement = {SLOW_MS}")
        connection.execute("select pg_reload_conf()")
    with psycopg.connect(cluster.url(), autocommit=True) as connection:
        connection.execute("vacuum analyze")
    from django.core.management import call_command

    call_command("collectstatic", interactive=False, verbosity=0)
    log = cluster.data_dir / "server.log"
    begun = log.stat().st_size if log.exists() else 0
    with _served() as door:
        answers = _ask(door, list(_requests(given.times)), given.clients)
    figures = loaded | _figures(answers) | {"slow_statements": slow_statements(log, begun) if log.exists() else []}
    if not given.keep:
        from django.db import connections

        from xueji.config import postgres

        connections.close_all()
        postgres.stop(cluster)
        shutil.rmtree(work)
    return figures


def _loaded(students: int, postmaster: int) -> dict[str, object]:
    from xueji.demo.register.load import load_province

    before = read_meter(postmaster)
    loaded = load_province(students, say=lambda text: print(text, file=sys.stderr))
    after = read_meter(postmaster)
    return {
        "students": loaded.students, "load_seconds": round(loaded.seconds, 1), "load_peak_mb": round(loaded.peak_mb),
        "load_cpu_seconds": round(after.cpu - before.cpu, 1),
        "load_server_cpu_seconds": round(after.server - before.server, 1),
    }  # fmt: skip


class _served:  # noqa: N801  # used as a statement
    """Two page processes on a socket, as behind a proxy, while the block runs."""

    def __enter__(self) -> str:
        from xueji.cli.services import listening

        door = f"/tmp/xueji-register-{os.getpid()}.sock"  # short: a socket's path holds 107 bytes
        self._server = subprocess.Popen(
            [sys.executable, "-m", "granian", "--interface", "wsgi", *listening(host="", port=0, socket=door),
             "--workers", "2", "--no-ws", "--log-level", "warning", "bench._load_wsgi:application"], cwd=ROOT,
        )  # fmt: skip
        await_server(door)
        return door

    def __exit__(self, *_: object) -> None:
        self._server.terminate()
        self._server.wait()


# -- who asks for what


def _requests(times: int) -> Iterator[Request]:
    """Yield each page so many times, the same every time from the same province."""
    from xueji.accounts.models import User
    from xueji.cases.models import Step
    from xueji.institutions.models import Appointment

    dice = random.Random(2021)
    clerk_of = dict(Appointment.objects.filter(post="school_clerk").values_list("school_id", "user_id"))
    leader_of = dict(Appointment.objects.filter(post="school_leader").values_list("school_id", "user_id"))
    reviewers = list(Appointment.objects.filter(post="city_reviewer").values_list("user_id", flat=True))
    counties = list(Appointment.objects.filter(post="county_reviewer").values_list("user_id", flat=True))
    reviewer_at = dict(
        Appointment.objects.filter(authority__isnull=False, post__endswith="reviewer").values_list(
            "authority_id", "user_id"
        )
    )
    province = User.objects.get(username="province1").pk
    sample = _sample(times)
    short = [record for record in sample if len(record.person.name) == 2] or sample
    steps = list(Step.objects.filter(state="current", authority__isnull=False).values_list("pk", "authority_id"))
    at_school = list(Step.objects.filter(state="current", school__isnull=False).values_list("pk", "school_id"))
    for turn in range(times):
        record, two = sample[turn % len(sample)], short[turn % len(short)]
        clerk, step, leader_step = (
            clerk_of[record.school_id],
            steps[turn % len(steps)],
            at_school[turn % len(at_school)],
        )
        number = record.person.resident_id
        yield Request(EMPTY, clerk, "/accounts/sessions/")
        yield Request("students of a school", clerk, "/students/")
        yield Request("students of a school, page 9", clerk, "/students/?page=9")
        yield Request("students of a school, one status", clerk, "/students/?status=suspended")
        yield Request("students of a city", dice.choice(reviewers), "/students/")
        yield Request("students of a county", dice.choice(counties), "/students/")
        yield Request("students of the province", province, "/students/")
        yield Request("students of the province, suspended", province, "/students/?status=suspended")
        yield Request("two characters, school", clerk_of[two.school_id], f"/students/?q={quote(two.person.name)}")
        yield Request("two characters, province", province, f"/students/?q={quote(two.person.name)}")
        yield Request("last four digits, school", clerk, f"/students/?q={number[-4:]}")
        yield Request("whole number, school", clerk, f"/students/?q={number}")
        yield Request("whole number, province", province, f"/students/?q={number}")
        yield Request("student's file, school", clerk, f"/students/{record.pk}/")
        yield Request("student's file, province", province, f"/students/{record.pk}/")
        yield Request("case page, office", reviewer_at[step[1]], f"/office/steps/{step[0]}/")
        yield Request("case page, school", leader_of[leader_step[1]], f"/school/steps/{leader_step[0]}/")
        yield Request("queue of an office", reviewer_at[step[1]], "/office/queue/")


def _sample(count: int) -> list:
    """Return records spread over the province, with their persons; two-character names among them as there are."""
    from xueji.registry.models import Enrolment

    rows = Enrolment.objects.filter(status="studying").select_related("person", "school")
    total = rows.count()
    places = {total * place // (count * 4) for place in range(count * 4)}
    keys = [
        key for place, key in enumerate(rows.order_by("pk").values_list("pk", flat=True).iterator()) if place in places
    ]
    found = list(rows.filter(pk__in=keys).order_by("pk"))
    short = [record for record in found if len(record.person.name) == 2]
    return (found[::4] + short)[: count + len(short)]


# -- asking, and the figures


def _ask(door: str, asked: list[Request], clients: int) -> list[Answer]:
    sessions = sessions_of({request.user for request in asked}, {PURPOSE: _purpose()})
    for request in list({request.name: request for request in asked}.values()) * 4:  # packs and templates are loaded
        answer_to(Connection(door), request, sessions)
    random.Random(2021).shuffle(asked)
    turn, answers, lock = iter(asked), [], threading.Lock()

    def client() -> None:
        while True:
            with lock:
                request = next(turn, None)
            if request is None:
                return
            connection = Connection(door)
            answer = answer_to(connection, request, sessions)
            connection.close()
            with lock:
                answers.append(answer)

    threads = [threading.Thread(target=client) for _ in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


def _purpose() -> dict[str, object]:
    return {"day": time.strftime("%Y-%m-%d"), "text": "测速", "seen": []}


def _figures(answers: list[Answer]) -> dict[str, object]:
    pages: dict[str, list[Answer]] = defaultdict(list)
    for answer in answers:
        pages[answer.name].append(answer)
    empty = _cpu(pages[EMPTY])
    refused = sorted({f"{answer.name}: {answer.status}" for answer in answers if answer.status >= 400})
    return {
        "requests": len(answers), "refused": refused, "all": percentiles(answers),
        "pages": {name: percentiles(found) | {"times_empty": round(_cpu(found) / empty, 2)} for name, found in pages.items()},
    }  # fmt: skip


def _cpu(answers: list[Answer]) -> float:
    spent = sorted(answer.cpu for answer in answers)
    return spent[len(spent) // 2]
