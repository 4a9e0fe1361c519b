"""The production path, by the runbook (docs/runbooks/install.md): PostgreSQL of the system, keys, the example's variables,
nginx with TLS in front of the socket, `xueji serve` as the unit starts it — then killed piece by piece, and back.

A keeper stands for systemd: what the units say is started again after two seconds. Without nginx, openssl and a system
PostgreSQL the drill fails and says what to install: it shows nothing on another stack.
"""

from __future__ import annotations

import grp
import http.client
import json
import os
import pwd
import re
import shlex
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
import pytest
from tests.faults.opening import open_up
from tests.faults.rig import children_of, command_of, kill

ROOT = Path(__file__).resolve().parents[2]
HOST, PASSWORD = "xueji.example.cn", "p@ss:w/rd"
RESTART_SECONDS = 2.0  # RestartSec of the units
READY_SECONDS = 240.0  # of which a loaded machine needs a third to lay the tables

pytestmark = [pytest.mark.drill, pytest.mark.enable_socket, pytest.mark.timeout(900)]


def _needed() -> dict[str, str]:
    """Return the programs of this path, or fail with what to install."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda p: int(p.parts[-3]))
    programs = {name: shutil.which(name, path=f"{os.environ['PATH']}:/usr/sbin") or "" for name in ("nginx", "openssl")}
    programs["postgres"] = str(found[-1].parent) if found else ""
    missing = [name for name, path in programs.items() if not path]
    assert not missing, f"the drill needs {missing}: apt install nginx openssl postgresql"
    return programs


def _free_port() -> int:
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
        connection._create_connection = lambda _address, *rest: socket.create_connection(  # type: ignore[attr-defined]
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
        return [one for one in found if one]


def _as_nobody() -> dict[str, object]:
    if os.geteuid():
        return {}
    entry = pwd.getpwnam("nobody")
    return {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}


def _database(root: Path, bin_dir: str, port: int) -> Kept:
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


def _nginx(root: Path, program: str, tls: int, plain: int) -> Kept:
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
        f"{one}_temp_path {spool}/{one};" for one in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    (root / "nginx.conf").write_text(
        f"{user} pid {root}/nginx.pid; error_log {root}/nginx.log; daemon off; worker_processes 1;\n"
        f"events {{}}\nhttp {{ {temporary} include {root}/site.conf; }}\n"
    )
    words = [program, "-e", f"{root}/nginx.log", "-c", f"{root}/nginx.conf"]
    said = subprocess.run([*words, "-t"], capture_output=True, text=True, check=False)
    assert said.returncode == 0, said.stderr
    return Kept("nginx", lambda: subprocess.Popen(words, stderr=subprocess.DEVNULL))


def _certificate(root: Path, openssl: str) -> None:
    subprocess.run(
        [openssl, "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", f"/CN={HOST}", "-addext",
         f"subjectAltName=DNS:{HOST}", "-keyout", root / "key.pem", "-out", root / "certificate.pem"],
        check=True, capture_output=True,
    )  # fmt: skip


def _environment(root: Path, url: str) -> dict[str, str]:
    """The example of variables with this machine's values, and nothing of the environment the drill runs in."""
    given = {
        "XUEJI_HOME": f"{root}/var",
        "XUEJI_DATA_KEYS": f"{root}/keys.json",
        "XUEJI_MARKS": f"{root}/marks",
        "DATABASE_URL": url,
    }
    lines = (ROOT / "deploy/xueji.env.example").read_text().splitlines()
    said = dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))
    assert set(given) < set(said)
    kept = {k: os.environ[k] for k in ("PATH", "LANG", "HOME") if k in os.environ}
    return kept | said | given


def _command_of(unit: str) -> list[str]:
    line = next(o for o in (ROOT / "deploy" / unit).read_text().splitlines() if o.startswith("ExecStart="))
    return shlex.split(line.removeprefix("ExecStart="))


def _serve(root: Path, environment: dict[str, str]) -> Kept:
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


