"""The log of events: everything committed stands in it once, whatever was open or killed meanwhile; a restore is told."""

from __future__ import annotations

import shutil
import threading
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.db import connection, transaction
from tests.factories.accounts import UserFactory

from xueji.ledger import placing, sequencing, tiles
from xueji.ledger.actions import event_of, record_event, record_events
from xueji.ledger.models import Event, Leaf
from xueji.ledger.notes import Checkpoint, Note, checked, log_verifier
from xueji.ledger.sequencing import LogStopped, accept_restored, head, sequence_events
from xueji.ledger.tags import EventTag
from xueji.ledger.tiles import Tiles
from xueji.web.checkup import log_check

AT = datetime(2019, 7, 8, 1, 30, tzinfo=UTC)


@pytest.fixture
def clerk(db):
    return UserFactory(full_name="王经办")


def happened(clerk, times: int = 1) -> list[int]:
    """Record events of no importance; return their ids."""
    known = set(Event.objects.values_list("id", flat=True))
    with transaction.atomic():
        record_events([event_of(tag=EventTag.ACCOUNT_SIGNED_IN, subject=clerk, by=clerk, at=AT) for _ in range(times)])
    return sorted(set(Event.objects.values_list("id", flat=True)) - known)


def logged() -> list[bytes]:
    now = head()
    return list(now.tiles.entries()) if now else []


def logged_ids() -> list[int]:
    return [int(entry.split()[1]) for entry in logged() if entry.startswith(b"event ")]


def assert_whole() -> None:
    """Every event once, under its own digest; the head is ours and stands over these entries."""
    assert sorted(logged_ids()) == sorted(Event.objects.values_list("id", flat=True))
    digests = {event.pk: event.digest.removeprefix("log:") for event in Event.objects.all()}
    assert all(entry.split()[2].decode() == digests[int(entry.split()[1])] for entry in logged())
    stored = (sequencing.folder() / "checkpoint").read_text()
    checkpoint = checked(stored, log_verifier(stored.partition("\n")[0]))
    assert (checkpoint.size, checkpoint.root) == (len(logged()), Tiles(sequencing.folder(), len(logged())).root())


def test_what_was_committed_is_put_into_the_log_once(clerk):
    assert head() is None
    happened(clerk, 3)
    assert sequence_events() == Event.objects.count()
    assert sequence_events() == 0
    happened(clerk, 600)  # over two tiles
    assert sequence_events() == 600
    assert_whole()


def test_an_event_copied_or_saved_carries_the_digest_of_what_it_says(clerk):
    happened(clerk, 2)
    with transaction.atomic():
        record_event(tag=EventTag.ACCOUNT_SIGNED_IN, subject=clerk, by=clerk, at=AT, after={"自": "甲"}, note="说明")
    field = Event._meta.get_field("digest")
    events = list(Event.objects.all())
    assert all(event.digest.startswith("log:") and field.fits(event) for event in events)
    events[-1].note = "改过"
    assert not field.fits(events[-1])


def test_the_log_says_nothing_of_anybody(clerk):
    happened(clerk)
    sequence_events()
    files = [path.read_bytes() for path in sequencing.folder().rglob("*") if path.is_file()]
    assert not any(clerk.full_name.encode() in content or clerk.username.encode() in content for content in files)


@pytest.mark.django_db(transaction=True)
def test_a_transaction_held_open_loses_nothing_and_holds_up_nobody():
    """It takes a lower id than events that are in the log already, and comes into it when it is committed."""
    clerk = UserFactory()
    happened(clerk)
    written, may_commit, ids = threading.Event(), threading.Event(), []

    def slowly() -> None:
        with transaction.atomic():
            ids.append(record_event(tag=EventTag.ACCOUNT_SIGNED_IN, subject=clerk, by=clerk, at=AT).pk)
            written.set()
            may_commit.wait(30)
        connection.close()

    slow = threading.Thread(target=slowly)
    slow.start()
    assert written.wait(30)
    later = happened(clerk, 2)
    assert min(later) > ids[0]
    sequence_events()
    assert set(later) <= set(logged_ids())
    assert ids[0] not in logged_ids()
    later += happened(clerk, 2)
    sequence_events()
    may_commit.set()
    slow.join()
    assert sequence_events() == 1
    assert logged_ids()[-1] == ids[0]
    assert_whole()


@pytest.mark.django_db(transaction=True)
def test_a_kill_between_any_two_writes_loses_nothing_and_repeats_nothing(monkeypatch):
    """Every write of a file is once the last one of a sequencer; so is the moment after the places were given."""
    clerk = UserFactory()
    happened(clerk, 250)
    sequence_events()
    put = tiles.replace_file
    for fatal in range(12):
        happened(clerk, 5)
        left = [fatal]

        def dying(path: Path, content: bytes, left=left) -> None:
            if left[0] == 0:
                raise KeyboardInterrupt
            left[0] -= 1
            put(path, content)

        with monkeypatch.context() as killed:
            killed.setattr(tiles, "replace_file", dying)
            killed.setattr(sequencing, "replace_file", dying)
            try:
                sequence_events()
            except KeyboardInterrupt:
                assert Leaf.objects.count() == Event.objects.count()  # places were given, files are behind
        sequence_events()
        assert_whole()
        assert max(Counter(logged_ids()).values()) == 1


