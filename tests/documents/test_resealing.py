"""Files from before sealing, and files under an old key, are sealed again; broken off anywhere, it goes on."""

from __future__ import annotations

import hashlib
import os

import pytest

from xueji.documents import storage
from xueji.documents.models import StoredFile
from xueji.documents.resealing import files_to_seal, reseal_files, reseal_hashes
from xueji.sealing.files import FileBroken

pytestmark = pytest.mark.django_db
BIG = os.urandom(200_000)


@pytest.fixture(autouse=True)
def _own_folder(settings, tmp_path) -> None:
    settings.MEDIA_ROOT = tmp_path


def in_clear(data: bytes, media_type: str = "image/jpeg") -> StoredFile:
    """A file as it was stored before files were sealed: in clear, under its own hash."""
    sha256 = hashlib.sha256(data).hexdigest()
    path = storage.stored_path(sha256)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return StoredFile.objects.create(address=sha256, media_type=media_type, size=len(data))


def test_what_lies_in_clear_is_sealed_and_found_again(tmp_path) -> None:
    rows = [in_clear(b"photograph"), in_clear(b""), in_clear(BIG, "application/zip")]
    with pytest.raises(FileBroken):
        storage.open_stored(rows[0].address)  # nothing is read that was not authenticated
    assert list(reseal_files()) == [None] * 3
    for row, data in zip(rows, (b"photograph", b"", BIG), strict=True):
        assert storage.read_stored(row.address) == data
        row.refresh_from_db()
        assert (row.key_id, storage.hash_of(row)) == (1, hashlib.sha256(data).hexdigest())
    assert b"photograph" not in b"".join(p.read_bytes() for p in tmp_path.rglob("*") if p.is_file())
    assert storage.store_bytes(b"photograph", "image/jpeg") == rows[0]
    assert rows[2].content_index is None  # an upload: to be erased, so never shared
    assert list(reseal_files()) == []


def test_a_file_that_does_not_fit_its_row_is_named_and_left(tmp_path) -> None:
    changed, missing, good = in_clear(b"one"), in_clear(b"two"), in_clear(b"three")
    storage.stored_path(changed.address).write_bytes(b"forged")
    storage.stored_path(missing.address).unlink()
    messages = [text for text in reseal_files() if text]
    assert len(messages) == 2
    assert any("没有密封" in text and text.startswith(changed.address[:12]) for text in messages)
    assert storage.stored_path(changed.address).read_bytes() == b"forged"
    assert storage.read_stored(good.address) == b"three"
    assert set(files_to_seal()) == {changed, missing}
    assert not list(tmp_path.rglob(".part-*"))


def test_broken_off_between_file_and_row_it_goes_on(monkeypatch) -> None:
    rows = [in_clear(bytes([n]) * 50) for n in range(6)]
    save, left = StoredFile.save, [3]

    def dying(self, **options):
        left[0] -= 1
        if left[0] < 0:
            raise KeyboardInterrupt
        return save(self, **options)

    monkeypatch.setattr(StoredFile, "save", dying)
    with pytest.raises(KeyboardInterrupt):
        list(reseal_files())
    monkeypatch.setattr(StoredFile, "save", save)
    assert files_to_seal().count() == 3
    assert list(reseal_files()) == [None] * 3
    assert [storage.read_stored(row.address) for row in rows] == [bytes([n]) * 50 for n in range(6)]


def test_old_keys_can_be_given_up(settings) -> None:
    kept = storage.store_bytes(BIG, "application/pdf")
    erased = storage.store_once(b"an upload", "application/zip")
    storage.erase_stored([erased], at="2030-01-01T00:00:00Z")
    settings.DATA_KEYS, settings.DATA_KEY_ACTIVE = {**settings.DATA_KEYS, 2: os.urandom(32)}, 2
    settings.INDEX_KEY = os.urandom(32)
    assert list(reseal_files()) == [None]
    assert sum(reseal_hashes()) == 2
    assert sum(reseal_hashes()) == 0
    settings.DATA_KEYS = {2: settings.DATA_KEYS[2]}
    assert storage.read_stored(kept.address) == BIG
    assert storage.store_bytes(BIG, "application/pdf") == kept  # found by the new index key
    erased.refresh_from_db()
    assert storage.hash_of(erased) == hashlib.sha256(b"an upload").hexdigest()
    assert files_to_seal().count() == 0