@pytest.fixture(scope="module")
def machine() -> Iterator[Machine]:
    """Everything of the runbook, up to the first «ready»."""
    programs = _needed()
    root = Path(tempfile.mkdtemp(prefix="xueji-production-", dir="/var/tmp"))
    root.chmod(0o711)
    (root / "var").mkdir(mode=0o700)
    (root / "run").mkdir()
    (root / "marks").mkdir(mode=0o700)
    if not os.geteuid():  # the proxy's group may use the socket, nobody else
        os.chown(root / "run", -1, grp.getgrnam("www-data").gr_gid)
    (root / "run").chmod(0o2750)
    port, tls, plain = _free_port(), _free_port(), _free_port()
    database = _database(root, programs["postgres"], port)
    url = f"postgresql://xueji:p%40ss%3Aw%2Frd@127.0.0.1:{port}/xueji"
    environment = _environment(root, url)
    made = subprocess.run([Path(sys.executable).parent / "xueji", "keys", root / "keys.json"], check=False)
    assert made.returncode == 0
    _certificate(root, programs["openssl"])
    here = Machine(
        root,
        tls,
        plain,
        environment,
        database,
        _serve(root, environment),
        _nginx(root, programs["nginx"], tls, plain),
        url,
    )
    here.nginx.begin()
    here.serve.begin()
    try:
        _note(first_ready=here.wait(here.is_ready, "the first start"))
        _open_up(here)
        yield here
    finally:
        for one in (here.serve, here.nginx, here.database):
            with suppress(subprocess.TimeoutExpired):
                one.stop()
            if one.process is not None and one.process.poll() is None:
                kill([one.process.pid])
        shutil.rmtree(root, ignore_errors=True)


def _open_up(machine: Machine) -> None:
    """Found the installation on its first page, with the code that the machine tells."""
    program = Path(sys.executable).parent / "xueji"
    told = subprocess.run(
        [program, "setup-code"],
        env=machine.environment,
        capture_output=True,
        text=True,
        check=True,
        cwd=machine.root / "var",
    )
    open_up(machine.ask, host=HOST, code=told.stdout.split()[-1])


_FIGURES: dict[str, object] = {}


def _note(**figures: object) -> None:
    """Keep figures, and print them."""
    _FIGURES.update(figures)
    print(f"drill production {json.dumps(figures)}", flush=True)
    if path := os.environ.get("XUEJI_DRILL_FIGURES"):
        Path(f"{path}.production").write_text(json.dumps(_FIGURES, indent=1))


def test_pages_are_whole_behind_tls_without_another_command(machine: Machine) -> None:
    for path in ("/", "/help/", "/v/", "/accounts/login/"):
        status, headers, body = machine.ask(path)
        assert status == 200, path
        assert headers["Strict-Transport-Security"] == "max-age=31536000"  # this host, nobody else's
        assert re.fullmatch(r"[0-9a-f]{32}", headers["X-Request-ID"])  # the proxy's own
        style = re.search(r'href="(/static/[^"]+\.css)"', body.decode())
        assert style
        assert machine.ask(style[1])[0] == 200
    status, headers, _ = machine.ask("/help/", port=machine.plain)
    assert (status, headers["Location"]) == (301, f"https://{HOST}/help/")
    assert "Secure" in machine.ask("/accounts/login/")[1]["Set-Cookie"]


