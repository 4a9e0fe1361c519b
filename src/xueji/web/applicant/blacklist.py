"""The blacklist as the person it is about sees it: what is held against them, until when they may answer, what was decided."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods

from xueji.applications.blacklist_actions import answer_listing
from xueji.applications.blacklist_queries import (
    acts_of_entry,
    answer_picture,
    days_to_answer,
    last_day_to_answer,
    may_answer,
    own_entry_for,
)
from xueji.applications.models import BlacklistAct
from xueji.applications.review_actions import OBJECTION
from xueji.core.findings import Citation
from xueji.web.access import for_applicants, takes_upload
from xueji.web.blacklist_forms import ListingAnswerForm
from xueji.web.carrying import REFUSALS
from xueji.web.clauses import shown_clauses
from xueji.web.forms import add_refusal, posted
from xueji.web.listing import stored_answer

Kind = BlacklistAct.Kind
_OWN = "the own entry; another's is not found"
_DECISIONS = (Kind.DROPPED, Kind.LISTED, Kind.REMOVED)


@takes_upload("MAX_PICTURES_BYTES")
@for_applicants(_OWN)
@require_http_methods(["GET", "POST"])
def own_entry(request: HttpRequest, own_entry_id: UUID) -> HttpResponse:
    """Show what is held against the person; take what they answer, as long as they may."""
    entry, today, status = own_entry_for(request.applicant, own_entry_id), timezone.localdate(), 200
    form = ListingAnswerForm(posted(request), request.FILES or None)
    if form.is_bound and form.is_valid():
        try:
            answer_listing(
                entry=entry, statement=form.cleaned_data["statement"], picture=form.picture_bytes(),
                by=request.applicant.user, at=timezone.now(),
            )  # fmt: skip
        except REFUSALS as error:
            add_refusal(form, error)
            status = error.http_status
        else:
            messages.success(request, "您的陈述申辩已经提交")
            return redirect("applicant:own_entry", entry.pk)
    elif form.is_bound:
        status = 422
    acts, last = acts_of_entry(entry), last_day_to_answer(entry)
    context = {
        "entry": entry, "last_day": last, "days": days_to_answer(entry), "objection": OBJECTION,
        "form": form if form.is_bound or may_answer(entry, last, today) else None,
        "is_over": entry.is_published and not entry.is_in_force(today), "answers": [act for act in acts if act.kind == Kind.ANSWERED],
        "decisions": [act for act in acts if act.kind in _DECISIONS],
        "clauses": shown_clauses([Citation.read(text) for text in entry.cites]),
    }  # fmt: skip
    return render(request, "applicant/blacklist.html", context, status=status)


@for_applicants("the picture of an own answer; another's is not found")
@require_GET
def own_answer(request: HttpRequest, own_entry_id: UUID, own_answer_id: int) -> HttpResponse:
    """Show the picture of an answer to whoever it is from."""
    answer = answer_picture(own_entry_for(request.applicant, own_entry_id), own_answer_id)
    return stored_answer(answer.file, f"{own_answer_id}.jpg", inline=True)
