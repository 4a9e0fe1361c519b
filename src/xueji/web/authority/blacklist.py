"""The blacklist as the office keeps it: proposed from a refused application, heard, decided and taken off by two, letters printed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, cast
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from xueji.accounts.models import User
from xueji.accounts.permissions import Permission as P
from xueji.applications.blacklist_actions import (
    answer_listing,
    draft_listing,
    propose_listing,
    propose_removal,
    record_letter_fetch,
    record_service,
    settle_listing,
    settle_removal,
)
from xueji.applications.blacklist_paper_queries import filled_letter, letter_spec, letters_of_entry
from xueji.applications.blacklist_queries import (
    acts_of_entry,
    answer_picture,
    blacklist_of,
    entry_for,
    entry_of,
    forged_in,
    last_day_to_answer,
    law_of_entry,
    may_answer,
    may_take_down,
    refused_for_forgery,
)
from xueji.applications.models import BlacklistEntry
from xueji.core.errors import NotFound
from xueji.core.findings import Citation
from xueji.documents.render import render_letter
from xueji.ledger.tags import EventTag
from xueji.web.access import requires, takes_upload
from xueji.web.blacklist_forms import (
    CounterAnswerForm,
    ListingDecisionForm,
    ListingDraftForm,
    ListingForm,
    NoticeServedForm,
    RemovalForm,
)
from xueji.web.carrying import REFUSALS, PageOf, carry_out
from xueji.web.clauses import shown_clauses
from xueji.web.forms import add_refusal, posted
from xueji.web.listing import made_answer, page_of, stored_answer
from xueji.web.looks import note_look

State = BlacklistEntry.State
Act = Callable[[BlacklistEntry, Mapping[str, Any], Mapping[str, Any]], object]
_LONGEST_SEARCH = 60


@dataclass(frozen=True, slots=True)
class EntryStep:
    """One thing an office does about an entry: in which state, by which form, what it is called."""

    state: State
    form: type[forms.Form]
    title: str
    button: str
    act: Act
    is_danger: bool = False


STEPS: Mapping[str, EntryStep] = {
    "service": EntryStep(
        State.PROPOSED, NoticeServedForm, "送达告知书", "记录送达",
        lambda entry, typed, given: record_service(entry=entry, served_on=typed["served_on"], **given),
    ),
    "draft": EntryStep(
        State.PROPOSED, ListingDraftForm, "拟定决定", "拟定，由另一人决定",
        lambda entry, typed, given: draft_listing(entry=entry, would_list=typed["would_list"] == "yes", **given),
    ),
    "decision": EntryStep(
        State.DRAFTED, ListingDecisionForm, "决定", "提交",
        lambda entry, typed, given: settle_listing(
            entry=entry, seen=typed["seen"], agrees=typed["agrees"] == "yes", **given
        ),
        is_danger=True,
    ),
    "removal": EntryStep(
        State.LISTED, RemovalForm, "到期以前移出", "提出移出，由另一人决定",
        lambda entry, _, given: propose_removal(entry=entry, **given),
    ),
    "removal-decision": EntryStep(
        State.LEAVING, ListingDecisionForm, "移出的决定", "提交",
        lambda entry, typed, given: settle_removal(
            entry=entry, seen=typed["seen"], agrees=typed["agrees"] == "yes", **given
        ),
        is_danger=True,
    ),
}  # fmt: skip


@require_GET
@requires(P.DECIDE_CASES)
def blacklist(request: HttpRequest) -> HttpResponse:
    """List the entries of the office, whatever became of them."""
    search = request.GET.get("q", "")[:_LONGEST_SEARCH]
    page = page_of(request, blacklist_of(_user(request), search))
    return render(request, "authority/blacklist.html", {"page": page, "q": search, "today": timezone.localdate()})


@require_http_methods(["GET", "POST"])
@requires(P.DECIDE_CASES)
def new_blacklist_entry(request: HttpRequest, forged_application_id: UUID) -> HttpResponse:
    """Propose the applicant of an application that was refused as forged; one who was proposed already is shown."""
    application = refused_for_forgery(_user(request), forged_application_id)
    if (entry := entry_of(application)) is not None:
        return redirect("authority:blacklist_entry", entry.pk)
    form, status = ListingForm(posted(request), forged=forged_in(application)), 200
    if form.is_bound and form.is_valid():
        try:
            entry = propose_listing(
                application=application, forgery=form.forgery(), by=_user(request), at=timezone.now()
            )
        except REFUSALS as error:
            add_refusal(form, error)
            status = error.http_status
        else:
            messages.success(
                request, f"已告知{application.applicant.name}，{entry.answer_until:%Y-%m-%d} 以前可以陈述申辩"
            )
            return redirect("authority:blacklist_entry", entry.pk)
    elif form.is_bound:
        status = 422
    context = {"application": application, "form": form}
    return render(request, "authority/new_blacklist_entry.html", context, status=status)


@require_GET
@requires(P.DECIDE_CASES)
def blacklist_entry(request: HttpRequest, blacklist_entry_id: UUID) -> HttpResponse:
    """Show an entry with all that was done, its letters, and what the person may do about it."""
    return _page(request, entry_for(_user(request), blacklist_entry_id))


@require_POST
@requires(P.DECIDE_CASES)
def blacklist_step(request: HttpRequest, blacklist_entry_id: UUID, blacklist_step: str) -> HttpResponse:
    """Draft, decide, propose to take off, take off: what the address says."""
    entry = entry_for(_user(request), blacklist_entry_id)
    if (step := STEPS.get(blacklist_step)) is None:
        raise NotFound
    form = step.form(request.POST)

    def act() -> None:
        step.act(entry, form.cleaned_data, _given(request, form))

    return _done(request, entry, blacklist_step, form, act)


@takes_upload("MAX_PICTURES_BYTES")
@require_POST
@requires(P.SERVE_AT_COUNTER)
def blacklist_answer(request: HttpRequest, blacklist_entry_id: UUID) -> HttpResponse:
    """Take down at the counter what the person says."""
    entry = entry_for(_user(request), blacklist_entry_id)
    form = CounterAnswerForm(request.POST, request.FILES)

    def act() -> None:
        answer_listing(entry=entry, picture=form.picture_bytes(), **_given(request, form))

    return _done(request, entry, "answer", form, act)


@require_GET
@requires(P.FETCH_DOCUMENTS)
def blacklist_letter(request: HttpRequest, blacklist_entry_id: UUID, letter_key: str) -> FileResponse:
    """Print a letter of an entry; that it was taken is in the ledger first."""
    entry = entry_for(_user(request), blacklist_entry_id)
    spec, data = letter_spec(entry, letter_key, timezone.localdate()), filled_letter(entry, letter_key)
    assert data.issued_on is not None
    pdf = render_letter(spec, data, issued_on=data.issued_on).pdf
    record_letter_fetch(entry=entry, title=spec.title, by=_user(request), at=timezone.now())
    return made_answer(pdf, f"{spec.title} {entry.application.receipt}.pdf", "application/pdf", inline=True)


@require_GET
@requires(P.FETCH_DOCUMENTS)
def blacklist_picture(request: HttpRequest, blacklist_entry_id: UUID, blacklist_act_id: int) -> HttpResponse:
    """Show the picture of an answer; that it was looked at goes into the ledger."""
    entry = entry_for(_user(request), blacklist_entry_id)
    answer = answer_picture(entry, blacklist_act_id)
    note_look(request, EventTag.MATERIAL_VIEWED, answer, school_id=None, parent=entry)
    return stored_answer(answer.file, f"{blacklist_act_id}.jpg", inline=True)


def _user(request: HttpRequest) -> User:
    return cast("User", request.user)


def _given(request: HttpRequest, form: forms.Form) -> dict[str, Any]:
    return {"statement": form.cleaned_data["statement"], "by": request.user, "at": timezone.now()}


def _done(
    request: HttpRequest, entry: BlacklistEntry, key: str, form: forms.Form, act: Callable[[], object]
) -> HttpResponse:
    def again(refused: forms.Form, status: int) -> HttpResponse:
        return _page(request, entry_for(_user(request), entry.pk), {key: refused}, status=status)

    address = reverse("authority:blacklist_entry", args=[entry.pk])
    return carry_out(request, form, act, "已办理", PageOf(address, again))


def _steps_of(
    entry: BlacklistEntry, seen: int, last: date | None, refused: Mapping[str, forms.Form]
) -> list[tuple[str, EntryStep, forms.Form]]:
    """Return what may be done about an entry as it is, each with its form, the refused one as it was typed."""
    shown, is_answering = [], may_answer(entry, last, timezone.localdate())
    for key, step in STEPS.items():
        if entry.state != step.state or (key == "draft" and is_answering) or (key == "service" and last is not None):
            continue
        shown.append((key, step, refused.get(key) or step.form(initial={"seen": seen})))
    return shown


def _page(
    request: HttpRequest, entry: BlacklistEntry, refused: Mapping[str, forms.Form] | None = None, *, status: int = 200
) -> HttpResponse:
    refused, today, acts, last = refused or {}, timezone.localdate(), acts_of_entry(entry), last_day_to_answer(entry)
    steps = _steps_of(entry, acts[-1].pk, last, refused)
    answering = None
    if may_answer(entry, last, today) and may_take_down(entry, _user(request)):
        answering = refused.get("answer", CounterAnswerForm())
    drawn = {key for key, _, _ in steps} | ({"answer"} if answering else set())
    lost = next((form for key, form in refused.items() if key not in drawn), None)
    readings = [
        reading
        for key in ("blacklist_answer_days", "blacklist_years", "blacklist_name")
        for reading in law_of_entry(entry).readings_of(f"values.{key}")
    ]
    context = {
        "entry": entry, "application": entry.application, "acts": acts, "steps": steps, "answering": answering,
        "letters": letters_of_entry(entry, today), "is_over": entry.is_published and not entry.is_in_force(today), "lost": lost,
        "readings": readings, "last_day": last, "clauses": shown_clauses([Citation.read(text) for text in entry.cites]),
    }  # fmt: skip
    return render(request, "authority/blacklist_entry.html", context, status=status)
