"""The balance sheet (平衡表) of both books, as both portals show it."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.paginator import Paginator
from django.http import HttpRequest
from django.utils import timezone

from xueji.blanks.models import BlankState
from xueji.blanks.queries.balance import balance_of, totals_of
from xueji.blanks.queries.books import Place, blank_book_of, blank_specs
from xueji.certificates.models import Term
from xueji.graduation.queries import batches_visible_to
from xueji.institutions.models import Authority, School
from xueji.institutions.queries import authorities_from, schools_visible_to
from xueji.production.issuebooks import books_of
from xueji.web.listing import PAGE_SIZE, page_of


class BalanceFilter(forms.Form):
    """What of the sheet to show."""

    school = forms.CharField(label="学校", required=False, max_length=100)
    kind = forms.ChoiceField(label="证书种类", required=False)
    year = forms.IntegerField(label="届", required=False, min_value=1990, max_value=2100)
    term = forms.ChoiceField(label="季", required=False, choices=[("", "全部"), *Term.choices])

    def __init__(self, *args: Any, kinds: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["kind"].choices = [("", "全部"), *kinds]


def balance_context(request: HttpRequest, place: Place) -> dict[str, Any]:
    """Return the rows of blanks by place and season, and of both books by batch, as far as the person may see."""
    specs = blank_specs(place)
    form = BalanceFilter(request.GET, kinds=[(key, spec.title) for key, spec in specs.items()])
    filters = form.cleaned_data if form.is_valid() else {"school": "", "kind": "", "year": None, "term": ""}
    schools = _schools(request, place, filters["school"].strip())
    rows = balance_of(
        authority=blank_book_of(place), kind=filters["kind"] or None, schools=schools, by_season=True, year=filters["year"],
        term=filters["term"] or None, holders=[] if filters["school"] or isinstance(place, School) else _authorities(place),
    )  # fmt: skip
    batches = (
        batches_visible_to(request.user)
        .filter(school__in=schools)
        .select_related("season", "school", "case", "issue")
        .order_by("-id")
    )
    if filters["year"]:
        batches = batches.filter(season__year=filters["year"])
    if filters["term"]:
        batches = batches.filter(season__term=filters["term"])
    numbers = page_of(request, batches)
    return {
        "form": form, "place": place, "states": BlankState.choices, "today": timezone.localdate(),
        "rows": Paginator(rows, PAGE_SIZE).get_page(request.GET.get("sheet")), "totals": totals_of(rows),
        "wrong": [row for row in rows if not row.is_balanced], "is_counted": bool(specs), "page": numbers,
        "papers": books_of(batch.issue_at_hand for batch in numbers.object_list), "is_filtered": any(filters.values()),
        "has_paper": isinstance(place, School),
    }  # fmt: skip


def _schools(request: HttpRequest, place: Place, name: str) -> list[int]:
    if isinstance(place, School):
        return [place.pk]
    found = schools_visible_to(request.user)
    return list((found.filter(name__icontains=name) if name else found).values_list("pk", flat=True))


def _authorities(place: Authority) -> list[int]:
    return list(authorities_from(place).values_list("pk", flat=True))
