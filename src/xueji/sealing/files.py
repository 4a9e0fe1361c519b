"""Sealing of files: encrypted in chunks that can be sought, each bound to its file, its place in it, and to being last.

A sealed file is `"XJF1" ‖ key id (2) ‖ salt (16)`, then chunks of 64 KiB of clear text, each with its tag of 16 bytes
(AES-256-GCM). The key is derived from the data key and the salt, so that every writing of a file has a key of its own
and the counter may be the nonce. Nonce and associated data carry the head, the file's id, the chunk's place and
whether it is the last: a file cut short, put together anew, or laid under another's name does not open.
"""

from __future__ import annotations

import hashlib
import hmac
import io
import os
import struct
from typing import Any, BinaryIO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings

from xueji.core.errors import ServiceError
from xueji.sealing.texts import derived_key

CHUNK = 64 * 1024
_MAGIC, _SPOOL = b"XJF1", b"XJS1"  # a spool is sealed with a key of its process, which is written nowhere
_HEAD = struct.Struct(">4sH16s")
_TAG = 16


class FileBroken(ServiceError):
    """A sealed file does not open: changed, cut short, exchanged for another, or its key is not here."""

    code = "file_broken"


class _Cipher:
    """Opens and seals the chunks of one file."""

    def __init__(self, key: bytes, head: bytes, file_id: str) -> None:
        self._gcm = AESGCM(key)
        self._bound = head + file_id.encode()

    def seal(self, chunk: bytes, index: int, *, last: bool) -> bytes:
        place = index.to_bytes(11, "big") + bytes([last])
        return self._gcm.encrypt(place, chunk, self._bound + place)

    def unseal(self, sealed: bytes, index: int, *, last: bool) -> bytes:
        place = index.to_bytes(11, "big") + bytes([last])
        return self._gcm.decrypt(place, sealed, self._bound + place)


class SealedWriter:
    """Writes a sealed file to `out`; whoever writes must `finish`, or the file has no last chunk and does not open."""

    def __init__(self, out: BinaryIO, *, file_id: str, key: bytes | None = None) -> None:
        """Seal with the active data key, or with `key`, which whoever gives it keeps to themselves."""
        salt = os.urandom(16)
        key_id = 0 if key else settings.DATA_KEY_ACTIVE
        head = _HEAD.pack(_SPOOL if key else _MAGIC, key_id, salt)
        self._cipher = _Cipher(_key_of(key or derived_key(key_id, "file"), salt), head, file_id)
        self._out, self._waiting, self._index = out, bytearray(), 0
        out.write(head)

    def write(self, data: bytes) -> None:
        """Take some clear bytes; what fills a chunk is written."""
        self._waiting += data
        while len(self._waiting) > CHUNK:  # never the last one: that is known at the end only
            self._put(bytes(self._waiting[:CHUNK]), last=False)
            del self._waiting[:CHUNK]

    def finish(self) -> None:
        """Write the last chunk."""
        self._put(bytes(self._waiting), last=True)
        self._waiting.clear()

    def _put(self, chunk: bytes, *, last: bool) -> None:
        self._out.write(self._cipher.seal(chunk, self._index, last=last))
        self._index += 1


class _SealedReader(io.RawIOBase):
    """The clear bytes of a sealed file, one chunk in memory at a time; every byte given out was authenticated."""

    def __init__(self, file: BinaryIO, cipher: _Cipher, body: int) -> None:
        self._file, self._cipher = file, cipher
        self._count = max(1, -(-body // (CHUNK + _TAG)))
        self.size = body - _TAG * self._count
        self._at, self._held, self._chunk = 0, -1, b""

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        base = {os.SEEK_SET: 0, os.SEEK_CUR: self._at, os.SEEK_END: self.size}[whence]
        if base + offset < 0:
            raise ValueError("a place before the beginning")
        self._at = base + offset
        return self._at

    def readinto(self, buffer: Any) -> int:
        view = memoryview(buffer).cast("B")
        if self._at >= self.size or not view:
            return 0
        index, start = divmod(self._at, CHUNK)
        piece = self._load(index)[start : start + len(view)]
        view[: len(piece)] = piece
        self._at += len(piece)
        return len(piece)

    def close(self) -> None:
        self._file.close()
        self._chunk = b""
        super().close()

    def check_ends(self) -> None:
        """Open the first and the last chunk: a wrong key, another's file and a file cut short are seen at once."""
        self._load(0)
        self._load(self._count - 1)

    def _load(self, index: int) -> bytes:
        if index != self._held:
            self._file.seek(_HEAD.size + index * (CHUNK + _TAG))
            try:
                sealed = self._file.read(CHUNK + _TAG)
                self._chunk = self._cipher.unseal(sealed, index, last=index == self._count - 1)
            except InvalidTag as broken:
                raise FileBroken(_CHANGED) from broken
            self._held = index
        return self._chunk


_CHANGED = "存档文件被改动、截断或调换过，不能打开；请管理员运行 xueji audit 核对，并从备份恢复"


def open_sealed(file: BinaryIO, *, file_id: str, key: bytes | None = None) -> io.BufferedReader:
    """Return a seekable reader of the clear bytes of `file`, which it closes; FileBroken when it does not open.

    The first and the last chunk are opened here, the others when they are read: a broken chunk in the middle raises
    FileBroken where it is met, and nothing of it is given out.
    """
    head = file.read(_HEAD.size)
    body = file.seek(0, os.SEEK_END) - _HEAD.size
    if body < _TAG or head[:4] != (_SPOOL if key else _MAGIC):
        raise FileBroken(_CHANGED)
    _, key_id, salt = _HEAD.unpack(head)
    reader = _SealedReader(file, _Cipher(_key_of(key or derived_key(key_id, "file"), salt), head, file_id), body)
    reader.check_ends()
    return io.BufferedReader(reader, CHUNK)


def sealed_with(head: bytes) -> int | None:
    """Return the id of the data key a file begins to say it was sealed with; None when it is not a sealed file."""
    if len(head) < _HEAD.size or head[:4] != _MAGIC:
        return None
    return int(_HEAD.unpack(head[: _HEAD.size])[1])


def sealed_size(clear: int) -> int:
    """Return how many bytes a file of `clear` bytes takes when it is sealed."""
    return _HEAD.size + clear + _TAG * max(1, -(-clear // CHUNK))


def _key_of(key: bytes, salt: bytes) -> bytes:
    return hmac.new(key, b"file:" + salt, hashlib.sha256).digest()
