"""The page «系统状态»: every check with words, what is wrong first, no secret and no path; last backup and last audit."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import quote

import pytest
from django.conf import settings
from django.db import DatabaseError, connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from tests.factories.institutions import AuthorityFactory, appointed

from xueji.accounts.models import User
from xueji.certificates import marks
from xueji.certificates.models import NumberCounter
from xueji.cli import audit, backup
from xueji.institutions.models import Post
from xueji.ledger.sequencing import LogStopped
from xueji.web import checkup
from xueji.web.checkup import ADVICE, Grade, SystemCheck, disk_check, keys_check, page_checks
from xueji.web.upkeep import Work, last_work, note_work

pytestmark = pytest.mark.django_db
PACK = "edu/shaanxi-weinan"


def client_of(post: Post) -> Client:
    client = Client()
    client.force_login(appointed(post, AuthorityFactory()), backend="xueji.accounts.backends.Accounts")
    return client


def checks(reader: User | None = None) -> dict[str, SystemCheck]:
    reader = reader or appointed(Post.ADMINISTRATOR, AuthorityFactory())
    return {line.what: line for line in page_checks(reader)}


def counted(years: range) -> None:
    """Counters of one book that gave out numbers, each with a mark of another database, as after a restore."""
    folder = marks.folder()
    folder.mkdir(parents=True, exist_ok=True)
    for year in years:
        NumberCounter.objects.create(kind="graduation", scope=f"{PACK} 06-{year}", last_serial=3, ceiling=99_999)
        line = {"last": 3, "was": 0, "key": None, "lineage": "1:1:1", "anchor": [7, "1.0"]}
        (folder / f"counter+graduation+{quote(PACK, safe='')}+06-{year}.mark").write_text(json.dumps(line) + "\n")


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


def test_a_run_that_did_not_end_says_so(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """The good outcome of the time before stands no longer: not while it runs, not when it broke off, not when it was killed."""
    seen: list[SystemCheck] = []

    def breaks_off(_anything: object) -> list[dict]:
        seen.append(checks()["最近核对"])
        raise DatabaseError("connection lost")

    for module in (audit, backup):
        monkeypatch.setattr(module, "set_up", lambda **_: None)
    monkeypatch.setattr(backup, "back_up", breaks_off)
    for work, run in (
        (Work.AUDIT, lambda: audit.main([], breaks_off)),
        (Work.BACKUP, lambda: backup.main([str(tmp_path)])),
    ):
        note_work(work, is_fine=True, words="完成")
        with pytest.raises(DatabaseError):
            run()
        assert (last_work(work).is_fine, last_work(work).words) == (False, "没有完成")
    assert (seen[0].state, "还没有结束" in seen[0].detail) == (Grade.OPTIONAL, True)
    note_work(Work.AUDIT, is_fine=False, words="已经开始，还没有结束", is_begun=True)
    path = Path(settings.UPKEEP) / "audit.json"
    path.write_text(
        json.dumps(json.loads(path.read_text()) | {"at": (timezone.now() - timedelta(hours=13)).isoformat()})
    )
    assert checks()["最近核对"].state is Grade.MISSING
    capsys.readouterr()


def test_a_note_is_written_where_no_locale_is_set_and_refused_words_are_told(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("io.text_encoding", lambda encoding, _level=2: encoding or "ascii")  # as pathlib asks for it
    note_work(Work.BACKUP, is_fine=True, words="完成")
    assert last_work(Work.BACKUP).words == "完成"
    note_work(Work.BACKUP, is_fine=True, words="\udce4")  # half a character, as in a file name of another encoding
    assert "没有记下这一次" in capsys.readouterr().err
    assert last_work(Work.BACKUP).words == "完成"


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
    assert len(asked) <= 34, len(asked)


def test_the_page_asks_as_many_statements_of_thirty_counters_as_of_three() -> None:
    person = appointed(Post.ADMINISTRATOR, city := AuthorityFactory(division_code="610500"))
    costs = []
    for years in (range(2000, 2003), range(2003, 2030)):
        counted(years)
        AuthorityFactory.create_batch(len(years), parent=city)
        checks(person)
        with CaptureQueriesContext(connection) as asked:
            assert checks(person)["编号"].detail == f"本线 {years.stop - 2000} 处编号暂停发放"
        costs.append(len(asked))
    assert costs[0] == costs[1], costs


def test_numbers_of_another_line_are_not_told() -> None:
    counted(range(2000, 2003))
    reader, other = (
        appointed(Post.ADMINISTRATOR, AuthorityFactory(line=line, division_code="610500")) for line in ("edu", "health")
    )
    assert (checks(reader)["编号"].state, checks(reader)["编号"].detail) == (Grade.OPTIONAL, "本线 3 处编号暂停发放")
    assert (checks(other)["编号"].state, checks(other)["编号"].detail) == (Grade.OK, "可以发放")


def test_marks_that_cannot_be_read_are_grave_and_told_without_a_path(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_pack: str) -> None:
        raise PermissionError(13, "Permission denied", str(marks.folder()))

    monkeypatch.setattr(marks, "held_counters", fail)
    found = checks()["编号"]
    assert found.state is Grade.MISSING
    assert str(marks.folder()) not in found.detail
    assert "Permission" not in found.detail
    assert str(marks.folder()) not in client_of(Post.ADMINISTRATOR).get("/office/system/").text


def test_a_log_that_contradicts_the_database_is_grave_and_one_in_order_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    alive()
    assert checks()["履历日志"].state is not Grade.MISSING

    def stopped() -> None:
        raise LogStopped("日志第 3 条与库中的履历不符：/srv/log 不是本库的日志")

    monkeypatch.setattr(checkup, "log_progress", stopped)
    found = checks()["履历日志"]
    assert (found.state, "/srv/log" in found.detail) == (Grade.MISSING, False)
    page = client_of(Post.ADMINISTRATOR).get("/office/system/").text
    assert "1 项须处理" in page
    assert "可以办理业务" not in page
