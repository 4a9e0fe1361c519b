"""A number is given once, also after the database was restored: the marks outside it know how far paper goes."""

from __future__ import annotations

import json
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection, transaction
from tests.factories.accounts import UserFactory
from tests.factories.certificates import AT, range_of, view_of
from tests.factories.institutions import SchoolFactory
from tests.factories.ledger import EventFactory

from xueji.certificates import markfiles, marks
from xueji.certificates.actions import release_numbers
from xueji.certificates.marks import Why
from xueji.certificates.models import CertificateNumber, NumberCounter
from xueji.core.errors import NumbersHeld, ServiceError

PACK = "edu/shaanxi-weinan"
committed = pytest.mark.django_db(transaction=True)


def release(count: int = 1, *, year: int = 2019, school=None, by=None):
    return release_numbers(
        view=view_of(), kind="graduation", parts={"year": year}, count=count, school=school or SchoolFactory(),
        purpose="测试", by=by or UserFactory(), at=AT,
    )  # fmt: skip


def mark_file() -> Path:
    return next(marks.folder().glob("counter+*2019*.mark"))


def lines(path: Path | None = None) -> list[dict]:
    return [json.loads(raw) for raw in (path or mark_file()).read_text().splitlines()]


def another_database() -> None:
    """The marks are those of another database, as after a restore."""
    for path in marks.folder().iterdir():
        path.write_text(path.read_text().replace(marks.lineage(), "1:1:1"))


@committed
def test_each_release_is_marked_before_and_after_its_commit() -> None:
    with transaction.atomic():
        release(3)
        assert [line.get("last") for line in lines()] == [3]
    assert [(line.get("last"), line.get("done")) for line in lines()] == [(3, None), (None, 3)]
    release(2)
    assert [line.get("last") or line["done"] for line in lines()] == [3, 3, 5, 5]


@committed
def test_a_rolled_back_release_leaves_a_mark_too_high_that_holds_nobody_up() -> None:
    release(3)
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        release(40)
        raise ZeroDivisionError
    assert lines()[-1]["last"] == 43
    assert marks.held_counters(PACK) == []
    assert range_of(release(2)) == ("20190600004", "20190600005")


@committed
def test_a_savepoint_rolled_back_counts_as_never_drawn() -> None:
    with transaction.atomic():
        release(3)
        with pytest.raises(ZeroDivisionError), transaction.atomic():
            release(40)
            raise ZeroDivisionError
        assert range_of(release(2)) == ("20190600004", "20190600005")


@committed
def test_a_first_release_rolled_back_lets_the_counter_begin_at_one() -> None:
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        release(40)
        raise ZeroDivisionError
    assert range_of(release(2)) == ("20190600001", "20190600002")


@committed
def test_database_that_went_back_gives_nothing() -> None:
    """The ledger is as it was: only the counter and its numbers are those of an older copy."""
    release(3)
    release(2)
    older("certificates_numbercounter set last_serial = 3")
    with pytest.raises(NumbersHeld, match="库中的末号小于标记"):
        release(1)
    assert [(counter.stored, counter.marked, counter.why) for counter in marks.held_counters(PACK)] == [
        (3, 5, Why.BEHIND)
    ]
    assert CertificateNumber.objects.count() == 5


@committed
def test_database_whose_ledger_went_back_gives_nothing() -> None:
    EventFactory()
    release(3)
    with connection.cursor() as cursor:
        cursor.execute("truncate ledger_event restart identity")
    EventFactory(at=AT.replace(hour=5))  # the same id, another act: what came after the restore
    with pytest.raises(NumbersHeld, match="履历比标记记载的短"):
        release(1)


