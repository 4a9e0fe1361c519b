"""Read records, receipts, spot checks by actor."""

from __future__ import annotations

from typing import Any

from django.db.models import Count, Q, QuerySet, Sum

from xueji.accounts.models import User
from xueji.accounts.permissions import Permission
from xueji.core.packs import PackView
from xueji.core.record_facts import RECORD_KINDS
from xueji.exchange.records import record_kinds_of
from xueji.graduation.facts import LIVE
from xueji.graduation.models import Batch, Receipt, ReceiptLine, Season, SpotCheck
from xueji.graduation.queries import batches_visible_to
from xueji.graduation.records.stores import stored_lines
from xueji.institutions.models import Authority, Level, School
from xueji.institutions.queries import authority_at, pick, school_scope
from xueji.uploads.queries import open_upload_of


def record_counts(batch: Batch, view: PackView) -> list[dict[str, Any]]:
    """Return, for each kind of record the pack knows, how many lines there are and of how many graduates."""
    everybody = batch.candidates.filter(state__in=LIVE).count()
    counted = []
    for key in record_kinds_of(view):
        lines = stored_lines(key, batch)
        people = lines.exclude(candidate=None).order_by().aggregate(n=Count("candidate", distinct=True))["n"]
        counted.append(
            {
                "kind": RECORD_KINDS[key], "lines": lines.count(), "people": people, "of": everybody,
                "open": open_upload_of(batch, key), "workbook": view.workbook(key),
            }
        )  # fmt: skip
    return counted


def receipts_visible_to(user: User) -> QuerySet[Receipt]:
    """Return receipts filed by places the person works for, and those of everybody below."""
    lines = ReceiptLine.objects.filter(school_scope(user, prefix="school__", permission=Permission.VIEW_BATCHES))
    visible = Receipt.objects.filter(pk__in=lines.order_by().values("receipt"))
    return (
        visible.select_related("season__authority", "authority", "school", "filed_by")
        .annotate(total=Sum("lines__graduates"))
        .order_by("-filed_at")
    )


def receipt_for(user: User, receipt_id: object) -> Receipt:
    """Return a receipt the person may see, else NotFound."""
    return pick(receipts_visible_to(user), receipt_id)


def schools_of_receipt(season: Season, place: Authority | School) -> list[School]:
    """Return the schools a receipt of a place speaks of: all below a city, or the one school without a city above it."""
    if isinstance(place, School):
        return [] if authority_at(place, Level.CITY) else [place]
    if place.level != Level.CITY or not place.path.startswith(season.authority.path):
        return []
    below = School.objects.filter(authority__path__startswith=place.path).select_related("authority")
    return list(below.order_by("code"))


def head_counts(season: Season) -> dict[int, int]:
    """Return how many live graduates each school's batches of a season hold now."""
    live = Count("candidates", filter=Q(candidates__state__in=LIVE, candidates__outcome="graduation"))
    rows = Batch.objects.filter(season=season).order_by().values_list("school").annotate(live=live)
    found: dict[int, int] = {}
    for school, count in rows:
        found[school] = found.get(school, 0) + count
    return found


def receipt_total(batch: Batch) -> int | None:
    """Return what the receipt of the season states for the batch's school, None where nothing was filed."""
    line = ReceiptLine.objects.filter(receipt__season=batch.season_id, school=batch.school_id).first()
    return line.graduates if line else None


def spot_checks_visible_to(user: User) -> QuerySet[SpotCheck]:
    """Return the draws of batches the person may see."""
    visible = SpotCheck.objects.filter(batch__in=batches_visible_to(user).order_by())
    return visible.select_related("batch__season__authority", "batch__school__authority", "batch__case", "draw")


def receipt_of(season: Season, place: Authority | School) -> Receipt | None:
    """Return what a place filed for a season, or None while it has filed nothing."""
    filer = {"authority": place} if isinstance(place, Authority) else {"school": place}
    return Receipt.objects.filter(season=season, **filer).first()
