"""代管 of a school rated D: proposed from the page of its rating, one page each, and a list of those in an area."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from xueji.accounts.models import User
from xueji.accounts.permissions import Permission as P
from xueji.core.errors import NotFound
from xueji.institutions.models import Post
from xueji.institutions.queries import pick
from xueji.supervision.actions import (
    name_steward_person,
    propose_lifting,
    propose_stewardship,
    record_stewardship,
    settle_lifting,
    settle_stewardship,
    withdraw_steward_person,
)
from xueji.supervision.models import Rating, Stewardship
from xueji.supervision.rating_queries import law_of_rating, rating_for, ratings_visible_to
from xueji.supervision.stewardship_queries import (
    cites_of_stewardship,
    may_decide,
    may_lift_stewardship,
    may_name,
    may_propose_lifting,
    may_record,
    may_steward,
    named_people,
    people_of_steward,
    proposing_places,
    steward_named,
    stewardship_for,
    stewardships_found,
)
from xueji.web.access import requires
from xueji.web.carrying import REFUSALS, PageOf, carry_out
from xueji.web.clauses import shown_clauses
from xueji.web.forms import add_refusal
from xueji.web.listing import page_of

State = Stewardship.State
_AGREES = [("yes", "同意代管，报备案"), ("no", "不予代管")]
_LIFTS = [("yes", "同意解除"), ("no", "不解除，继续代管")]


class StewardshipFilter(forms.Form):
    """Which to show."""

    state = forms.ChoiceField(label="进度", required=False, choices=[("", "没有终止的"), *State.choices])
    name = forms.CharField(label="学校或代管单位", required=False, max_length=100)


class StewardshipForm(forms.Form):
    """Who is to act for the school, and why."""

    steward = forms.CharField(
        label="由哪个学校代管", required=False, max_length=100, help_text="填学校名称或者标识码；不填的，由本机关代管"
    )
    document_number = forms.CharField(label="文号", required=False, max_length=100)
    reason = forms.CharField(label="事由", max_length=2000, widget=forms.Textarea(attrs={"rows": 3}))


class _ReasonForm(forms.Form):
    reason = forms.CharField(label="说明", max_length=300, widget=forms.Textarea(attrs={"rows": 2}))


class StewardshipDecisionForm(_ReasonForm):
    """Whether another person agrees."""

    agrees = forms.ChoiceField(label="是否代管", choices=_AGREES, widget=forms.RadioSelect)
    field_order = ("agrees", "reason")


class StewardshipRecordForm(forms.Form):
    """The number under which it is on record."""

    record_number = forms.CharField(label="备案号", max_length=100)


class LiftingForm(forms.Form):
    """Why it should end before its time."""

    reason = forms.CharField(label="解除的事由", max_length=300, widget=forms.Textarea(attrs={"rows": 2}))


class LiftingDecisionForm(_ReasonForm):
    """Whether another person agrees to end it."""

    agrees = forms.ChoiceField(label="是否解除", choices=_LIFTS, widget=forms.RadioSelect)
    field_order = ("agrees", "reason")


class StewardPersonForm(forms.Form):
    """Who is to act in the name of the school, as what."""

    person = forms.ChoiceField(label="代管单位的人员和岗位")

    def __init__(self, data: QueryDict | None = None, *, people: list[tuple[User, str]]) -> None:
        super().__init__(data)
        self.chosen = {f"{person.pk}:{post}": (person, post) for person, post in people}
        words = [(key, f"{person.full_name}，{Post(post).label}") for key, (person, post) in self.chosen.items()]
        self.fields["person"].choices = [("", "请选择"), *words]  # type: ignore[attr-defined]  # a ChoiceField


@require_GET
@requires(P.VIEW_REGISTER)
def stewardships(request: HttpRequest) -> HttpResponse:
    """List who acts for which school, as far as the person may know of it."""
    form = StewardshipFilter(request.GET or None)
    chosen = form.cleaned_data if form.is_valid() else {}
    found = stewardships_found(cast("User", request.user), state=chosen.get("state", ""), name=chosen.get("name", ""))
    return render(request, "shared/stewardships.html", {"form": form, "page": page_of(request, found)})


@require_http_methods(["GET", "POST"])
@requires(P.DECIDE_CASES)
def new_stewardship(request: HttpRequest, rating_id: object) -> HttpResponse:
    """Propose that another place acts for the school of a published D."""
    user = cast("User", request.user)
    rating = rating_for(user, rating_id)
    if not may_steward(user, rating):
        raise NotFound
    form = StewardshipForm(request.POST or None)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid() and (row := _proposed(form, rating, user)) is not None:
            messages.success(request, "已提出代管，由本机关的另一人决定")
            return redirect("stewardship", row.pk)
        status = getattr(form, "refused_with", status)
    context = {"rating": rating, "form": form, "place": proposing_places(user, rating)[0]}
    return render(request, "shared/new_stewardship.html", context, status=status)


def _proposed(form: forms.Form, rating: Rating, user: User) -> Stewardship | None:
    """Propose what the form asks for; None with what is wrong in the form."""
    chosen, school = form.cleaned_data, None
    if chosen["steward"].strip():
        school = steward_named(proposing_places(user, rating)[-1], chosen["steward"])
        if school is None:
            form.add_error("steward", "管辖以内没有叫这个名称、用这个标识码的学校，请核对后重填")
            return None
    try:
        return propose_stewardship(
            rating=rating, steward=school, reason=chosen["reason"], document_number=chosen["document_number"], by=user,
            at=timezone.now(),
        )  # fmt: skip
    except REFUSALS as error:
        add_refusal(form, error)
        form.refused_with = error.http_status  # type: ignore[attr-defined]  # read by the view that called
        return None


@require_GET
@requires(P.VIEW_REGISTER)
def stewardship(request: HttpRequest, stewardship_id: object) -> HttpResponse:
    """Show who acts for a school, how that came about, and what the person may do about it."""
    return _page(request, stewardship_for(cast("User", request.user), stewardship_id))


@require_POST
@requires(P.IMPOSE_SANCTIONS)
def stewardship_decision(request: HttpRequest, stewardship_id: object) -> HttpResponse:
    """Decide as another person proposed, or not."""
    form = StewardshipDecisionForm(request.POST)
    return _done(
        request, stewardship_id, form, lambda row: settle_stewardship(stewardship=row, **_settled(request, form))
    )


@require_POST
@requires(P.DECIDE_CASES)
def stewardship_record(request: HttpRequest, stewardship_id: object) -> HttpResponse:
    """Enter the record at the province."""
    form = StewardshipRecordForm(request.POST)

    def act(row: Stewardship) -> None:
        record_stewardship(
            stewardship=row,
            record_number=form.cleaned_data["record_number"],
            by=cast("User", request.user),
            at=timezone.now(),
        )

    return _done(request, stewardship_id, form, act)


@require_POST
@requires(P.DECIDE_CASES)
def stewardship_lifting(request: HttpRequest, stewardship_id: object) -> HttpResponse:
    """Propose to end it before its time."""
    form = LiftingForm(request.POST)

    def act(row: Stewardship) -> None:
        propose_lifting(
            stewardship=row, reason=form.cleaned_data["reason"], by=cast("User", request.user), at=timezone.now()
        )

    return _done(request, stewardship_id, form, act)


@require_POST
@requires(P.IMPOSE_SANCTIONS)
def stewardship_end(request: HttpRequest, stewardship_id: object) -> HttpResponse:
    """End it as another person proposed, or keep it."""
    form = LiftingDecisionForm(request.POST)
    return _done(request, stewardship_id, form, lambda row: settle_lifting(stewardship=row, **_settled(request, form)))


@require_POST
@requires(P.IMPOSE_SANCTIONS)
def stewardship_people(request: HttpRequest, stewardship_id: object) -> HttpResponse:
    """Name a person of the steward to act in the name of the school."""
    found = stewardship_for(cast("User", request.user), stewardship_id)
    form = StewardPersonForm(request.POST, people=people_of_steward(found))

    def act(row: Stewardship) -> None:
        person, post = form.chosen[form.cleaned_data["person"]]
        name_steward_person(stewardship=row, user=person, post=post, by=cast("User", request.user), at=timezone.now())

    return _done(request, stewardship_id, form, act)


@require_POST
@requires(P.IMPOSE_SANCTIONS)
def steward_withdrawal(request: HttpRequest, stewardship_id: object, steward_post_id: int) -> HttpResponse:
    """Take back that a person acts in the name of the school."""
    found = stewardship_for(cast("User", request.user), stewardship_id)
    person = pick(found.people.select_related("stewardship"), steward_post_id)

    def act(_row: Stewardship) -> None:
        withdraw_steward_person(person=person, by=cast("User", request.user), at=timezone.now())

    return _done(request, stewardship_id, forms.Form(request.POST), act)


def _settled(request: HttpRequest, form: forms.Form) -> dict[str, Any]:
    chosen = form.cleaned_data
    return {"agrees": chosen["agrees"] == "yes", "reason": chosen["reason"], "by": request.user, "at": timezone.now()}


def _done(
    request: HttpRequest, stewardship_id: object, form: forms.Form, act: Callable[[Stewardship], object]
) -> HttpResponse:
    """Do what a form asks for, or show the page as the thing is by now."""
    user = cast("User", request.user)
    found = stewardship_for(user, stewardship_id)

    def again(refused: forms.Form, status: int) -> HttpResponse:
        return _page(request, stewardship_for(user, found.pk), refused, status=status)

    return carry_out(
        request, form, lambda: act(found), "已办理", PageOf(reverse("stewardship", args=[found.pk]), again)
    )


def _page(
    request: HttpRequest, found: Stewardship, form: forms.Form | None = None, *, status: int = 200
) -> HttpResponse:
    user = cast("User", request.user)
    shown: dict[str, forms.Form] = {}
    if may_decide(user, found):
        shown["deciding"] = StewardshipDecisionForm()
    if may_record(user, found):
        shown["recording"] = StewardshipRecordForm()
    if may_propose_lifting(user, found):
        shown["asking"] = LiftingForm()
    if may_lift_stewardship(user, found):
        shown["lifting"] = LiftingDecisionForm()
    names = may_name(user, found)
    if names:
        shown["naming"] = StewardPersonForm(people=people_of_steward(found))
    refused = None  # a form that this page, as it is by now, does not show: what is wrong is said above
    if form is not None:
        again = {key: form for key, empty in shown.items() if type(empty) is type(form)}
        shown |= again
        refused = None if again else form
    context = {
        "row": found, "clauses": shown_clauses(cites_of_stewardship(found)), "refused": refused,
        "readings": law_of_rating(found.rating).readings_of("values.stewardship_recorded_by"),
        "sees_rating": ratings_visible_to(user).filter(pk=found.rating_id).exists(),
        "deciding": shown.get("deciding"), "recording": shown.get("recording"), "asking": shown.get("asking"),
        "lifting": shown.get("lifting"), "naming": shown.get("naming"), "names": names, "people": named_people(found),
    }  # fmt: skip
    return render(request, "shared/stewardship.html", context, status=status)
