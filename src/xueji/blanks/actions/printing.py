"""Blanks in the printer: loaded for a run, used for a graduate, spoiled, taken out again."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from django.db import transaction

from xueji.accounts.models import User
from xueji.accounts.permissions import Permission as P
from xueji.blanks.actions.moving import shift
from xueji.blanks.models import Blank, BlankAct, BlankMovement, BlankState
from xueji.blanks.queries import blanks_of
from xueji.blanks.queries.books import Place, Serials, ranges_of, require_hand
from xueji.core.errors import BadInput, Conflict
from xueji.institutions.models import School


@transaction.atomic
def load_blanks(*, holder: Place, kind: str, serials: Serials, by: User, at: datetime) -> list[Blank]:
    """Take sheets out of the place's stock for a print run; return them in the order of their serials."""
    _require_printer(by, holder)
    ranges = ranges_of(serials)
    shift(holder, kind, ranges, act=BlankAct.LOAD, by=by, at=at, states=(BlankState.STOCK,), to=BlankState.LOADED)
    return list(blanks_of(holder, kind, ranges))


@transaction.atomic
def unload_blanks(*, holder: Place, kind: str, serials: Serials, by: User, at: datetime) -> list[BlankMovement]:
    """Put loaded sheets that were not printed back into stock."""
    _require_printer(by, holder)
    return shift(
        holder, kind, serials, act=BlankAct.UNLOAD, states=(BlankState.LOADED,), to=BlankState.STOCK, by=by, at=at
    )


@transaction.atomic
def use_blanks(
    *, holder: Place, kind: str, certificates: Mapping[int, UUID], by: User, at: datetime
) -> list[BlankMovement]:
    """Record for each loaded sheet the certificate printed on it; a certificate is on one good sheet at a time."""
    _require_printer(by, holder)
    if len(set(certificates.values())) < len(certificates):
        raise BadInput("同一证书不能登记在两张空白证书上")
    taken = Blank.objects.filter(certificate__in=list(certificates.values()), state=BlankState.USED)
    if printed := list(taken.select_related("certificate__number").order_by("number")[:20]):
        message = "；".join(
            f"证书 {blank.certificate.number.number} 已印在 {blank.serial} 上" for blank in printed if blank.certificate
        )
        raise Conflict(message)
    return shift(
        holder, kind, certificates, act=BlankAct.USE, states=(BlankState.LOADED,), to=BlankState.USED, by=by, at=at,
        certificates=certificates,
    )  # fmt: skip


@transaction.atomic
def spoil_blanks(
    *, holder: Place, kind: str, serials: Serials, reason: str, by: User, at: datetime
) -> list[BlankMovement]:
    """Record sheets as spoiled, with the reason: they are returned, never destroyed (S3-04)."""
    require_hand(by, holder, *(
        (P.REQUEST_BLANKS, P.PRINT_DOCUMENTS) if isinstance(holder, School) else (P.PRINT_CENTRALLY, P.KEEP_BLANKS)
    ))  # fmt: skip
    if not reason.strip():
        raise BadInput("登记损坏须写明原因")
    return shift(
        holder, kind, serials, act=BlankAct.SPOIL, states=(BlankState.STOCK, BlankState.LOADED, BlankState.USED),
        to=BlankState.SPOILED, by=by, at=at, reason=reason,
    )  # fmt: skip


def _require_printer(by: User, holder: Place) -> None:
    require_hand(by, holder, P.PRINT_DOCUMENTS if isinstance(holder, School) else P.PRINT_CENTRALLY)
