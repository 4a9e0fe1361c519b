"""Sealed files: bound to themselves, sought, never opened in part when they were changed."""

from __future__ import annotations

import io
import os
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xueji.sealing.files import CHUNK, FileBroken, SealedWriter, open_sealed, sealed_size, sealed_with
from xueji.sealing.texts import SealBroken

HEAD, STEP = 22, CHUNK + 16
SIZES = (0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK)


def sealed(data: bytes, file_id: str = "a", key: bytes | None = None) -> bytes:
    out = io.BytesIO()
    writer = SealedWriter(out, file_id=file_id, key=key)
    for start in range(0, len(data), 50_001):  # not a chunk's length
        writer.write(data[start : start + 50_001])
    writer.finish()
    return out.getvalue()


def opened(body: bytes, file_id: str = "a") -> bytes:
    with open_sealed(io.BytesIO(body), file_id=file_id) as reader:
        return reader.read()


@pytest.mark.parametrize("size", SIZES)
def test_what_was_sealed_comes_back(size: int) -> None:
    data = os.urandom(size)
    body = sealed(data)
    assert opened(body) == data
    assert len(body) == sealed_size(size)
    assert sealed_with(body) == 1
    assert sealed(data) != body


DATA = os.urandom(3 * CHUNK + 77)
BODY = sealed(DATA)


@given(st.lists(st.tuples(st.integers(0, len(DATA) + 5), st.integers(0, 2 * CHUNK)), max_size=6))
def test_any_part_can_be_sought(parts: list[tuple[int, int]]) -> None:
    with open_sealed(io.BytesIO(BODY), file_id="a") as reader:
        for at, length in parts:
            reader.seek(at)
            assert reader.read(length) == DATA[at : at + length]


def test_a_zip_is_read_out_of_a_sealed_file() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name in "abcdefgh":
            archive.writestr(name, os.urandom(40_000))
    with open_sealed(io.BytesIO(sealed(out.getvalue())), file_id="a") as reader, zipfile.ZipFile(reader) as archive:
        assert archive.testzip() is None
        assert archive.namelist() == list("abcdefgh")


def _without(index: int) -> bytes:
    return BODY[: HEAD + index * STEP] + BODY[HEAD + (index + 1) * STEP :]


def _swapped(index: int, other: int) -> bytes:
    pieces = [BODY[HEAD + i * STEP : HEAD + (i + 1) * STEP] for i in range(4)]
    pieces[index], pieces[other] = pieces[other], pieces[index]
    return BODY[:HEAD] + b"".join(pieces)


@pytest.mark.parametrize(
    "changed",
    [
        BODY[: HEAD + 3 * STEP],  # cut at a chunk's end
        BODY[: HEAD + STEP],
        BODY[:-1],
        BODY[:HEAD],
        BODY[:5],
        b"",
        BODY + b"\0" * 20,
        _without(0),
        _without(1),
        _without(3),
        _swapped(0, 1),
        _swapped(1, 2),
        sealed(DATA)[:HEAD] + BODY[HEAD:],  # another writing's head
        BODY[: HEAD + STEP] + sealed(DATA)[HEAD + STEP :],  # another writing's chunks
        DATA,
        b"XJS1" + BODY[4:],
        *(BODY[:at] + bytes([BODY[at] ^ 1]) + BODY[at + 1 :] for at in (0, 7, HEAD, HEAD + STEP + 9, len(BODY) - 1)),
    ],
    ids=lambda _: "changed",  # random bytes make no names: two processes would collect different tests
)
def test_a_file_that_was_changed_is_noticed(changed: bytes) -> None:
    with pytest.raises(FileBroken):
        opened(changed)


def test_another_files_bytes_are_noticed() -> None:
    with pytest.raises(FileBroken):
        opened(sealed(DATA, "b"), "a")


def test_nothing_of_a_broken_chunk_is_given_out() -> None:
    at = HEAD + 2 * STEP + 5
    with open_sealed(io.BytesIO(BODY[:at] + b"\0\0" + BODY[at + 2 :]), file_id="a") as reader:
        assert reader.read(2 * CHUNK) == DATA[: 2 * CHUNK]
        with pytest.raises(FileBroken):
            reader.read(1)


def test_another_key_id_or_a_missing_key_does_not_open(settings) -> None:
    settings.DATA_KEYS, settings.DATA_KEY_ACTIVE = {**settings.DATA_KEYS, 2: os.urandom(32)}, 2
    body = sealed(b"with the second key")
    assert sealed_with(body) == 2
    with pytest.raises(FileBroken):
        opened(body[:5] + b"\x01" + body[6:])
    settings.DATA_KEYS = {1: settings.DATA_KEYS[1]}
    with pytest.raises(SealBroken, match="2 号"):
        opened(body)


def test_a_spool_opens_with_its_own_key_only() -> None:
    key = os.urandom(32)
    body = sealed(DATA, key=key)
    assert open_sealed(io.BytesIO(body), file_id="a", key=key).read() == DATA
    assert sealed_with(body) is None
    with pytest.raises(FileBroken):
        opened(body)
    with pytest.raises(FileBroken):
        open_sealed(io.BytesIO(body), file_id="a", key=os.urandom(32))
