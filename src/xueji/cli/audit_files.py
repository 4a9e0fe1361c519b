"""The part of `xueji audit` that looks at stored files: opens each with code of its own, and names what nobody knows.

The format is the one written down in `sealing/files.py` (docs/adr/0008: formats are shared, code is not).
"""

from __future__ import annotations

import hashlib
import hmac
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_HEAD, _STEP = 22, 65536 + 16
_SETTLED = 3600.0  # seconds after which a file must have its row
ROWS = "select sha256, size, sha256_sealed, erased_at, key_id from documents_storedfile order by sha256"


def mac(key: bytes, text: bytes) -> bytes:
    """HMAC-SHA-256."""
    return hmac.new(key, text, hashlib.sha256).digest()


def problem_of(row: tuple[Any, ...], root: Path, keys: Mapping[int, bytes]) -> str | None:
    """Return what is wrong with one stored file, None when nothing is."""
    address, size, sealed_hash, erased_at, key_id = row
    path = root / address[:2] / address[2:4] / address
    if erased_at is not None:
        return "已按期删除，文件却还在磁盘上" if path.exists() else None
    if not path.is_file():
        return "文件不在"
    if key_id is None:
        return "尚未密封，请运行 xueji reseal"
    try:
        stored = bytes(sealed_hash)
        key = keys[int.from_bytes(stored[1:3], "big")]
        expected = AESGCM(key).decrypt(stored[3:15], stored[15:], f"documents_storedfile.sha256:{address}".encode())
        length, digest = _opened(path, address, keys)
    except (InvalidTag, KeyError, ValueError):
        return "内容与登记不符（被改动、调换，或缺密钥）"
    return None if (length, digest) == (size, expected.decode()) else "内容与登记不符（被改动、调换，或缺密钥）"


def _opened(path: Path, address: str, keys: Mapping[int, bytes]) -> tuple[int, str]:
    """Return length and SHA-256 of the clear bytes, one chunk in memory at a time."""
    left, length, digest = path.stat().st_size - _HEAD, 0, hashlib.sha256()
    with path.open("rb") as file:
        head = file.read(_HEAD)
        if head[:4] != b"XJF1" or left < 16:
            raise ValueError(head[:4])
        cipher = AESGCM(mac(mac(keys[int.from_bytes(head[4:6], "big")], b"derived:file"), b"file:" + head[6:]))
        index = 0
        while left > 0:
            chunk = file.read(_STEP)
            left -= _STEP
            place = index.to_bytes(11, "big") + (b"\1" if left <= 0 else b"\0")
            clear = cipher.decrypt(place, chunk, head + address.encode() + place)
            length, index = length + len(clear), index + 1
            digest.update(clear)
    return length, digest.hexdigest()


def unknown_files(root: Path, known: set[str]) -> list[str]:
    """Name the files that no row knows; one written a moment ago may be about to get its row."""
    before = time.time() - _SETTLED
    return [
        f"{path.relative_to(root)}：没有登记的文件"
        for path in sorted(root.rglob("*"))
        if path.is_file() and path.name not in known and path.stat().st_mtime < before
    ]
