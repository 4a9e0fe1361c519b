"""The whole product as a user meets it: its own home, database, worker and pages; a real Chromium in front."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from xueji.config import postgres

ROOT = Path(__file__).resolve().parents[2]
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
CHROMIUM_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
_START_SECONDS = 180  # a first start lays out the database: half a minute of work, more on a busy machine


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything here drives a browser; without one it is named and skipped — or, in CI, a failure."""
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.e2e)
            item.add_marker(pytest.mark.timeout(300))
            if CHROMIUM is None and os.environ.get("CI") != "true":
                item.add_marker(pytest.mark.skip(reason="Chromium is not installed (apt install chromium)"))


@dataclass
class Stack:
    """A running install."""

    home: Path
    url: str
    server: subprocess.Popen[bytes]
    environment: dict[str, str]

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Run a program of the product against this install."""
        return subprocess.run(
            [sys.executable, *words], env=self.environment, cwd=ROOT, capture_output=True, text=True, check=False
        )


def start_stack(
    home: Path, *, port: int | None = None, is_empty: bool = False, build: Sequence[str] = ("-m", "tests.e2e.town")
) -> Stack:
    """Build the town, or what `build` makes, in `home` (unless it stands, or nothing is to stand there) and serve it."""
    environment = {
        k: v
        for k, v in os.environ.items()
        if k not in {"DATABASE_URL", "DJANGO_SETTINGS_MODULE", "XUEJI_TESTING", "XUEJI_TEST_DB"}
    }
    environment |= {"XUEJI_HOME": str(home), "PYTHONUNBUFFERED": "1"}
    port = port or _free_port()
    environment["XUEJI_SITE_URL"] = f"http://127.0.0.1:{port}"
    stack = Stack(home, f"http://127.0.0.1:{port}", None, environment)  # type: ignore[arg-type]  # started below
    home.mkdir(parents=True, exist_ok=True)
    if not is_empty and not (home / "town").exists():
        built = stack.run(*build)
        assert built.returncode == 0, built.stderr
        (home / "town").touch()
    log = (home / "serve.log").open("ab")
    stack.server = subprocess.Popen(
        [sys.executable, "-m", "xueji.cli", "serve", "--port", str(port), "--workers", "1"],
        env=environment, cwd=ROOT, stdout=log, stderr=log,
    )  # fmt: skip
    try:
        wait_for(lambda: answers(f"{stack.url}/readyz"), what="the pages")
    except AssertionError:
        stop_stack(stack)  # nobody else knows of it yet
        raise
    return stack


def stop_stack(stack: Stack) -> None:
    """End the install gently; the database stops with it."""
    stack.server.terminate()
    stack.server.wait(40)
    apart = postgres.cluster(stack.home).data_dir.parent  # run as root, data lie where `nobody` reaches them
    if apart != stack.home:
        shutil.rmtree(apart, ignore_errors=True)


def answers(url: str) -> bool:
    """Whether a page answers with success."""
    try:
        with urllib.request.urlopen(url, timeout=2) as answer:
            return answer.status == 200
    except (urllib.error.URLError, OSError):
        return False


def wait_for(condition: Callable[[], object], *, what: str, seconds: float = _START_SECONDS) -> None:
    """Wait until a condition of another process holds."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, f"{what} did not come within {seconds} s"
        select_nothing(0.1)


def select_nothing(seconds: float) -> None:
    """Let other processes go on for a moment."""
    threading.Event().wait(seconds)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """One running town for all journeys."""
    running = start_stack(tmp_path_factory.mktemp("town"))
    yield running
    stop_stack(running)


@pytest.fixture(scope="session")
def browser() -> Iterator:
    """Debian's Chromium, headless."""
    assert CHROMIUM, "Chromium is needed: apt install chromium"
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=CHROMIUM_FLAGS)
        yield chromium
        chromium.close()
