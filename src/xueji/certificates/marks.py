"""High-water marks of the number counters, outside the database and outside its backups (docs/adr/0012).

A database that was restored has forgotten what it gave out after its backup; paper has not. One small file a counter
in the folder `XUEJI_MARKS` therefore says how far it came. Each release appends a line there and flushes it *before*
its transaction may commit (an intent), and another after it (done). A release looks first:

* the file was written by this database (its `lineage`), and the ledger event the last line names is still there;
* nothing is «done» beyond what the database says, and what the database says was once an intent.

Then the database is right, and an intent beyond it is one whose transaction was rolled back or killed: it gave out
nothing and holds nobody up. Otherwise the database went back, or the marks did: no number of that counter is given
until two people have stated the last one on paper (`actions/statements.py`).
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote

from django.conf import settings
from django.db import connection, transaction

from xueji.certificates.markfiles import Lines, append, locked, put
from xueji.core.errors import NumbersHeld, ServiceError
from xueji.ledger.lineage import LINEAGE_SQL
from xueji.sealing.texts import key_id_of, seal, unseal

log = logging.getLogger("xueji.marks")

_SUFFIX = ".mark"
_INSTALLATION, _PACK, _COUNTER = "installation", "pack", "counter"
# What this database is; the time of the event a line names; and the newest event of a transaction that began before this
# one: it was committed, since it can be seen, whatever becomes of this one.
_LOOK = f"""
    SELECT {LINEAGE_SQL},
        (SELECT extract(epoch FROM at)::text FROM ledger_event WHERE id = %s), newest.id, newest.at
    FROM (SELECT) one LEFT JOIN LATERAL (
        SELECT id, extract(epoch FROM at)::text AS at FROM ledger_event WHERE age(xmin) > 0 ORDER BY id DESC LIMIT 1
    ) newest ON true"""  # noqa: S608  # the text of another module, no word of anybody


class Why(StrEnum):
    """Why no number may be given: `.value` is the reason as people read it."""

    NO_MARK = "标记文件夹中没有本库的标记"
    OTHER = "数据库不是原来的那一个（由备份恢复，或换了数据库服务器）"
    SHORTER = "履历比标记记载的短：数据库退回到了从前"
    BEHIND = "库中的末号小于标记：其后发出的编号库里没有"
    AHEAD = "库中的末号大于标记：标记是旧的，或几台机器没有共用一个标记文件夹"
    BESIDE = "同一政策包还有计数器没有核定"


@dataclass(frozen=True, slots=True)
class Held:
    """A counter from which nothing may be given, what the database and the marks say of it, and why."""

    kind: str
    scope: str
    stored: int
    marked: int | None
    why: Why
    key_id: int | None = None


def folder() -> Path:
    """Return the folder of marks of this install."""
    return Path(settings.MARKS)


def pack_of_scope(scope: str) -> str:
    """Return the pack a counter belongs to: the first word of its scope."""
    return scope.split(" ", 1)[0]


def lineage() -> str:
    """Return what tells this database from every other, a restored copy of it included."""
    return _look(None).lineage


def adopt_if_new() -> bool:
    """Take an empty database as the one the marks belong to; return whether that was done.

    Only where nobody ever did anything: no event, no counter, and no mark of another database.
    """
    used = _row("SELECT EXISTS (SELECT FROM ledger_event) OR EXISTS (SELECT FROM certificates_numbercounter)")[0]
    if used or (folder().is_dir() and any(folder().glob(f"*{_SUFFIX}"))):
        return False
    adopt()
    return True


def adopt() -> None:
    """Take this database as the one the marks belong to, unasked: for a database just made, by whoever made it."""
    with _writing():
        append(_path(_INSTALLATION), {"lineage": _look(None).lineage, "anchor": None})


# -- giving out


def intend(
    *, label: str, kind: str, scope: str, was: int, last: int, key_id: int | None, order: bytes | None = None
) -> None:
    """Write down, before the commit, that a counter goes from `was` to `last`; NumbersHeld when it must not.

    Called with the counter's row locked, so that the lines of a counter follow one another as its releases do.
    """
    path = _path(_COUNTER, kind, scope)
    with _writing():
        if not path.exists():  # asked before the file is made: what is refused leaves none
            _refuse(_why_new(kind, scope, was), label)
        with locked(path) as file:
            lines = Lines(path, file)
            newest = lines.newest()
            here = _look(newest)
            _refuse(_why(lines, newest, was, here) if newest else _why_new(kind, scope, was), label)
            mark = {"last": last, "was": was, "key": key_id, "lineage": here.lineage, "anchor": here.anchor}
            put(file, mark | _order_line(lines, kind, scope, order))
    transaction.on_commit(lambda: _confirm(path, last), robust=True)


def settle(*, kind: str, scope: str, last: int, key_id: int | None, statement: int, order: bytes | None = None) -> None:
    """Write down, before the commit, what two people stated of a counter: from then on it is this database's again."""
    path = _path(_COUNTER, kind, scope)
    with _writing(), locked(path) as file:
        here = _look(None)
        mark = {"last": last, "was": last, "key": key_id, "lineage": here.lineage, "anchor": here.anchor}
        put(file, mark | {"statement": statement} | _order_line(Lines(path, file), kind, scope, order))


