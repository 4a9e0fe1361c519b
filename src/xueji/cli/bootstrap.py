"""Bring an install to the point where it can be used: database running, created and migrated, static files laid out.

Everything here may be done by two starts at once, on one machine or on two, and with a database that is just starting.
"""

from __future__ import annotations

import fcntl
import logging
import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import django
import psycopg
from django.core.management import call_command
from django.db import InterfaceError, OperationalError, connection
from django.db.migrations.executor import MigrationExecutor

from xueji.cli.sealed import refuse_stale_index
from xueji.config import postgres, practice
from xueji.config.generations import refuse_other_version
from xueji.config.holding import hold_home, use_database
from xueji.config.migrating import triggers_without_rendering
from xueji.config.paths import state_dir
from xueji.config.privileges import OWNER_VARIABLE, as_owner, grant, may_migrate, owner_url, owns_tables
from xueji.core.errors import ServiceError

_DATABASE_SECONDS = 120.0  # how long a database may take to come (back): a restart after a crash reads its log first
_MIGRATING = 0x584A0001  # the advisory lock of whoever brings the tables up to date

log = logging.getLogger("xueji.start")


class DatabaseAway(ServiceError):
    """The database did not answer in time."""

    code = "database_away"


def take_home() -> None:
    """Be the one that serves this home, before anything of it is touched; HomeTaken while another process is."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "xueji.config.settings")
    if os.environ.get("XUEJI_PRODUCTION") == "1":
        django.setup()  # what is not set is said before a folder is made
    hold_home(practice.practice_home(state_dir()) if practice.is_practice() else state_dir())
    use_database(state_dir())


def start_database(*, quiet: bool = False) -> postgres.Cluster | None:
    """Start the private cluster unless `DATABASE_URL` names a server; say which one is used."""
    variable = practice.URL_VARIABLE if practice.is_practice() else "DATABASE_URL"
    if os.environ.get(variable):
        if not quiet:
            print(f"数据库：{variable}", file=sys.stderr)
        return None
    with _turn_at(state_dir() / "start.lock"):  # two starts would both lay out the cluster
        cluster = postgres.start()
        postgres.create_role(cluster, postgres.PRODUCT_ROLE)
        postgres.create_database(cluster, practice.DATABASE if practice.is_practice() else "xueji")
    if not quiet:
        print(f"数据库：{cluster.origin}（{cluster.data_dir}）", file=sys.stderr)
    return cluster


def set_up(*, migrate: bool = True, quiet: bool = False, marking: bool = False) -> postgres.Cluster | None:
    """Start the database, load Django, bring the tables up to date; WrongDatabase when it is not for this process.

    Asked before anything is migrated. With `marking` an empty database becomes the one for practice.
    """
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "xueji.config.settings")
    if os.environ.get("XUEJI_PRODUCTION") == "1":
        django.setup()  # what is not set is said before anything is started
    cluster = start_database(quiet=quiet)
    django.setup()
    owner = address_of_owner(cluster) if migrate else None
    role = str(connection.settings_dict["USER"])
    with as_owner(owner):
        _patiently(lambda: _prepare(migrate=migrate, marking=marking, role=role if owner else None))
    if migrate and os.environ.get("XUEJI_PRODUCTION") == "1" and not practice.is_practice():
        _refuse_owner()
    return cluster


def address_of_owner(cluster: postgres.Cluster | None) -> str | None:
    """Return the owner's address of the database in use; None where one role does everything (practice, a bench)."""
    if practice.is_practice():
        return None
    return cluster.url() if cluster is not None else owner_url()


def _prepare(*, migrate: bool, marking: bool, role: str | None) -> None:
    if marking:
        practice.refuse_database_in_use()
    elif practice.is_practice() or practice.is_marked():
        practice.refuse_wrong_database(practice=practice.is_practice())
    if migrate:
        bring_up_to_date(role=role)
    if marking:
        practice.mark_for_practice()


