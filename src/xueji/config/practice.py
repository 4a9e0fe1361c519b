"""Practice (S3-12): everything may be tried, nothing real can be touched.

A process that practises has a database, stored files and keys of its own, and knows no other: it refuses a database
that is not marked for practice, as the real one refuses a database that is. People sign in with their own user names
and passwords issued for practice (`xueji practice` copies accounts without theirs); there is no shared password.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured

from xueji.config.postgres import cluster
from xueji.core.errors import ServiceError

VARIABLE = "XUEJI_PRACTICE"
URL_VARIABLE = "XUEJI_PRACTICE_DATABASE_URL"
DATABASE = "xueji_practice"
_MARKED = "select exists (select 1 from institutions_installation where is_practice)"


class WrongDatabase(ServiceError):
    """The database is not for this process: real work and practice never share one."""

    code = "wrong_database"


def is_practice(environment: Mapping[str, str] = os.environ) -> bool:
    """Whether this process practises."""
    return environment.get(VARIABLE) == "1"


def practice_home(home: Path) -> Path:
    """Return the folder of practice: files, keys and static files apart from the real ones."""
    return home / "practice"


def practice_database_url(home: Path, environment: Mapping[str, str] = os.environ) -> str:
    """Return where practice is stored; ImproperlyConfigured when that would be the real database, or is not said."""
    given, real = environment.get(URL_VARIABLE), environment.get("DATABASE_URL")
    if given:
        if real and _place(given) == _place(real):
            raise ImproperlyConfigured(f"{URL_VARIABLE} 与 DATABASE_URL 是同一个数据库；练习必须另用一个数据库")
        return given
    if real:
        raise ImproperlyConfigured(f"请设置环境变量 {URL_VARIABLE}：练习必须另用一个数据库")
    return cluster(home).url(DATABASE)


def _place(url: str) -> tuple[str, int, str]:
    parts = urlsplit(url)
    return parts.hostname or "", parts.port or 5432, parts.path.lstrip("/")


def is_marked() -> bool:
    """Whether the database in use is marked for practice."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("select to_regclass('institutions_installation') is not null")
        if not cursor.fetchone()[0]:
            return False
        cursor.execute(_MARKED)
        return bool(cursor.fetchone()[0])


def refuse_wrong_database(*, practice: bool) -> None:
    """Raise WrongDatabase unless the database in use is for this process."""
    marked = is_marked()
    if practice and not marked:
        raise WrongDatabase("练习不能启动：这个数据库没有练习标记，可能是真实数据。请用 xueji practice 建立练习数据库")
    if marked and not practice:
        raise WrongDatabase("不能启动：这个数据库是练习用的，其中没有真实数据。请检查 DATABASE_URL")


def refuse_database_in_use() -> None:
    """Raise WrongDatabase when a database that is to be marked holds anything of anybody."""
    from django.db import connection

    if is_marked():
        return
    with connection.cursor() as cursor:
        for table in ("accounts_user", "institutions_school", "registry_person", "ledger_event"):
            cursor.execute("select to_regclass(%s) is not null", [table])
            if not cursor.fetchone()[0]:
                continue
            cursor.execute(f"select exists (select 1 from {table})")  # noqa: S608  # a name of our own, above
            if cursor.fetchone()[0]:
                raise WrongDatabase("这个数据库中已有数据，不能改作练习用；请另用一个空的数据库")


def mark_for_practice() -> None:
    """Mark the empty database in use for practice, for good."""
    from xueji.institutions.models import Installation

    refuse_database_in_use()
    Installation.objects.get_or_create(pk=1)
