"""Serve everything from one command: database, worker, pages; whatever dies is started again."""

from __future__ import annotations

import argparse
import logging
import os
import shutil
import signal
import threading
import types
from collections.abc import Sequence
from pathlib import Path

from xueji.cli.bootstrap import address_of_owner, collect_static, set_up, take_home
from xueji.cli.services import services
from xueji.config import postgres, practice
from xueji.config.holding import last_of_database
from xueji.config.lineage import die_with_parent
from xueji.config.paths import state_dir
from xueji.config.privileges import OWNER_VARIABLE, as_owner

_CHECK_SECONDS = 1.0

log = logging.getLogger("xueji.serve")


def run(*, host: str, port: int, workers: int, announcement: str = "", socket: str = "") -> int:
    """Keep database, worker and pages running until SIGTERM or Ctrl-C."""
    from xueji.cli.pages import free_port, free_socket

    take_home()
    if socket:
        os.environ["XUEJI_PROXY"] = "1"  # nobody else can ask there
        free_socket(Path(socket))
    else:
        free_port(host, port)
    cluster = set_up()
    collect_static()
    _count_together()
    stop = threading.Event()

    def on_signal(_number: int, _frame: types.FrameType | None) -> None:
        stop.set()

    signal.signal(signal.SIGTERM, on_signal)
    signal.signal(signal.SIGINT, on_signal)
    running = services(host=host, port=port, workers=workers, socket=socket)
    announcement = "\n".join(part for part in (announcement, setup_notice(), numbers_notice()) if part)
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
        _leave(cluster)
    return 0


def _leave(cluster: postgres.Cluster | None) -> None:
    """Stop the private database, unless practice (or what it is practice for) still serves from it."""
    with last_of_database(state_dir()) as alone:
        if cluster is not None and alone:
            postgres.stop(cluster)


def setup_notice() -> str:
    """Return what the terminal says while nobody has set the installation up: where to go, with which code."""
    from django.conf import settings

    from xueji.institutions import setup_code
    from xueji.institutions.queries.area import is_set_up

    if is_set_up():
        return ""
    return f"本系统还没有开通：打开首页，填写开通码 {setup_code.issue_code(settings.HOME)}"


def numbers_notice() -> str:
    """Return what the terminal says of numbers that wait, after a restore, for two persons to state the last on paper."""
    from xueji.certificates.stating import held_notices

    return "\n".join(held_notices())


def main_setup_code(argv: Sequence[str]) -> int:
    """`xueji setup-code`: the code for setting up, also for one more line of authorities beside those there are."""
    parser = argparse.ArgumentParser(
        prog="xueji setup-code",
        description="显示开通码：开通本系统，或在同一系统里增加另一套主管部门（打开 /setup/ 填写）",
    )
    parser.parse_args(argv)
    set_up(migrate=False, quiet=True)
    from django.conf import settings

    from xueji.institutions import setup_code

    print(setup_code.issue_code(settings.HOME))
    return 0


def _count_together() -> None:
    """Let all page processes count requests in one place (`web/figures.py`), from zero at every start."""
    from django.conf import settings

    folder = settings.HOME / "metrics"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(folder)


def _restart_database() -> None:
    """Start the database again; one that does not start yet is tried again at the next look."""
    log.error("数据库意外停止，重新启动")
    try:
        postgres.start()
    except postgres.PostgresUnavailable as error:
        log.error("%s", error.message)  # noqa: TRY400  # the message says all; a traceback would be noise each second


def add_address(parser: argparse.ArgumentParser) -> None:
    """Add the options that say where pages are served."""
    parser.add_argument("--host", default="127.0.0.1", help="监听地址（默认 127.0.0.1）")
    parser.add_argument("--port", type=int, default=8000, help="端口（默认 8000）")
    parser.add_argument("--workers", type=int, default=2, help="页面进程数（默认 2）")


def print_address(chosen: argparse.Namespace) -> None:
    """Let papers bear the address at which this installation is served; one that is configured stays."""
    if os.environ.get("XUEJI_PRODUCTION") == "1" or getattr(chosen, "socket", ""):
        return  # there the address is configured, or the start is refused
    host = "127.0.0.1" if chosen.host in ("0.0.0.0", "::") else chosen.host  # noqa: S104  # every interface is no address
    name = "XUEJI_PRACTICE_SITE_URL" if practice.is_practice() else "XUEJI_SITE_URL"
    os.environ.setdefault(name, f"http://{f'[{host}]' if ':' in host else host}:{chosen.port}")


def main(argv: Sequence[str]) -> int:
    """`xueji serve`."""
    parser = argparse.ArgumentParser(prog="xueji serve", description="启动整个平台（数据库、任务、页面）")
    add_address(parser)
    parser.add_argument(
        "--socket", default="", metavar="FILE", help="供反向代理使用的套接字文件，代替端口（docs/runbooks/proxy.md）"
    )
    chosen = parser.parse_args(argv)
    print_address(chosen)
    return run(host=chosen.host, port=chosen.port, workers=chosen.workers, socket=chosen.socket)


def main_worker(argv: Sequence[str]) -> int:
    """`xueji worker`: the queue alone, for a machine of its own."""
    parser = argparse.ArgumentParser(prog="xueji worker", description="只启动任务进程")
    parser.add_argument("--concurrency", type=int, default=2, help="同时进行的任务数（默认 2）")
    chosen = parser.parse_args(argv)
    die_with_parent()
    set_up(migrate=False, quiet=True)
    from xueji.config.lineage import beat
    from xueji.config.settling import settle
    from xueji.jobs.worker import run_worker

    try:
        settle()
        run_worker(concurrency=chosen.concurrency, sign_of_life=beat)
    except Exception:
        log.exception("the worker ends; most often the database went away, and it is started again")
        return 1
    return 0


def main_migrate(argv: Sequence[str]) -> int:
    """`xueji migrate`: bring the tables up to date as their owner, and give the platform's role its rights."""
    parser = argparse.ArgumentParser(
        prog="xueji migrate",
        description=f"以表的所有者（{OWNER_VARIABLE}）升级数据库，并把读写的权限交给 DATABASE_URL 的角色；已是最新则不做什么",
    )
    parser.parse_args(argv)
    set_up()
    print("数据库已是本版本")
    return 0


def main_manage(argv: Sequence[str]) -> int:
    """`xueji manage …`: Django's own commands; what changes tables is done as their owner."""
    cluster = set_up(migrate=False, quiet=True)
    from django.core.management import execute_from_command_line

    with as_owner(address_of_owner(cluster) if argv[:1] == ["migrate"] else None):
        execute_from_command_line(["xueji manage", *argv])
    return 0