def bring_up_to_date(*, role: str | None) -> None:
    """Migrate the database and give the product's role its rights: the one place where tables are made and changed.

    Who comes second waits for the first and finds nothing left to do. The lock is held by a connection of its own and
    falls with it, so a start that was killed blocks nobody. Without a role the one in use does everything; where it may
    not, there must be nothing left to migrate. An empty database is then the one its marks of numbers belong to, and the
    log of events goes on from whatever database this is: a restored one says so there.
    """
    from xueji.certificates.marks import adopt_if_new

    with psycopg.connect(**_address(), autocommit=True) as turn:
        turn.execute("select pg_advisory_lock(%s)", [_MIGRATING])
        refuse_other_version()
        if role is None and not may_migrate():
            _refuse_pending()
        else:
            with triggers_without_rendering():
                call_command("migrate", interactive=False, verbosity=0)
        if role is not None:
            grant(role)
        adopt_if_new()
        refuse_stale_index()
        _catch_up_log()


def _catch_up_log() -> None:
    """Put into the log what waits; one that contradicts the database keeps nobody from starting, and is said."""
    from xueji.ledger.sequencing import sequence_events

    try:
        sequence_events()
    except ServiceError as error:
        print(error.message, file=sys.stderr)


def _refuse_pending() -> None:
    """Raise WrongDatabase when tables would have to be made or changed by a role that may not."""
    loader = MigrationExecutor(connection)
    if loader.migration_plan(loader.loader.graph.leaf_nodes()):
        raise practice.WrongDatabase(
            f"数据库还没有升级到本版本，而当前角色不是表的所有者：请设 {OWNER_VARIABLE} 运行 xueji migrate，再启动（docs/runbooks/configuration.md）"
        )


def _refuse_owner() -> None:
    """Raise WrongDatabase when the product would run as the owner of its tables: then nothing in the ledger is safe."""
    if owns_tables():
        raise practice.WrongDatabase(
            f"DATABASE_URL 的角色是表的所有者（或超级用户）：请另建一个普通角色给平台用，所有者的地址写在 {OWNER_VARIABLE}（docs/runbooks/configuration.md）"
        )


def collect_static() -> None:
    """Lay out the static files of this version where the page processes look for them (production only).

    Files of the version before stay: pages that are open still ask for them.
    """
    from django.conf import settings

    if settings.PRODUCTION:
        with _turn_at(settings.HOME / "start.lock"):
            call_command("collectstatic", interactive=False, verbosity=0)


def _address() -> dict[str, str]:
    """Return where the database is, for a connection outside Django's pool."""
    database = connection.settings_dict
    named = {"dbname": "NAME", "user": "USER", "password": "PASSWORD", "host": "HOST", "port": "PORT"}
    return {word: str(database[name]) for word, name in named.items() if database[name]}


def _patiently(work: Callable[[], None], *, seconds: float = _DATABASE_SECONDS) -> None:
    """Do the work again until the database holds out; DatabaseAway when it does not come, or never will."""
    end, has_warned = time.monotonic() + seconds, False
    while True:
        try:
            with psycopg.connect(**_address(), connect_timeout=5):
                pass  # the pool would wait long and say nothing of the reason
            work()
        except (OperationalError, InterfaceError, psycopg.OperationalError, psycopg.InterfaceError) as error:
            reason = " ".join(str(error).split())[:300]
            connection.close()
            connection.close_pool()
            if time.monotonic() >= end or _is_refusal(reason):
                raise DatabaseAway(f"数据库不能使用：{reason}") from error
            if not has_warned:
                print(f"等待数据库：{reason}", file=sys.stderr)
            has_warned = True
            time.sleep(1)
        else:
            return


def _is_refusal(reason: str) -> bool:
    """Whether a server answered with a «no» that waiting does not change: a wrong password, no such database."""
    return any(word in reason for word in ("password authentication failed", "does not exist", "no pg_hba.conf entry"))


@contextmanager
def _turn_at(path: Path) -> Iterator[None]:
    """Hold a file's lock; it falls with the process, and the file stays."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
