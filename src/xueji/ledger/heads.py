"""Heads of the log where the owner of this database cannot write: a folder of somebody else's, a mailbox, a witness.

Whoever holds a head can say of any later log whether it still begins with what it began with then. A witness
(C2SP tlog-witness) signs a head only when it is shown that the log merely grew, and keeps what does not fit.
"""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from smtplib import SMTPException

from django.conf import settings
from django.core.mail import EmailMessage

from xueji.core.errors import ServiceError
from xueji.core.merkle import consistency_path
from xueji.ledger.notes import Checkpoint, Note, NoteRefused, Verifier, encoded
from xueji.ledger.sequencing import Head, folder, head
from xueji.ledger.tiles import replace_file

_SECONDS = 20
_CONFLICT = 409
_LETTER = "请保存这封邮件，不必答复。以后凭附件可以核对履历有没有被改写：xueji audit --head 附件；或 xueji log verify 附件 --log 日志文件夹。"


class HeadNotTaken(ServiceError):
    """A place outside did not take the head."""

    code = "head_not_taken"


@dataclass(frozen=True, slots=True)
class Published:
    """Where a head went."""

    size: int
    places: tuple[str, ...]


def publish_head() -> Published | None:
    """Take the newest head to every place that was named; None before the first entry. HeadNotTaken names who refused."""
    newest = head()
    if newest is None:
        return None
    places, refused = [], []
    for place, take in _places():
        try:
            places.append(take(newest, place))
        except HeadNotTaken as error:
            refused.append(error.message)
    if refused:
        raise HeadNotTaken("；".join(refused))
    return Published(newest.tiles.size, tuple(places))


def _places() -> Iterator[tuple[str, Callable[[Head, str], str]]]:
    """Yield every place that was named, and how a head is taken there: what one refuses, another may still get."""
    if settings.LEDGER_HEADS:
        yield settings.LEDGER_HEADS, _put_down
    for address in settings.LEDGER_MAIL:
        yield address, _send
    if settings.LEDGER_WITNESS:
        yield settings.LEDGER_WITNESS, _ask_witness


def _put_down(newest: Head, place: str) -> str:
    """Lay the head into a folder, under a name that is never written again; another head of this size is left as it lies."""
    path = Path(place) / f"{newest.tiles.size:012d}.txt"
    try:
        if not path.exists():
            replace_file(path, newest.note.encode())
        elif path.read_bytes() != newest.note.encode():
            raise HeadNotTaken(
                f"{path} 已是同样条数的另一份日志头：日志被改写过，或该文件被动过。没有覆盖；"
                f"请运行 xueji audit --head {path}，立即查明"
            )
    except OSError as error:
        raise HeadNotTaken(f"日志头写不进 {place}（{error.strerror}）；请检查该文件夹") from error
    return str(path)


def _send(newest: Head, address: str) -> str:
    """Mail the head, as text and as a file that `xueji audit --head` takes; the same one is not mailed twice."""
    state = folder() / "mailed"
    known: dict[str, int] = json.loads(state.read_text()) if state.exists() else {}
    if known.get(address) == newest.tiles.size:
        return address
    size = newest.tiles.size
    message = EmailMessage(f"履历日志头：{newest.origin}，{size} 条", f"{_LETTER}\n\n{newest.note}", to=[address])
    message.attach(f"{size:012d}.txt", newest.note, "text/plain")
    try:
        message.send()
    except (OSError, SMTPException) as error:
        raise HeadNotTaken(f"日志头寄不到 {address}（{error}）；请检查 XUEJI_MAIL_HOST 等邮件设置") from error
    replace_file(state, json.dumps(known | {address: size}).encode())
    return address


def _ask_witness(newest: Head, address: str) -> str:
    """Have the witness sign the head; its signature is kept beside the log."""
    state = folder() / "witness"
    known = Checkpoint.parse(Note.parse(state.read_text()).text).size if state.exists() else 0
    status, answer = _sent(newest, address, known)
    if status == _CONFLICT and answer.strip().isdecimal() and int(answer) <= newest.tiles.size:
        status, answer = _sent(newest, address, int(answer))  # it knows better than we how far it came
    if status != 200:
        raise HeadNotTaken(f"见证方 {address} 不认日志头（{status}：{answer.strip()[:200]}）；它留有证据，请立即查明")
    signed = f"{newest.note}{answer}"
    _require_witnessed(signed, address)
    replace_file(state, signed.encode())
    return address


def _require_witnessed(signed: str, address: str) -> None:
    """Raise HeadNotTaken unless the witness signed: whoever stands between can answer «200» as well."""
    if not settings.LEDGER_WITNESS_KEY:
        raise HeadNotTaken(
            f"没有设置 XUEJI_LEDGER_WITNESS_KEY（见证方的公钥）：{address} 的答复无法核对，不算已见证；请向见证方索取公钥"
        )
    verifier = Verifier.parse(settings.LEDGER_WITNESS_KEY)
    try:
        is_signed = Note.parse(signed).signed_by(verifier)
    except NoteRefused:
        is_signed = False
    if not is_signed:
        raise HeadNotTaken(f"{address} 的答复上没有 {verifier.name} 的有效签名，不算已见证；请与见证方核对网址和公钥")


def _sent(newest: Head, address: str, known: int) -> tuple[int, str]:
    path = consistency_path(known, newest.tiles.size, newest.tiles.read) if known <= newest.tiles.size else []
    proof = "".join(f"{encoded(digest)}\n" for digest in path)
    body = f"old {known}\n{proof}\n{newest.note}".encode()
    request = urllib.request.Request(f"{address.rstrip('/')}/add-checkpoint", data=body, method="POST")  # noqa: S310  # the operator's own setting
    try:
        with urllib.request.urlopen(request, timeout=_SECONDS) as response:  # noqa: S310
            return response.status, response.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode(errors="replace")
    except OSError as error:
        raise HeadNotTaken(f"见证方 {address} 没有应答（{error}）；下一小时再试") from error