def settle_pack(*, pack: str, statement: int) -> None:
    """Write down that a pack has no other counters than those known: new ones may begin at 1. After the commit only."""
    with _writing():
        here = _look(None)
        append(_path(_PACK, pack), {"lineage": here.lineage, "anchor": here.anchor, "statement": statement})


def _confirm(path: Path, last: int) -> None:
    """Note that the transaction of an intent was committed. Not flushed: what is lost here is asked of the ledger."""
    try:
        with locked(path) as file:
            put(file, {"done": last}, flush=False)
    except OSError as error:
        log.warning("number mark not confirmed: %s: %s", path.name, error)


def _refuse(why: Why | None, label: str) -> None:
    if why:
        raise NumbersHeld(
            f"{label}暂停发放：{why.value}。须先由发号机关的两人在「编号核定」页写明纸上最后一个编号并互相确认"
            "（防止同一编号发给两人），再回来办理；本次没有发放任何编号"
        )


# -- the order of permuted counters (`orders.py`): a database lost with its counter leaves it here


def permuted_marks() -> list[tuple[tuple[str, str], int | None]]:
    """Return the counters whose marks say they are permuted, each with the data key it was begun under."""
    found = []
    for name, path in _counters_marked():
        lines = Lines.of(path)
        key = next((line["key"] for line in lines if line.get("key") is not None), None)
        if key is not None or lines.order():
            found.append((name, key))
    return found


def marked_order(kind: str, scope: str) -> bytes | None:
    """Return the order a counter's mark knows; None when it knows none."""
    path = _path(_COUNTER, kind, scope)
    sealed = Lines.of(path).order() if path.exists() else b""
    return bytes.fromhex(unseal(sealed, **_place(kind, scope))) if sealed else None


def keep_order(*, kind: str, scope: str, order: bytes) -> bool:
    """Write a counter's order under the active data key; return False when it stands there already."""
    path = _path(_COUNTER, kind, scope)
    with _writing(), locked(path) as file:
        line = _order_line(Lines(path, file), kind, scope, order)
        if line:
            put(file, line)
    return bool(line)


def _order_line(lines: Lines, kind: str, scope: str, order: bytes | None) -> dict[str, str]:
    if order is None:
        return {}
    sealed = lines.order()
    if sealed and key_id_of(sealed) == settings.DATA_KEY_ACTIVE:
        return {}
    return {"order": seal(order.hex(), **_place(kind, scope)).hex()}


def _place(kind: str, scope: str) -> dict[str, str]:
    return {"table": "marks", "column": "order", "row": f"{kind} {scope}"}


# -- looking


