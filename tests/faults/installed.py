"""One machine set up by the runbook (docs/runbooks/install.md): the system's PostgreSQL, nginx with TLS, `xueji serve`, each kept
as its unit keeps it. What is done to it is in `test_production.py`.
"""

from __future__ import annotations

import http.client
import os
import pwd
import shlex
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
from tests.faults.rig import children_of, command_of

ROOT = Path(__file__).resolve().parents[2]
HOST, PASSWORD = "xueji.example.cn", "p@ss:w/rd"
RESTART_SECONDS = 2.0  # RestartSec of the units
READY_SECONDS = 240.0  # of which a loaded machine needs a third to lay the tables


def needed_programs() -> dict[str, str]:
    """Return the programs of this path, or fail with what to install."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda p: int(p.parts[-3]))
    programs = {name: shutil.which(name, path=f"{os.environ['PATH']}:/usr/sbin") or "" for name in ("nginx", "openssl")}
    programs["postgres"] = str(found[-1].parent) if found else ""
    missing = [name for name, path in programs.items() if not path]
    assert not missing, f"the drill needs {missing}: apt install nginx openssl postgresql"
    return programs


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@dataclass
class Kept:
    """A process as its unit keeps it: started again, after a pause, whenever it ends and nobody said stop."""

    name: str
    start: Callable[[], subprocess.Popen[bytes]]
    process: subprocess.Popen[bytes] | None = None
    stopped: threading.Event = field(default_factory=threading.Event)
    starts: int = 0

    def begin(self) -> None:
        threading.Thread(target=self._keep, daemon=True).start()
        end = time.monotonic() + 10
        while self.process is None and time.monotonic() < end:
            time.sleep(0.05)

    def _keep(self) -> None:
        while not self.stopped.is_set():
            self.process = self.start()
            self.starts += 1
            self.process.wait()
            self.stopped.wait(RESTART_SECONDS)

    def stop(self, seconds: float = 60) -> int:
        self.stopped.set()
        assert self.process is not None
        with suppress(ProcessLookupError):
            self.process.send_signal(signal.SIGTERM)
        return self.process.wait(seconds)


@dataclass
class Machine:
    """One machine set up by the runbook, all below one folder."""

    root: Path
    tls: int
    plain: int
    environment: dict[str, str]
    database: Kept
    serve: Kept
    nginx: Kept
    url: str

    def ask(self, path: str, *, method: str = "GET", port: int | None = None, body: bytes = b"", **headers: str):
        """Ask through the proxy, its certificate checked; return status, headers, body."""
        context = ssl.create_default_context(cafile=str(self.root / "certificate.pem"))
        if port is None:
            connection: http.client.HTTPConnection = http.client.HTTPSConnection(
                HOST, self.tls, timeout=20, context=context
            )
        else:
            connection = http.client.HTTPConnection(HOST, port, timeout=20)
        connection._create_connection = lambda _address, *rest: socket.create_connection(  # type: ignore[attr-defined]  # the library has no other way to a chosen address
            ("127.0.0.1", port or self.tls), *rest
        )
        try:
            connection.request(method, path, body or None, headers)
            answer = connection.getresponse()
            return answer.status, answer.headers, answer.read()
        finally:
            connection.close()

    def is_ready(self) -> bool:
        with suppress(OSError, http.client.HTTPException):
            return self.ask("/readyz")[0] == 200
        return False

    def answers(self) -> bool:
        with suppress(OSError, http.client.HTTPException):
            return self.ask("/accounts/login/")[0] == 200
        return False

    def wait(self, condition: Callable[[], bool], what: str) -> float:
        started = time.monotonic()
        while not condition():
            assert time.monotonic() - started < READY_SECONDS, f"{what}\n{self.log()[-3000:]}"
            threading.Event().wait(0.1)
        return round(time.monotonic() - started, 1)

    def log(self) -> str:
        return (self.root / "xueji.log").read_text()

    def newest_worker(self) -> int:
        """Return the number of the worker that came last."""
        with psycopg.connect(self.url, autocommit=True) as connection:
            return connection.execute("select coalesce(max(id), 0) from procrastinate_workers").fetchone()[0]

    def part(self, word: str) -> int:
        """Return the child of `serve` whose command has a word in it."""
        assert self.serve.process is not None
        return next(p for p in children_of(self.serve.process.pid) if word in command_of(p))

    def ours(self) -> list[str]:
        """Return the commands of every living process that belongs to this machine's platform."""
        mark = f"XUEJI_HOME={self.root}/var".encode()
        found = []
        for entry in Path("/proc").iterdir():
            with suppress(OSError):
                if entry.name.isdigit() and mark in (entry / "environ").read_bytes():
                    found.append(command_of(int(entry.name)))
        return [process for process in found if process]


def _as_nobody() -> dict[str, object]:
    if os.geteuid():
        return {}
    entry = pwd.getpwnam("nobody")
    return {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}


