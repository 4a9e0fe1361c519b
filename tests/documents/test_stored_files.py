"""Stored files: under an address that tells nothing, sealed, private, whole."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta

import pytest

from xueji.core.errors import NotFound, ServiceError
from xueji.documents import storage
from xueji.documents.models import StoredFile
from xueji.sealing.files import FileBroken

pytestmark = pytest.mark.django_db
DATA = b"%PDF-1.7 diploma"
SHA256 = hashlib.sha256(DATA).hexdigest()
LATER = datetime(2030, 1, 1, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _own_folder(settings, tmp_path) -> None:
    settings.MEDIA_ROOT = tmp_path


def test_bytes_come_back_and_are_stored_once(tmp_path) -> None:
    first = storage.store_bytes(DATA, "application/pdf")
    again = storage.store_bytes(DATA, "application/pdf")
    assert first == again
    assert (first.size, first.media_type, first.key_id) == (len(DATA), "application/pdf", 1)
    assert storage.hash_of(first) == SHA256
    assert StoredFile.objects.count() == 1
    assert [p for p in tmp_path.rglob("*") if p.is_file()] == [storage.stored_path(first.address)]
    assert storage.read_stored(first.address) == DATA


def test_neither_the_disk_nor_the_row_tells_what_a_file_says(tmp_path) -> None:
    """An unkeyed hash would: whoever can guess a small file (a known person's paper) could check the guess by it."""
    row = storage.store_bytes(DATA, "application/pdf")
    on_disk = b"".join(p.read_bytes() + p.name.encode() for p in tmp_path.rglob("*") if p.is_file())
    in_row = repr(StoredFile.objects.values_list().get()).encode()
    for clear in (b"PDF", b"diploma", SHA256.encode(), bytes.fromhex(SHA256)):
        assert clear not in on_disk
        assert clear not in in_row
    assert row.address != SHA256


def test_many_are_stored_with_one_row_for_the_same_bytes() -> None:
    rows = storage.store_many([b"a", b"b", b"a"], "image/jpeg")
    assert rows[0] == rows[2] != rows[1]
    assert [storage.read_stored(row.address) for row in rows] == [b"a", b"b", b"a"]


def test_it_can_be_asked_which_contents_are_kept() -> None:
    row = storage.store_bytes(DATA, "image/jpeg")
    assert storage.kept_addresses([SHA256, "0" * 64]) == {row.address: SHA256}


def test_an_upload_is_never_shared() -> None:
    first, second = (storage.store_once(DATA, "application/zip") for _ in range(2))
    assert first != second
    assert storage.read_stored(second.address) == DATA


def test_a_stored_file_is_private() -> None:
    row = storage.store_bytes(DATA, "application/pdf")
    assert storage.stored_path(row.address).stat().st_mode & 0o777 == 0o600


def test_an_unknown_or_impossible_name_is_not_found() -> None:
    for name in ("0" * 64, "../../etc/passwd", SHA256.upper(), ""):
        with pytest.raises(NotFound):
            storage.open_stored(name)


def test_a_changed_file_is_not_handed_out() -> None:
    row = storage.store_bytes(DATA, "application/pdf")
    path = storage.stored_path(row.address)
    sealed = path.read_bytes()
    path.write_bytes(b"%PDF-1.7 forgery, and long enough for a head and a tag")
    with pytest.raises(FileBroken):
        storage.open_stored(row.address)
    path.write_bytes(sealed[:-1] + bytes([sealed[-1] ^ 1]))
    with pytest.raises(FileBroken):
        storage.open_stored(row.address)


def test_two_files_exchanged_are_not_handed_out() -> None:
    first, other = (storage.stored_path(storage.store_bytes(data, "image/jpeg").address) for data in (b"one", b"two"))
    kept = first.read_bytes()
    first.write_bytes(other.read_bytes())
    other.write_bytes(kept)
    for path in (first, other):
        with pytest.raises(FileBroken):
            storage.open_stored(path.name)


def test_a_missing_or_half_written_file_is_replaced() -> None:
    row = storage.store_bytes(DATA, "application/pdf")
    path = storage.stored_path(row.address)
    for spoil in (lambda: path.write_bytes(path.read_bytes()[:4]), path.unlink):
        spoil()
        assert storage.store_bytes(DATA, "application/pdf") == row
        assert storage.read_stored(row.address) == DATA


def test_a_failed_write_leaves_nothing_behind(monkeypatch, tmp_path) -> None:
    def full(_handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(storage.os, "fsync", full)
    with pytest.raises(ServiceError, match="磁盘"):
        storage.store_bytes(DATA, "application/pdf")
    assert not [p for p in tmp_path.rglob("*") if p.is_file()]
    assert not StoredFile.objects.exists()


def test_an_erased_file_leaves_its_row_and_is_told_apart_from_a_missing_one(django_capture_on_commit_callbacks) -> None:
    row = storage.store_once(DATA, "application/zip")
    path = storage.stored_path(row.address)
    with django_capture_on_commit_callbacks(execute=True):
        assert storage.erase_stored([row], at=LATER) == [row]
        assert path.is_file()  # until the transaction is over
    assert not path.exists()
    row.refresh_from_db()
    assert (storage.hash_of(row), row.size, row.erased_at) == (SHA256, len(DATA), LATER)
    with pytest.raises(NotFound, match="已按期删除（2030-01-01）"):
        storage.open_stored(row.address)
    missing = storage.store_once(DATA, "application/zip")
    storage.stored_path(missing.address).unlink()
    with pytest.raises(NotFound, match="没有找到"):
        storage.open_stored(missing.address)


def test_files_nobody_names_are_found_when_they_are_old(tmp_path) -> None:
    kept = storage.stored_path(storage.store_bytes(DATA, "image/jpeg").address)
    lost = storage.stored_path(storage.store_bytes(b"other", "image/jpeg").address)
    StoredFile.objects.filter(pk=lost.name).delete()
    part = lost.with_name(".part-x")
    part.write_bytes(b"half")
    now = datetime.fromtimestamp(lost.stat().st_mtime, UTC)
    assert set(storage.stray_files(older_than=now + timedelta(seconds=5))) == {lost, part}
    assert list(storage.stray_files(older_than=now - timedelta(hours=1))) == []
    storage.clear_strays(at=now + timedelta(days=2))
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == [kept]
