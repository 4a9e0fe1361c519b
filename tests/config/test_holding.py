"""A home is served once: a second start, of whatever command, ends with who serves it, and stops nobody's database."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from xueji.cli import serve
from xueji.config import postgres
from xueji.config.holding import use_database

_HOLDER = """
import sys, time, pathlib
from xueji.config import holding
getattr(holding, sys.argv[1])(pathlib.Path(sys.argv[2]))
print("held", flush=True)
time.sleep(120)
"""
Holder = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture
def holder(tmp_path: Path) -> Iterator[Holder]:
    """Start a second process that holds what is named."""
    begun: list[subprocess.Popen[str]] = []

    def begin(what: str, home: Path = tmp_path) -> subprocess.Popen[str]:
        begun.append(
            subprocess.Popen([sys.executable, "-c", _HOLDER, what, str(home)], stdout=subprocess.PIPE, text=True)
        )
        assert begun[-1].stdout is not None
        assert begun[-1].stdout.readline() == "held\n"
        return begun[-1]

    yield begin
    for process in begun:
        process.kill()
        process.communicate()


def run(home: Path, *words: str) -> subprocess.CompletedProcess[str]:
    kept = {k: v for k, v in os.environ.items() if not k.startswith("XUEJI_") and k != "DATABASE_URL"}
    return subprocess.run(
        [sys.executable, "-m", "xueji.cli", *words], env=kept | {"XUEJI_HOME": str(home)}, capture_output=True,
        text=True, timeout=60, check=False,
    )  # fmt: skip


@pytest.mark.parametrize("command", ["serve", "demo"])
def test_a_second_start_ends_at_once_and_says_who_serves(tmp_path: Path, holder: Holder, command: str) -> None:
    first = holder("hold_home")
    since = (tmp_path / "serving.lock").read_text().split("，")[1].strip()
    before = sorted(tmp_path.iterdir())
    done = run(tmp_path, command)
    assert done.returncode == 2
    assert f"{tmp_path} 已经在运行（进程 {first.pid}，{since}）" in done.stderr
    assert "打开" not in done.stdout
    assert sorted(tmp_path.iterdir()) == before  # no database was laid out, no worker begun


def test_practice_beside_real_work_is_a_home_of_its_own(tmp_path: Path, holder: Holder) -> None:
    holder("hold_home")
    beside = holder("hold_home", tmp_path / "practice")
    assert beside.poll() is None


def test_whoever_is_killed_holds_nothing(tmp_path: Path, holder: Holder) -> None:
    first = holder("hold_home")
    os.kill(first.pid, signal.SIGKILL)
    first.wait()
    second = holder("hold_home")
    assert f"进程 {second.pid}，" in (tmp_path / "serving.lock").read_text()


def test_only_the_last_of_those_who_serve_stops_the_database(
    tmp_path: Path, holder: Holder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XUEJI_HOME", str(tmp_path))
    stopped: list[str] = []
    monkeypatch.setattr(postgres, "stop", lambda _: stopped.append("stopped"))
    cluster = postgres.Cluster("embedded 18", tmp_path, tmp_path, tmp_path, None, 18)
    other = holder("use_database")
    use_database(tmp_path)
    serve._leave(cluster)
    assert stopped == []
    other.kill()
    other.wait()
    use_database(tmp_path)
    serve._leave(cluster)
    assert stopped == ["stopped"]


def test_who_comes_while_the_database_is_being_stopped_waits(
    tmp_path: Path, holder: Holder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XUEJI_HOME", str(tmp_path))
    came = threading.Event()
    waiting: list[threading.Thread] = []

    def stop(_: postgres.Cluster) -> None:
        waiting.append(threading.Thread(target=lambda: (holder("use_database"), came.set())))
        waiting[0].start()
        assert not came.wait(1.5)

    monkeypatch.setattr(postgres, "stop", stop)
    use_database(tmp_path)
    serve._leave(postgres.Cluster("embedded 18", tmp_path, tmp_path, tmp_path, None, 18))
    assert came.wait(30)
    waiting[0].join()
