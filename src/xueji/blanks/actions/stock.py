"""Blanks between the printing house, the keeper, the issuer and who receives them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import IntegrityError, connection, transaction
from django.utils import timezone
from psycopg.types.range import Range

from xueji.accounts.models import User
from xueji.accounts.permissions import Permission as P
from xueji.blanks.actions.moving import Act, Goal, in_state, move_sheets, shown_ranges
from xueji.blanks.models import BlankAct, BlankMovement, BlankRequest, BlankState
from xueji.blanks.queries.books import Place, Serials, blank_book_of, ranges_of, require_hand, require_issuer, spec_for
from xueji.cases.models import CaseState
from xueji.core.errors import BadInput, Conflict, StockMismatch
from xueji.core.packs import BlankSpec
from xueji.core.serials import SerialRange, count_of, format_range, format_serial
from xueji.institutions.models import Authority, Post, School
from xueji.institutions.queries import posts_of
from xueji.ledger.actions import Basis, record_event
from xueji.ledger.tags import EventTag


@transaction.atomic
def receive_blanks(
    *, authority: Authority, kind: str, serials: Serials, source: str, by: User, at: datetime
) -> list[BlankMovement]:
    """Take blanks from the printing house into the stock of the head of the line; `source` names delivery and house."""
    require_hand(by, authority, P.KEEP_BLANKS)
    if blank_book_of(authority).pk != authority.pk:
        raise BadInput(f"空白证书由{blank_book_of(authority).name}统一入库")
    spec, ranges = spec_for(authority, kind), ranges_of(serials)
    format_serial(ranges[-1].last, spec)  # a serial too long for its print is a bug of the caller
    if not source.strip():
        raise BadInput("请写明来源：承印单位和送货单号")
    _refuse_known(authority, spec, ranges)
    movements = [
        BlankMovement(
            act=BlankAct.RECEIVE, authority=authority, kind=kind, numbers=Range(span.first, span.last + 1),
            to_state=BlankState.STOCK, to_holder=authority, received_by=by, by=by, at=at, reason=source.strip()[:200],
        )
        for span in ranges
    ]  # fmt: skip
    try:
        with transaction.atomic():
            BlankMovement.objects.bulk_create(movements)
    except IntegrityError as error:  # somebody took the same serials in at the same moment
        raise Conflict("这些流水码刚刚由他人入库，请刷新后核对") from error
    _write_sheets(movements, spec)
    after = {"kind": spec.title, "count": count_of(ranges), "serials": shown_ranges(ranges, spec)}
    basis = [Basis(f"blank.{kind}", spec.cites)]
    record_event(
        tag=EventTag.BLANKS_RECEIVED, subject=movements[0], by=by, at=at, rules=basis, after=after, note=source.strip()
    )
    return movements


def _refuse_known(authority: Authority, spec: BlankSpec, ranges: tuple[SerialRange, ...]) -> None:
    known: list[tuple[str, str]] = []
    taken_in = BlankMovement.objects.filter(authority=authority, kind=spec.key, act=BlankAct.RECEIVE)
    for span in ranges:
        for earlier in taken_in.filter(numbers__overlap=Range(span.first, span.last + 1)):
            both = SerialRange(max(span.first, earlier.numbers.lower), min(span.last, earlier.numbers.upper - 1))
            known.append((format_range(both, spec), f"已于 {timezone.localdate(earlier.at):%Y-%m-%d} 入库"))
    if known:
        raise StockMismatch(known)


def _write_sheets(movements: list[BlankMovement], spec: BlankSpec) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            """INSERT INTO blanks_blank (authority_id, kind, number, serial, state, holder_id, last_movement_id)
               SELECT m.authority_id, m.kind, s.number, %s || lpad(s.number::text, %s, '0'), m.to_state, m.to_holder_id, m.id
               FROM blanks_blankmovement m CROSS JOIN generate_series(lower(m.numbers), upper(m.numbers) - 1) s (number)
               WHERE m.id = ANY(%s)""",
            [spec.prefix, spec.width, [movement.pk for movement in movements]],
        )


@transaction.atomic
def dispense_blanks(*, request: BlankRequest, serials: Serials, by: User, at: datetime) -> list[BlankMovement]:
    """Hand out exactly these sheets for a granted request; the school has them when it has confirmed.

    Whoever keeps the stock does not hand it out (S3-03). The request may be served in parts, never beyond its count.
    """
    locked = (
        BlankRequest.objects.select_for_update(of=("self",))
        .select_related("case", "school__authority")
        .get(pk=request.pk)
    )
    holder = _stock_for(locked, by)
    if locked.case.state != CaseState.APPROVED:
        raise Conflict("申领尚未批准，不能发放")
    spec, ranges = spec_for(locked.school, locked.kind), ranges_of(serials)
    left = locked.count - locked.blanks.count()
    if count_of(ranges) > left:
        raise Conflict(f"批准 {locked.count} 本，尚可发放 {left} 本，所填流水码共 {count_of(ranges)} 本")
    act = Act(
        act=BlankAct.DRAW, authority=locked.authority, spec=spec, ranges=ranges, by=by, at=at,
        problem=in_state(holder, BlankState.STOCK), signs="gives",
        goal=lambda _sheet: Goal(BlankState.DRAWN, holder.pk, locked.school_id, locked.pk),
    )  # fmt: skip
    return move_sheets(act, school=locked.school, note=f"发给{locked.school.name}")


def _stock_for(request: BlankRequest, issuer: User) -> Authority:
    """Return the authority of the school's line out of whose stock this person issues: the nearest one to the school."""
    ids = [int(part) for part in request.school.authority.path.split("/") if part]
    line = {authority.pk: authority for authority in Authority.objects.filter(pk__in=ids)}
    authority_ids = {
        appointment.authority_id for appointment in posts_of(issuer) if appointment.post == Post.BLANK_ISSUER
    }
    place = next((line[pk] for pk in reversed(ids) if pk in authority_ids), request.authority)
    require_issuer(issuer, place)
    return place


