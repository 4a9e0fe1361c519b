"""Read certificates that took the place of others and wait for a seal of their own."""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import QuerySet

from xueji.certificates.models import Certificate, CertificateState
from xueji.institutions.models import Authority


def waiting_at(authorities: Iterable[Authority] | QuerySet[Authority]) -> QuerySet[Certificate]:
    """Return the successors in issues these authorities have sealed already, not sealed themselves, oldest first.

    Before the issue is sealed a successor is sealed with it; where nobody seals, the school's steel seal makes it valid.
    """
    found = Certificate.objects.filter(
        state=CertificateState.ISSUED, predecessor__isnull=False, issue__authority__in=authorities,
        issue__sealed_at__isnull=False,
    )  # fmt: skip
    return found.select_related("number", "school", "predecessor__number", "issue__case").order_by(
        "issued_at", "number__number"
    )
