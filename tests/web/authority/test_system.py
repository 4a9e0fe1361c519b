"""The page «系统状态»: every check with words, what is wrong first, no secret and no path; last backup and last audit."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from tests.factories.institutions import AuthorityFactory, appointed

from xueji.cli import audit
from xueji.institutions.models import Post
from xueji.web.checkup import ADVICE, Grade, SystemCheck, disk_check, keys_check, page_checks
from xueji.web.upkeep import Work, last_work, note_work

pytestmark = pytest.mark.django_db


def client_of(post: Post) -> Client:
    client = Client()
    client.force_login(appointed(post, AuthorityFactory()), backend="xueji.accounts.backends.Accounts")
    return client


def checks() -> dict[str, SystemCheck]:
    return {line.what: line for line in page_checks()}


def alive() -> None:
    with connection.cursor() as cursor:
        cursor.execute("insert into procrastinate_workers (last_heartbeat) values (now())")


def noted(work: Work, at: datetime, *, is_fine: bool = True) -> None:
    note_work(work, is_fine=is_fine, words="完成")
    path = Path(settings.UPKEEP) / f"{work}.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"at": at.isoformat()}))


@pytest.mark.parametrize("post", [Post.ADMINISTRATOR, Post.AUDITOR])
def test_administrator_and_auditor_read_it_and_nobody_else(post: Post) -> None:
    page = client_of(post).get("/office/system/")
    assert page.status_code == 200
    for what in ADVICE:
        assert what in page.text, what
    assert client_of(Post.CITY_REVIEWER).get("/office/system/").status_code == 403


def test_what_must_be_mended_stands_first_with_what_to_do() -> None:
    page = client_of(Post.ADMINISTRATOR).get("/office/system/").text  # no worker runs here
    assert "1 项须处理" in page
    assert page.index(">任务进程<") < page.index("PostgreSQL")
    assert "请运行维护人员启动任务进程" in page
    alive()
    page = client_of(Post.ADMINISTRATOR).get("/office/system/").text
    assert "项须处理" not in page
    assert "1 个在工作" in page


def test_no_secret_path_or_address_is_shown(settings) -> None:
    settings.LEDGER_MAIL = ["heads@witness.example"]
    page = client_of(Post.AUDITOR).get("/office/system/").text
    assert "日志头送往库外 1 处" in page
    assert "witness.example" not in page
    assert str(settings.MEDIA_ROOT) not in page
    assert str(settings.LEDGER_LOG) not in page
    assert all(key.hex() not in page for key in settings.DATA_KEYS.values())


def test_last_backup_and_last_audit_are_told_by_their_age_and_outcome() -> None:
    now = timezone.now()
    assert checks()["最近备份"].state is Grade.OPTIONAL  # never
    noted(Work.BACKUP, now - timedelta(hours=35))
    noted(Work.AUDIT, now - timedelta(days=34))
    assert {checks()[what].state for what in ("最近备份", "最近核对")} == {Grade.OK}
    noted(Work.BACKUP, now - timedelta(hours=37))
    noted(Work.AUDIT, now - timedelta(days=36))
    assert {checks()[what].state for what in ("最近备份", "最近核对")} == {Grade.OPTIONAL}
    noted(Work.BACKUP, now, is_fine=False)
    assert checks()["最近备份"].state is Grade.MISSING
    assert "xueji backup" in checks()["最近备份"].advice


def test_a_note_that_cannot_be_read_is_no_note(capsys: pytest.CaptureFixture[str], settings, tmp_path: Path) -> None:
    settings.UPKEEP = tmp_path
    for text in ("", "[]", '{"at": "2026-01-01T00:00:00", "is_fine": true, "words": ""}', '{"at": 1}'):
        (tmp_path / "audit.json").write_text(text)
        assert last_work(Work.AUDIT) is None
    settings.UPKEEP = tmp_path / "audit.json"  # a file where the folder should be
    note_work(Work.AUDIT, is_fine=True, words="全部相符")
    assert "没有记下这一次" in capsys.readouterr().err


def test_an_audit_notes_its_outcome(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(audit, "set_up", lambda **_: None)
    result = {"check": "x", "says": "y", "mismatches": []}
    assert audit.main([], lambda _heads: [result]) == 0
    assert (last_work(Work.AUDIT).is_fine, last_work(Work.AUDIT).words) == (True, "全部相符")
    assert audit.main([], lambda _heads: [result | {"mismatches": ["秦甲生 不符"]}]) == 1
    assert (last_work(Work.AUDIT).is_fine, last_work(Work.AUDIT).words) == (False, "1 处不符")
    capsys.readouterr()


def test_room_and_keys_at_their_bounds(settings) -> None:
    gigabyte, megabyte = 1024**3, 1024**2
    assert disk_check(2 * gigabyte + 1).state is Grade.OK
    assert disk_check(2 * gigabyte).state is Grade.OPTIONAL
    assert disk_check(200 * megabyte).state is Grade.MISSING
    assert keys_check().state is Grade.OK
    settings.DATA_KEY_ACTIVE = 99
    assert keys_check().state is Grade.MISSING


def test_the_page_costs_a_fixed_number_of_statements() -> None:
    client = client_of(Post.ADMINISTRATOR)
    client.get("/office/system/")
    with CaptureQueriesContext(connection) as asked:
        client.get("/office/system/")
    assert len(asked) <= 26, len(asked)
