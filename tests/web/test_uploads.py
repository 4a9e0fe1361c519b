"""What is uploaded is nowhere readable on its way in, and a changed file is nowhere sent out."""

from __future__ import annotations

import gc
import io
import os
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.handlers.wsgi import WSGIRequest
from django.test import RequestFactory

from xueji.documents import storage
from xueji.sealing.files import FileBroken
from xueji.web import listing
from xueji.web.listing import stored_answer

BIG = b"610581200401014204 " * 300_000  # 5.7 MB: beyond what Django keeps in memory


def _posted(body: bytes):
    return RequestFactory().post("/", {"file": SimpleUploadedFile("a.zip", body, "application/zip")})


def _open_files() -> dict[str, bytes]:
    """The files this process has open, however they are named or unnamed, with all their bytes."""
    found = {}
    for link in Path("/proc/self/fd").iterdir():
        try:
            target = str(link.readlink())
            if target.startswith("/") and Path(f"/proc/self/fd/{link.name}").is_file():
                found[target] = Path(f"/proc/self/fd/{link.name}").read_bytes()
        except OSError:  # the listing's own descriptor is gone by now
            continue
    return found


def test_a_big_upload_waits_sealed_and_without_a_name(settings, tmp_path) -> None:
    settings.FILE_UPLOAD_TEMP_DIR = tmp_path
    request = _posted(BIG)
    file = request.FILES["file"]
    spooled = {name: body for name, body in _open_files().items() if name.startswith(str(tmp_path))}
    assert [len(body) > len(BIG) for body in spooled.values()] == [True]
    assert not [name for name, body in spooled.items() if b"610581" in body]
    assert list(tmp_path.iterdir()) == []  # so kill -9 leaves nothing that could be found
    assert (file.size, file.name) == (len(BIG), "a.zip")
    assert file.read() == BIG
    file.seek(19)
    assert file.read(6) == b"610581"
    assert b"".join(file.chunks()) == BIG
    file.close()
    assert not [name for name in _open_files() if name.startswith(str(tmp_path))]


def test_a_sender_who_goes_away_leaves_nothing(settings, tmp_path) -> None:
    settings.FILE_UPLOAD_TEMP_DIR = tmp_path
    environ = _posted(BIG).environ
    torn = WSGIRequest(environ | {"wsgi.input": _Torn(environ["wsgi.input"].read(len(BIG) // 2))})
    with pytest.raises(OSError, match="broke"):
        torn.FILES  # noqa: B018
    assert list(tmp_path.iterdir()) == []
    del torn
    gc.collect()
    assert not [name for name in _open_files() if name.startswith(str(tmp_path))]


class _Torn(io.BytesIO):
    """A connection that breaks."""

    def read(self, size: int | None = -1) -> bytes:
        piece = super().read(size)
        if not piece:
            raise OSError("the connection broke")
        return piece


@pytest.mark.django_db
@pytest.mark.parametrize("size", [1000, 300_000])
def test_a_file_changed_on_the_disk_is_not_sent(size: int, monkeypatch) -> None:
    """Small or big: a broken end is seen before the first byte, a broken middle where it is met."""
    monkeypatch.setattr(listing, "_OPENED_WHOLE", 100_000)
    data = os.urandom(size)
    row = storage.store_once(data, "application/pdf")
    answer = stored_answer(row, "纸.pdf")
    assert b"".join(answer.streaming_content) == data
    assert (answer["Content-Length"], answer["Cache-Control"]) == (str(size), "private, no-store")
    path = storage.stored_path(row.address)
    kept = path.read_bytes()
    for at in (30, len(kept) - 1):
        path.write_bytes(kept[:at] + bytes([kept[at] ^ 1]) + kept[at + 1 :])
        with pytest.raises(FileBroken):
            stored_answer(row, "纸.pdf")


@pytest.mark.django_db
def test_a_big_file_breaks_off_where_it_was_changed(monkeypatch) -> None:
    monkeypatch.setattr(listing, "_OPENED_WHOLE", 100_000)
    data = os.urandom(600_000)
    row = storage.store_once(data, "application/pdf")
    path = storage.stored_path(row.address)
    kept = path.read_bytes()
    path.write_bytes(kept[:300_000] + b"changed" + kept[300_007:])
    sent = b""
    with pytest.raises(FileBroken):
        for piece in stored_answer(row, "纸.pdf").streaming_content:
            sent += piece
    assert 0 < len(sent) < 300_000
    assert data.startswith(sent)
