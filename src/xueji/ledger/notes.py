"""Signed notes and checkpoints of the log: text that others can check without us (C2SP signed-note, tlog-checkpoint).

A checkpoint says: of this log, the first `size` entries have this root. Whoever keeps one can tell any other history.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from django.conf import settings

from xueji.core.errors import ServiceError
from xueji.sealing.texts import LOG_KEY, derived_key

_ED25519, _COSIGNATURE = 1, 4
_DASH = "— "


class NoteRefused(ServiceError):
    """A note is not one, or nobody whose key is known signed it."""

    code = "note_refused"


@dataclass(frozen=True, slots=True)
class Verifier:
    """A name and a public key: what a stranger needs to check a signature; written as a «vkey»."""

    name: str
    kind: int
    public: bytes

    @property
    def key_id(self) -> bytes:
        """Return the four bytes by which a signature names its key."""
        return hashlib.sha256(self.name.encode() + b"\n" + bytes([self.kind]) + self.public).digest()[:4]

    def __str__(self) -> str:
        return f"{self.name}+{self.key_id.hex()}+{encoded(bytes([self.kind]) + self.public)}"

    @classmethod
    def parse(cls, text: str) -> Verifier:
        """Return the key a «vkey» names; NoteRefused when it contradicts itself."""
        name, _, rest = text.strip().partition("+")
        key_id, _, key = rest.partition("+")
        raw = decoded(key)
        if len(raw) != 33 or raw[0] not in (_ED25519, _COSIGNATURE):
            raise NoteRefused(f"公钥「{text[:80]}」读不懂")
        found = cls(name, raw[0], raw[1:])
        if found.key_id.hex() != key_id:
            raise NoteRefused(f"公钥「{text[:80]}」与自己的编号不符")
        return found


@dataclass(frozen=True, slots=True)
class Note:
    """A text and the signatures under it, each with the name of who signed."""

    text: str
    signatures: tuple[tuple[str, bytes], ...]

    def __str__(self) -> str:
        return f"{self.text}\n" + "".join(f"{_DASH}{name} {encoded(raw)}\n" for name, raw in self.signatures)

    @classmethod
    def parse(cls, stored: str) -> Note:
        """Return a note as it was sent; NoteRefused when it is none."""
        text, gap, lines = stored.rpartition("\n\n")
        if not gap or not lines.endswith("\n"):
            raise NoteRefused("这不是一份带签名的日志头")
        signatures = []
        for line in lines.splitlines():
            name, space, raw = line.removeprefix(_DASH).partition(" ")
            if not line.startswith(_DASH) or not space:
                raise NoteRefused("日志头的签名行读不懂")
            signatures.append((name, decoded(raw)))
        return cls(f"{text}\n", tuple(signatures))

    def signed_by(self, verifier: Verifier) -> bool:
        """Whether a signature of this key stands under the text; lines of other keys are left alone."""
        key = Ed25519PublicKey.from_public_bytes(verifier.public)
        for name, raw in self.signatures:
            if name != verifier.name or raw[:4] != verifier.key_id:
                continue
            signature, message = raw[4:], self.text.encode()
            if verifier.kind == _COSIGNATURE:  # a witness signs the moment as well
                stamp, signature = int.from_bytes(signature[:8], "big"), signature[8:]
                message = f"cosignature/v1\ntime {stamp}\n".encode() + message
            try:
                key.verify(signature, message)
            except InvalidSignature:
                return False
            return True
        return False


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The head of a log: how many entries, and the root over them."""

    origin: str
    size: int
    root: bytes

    def __str__(self) -> str:
        return f"{self.origin}\n{self.size}\n{encoded(self.root)}\n"

    @classmethod
    def parse(cls, text: str) -> Checkpoint:
        """Return the head a note speaks of; NoteRefused when it is none."""
        lines = text.splitlines()
        if len(lines) < 3 or not lines[0] or not lines[1].isdecimal() or len(root := decoded(lines[2])) != 32:
            raise NoteRefused("这不是日志头：应为日志名、条数和根三行")
        return cls(lines[0], int(lines[1]), root)


def log_verifier(origin: str) -> Verifier:
    """Return the public key of our log."""
    return Verifier(origin, _ED25519, _private().public_key().public_bytes_raw())


def signed(checkpoint: Checkpoint) -> Note:
    """Return a head with the signature of our log."""
    verifier = log_verifier(checkpoint.origin)
    text = str(checkpoint)
    return Note(text, ((checkpoint.origin, verifier.key_id + _private().sign(text.encode())),))


def checked(stored: str, verifier: Verifier) -> Checkpoint:
    """Return the head in a note that this key signed; NoteRefused otherwise."""
    note = Note.parse(stored)
    if not note.signed_by(verifier):
        raise NoteRefused(f"日志头上没有 {verifier.name} 的有效签名")
    return Checkpoint.parse(note.text)


def _private() -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(derived_key(LOG_KEY, "log signature"))


def default_origin() -> str:
    """Return the name a new log takes: the site's own host. An older one keeps the name it has."""
    return f"{settings.SITE_URL.split('//')[-1].strip('/')}/log"


def encoded(raw: bytes) -> str:
    """Return bytes as notes write them."""
    return base64.b64encode(raw).decode()


def decoded(text: str) -> bytes:
    """Return what a note wrote; nothing where it cannot be read, so that it fits nothing."""
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error:
        return b""
