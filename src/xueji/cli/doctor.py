"""`xueji doctor`: the installation as it is configured — what is in order, what is missing, what its absence means."""

from __future__ import annotations

import argparse
import http.client
import json
import os
import shutil
import socket
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from django.core.exceptions import ImproperlyConfigured

from xueji.config import postgres
from xueji.config.paths import state_dir
from xueji.config.practice import URL_VARIABLE, is_practice
from xueji.core.errors import XuejiError
from xueji.documents.fonts import font_report
from xueji.policy import get_library

if TYPE_CHECKING:
    from xueji.web.checkup import SystemCheck

_MIN_FREE_BYTES = 2 * 1024**3
Line = dict[str, str]


def findings(door: str = "") -> list[Line]:
    """Return one line a thing looked at: what, ok | optional | missing, and what follows."""
    lines = [_python(), *_settings()]
    lines += [_database_program()] if not _own_database() else []
    lines += [_packs(), _disk(), _fonts(), _chromium()]
    if lines[1]["state"] == "ok":
        lines += _running()
    if door:
        lines.append(_door(Path(door)))
    return lines


def line(what: str, is_fine: bool, detail: str, *, otherwise: str = "missing") -> Line:  # noqa: FBT001  # the verdict of the line
    """Return one line of the report."""
    return {"what": what, "state": "ok" if is_fine else otherwise, "detail": detail}


def _own_database() -> bool:
    return bool(os.environ.get(URL_VARIABLE if is_practice() else "DATABASE_URL"))


def _python() -> Line:
    return line("Python", sys.version_info >= (3, 11), sys.version.split()[0] + "（需要 3.11 或以上）")


def _settings() -> list[Line]:
    """Load the settings: everything that stops a start stops here, with the same sentence."""
    try:
        from django.conf import settings

        kind = "正式环境" if settings.PRODUCTION else "评估安装"
        keys = f"{len(settings.DATA_KEYS)} 个数据密钥，写入用 {settings.DATA_KEY_ACTIVE} 号"
    except (ImproperlyConfigured, XuejiError, OSError, KeyError, ValueError) as error:
        return [line("配置", False, f"{error}")]
    fits = settings.DATA_KEY_ACTIVE in settings.DATA_KEYS and all(len(key) == 32 for key in settings.DATA_KEYS.values())
    return [line("配置", True, f"{kind}，{settings.SITE_URL}"), line("密钥", fits, keys)]


def _database_program() -> Line:
    try:
        return line("PostgreSQL 程序", True, postgres.cluster().origin)
    except XuejiError as error:
        return line("PostgreSQL 程序", False, error.message)


def _packs() -> Line:
    try:
        packs = get_library().packs()
    except XuejiError as error:
        return line("政策包", False, error.message)
    return line("政策包", True, "、".join(p.id for p in packs))


def _disk() -> Line:
    folder = state_dir()
    while not folder.exists():
        folder = folder.parent
    free = shutil.disk_usage(folder).free
    can_write = os.access(folder, os.W_OK)
    return line(
        "文件目录", free > _MIN_FREE_BYTES and can_write,
        f"{folder} 剩余 {free / 1024**3:.0f} GB" + ("" if can_write else "，本用户不能写入"),
    )  # fmt: skip


def _chromium() -> Line:
    path = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    missing = "未安装：只影响浏览器测试（apt install chromium）"
    return line("Chromium", bool(path), Path(path).name if path else missing, otherwise="optional")


def _fonts() -> Line:
    report = font_report()
    return line("字体", "未安装" not in report, report, otherwise="optional")


# -- what only a configured installation can be asked


def _running() -> list[Line]:
    """Ask the configured database and look at what was laid out; a database that is not there ends the questions."""
    import django
    from django.db import DatabaseError

    django.setup()
    from xueji.web.checkup import database_checks, running_checks

    try:
        if not _own_database() and not postgres.is_running(postgres.cluster()):
            return [line("数据库", False, "自带数据库没有运行；xueji serve 会启动它", otherwise="optional")]
        asked = database_checks()
    except (DatabaseError, XuejiError) as error:
        return [line("数据库", False, f"不能连接：{' '.join(str(error).split())[:200]}")]
    return [*map(_line, asked), _migrations(), *map(_line, running_checks())]


def _line(check: SystemCheck) -> Line:
    return {"what": check.what, "state": check.state.value, "detail": check.detail}


def _migrations() -> Line:
    from xueji.config.generations import OtherVersion, refuse_other_version
    from xueji.web.condition import is_migrated

    try:
        refuse_other_version()
    except OtherVersion as error:
        return line("迁移", False, str(error))
    return line(
        "迁移", is_migrated(), "表与程序版本相符" if is_migrated() else "有迁移没有执行；xueji serve 启动时执行"
    )


def _door(path: Path) -> Line:
    """Ask the page server behind a proxy's socket, as the proxy does."""
    if not path.exists():
        return line("套接字", False, f"{path} 不存在：页面进程没有运行")
    connection = http.client.HTTPConnection("localhost", timeout=10)
    try:
        connection.sock = socket.socket(socket.AF_UNIX)
        connection.sock.settimeout(10)
        connection.sock.connect(str(path))
        connection.request("GET", "/healthz", headers={"X-Forwarded-Proto": "https", "Host": _host()})
        status = connection.getresponse().status
    except OSError as error:
        return line("套接字", False, f"{path} 没有应答：{error.strerror or error}")
    finally:
        connection.close()
    return line("套接字", status == 200, f"{path} 应答 {status}")


def _host() -> str:
    from django.conf import settings

    return settings.ALLOWED_HOSTS[0].lstrip(".") if settings.ALLOWED_HOSTS else "localhost"


def main(argv: Sequence[str]) -> int:
    """Print the report; status 1 when something needed is missing."""
    parser = argparse.ArgumentParser(prog="xueji doctor", description="检查这套安装：缺什么、缺了影响什么")
    parser.add_argument("--json", action="store_true", help="输出 JSON")
    parser.add_argument("--socket", default="", metavar="FILE", help="同时查看代理用的套接字有没有应答")
    chosen = parser.parse_args(argv)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "xueji.config.settings")
    lines = findings(chosen.socket)
    if chosen.json:
        print(json.dumps(lines, ensure_ascii=False))
    else:
        mark = {"ok": "✓", "optional": "○", "missing": "✗"}
        for line in lines:
            print(f"{mark[line['state']]} {line['what']:<12} {line['detail']}")
    return 1 if any(line["state"] == "missing" for line in lines) else 0
