"""The diploma turns up again after its replacement was given."""

from __future__ import annotations

from datetime import date, datetime

from django.db import transaction
from django.utils import timezone

from xueji.accounts.models import User
from xueji.certificates.actions import void_by_case
from xueji.core.days import require_day
from xueji.core.errors import Conflict
from xueji.ledger.actions import record_event
from xueji.ledger.tags import EventTag
from xueji.replacements.law import view_of_case
from xueji.replacements.models import Replacement, ReplacementState
from xueji.replacements.rights import require_counter


@transaction.atomic
def record_original_found(
    *, replacement: Replacement, found_on: date, is_handed_back: bool, by: User, at: datetime
) -> Replacement:
    """Note that the diploma was found; a replacement that is handed back at the counter is void from then on."""
    rows = Replacement.objects.select_for_update(of=("self",)).select_related(
        "case", "authority", "certificate__number"
    )
    replacement = rows.get(pk=replacement.pk)
    require_counter(by, replacement.authority)
    require_day("found", found_on, timezone.localdate(at))
    if (
        replacement.state not in (ReplacementState.SEALED, ReplacementState.DELIVERED)
        or replacement.certificate is None
    ):
        raise Conflict(f"学历证明书{replacement.get_state_display()}：还没有出具的，撤出打印队列即可")
    if replacement.original_found_on is not None:
        raise Conflict(f"原毕业证书已于 {replacement.original_found_on:%Y-%m-%d} 登记寻回")
    replacement.original_found_on = found_on
    replacement.save()
    record_event(
        tag=EventTag.ORIGINAL_FOUND, subject=replacement, parent=replacement.case, by=by, at=at,
        view=view_of_case(replacement.case), school_id=replacement.school_id, authority_id=replacement.authority_id,
        after={"found_on": found_on, "handed_back": is_handed_back},
    )  # fmt: skip
    if is_handed_back:
        reason = "原毕业证书寻回，持证人交回学历证明书"
        void_by_case(certificate=replacement.certificate, case=replacement.case, reason=reason, by=by, at=at)
    return replacement