def test_a_second_sequencer_leaves_the_folder_alone(clerk):
    happened(clerk)
    with sequencing._alone() as is_ours:
        assert is_ours
        assert sequence_events() == 0
    assert sequence_events() == Event.objects.count()


def set_back(to: int) -> None:
    """Make the database what it was at so many leaves, as a restore does."""
    with connection.cursor() as cursor:
        cursor.execute("alter table ledger_leaf disable trigger user; alter table ledger_event disable trigger user")
        cursor.execute(
            "delete from ledger_event where id in (select event_id from ledger_leaf where index >= %s)", [to]
        )
        cursor.execute("delete from ledger_leaf where index >= %s", [to])
        cursor.execute("alter table ledger_leaf enable trigger user; alter table ledger_event enable trigger user")


def test_a_restored_database_goes_on_with_a_leaf_that_names_what_was_lost(clerk, monkeypatch):
    happened(clerk, 10)
    sequence_events()
    size = len(logged())
    lost = logged_ids()[-4:]
    set_back(size - 4)
    monkeypatch.setattr(sequencing, "lineage", lambda: "another:1:1")
    again = happened(clerk, 2)
    assert sequence_events() == 3
    restored = Leaf.objects.get(index=size)
    gap = {"from": size - 4, "to": size, "events": [min(lost), max(lost)], "lineage": "another:1:1"}
    assert restored.restored.items() >= gap.items()
    assert logged()[size].startswith(b"restored {")
    assert logged_ids()[-2:] == again
    assert sequence_events() == 0


def test_a_database_of_the_same_lineage_that_went_back_waits_for_a_person(clerk):
    happened(clerk, 10)
    sequence_events()
    size = len(logged())
    with pytest.raises(LogStopped, match="没有什么要记"):
        accept_restored(reason="试一试")
    set_back(size - 1)
    with pytest.raises(LogStopped, match="数据库退回到了从前，或履历被删"):
        sequence_events()
    assert len(logged()) == size
    happened(clerk)
    with pytest.raises(LogStopped):
        sequence_events()
    assert accept_restored(reason="磁盘快照恢复") == 2  # what happened since comes with it
    assert Leaf.objects.get(index=size).restored["reason"] == "磁盘快照恢复"
    assert sequence_events() == 0


@pytest.mark.forges
def test_a_log_of_another_database_is_not_gone_on_with(clerk):
    happened(clerk)
    sequence_events()
    with connection.cursor() as cursor:
        cursor.execute("alter table ledger_event disable trigger user")
        cursor.execute("update ledger_event set digest = 'log:' || repeat('0', 64)")
        cursor.execute("alter table ledger_event enable trigger user")
    with pytest.raises(LogStopped, match="不是本库的日志"):
        sequence_events()


def test_a_lost_folder_is_written_anew_and_says_so(clerk, monkeypatch):
    """On another server too, whose transactions count from the beginning: its events are below every old horizon."""
    happened(clerk, 4)
    sequence_events()
    before = logged()
    shutil.rmtree(sequencing.folder())
    with connection.cursor() as cursor:
        cursor.execute("alter table ledger_leaf disable trigger user")
        cursor.execute("update ledger_leaf set horizon = horizon + 1000000")
        cursor.execute("alter table ledger_leaf enable trigger user")
    monkeypatch.setattr(sequencing, "lineage", lambda: "another:1:1")
    (late,) = happened(clerk)
    sequence_events()
    after = logged()
    assert after[: len(before)] == before
    assert after[len(before)].startswith(b"restored {")
    assert f'"events":[],"from":{len(before)},'.encode() in after[len(before)]
    assert logged_ids()[-1] == late
    assert sequence_events() == 0


def test_a_file_of_the_log_that_was_changed_stops_it(clerk):
    happened(clerk, 3)
    sequence_events()
    (tile,) = (sequencing.folder() / "tile" / "0").rglob("[0-9]")
    tile.write_bytes(bytes(len(tile.read_bytes())))
    with pytest.raises(LogStopped, match="与日志头不符"):
        sequence_events()


def test_a_head_that_another_key_signed_is_none_of_ours(clerk, settings):
    happened(clerk)
    sequence_events()
    note = Note.parse((sequencing.folder() / "checkpoint").read_text())
    verifier = log_verifier(Checkpoint.parse(note.text).origin)
    assert note.signed_by(verifier)
    log_key, settings.LOG_KEY = settings.LOG_KEY, bytes(32)
    assert not note.signed_by(log_verifier(verifier.name))
    settings.LOG_KEY = log_key


