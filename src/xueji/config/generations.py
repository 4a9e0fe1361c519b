"""A database tells by its migrations which version made it; one that this version cannot carry forward is refused untouched.

Two kinds there are: one from before the first release, whose steps were then collapsed into one an app, and one that a
later version has already changed. Both hold steps whose files this version does not have, and with them a name like
`0001_initial` would be taken for done though it now means other tables.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache

from django.apps import apps
from django.db import connection
from django.db.migrations.loader import MigrationLoader

from xueji.core.errors import ServiceError

MigrationKey = tuple[str, str]  # label of an app, name of its migration

# The second step of each app that had one before the first release: every database from then holds some of them.
_BEFORE_RELEASE: frozenset[MigrationKey] = frozenset(
    {
        ("accounts", "0002_looked_after_by"),
        ("blanks", "0002_signed_by_statement"),
        ("cases", "0002_four_jurisdictions"),
        ("certificates", "0002_four_jurisdictions"),
        ("documents", "0002_sealed"),
        ("graduation", "0002_four_jurisdictions"),
        ("institutions", "0002_four_jurisdictions"),
        ("ledger", "0002_authority_of_an_event"),
        ("lookup", "0002_count_by_network"),
        ("production", "0002_four_jurisdictions"),
        ("registry", "0002_sealed_particulars"),
    }
)


class OtherVersion(ServiceError):
    """The database was made or changed by a version from which, or to which, no way leads."""

    code = "other_version"


def migrations_of_database() -> set[MigrationKey]:
    """Return the steps of our own apps that the database in use has gone; none in an empty one."""
    with connection.cursor() as cursor:
        cursor.execute("select to_regclass('django_migrations') is not null")
        if not cursor.fetchone()[0]:
            return set()
        cursor.execute("select app, name from django_migrations")
        return {(app, name) for app, name in cursor.fetchall() if app in _own_labels()}


def require_known(gone: Iterable[MigrationKey], *, what: str = "这个数据库") -> None:
    """Raise OtherVersion when one of the steps is not among those of this version; `what` is the subject of the sentence."""
    unknown = sorted(set(gone) - _known())
    if not unknown:
        return
    if _BEFORE_RELEASE.intersection(unknown):
        raise OtherVersion(
            f"{what}是发布以前的版本建立的，本版本不能升级它，没有作任何改动。试用的数据请删除后重新载入（make clean，再 make demo）；"
            "要保留的，请仍用建立它的那个版本（docs/runbooks/upgrade.md）"
        )
    app, name = unknown[-1]
    raise OtherVersion(
        f"{what}已经由更新的版本升级过（{app}.{name}），本版本不认识，没有作任何改动。请换回那个版本的程序，或恢复升级前的备份（docs/runbooks/upgrade.md）"
    )


def refuse_other_version() -> None:
    """Raise OtherVersion when the database in use is not of a version that this one can carry forward."""
    require_known(migrations_of_database())


@cache
def _own_labels() -> frozenset[str]:
    return frozenset(config.label for config in apps.get_app_configs() if config.name.startswith("xueji."))


@cache
def _known() -> frozenset[MigrationKey]:
    """Return the steps of this version and those that they stand for; read from the disk once a process."""
    loader = MigrationLoader(None, load=False)
    loader.load_disk()
    replaced = [key for migration in loader.disk_migrations.values() for key in migration.replaces]
    return frozenset([*loader.disk_migrations, *replaced])
