"""How sheets move: lock, look, write the movement, move the sheets — each in one statement, whatever their number.

Every act on sheets goes through `move_sheets`, called inside the act's own transaction.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection
from psycopg.types.range import Range

from xueji.accounts.models import User
from xueji.blanks.models import BlankAct, BlankMovement, BlankState
from xueji.blanks.queries.books import Place, Serials, blank_book_of, ranges_of, spec_for
from xueji.core.errors import StockMismatch
from xueji.core.packs import BlankSpec
from xueji.core.serials import SerialRange, compress, count_of, expand, format_range
from xueji.institutions.models import Authority, School
from xueji.ledger.actions import record_event
from xueji.ledger.tags import EventTag

_TAGS = {
    BlankAct.DRAW: EventTag.BLANKS_DISPENSED, BlankAct.MOVE: EventTag.BLANKS_SENT_BACK, BlankAct.CONFIRM: EventTag.BLANKS_CONFIRMED,
    BlankAct.LOAD: EventTag.BLANKS_LOADED, BlankAct.UNLOAD: EventTag.BLANKS_UNLOADED, BlankAct.USE: EventTag.BLANKS_USED,
    BlankAct.SPOIL: EventTag.BLANKS_SPOILED, BlankAct.RETURN: EventTag.BLANKS_RETURNED,
    BlankAct.STAMP: EventTag.BLANKS_STAMPED, BlankAct.LOSE: EventTag.BLANKS_LOST, BlankAct.FIND: EventTag.BLANKS_RECOVERED,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Sheet:
    """A sheet as found under its lock."""

    id: int
    number: int
    state: str
    holder_id: int
    school_id: int | None
    request_id: int | None
    certificate_id: UUID | None
    signer_id: int  # who signed its last movement
    came_from: str  # state before its last movement

    def to(self, state: str) -> Goal:
        """Return the same place in another state."""
        return Goal(state, self.holder_id, self.school_id, self.request_id)


@dataclass(frozen=True, slots=True)
class Goal:
    """Where a sheet goes; ids as in its row."""

    state: str
    holder_id: int
    school_id: int | None
    request_id: int | None


@dataclass(frozen=True, slots=True)
class Act:
    """One act on sheets of one kind in one book: what, which, by whom, and what it needs and does to each."""

    act: str
    authority: Authority
    spec: BlankSpec
    ranges: tuple[SerialRange, ...]
    by: User
    at: datetime
    problem: Callable[[Sheet], str | None]  # why the sheet does not fit, else None
    goal: Callable[[Sheet], Goal]
    reason: str = ""
    signs: str = ""  # gives | takes | takes over (from who signed last)
    certificates: Mapping[int, UUID] | None = None


def is_at(sheet: Sheet, place: Place) -> bool:
    """Whether a place has the sheet, or is to have it."""
    if isinstance(place, School):
        return sheet.school_id == place.pk and sheet.state not in (BlankState.RETURNED, BlankState.VOID)
    return sheet.holder_id == place.pk and (
        sheet.school_id is None or sheet.state in (BlankState.RETURNED, BlankState.VOID)
    )


def in_state(place: Place, *states: str) -> Callable[[Sheet], str | None]:
    """Return the demand that a sheet is at a place, in one of some states."""

    def problem(sheet: Sheet) -> str | None:
        if sheet.state in states and is_at(sheet, place):
            return None
        label = BlankState(sheet.state).label
        return f"现为「{label}」" if is_at(sheet, place) else f"不在{place.name}，{whereabouts(sheet)}"

    return problem


def whereabouts(sheet: Sheet) -> str:
    """Say where the book has a sheet."""
    label = BlankState(sheet.state).label
    if sheet.school_id is not None and sheet.state not in (BlankState.RETURNED, BlankState.VOID):
        place: Place = School.objects.get(pk=sheet.school_id)
    else:
        place = Authority.objects.get(pk=sheet.holder_id)
    return f"账上在{place.name}（{label}）"


def move_sheets(act: Act, *, school: School | None = None, note: str = "") -> list[BlankMovement]:
    """Move every sheet of the act or none; StockMismatch names those that do not fit, each with the reason.

    Sheets are locked in the order of their numbers, so that two acts on overlapping ranges wait for each other.
    """
    sheets = _lock(act)
    _refuse_misfits(act, sheets)
    movements = BlankMovement.objects.bulk_create(_movements(act, sheets), batch_size=1000)
    _write(act, sheets, movements)
    record_event(
        tag=_TAGS[BlankAct(act.act)], subject=movements[0], by=act.by, at=act.at, school_id=school.pk if school else None,
        parent=movements[0].request,
        after={"kind": act.spec.title, "count": count_of(act.ranges), "serials": shown_ranges(act.ranges, act.spec)},
        note=note or act.reason,
    )  # fmt: skip
    return movements


def shift(
    holder: Place,
    kind: str,
    serials: Serials,
    *,
    act: BlankAct,
    states: Sequence[str],
    to: str,
    by: User,
    at: datetime,
    reason: str = "",
    signs: str = "",
    certificates: Mapping[int, UUID] | None = None,
) -> list[BlankMovement]:
    """Move sheets that a place has, in one of some states, to another state; they stay where they are."""
    return move_sheets(
        Act(
            act=act, authority=blank_book_of(holder), spec=spec_for(holder, kind), ranges=ranges_of(serials), by=by, at=at,
            problem=in_state(holder, *states), goal=lambda sheet: sheet.to(to), reason=reason.strip()[:200], signs=signs,
            certificates=certificates,
        ),
        school=holder if isinstance(holder, School) else None,
    )  # fmt: skip


def shown_ranges(ranges: Sequence[SerialRange], spec: BlankSpec, most: int = 50) -> str:
    """Write ranges for the record; of very many the first and how many more."""
    text = "、".join(format_range(span, spec) for span in ranges[:most])
    return text if len(ranges) <= most else f"{text} 等 {len(ranges)} 段"


def _lock(act: Act) -> list[Sheet]:
    """Lock the rows, then read them anew: a row that changed while we waited is read as it is now, with its last signer."""
    place = [
        act.authority.pk, act.spec.key, [span.first for span in act.ranges], [span.last for span in act.ranges],
    ]  # fmt: skip
    these = """FROM unnest(%s::bigint[], %s::bigint[]) r (first, last)
               JOIN blanks_blank b ON b.authority_id = %s AND b.kind = %s AND b.number BETWEEN r.first AND r.last"""
    values: list[Any] = [*place[2:], *place[:2]]
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT b.id {these} ORDER BY b.number FOR UPDATE OF b", values
        )  # no value of anybody's in the text
        cursor.execute(
            f"""SELECT b.id, b.number, b.state, b.holder_id, b.school_id, b.request_id, b.certificate_id, m.by_id, m.from_state
                {these} JOIN blanks_blankmovement m ON m.id = b.last_movement_id ORDER BY b.number""",  # as above
            values,
        )
        return [Sheet(*row) for row in cursor.fetchall()]


def _refuse_misfits(act: Act, sheets: Sequence[Sheet]) -> None:
    problems: dict[str, list[int]] = {}
    missing = set(expand(act.ranges)) - {sheet.number for sheet in sheets}
    if missing:
        problems["账上没有这个流水码"] = sorted(missing)
    answers: dict[Sheet, str | None] = {}
    for sheet in sheets:
        like = replace(sheet, id=0, number=0, certificate_id=None)  # sheets in the same place are judged once
        if like not in answers:
            answers[like] = act.problem(sheet)
        if why := answers[like]:
            problems.setdefault(why, []).append(sheet.number)
    if problems:
        found = [(span, why) for why, numbers in problems.items() for span in compress(numbers)]
        raise StockMismatch([(format_range(span, act.spec), why) for span, why in sorted(found)])


def _movements(act: Act, sheets: Iterable[Sheet]) -> list[BlankMovement]:
    """Return one movement for each run of sheets that come from the same place and hand and go to the same place."""
    groups: dict[tuple[Sheet, Goal], list[int]] = {}
    for sheet in sheets:
        like = replace(sheet, id=0, number=0, certificate_id=None)
        groups.setdefault((like, act.goal(sheet)), []).append(sheet.number)
    runs = [(span, sheet, goal) for (sheet, goal), numbers in groups.items() for span in compress(numbers)]
    return [_movement(act, span, sheet, goal) for span, sheet, goal in sorted(runs, key=lambda run: run[0])]


def _movement(act: Act, span: SerialRange, sheet: Sheet, goal: Goal) -> BlankMovement:
    return BlankMovement(
        act=act.act, authority=act.authority, kind=act.spec.key, numbers=Range(span.first, span.last + 1),
        from_state=sheet.state, from_holder_id=sheet.holder_id, from_school_id=sheet.school_id,
        to_state=goal.state, to_holder_id=goal.holder_id, to_school_id=goal.school_id,
        from_request_id=sheet.request_id, request_id=goal.request_id,
        given_by_id={"gives": act.by.pk, "takes over": sheet.signer_id}.get(act.signs),
        received_by_id=act.by.pk if act.signs in ("takes", "takes over") else None,
        by=act.by, at=act.at, reason=act.reason,
    )  # fmt: skip


def _write(act: Act, sheets: Sequence[Sheet], movements: Sequence[BlankMovement]) -> None:
    """Move the locked rows, each by its key: the plan does not depend on how well the table is known."""
    moved_by = {n: movement.pk for movement in movements for n in range(movement.numbers.lower, movement.numbers.upper)}
    named = act.certificates or {}
    with connection.cursor() as cursor:
        cursor.execute(
            """UPDATE blanks_blank b SET state = m.to_state, holder_id = m.to_holder_id, school_id = m.to_school_id,
                 request_id = m.request_id, last_movement_id = m.id, certificate_id = coalesce(w.certificate, b.certificate_id)
               FROM unnest(%s::bigint[], %s::bigint[], %s::uuid[]) w (id, movement, certificate)
                 JOIN blanks_blankmovement m ON m.id = w.movement
               WHERE b.id = w.id""",
            [
                [sheet.id for sheet in sheets], [moved_by[sheet.number] for sheet in sheets],
                [named.get(sheet.number) for sheet in sheets],
            ],
        )  # fmt: skip
        assert cursor.rowcount == count_of(act.ranges), "every locked sheet moves"
