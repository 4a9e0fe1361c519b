"""An application that belongs to another office: handed to the one the law names; and what an office is done with."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods

from xueji.accounts.permissions import Permission as P
from xueji.applications.facts import law_for
from xueji.applications.kinds import REPLACEMENT_CASE, VERIFICATION_CASE
from xueji.applications.models import Application, label_of
from xueji.applications.referral_actions import refer_application
from xueji.applications.referral_queries import READ, competent_for, done_at_offices
from xueji.applications.review_queries import application_of
from xueji.cases.models import Step
from xueji.cases.queries import may_decide, step_for
from xueji.core.errors import XuejiError
from xueji.core.packs import PackView
from xueji.core.service_specs import OfficeSpec
from xueji.web.access import requires
from xueji.web.asking import Question, ask, is_confirmed
from xueji.web.clauses import shown_clauses
from xueji.web.forms import MOST, MonthField, add_refusal, posted
from xueji.web.listing import page_of

_KINDS = {REPLACEMENT_CASE.kind, VERIFICATION_CASE.kind}


class ReferralForm(forms.Form):
    """What the papers show of the facts on which the office hangs, first as stated; and why the application is handed on."""

    sealed_by = forms.ChoiceField(
        label="毕业证书盖的是谁的印", required=False, choices=[("", "看不出"), *Application.Seal.choices]
    )
    category = forms.ChoiceField(label="毕业证类型")
    entered = MonthField(label="入学年月", required=False)
    graduated = MonthField(label="毕业年月", required=False)
    place_code = forms.ChoiceField(label="学校当年所在地")
    reasons = forms.CharField(
        label="转办理由", max_length=300, widget=forms.Textarea(attrs={"rows": 3}),
        help_text="申请人和接办机构都会看到",
    )  # fmt: skip
    version = forms.IntegerField(widget=forms.HiddenInput, max_value=MOST)

    def __init__(self, *args: Any, view: PackView, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        places = [spec for spec in view.every("office", OfficeSpec) if not spec.key.endswith("0000")]
        self.fields["category"].choices = [(key, key) for key in view.keys("issuer")]
        self.fields["place_code"].choices = [(spec.key, spec.name) for spec in places]

    def words_of(self, name: str) -> str:
        """Return what is chosen or typed in a field, in words."""
        value = str(self.cleaned_data[name] or "")
        return str(dict(getattr(self.fields[name], "choices", ())).get(value, value)) or "看不出"

    def on_paper(self) -> Mapping[str, str]:
        """Return what the papers show, as an application keeps it."""
        return {name: str(self.cleaned_data[name] or "") for name in READ}


@require_http_methods(["GET", "POST"])
@requires(P.DECIDE_CASES)
def application_referral(request: HttpRequest, step_id: int) -> HttpResponse:
    """Take what the papers show, say which office the law names by it, and hand the application there."""
    step = step_for(request.user, step_id)
    if step.case.kind not in _KINDS or not may_decide(request.user, step):
        return redirect("authority:step", step.pk)  # nothing to hand on (any more): there it says why
    application = application_of(step.case)
    stated = {name: getattr(application, name) for name in READ}
    form = ReferralForm(posted(request), view=law_for(application), initial=stated | {"version": step.case.version})
    status = 422 if form.is_bound else 200
    if form.is_bound and form.is_valid():
        try:
            return _referred(request, step, application, form)
        except XuejiError as error:
            if error.http_status in {403, 404}:
                raise
            add_refusal(form, error)
            status = error.http_status
    context = {"step": step, "case": step.case, "application": application, "form": form}
    return render(request, "authority/application_referral.html", context, status=status)


def _referred(request: HttpRequest, step: Step, application: Application, form: ReferralForm) -> HttpResponse:
    reasons, on_paper = form.cleaned_data["reasons"], form.on_paper()
    if not is_confirmed(request):
        competent = competent_for(application, on_paper)
        differs = [name for name in READ if on_paper[name] != getattr(application, name)]
        changed = [(f"材料上的{label_of(name)}", form.words_of(name)) for name in differs]
        cited = shown_clauses(competent.decision.cites)
        clauses = "、".join(f"{clause['number']} {clause['clause']}" for clause in cited)
        lines = [
            ("办件", step.case.title), ("转给", competent.office.name), ("依据", clauses), *changed, ("理由", reasons),
            ("之后", "本机构不再看得到填写的内容和材料；申请人收到通知，提交时间和排队位置不变"),
        ]  # fmt: skip
        return ask(request, Question("转给有权限的机构：请先核对", lines, "确认转办"))
    moved = refer_application(
        step=step, on_paper=on_paper, reasons=reasons, by=request.user, at=timezone.now(),
        expected_version=form.cleaned_data["version"],
    )  # fmt: skip
    messages.success(request, f"{step.case.title}：已转给{moved.office}，申请人已收到通知")
    return redirect("authority:queue")


@require_GET
@requires(P.DECIDE_CASES)
def applications_done(request: HttpRequest) -> HttpResponse:
    """List the applications of graduates that ended at the offices of somebody, the last first; also those handed on."""
    search = request.GET.get("q", "")[:60]
    page = page_of(request, done_at_offices(request.user, search))
    return render(request, "authority/applications_done.html", {"page": page, "search": search})
