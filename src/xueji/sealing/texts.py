"""Sealing of texts (ID numbers first): encrypted at rest, found by a keyed index, bound to the place where they are stored.

A sealed text is `0x01 ‖ key id (2) ‖ nonce (12) ‖ ciphertext ‖ tag (16)`, AES-256-GCM. The associated data is
«table.column:row»: a ciphertext copied into another row, by whoever can write to the database, does not open there.
The key id says which key opens it, so that a new key can be written with while the old ones still read.
"""

from __future__ import annotations

import hashlib
import hmac
import os
from functools import lru_cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings

from xueji.core.errors import ServiceError
from xueji.core.identifiers import eighteen_digits, normalise_resident_id

LOG_KEY = "log"  # in the place of a key's id: the key of the log, which is never given up
_VERSION = b"\x01"
_NONCE = 12
_TAG = 16
_HEAD = 1 + 2 + _NONCE
_INDEX_BYTES = 16


class SealBroken(ServiceError):
    """A sealed text does not open: its key is not here, or it was moved or changed."""

    code = "seal_broken"


def seal(text: str, *, table: str, column: str, row: object) -> bytes:
    """Return a text encrypted with the active key for one place of the database."""
    key_id = settings.DATA_KEY_ACTIVE
    nonce = os.urandom(_NONCE)
    ciphertext = _cipher(settings.DATA_KEYS[key_id]).encrypt(nonce, text.encode(), _place(table, column, row))
    return _VERSION + key_id.to_bytes(2, "big") + nonce + ciphertext


def unseal(sealed: bytes | memoryview, *, table: str, column: str, row: object) -> str:
    """Return the text sealed for this place; SealBroken when it was sealed for another, changed, or its key is gone."""
    sealed = bytes(sealed)
    if len(sealed) < _HEAD + _TAG or sealed[:1] != _VERSION:
        raise SealBroken("加密内容的格式不对，无法打开")
    key = settings.DATA_KEYS.get(key_id_of(sealed))
    if key is None:
        raise SealBroken(f"缺少 {key_id_of(sealed)} 号数据密钥，加密内容无法打开")
    try:
        plain = _cipher(key).decrypt(sealed[3:_HEAD], sealed[_HEAD:], _place(table, column, row))
    except InvalidTag as broken:
        raise SealBroken("加密内容被移动或改动过，无法打开") from broken
    return plain.decode()


def key_id_of(sealed: bytes | memoryview) -> int:
    """Return the id of the key a text was sealed with: what rotation looks for."""
    return int.from_bytes(bytes(sealed[1:3]), "big")


def derived_key(key_id: int | str, purpose: str) -> bytes:
    """Return a key of its own for a purpose (32 bytes), made from a data key; SealBroken when that key is not here."""
    return _derived(_data_key(key_id), purpose)


def keyed(key_id: int | str, purpose: str) -> hmac.HMAC:
    """Return an HMAC-SHA-256 under the key of a purpose, nothing fed to it yet; SealBroken as above."""
    return _begun(_data_key(key_id), purpose).copy()


def _data_key(key_id: int | str) -> bytes:
    by_id = settings.DATA_KEYS.get(key_id) if isinstance(key_id, int) else None
    key: bytes | None = settings.LOG_KEY if key_id == LOG_KEY else by_id
    if key is None:
        raise SealBroken(f"缺少 {key_id} 号数据密钥")
    return key


def index_form(number: str) -> str:
    """Return an ID number as it is indexed: normalised, and fifteen digits upgraded to the eighteen of the same person."""
    return eighteen_digits(normalise_resident_id(number))


def blind_index(text: str) -> bytes:
    """Return the keyed fingerprint (16 bytes) by which an ID number is found without being stored.

    Keyed, because an unkeyed hash of an ID number is guessed in milliseconds when birth date and region are known.
    """
    return hmac.new(settings.INDEX_KEY, index_form(text).encode(), hashlib.sha256).digest()[:_INDEX_BYTES]


def fingerprint(text: str) -> bytes:
    """Return a keyed fingerprint (16 bytes) of any text, by which it is found again without being shown."""
    return hmac.new(settings.INDEX_KEY, text.encode(), hashlib.sha256).digest()[:_INDEX_BYTES]


def _place(table: str, column: str, row: object) -> bytes:
    return f"{table}.{column}:{row}".encode()


@lru_cache(maxsize=256)
def _derived(key: bytes, purpose: str) -> bytes:
    return hmac.new(key, f"derived:{purpose}".encode(), hashlib.sha256).digest()


@lru_cache(maxsize=256)
def _begun(key: bytes, purpose: str) -> hmac.HMAC:
    """Return an HMAC that is copied and never fed: to begin one costs as much as the digest itself."""
    return hmac.new(_derived(key, purpose), digestmod=hashlib.sha256)


@lru_cache(maxsize=32)
def _cipher(key: bytes) -> AESGCM:
    return AESGCM(key)
