"""The institutions that keep the register (学籍管理机构): one's own, those below, and the page of one with its people."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods

from xueji.core.errors import BadInput, XuejiError
from xueji.core.packs import Guidance
from xueji.institutions.models import Authority, School
from xueji.institutions.office_actions import name_register_office
from xueji.institutions.queries import authority_for, pack_over, school_for
from xueji.institutions.queries.offices import (
    may_name_office,
    places_below,
    register_offices_ever,
    staffing_of,
    staffings_of,
    workplaces_of,
)
from xueji.web.access import signed_in
from xueji.web.forms import add_refusal, posted
from xueji.web.guidance import guidance_for
from xueji.web.listing import page_of


class OfficeForm(forms.Form):
    """What the institution is called, and by which document it was set up."""

    name = forms.CharField(label="机构名称", max_length=100, help_text="如「学籍管理科」「学籍管理办公室」")
    document_number = forms.CharField(label="设立文号", max_length=100, required=False)


@require_GET
@signed_in("one's own institution and those below; what is said of others is «not found»")
def register_offices(request: HttpRequest) -> HttpResponse:
    """Show the institutions where the person works, and list those below: on request only the ones that are short."""
    today = timezone.localdate()
    workplaces = workplaces_of(request.user)
    below = staffings_of(places_below(request.user, today), today)
    short = [staffing for staffing in below if staffing.is_short]
    is_narrowed = request.GET.get("short") == "1"
    context = {
        "workplaces": staffings_of(workplaces, today), "page": page_of(request, short if is_narrowed else below),
        "below": len(below), "short": len(short), "is_narrowed": is_narrowed,
        "guidance": guidance_of(workplaces[0]) if workplaces else [],
    }  # fmt: skip
    return render(request, "shared/register_offices.html", context)


@require_http_methods(["GET", "POST"])
@signed_in("the institution of an authority within reach; others are «not found»")
def office_of_authority(request: HttpRequest, authority_id: int) -> HttpResponse:
    """Show the institution of an authority, and take its name from an administrator."""
    return _office(request, authority_for(request.user, authority_id))


@require_http_methods(["GET", "POST"])
@signed_in("the institution of a school within reach; others are «not found»")
def office_of_school(request: HttpRequest, school_id: int) -> HttpResponse:
    """Show the institution of a school, and take its name from an administrator."""
    return _office(request, school_for(request.user, school_id))


def _office(request: HttpRequest, place: Authority | School) -> HttpResponse:
    staffing = staffing_of(place, timezone.localdate())
    known = staffing.office
    initial = {"name": known.name, "document_number": known.document_number} if known else {}
    form, status = OfficeForm(posted(request), initial=initial), 422 if request.method == "POST" else 200
    if form.is_bound and form.is_valid():
        try:
            name_register_office(place=place, **form.cleaned_data, by=request.user, at=timezone.now())
        except XuejiError as error:
            if error.http_status in {403, 404}:
                raise
            add_refusal(form, error)
            status = error.http_status
        else:
            messages.success(request, f"{place}的学籍管理机构已登记")
            return redirect(request.path)
    context = {
        "staffing": staffing, "form": form, "may_name": may_name_office(request.user, place),
        "names": register_offices_ever(place), "guidance": guidance_of(place),
    }  # fmt: skip
    return render(request, "shared/register_office.html", context, status=status)


def guidance_of(place: Authority | School) -> list[Guidance]:
    """Return what the law over a place says of such institutions; nothing where no pack covers it."""
    try:
        pack = pack_over(place.authority if isinstance(place, School) else place)
    except BadInput:
        return []
    return guidance_for(pack.on(timezone.localdate()), "register_office")
