"""Whom a number leads to that is no longer the one in use."""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import F, Q, QuerySet

from xueji.registry.models import IdentityDocument


def other_documents(indexes: Iterable[bytes]) -> QuerySet[IdentityDocument]:
    """Return the documents of these numbers that are or were somebody's.

    Without what a correction put right: such a number was never theirs, its row ends on the day it began.
    """
    truly_held = Q(until__isnull=True) | Q(until__gt=F("since"))
    return IdentityDocument.objects.filter(truly_held, number_index__in=list(indexes)).select_related("person")
