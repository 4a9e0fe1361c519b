"""A database that this version cannot carry forward is refused at start and by a restore, before anything is touched."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from django.db import connection
from tests.config.test_backup import root as root  # noqa: PLC0414  # a fixture of a folder with one backup

from xueji.cli import bootstrap, dumps
from xueji.cli import restore as restoring
from xueji.config.generations import OtherVersion, migrations_of_database, refuse_other_version, require_known


def record(app: str, name: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("insert into django_migrations (app, name, applied) values (%s, %s, now())", [app, name])


@pytest.mark.django_db
def test_the_database_of_this_version_is_known() -> None:
    gone = migrations_of_database()
    assert ("certificates", "0001_initial") in {(app, name[:12]) for app, name in gone}
    assert not any(app == "sessions" for app, _ in gone)
    refuse_other_version()


@pytest.mark.django_db
def test_steps_of_other_peoples_apps_are_their_business() -> None:
    record("sessions", "0099_later")
    refuse_other_version()


@pytest.mark.django_db
def test_a_database_of_a_later_version_is_refused_and_its_step_named() -> None:
    record("certificates", "0999_of_a_later_version")
    with pytest.raises(OtherVersion, match=r"更新的版本升级过（certificates\.0999_of_a_later_version）.*换回那个版本"):
        refuse_other_version()


def test_a_database_from_before_the_release_is_refused_with_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("xueji.config.generations._known", lambda: frozenset({("graduation", "0001_initial")}))
    require_known([("graduation", "0001_initial")])
    with pytest.raises(OtherVersion, match=r"发布以前的版本建立的.*make clean"):
        require_known([("graduation", "0001_initial"), ("graduation", "0002_four_jurisdictions")])


@pytest.mark.django_db
def test_nothing_is_migrated_before_the_refusal(monkeypatch: pytest.MonkeyPatch) -> None:
    called: list[str] = []
    monkeypatch.setattr(bootstrap, "call_command", lambda name, **_: called.append(name))
    record("certificates", "0999_of_a_later_version")
    monkeypatch.setattr(bootstrap, "may_migrate", lambda: True)
    with pytest.raises(OtherVersion):
        bootstrap.bring_up_to_date(role=None)
    assert called == []


def test_a_backup_of_another_version_is_refused_before_anything_goes(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    emptied: list[bool] = []
    monkeypatch.setattr(restoring, "_refuse_other_keys", lambda _: None)
    monkeypatch.setattr(restoring, "_empty_database", lambda: emptied.append(True))
    made = restoring.find_backup(root)
    manifest = dumps.read_manifest(made) | {"migrations": [["certificates", "0999_of_a_later_version"]]}
    (made / dumps.MANIFEST).write_text(json.dumps(manifest))
    with pytest.raises(OtherVersion, match="备份中的数据库已经由更新的版本升级过"):
        restoring.restore(made, replace=True)
    assert emptied == []
