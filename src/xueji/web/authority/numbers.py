"""The book of numbers (编号台账) for whoever grants them, and what became of certificates put right, voided, replaced."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from xueji.accounts.permissions import Permission as P
from xueji.certificates.queries import certificate_cases_visible_to
from xueji.graduation.actions.certificate_cases import CERTIFICATE_KINDS
from xueji.graduation.books import asked_by_place, blocks_visible_to, lines_of_book
from xueji.graduation.queries import seasons_visible_to
from xueji.web.access import requires
from xueji.web.authority.forms import BookFilter, CertificateFilter
from xueji.web.listing import page_of


@require_GET
@requires(P.VIEW_BATCHES)
def number_book(request: HttpRequest) -> HttpResponse:
    """Show every block with its range, who released it and where its numbers stand; above it what is asked for now."""
    form = BookFilter(request.GET, seasons=seasons_visible_to(request.user))
    chosen = form.cleaned_data if form.is_valid() else {"season": "", "school": "", "state": ""}
    season = int(chosen["season"]) if chosen["season"] else None
    found = blocks_visible_to(request.user, season=season, school=chosen["school"].strip(), state=chosen["state"])
    page = page_of(request, found)
    asked = asked_by_place(request.user)
    context = {
        "form": form, "page": page, "book": lines_of_book(page.object_list),
        "asked": asked, "asked_heads": sum(place["heads"] for place in asked), "is_filtered": any(chosen.values()),
    }  # fmt: skip
    return render(request, "authority/number_book.html", context)


@require_GET
@requires(P.VOID_CERTIFICATES)
def certificates(request: HttpRequest) -> HttpResponse:
    """Show the requests about certificates and what came of them: the number voided and the one in its place."""
    form = CertificateFilter(request.GET)
    chosen = form.cleaned_data if form.is_valid() else {"q": "", "kind": "", "state": ""}
    found = certificate_cases_visible_to(request.user)
    narrowed = {"case__kind": chosen["kind"], "case__state": chosen["state"]}
    found = found.filter(**{key: value for key, value in narrowed.items() if value})
    if words := chosen["q"].strip():
        found = found.filter(certificate__number__number=words) | found.filter(
            certificate__school__name__icontains=words
        )
    related = ("case__school", "certificate__number", "certificate__successor__number")
    page = page_of(request, found.select_related(*related).order_by("-pk"))
    context = {"form": form, "page": page, "kinds": CERTIFICATE_KINDS, "is_filtered": any(chosen.values())}
    return render(request, "authority/certificates.html", context)
