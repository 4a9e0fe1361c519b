"""The production path, by the runbook (docs/runbooks/install.md): PostgreSQL of the system, keys, the example's variables,
nginx with TLS in front of the socket, `xueji serve` as the unit starts it — then killed piece by piece, and back.

A keeper stands for systemd: what the units say is started again after two seconds. Without nginx, openssl and a system
PostgreSQL the drill fails and says what to install: it shows nothing on another stack.
"""

from __future__ import annotations

import grp
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from tests.faults.installed import (
    HOST,
    Machine,
    begin_database,
    environment_of,
    free_port,
    needed_programs,
    platform_of,
    proxy_of,
    write_certificate,
)
from tests.faults.opening import open_up
from tests.faults.rig import children_of, kill

pytestmark = [pytest.mark.drill, pytest.mark.enable_socket, pytest.mark.timeout(900)]


@pytest.fixture(scope="module")
def machine() -> Iterator[Machine]:
    """Everything of the runbook, up to the first «ready»."""
    programs = needed_programs()
    root = Path(tempfile.mkdtemp(prefix="xueji-production-", dir="/var/tmp"))
    root.chmod(0o711)
    (root / "var").mkdir(mode=0o700)
    (root / "run").mkdir()
    (root / "marks").mkdir(mode=0o700)
    if not os.geteuid():  # the proxy's group may use the socket, nobody else
        os.chown(root / "run", -1, grp.getgrnam("www-data").gr_gid)
    (root / "run").chmod(0o2750)
    port, tls, plain = free_port(), free_port(), free_port()
    database = begin_database(root, programs["postgres"], port)
    url = f"postgresql://xueji:p%40ss%3Aw%2Frd@127.0.0.1:{port}/xueji"
    environment = environment_of(root, url)
    made = subprocess.run([Path(sys.executable).parent / "xueji", "keys", root / "keys.json"], check=False)
    assert made.returncode == 0
    write_certificate(root, programs["openssl"])
    here = Machine(
        root,
        tls,
        plain,
        environment,
        database,
        platform_of(root, environment),
        proxy_of(root, programs["nginx"], tls, plain),
        url,
    )
    here.nginx.begin()
    here.serve.begin()
    try:
        _note(first_ready=here.wait(here.is_ready, "the first start"))
        _open_up(here)
        yield here
    finally:
        for service in (here.serve, here.nginx, here.database):
            with suppress(subprocess.TimeoutExpired):
                service.stop()
            if service.process is not None and service.process.poll() is None:
                kill([service.process.pid])
        shutil.rmtree(root, ignore_errors=True)


def _open_up(machine: Machine) -> None:
    """Found the installation on its first page, with the code that the machine tells."""
    program = Path(sys.executable).parent / "xueji"
    printed = subprocess.run(
        [program, "setup-code"],
        env=machine.environment,
        capture_output=True,
        text=True,
        check=True,
        cwd=machine.root / "var",
    )
    open_up(machine.ask, host=HOST, code=printed.stdout.split()[-1])


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
    assert [line for line in json.loads(done.stdout) if line["state"] == "missing"] == []
    assert done.returncode == 0


def test_the_demo_and_a_second_platform_are_refused(machine: Machine) -> None:
    program = Path(sys.executable).parent / "xueji"
    serve = ["serve", "--socket", str(machine.root / "run/pages.sock")]
    assert machine.serve.process is not None
    for words, home, message in [
        (["demo"], "var", "演示"),
        (serve, "var", f"已经在运行（进程 {machine.serve.process.pid}，"),
        (serve, "another", "另一个平台"),  # a home of its own, and the same socket
    ]:
        environment = machine.environment | {"XUEJI_HOME": f"{machine.root}/{home}"}
        done = subprocess.run(
            [program, *words], env=environment, capture_output=True, text=True, check=False, timeout=90
        )
        assert done.returncode == 2
        assert message in done.stderr
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
    assert "127.0.0.1" not in "".join(json.dumps(line, ensure_ascii=False) for line in lines)
    passed = [json.loads(line) for line in (machine.root / "access.log").read_text().splitlines()]
    assert {line["request"] for line in lines if "request" in line} & {line["request"] for line in passed}


def test_it_stops_when_it_is_told_and_leaves_nothing(machine: Machine) -> None:
    machine.wait(machine.is_ready, "before the stop")
    started = time.monotonic()
    assert machine.serve.stop() == 0
    _note(stop=round(time.monotonic() - started, 1))
    assert machine.ours() == []
    assert machine.ask("/help/")[0] == 503  # the proxy says it in our words
