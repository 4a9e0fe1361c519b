"""Blanks at an authority: what is where, taking in, handing out, stamping void, the balance sheet."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods

from xueji.accounts.permissions import Permission as P
from xueji.blanks.actions import dispense_blanks
from xueji.blanks.models import BlankState
from xueji.blanks.queries import (
    available_blanks,
    blank_for,
    find_blanks,
    movements_visible_to,
    request_for,
    requests_to_serve,
    suggested_range,
)
from xueji.blanks.queries.balance import balance_of, serials_by_state
from xueji.blanks.queries.books import blank_book_of, blank_specs, spec_for
from xueji.core.errors import NotFound, XuejiError
from xueji.core.serials import compress, format_range, format_ranges, parse_serials
from xueji.institutions.models import Authority
from xueji.institutions.posts import PERMISSIONS_OF
from xueji.institutions.queries import posts_of, schools_visible_to
from xueji.ledger.queries import timeline_of
from xueji.production.form_data import pack_view_at
from xueji.web import blankdesk as desk
from xueji.web.access import requires
from xueji.web.balance import balance_context
from xueji.web.context import joined
from xueji.web.forms import add_refusal
from xueji.web.guidance import guidance_for
from xueji.web.listing import page_of

_KEEPER = (desk.RECEIVE, desk.CONFIRM, desk.SPOIL, desk.RETURN, desk.GIVE_BACK, desk.LOSE, desk.FIND)
_VOID_KEEPER = (desk.STAMP, desk.LOSE, desk.FIND)


@require_GET
@requires(P.WATCH_BLANKS)
def blanks(request: HttpRequest) -> HttpResponse:
    """Show what the authority and its schools have, the latest movements; find a sheet by its serial."""
    serial = request.GET.get("serial", "").strip()
    found = find_blanks(request.user, serial) if serial else []
    if len(found) == 1:
        return redirect("authority:blank", found[0].pk)
    place = _place(request, P.WATCH_BLANKS)
    rows = [
        row for row in balance_of(authority=blank_book_of(place), holders=[place.pk], schools=()) if row.place == place
    ]
    latest = page_of(request, movements_visible_to(request.user).order_by("-id"), 20)
    context = {
        "place": place, "rows": rows, "states": BlankState.choices, "serial": serial, "found": found, "page": latest,
        "moves": desk.trail_rows(list(latest.object_list)[::-1]), "to_serve": requests_to_serve(request.user).count(),
        "guidance": guidance_for(pack_view_at(place, timezone.now()), "blanks"),
    }  # fmt: skip
    return render(request, "authority/blanks.html", context)


@require_GET
@requires(P.WATCH_BLANKS)
def blank(request: HttpRequest, blank_id: int) -> HttpResponse:
    """Answer for one sheet: where are you, who signed last, how did you come there."""
    return desk.sheet_page(request, blank_for(request.user, blank_id), "authority:blanks")


@require_http_methods(["GET", "POST"])
@requires(P.KEEP_BLANKS)
def intake(request: HttpRequest) -> HttpResponse:
    """The keeper's desk: from the printing house, from above, and what happens in stock."""
    place = _place(request, P.KEEP_BLANKS)
    acts = tuple(act for act in _KEEPER if _fits_head(act, is_head=blank_book_of(place) == place))
    return _desk(request, place, acts, "保管", "authority:blank_intake")


@require_http_methods(["GET", "POST"])
@requires(P.KEEP_VOID_BLANKS)
def voids(request: HttpRequest) -> HttpResponse:
    """The desk of who keeps void sheets: take over, stamp, keep."""
    return _desk(request, _place(request, P.KEEP_VOID_BLANKS), _VOID_KEEPER, "作废证书", "authority:blank_voids")


@require_http_methods(["GET", "POST"])
@requires(P.DISPENSE_BLANKS)
def issuing(request: HttpRequest) -> HttpResponse:
    """The issuer's desk: granted requests that wait; sheets for an authority below."""
    place = _place(request, P.DISPENSE_BLANKS)
    waiting = page_of(request, requests_to_serve(request.user))
    return _desk(request, place, (desk.TRANSFER,), "发放", "authority:blank_issuing", waiting=waiting)


