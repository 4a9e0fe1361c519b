"""Serve everything from one command: database, worker, pages; whatever dies is started again."""

from __future__ import annotations

import argparse
import os
import signal
import subprocess
import sys
import threading
import types
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field

from xueji.cli.bootstrap import set_up
from xueji.config import postgres

_CHECK_SECONDS = 1.0
_STOP_SECONDS = 20.0


@dataclass
class Service:
    """A child process that is kept running, in a session of its own: its children can be told from all others."""

    name: str
    command: list[str]
    process: subprocess.Popen[bytes] | None = None
    restarts: int = field(default=0)

    def keep_running(self) -> None:
        """Start the process if it is not there."""
        if self.process is not None and self.process.poll() is None:
            return
        if self.process is not None:
            self.restarts += 1
            print(f"{self.name} 意外退出（{self.process.returncode}），重新启动", file=sys.stderr)
            self._kill_orphans()
        self.process = subprocess.Popen(self.command, start_new_session=True)  # noqa: S603  # our own command line

    def _kill_orphans(self) -> None:
        """End what the dead process left behind: children of a killed page server would go on holding its port."""
        assert self.process is not None
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)

    def stop(self) -> None:
        """End the process, gently first."""
        if self.process is None or self.process.poll() is not None:
            return
        self.process.terminate()
        try:
            self.process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self._kill_orphans()


def services(*, host: str, port: int, workers: int, socket: str = "") -> list[Service]:
    """Return the processes of one machine: the queue's worker and the page server, on a port or on a proxy's socket."""
    return [
        Service("任务进程", [sys.executable, "-m", "xueji.cli", "worker"]),
        Service(
            "页面进程",
            [
                sys.executable, "-m", "granian", "--interface", "wsgi", *listening(host=host, port=port, socket=socket),
                "--workers", str(workers), "--respawn-failed-workers", "--no-ws", "--log-level", "warning",
                "xueji.config.wsgi:application",
            ],
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


def run(*, host: str, port: int, workers: int, announcement: str = "", socket: str = "") -> int:
    """Keep database, worker and pages running until SIGTERM or Ctrl-C."""
    if socket:
        os.environ["XUEJI_PROXY"] = "1"  # nobody else can ask there
    cluster = set_up()
    stop = threading.Event()

    def on_signal(_number: int, _frame: types.FrameType | None) -> None:
        stop.set()

    signal.signal(signal.SIGTERM, on_signal)
    signal.signal(signal.SIGINT, on_signal)
    running = services(host=host, port=port, workers=workers, socket=socket)
    where = f"等待代理的请求：{socket}" if socket else f"打开 http://{host}:{port}/"
    print(f"{announcement}\n{where}    按 Ctrl-C 停止", flush=True)
    try:
        while not stop.is_set():
            if cluster is not None and not postgres.is_running(cluster):
                _restart_database()
            for service in running:
                service.keep_running()
            stop.wait(_CHECK_SECONDS)
    finally:
        for service in reversed(running):
            service.stop()
        if cluster is not None:
            postgres.stop(cluster)
    return 0


def _restart_database() -> None:
    """Start the database again; one that does not start yet is tried again at the next look."""
    print("数据库意外停止，重新启动", file=sys.stderr)
    try:
        postgres.start()
    except postgres.PostgresUnavailable as error:
        print(error.message, file=sys.stderr)


def add_address(parser: argparse.ArgumentParser) -> None:
    """Add the options that say where pages are served."""
    parser.add_argument("--host", default="127.0.0.1", help="监听地址（默认 127.0.0.1）")
    parser.add_argument("--port", type=int, default=8000, help="端口（默认 8000）")
    parser.add_argument("--workers", type=int, default=2, help="页面进程数（默认 2）")


def main(argv: Sequence[str]) -> int:
    """`xueji serve`."""
    parser = argparse.ArgumentParser(prog="xueji serve", description="启动整个平台（数据库、任务、页面）")
    add_address(parser)
    parser.add_argument(
        "--socket", default="", metavar="FILE", help="供反向代理使用的套接字文件，代替端口（docs/runbooks/proxy.md）"
    )
    chosen = parser.parse_args(argv)
    return run(host=chosen.host, port=chosen.port, workers=chosen.workers, socket=chosen.socket)


def main_worker(argv: Sequence[str]) -> int:
    """`xueji worker`: the queue alone, for a machine of its own."""
    parser = argparse.ArgumentParser(prog="xueji worker", description="只启动任务进程")
    parser.add_argument("--concurrency", type=int, default=2, help="同时进行的任务数（默认 2）")
    chosen = parser.parse_args(argv)
    set_up(migrate=False, quiet=True)
    from xueji.jobs.worker import run_worker

    run_worker(concurrency=chosen.concurrency)
    return 0


def main_manage(argv: Sequence[str]) -> int:
    """`xueji manage …`: Django's own commands."""
    set_up(migrate=False, quiet=True)
    from django.core.management import execute_from_command_line

    execute_from_command_line(["xueji manage", *argv])
    return 0