def begin_database(root: Path, bin_dir: str, port: int) -> Kept:
    """A server of the system's, on TCP with passwords; then the two commands of the runbook."""
    data = root / "pg"
    data.mkdir()
    if not os.geteuid():
        shutil.chown(data, "nobody")
    words = [f"{bin_dir}/initdb", "-D", data, "-U", "postgres", "-E", "UTF8", "--locale=C.UTF-8", "--auth-host=scram-sha-256",
             "--auth-local=trust"]  # fmt: skip
    subprocess.run(words, check=True, capture_output=True, cwd="/", **_as_nobody())
    run = [f"{bin_dir}/postgres", "-D", str(data), "-p", str(port), "-h", "127.0.0.1", "-k", str(data)]
    log = (root / "postgres.log").open("ab")
    kept = Kept("postgres", lambda: subprocess.Popen(run, stdout=log, stderr=log, cwd="/", **_as_nobody()))
    kept.begin()
    end = time.monotonic() + 30
    while True:
        try:
            with psycopg.connect(f"host={data} port={port} user=postgres dbname=postgres", autocommit=True) as owner:
                owner.execute(f"create role xueji login password '{PASSWORD}'")
                owner.execute(f"create role xueji_owner login password '{PASSWORD}'")
                owner.execute(
                    "create database xueji owner xueji_owner encoding 'UTF8' locale 'C.UTF-8' template template0"
                )
                return kept
        except psycopg.OperationalError:
            assert time.monotonic() < end, (root / "postgres.log").read_text()
            time.sleep(0.2)


def proxy_of(root: Path, program: str, tls: int, plain: int) -> Kept:
    """The shipped file with this machine's paths and ports, inside the least that nginx wants around it."""
    site = (ROOT / "deploy/nginx.conf").read_text()
    changed = {
        "listen 80;": f"listen 127.0.0.1:{plain};", "listen 443 ssl;": f"listen 127.0.0.1:{tls} ssl;",
        "/etc/nginx/xueji/certificate.pem": f"{root}/certificate.pem", "/etc/nginx/xueji/key.pem": f"{root}/key.pem",
        "/run/xueji/pages.sock": f"{root}/run/pages.sock", "/var/log/nginx/xueji.log": f"{root}/access.log",
        "/dev/shm/nginx-body": f"{root}/spool/client", "/dev/shm/nginx-proxy": f"{root}/spool/answers",
    }  # fmt: skip
    for old, new in changed.items():
        assert old in site
        site = site.replace(old, new)
    (root / "site.conf").write_text(site)
    user = "" if os.geteuid() else "user www-data;"
    spool = root / "spool"
    spool.mkdir()
    if not os.geteuid():
        shutil.chown(spool, "www-data")
    temporary = "".join(
        f"{kind}_temp_path {spool}/{kind};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    (root / "nginx.conf").write_text(
        f"{user} pid {root}/nginx.pid; error_log {root}/nginx.log; daemon off; worker_processes 1;\n"
        f"events {{}}\nhttp {{ {temporary} include {root}/site.conf; }}\n"
    )
    words = [program, "-e", f"{root}/nginx.log", "-c", f"{root}/nginx.conf"]
    output = subprocess.run([*words, "-t"], capture_output=True, text=True, check=False)
    assert output.returncode == 0, output.stderr
    return Kept("nginx", lambda: subprocess.Popen(words, stderr=subprocess.DEVNULL))


def write_certificate(root: Path, openssl: str) -> None:
    subprocess.run(
        [openssl, "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", f"/CN={HOST}", "-addext",
         f"subjectAltName=DNS:{HOST}", "-keyout", root / "key.pem", "-out", root / "certificate.pem"],
        check=True, capture_output=True,
    )  # fmt: skip


def environment_of(root: Path, url: str) -> dict[str, str]:
    """The example of variables with this machine's values, and nothing of the environment the drill runs in."""
    given = {
        "XUEJI_HOME": f"{root}/var",
        "XUEJI_DATA_KEYS": f"{root}/keys.json",
        "XUEJI_MARKS": f"{root}/marks",
        "DATABASE_URL": url,
    }
    lines = (ROOT / "deploy/xueji.env.example").read_text().splitlines()
    variables = dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))
    assert set(given) < set(variables)
    kept = {k: os.environ[k] for k in ("PATH", "LANG", "HOME") if k in os.environ}
    return kept | variables | given


def _command_of(unit: str) -> list[str]:
    line = next(o for o in (ROOT / "deploy" / unit).read_text().splitlines() if o.startswith("ExecStart="))
    return shlex.split(line.removeprefix("ExecStart="))


def platform_of(root: Path, environment: dict[str, str]) -> Kept:
    """The command of the unit, word for word but for the folders."""
    words = _command_of("xueji.service")
    words = [w.replace("/run/xueji/", f"{root}/run/") for w in words]
    words[0] = str(Path(sys.executable).parent / "xueji")
    log = (root / "xueji.log").open("ab")
    migrating = [words[0], *_command_of("xueji-migrate.service")[1:]]
    owners = environment | {"XUEJI_OWNER_URL": environment["DATABASE_URL"].replace("//xueji:", "//xueji_owner:")}
    done = subprocess.run(migrating, env=owners, stdout=log, stderr=log, cwd=root / "var", check=False)
    assert done.returncode == 0, (root / "xueji.log").read_text()
    return Kept("serve", lambda: subprocess.Popen(words, env=environment, stdout=log, stderr=log, cwd=root / "var"))
