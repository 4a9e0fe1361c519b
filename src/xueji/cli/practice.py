"""`xueji practice`: a second platform to try everything on, with everybody's own account and made-up graduates."""

from __future__ import annotations

import argparse
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from xueji.cli.bootstrap import set_up
from xueji.cli.serve import add_address, run
from xueji.config import postgres, practice
from xueji.config.paths import state_dir

_PORT = 8100
# Nothing of a student: institutions, who works there, how they sign in. Order: what is pointed at comes first.
COPIED = (
    "accounts_user", "institutions_authority", "institutions_school", "institutions_programme",
    "institutions_appointment",
)  # fmt: skip
_GRADUATES = 30


def main(argv: Sequence[str]) -> int:
    """Set practice up (once; later runs bring the accounts up to date), then serve it."""
    parser = argparse.ArgumentParser(prog="xueji practice", description="建立并启动练习平台；不碰真实数据")
    parser.add_argument("--no-serve", action="store_true", help="只建立，不启动")
    add_address(parser)
    parser.set_defaults(port=_PORT)
    chosen = parser.parse_args(argv)
    real = real_url()
    os.environ[practice.VARIABLE] = "1"
    set_up(marking=True)
    practice.refuse_wrong_database(practice=True)
    counted = copy_accounts(real)
    folder = write_exercises()
    os.environ.pop("DATABASE_URL", None)  # from here on this process, and what it starts, knows no other database
    told = f"练习平台：{counted['accounts_user']} 个账号（各用自己的密码），练习用的名册和照片在 {folder}"
    if chosen.no_serve:
        print(told)
        return 0
    return run(host=chosen.host, port=chosen.port, workers=chosen.workers, announcement=told)


def real_url() -> str:
    """Return where the real accounts are; asked before this process practises."""
    if given := os.environ.get("DATABASE_URL"):
        practice.practice_database_url(state_dir())  # refuses to go on when both are one
        return given
    return postgres.start().url()


def copy_accounts(real: str) -> dict[str, int]:
    """Bring institutions, posts and accounts over, passwords as their hashes; the real side is only read."""
    import psycopg
    from django.db import connection, transaction
    from psycopg import sql

    counted = {}
    read_only = psycopg.connect(real, options="-c default_transaction_read_only=on")
    with read_only as source, transaction.atomic(), connection.cursor() as target:
        target.execute("set constraints all deferred")
        for table in COPIED:
            found = source.execute(sql.SQL("select * from {} order by id").format(sql.Identifier(table)))
            names = [column.name for column in found.description or ()]
            rows = [_without_contact(dict(zip(names, row, strict=True))) for row in found]
            counted[table] = len(rows)
            _put(target, table, names, rows)
    return counted


def _without_contact(row: dict[str, Any]) -> dict[str, Any]:
    """Leave out how people are reached: nobody is called about practice."""
    return {name: "" if name in {"phone", "email"} else value for name, value in row.items()}


def _put(target: Any, table: str, names: list[str], rows: list[dict[str, Any]]) -> None:
    from psycopg import sql

    columns = sql.SQL(", ").join(map(sql.Identifier, names))
    values = sql.SQL(", ").join(sql.Placeholder() * len(names))
    changes = sql.SQL(", ").join(
        sql.SQL("{0} = excluded.{0}").format(sql.Identifier(name)) for name in names if name != "id"
    )
    statement = sql.SQL("insert into {} ({}) values ({}) on conflict (id) do update set {}").format(
        sql.Identifier(table), columns, values, changes
    )
    for row in rows:
        target.execute(statement, [row[name] for name in names])
    target.execute(
        sql.SQL("select setval(pg_get_serial_sequence({}, 'id'), greatest(1, (select max(id) from {})))").format(
            sql.Literal(table), sql.Identifier(table)
        )
    )


def write_exercises() -> Path:
    """Write a workbook and photographs of made-up graduates for each school, by the form of its own pack."""
    from django.conf import settings
    from django.utils import timezone

    from xueji.core.errors import BadInput
    from xueji.demo.exercises import graduates_for
    from xueji.demo.provinces import write_files
    from xueji.institutions.models import School
    from xueji.institutions.queries import pack_of

    folder = settings.HOME / "练习文件"
    today = timezone.localdate()
    for school in School.objects.select_related("authority").prefetch_related("programmes"):
        try:
            view = pack_of(school).on(today)
        except BadInput:  # a place no pack covers: nothing can be practised there
            continue
        if school.programmes.exists() and "graduates" in view.keys("workbook"):
            write_files(
                folder / school.code, view, graduates_for(school, view, count=_GRADUATES), stem=school.code, seed=5
            )
    return folder
