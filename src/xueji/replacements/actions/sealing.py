"""The seal of the province on replacement certificates: from then on one has the effect of the diploma (S0-21)."""

from __future__ import annotations

import secrets
from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from django.db import transaction

from xueji.accounts.models import User
from xueji.certificates.actions import seal_certificates
from xueji.certificates.locks import lock_paper
from xueji.certificates.models import Certificate
from xueji.certificates.queries import require_as_issued
from xueji.certificates.stages import require_stage
from xueji.core.errors import BadInput, Conflict
from xueji.ledger.actions import Basis, record_event
from xueji.ledger.tags import EventTag
from xueji.production.rights import require_sealers
from xueji.replacements import wordings
from xueji.replacements.actions.notices import say_to_holder
from xueji.replacements.actions.opening import open_delivery
from xueji.replacements.law import cites_of, view_of_case
from xueji.replacements.models import DeliveryWay, Replacement, ReplacementState
from xueji.sealing.rows import require_unaltered


@transaction.atomic
def seal_replacements(
    *, chosen: Collection[UUID], counted: int, sealed_by: User, supervised_by: User, at: datetime
) -> list[Replacement]:
    """Seal printed certificates: as many as were counted, two persons at the press, or none is sealed.

    The diploma each stands for, where the system knows it, is from then on told as replaced; the holder gets a code.
    """
    rows = Replacement.objects.select_for_update(of=("self",)).select_related(
        "case", "authority", "issue", "certificate__number", "original__number"
    )
    found = list(rows.filter(pk__in=chosen).order_by("place"))
    if len(found) != len(set(chosen)) or not found:
        raise BadInput("请选择要盖章的学历证明书")
    if counted != len(found):
        raise BadInput(
            f"清点证书 {counted} 份，选择盖章的 {len(found)} 份，相差 {abs(counted - len(found))}：请重新清点"
        )
    for replacement in found:
        require_sealers(replacement.authority, sealed_by, supervised_by)
        if (
            replacement.state != ReplacementState.STARTED
            or replacement.issue is None
            or replacement.certificate is None
        ):
            raise Conflict(f"{replacement}{replacement.get_state_display()}，不能盖章")
        require_unaltered(replacement, str(replacement))
        require_as_issued([replacement.certificate])
        require_stage(lock_paper(replacement.issue), "seal")
    keys = [replacement.certificate_id for replacement in found if replacement.certificate_id]
    seal_certificates(certificates=Certificate.objects.filter(pk__in=keys), by=sealed_by, at=at)
    for replacement in found:
        _seal(replacement, sealed_by, supervised_by, at)
    return found


def _seal(replacement: Replacement, sealed_by: User, supervised_by: User, at: datetime) -> None:
    assert replacement.issue is not None
    assert replacement.certificate is not None
    view = view_of_case(replacement.case)
    replacement.issue.sealed_at = at
    replacement.issue.save(update_fields=["sealed_at"])
    replacement.state = ReplacementState.SEALED
    replacement.save()
    delivery = open_delivery(replacement, code=f"{secrets.randbelow(10**8):08d}", at=at)
    if delivery.way == DeliveryWay.PICK_UP:
        say_to_holder(replacement, wordings.READY, by=sealed_by, at=at, values={"code": str(delivery.code)})
    else:
        say_to_holder(replacement, wordings.SEALED, by=sealed_by, at=at)
    record_event(
        tag=EventTag.REPLACEMENT_SEALED, subject=replacement, parent=replacement.case, by=sealed_by, at=at, view=view,
        school_id=replacement.school_id, authority_id=replacement.authority_id,
        rules=[Basis("replacement.seal", cites_of(view, "seal"))],
        after={"number": replacement.certificate.number.number, "supervised_by": supervised_by.full_name, "way": delivery.way,
               "original": replacement.original.number.number if replacement.original else replacement.original_number},
    )  # fmt: skip