def held_counters(pack: str, *, but: tuple[str, str] | None = None) -> list[Held]:
    """Return the counters of a pack, in the database or in the marks alone, from which nothing may be given.

    `but` names one that is not asked about, by kind and scope: the one whose turn it is.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT kind, scope, last_serial, key_id FROM certificates_numbercounter WHERE starts_with(scope, %s)",
            [f"{pack} "],
        )
        stored = {(kind, scope): (last, key) for kind, scope, last, key in cursor.fetchall()}
    marked = {key: Lines.of(path) for key, path in _counters_marked() if pack_of_scope(key[1]) == pack and key != but}
    newest_of = {key: newest for key, lines in marked.items() if (newest := lines.newest())}
    here_of = _look_at_all({key: line["anchor"][0] if line["anchor"] else None for key, line in newest_of.items()})
    found = []
    for key in sorted((stored.keys() | marked.keys()) - {but}):
        last, key_id = stored.get(key, (0, None))
        lines, newest = marked.get(key), newest_of.get(key)
        why = _why(lines, newest, last, here_of[key]) if lines and newest else Why.NO_MARK if last else None
        if why:
            top, marked_key = lines.top() if lines else (None, None)
            found.append(Held(key[0], key[1], last, top, why, key_id if key in stored else marked_key))
    return found


def held_pack(pack: str) -> Why | None:
    """Return why no counter of a pack that is not known yet may begin; None when it may."""
    newest = Lines.newest_of(_path(_PACK, pack))
    if newest and _why_line(newest, _look(newest)) is None:
        return None
    installation = Lines.newest_of(_path(_INSTALLATION))
    return _why_line(installation, _look(installation)) if installation else Why.NO_MARK


def _why_new(kind: str, scope: str, was: int) -> Why | None:
    """Return why a counter without marks may not begin. Unless stated otherwise all others of its pack must be in order."""
    if was:
        return Why.NO_MARK
    pack = pack_of_scope(scope)
    why = held_pack(pack)
    if why or _path(_PACK, pack).exists():
        return why
    return Why.BESIDE if held_counters(pack, but=(kind, scope)) else None


def _why(lines: Lines, newest: dict[str, Any], was: int, here: _Here) -> Why | None:
    """Return what speaks against going on from `was`, by the lines of its counter."""
    if why := _why_line(newest, here):
        return why
    is_stated = False
    for line in lines:
        if line.get("done", 0) > was:
            return Why.BEHIND
        if "last" in line:
            if line["lineage"] != here.lineage:
                return Why.OTHER
            if line["last"] == was:
                return None
            is_stated = is_stated or "statement" in line  # whose confirmation was rolled back: it opens nothing
    return Why.AHEAD if was or is_stated else None


def _why_line(line: dict[str, Any], here: _Here) -> Why | None:
    """Return what is wrong with where a line comes from, by what `_look` found of it."""
    if line["lineage"] != here.lineage:
        return Why.OTHER
    return Why.SHORTER if line["anchor"] and line["anchor"][1] != here.event_at else None


@dataclass(frozen=True, slots=True)
class _Here:
    """The database in use: its lineage, the event a line names (when there is one) and the newest committed one."""

    lineage: str
    event_at: str | None
    anchor: tuple[int, str] | None


def _look(line: dict[str, Any] | None) -> _Here:
    """Ask the database, in one statement, what it is and whether it goes on from where a line was written."""
    event = line["anchor"][0] if line and line["anchor"] else None
    lineage, event_at, number, at = _row(_LOOK, event)
    return _Here(lineage, event_at, None if number is None else (number, at))


def _look_at_all(event_of: Mapping[tuple[str, str], int | None]) -> dict[tuple[str, str], _Here]:
    """As `_look` for the events that the lines of many counters name, in two statements however many they are."""
    if not event_of:
        return {}
    here = _look(None)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id, extract(epoch FROM at)::text FROM ledger_event WHERE id = ANY(%s)",
            [[event for event in event_of.values() if event is not None]],
        )
        at_of = dict(cursor.fetchall())
    return {key: _Here(here.lineage, at_of.get(event), here.anchor) for key, event in event_of.items()}


def _row(sql: str, *values: Any) -> Any:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return cursor.fetchone()


# -- files


def _path(sort: str, *words: str) -> Path:
    return folder() / (quote(" ".join((sort, *words)), safe=" ").replace(" ", "+") + _SUFFIX)


def _counters_marked() -> Iterator[tuple[tuple[str, str], Path]]:
    for path in folder().glob(f"{_COUNTER}+*{_SUFFIX}"):
        _, kind, *scope = (unquote(word) for word in path.name.removesuffix(_SUFFIX).split("+"))
        yield (kind, " ".join(scope)), path


@contextmanager
def _writing() -> Iterator[None]:
    """Tell a folder that cannot be written as what it is: nothing is given out without its mark."""
    try:
        yield
    except OSError as error:
        raise ServiceError(
            f"编号标记文件夹 {folder()} 不能写入（{error.strerror}）：本次没有发放任何编号，请管理员检查后重试"
        ) from error
