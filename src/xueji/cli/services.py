"""The processes that `xueji serve` keeps running: started again when they die, replaced when they fall silent."""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import dataclass, field

from xueji.config.lineage import BEAT, PARENT, children_of
from xueji.config.privileges import OWNER_VARIABLE

_STOP_SECONDS = 20.0
_SILENT_SECONDS = 30.0  # fifteen signs of life missed: even a loaded machine gives one
_START_SECONDS = 60.0  # until the first sign of life
_SETTLED_SECONDS = 30.0  # one that lived so long did not fail at its start
_LONGEST_PAUSE = 30.0

log = logging.getLogger("xueji.serve")


@dataclass
class Service:
    """A child process that is kept running, in a session of its own: its children can be told from all others."""

    name: str
    command: list[str]
    beats: bool = False  # whether it gives signs of life (`config.lineage.beat`)
    children_beat: bool = False  # and each of its children does; one that falls silent it replaces itself
    process: subprocess.Popen[bytes] | None = None
    restarts: int = field(default=0)
    _pipe: int | None = field(default=None, repr=False)
    _started: float = field(default=0.0, repr=False)
    _heard: dict[int, float] = field(default_factory=dict, repr=False)  # by process: its last sign of life
    _pause: float = field(default=0.0, repr=False)

    def keep_running(self) -> None:
        """Start the process if it is not there; one that dies at its start again and again is given longer pauses."""
        now = time.monotonic()
        if self.process is None:
            self._start(now)
        elif self.process.poll() is None:
            self._look_for_silent(now)
        elif now >= self._started + self._pause:
            self.restarts += 1
            log.error("%s 意外退出（%s），重新启动", self.name, self.process.returncode)
            self._kill_all()
            self._pause = 0.0 if now - self._started > _SETTLED_SECONDS else min(2 * self._pause + 1, _LONGEST_PAUSE)
            self._start(now)

    def _start(self, now: float) -> None:
        environment = {name: value for name, value in os.environ.items() if name != OWNER_VARIABLE}
        environment[PARENT] = str(os.getpid())
        passed: tuple[int, ...] = ()
        if self.beats:
            if self._pipe is not None:
                os.close(self._pipe)
            self._pipe, write = os.pipe()
            os.set_blocking(self._pipe, False)
            os.set_blocking(write, False)
            environment[BEAT], passed = str(write), (write,)
        self.process = subprocess.Popen(  # noqa: S603  # our own command line
            self.command, start_new_session=True, env=environment, pass_fds=passed
        )
        for descriptor in passed:
            os.close(descriptor)
        self._started, self._heard = now, {}

    def _look_for_silent(self, now: float) -> None:
        """End what gave signs of life and has given none for too long: the process, or a child of it that it replaces."""
        if self._pipe is None or self.process is None:
            return
        with suppress(BlockingIOError):
            self._heard |= {int(line): now for line in os.read(self._pipe, 65536).split()}
        if self._is_silent(self.process.pid, now):
            log.error("%s 没有响应，结束后重新启动", self.name)
            self._kill_all()
            self.process.wait()
        elif self.children_beat:
            children = children_of(self.process.pid)
            self._heard = {pid: heard for pid, heard in self._heard.items() if pid in children | {self.process.pid}}
            for pid in children:
                if self._is_silent(pid, now):
                    log.error("%s（进程 %s）没有响应，结束后重新启动", self.name, pid)
                    with suppress(ProcessLookupError):
                        os.kill(pid, signal.SIGKILL)

    def _is_silent(self, process: int, now: float) -> bool:
        """Whether a process is silent for too long; one that was never heard has the time of a start."""
        return now - self._heard.setdefault(process, now + _START_SECONDS - _SILENT_SECONDS) > _SILENT_SECONDS

    def _kill_all(self) -> None:
        """End the process and what it left behind: children of a killed page server would go on holding its port."""
        assert self.process is not None
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)

    def stop(self) -> None:
        """End the process, gently first: it may finish what it has in hand."""
        if self.process is None or self.process.poll() is not None:
            return
        self.process.terminate()
        try:
            self.process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            log.warning("%s 在 %.0f 秒内没有结束，强制结束", self.name, _STOP_SECONDS)
        self._kill_all()
        self.process.wait()


def services(*, host: str, port: int, workers: int, socket: str = "") -> list[Service]:
    """Return the processes of one machine: the queue's worker and the page server, on a port or on a proxy's socket."""
    return [
        Service("任务进程", [sys.executable, "-m", "xueji.cli", "worker"], beats=True),
        Service(
            "页面进程",
            [
                sys.executable, "-m", "xueji.cli.pages", "--interface", "wsgi",
                *listening(host=host, port=port, socket=socket), "--workers", str(workers), "--respawn-failed-workers",
                "--no-ws", "--log-level", "warning", "xueji.config.wsgi:application",
            ],
            beats=True,
            children_beat=True,
        ),
    ]  # fmt: skip


def listening(*, host: str, port: int, socket: str = "") -> list[str]:
    """Return how the page processes take requests.

    On a port each holds the connections it was dealt, and answers several at once. On a socket there is one queue: a
    process takes the next request when it has answered the last, so that none waits behind a busy process while
    another idles. That needs a proxy in front, which hands over whole requests and waits for slow readers.
    """
    if not socket:
        return ["--host", host, "--port", str(port), "--blocking-threads", "4"]
    return [
        "--uds", socket, "--uds-permissions", "0o660", "--no-http1-keep-alive", "--backpressure", "1",
        "--blocking-threads", "1",
    ]  # fmt: skip