@require_http_methods(["GET", "POST"])
@requires(P.DISPENSE_BLANKS)
def dispense(request: HttpRequest, blank_request_id: int) -> HttpResponse:
    """Hand out exact sheets for a granted request: the next ones are suggested, scanning confirms them."""
    found = request_for(request.user, blank_request_id)
    place, facts = _place(request, P.DISPENSE_BLANKS), desk.request_facts(found)
    spec = spec_for(place, found.kind)
    form = desk.DeskForm(request.POST or None, act=desk.RETURN)
    del form.fields["reason"]
    if request.method == "POST" and form.is_valid():
        try:
            serials = parse_serials(form.cleaned_data["serials"], spec)
            dispense_blanks(request=found, serials=serials, by=request.user, at=timezone.now())
        except XuejiError as error:
            if error.http_status in {403, 404}:
                raise
            add_refusal(form, error)
        else:
            messages.success(request, f"已发给{found.school.name}：{format_ranges(serials, spec)}，等待学校签收")
            return redirect("authority:blank_issuing")
    next_ones = suggested_range(place, found.kind, facts["still_due"]) if facts["still_due"] > 0 else ()
    stock = compress(available_blanks(place, found.kind).values_list("number", flat=True))
    context = {
        "form": form, "place": place, "suggested": format_ranges(next_ones, spec), "stock": sum(map(len, stock)),
        "expected": " ".join(format_range(span, spec) for span in stock), "events": timeline_of(found, found.case)[::-1][:20],
    }  # fmt: skip
    return render(
        request, "authority/blank_dispensing.html", joined(context, facts), status=422 if form.is_bound else 200
    )


@require_GET
@requires(P.WATCH_BLANKS)
def balance(request: HttpRequest) -> HttpResponse:
    """The balance sheet of both books for the authority's area."""
    place = _place(request, P.WATCH_BLANKS)
    return render(request, "authority/balance.html", balance_context(request, place))


@require_GET
@requires(P.WATCH_BLANKS)
def serials(request: HttpRequest, school_id: int) -> HttpResponse:
    """List the serials a school answers for, by state: what a visitor counts on the shelf."""
    school = schools_visible_to(request.user, permission=P.WATCH_BLANKS).filter(pk=school_id).first()
    if school is None:
        raise NotFound
    specs = blank_specs(school)
    lists = [(spec, serials_by_state(school, key, spec)) for key, spec in specs.items()]
    context = {"school": school, "lists": [(spec, rows) for spec, rows in lists if rows], "today": timezone.localdate()}
    return render(request, "authority/blank_serials.html", context)


def _fits_head(act: desk.DeskAct, *, is_head: bool) -> bool:
    """Only the head of the line takes in from the printing house; only those below give back to it."""
    return act not in ((desk.GIVE_BACK,) if is_head else (desk.RECEIVE,))


def _desk(
    request: HttpRequest, place: Authority, acts: tuple[desk.DeskAct, ...], title: str, url_name: str, **more: Any
) -> HttpResponse:
    shown = desk.desk_for(request, place, acts)
    form = desk.DeskForm(request.POST or None, act=shown.act, targets=desk.below(place))
    if request.method == "POST" and shown.spec and desk.act_on_desk(request, shown, form, timezone.now()):
        return redirect(url_name)
    guidance = guidance_for(pack_view_at(place, timezone.now()), "spoiled_blanks")
    context = joined({"desk": shown, "form": form, "title": title, "url": url_name, "guidance": guidance}, more)
    context["blanks_url"] = "authority:blanks"
    return render(request, "shared/blank_desk.html", context, status=422 if form.is_bound else 200)


def _place(request: HttpRequest, permission: P) -> Authority:
    """Return the authority where the person holds the post that grants a permission; one above all, if several."""
    authorities = [
        appointment.authority
        for appointment in posts_of(request.user)
        if appointment.authority and permission in PERMISSIONS_OF[appointment.post]
    ]
    if not authorities:
        raise NotFound
    return min(authorities, key=lambda place: len(place.path))
