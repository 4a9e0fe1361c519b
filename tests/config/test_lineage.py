"""What `kill -9`, a stuck process, a left-over socket file and a second start do to the processes of `xueji serve`."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from xueji.cli import services as module
from xueji.cli.pages import AddressTaken, free_port, free_socket
from xueji.cli.services import Service, listening

_SLOW = """
import pathlib, time

here = pathlib.Path(__file__).parent

def application(environ, start_response):
    (here / "began").touch()
    time.sleep(1.5)
    (here / "written").touch()
    start_response("200 OK", [("Content-Length", "4")])
    return [b"done"]
"""
_CHILD = (
    "from xueji.config.lineage import die_with_parent as d; d(); print('up', flush=True); import time; time.sleep(60)"
)

_PARENT = """
import os, subprocess, sys
child = subprocess.Popen(
    [sys.executable, "-c", sys.argv[1]], stdout=subprocess.PIPE, start_new_session=True,
    env=os.environ | {"XUEJI_PARENT": str(os.getpid())},
)
child.stdout.readline()
print(child.pid, flush=True)
child.wait()
"""


def wait_until(condition: Callable[[], object], seconds: float = 20) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        threading.Event().wait(0.02)


def alive(process: int) -> bool:
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def test_a_child_dies_with_a_parent_that_was_killed() -> None:
    parent = subprocess.Popen([sys.executable, "-c", _PARENT, _CHILD], stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    child = int(parent.stdout.readline())
    assert alive(child)
    parent.kill()
    parent.wait()
    parent.stdout.close()
    wait_until(lambda: not alive(child))


def test_a_child_whose_parent_is_gone_already_does_not_begin() -> None:
    done = subprocess.run(
        [sys.executable, "-c", _CHILD],
        env=os.environ | {"XUEJI_PARENT": "1"},
        capture_output=True,
        check=False,
        timeout=20,
    )
    assert (done.returncode, done.stdout) == (-signal.SIGKILL, b"")


@pytest.fixture
def kept() -> Iterator[Callable[[str], Service]]:
    made: list[Service] = []

    def make(code: str, *, beats: bool = False) -> Service:
        made.append(Service("试", [sys.executable, "-c", code], beats=beats))
        made[-1].keep_running()
        return made[-1]

    yield make
    for child in made:
        child.stop()
        if child._pipe is not None:
            os.close(child._pipe)


def test_a_process_that_falls_silent_is_replaced_and_a_busy_one_is_not(kept, monkeypatch) -> None:
    monkeypatch.setattr(module, "_SILENT_SECONDS", 1.0)
    service = kept(
        "import time\nfrom xueji.config.lineage import beat\nwhile True: beat(); time.sleep(0.05)", beats=True
    )
    first = service.process
    end = time.monotonic() + 2.5
    while time.monotonic() < end:
        service.keep_running()
        threading.Event().wait(0.1)
    assert service.process is first
    os.kill(first.pid, signal.SIGSTOP)

    def replaced() -> bool:
        service.keep_running()
        return service.process is not first

    wait_until(replaced)
    assert not alive(first.pid)
    assert service.restarts == 1


def test_a_process_that_cannot_start_is_not_started_every_second(kept) -> None:
    service = kept("raise SystemExit(1)")
    end = time.monotonic() + 3
    while time.monotonic() < end:
        service.keep_running()
        threading.Event().wait(0.02)
    assert service.restarts in (1, 2)


def test_the_socket_file_of_a_dead_server_is_removed_and_that_of_a_living_one_is_not(tmp_path: Path) -> None:
    path = tmp_path / "pages.sock"
    free_socket(path)  # there is none
    server = socket.socket(socket.AF_UNIX)
    server.bind(str(path))
    server.listen()
    with pytest.raises(AddressTaken, match="另一个平台正在使用"):
        free_socket(path, patience=0.2)
    server.close()
    assert path.exists()
    free_socket(path)
    assert not path.exists()


def test_a_file_that_is_no_socket_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("mine")
    with pytest.raises(AddressTaken, match="不是套接字"):
        free_socket(path)
    assert path.read_text() == "mine"


@pytest.mark.enable_socket
def test_a_port_is_shared_with_nobody() -> None:
    with socket.socket() as server:
        server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)  # as the page server opens it
        server.bind(("127.0.0.1", 0))
        server.listen()
        port = server.getsockname()[1]
        with pytest.raises(AddressTaken, match=str(port)):
            free_port("127.0.0.1", port, patience=0.2)
    free_port("127.0.0.1", port)


@pytest.fixture
def pages(tmp_path: Path) -> Iterator[Callable[[], Service]]:
    (tmp_path / "slow.py").write_text(_SLOW)
    words = [
        *listening(host="", port=0, socket=str(tmp_path / "pages.sock")),
        "--workers",
        "1",
        "--working-dir",
        str(tmp_path),
    ]
    service = Service(
        "页面", [sys.executable, "-m", "xueji.cli.pages", "--interface", "wsgi", *words, "--no-ws", "slow:application"]
    )
    service.keep_running()
    yield service
    service.stop()


def ask(door: Path) -> bytes:
    with socket.socket(socket.AF_UNIX) as asker:
        asker.connect(str(door))
        asker.sendall(b"GET / HTTP/1.0\r\nHost: x\r\n\r\n")
        received = b""
        while piece := asker.recv(4096):
            received += piece
    return received


def listens(door: Path) -> bool:
    with socket.socket(socket.AF_UNIX) as asker:
        try:
            asker.connect(str(door))
        except OSError:
            return False
    return True


@pytest.mark.enable_socket
def test_a_request_in_flight_is_answered_before_the_pages_end(pages: Service, tmp_path: Path) -> None:
    door = tmp_path / "pages.sock"
    wait_until(lambda: listens(door))
    answers: list[bytes] = []
    asker = threading.Thread(target=lambda: answers.append(ask(door)))
    asker.start()
    wait_until((tmp_path / "began").exists)
    assert not (tmp_path / "written").exists()
    pages.stop()
    asker.join(20)
    assert answers[0].endswith(b"done")


@pytest.mark.enable_socket
def test_a_killed_page_server_comes_back_on_its_socket(pages: Service, tmp_path: Path) -> None:
    door = tmp_path / "pages.sock"
    wait_until(lambda: listens(door))
    os.kill(pages.process.pid, signal.SIGKILL)
    pages.process.wait()
    assert door.exists()

    def came_back() -> bool:
        pages.keep_running()
        return pages.restarts == 1

    wait_until(came_back)
    (tmp_path / "began").unlink(missing_ok=True)

    def answers() -> (
        bool
    ):  # until its last process is gone, the killed one's socket still takes a connection and drops it
        with suppress(ConnectionError, FileNotFoundError):  # and for a moment there is no file
            return ask(door).endswith(b"done")
        return False

    wait_until(answers)