def slipped_in(
    clerk, *, index: int, event_id: int | None = None, restored: dict | None = None, horizon: int = 0
) -> None:
    """Write a leaf as the owner of the database can, past the product."""
    Leaf.objects.create(index=index, event_id=event_id, restored=restored, horizon=horizon)


@pytest.fixture
def log_of_five(clerk) -> int:
    """A log with some entries; its size."""
    happened(clerk, 5)
    sequence_events()
    return len(logged())


def assert_stopped(size: int, why: str) -> None:
    """Nothing came into the log, and the doctor says why."""
    with pytest.raises(LogStopped, match=why):
        sequence_events()
    assert len(logged()) == size
    assert why in log_check(names_places=True).detail
    assert why not in log_check(names_places=False).detail


def test_a_leaf_for_an_event_that_is_not_there_stops_the_log(clerk, log_of_five):
    slipped_in(clerk, index=log_of_five, event_id=10**9)
    assert_stopped(log_of_five, "指向履历 1000000000，库中没有这一条")


@pytest.mark.forges
def test_an_event_the_product_did_not_write_never_comes_into_the_log(clerk, log_of_five):
    (forged,) = happened(clerk)
    with connection.cursor() as cursor:
        cursor.execute("alter table ledger_event disable trigger user")
        cursor.execute("update ledger_event set note = '改过' where id = %s", [forged])
        cursor.execute("alter table ledger_event enable trigger user")
    assert_stopped(log_of_five, f"指向履历 {forged}，这一条不是本平台写的")


def test_a_leaf_that_tells_of_a_restore_is_believed_under_its_seal_alone(clerk, log_of_five):
    """Whoever has the database alone deletes the newest events and writes such a leaf in their place."""
    set_back(log_of_five - 2)
    gap = {"from": log_of_five - 2, "to": log_of_five, "events": [], "lineage": sequencing.lineage(), "beyond": 0}
    slipped_in(clerk, index=log_of_five, restored=gap | {"seal": "0" * 64})
    assert_stopped(log_of_five, "说数据库恢复过，却没有本平台的密封")


def test_a_sealed_leaf_put_elsewhere_is_not_believed(clerk, log_of_five, monkeypatch):
    set_back(log_of_five - 2)
    accept_restored(reason="快照")
    sealed = Leaf.objects.get(index=log_of_five).restored
    slipped_in(clerk, index=log_of_five + 1, restored=sealed)
    assert_stopped(log_of_five + 1, "没有本平台的密封")


def test_newest_events_gone_and_a_true_one_put_behind_the_gap_stop_the_log(clerk, log_of_five):
    set_back(log_of_five - 2)
    (event,) = happened(clerk)
    slipped_in(clerk, index=log_of_five, event_id=event)
    assert_stopped(log_of_five, f"日志表缺第 {log_of_five - 2} 条至第 {log_of_five - 1} 条")


def test_a_leaf_left_out_stops_the_log(clerk, log_of_five):
    (event,) = happened(clerk)
    slipped_in(clerk, index=log_of_five + 1, event_id=event)
    assert_stopped(log_of_five, f"日志表缺第 {log_of_five} 条")


def test_a_horizon_that_lies_ahead_would_hide_every_later_event_and_stops_the_log(clerk, log_of_five):
    (event,) = happened(clerk)
    slipped_in(clerk, index=log_of_five, event_id=event, horizon=10**15)
    assert_stopped(log_of_five, "的事务号还没有发生过")


def test_after_a_restore_onto_a_younger_server_the_old_events_are_looked_at_once(clerk, monkeypatch):
    """Their transactions have numbers that are yet to come here: every look would go over all of them for ever."""
    with connection.cursor() as cursor:
        happened(clerk, 5)
        cursor.execute("alter table ledger_event disable trigger user")
        cursor.execute("update ledger_event set transaction_id = transaction_id + 1000000000")
        cursor.execute("alter table ledger_event enable trigger user")
        sequence_events()
        monkeypatch.setattr(sequencing, "lineage", lambda: "another:1:1")
        sequence_events()
        horizon, floor = placing._horizon_and_floor()
        cursor.execute("select count(*) from ledger_event where transaction_id >= %s and id > %s", [horizon, floor])
        assert cursor.fetchone() == (0,)
        happened(clerk, 2)
        assert sequence_events() == 2


def test_waiting_events_are_counted_up_to_a_bound(clerk, monkeypatch):
    monkeypatch.setattr(placing, "_WAITING", placing._WAITING.replace(f"LIMIT {placing._MOST_COUNTED}", "LIMIT 3"))
    happened(clerk, 5)
    assert placing.waiting_events()[0] == 3
    assert "LIMIT 3" in placing._WAITING
