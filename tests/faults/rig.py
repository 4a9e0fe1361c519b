"""An install under fire: find its processes, kill them without a word, ask its database, look at it with `xueji audit`."""

from __future__ import annotations

import http.cookiejar
import json
import os
import random
import re
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
from tests.e2e.conftest import ROOT, Stack, answers, select_nothing, wait_for
from tests.faults.hands import PASSWORD

from xueji.config import postgres

RECOVERY_SECONDS = 60.0


@dataclass
class Rig:
    """A running install, its database, the source of chance, and the figures of this session by drill."""

    stack: Stack
    city: dict[str, Any]
    cluster: postgres.Cluster
    seed: int
    figures: dict[str, list[Any]] = field(default_factory=dict)

    def chance(self, name: str) -> random.Random:
        """Return the random instants of one drill."""
        return random.Random(f"{self.seed} {name}")

    def note(self, drill: str, **figures: Any) -> None:
        """Keep figures for the record, and print them."""
        self.figures.setdefault(drill, []).append(figures)
        print(f"drill {drill} seed={self.seed} {json.dumps(figures, ensure_ascii=False)}", flush=True)

    # -- the database, past the product

    def ask(self, sql: str, *values: Any) -> Any:
        """Return the first row of a query on a connection of its own."""
        with psycopg.connect(self.cluster.url(), autocommit=True) as connection:
            return connection.execute(sql, values).fetchone()

    def job(self, key: int) -> tuple[str, int]:
        """Return state and number of starts of a job."""
        return self.ask("select state, attempts from jobs_job where id = %s", key)

    def wait_for_job(self, key: int, seconds: float = RECOVERY_SECONDS) -> float:
        """Wait until a job is over, through outages of the database; return the seconds it took."""
        started = time.monotonic()

        def over() -> bool:
            with suppress(psycopg.OperationalError):
                return self.job(key)[0] in ("done", "failed")
            return False

        wait_for(over, what=f"job {key}", seconds=seconds)
        return round(time.monotonic() - started, 2)

    def strike_job(self, key: int, delay: float, targets: Callable[[], list[int]]) -> float | None:
        """Kill `targets()` some seconds after a job has begun; return the seconds to its end, None when it was over before."""
        end = time.monotonic() + RECOVERY_SECONDS
        while self.job(key)[0] == "queued":
            assert time.monotonic() < end
            pause(0.02)
        pause(delay)
        if self.job(key)[0] != "running":
            return None
        kill(targets())
        return self.wait_for_job(key, RECOVERY_SECONDS)

    # -- processes

    def worker(self) -> int:
        """Return the process of the queue's worker."""
        return self._child("worker")

    @contextmanager
    def worker_held(self) -> Iterator[None]:
        """Stop the worker for a moment, much shorter than the silence for which it would be replaced."""
        worker = self.worker()
        os.kill(worker, signal.SIGSTOP)
        try:
            yield
        finally:
            os.kill(worker, signal.SIGCONT)

    def pages(self) -> list[int]:
        """Return the page server and its own workers, parent first."""
        parent = self._child("cli.pages")
        return [parent, *children_of(parent)]

    def postmaster(self) -> list[int]:
        """Return every process of the database, postmaster first."""
        parent = int((self.cluster.data_dir / "postmaster.pid").read_text().split("\n", 1)[0])
        return [parent, *children_of(parent)]

    def _child(self, word: str) -> int:
        found: list[int] = []

        def has_appeared() -> bool:
            found[:] = [p for p in children_of(self.stack.server.pid) if word in command_of(p)]
            return bool(found)

        wait_for(has_appeared, what=f"the process «{word}»")
        return found[0]

    def wait_for_worker(self) -> None:
        """Wait until the pages answer and a worker gave a sign of life."""

        def at_work() -> bool:
            with (
                suppress(urllib.error.URLError, OSError),
                urllib.request.urlopen(f"{self.stack.url}/readyz", timeout=5) as a,
            ):
                return bool(json.load(a)["worker"])
            return False

        wait_for(at_work, what="a worker")

    def wait_for_pages(self) -> float:
        """Wait until the pages answer; return the seconds it took."""
        started = time.monotonic()
        wait_for(lambda: answers(f"{self.stack.url}/readyz"), what="the pages", seconds=RECOVERY_SECONDS)
        return round(time.monotonic() - started, 2)

    # -- people

    def hand(self, word: str, **arguments: Any) -> dict[str, Any]:
        """Let somebody act, in a process of its own; return its last word."""
        done = self.stack.run("-m", "tests.faults.hands", word, json.dumps(arguments))
        assert done.returncode == 0, done.stderr[-3000:]
        return json.loads(done.stdout.splitlines()[-1])

    def hand_beside(self, word: str, **arguments: Any) -> subprocess.Popen[str]:
        """Let somebody act beside us: it says «ready», waits for a line, then goes on."""
        with (self.stack.home / "hands.log").open("ab") as log:  # full of warnings while the database is away
            return subprocess.Popen(
                [sys.executable, "-m", "tests.faults.hands", word, json.dumps(arguments)],
                env=self.stack.environment, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, text=True,
            )  # fmt: skip

    # -- the verdict

    def audit(self) -> None:
        """Expect that everything stored balances."""
        done = self.stack.run("-m", "xueji.cli", "audit", "--json")
        report = json.loads(done.stdout)
        assert report["mismatches"] == 0, [c for c in report["checks"] if c["mismatches"]]
        assert len(report["checks"]) > 5

    def numbers_have_no_gap(self) -> int:
        """Expect that serials run from one to the last without hole or double; return how many."""
        count, distinct, least, most = self.ask(
            "select count(*), count(distinct number), min(serial), max(serial) from certificates_certificatenumber"
        )
        assert (count, distinct, least) == (most, most, 1)
        return count


