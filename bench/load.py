"""Lists, queues and decisions over 1,000,000 certificates and 2,000 schools, asked of the real server by signed-in people.

A database of its own is filled set-based, granian serves it as `xueji serve` does, and people of several posts ask for
pages and decide cases over HTTP, so many at a time. The time is the server's: from the application's first line to the
start of its answer, told by the server with each answer, as wall and as processor time; what the client waited stands
beside it. On a busy machine the processor time is the one to trust. The pages listen on a socket, as behind a proxy
(docs/runbooks/proxy.md); a request that finds every process busy waits before the server's clock starts: then, too, the
client's time is the one to read.
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import random
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

from bench._load_fill import CITIES, COUNTIES_EACH, OPEN_YEAR, PACK, SCHOOLS_EACH, YEARS, fill
from bench._meter import server_seconds
from bench._province_build import write_pack

ROOT = Path(__file__).resolve().parent.parent
SCHOOLS, CERTIFICATES, REQUESTS, CLIENTS, SLOW_MS = 2_000, 1_000_000, 3_000, 2, 25
WRITES = 0.12  # share of requests that decide or mark something
DATABASE = "xueji_load"
TOKEN = "a" * 32  # the same in cookie and header, as a browser would have it


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add what this bench asks for."""
    parser.add_argument("--schools", type=int, default=SCHOOLS, help=f"学校数（默认 {SCHOOLS}）")
    parser.add_argument("--certificates", type=int, default=CERTIFICATES, help=f"证书数（默认 {CERTIFICATES}）")
    parser.add_argument("--requests", type=int, default=REQUESTS, help=f"请求数（默认 {REQUESTS}）")
    parser.add_argument("--clients", type=int, default=CLIENTS, help=f"同时请求的人数（默认 {CLIENTS}）")
    parser.add_argument("--work", type=Path, help="工作目录（默认 .local/bench-load）；其中的数据库可以再用")
    parser.add_argument("--raw", type=Path, help="把每一次请求写成 JSON")
    parser.add_argument("--keep", action="store_true", help="保留工作目录")


def run(given: argparse.Namespace) -> dict[str, object]:
    """Fill (unless filled), serve, ask; return percentiles for reads and writes, and each page's own."""
    work = (given.work or ROOT / ".local" / "bench-load").resolve()
    environment = _environment(work)
    os.environ |= environment
    from xueji.config import postgres

    cluster, filled = _database(work, given)
    from xueji.cli.services import listening

    door = f"/tmp/xueji-load-{os.getpid()}.sock"  # short: a socket's path holds 107 bytes
    server = subprocess.Popen(
        [sys.executable, "-m", "granian", "--interface", "wsgi", *listening(host="", port=0, socket=door),
         "--workers", "2", "--no-ws", "--log-level", "warning", "bench._load_wsgi:application"], cwd=ROOT,
    )  # fmt: skip
    log = cluster.data_dir / "server.log"
    try:
        await_server(door)
        begun = log.stat().st_size
        postmaster = int((cluster.data_dir / "postmaster.pid").read_text().split("\n", 1)[0])
        answers, database_cpu = _ask(door, given, postmaster)
    finally:
        server.terminate()
        server.wait()
        from django.db import connections

        connections.close_all()
        postgres.stop(cluster)
    if given.raw:
        given.raw.write_text(json.dumps([vars(answer) for answer in answers], ensure_ascii=False))
    figures = _figures(answers) | {
        "schools": given.schools, "certificates": given.certificates, "clients": given.clients,
        "database_cpu_ms_per_request": round(database_cpu * 1e3 / len(answers), 2), "fill_seconds": filled,
        "slow_statements": slow_statements(log, begun),
    }  # fmt: skip
    if not given.keep:
        shutil.rmtree(work)
        shutil.rmtree(cluster.data_dir.parent, ignore_errors=True)
    return figures


def _environment(work: Path) -> dict[str, str]:
    write_pack(ROOT / "policies", work / "policies")
    paths = os.pathsep.join([str(ROOT / "src"), str(ROOT), os.environ.get("PYTHONPATH", "")])
    return {
        "XUEJI_HOME": str(work), "XUEJI_POLICIES": str(work / "policies"), "PYTHONPATH": paths,
        "DJANGO_SETTINGS_MODULE": "xueji.config.settings", "PYTHONWARNINGS": "ignore",
    }  # fmt: skip


