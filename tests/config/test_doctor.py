"""`xueji doctor` looks at the installation as it is configured, and says by its status whether anything needed is missing."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from urllib.parse import quote

import pytest
from django.db import connection

from xueji.cli import doctor


def run(home: Path, *words: str, **variables: str) -> tuple[int, dict[str, dict[str, str]]]:
    kept = {k: v for k, v in os.environ.items() if not k.startswith("XUEJI_") and k != "DATABASE_URL"}
    done = subprocess.run(
        [sys.executable, "-m", "xueji.cli", "doctor", "--json", *words], env=kept | {"XUEJI_HOME": str(home)} | variables,
        capture_output=True, text=True, check=False, timeout=90,
    )  # fmt: skip
    assert "Traceback" not in done.stderr, done.stderr
    return done.returncode, {line["what"]: line for line in json.loads(done.stdout)}


def test_a_new_home_lacks_nothing_and_nothing_is_started(tmp_path: Path) -> None:
    status, report = run(tmp_path)
    assert status == 0, report
    assert report["数据库"]["state"] == "optional"
    assert "PostgreSQL 程序" in report
    assert not list(tmp_path.glob("pg*"))


def test_a_configured_database_that_does_not_answer_is_missing_and_the_embedded_one_is_not_looked_at(
    tmp_path: Path,
) -> None:
    status, report = run(tmp_path, DATABASE_URL="postgresql://nobody@127.0.0.1:1/none")
    assert status == 1
    assert report["数据库"]["state"] == "missing"
    assert "PostgreSQL 程序" not in report


def test_what_stops_a_start_is_said_by_the_same_sentence(tmp_path: Path) -> None:
    status, report = run(tmp_path, XUEJI_PRODUCTION="1", DATABASE_URL="postgresql://nobody@127.0.0.1:1/none")
    assert status == 1
    assert report["配置"]["state"] == "missing"
    assert "XUEJI_SITE_URL" in report["配置"]["detail"]


@pytest.mark.django_db(transaction=True)
def test_the_configured_database_is_asked(tmp_path: Path) -> None:
    database = connection.settings_dict
    url = f"postgresql://{database['USER']}@/{database['NAME']}?host={quote(database['HOST'], safe='')}"
    with connection.cursor() as cursor:
        cursor.execute("insert into procrastinate_workers (last_heartbeat) values (now())")
    status, report = run(tmp_path, DATABASE_URL=url)
    assert [line for line in report.values() if line["state"] == "missing"] == []
    assert status == 0
    for what in ("数据库", "时钟", "时区", "迁移", "任务进程", "任务队列", "履历", "静态文件", "文件存储", "密钥"):
        assert report[what]["state"] == "ok", report[what]
    with connection.cursor() as cursor:
        cursor.execute("update procrastinate_workers set last_heartbeat = now() - interval '1 hour'")
        cursor.execute("delete from django_migrations where (app, name) = ('jobs', '0001_initial')")
    status, report = run(tmp_path, "--socket", str(tmp_path / "none.sock"), DATABASE_URL=url)
    with connection.cursor() as cursor:
        cursor.execute("insert into django_migrations (app, name, applied) values ('jobs', '0001_initial', now())")
    assert status == 1
    assert [what for what, line in report.items() if line["state"] == "missing"] == ["迁移", "任务进程", "套接字"]


def test_a_socket_file_without_a_server_is_missing(tmp_path: Path) -> None:
    import socket

    path = tmp_path / "pages.sock"
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(path))
    assert doctor._door(path)["state"] == "missing"
