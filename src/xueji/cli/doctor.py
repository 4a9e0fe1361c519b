"""`xueji doctor`: what this machine has, what is missing, and what its absence means."""

from __future__ import annotations

import argparse
import json
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path

from xueji.config import postgres
from xueji.config.paths import state_dir
from xueji.core.errors import XuejiError
from xueji.documents.fonts import font_report
from xueji.policy import get_library

_MIN_FREE_BYTES = 2 * 1024**3


def findings() -> list[dict[str, str]]:
    """Return one line a thing looked at: what, ok | optional | missing, and what follows."""
    lines = [_python(), _database(), _packs(), _disk(), _chromium(), _fonts()]
    return lines


def _python() -> dict[str, str]:
    fine = sys.version_info >= (3, 11)
    return {
        "what": "Python",
        "state": "ok" if fine else "missing",
        "detail": sys.version.split()[0] + "（需要 3.11 或以上）",
    }


def _database() -> dict[str, str]:
    try:
        return {"what": "PostgreSQL", "state": "ok", "detail": postgres.cluster().origin}
    except XuejiError as error:
        return {"what": "PostgreSQL", "state": "missing", "detail": error.message}


def _packs() -> dict[str, str]:
    try:
        packs = get_library().packs()
    except XuejiError as error:
        return {"what": "政策包", "state": "missing", "detail": error.message}
    return {"what": "政策包", "state": "ok", "detail": "、".join(p.id for p in packs)}


def _disk() -> dict[str, str]:
    folder = state_dir()
    while not folder.exists():
        folder = folder.parent
    free = shutil.disk_usage(folder).free
    return {
        "what": "磁盘",
        "state": "ok" if free > _MIN_FREE_BYTES else "missing",
        "detail": f"剩余 {free / 1024**3:.0f} GB",
    }


def _chromium() -> dict[str, str]:
    path = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if path:
        return {"what": "Chromium", "state": "ok", "detail": Path(path).name}
    return {"what": "Chromium", "state": "optional", "detail": "未安装：只影响浏览器测试（apt install chromium）"}


def _fonts() -> dict[str, str]:
    report = font_report()
    return {"what": "字体", "state": "optional" if "未安装" in report else "ok", "detail": report}


def main(argv: Sequence[str]) -> int:
    """Print the report; status 1 when something needed is missing."""
    parser = argparse.ArgumentParser(prog="xueji doctor", description="检查本机环境：缺什么、缺了影响什么")
    parser.add_argument("--json", action="store_true", help="输出 JSON")
    chosen = parser.parse_args(argv)
    lines = findings()
    if chosen.json:
        print(json.dumps(lines, ensure_ascii=False))
    else:
        mark = {"ok": "✓", "optional": "○", "missing": "✗"}
        for line in lines:
            print(f"{mark[line['state']]} {line['what']:<12} {line['detail']}")
    return 1 if any(line["state"] == "missing" for line in lines) else 0