def _database(work: Path, given: argparse.Namespace):
    """Start the server of the work folder and fill its database, unless a run before this one did."""
    import psycopg

    from xueji.config import postgres

    cluster = postgres.start(work)
    os.environ["DATABASE_URL"] = cluster.url(DATABASE)
    postgres.create_database(cluster, DATABASE)
    import django

    django.setup()
    from django.core.management import call_command

    call_command("migrate", interactive=False, verbosity=0)
    call_command("collectstatic", interactive=False, verbosity=0)
    from datetime import date

    from xueji.certificates import marks
    from xueji.certificates.models import Certificate, NumberCounter
    from xueji.policy import get_library

    marks.adopt_if_new()
    start = time.perf_counter()
    if not Certificate.objects.exists():
        pack_hash = get_library().pack(PACK).on(date(2019, 7, 1)).pack.hash
        fill(cluster.url(DATABASE), given.schools, given.certificates, pack_hash, _say(start))
        for counter in NumberCounter.objects.all():  # written past the book: its marks too
            marks.settle(
                kind=counter.kind, scope=counter.scope, last=counter.last_serial, key_id=counter.key_id, statement=0
            )
    with psycopg.connect(cluster.url("postgres"), autocommit=True) as connection:
        connection.execute(f"alter system set log_min_duration_statement = {SLOW_MS}")
        connection.execute("select pg_reload_conf()")
    return cluster, round(time.perf_counter() - start, 1)


def _say(start: float) -> Callable[[str], None]:
    return lambda name: print(f"{time.perf_counter() - start:7.1f} s  {name}", file=sys.stderr, flush=True)


# -- who asks for what


@dataclass
class Request:
    """One request: what it is called in the figures, who asks, and what."""

    name: str
    user: int
    path: str
    form: dict[str, str] | None = None


@dataclass
class Answer:
    """What came back: milliseconds inside the application (wall, processor) and as the client waited."""

    name: str
    is_write: bool
    status: int
    wall: float
    cpu: float
    waited: float
    size: int


def plan(schools: int, requests: int, certificates: int) -> list[Request]:
    """Return the mix, the same every time: reads by every post, decisions while there are steps to decide."""
    dice = random.Random(20190708)
    writes = _writes(schools, dice)
    read = _reads(schools, certificates)
    mixed: list[Request] = []
    for _ in range(requests):
        if writes and dice.random() < WRITES:
            mixed.append(writes.pop())
        else:
            mixed.append(dice.choice(read)(dice))
    return mixed


