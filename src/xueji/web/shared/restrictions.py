"""Restrictions of a school rated D: placed from the page of its rating, one page each, with what lets it by."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from xueji.accounts.models import User
from xueji.accounts.permissions import Permission as P
from xueji.core.errors import NotFound
from xueji.institutions.queries import pick
from xueji.institutions.queries.area import programmes_of
from xueji.registry.bar_kinds import ACTS
from xueji.supervision.actions import (
    RestrictionScope,
    lift_restriction,
    place_restriction,
    propose_bypass,
    settle_bypass,
)
from xueji.supervision.models import Rating, Restriction, RestrictionBypass
from xueji.supervision.rating_queries import rating_for
from xueji.supervision.restriction_queries import (
    acts_words,
    bypasses_of,
    cites_of,
    is_let_by,
    may_let_by,
    may_lift,
    may_restrict,
    restricted_days,
    restriction_for,
    scope_of,
)
from xueji.web.access import requires
from xueji.web.asking import Question, ask, is_confirmed
from xueji.web.carrying import REFUSALS, PageOf, carry_out
from xueji.web.clauses import shown_clauses
from xueji.web.forms import MOST, DayField, add_refusal

_CAP = f"不填的，停止；只用于「{ACTS['register']}」"


class RestrictionForm(forms.Form):
    """What is stopped, of what, until when."""

    acts = forms.MultipleChoiceField(
        label="限制的手续", choices=list(ACTS.items()), widget=forms.CheckboxSelectMultiple
    )
    is_whole = forms.BooleanField(label="全校", required=False)
    programme = forms.ChoiceField(
        label="专业", required=False, help_text="不选「全校」的，选专业，或者写校区，或者都写"
    )
    campus = forms.CharField(label="校区", required=False, max_length=60, help_text="与新生登记的教学点名称一致")
    most = forms.IntegerField(label="每届至多登记", required=False, min_value=1, max_value=MOST, help_text=_CAP)
    until_on = DayField("restricted_until", label="截止日期")
    document_number = forms.CharField(label="文号", required=False, max_length=100)
    reason = forms.CharField(label="事由", max_length=2000, widget=forms.Textarea(attrs={"rows": 3}))

    def __init__(self, *args: Any, programmes: list[Any], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        rows = [(str(row.pk), f"{row.name}（{row.duration_years.normalize():f}年）") for row in programmes]
        self.fields["programme"].choices = [("", "没有选专业"), *rows]  # type: ignore[attr-defined]  # a ChoiceField


class RestrictionEndForm(forms.Form):
    """Why it ends before its day."""

    reason = forms.CharField(label="解除的事由", max_length=300, widget=forms.Textarea(attrs={"rows": 2}))


class BypassForm(forms.Form):
    """Until when it is let by, and why."""

    until_on = DayField("restricted_until", label="放行截止")
    reason = forms.CharField(label="放行的理由", max_length=2000, widget=forms.Textarea(attrs={"rows": 3}))


class BypassDecisionForm(forms.Form):
    """Whether another person agrees."""

    agrees = forms.ChoiceField(
        label="是否放行", choices=[("yes", "同意放行"), ("no", "不予放行")], widget=forms.RadioSelect
    )
    reason = forms.CharField(label="说明", max_length=300, widget=forms.Textarea(attrs={"rows": 2}))


@require_http_methods(["GET", "POST"])
@requires(P.IMPOSE_SANCTIONS)
def new_restriction(request: HttpRequest, rating_id: object) -> HttpResponse:
    """Restrict the school of a published D, once it was asked."""
    user = cast("User", request.user)
    rating = rating_for(user, rating_id)
    if rating.school is None or not may_restrict(user, rating, timezone.localdate()):
        raise NotFound
    programmes = list(programmes_of(rating.school))
    form = RestrictionForm(request.POST or None, programmes=programmes)
    first, last = restricted_days(rating, timezone.localdate())
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            scope = _scope(form, programmes)
            if not is_confirmed(request):
                return _ask_restriction(request, rating, form, scope)
            try:
                row = place_restriction(
                    rating=rating, scope=scope, reason=form.cleaned_data["reason"], by=user, at=timezone.now(),
                    document_number=form.cleaned_data["document_number"],
                )  # fmt: skip
            except REFUSALS as error:
                add_refusal(form, error)
                status = error.http_status
            else:
                messages.success(request, "已限制新生学籍注册")
                return redirect("restriction", row.pk)
    context = {"rating": rating, "form": form, "first": first, "last": last}
    return render(request, "shared/new_restriction.html", context, status=status)


def _scope(form: forms.Form, programmes: list[Any]) -> RestrictionScope:
    chosen = form.cleaned_data
    return RestrictionScope(
        tuple(act for act in ACTS if act in chosen["acts"]), chosen["until_on"], chosen["is_whole"],
        next((row for row in programmes if str(row.pk) == chosen["programme"]), None), chosen["campus"], chosen["most"],
    )  # fmt: skip


def _ask_restriction(request: HttpRequest, rating: Rating, form: forms.Form, scope: RestrictionScope) -> HttpResponse:
    what = ["全校"] if scope.is_whole else []
    what += [scope.programme.name] if scope.programme else []
    what += [scope.campus] if scope.campus.strip() else []
    lines = [
        ("学校", rating.place.name),
        ("范围", "、".join(what)),
        ("限制的手续", "、".join(ACTS[act] for act in scope.acts)),
        ("限度", "停止" if scope.most is None else f"每届至多 {scope.most} 人"),
        ("截止", f"{scope.until_on:%Y-%m-%d}"),
        ("事由", form.cleaned_data["reason"]),
    ]
    return ask(request, Question("限制新生学籍注册？", lines, "限制", is_danger=True))


@require_GET
@requires(P.VIEW_REGISTER)
def restriction(request: HttpRequest, restriction_id: object) -> HttpResponse:
    """Show a restriction with its clause, what lets it by, and what the person may do about it."""
    return _page(request, restriction_for(cast("User", request.user), restriction_id))


@require_POST
@requires(P.IMPOSE_SANCTIONS)
def restriction_end(request: HttpRequest, restriction_id: object) -> HttpResponse:
    """End a restriction before its day."""
    found = restriction_for(cast("User", request.user), restriction_id)
    form = RestrictionEndForm(request.POST)
    return _done(
        request, found, form, lambda: lift_restriction(restriction=found, **_given(request, form)), "限制已经解除"
    )


@require_POST
@requires(P.DECIDE_CASES)
def new_bypass(request: HttpRequest, restriction_id: object) -> HttpResponse:
    """Propose to let a restriction by."""
    found = restriction_for(cast("User", request.user), restriction_id)
    form = BypassForm(request.POST)

    def act() -> None:
        propose_bypass(restriction=found, until_on=form.cleaned_data["until_on"], **_given(request, form))

    return _done(request, found, form, act, "已提出放行，由另一人确认")


@require_POST
@requires(P.DECIDE_CASES)
def bypass_decision(request: HttpRequest, restriction_id: object, bypass_id: int) -> HttpResponse:
    """Let a restriction by as another person proposed, or not."""
    found = restriction_for(cast("User", request.user), restriction_id)
    bypass = pick(found.bypasses.select_related("restriction"), bypass_id)
    form = BypassDecisionForm(request.POST)

    def act() -> None:
        settle_bypass(bypass=bypass, agrees=form.cleaned_data["agrees"] == "yes", **_given(request, form))

    return _done(request, found, form, act, "已办理")


def _given(request: HttpRequest, form: forms.Form) -> dict[str, Any]:
    return {"reason": form.cleaned_data["reason"], "by": request.user, "at": timezone.now()}


def _done(
    request: HttpRequest, found: Restriction, form: forms.Form, act: Callable[[], object], words: str
) -> HttpResponse:
    """Do what a form asks for, or show the page as the thing is by now."""

    def again(refused: forms.Form, status: int) -> HttpResponse:
        return _page(request, restriction_for(cast("User", request.user), found.pk), refused, status=status)

    return carry_out(request, form, act, words, PageOf(reverse("restriction", args=[found.pk]), again))


def _page(
    request: HttpRequest, found: Restriction, form: forms.Form | None = None, *, status: int = 200
) -> HttpResponse:
    user, today = cast("User", request.user), timezone.localdate()
    bypasses = bypasses_of(found)
    waiting = next(
        (row for row in bypasses if row.state == RestrictionBypass.State.PROPOSED and not row.ended_at), None
    )
    stands = found.ended_at is None
    shown: dict[str, forms.Form] = {}
    if stands and may_lift(user, found):
        shown["ending"] = RestrictionEndForm()
    if stands and may_let_by(user, found):
        if waiting is None:
            shown["asking"] = BypassForm()
        elif waiting.proposed_by != user:
            shown["deciding"] = BypassDecisionForm()
    refused = None  # a form that this page, as it is by now, does not show: what is wrong is said above
    if form is not None:
        again = {key: form for key, empty in shown.items() if type(empty) is type(form)}
        shown |= again
        refused = None if again else form
    context = {
        "restriction": found, "scope": scope_of(found), "acts": acts_words(found), "clauses": shown_clauses(cites_of(found)),
        "bypasses": bypasses, "waiting": waiting, "is_let_by": is_let_by(found, today), "is_over": found.until_on < today,
        "refused": refused, "ending": shown.get("ending"), "asking": shown.get("asking"), "deciding": shown.get("deciding"),
    }  # fmt: skip
    return render(request, "shared/restriction.html", context, status=status)
