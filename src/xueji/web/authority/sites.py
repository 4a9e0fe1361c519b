"""Campuses, sites elsewhere and cooperation of a school: entered, put on record, ended."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods

from xueji.accounts.permissions import Permission as P
from xueji.institutions.actions_sites import end_site, file_site, register_site
from xueji.institutions.models import TeachingSite
from xueji.institutions.queries import school_for
from xueji.institutions.queries.sites import site_for, sites_unfiled
from xueji.web.access import requires
from xueji.web.authority.institutions import answer
from xueji.web.forms import DayField, posted
from xueji.web.listing import page_of


class SiteForm(forms.Form):
    """Where a school teaches, since when, with whom."""

    kind = forms.ChoiceField(label="类别", choices=TeachingSite.Kind.choices)
    name = forms.CharField(label="名称", max_length=60, help_text="例如：东校区")
    partner = forms.CharField(label="合作单位", max_length=100, required=False, help_text="校区和校外教学点可以不填")
    address = forms.CharField(label="地址", max_length=200)
    from_on = DayField("amended", label="启用日期")


class FilingForm(forms.Form):
    """By which document a site is on record, since when."""

    filed_on = DayField("amended", label="备案日期")
    filing_number = forms.CharField(label="备案文号", max_length=100)


class EndForm(forms.Form):
    """From which day on nobody is taught there."""

    until_on = DayField("closed", label="停用日期")


@require_GET
@requires(P.MANAGE_INSTITUTIONS)
def unfiled(request: HttpRequest) -> HttpResponse:
    """List the sites of the area that are used without being on record."""
    context = {
        "page": page_of(request, sites_unfiled(request.user, timezone.localdate()).order_by("school__code", "pk"))
    }
    return render(request, "authority/institutions/unfiled_sites.html", context)


@require_http_methods(["GET", "POST"])
@requires(P.MANAGE_INSTITUTIONS)
def new_site(request: HttpRequest, school_id: int) -> HttpResponse:
    """Enter where a school teaches."""
    found = school_for(request.user, school_id)

    def enter(values: dict[str, Any]) -> HttpResponse:
        site = register_site(school=found, by=request.user, at=timezone.now(), **values)
        messages.success(request, f"已登记{site}；还没有备案，有备案文件的请接着登记备案")
        return redirect("authority:school", found.pk)

    context = {"title": "登记校区、教学点和合作办学", "school": found, "above": found.authority}
    return answer(request, SiteForm(posted(request)), enter, context)


@require_http_methods(["GET", "POST"])
@requires(P.MANAGE_INSTITUTIONS)
def filing(request: HttpRequest, school_id: int, site_id: int) -> HttpResponse:
    """Put a site on record."""
    found = school_for(request.user, school_id)
    site = site_for(request.user, found, site_id)

    def put(values: dict[str, Any]) -> HttpResponse:
        file_site(site=site, by=request.user, at=timezone.now(), **values)
        messages.success(request, f"已登记{site}的备案")
        return redirect("authority:school", found.pk)

    context = {"title": f"{site}备案", "school": found, "above": found.authority}
    return answer(request, FilingForm(posted(request)), put, context)


@require_http_methods(["GET", "POST"])
@requires(P.MANAGE_INSTITUTIONS)
def ending(request: HttpRequest, school_id: int, site_id: int) -> HttpResponse:
    """State from which day on nobody is taught at a site."""
    found = school_for(request.user, school_id)
    site = site_for(request.user, found, site_id)

    def end(values: dict[str, Any]) -> HttpResponse:
        end_site(site=site, by=request.user, at=timezone.now(), **values)
        messages.success(request, f"已登记{site}停用")
        return redirect("authority:school", found.pk)

    context = {"title": f"{site}停用", "school": found, "above": found.authority}
    return answer(request, EndForm(posted(request), initial={"until_on": timezone.localdate()}), end, context)
