"""The seal on certificates issued in the place of others after their issue was sealed: two persons, no round, no new count."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from django.db import transaction

from xueji.accounts.models import User
from xueji.certificates.actions import seal_certificates
from xueji.certificates.models import Certificate
from xueji.core.errors import BadInput
from xueji.institutions.models import Authority
from xueji.ledger.actions import record_event
from xueji.ledger.tags import EventTag
from xueji.production.rights import require_sealers
from xueji.production.successors import waiting_at


@transaction.atomic
def seal_successors(
    *, authority: Authority, certificates: Collection[UUID], sealed_by: User, supervised_by: User, at: datetime
) -> int:
    """Seal certificates that stand in the place of sealed ones; return how many.

    The days of a round bind issues, not these (our reading: the notices say nothing of the seal on a corrected
    diploma). BadInput when one of them does not wait for this authority's seal.
    """
    require_sealers(authority, sealed_by, supervised_by)
    chosen = list(waiting_at([authority]).filter(pk__in=certificates))
    if not chosen or len(chosen) != len(set(certificates)):
        raise BadInput("请选择等待本机关验印的换发证书；其中有的已验印、已作废，或不由本机关验印")
    sealed = seal_certificates(
        certificates=Certificate.objects.filter(pk__in=[certificate.pk for certificate in chosen]), by=sealed_by, at=at
    )
    for certificate in chosen:
        record_event(
            tag=EventTag.SUCCESSOR_SEALED, subject=certificate, by=sealed_by, at=at, school_id=certificate.school_id,
            after={"number": certificate.number.number, "supervised_by": supervised_by.full_name},
        )  # fmt: skip
    return sealed
