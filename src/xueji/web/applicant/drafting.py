"""An application from its first answer to its list of papers: begun, stated section by section, kept at every step."""

from __future__ import annotations

from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods

from xueji.applications.actions import FOLLOWS, open_application, state_facts
from xueji.applications.draft_queries import draft_shown
from xueji.applications.facts import law_for
from xueji.applications.models import Application
from xueji.applications.queries import application_for, asked_defects, centres, is_returned
from xueji.core.errors import NotFound
from xueji.core.service_specs import REPLACEMENT, VERIFICATION
from xueji.institutions.models import Authority
from xueji.institutions.queries import pack_over
from xueji.web.access import for_applicants
from xueji.web.applicant.application_status import status_page
from xueji.web.applicant.carried import carried_answers, facts_of
from xueji.web.application_sections import SECTIONS, open_only, section_tasks
from xueji.web.forms import posted

_OWN = "the own applications; another's is not found"


class KindForm(forms.Form):
    """What is applied for, and under whose law."""

    procedure = forms.ChoiceField(
        label="要办什么",
        choices=[(REPLACEMENT, "学历证明书：毕业证书丢失、损毁"), (VERIFICATION, "学历认证：证明毕业证书是真的")],
    )
    centre = forms.TypedChoiceField(label="在哪里上的学", coerce=int)

    def __init__(self, *args: object, offered: list[Authority], **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.fields["centre"].choices = [(centre.pk, centre.name) for centre in offered]
        if len(offered) == 1:
            self.fields["centre"].widget = forms.HiddenInput()
            self.fields["centre"].initial = offered[0].pk


@for_applicants(_OWN)
@require_http_methods(["GET", "POST"])
def new_application(request: HttpRequest) -> HttpResponse:
    """Begin an application; what was answered in the guide comes along."""
    offered = centres(timezone.localdate())
    if not offered:
        return render(request, "applicant/nowhere.html", status=404)
    sent = posted(request) or request.GET
    form = KindForm(posted(request), offered=offered, initial=_asked_for(sent, offered))
    if form.is_bound and form.is_valid():
        centre = next(centre for centre in offered if centre.pk == form.cleaned_data["centre"])
        application = _begun(request, form.cleaned_data["procedure"], centre, sent)
        return redirect("applicant:application", application.pk)
    context = {"form": form, "carried": carried_answers(sent)}
    return render(request, "applicant/new.html", context, status=422 if form.errors else 200)


def _asked_for(sent: QueryDict, offered: list[Authority]) -> dict[str, object]:
    """Return what the guide was asked about: the service, and the province whose pack answered."""
    chosen = next((centre for centre in offered if pack_over(centre).id == sent.get("pack")), offered[0])
    return {"procedure": sent.get("procedure", ""), "centre": chosen.pk}


def _begun(request: HttpRequest, kind: str, centre: Authority, sent: QueryDict) -> Application:
    applicant, now = request.applicant, timezone.now()
    application = open_application(applicant=applicant, kind=kind, centre=centre, by=applicant.user, at=now)
    if facts := facts_of(sent, application, law_for(application)):
        state_facts(application=application, facts=facts, by=applicant.user, at=now)
        messages.success(request, "查询时的回答已经带来，请接着填。")
    return application


@for_applicants(_OWN)
@require_GET
def application(request: HttpRequest, graduate_application_id: UUID) -> HttpResponse:
    """Show what is to be done of a draft; of a submitted application, where it stands."""
    mine = application_for(request.applicant, graduate_application_id)
    if mine.state != Application.State.DRAFT:
        return status_page(request, mine)
    draft = draft_shown(mine)
    sections = section_tasks(mine, draft.missing)
    context = {
        "draft": draft, "application": mine, "sections": sections, "applicant": request.applicant,
        "left": sum(not section.is_done for section in sections) + sum(not paper.is_covered for paper in draft.papers),
    }  # fmt: skip
    return render(request, "applicant/tasks.html", context)


@for_applicants(_OWN)
@require_http_methods(["GET", "POST"])
def section(request: HttpRequest, graduate_application_id: UUID, section_key: str) -> HttpResponse:
    """Take one section of what is stated, keep it, go on to the next that is not done."""
    mine = application_for(request.applicant, graduate_application_id)
    if section_key not in SECTIONS:
        raise NotFound("没有这一部分")
    if mine.state != Application.State.DRAFT and not is_returned(mine) and request.method == "GET":
        return redirect("applicant:application", mine.pk)
    kind = SECTIONS[section_key]
    form = kind(posted(request), application=mine, view=law_for(mine), initial=kind.kept(mine))
    if is_returned(mine):
        open_only(form, FOLLOWS | {defect.aspect for defect in asked_defects(mine)})
    if form.is_bound and form.is_valid():
        stated = state_facts(application=mine, facts=form.facts(), by=request.applicant.user, at=timezone.now())
        return redirect(_next_page(stated, section_key))
    context = {
        "form": form, "application": mine, "number": list(SECTIONS).index(section_key) + 1, "count": len(SECTIONS),
    }  # fmt: skip
    return render(request, "applicant/section.html", context, status=422 if form.errors else 200)


def _next_page(stated: Application, section_key: str) -> str:
    """Return the next section that is not done, or the list of what is to be done."""
    if stated.state != Application.State.DRAFT:
        return reverse("applicant:application", args=[stated.pk])
    order = list(SECTIONS)
    tasks = {task.key: task for task in section_tasks(stated, draft_shown(stated).missing)}
    later = order[order.index(section_key) + 1 :]
    upcoming = next((key for key in later if not tasks[key].is_done), None)
    if upcoming is None:
        return reverse("applicant:application", args=[stated.pk])
    return reverse("applicant:section", args=[stated.pk, upcoming])
