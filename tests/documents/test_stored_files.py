"""Stored files: named by their content, private, whole."""

from __future__ import annotations

import hashlib

import pytest

from xueji.core.errors import NotFound, ServiceError
from xueji.documents import storage
from xueji.documents.models import StoredFile

pytestmark = pytest.mark.django_db
DATA = b"%PDF-1.7 diploma"
SHA256 = hashlib.sha256(DATA).hexdigest()


@pytest.fixture(autouse=True)
def _own_folder(settings, tmp_path) -> None:
    settings.MEDIA_ROOT = tmp_path


def test_bytes_come_back_and_are_stored_once(tmp_path) -> None:
    first = storage.store_bytes(DATA, "application/pdf")
    again = storage.store_bytes(DATA, "application/pdf")
    assert first == again
    assert (first.sha256, first.size, first.media_type) == (SHA256, len(DATA), "application/pdf")
    assert StoredFile.objects.count() == 1
    assert [p for p in tmp_path.rglob("*") if p.is_file()] == [storage.stored_path(SHA256)]
    with storage.open_stored(SHA256) as file:
        assert file.read() == DATA


def test_a_stored_file_is_private() -> None:
    storage.store_bytes(DATA, "application/pdf")
    assert storage.stored_path(SHA256).stat().st_mode & 0o777 == 0o600


def test_an_unknown_or_impossible_name_is_not_found() -> None:
    for name in ("0" * 64, "../../etc/passwd", SHA256.upper(), ""):
        with pytest.raises(NotFound):
            storage.open_stored(name)


def test_a_changed_file_is_not_handed_out() -> None:
    storage.store_bytes(DATA, "application/pdf")
    storage.stored_path(SHA256).write_bytes(b"%PDF-1.7 forgery")
    with pytest.raises(ServiceError, match="哈希"):
        storage.open_stored(SHA256)


def test_a_half_written_file_is_replaced() -> None:
    path = storage.stored_path(SHA256)
    path.parent.mkdir(parents=True)
    path.write_bytes(DATA[:4])
    storage.store_bytes(DATA, "application/pdf")
    assert path.read_bytes() == DATA


def test_a_failed_write_leaves_nothing_behind(monkeypatch, tmp_path) -> None:
    def full(_handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(storage.os, "fsync", full)
    with pytest.raises(ServiceError, match="磁盘"):
        storage.store_bytes(DATA, "application/pdf")
    assert not [p for p in tmp_path.rglob("*") if p.is_file()]
    assert not StoredFile.objects.exists()