def older(change: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("alter table certificates_numbercounter disable trigger user")
        cursor.execute(f"update {change}")
        cursor.execute("alter table certificates_numbercounter enable trigger user")


@committed
def test_marks_that_are_older_than_the_database_give_nothing() -> None:
    release(3)
    before = mark_file().read_bytes()
    release(2)
    mark_file().write_bytes(before)
    with pytest.raises(NumbersHeld, match="库中的末号大于标记"):
        release(1)


@committed
def test_lost_marks_hold_known_counters_and_new_ones() -> None:
    EventFactory()
    release(3)
    for path in marks.folder().iterdir():
        path.unlink()
    (marks.folder() / "something").touch()  # so that the tests' own founding does not take it for a new place
    for year in (2019, 2020):
        with pytest.raises(NumbersHeld, match="没有本库的标记"):
            release(1, year=year)
    assert [counter.marked for counter in marks.held_counters(PACK)] == [None]


@committed
def test_another_database_on_the_same_marks_gives_nothing() -> None:
    release(3)
    another_database()
    for year in (2019, 2020):
        with pytest.raises(NumbersHeld, match="由备份恢复，或换了数据库服务器"):
            release(1, year=year)


@committed
def test_no_new_counter_begins_beside_one_that_went_back() -> None:
    release(3)
    mark_file().unlink()
    with pytest.raises(NumbersHeld, match="同一政策包还有计数器没有核定"):
        release(1, year=2020)


@committed
def test_mark_of_a_counter_the_database_has_lost_holds_it() -> None:
    release(3)
    older("certificates_numbercounter set last_serial = 0")
    assert [(counter.stored, counter.marked) for counter in marks.held_counters(PACK)] == [(0, 3)]
    with pytest.raises(NumbersHeld):
        release(1)


@committed
def test_full_disk_refuses_the_release(monkeypatch) -> None:
    release(3)
    path = mark_file()
    path.unlink()
    path.symlink_to("/dev/full")
    monkeypatch.setattr(marks, "Lines", lambda *_: _OneLine())
    with pytest.raises(ServiceError, match=r"不能写入（No space left on device）：本次没有发放任何编号"):
        release(1)
    assert NumberCounter.objects.get().last_serial == 3


class _OneLine:
    """What the file held before the disk was full."""

    def newest(self):
        return {"last": 3, "lineage": marks.lineage(), "anchor": None}

    def __iter__(self):
        yield self.newest()


@committed
def test_folder_that_is_no_folder_refuses_the_release(tmp_path) -> None:
    settings.MARKS = tmp_path / "file" / "marks"
    (tmp_path / "file").touch()
    with pytest.raises(ServiceError, match=r"编号标记文件夹 .* 不能写入"):
        marks.intend(label="编号", kind="graduation", scope=f"{PACK} 2019", was=0, last=1, key_id=None)


@committed
def test_a_line_torn_by_a_crash_is_passed_over() -> None:
    release(3)
    with mark_file().open("ab") as file:
        file.write(b'{"last":43,"was":3,"li')
    assert range_of(release(2)) == ("20190600004", "20190600005")
    assert range_of(release(2)) == ("20190600006", "20190600007")


@committed
def test_many_rolled_back_releases_do_not_hide_the_last_that_counts() -> None:
    release(3)
    line = json.dumps(lines()[0] | {"last": 9})
    with mark_file().open("a") as file:
        file.write(f"{line}\n" * 2_000)  # longer than what is read at once
    assert mark_file().stat().st_size > markfiles.AT_ONCE
    assert range_of(release(2)) == ("20190600004", "20190600005")


@committed
def test_eight_hands_on_one_counter_leave_marks_in_order() -> None:
    school, by, start = SchoolFactory(), UserFactory(), threading.Barrier(8)

    def hand(number: int) -> None:
        start.wait()
        for turn in range(6):
            try:
                with transaction.atomic():
                    release(2, school=school, by=by)
                    assert 1 // ((turn + number) % 3) >= 0  # one in three is rolled back
            except ZeroDivisionError:
                continue
        connection.close()

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(hand, range(8)))
    assert NumberCounter.objects.get().last_serial == 8 * 4 * 2
    assert marks.held_counters(PACK) == []
    intents = [line for line in lines() if "last" in line]
    assert len(intents) == 48
    assert all(line["last"] == line["was"] + 2 for line in intents)
    assert max(line["done"] for line in lines() if "done" in line) == 64


@pytest.mark.django_db
def test_only_a_database_nobody_used_is_taken_unasked() -> None:
    assert marks.adopt_if_new()
    assert not marks.adopt_if_new()
    for path in marks.folder().iterdir():
        path.unlink()
    EventFactory()
    assert not marks.adopt_if_new()
    assert list(marks.folder().iterdir()) == []