@transaction.atomic
def transfer_blanks(
    *, authority: Authority, to: Authority, kind: str, serials: Serials, by: User, at: datetime, reason: str = ""
) -> list[BlankMovement]:
    """Hand sheets out to an authority below, which keeps them for its schools; it has them when it has confirmed."""
    require_issuer(by, authority)
    if to.pk == authority.pk or not to.path.startswith(authority.path):
        raise BadInput(f"只能发给{authority.name}的下级主管部门")
    act = Act(
        act=BlankAct.DRAW, authority=blank_book_of(authority), spec=spec_for(authority, kind),
        ranges=ranges_of(serials), by=by, at=at, problem=in_state(authority, BlankState.STOCK), signs="gives",
        goal=lambda _sheet: Goal(BlankState.DRAWN, to.pk, None, None), reason=reason.strip(),
    )  # fmt: skip
    return move_sheets(act, note=f"发给{to.name}")


@transaction.atomic
def move_blanks(
    *, holder: Place, to: Authority, kind: str, serials: Serials, reason: str, by: User, at: datetime
) -> list[BlankMovement]:
    """Give unused sheets back to an authority above; it has them when its keeper has confirmed."""
    require_hand(by, holder, P.REQUEST_BLANKS if isinstance(holder, School) else P.DISPENSE_BLANKS)
    authority = holder.authority if isinstance(holder, School) else holder
    if not authority.path.startswith(to.path) or (to.pk == holder.pk and not isinstance(holder, School)):
        raise BadInput("未用的空白证书只能退还上级主管部门")
    if not reason.strip():
        raise BadInput("退还未用的空白证书须写明原因")
    act = Act(
        act=BlankAct.MOVE, authority=blank_book_of(holder), spec=spec_for(holder, kind),
        ranges=ranges_of(serials), by=by, at=at, problem=in_state(holder, BlankState.STOCK), signs="gives",
        goal=lambda _sheet: Goal(BlankState.DRAWN, to.pk, None, None), reason=reason.strip()[:200],
    )  # fmt: skip
    return move_sheets(act, school=holder if isinstance(holder, School) else None)


@transaction.atomic
def confirm_receipt(
    *, holder: Place, kind: str, serials: Serials, by: User, at: datetime, missing: Serials = (), reason: str = ""
) -> list[BlankMovement]:
    """Sign for sheets on their way to the place; `missing` are those that did not come: they are reported by serial.

    Who signs is not who handed out (S3-03). Missing sheets stand as lost until somebody finds them.
    """
    require_hand(by, holder, P.REQUEST_BLANKS if isinstance(holder, School) else P.KEEP_BLANKS)
    spec, school = spec_for(holder, kind), holder if isinstance(holder, School) else None
    common: dict[str, Any] = {
        "authority": blank_book_of(holder),
        "spec": spec,
        "by": by,
        "at": at,
        "problem": in_state(holder, BlankState.DRAWN),
    }
    present, absent = list(serials), list(missing)
    movements: list[BlankMovement] = []
    if present:
        movements += move_sheets(
            Act(
                act=BlankAct.CONFIRM, ranges=ranges_of(present), signs="takes over",
                goal=lambda sheet: Goal(BlankState.STOCK, sheet.holder_id, sheet.school_id, sheet.request_id), **common,
            ),
            school=school,
        )  # fmt: skip
    if absent:
        movements += move_sheets(
            Act(
                act=BlankAct.LOSE, ranges=ranges_of(absent),
                reason=f"签收时缺少：{reason.strip() or '未收到'}"[:200],
                goal=lambda sheet: Goal(BlankState.LOST, sheet.holder_id, sheet.school_id, sheet.request_id), **common,
            ),
            school=school,
        )  # fmt: skip
    if not movements:
        raise BadInput("没有给出流水码")
    return movements
