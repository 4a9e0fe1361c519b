"""Where sheets end: returned, stamped void and kept, lost, found again."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from xueji.accounts.models import User
from xueji.accounts.permissions import Permission as P
from xueji.blanks.actions.moving import Act, Goal, Sheet, in_state, is_at, move_sheets, shift, whereabouts
from xueji.blanks.models import BlankAct, BlankMovement, BlankState
from xueji.blanks.queries.books import Place, Serials, blank_book_of, ranges_of, require_hand, spec_for
from xueji.core.errors import BadInput
from xueji.institutions.models import Authority, School

_ALL_BUT_LOST = tuple(state for state in BlankState.values if state != BlankState.LOST)
_HANDS = (P.KEEP_BLANKS, P.DISPENSE_BLANKS, P.KEEP_VOID_BLANKS, P.PRINT_CENTRALLY)


@transaction.atomic
def return_blanks(
    *, holder: Place, kind: str, serials: Serials, by: User, at: datetime, reason: str = ""
) -> list[BlankMovement]:
    """Hand spoiled sheets to who keeps the book, for the stamp (S3-04)."""
    require_hand(
        by, holder, *((P.REQUEST_BLANKS,) if isinstance(holder, School) else (P.PRINT_CENTRALLY, P.KEEP_BLANKS))
    )
    book = blank_book_of(holder)
    act = Act(
        act=BlankAct.RETURN, authority=book, spec=spec_for(holder, kind), ranges=ranges_of(serials), by=by, at=at,
        problem=in_state(holder, BlankState.SPOILED), signs="gives", reason=reason.strip()[:200],
        goal=lambda sheet: Goal(BlankState.RETURNED, book.pk, sheet.school_id, sheet.request_id),
    )  # fmt: skip
    return move_sheets(act, school=holder if isinstance(holder, School) else None)


@transaction.atomic
def stamp_void(
    *, authority: Authority, kind: str, serials: Serials, by: User, at: datetime, kept_in: str = ""
) -> list[BlankMovement]:
    """Take returned sheets over, stamp them «作废» and keep them; `kept_in` says where. Who stamps is not who returned."""
    require_hand(by, authority, P.KEEP_VOID_BLANKS)
    return shift(
        authority, kind, serials, act=BlankAct.STAMP, states=(BlankState.RETURNED,), to=BlankState.VOID, by=by, at=at,
        reason=kept_in, signs="takes over",
    )  # fmt: skip


@transaction.atomic
def report_lost(
    *, holder: Place, kind: str, serials: Serials, reason: str, by: User, at: datetime
) -> list[BlankMovement]:
    """Report sheets lost, with what happened; they stay where they were last until found."""
    require_hand(by, holder, *((P.REQUEST_BLANKS,) if isinstance(holder, School) else _HANDS))
    if not reason.strip():
        raise BadInput("报失须写明经过")
    return shift(
        holder, kind, serials, act=BlankAct.LOSE, states=_ALL_BUT_LOST, to=BlankState.LOST, by=by, at=at, reason=reason
    )


@transaction.atomic
def recover_blanks(
    *, holder: Place, kind: str, serials: Serials, reason: str, by: User, at: datetime
) -> list[BlankMovement]:
    """Take lost sheets back in where they were found: the place they were lost at, or the authority in charge of them.

    One that was clean is stock again; one that had been printed, spoiled or stamped is spoiled and goes that way.
    """
    require_hand(by, holder, *((P.REQUEST_BLANKS,) if isinstance(holder, School) else _HANDS))
    if not reason.strip():
        raise BadInput("寻回须写明经过")
    clean = (BlankState.STOCK, BlankState.DRAWN, BlankState.LOADED)
    school_id = holder.pk if isinstance(holder, School) else None

    def goal(sheet: Sheet) -> Goal:
        state = BlankState.STOCK if sheet.came_from in clean else BlankState.SPOILED
        request_id = sheet.request_id if school_id == sheet.school_id else None
        return Goal(state, sheet.holder_id, school_id, request_id)

    def problem(sheet: Sheet) -> str | None:
        if sheet.state != BlankState.LOST:
            return f"没有报失，{whereabouts(sheet)}"
        near = is_at(sheet, holder) or (sheet.holder_id == holder.pk and not isinstance(holder, School))
        return None if near else f"不是{holder.name}报失的，{whereabouts(sheet)}"

    act = Act(
        act=BlankAct.FIND, authority=blank_book_of(holder), spec=spec_for(holder, kind),
        ranges=ranges_of(serials), by=by, at=at, problem=problem, goal=goal, reason=reason.strip()[:200],
    )  # fmt: skip
    return move_sheets(act, school=holder if isinstance(holder, School) else None)