def children_of(parent: int) -> list[int]:
    """Return the living children of a process."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with suppress(OSError):
                state, owner = (entry / "stat").read_text().rpartition(")")[2].split()[:2]
                if int(owner) == parent and state != "Z":
                    found.append(int(entry.name))
    return found


def command_of(process: int) -> str:
    """Return the command line of a process, empty when it is gone."""
    with suppress(OSError):
        return Path(f"/proc/{process}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
    return ""


def kill(processes: list[int]) -> None:
    """Kill without a word, the first one first."""
    for process in processes:
        with suppress(ProcessLookupError):
            os.kill(process, signal.SIGKILL)


def lines_of(process: subprocess.Popen[str]) -> Iterator[dict[str, Any]]:
    """Yield what somebody beside us says, line by line."""
    assert process.stdout is not None
    for line in process.stdout:
        yield json.loads(line)


def pause(seconds: float) -> float:
    """Let the others work for a moment."""
    select_nothing(seconds)
    return round(seconds, 3)


class Visitor:
    """Somebody signed in over HTTP, without a browser."""

    def __init__(self, url: str, username: str, password: str = PASSWORD) -> None:
        self.url = url
        jar = http.cookiejar.CookieJar()
        self._opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(jar))
        page = self.get("/accounts/login/")
        self.post("/accounts/login/", page, login=username, password=password)

    def get(self, path: str) -> str:
        """Return a page."""
        with self._opener.open(self.url + path, timeout=30) as answer:
            return answer.read().decode()

    def post(self, path: str, page: str, **values: str) -> int:
        """Send the form of a page with its hidden fields; return the status of the last answer."""
        hidden = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', page))
        body = urllib.parse.urlencode({**hidden, **values}).encode()
        request = urllib.request.Request(self.url + path, body, {"Referer": self.url + path})
        try:
            with self._opener.open(request, timeout=30) as answer:
                return answer.status
        except urllib.error.HTTPError as refused:
            return refused.code
