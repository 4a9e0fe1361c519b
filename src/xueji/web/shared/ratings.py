"""Yearly ratings as schools, offices and those who rate them look at them: the list of a year, one with its figures, what is done."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

from django import forms
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from xueji.accounts.models import User
from xueji.accounts.permissions import Permission as P
from xueji.institutions.queries import permissions_of
from xueji.supervision.actions import (
    RatingProposal,
    draft_ratings,
    object_to_rating,
    propose_rating,
    publish_ratings,
    revise_rating,
    settle_rating,
)
from xueji.supervision.models import Rating
from xueji.supervision.models.ratings import LETTERS
from xueji.supervision.rating_queries import (
    FIGURES,
    acts_of_rating,
    counts_of_year,
    decided_below,
    editions_of,
    figures_moved,
    figures_of,
    findings_behind,
    has_objected,
    law_of_rating,
    mark_of,
    may_object,
    objected_among,
    office_rating,
    proposal_of_rating,
    rating_for,
    rating_offices,
    ratings_found,
    years_rated,
)
from xueji.supervision.restriction_queries import acts_words, may_restrict, restrictions_of, scope_of
from xueji.supervision.stewardship_queries import may_steward, stewardships_of
from xueji.web.access import requires, takes_upload
from xueji.web.asking import Question, ask, is_confirmed, named
from xueji.web.carrying import REFUSALS, PageOf, carry_out, send_paper_of_act
from xueji.web.clauses import shown_clauses
from xueji.web.forms import EVIDENCE_TYPES, MOST, SizedFileField, add_refusal
from xueji.web.listing import page_of

State = Rating.State
_LAST_YEAR = 9999
_AGAIN = "再算一次，只有事项变动了的草稿才变；又有查实或者等级降低的，重新告知"


class RatingYearForm(forms.Form):
    """Which year."""

    year = forms.IntegerField(label="年度", min_value=1, max_value=_LAST_YEAR, help_text=_AGAIN)


class RatingSeenForm(forms.Form):
    """The decided ratings a question showed: what is decided after it is not published with them."""

    seen = forms.CharField(widget=forms.HiddenInput, required=False)


class RatingPublicationForm(RatingSeenForm, RatingYearForm):
    """Which year, and what of it was shown."""


class RatingFilter(forms.Form):
    """Which ratings of a year to show."""

    year = forms.IntegerField(label="年度", required=False, max_value=_LAST_YEAR)
    letter = forms.ChoiceField(label="等级", required=False, choices=[("", "全部"), *LETTERS])
    state = forms.ChoiceField(label="进度", required=False, choices=[("", "全部"), *State.choices])
    place = forms.CharField(label="单位", required=False, max_length=100)


class RatingTurnForm(forms.Form):
    """The draft that was read, and words about it."""

    turn = forms.IntegerField(widget=forms.HiddenInput, max_value=MOST)
    statement = forms.CharField(label="说明", max_length=2000, widget=forms.Textarea(attrs={"rows": 2}))


class RatingObjectionForm(RatingTurnForm):
    """What is wrong with the draft, with a paper."""

    statement = forms.CharField(label="异议和理由", max_length=2000, widget=forms.Textarea(attrs={"rows": 4}))
    file = SizedFileField(
        label="证明材料", help_text="PDF 或图片，可以不附", required=False, accept=EVIDENCE_TYPES,
        max_bytes=settings.MAX_EVIDENCE_BYTES,
    )  # fmt: skip


class RatingProposalForm(RatingTurnForm):
    """What an authority would decide."""

    letter = forms.ChoiceField(label="拟定等级", choices=LETTERS, widget=forms.RadioSelect)
    violation = forms.BooleanField(label="有违规办学（一票否决）", required=False)
    grave_error = forms.BooleanField(label="有重大失误（一票否决）", required=False)
    field_order = ("letter", "violation", "grave_error", "statement")


class RatingDecisionForm(forms.Form):
    """Whether another person agrees with the proposal that was read."""

    proposal = forms.IntegerField(widget=forms.HiddenInput, max_value=MOST)
    agrees = forms.ChoiceField(
        label="是否同意", choices=[("yes", "同意，作出评定"), ("no", "不同意，退回")], widget=forms.RadioSelect
    )
    statement = forms.CharField(label="说明", max_length=2000, widget=forms.Textarea(attrs={"rows": 2}))


class RatingReturnForm(forms.Form):
    """Why what is decided and not published goes back to be proposed anew."""

    proposal = forms.IntegerField(widget=forms.HiddenInput, max_value=MOST)
    agrees = forms.ChoiceField(choices=[("no", "退回")], widget=forms.HiddenInput, initial="no")
    statement = forms.CharField(label="退回的原因", max_length=2000, widget=forms.Textarea(attrs={"rows": 2}))


class RatingRevisionForm(forms.Form):
    """Why a published rating is decided anew."""

    statement = forms.CharField(label="重新评定的原因", max_length=2000, widget=forms.Textarea(attrs={"rows": 2}))


@require_GET
@requires(P.VIEW_REGISTER)
def ratings(request: HttpRequest) -> HttpResponse:
    """List the ratings of a year."""
    return _list(request)


def _list(request: HttpRequest, refused: forms.Form | None = None, *, status: int = 200) -> HttpResponse:
    user = cast("User", request.user)
    today = timezone.localdate()
    years = years_rated(user)
    latest = years[0] if years else today.year
    form = RatingFilter({"year": latest} | request.GET.dict())
    chosen = form.cleaned_data if form.is_valid() else {}
    year = chosen.get("year") or latest
    found = ratings_found(
        user, year, letter=chosen.get("letter", ""), state=chosen.get("state", ""), place=chosen.get("place", "")
    )
    page = page_of(request, found)
    objected = objected_among(page.object_list)
    rates = bool(rating_offices(user, today))
    counts = counts_of_year(user, year)
    context = {
        "form": form, "page": page, "rows": [(row, row.pk in objected) for row in page.object_list], "year": year, "years": years,
        "counted": [(state, label, counts[state]) for state, label in State.choices if counts.get(state)], "rates": rates,
        "drafting": refused or RatingYearForm(initial={"year": today.year}), "decided": counts.get(State.DECIDED, 0),
        "is_school": P.WATCH_DUTIES not in permissions_of(user),
    }  # fmt: skip
    return render(request, "shared/ratings.html", context, status=status)


@require_POST
@requires(P.DECIDE_CASES)
def rating_drafts(request: HttpRequest) -> HttpResponse:
    """Compute the drafts of a year, or again."""
    form = RatingYearForm(request.POST)
    if not form.is_valid():
        return _list(request, form, status=422)
    year = form.cleaned_data["year"]
    try:
        moved = draft_ratings(year=year, by=cast("User", request.user), at=timezone.now())
    except REFUSALS as error:
        add_refusal(form, error)
        return _list(request, form, status=error.http_status)
    messages.success(request, f"已计算 {year} 年度 {moved} 个单位的草稿" if moved else f"{year} 年度的草稿没有变动")
    return redirect(f"{reverse('ratings')}?year={year}")


@require_POST
@requires(P.DECIDE_CASES)
def rating_publication(request: HttpRequest) -> HttpResponse:
    """Publish what is decided of a year, once it was asked."""
    form = RatingPublicationForm(request.POST)
    user, now = cast("User", request.user), timezone.now()
    if not form.is_valid():
        return _list(request, form, status=422)
    year = form.cleaned_data["year"]
    if not is_confirmed(request) and (decided := list(decided_below(user, year, timezone.localdate(now)))):
        return _ask_publication(request, year, decided)
    try:
        count = publish_ratings(year=year, seen=form.cleaned_data["seen"].split(), by=user, at=now)
    except REFUSALS as error:
        add_refusal(form, error)
        return _list(request, form, status=error.http_status)
    messages.success(request, f"已公布 {count} 个单位的评级" if count else "没有已评定而没有公布的")
    return redirect(f"{reverse('ratings')}?year={year}")


def _ask_publication(request: HttpRequest, year: int, decided: list[Rating]) -> HttpResponse:
    """Ask with the names of what is about to be published, letter by letter, and carry just these."""
    lines = [("年度", str(year)), ("已评定、没有公布的", f"{len(decided)} 个单位")]
    for letter, label in LETTERS:
        if names := [str(row.place) for row in decided if row.rating == letter]:
            lines.append((label, named(names, "个单位")))
    seen = RatingSeenForm({"seen": " ".join(mark_of(row) for row in decided)})
    return ask(
        request,
        Question("公布评级？", lines, "公布", is_danger=True, warning="公布以后不能更改，只能重新评定。", form=seen),
    )


@require_GET
@requires(P.VIEW_REGISTER)
def rating(request: HttpRequest, rating_id: object) -> HttpResponse:
    """Show a rating with its criteria, its figures, and what the person may do about it."""
    return _page(request, rating_for(cast("User", request.user), rating_id))


@require_GET
@requires(P.VIEW_REGISTER)
def rating_findings(request: HttpRequest, rating_id: object) -> HttpResponse:
    """List the findings behind a figure of a rating."""
    user = cast("User", request.user)
    found = rating_for(user, rating_id)
    figure, item = request.GET.get("figure", ""), request.GET.get("item", "")
    rows = findings_behind(user, found, figure, item).order_by("item", "began_on", "pk")
    context = {"rating": found, "label": FIGURES.get(figure, ""), "item": item, "page": page_of(request, rows)}
    return render(request, "shared/rating_findings.html", context)


@require_POST
@requires(P.VIEW_REGISTER)
@takes_upload("MAX_EVIDENCE_BYTES")
def rating_objection(request: HttpRequest, rating_id: object) -> HttpResponse:
    """Take down an objection."""
    found = rating_for(cast("User", request.user), rating_id)
    form = RatingObjectionForm(request.POST, request.FILES)

    def act() -> None:
        file = form.cleaned_data["file"]
        object_to_rating(
            rating=found, turn=form.cleaned_data["turn"], file_name=file.name if file else "",
            data=file.read() if file else b"", **_given(request, form),
        )  # fmt: skip

    return _done(request, found, form, act, "已提出异议")


@require_POST
@requires(P.DECIDE_CASES)
def rating_proposal(request: HttpRequest, rating_id: object) -> HttpResponse:
    """Propose a rating."""
    found = rating_for(cast("User", request.user), rating_id)
    form = RatingProposalForm(request.POST)

    def act() -> None:
        chosen = form.cleaned_data
        wanted = RatingProposal(chosen["letter"], chosen["violation"], chosen["grave_error"])
        propose_rating(rating=found, turn=chosen["turn"], proposal=wanted, **_given(request, form))

    return _done(request, found, form, act, "已拟定等级，由另一人评定")


@require_POST
@requires(P.DECIDE_CASES)
def rating_decision(request: HttpRequest, rating_id: object) -> HttpResponse:
    """Decide as another person proposed, or send it back."""
    found = rating_for(cast("User", request.user), rating_id)
    form = (RatingReturnForm if found.state == State.DECIDED else RatingDecisionForm)(request.POST)

    def act() -> None:
        chosen = form.cleaned_data
        agrees = chosen["agrees"] == "yes"
        settle_rating(rating=found, proposal=chosen["proposal"], agrees=agrees, **_given(request, form))

    return _done(request, found, form, act, "已办理")


@require_POST
@requires(P.DECIDE_CASES)
def rating_revision(request: HttpRequest, rating_id: object) -> HttpResponse:
    """Begin another edition of a published rating."""
    found = rating_for(cast("User", request.user), rating_id)
    form = RatingRevisionForm(request.POST)
    return _done(
        request,
        found,
        form,
        lambda: revise_rating(rating=found, **_given(request, form)),
        "已开始重新评定，请看新的一版",
    )


@require_GET
@requires(P.VIEW_REGISTER)
def rating_paper(request: HttpRequest, rating_id: object, rating_act_id: int) -> HttpResponse:
    """Send the paper of an objection; that it was taken is in the ledger."""
    found = rating_for(cast("User", request.user), rating_id)
    return send_paper_of_act(request, found, rating_act_id)


def _given(request: HttpRequest, form: forms.Form) -> dict[str, Any]:
    return {"statement": form.cleaned_data["statement"], "by": request.user, "at": timezone.now()}


def _done(request: HttpRequest, found: Rating, form: forms.Form, act: Callable[[], object], words: str) -> HttpResponse:
    """Do what a form asks for, or show the page as the thing is by now."""

    def again(refused: forms.Form, status: int) -> HttpResponse:
        return _page(request, rating_for(cast("User", request.user), found.pk), refused, status=status)

    return carry_out(request, form, act, words, PageOf(reverse("rating", args=[found.pk]), again))


def _forms_for(user: User, found: Rating) -> dict[str, forms.Form]:
    """Return the forms that a rating, as it is, holds for somebody."""
    today, shown = timezone.localdate(), dict[str, forms.Form]()
    if may_object(user, found, today):
        shown["objecting"] = RatingObjectionForm(initial={"turn": found.turn})
    if office_rating(user, found) is None:
        return shown
    match found.state:
        case State.DRAFT if today > found.objections_until or has_objected(found):
            shown["proposing"] = RatingProposalForm(initial={"turn": found.turn, "letter": found.draft})
        case State.PROPOSED if found.proposed_by != user:
            proposal = proposal_of_rating(found)
            shown["deciding"] = RatingDecisionForm(initial={"proposal": proposal.pk if proposal else None})
        case State.DECIDED if (decided := proposal_of_rating(found)) is not None:
            shown["returning"] = RatingReturnForm(initial={"proposal": decided.pk})
        case State.PUBLISHED if not any(row.replaces_id == found.pk for row in editions_of(found)):
            shown["revising"] = RatingRevisionForm()
    return shown


def _page(request: HttpRequest, found: Rating, form: forms.Form | None = None, *, status: int = 200) -> HttpResponse:
    user = cast("User", request.user)
    forms_shown = _forms_for(user, found)
    refused = None  # a form that this page, as it is by now, does not show: what is wrong is said above
    if form is not None:
        again = {key: form for key, empty in forms_shown.items() if type(empty) is type(form)}
        forms_shown |= again
        refused = None if again else form
    view = law_of_rating(found)
    readings = [
        reading
        for key in ("rating_draft", "rating_years", "rating_places")
        for reading in view.readings_of(f"values.{key}")
    ]
    context = {
        "rating": found, "figures": figures_of(found, view.table("negative_list")), "labels": FIGURES.items(),
        "totals": [(key, label, sum(map(len, found.figures.get(key, {}).values()))) for key, label in FIGURES.items()],
        "first_year": found.year - cast("int", view.value("rating_years")) + 1, "acts": acts_of_rating(found),
        "editions": editions_of(found), "readings": readings, "rates": office_rating(user, found) is not None,
        "clauses": shown_clauses(dict.fromkeys(cite for reading in readings for cite in reading.cites)),
        "refused": refused, "objected": has_objected(found), "objecting": forms_shown.get("objecting"),
        "proposing": forms_shown.get("proposing"), "deciding": forms_shown.get("deciding"), "revising": forms_shown.get("revising"),
        "returning": forms_shown.get("returning"), "moved": figures_moved(found, timezone.localdate()) if "proposing" in forms_shown else [],
        "may_restrict": may_restrict(user, found, timezone.localdate()),
        "may_steward": may_steward(user, found), "stewardships": stewardships_of(found),
        "restrictions": [(row, scope_of(row), acts_words(row)) for row in restrictions_of(found)],
    }  # fmt: skip
    return render(request, "shared/rating.html", context, status=status)
