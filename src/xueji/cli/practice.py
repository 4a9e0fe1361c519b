"""`xueji practice`: a second platform to try everything on, with everybody's own account and made-up graduates."""

from __future__ import annotations

import argparse
import os
import secrets
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from xueji.cli.bootstrap import set_up, take_home
from xueji.cli.serve import add_address, print_address, run
from xueji.config import postgres, practice
from xueji.config.paths import state_dir

_PORT = 8100
# Nothing of a student: institutions, who works there, how they sign in. Order: what is pointed at comes first.
COPIED = (
    "accounts_user", "institutions_authority", "institutions_school", "institutions_programme",
    "institutions_appointment",
)  # fmt: skip
_GRADUATES = 30
# Nobody is called about practice, and no door of practice tells anything of a real password.
_NEVER_READ: dict[str, Any] = {
    "password": "", "phone": "", "email": "", "password_expires_at": None, "password_used_at": None,
}  # fmt: skip
_COLUMNS = "select column_name from information_schema.columns where table_name = %s order by ordinal_position"


def main(argv: Sequence[str]) -> int:
    """Set practice up (once; later runs bring the accounts up to date), then serve it."""
    parser = argparse.ArgumentParser(prog="xueji practice", description="建立并启动练习平台；不碰真实数据")
    parser.add_argument("--no-serve", action="store_true", help="只建立，不启动")
    add_address(parser)
    parser.set_defaults(port=_PORT)
    chosen = parser.parse_args(argv)
    real = real_url()
    os.environ[practice.VARIABLE] = "1"
    print_address(chosen)
    if not chosen.no_serve:
        take_home()
    set_up(marking=True)
    practice.refuse_wrong_database(practice=True)
    counted = copy_accounts(real)
    slips = write_slips()
    folder = write_exercises()
    os.environ.pop("DATABASE_URL", None)  # from here on this process, and what it starts, knows no other database
    message = f"练习平台：{counted['accounts_user']} 个账号，练习用的名册和照片在 {folder}"
    if slips:
        message += f"\n练习密码（不是真实平台的密码，请分发后删去）：{slips}"
    if chosen.no_serve:
        print(message)
        return 0
    return run(host=chosen.host, port=chosen.port, workers=chosen.workers, announcement=message)


def real_url() -> str:
    """Return where the real accounts are; asked before this process practises."""
    if given := os.environ.get("DATABASE_URL"):
        practice.practice_database_url(state_dir())  # refuses to go on when both are one
        return given
    return postgres.start().url()


def copy_accounts(real: str) -> dict[str, int]:
    """Bring institutions, posts and accounts over, without their passwords; the real side is only read.

    A hash of a real password at a second door would tell, with counters of its own, whether a guess is right.
    """
    import psycopg
    from django.db import connection, transaction
    from django.utils import timezone
    from psycopg import sql

    from xueji.ledger.actions import record_rewritten
    from xueji.ledger.tags import EventTag

    counted = {}
    read_only = psycopg.connect(real, options="-c default_transaction_read_only=on")
    with read_only as source, transaction.atomic(), connection.cursor() as target:
        target.execute("set constraints all deferred")
        for table in COPIED:
            columns = [row[0] for row in source.execute(_COLUMNS, [table])]
            names = [name for name in columns if name not in _NEVER_READ]
            wanted = sql.SQL(", ").join(map(sql.Identifier, names))
            found = source.execute(sql.SQL("select {} from {} order by id").format(wanted, sql.Identifier(table)))
            empty = {name: value for name, value in _NEVER_READ.items() if name in columns}
            rows = [{**dict(zip(names, row, strict=True)), **empty} for row in found]
            counted[table] = len(rows)
            _put(target, table, [*names, *empty], rows)
        record_rewritten(tag=EventTag.ROWS_COPIED, at=timezone.now(), note="单位、岗位和账号")
    return counted


def write_slips() -> Path | None:
    """Give every account without a password one of its own for practice, and write them down; None when all have one.

    Kept from run to run; a colleague's new account gets its password at the next. A practice from when real hashes
    were copied loses them at the first run.
    """
    import csv
    from uuid import uuid4

    from django.conf import settings
    from django.contrib.auth.hashers import make_password
    from django.db import transaction
    from django.utils import timezone

    from xueji.accounts.models import User
    from xueji.ledger.actions import record_rewritten
    from xueji.ledger.tags import EventTag

    own_passwords = settings.HOME / "own-passwords"
    if not own_passwords.exists():
        with transaction.atomic():
            User.objects.update(password="")
            record_rewritten(tag=EventTag.ROWS_COPIED, at=timezone.now(), note="密码清空")
        own_passwords.touch()
    without = list(User.objects.filter(password="", is_active=True).order_by("username"))
    if not without:
        return None
    path = settings.HOME / f"练习密码-{uuid4().hex[:6]}.csv"
    with os.fdopen(
        os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8-sig", newline=""
    ) as file:
        slips = csv.writer(file)
        slips.writerow(["账号", "姓名", "练习密码"])
        for user in without:
            password = f"lx-{secrets.token_hex(5)}"
            user.password = make_password(password)
            slips.writerow([user.username, user.full_name, password])
    with transaction.atomic():
        User.objects.bulk_update(without, ["password"])
        record_rewritten(tag=EventTag.ROWS_COPIED, at=timezone.now(), note="练习密码")
    return path


def _put(target: Any, table: str, names: list[str], rows: list[dict[str, Any]]) -> None:
    """Write rows over those of the same key; what was not read stays as it is, and is empty where a row is new."""
    from psycopg import sql

    columns = sql.SQL(", ").join(map(sql.Identifier, names))
    values = sql.SQL(", ").join(sql.Placeholder() * len(names))
    changes = sql.SQL(", ").join(
        sql.SQL("{0} = excluded.{0}").format(sql.Identifier(name))
        for name in names
        if name != "id" and name not in _NEVER_READ
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