def test_the_configured_installation_lacks_nothing(machine: Machine) -> None:
    words = ["doctor", "--json", "--socket", str(machine.root / "run/pages.sock")]
    done = subprocess.run(
        [Path(sys.executable).parent / "xueji", *words],
        env=machine.environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert [one for one in json.loads(done.stdout) if one["state"] == "missing"] == []
    assert done.returncode == 0


def test_the_demo_and_a_second_platform_are_refused(machine: Machine) -> None:
    program = Path(sys.executable).parent / "xueji"
    for words, said in [
        (["demo"], "演示"),
        (["serve", "--socket", str(machine.root / "run/pages.sock")], "另一个平台"),
    ]:
        done = subprocess.run(
            [program, *words], env=machine.environment, capture_output=True, text=True, check=False, timeout=90
        )
        assert done.returncode == 2
        assert said in done.stderr
    assert machine.is_ready()


def test_a_large_body_is_refused_by_the_proxy_and_behind_it(machine: Machine) -> None:
    status, _, body = machine.ask("/check/", method="POST", body=b"x" * 6 * 1024**2)
    assert (status, "内容太大" in body.decode()) == (413, True)
    before = sum(f.stat().st_size for f in machine.root.rglob("*") if f.is_file() and f.suffix == ".upload")
    with socket.socket(socket.AF_UNIX) as past_the_proxy:
        past_the_proxy.connect(str(machine.root / "run/pages.sock"))
        past_the_proxy.settimeout(20)
        past_the_proxy.sendall(
            f"POST /check/ HTTP/1.1\r\nHost: {HOST}\r\nX-Forwarded-Proto: https\r\nContent-Length: 314572800\r\n"
            "Content-Type: multipart/form-data; boundary=x\r\n\r\n".encode()
        )
        answer = past_the_proxy.recv(65536)
    assert b" 413 " in answer.split(b"\r\n", 1)[0]
    assert before == 0


def _strike(machine: Machine, name: str) -> list[int]:
    """Return what is killed."""
    assert machine.serve.process is not None
    assert machine.database.process is not None
    pages = machine.part("cli.pages")
    return {
        "serve": [machine.serve.process.pid],
        "page server": [pages],
        "page process": children_of(pages)[-1:],
        "worker": [machine.part("worker")],
        "postgresql": [machine.database.process.pid],
        "everything": [
            machine.serve.process.pid,
            pages,
            *children_of(pages),
            machine.part("worker"),
            machine.database.process.pid,
        ],
    }[name]


@pytest.mark.parametrize("name", ["serve", "page server", "page process", "worker", "postgresql", "everything"])
def test_it_comes_back_after_kill_9(machine: Machine, name: str) -> None:
    machine.wait(machine.is_ready, f"before {name}")
    before = len(machine.ours())
    newest = machine.newest_worker()
    struck = _strike(machine, name)
    kill(struck)
    started = time.monotonic()
    gone = not name.startswith("page process")
    if gone:  # noticed at all: else «ready» may be what the dead one said of itself
        machine.wait(lambda: not any(_is_alive(p) for p in struck), "the death")
    machine.wait(machine.answers, f"pages after {name}")
    pages = round(time.monotonic() - started, 1)
    machine.wait(machine.is_ready, f"ready after {name}")
    ready = round(time.monotonic() - started, 1)
    if name in (
        "serve",
        "worker",
        "everything",
    ):  # the queue believes in a dead worker for some seconds: see the next one
        machine.wait(lambda: machine.newest_worker() > newest, f"another worker after {name}")
        ready = round(time.monotonic() - started, 1)
    machine.wait(lambda: len(machine.ours()) == before, f"{machine.ours()} processes as before after {name}")
    _note(**{name: {"pages": pages, "ready": ready}})


def _is_alive(process: int) -> bool:
    with suppress(OSError):
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    return False


@pytest.mark.parametrize("name", ["worker", "page process", "page server"])
def test_what_is_stuck_is_replaced(machine: Machine, name: str) -> None:
    """Stopped, not dead: silent for thirty seconds, it is ended and another one started."""
    machine.wait(machine.is_ready, f"before {name}")
    before = len(machine.ours())
    stuck = _strike(machine, name)[0]
    os.kill(stuck, signal.SIGSTOP)
    started = time.monotonic()
    machine.wait(lambda: not _is_alive(stuck), f"the end of the stuck {name}")
    machine.wait(machine.is_ready, f"ready after the stuck {name}")
    machine.wait(lambda: len(machine.ours()) == before, f"{machine.ours()} processes as before after the stuck {name}")
    _note(**{f"{name} stopped": {"ready": round(time.monotonic() - started, 1)}})


def test_the_log_is_lines_of_json_without_addresses(machine: Machine) -> None:
    machine.ask("/nothing/610502200203154217/")
    text = machine.log()
    lines = [json.loads(line) for line in text.splitlines() if line.startswith("{")]
    assert len(lines) > 10
    plain = [line for line in text.splitlines() if line.strip() and not line.startswith("{")]
    assert {line for line in plain if not line.startswith(("数据库", "等待", "本系统"))} == set()
    assert "610502200203154217" not in text
    assert "127.0.0.1" not in "".join(json.dumps(one, ensure_ascii=False) for one in lines)
    passed = [json.loads(line) for line in (machine.root / "access.log").read_text().splitlines()]
    assert {one["request"] for one in lines if "request" in one} & {one["request"] for one in passed}


def test_it_stops_when_it_is_told_and_leaves_nothing(machine: Machine) -> None:
    machine.wait(machine.is_ready, "before the stop")
    started = time.monotonic()
    assert machine.serve.stop() == 0
    _note(stop=round(time.monotonic() - started, 1))
    assert machine.ours() == []
    assert machine.ask("/help/")[0] == 503  # the proxy says it in our words