def _reads(schools: int, certificates: int) -> list[Callable[[random.Random], Request]]:
    from xueji.cases.models import Step
    from xueji.graduation.models import Batch

    per_county, per_city = SCHOOLS_EACH, SCHOOLS_EACH * COUNTIES_EACH
    waiting = list(Step.objects.filter(state="current", level="city").values_list("pk", "authority_id")[:400])
    latest = dict(Batch.objects.filter(season__year=OPEN_YEAR).values_list("school_id", "pk"))

    def city(name: str, path: str) -> Callable[[random.Random], Request]:
        return lambda dice: Request(name, 10 + dice.randrange(max(1, schools // per_city)), path)

    def county(name: str, path: str) -> Callable[[random.Random], Request]:
        return lambda dice: Request(name, 100 + dice.randrange(max(1, schools // per_county)), path)

    def school(name: str, path: str) -> Callable[[random.Random], Request]:
        def ask(dice: random.Random) -> Request:
            number = dice.randrange(schools)
            return Request(name, 300 + number, path.format(batch=latest[number + 1], old=number + 1))

        return ask

    def step(name: str, path: str) -> Callable[[random.Random], Request]:
        def ask(dice: random.Random) -> Request:
            key, authority = dice.choice(waiting)
            return Request(name, 8 + authority, path.format(step=key))

        return ask

    return [
        city("desk of a city", "/desk/"), city("queue of a city", "/office/queue/"),
        city("queue of a city, page 3", "/office/queue/?page=3"),
        city("queue of a city, by name", "/office/queue/?q=17"), county("queue of a county", "/office/queue/"),
        county("desk of a county", "/desk/"), step("step", "/office/steps/{step}/"),
        step("graduates of a step", "/office/steps/{step}/candidates/"),
        city("book of numbers", "/office/numbers/"), city("book of numbers, page 9", "/office/numbers/?page=9"),
        city("certificate cases", "/office/certificates/"), city("seasons", "/office/seasons/"),
        lambda dice: Request("sealing", 200 + dice.randrange(max(1, schools // per_city)), "/office/sealing/"), city("duties", "/office/duties/"),
        lambda _dice: Request("province: numbers", 1, "/office/numbers/"),
        lambda _dice: Request("auditor: ledger", 2, "/office/ledger/"),
        lambda dice: Request("auditor: ledger of a day", 2, f"/office/ledger/?since={2019 + dice.randrange(len(YEARS))}-07-08"),
        school("desk of a school", "/desk/"), school("batches of a school", "/school/batches/"),
        school("batch", "/school/batches/{batch}/"), school("graduates of a batch", "/school/batches/{batch}/candidates/"),
        school("batch of an earlier year", "/school/batches/{old}/"), school("register", "/school/batches/{batch}/register/"),
        school("duties of a school", "/school/duties/"), school("corrections", "/school/changes/"),
        lambda _dice: Request("public home", 0, "/"),
        lambda dice: Request("public: scanned code", 0, f"/v/?n={2019 + dice.randrange(len(YEARS))}{dice.randrange(1, certificates // len(YEARS) + 1):07d}"),
    ]  # fmt: skip


def _writes(schools: int, dice: random.Random) -> list[Request]:
    """Return decisions of school leaders and counties, and graduates marked for return, each possible once."""
    from xueji.cases.models import Step
    from xueji.graduation.models import Candidate

    approve = {"verdict": "approve", "reasons": "", "confirmed": "1"}
    steps = Step.objects.filter(state="current")
    leaders = steps.filter(level="school").values_list("pk", "case__school_id", "case__version")
    counties = list(steps.filter(level="county").values_list("pk", "authority_id", "case__version"))
    cities = steps.filter(level="city").values_list("pk", "authority_id", "case__batch")[:150]
    found = [
        Request("leader approves", 300 + schools + place - 1, f"/school/steps/{key}/", approve | {"version": str(at)})
        for key, place, at in leaders
    ]
    found += [
        Request("county approves", 100 + place - 2 - CITIES, f"/office/steps/{key}/", approve | {"version": str(at)})
        for key, place, at in counties
    ]
    for key, place, batch in cities:
        candidate_id = Candidate.objects.filter(batch=batch).values_list("pk", flat=True).first()
        found.append(
            Request(
                "city marks",
                8 + place,
                f"/office/steps/{key}/marks/",
                {"ids": str(candidate_id), "reason": "照片不清楚", "act": "mark"},
            )
        )
    dice.shuffle(found)
    return found


def sessions_of(users: Iterable[int], kept: Mapping[str, object] | None = None) -> dict[int, str]:
    """Sign everybody in, as the sign-in page would after the password; `kept` is what the pages keep in the session."""
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
    from django.utils import timezone

    from xueji.accounts.models import SignIn, User
    from xueji.accounts.receivers import SESSION_KEY as OPENED
    from xueji.accounts.sessions import SessionStore

    keys, now = {}, timezone.now()
    for user in User.objects.filter(pk__in=list(users)):
        session = SessionStore()
        session[SESSION_KEY], session[HASH_SESSION_KEY] = str(user.pk), user.get_session_auth_hash()
        session[OPENED] = str(SignIn.objects.create(user=user, opened_at=now, last_seen_at=now).pk)
        session[BACKEND_SESSION_KEY] = "xueji.accounts.backends.Accounts"
        session.update(dict(kept or {}))
        session.create()
        keys[user.pk] = session.session_key
    return keys


# -- asking


def _ask(door: str, given: argparse.Namespace, postmaster: int) -> tuple[list[Answer], float]:
    mixed = plan(given.schools, given.requests, given.certificates)
    sessions = sessions_of({request.user for request in mixed if request.user})
    warm = {request.name: request for request in mixed if request.form is None}
    for request in list(warm.values()) * 4:  # both processes have loaded packs and templates before the clock runs
        answer_to(Connection(door), request, sessions)
    before = server_seconds(postmaster)
    answers: list[Answer] = []
    turn, lock = iter(mixed), threading.Lock()

    def client() -> None:
        while True:
            connection = Connection(door)
            with lock:
                request = next(turn, None)
            if request is None:
                return
            answer = answer_to(connection, request, sessions)
            connection.close()
            with lock:
                answers.append(answer)

    threads = [threading.Thread(target=client) for _ in range(given.clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers, server_seconds(postmaster) - before


def answer_to(connection: http.client.HTTPConnection, request: Request, sessions: dict[int, str]) -> Answer:
    cookies = f"csrftoken={TOKEN}" + (f"; sessionid={sessions[request.user]}" if request.user else "")
    headers = {"Cookie": cookies, "X-CSRFToken": TOKEN}
    body = None
    if request.form is not None:
        body = urlencode(request.form)
        headers["Content-Type"] = "application/x-www-form-urlencoded"
    start = time.perf_counter()
    connection.request("GET" if body is None else "POST", request.path, body, headers)
    reply = connection.getresponse()
    size = len(reply.read())
    waited = (time.perf_counter() - start) * 1e3
    wall, cpu = (float(part.split("=")[1]) for part in (reply.headers["Server-Timing"]).split(", "))
    return Answer(request.name, body is not None, reply.status, wall, cpu, round(waited, 2), size)


# -- the figures


def _figures(answers: list[Answer]) -> dict[str, object]:
    pages: dict[str, list[Answer]] = defaultdict(list)
    for answer in answers:
        pages[answer.name].append(answer)
    reads, writes = ([answer for answer in answers if answer.is_write is kind] for kind in (False, True))
    refused = sorted({f"{answer.name}: {answer.status}" for answer in answers if answer.status >= 400})
    return {
        "requests": len(answers), "reads": percentiles(reads), "writes": percentiles(writes), "refused": refused,
        "pages": {name: percentiles(found) for name, found in sorted(pages.items(), key=lambda p: -_at([a.cpu for a in p[1]], 50))},
    }  # fmt: skip


def percentiles(found: list[Answer]) -> dict[str, object]:
    """Return count and p50/p95/p99 of server wall, server processor and client time, in milliseconds."""
    kinds = {"server_ms": "wall", "cpu_ms": "cpu", "client_ms": "waited"}
    return {"count": len(found)} | {
        label: [round(_at([getattr(answer, name) for answer in found], share), 1) for share in (50, 95, 99)]
        for label, name in kinds.items()
    }


def _at(values: list[float], share: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share / 100))] if ordered else 0.0


def slow_statements(log: Path, begun: int) -> list[str]:
    """Return the slowest statements the database server noted since its log had this many bytes, shortened."""
    found: dict[str, float] = {}
    for line in log.read_bytes()[begun:].decode(errors="replace").splitlines():
        if "duration:" in line and (" statement: " in line or ": " in line):
            spent, _, text = line.split("duration: ", 1)[1].partition(" ms")
            text = text.split(": ", 1)[-1][:160]
            if "SELECT" in text[:12] or "UPDATE" in text[:12]:
                found[text] = max(found.get(text, 0.0), float(spent))
    return [f"{spent:.0f} ms  {text}" for text, spent in sorted(found.items(), key=lambda pair: -pair[1])[:25]]


class Connection(http.client.HTTPConnection):
    """A request over the socket of the page processes, as a proxy makes it."""

    def __init__(self, door: str) -> None:
        super().__init__("127.0.0.1", timeout=60)
        self._door = door

    def connect(self) -> None:
        """Open the socket."""
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self._door)


def await_server(door: str) -> None:
    for _ in range(600):
        try:
            connection = Connection(door)
            connection.request("GET", "/healthz")  # no worker runs here, so it is never ready for everything
            if connection.getresponse().status == 200:
                return
        except OSError:  # it is not listening yet
            pass
        time.sleep(0.2)
    raise RuntimeError("the server did not come up")
