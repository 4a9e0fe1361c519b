"""How pages are served: on a port, or behind a proxy on one queue that no busy process takes from."""

from __future__ import annotations

import argparse
import http.client
import os
import socket
import stat
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from xueji.cli.serve import add_address, print_address
from xueji.cli.services import listening, services
from xueji.config.proxy import behind_proxy

# Says how many requests this process was answering at once.
_APP = """
import threading, time
now = 0
lock = threading.Lock()

def application(environ, start_response):
    global now
    with lock:
        now += 1
        said = b"%d" % now
    until = time.monotonic() + 0.02
    while time.monotonic() < until:
        pass
    with lock:
        now -= 1
    start_response("200 OK", [("Content-Length", str(len(said)))])
    return [said]
"""


class Door(http.client.HTTPConnection):
    def __init__(self, path: Path) -> None:
        super().__init__("127.0.0.1", timeout=20)
        self.path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.connect(str(self.path))


@pytest.fixture
def door(tmp_path: Path) -> Iterator[Path]:
    (tmp_path / "busy.py").write_text(_APP)
    path = tmp_path / "pages.sock"
    command = [sys.executable, "-m", "granian", "--interface", "wsgi", *listening(host="", port=0, socket=str(path))]
    server = subprocess.Popen(
        [*command, "--workers", "2", "--no-ws", "--log-level", "warning", "busy:application"], cwd=tmp_path
    )
    try:
        yield path
    finally:
        server.terminate()
        server.wait()


def ask(door: Path) -> bytes:
    for _ in range(200):
        connection = Door(door)
        try:
            connection.request("GET", "/")
            return connection.getresponse().read()
        except (FileNotFoundError, ConnectionRefusedError):  # it is not listening yet
            threading.Event().wait(0.05)
        finally:
            connection.close()
    raise AssertionError("nobody listens")


@pytest.mark.enable_socket
def test_behind_a_proxy_a_process_answers_one_request_after_the_other(door: Path) -> None:
    ask(door)
    answers: list[bytes] = []
    askers = [threading.Thread(target=lambda: answers.extend(ask(door) for _ in range(15))) for _ in range(4)]
    for asker in askers:
        asker.start()
    for asker in askers:
        asker.join()
    assert answers == [b"1"] * 60
    assert stat.S_IMODE(door.stat().st_mode) == 0o660  # the platform's user and the proxy's group


def test_on_a_port_several_are_answered_at_once() -> None:
    assert listening(host="127.0.0.1", port=8000) == [
        "--host",
        "127.0.0.1",
        "--port",
        "8000",
        "--blocking-threads",
        "4",
    ]
    pages = services(host="127.0.0.1", port=8000, workers=3)[1]
    assert pages.command[pages.command.index("--workers") + 1] == "3"


def test_behind_a_proxy_the_address_is_the_browsers() -> None:
    seen = []
    pages = behind_proxy(lambda environ, _start: [seen.append(environ["REMOTE_ADDR"]) or b""])
    pages({"REMOTE_ADDR": "", "HTTP_X_REAL_IP": "203.0.113.7"}, lambda *_: None)
    pages({"REMOTE_ADDR": "10.0.0.1"}, lambda *_: None)
    assert seen == ["203.0.113.7", ""]


@pytest.mark.parametrize(
    ("options", "environment", "printed"),
    [
        (["--port", "8101"], {}, "http://127.0.0.1:8101"),
        (["--host", "10.0.0.7", "--port", "8102"], {}, "http://10.0.0.7:8102"),
        (["--host", "0.0.0.0"], {}, "http://127.0.0.1:8000"),
        (["--host", "::1", "--port", "81"], {}, "http://[::1]:81"),
        (["--port", "8101"], {"XUEJI_SITE_URL": "https://xueji.example.cn"}, "https://xueji.example.cn"),
        (["--port", "8101"], {"XUEJI_PRODUCTION": "1"}, None),
    ],
)
def test_papers_bear_the_address_at_which_the_pages_are_served(monkeypatch, options, environment, printed) -> None:
    for name in ("XUEJI_SITE_URL", "XUEJI_PRODUCTION"):
        monkeypatch.setenv(name, "x")  # so that what is written is taken back
        monkeypatch.delenv(name)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    parser = argparse.ArgumentParser()
    add_address(parser)
    print_address(parser.parse_args(options))
    assert os.environ.get("XUEJI_SITE_URL") == printed
