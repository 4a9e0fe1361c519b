"""The receipt before sealing (附件1): filed by a city for its schools, or by a school directly under the province."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods

from xueji.accounts.permissions import Permission as P
from xueji.core.errors import BadInput, XuejiError
from xueji.documents.render import render_list, write_list_workbook
from xueji.graduation.models import Season
from xueji.graduation.queries import seasons_visible_to
from xueji.graduation.records.actions import file_receipt, may_file
from xueji.graduation.records.actions.receipts import receipt_window
from xueji.graduation.records.form_data import receipt_data
from xueji.graduation.records.queries import (
    head_counts,
    receipt_for,
    receipt_of,
    receipts_visible_to,
    schools_of_receipt,
)
from xueji.institutions.models import Authority, School
from xueji.institutions.queries import pick, posts_of
from xueji.ledger.tags import EventTag
from xueji.web.access import requires
from xueji.web.forms import add_refusal, posted
from xueji.web.guidance import guidance_for
from xueji.web.listing import made_answer, page_of
from xueji.web.looks import note_look

_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

_COLUMNS = ("graduates", "contact", "address")


class ReceiptContactForm(forms.Form):
    """Whom to call about a receipt; a row of fields for each school."""

    contact_name = forms.CharField(label="联系人", max_length=40)
    contact_phone = forms.CharField(label="联系电话", max_length=40)
    address = forms.CharField(label="联系地址", max_length=120)

    def __init__(self, *args: Any, schools: list[School], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.schools = schools
        for school in schools:
            pk = school.pk
            self.fields[f"graduates-{pk}"] = forms.IntegerField(label="毕业生总数", min_value=0, max_value=100_000)
            self.fields[f"contact-{pk}"] = forms.CharField(label="学校联系人及手机号码", max_length=60)
            self.fields[f"address-{pk}"] = forms.CharField(label="学校地址", max_length=120)
            for name in _COLUMNS:
                field = self.fields[f"{name}-{pk}"]
                field.widget.attrs["aria-label"] = f"{school.name} {field.label}"

    def rows(self) -> list[tuple[School, list[forms.BoundField]]]:
        """Return each school with its fields."""
        return [(school, [self[f"{name}-{school.pk}"] for name in _COLUMNS]) for school in self.schools]

    def lines(self) -> list[dict[str, Any]]:
        """Return what was filled in, by school."""
        return [
            {"school": school, **{n: self.cleaned_data[f"{n}-{school.pk}"] for n in _COLUMNS}}
            for school in self.schools
        ]


@require_GET
@requires(P.VIEW_BATCHES)
def receipts(request: HttpRequest) -> HttpResponse:
    """List the receipts in view, and the seasons for which the person's place still owes one."""
    today = timezone.localdate()
    context = {"page": page_of(request, receipts_visible_to(request.user)), "openings": _openings(request, today)}
    return render(request, "shared/receipts.html", context)


@require_http_methods(["GET", "POST"])
@requires(P.FILE_RECEIPT)
def receipt(request: HttpRequest, season_id: int) -> HttpResponse:
    """File or amend the receipt of the person's own place for a season."""
    season = pick(seasons_visible_to(request.user), season_id)
    place = next((place for place in _places(request) if schools_of_receipt(season, place)), None)
    window = receipt_window(season.law, season)
    if place is None or window is None:
        return render(request, "shared/receipt.html", {"season": season, "form": None, "window": window})
    schools = schools_of_receipt(season, place)
    form = ReceiptContactForm(posted(request), schools=schools, initial=_initial(season, place, schools))
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            head = {name: form.cleaned_data[name] for name in ("contact_name", "contact_phone", "address")}
            try:
                made = file_receipt(
                    season=season, place=place, head=head, lines=form.lines(), by=request.user, at=timezone.now()
                )
            except XuejiError as error:
                add_refusal(form, error)
                status = error.http_status
            else:
                message = "已报送，因已过截止日期，标为「逾期报送」" if made.is_late else "已报送"
                messages.success(request, message)
                return redirect("receipts")
    context = {
        "season": season, "form": form, "window": window, "place": place,
        "is_late": timezone.localdate() > window.closes, "guidance": guidance_for(season.law, "receipt"),
    }  # fmt: skip
    return render(request, "shared/receipt.html", context, status=status)


@require_GET
@requires(P.VIEW_BATCHES)
def receipt_file(request: HttpRequest, receipt_id: int) -> HttpResponse:
    """Send the receipt as PDF, or as the workbook with the same columns (`?as=xlsx`)."""
    found = receipt_for(request.user, receipt_id)
    view = found.season.law
    if "receipt" not in view.keys("document"):
        raise BadInput("适用的规定没有验印回执的表样")
    spec, data = view.document("receipt"), receipt_data(found)
    day = timezone.localdate(found.filed_at)
    name = f"{found.season.label} 验印回执 {found}"
    note_look(request, EventTag.LIST_DOWNLOADED, found, school_id=found.school_id)
    if request.GET.get("as") == "xlsx":
        return made_answer(write_list_workbook(spec, data, issued_on=day), f"{name}.xlsx", _XLSX)
    return made_answer(render_list(spec, data, issued_on=day).pdf, f"{name}.pdf", "application/pdf", inline=True)


def _places(request: HttpRequest) -> list[Authority | School]:
    places = [post.school or post.authority for post in posts_of(request.user)]
    return [place for place in dict.fromkeys(places) if place is not None and may_file(place, request.user)]


def _openings(request: HttpRequest, today: date) -> list[dict[str, Any]]:
    found = []
    for season in seasons_visible_to(request.user):
        window = receipt_window(season.law, season)
        if window is None:
            continue
        for place in _places(request):
            if schools_of_receipt(season, place):
                filed = receipt_of(season, place)
                found.append({
                    "season": season, "place": place, "window": window, "filed": filed, "late": today > window.closes,
                    "guidance": guidance_for(season.law, "receipt"),
                })  # fmt: skip
    return found


def _initial(season: Season, place: Authority | School, schools: list[School]) -> dict[str, Any]:
    """Fill in what was filed, else the head-counts of the batches and the addresses on record."""
    filed = receipt_of(season, place)
    counts = head_counts(season)
    initial: dict[str, Any] = {}
    if filed:
        initial = {name: getattr(filed, name) for name in ("contact_name", "contact_phone", "address")}
    stated = {line.school_id: line for line in filed.lines.all()} if filed else {}
    for school in schools:
        line = stated.get(school.pk)
        initial[f"graduates-{school.pk}"] = line.graduates if line else counts.get(school.pk, 0)
        initial[f"contact-{school.pk}"] = line.contact if line else school.phone
        initial[f"address-{school.pk}"] = line.address if line else school.address
    return initial
