"""招生资质: what the province published for each intake; a school sees its own lines, an office those of its schools."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from xueji.accounts.models import User
from xueji.accounts.permissions import Permission as P
from xueji.core.intakes import Intake
from xueji.institutions.queries import schools_visible_to
from xueji.licences.models import IntakeSeason
from xueji.licences.queries import (
    differences,
    in_force,
    licence_for,
    licences_visible_to,
    places_publishing,
    publication_for,
    publications_visible_to,
)
from xueji.web.access import requires
from xueji.web.forms import DayField
from xueji.web.listing import page_of


class LookUpForm(forms.Form):
    """Whether a school may admit to a programme in an intake, as published by a day."""

    school = forms.CharField(label="学校", max_length=100, help_text="全称或学校代码")
    programme = forms.CharField(label="专业", max_length=60)
    year = forms.IntegerField(label="招生年份", min_value=1980, max_value=2999)
    season = forms.ChoiceField(label="招生季节", choices=IntakeSeason.choices, initial=IntakeSeason.AUTUMN)
    on = DayField("law", label="截至")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        today = timezone.localdate()
        super().__init__(*args, initial={"on": today, "year": today.year}, **kwargs)


@require_GET
@requires(P.SEE_LICENCES)
def publications(request: HttpRequest) -> HttpResponse:
    """List what was published, the newest first, and which version of each intake holds today."""
    visible = publications_visible_to(request.user)
    form = LookUpForm(request.GET if "school" in request.GET else None)
    context = {
        "form": form, "answer": _answer(request.user, form) if form.is_valid() else None,
        "page": page_of(request, visible),
        "in_force": set(in_force(timezone.localdate()).values_list("pk", flat=True)),
        "publishes": places_publishing(request.user),
    }  # fmt: skip
    return render(request, "shared/licence_publications.html", context)


def _answer(user: User, form: LookUpForm) -> dict[str, Any]:
    """Return whether a school within reach may admit to a programme in an intake, as published by a day; by which line."""
    asked = form.cleaned_data
    school = schools_visible_to(user).filter(Q(code=asked["school"]) | Q(name=asked["school"])).first()
    if school is None:
        return {"unknown": asked["school"]}
    intake = Intake(asked["year"], asked["season"])
    line = licence_for(school, asked["programme"], intake, asked["on"])
    return {"school": school, "line": line, "asked": asked, "season": IntakeSeason(asked["season"]).label}


@require_GET
@requires(P.SEE_LICENCES)
def publication(request: HttpRequest, licence_publication_id: int) -> HttpResponse:
    """Show one version: its lines within reach, found by school or programme, and how it differs from the one before."""
    found = publication_for(request.user, licence_publication_id)
    lines, search = licences_visible_to(request.user, found), request.GET.get("q", "").strip()
    if search:
        lines = lines.filter(
            Q(school_name__icontains=search) | Q(school_code__startswith=search) | Q(programme_name__icontains=search)
        )
    context = {
        "publication": found, "page": page_of(request, lines), "q": search,
        "differences": differences(request.user, found),
        "is_in_force": in_force(timezone.localdate()).filter(pk=found.pk).exists(),
    }  # fmt: skip
    return render(request, "shared/licence_publication.html", context)
