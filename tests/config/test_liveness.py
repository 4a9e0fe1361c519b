"""A page process that hangs — stopped, or going round in a page for ever — is noticed and replaced; a busy one is not."""

from __future__ import annotations

import os
import signal
import socket
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from tests.config.test_lineage import alive, wait_until

from xueji.cli import services as module
from xueji.cli.services import Service, listening, services
from xueji.config import liveness
from xueji.config.lineage import children_of
from xueji.config.liveness import Watch

# Answers with the number of its process; `/loop` never ends, `/pieces` in its second piece.
_APP = """
import os
from xueji.config import liveness

liveness._BEAT_SECONDS = 0.1
watch = liveness.Watch(0.5)
liveness.give_signs(watch.is_stuck)

def for_ever():
    while True:
        pass

def pieces():
    yield b"one"
    for_ever()

def pages(environ, start_response):
    if environ["PATH_INFO"] == "/loop":
        for_ever()
    start_response("200 OK", [])
    return pieces() if environ["PATH_INFO"] == "/pieces" else [b"%d" % os.getpid()]

application = watch.over(pages)
"""


@pytest.fixture
def pages(tmp_path: Path, monkeypatch) -> Iterator[Service]:
    """A page server of two processes whose silence is noticed after three seconds."""
    monkeypatch.setattr(module, "_SILENT_SECONDS", 3.0)
    (tmp_path / "hangs.py").write_text(_APP)
    words = listening(host="", port=0, socket=str(tmp_path / "pages.sock"))
    more = ["--workers", "2", "--respawn-failed-workers", "--working-dir", str(tmp_path), "--no-ws"]
    command = [sys.executable, "-m", "xueji.cli.pages", "--interface", "wsgi", *words, *more, "hangs:application"]
    service = Service("页面", command, beats=True, children_beat=True)
    service.keep_running()
    wait_until(lambda: len(answering(tmp_path)) == 2)
    yield service
    for pid in (service.process.pid, *children_of(service.process.pid)):
        os.kill(pid, signal.SIGCONT)
    service.stop()
    os.close(service._pipe)


def ask(folder: Path, path: str = "/") -> bytes:
    with socket.socket(socket.AF_UNIX) as asker:
        asker.settimeout(1)
        asker.connect(str(folder / "pages.sock"))
        asker.sendall(b"GET %s HTTP/1.0\r\nHost: x\r\n\r\n" % path.encode())
        received = b""
        while piece := asker.recv(4096):
            received += piece
    return received


def answering(folder: Path) -> set[int]:
    """Return the processes that answer when many ask."""
    found = set()
    for _ in range(40):
        with suppress(OSError, ValueError):
            found.add(int(ask(folder).rpartition(b"\r\n")[2]))
    return found


def stop_one(folder: Path) -> None:
    os.kill(min(answering(folder)), signal.SIGSTOP)


def ask_what_never_ends(folder: Path) -> None:
    with pytest.raises(TimeoutError):
        ask(folder, "/loop")


def ask_what_stops_in_the_middle(folder: Path) -> None:
    with pytest.raises(TimeoutError):
        ask(folder, "/pieces")


@pytest.mark.enable_socket
@pytest.mark.parametrize("hang", [stop_one, ask_what_never_ends, ask_what_stops_in_the_middle])
def test_a_hung_page_process_is_replaced_and_the_others_go_on(
    pages: Service, tmp_path: Path, hang: Callable[[Path], None]
) -> None:
    before, server = children_of(pages.process.pid), pages.process
    hang(tmp_path)

    def replaced() -> bool:
        pages.keep_running()
        return len(before - children_of(server.pid)) == 1

    wait_until(replaced)
    wait_until(lambda: len(answering(tmp_path)) == 2)
    assert len(before & children_of(server.pid)) == 1  # the other one was left alone
    assert pages.process is server
    assert pages.restarts == 0


@pytest.mark.enable_socket
def test_a_stopped_page_server_is_replaced_with_its_processes(pages: Service, tmp_path: Path) -> None:
    first, before = pages.process, children_of(pages.process.pid)
    os.kill(first.pid, signal.SIGSTOP)

    def replaced() -> bool:
        pages.keep_running()
        return pages.process is not first

    wait_until(replaced)
    assert [pid for pid in (first.pid, *before) if alive(pid)] == []
    wait_until(lambda: len(answering(tmp_path)) == 2)


@pytest.mark.enable_socket
def test_busy_pages_are_left_alone(pages: Service, tmp_path: Path) -> None:
    before, end = children_of(pages.process.pid), threading.Event()
    threading.Timer(5, end.set).start()
    while not end.is_set():
        pages.keep_running()
        ask(tmp_path)
    assert children_of(pages.process.pid) == before
    wait_until(lambda: answering(tmp_path) == before)  # on a loaded machine one may take all of a round


def test_what_a_reader_has_not_fetched_is_not_overdue(monkeypatch) -> None:
    now = [0.0]
    monkeypatch.setattr(liveness.time, "monotonic", lambda: now[0])
    watch, stuck = Watch(10), []

    def pieces() -> Iterator[bytes]:
        yield b"one"
        now[0] += 20  # this piece takes long
        stuck.append(watch.is_stuck())
        yield b"two"

    answer = iter(watch.over(lambda _environ, _start: pieces())({}, lambda *_: None))
    assert next(answer) == b"one"
    now[0] += 100  # the reader is slow
    assert not watch.is_stuck()
    assert next(answer) == b"two"
    assert stuck == [True]
    assert not watch.is_stuck()


def test_what_an_answer_holds_is_let_go() -> None:
    class Answer(list):
        closed = False

        def close(self) -> None:
            self.closed = True

    held_answer = Answer([b"x"])
    answer = Watch(10).over(lambda _environ, _start: held_answer)({}, lambda *_: None)
    assert list(answer) == [b"x"]
    answer.close()
    assert held_answer.closed


def test_both_parts_of_the_platform_give_signs_of_life() -> None:
    worker, pages = services(host="127.0.0.1", port=8000, workers=2)
    assert (worker.beats, worker.children_beat) == (
        True,
        False,
    )  # its children read files for it, and end by themselves
    assert (pages.beats, pages.children_beat) == (True, True)
