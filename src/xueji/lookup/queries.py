"""How the public look-up is used: figures alone, for the officers' page."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import Count
from django.db.models.functions import TruncDate

from xueji.lookup.models import LookupAttempt


def daily_outcomes(*, at: datetime, days: int = 14) -> dict[str, dict[str, int]]:
    """Return per day («2019-07-10») how many checks were found, not found and limited."""
    rows = (
        LookupAttempt.objects.filter(at__gt=at - timedelta(days=days))
        .annotate(day=TruncDate("at"))
        .order_by("day")
        .values("day", "outcome")
        .annotate(n=Count("pk"))
    )
    found: dict[str, dict[str, int]] = {}
    for row in rows:
        found.setdefault(row["day"].isoformat(), dict.fromkeys(LookupAttempt.Result.values, 0))[row["outcome"]] = row[
            "n"
        ]
    return found
