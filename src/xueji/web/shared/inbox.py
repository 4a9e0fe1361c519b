"""The inbox of staff: what others did that concerns them, new and read, and how many are new, in the head of every page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from xueji.cases.queries import cases_of_messages
from xueji.core.errors import NotFound
from xueji.institutions.actions_notices import mark_inbox_read
from xueji.institutions.queries.inbox import MOST, after_of, inbox_of, read_up_to, unread_in_inbox, withdrawn_among
from xueji.ledger.models import Event
from xueji.ledger.tags import EventTag
from xueji.web.access import signed_in
from xueji.web.inbox_kinds import KINDS, InboxKind, case_id_of, kind_of
from xueji.web.listing import page_of
from xueji.web.once import once_by_nature

_ON_A_PAGE = 20
_MOST_SHOWN = 99  # beside the bell


@dataclass(frozen=True, slots=True)
class InboxLine:
    """One message as the page shows it."""

    event: Event
    kind: InboxKind
    what: str  # the act in words
    about: str
    note: str
    is_new: bool


class InboxFilter(forms.Form):
    """Which messages to show."""

    kind = forms.ChoiceField(
        label="种类", required=False, choices=[("", "全部"), *((kind.key, kind.label) for kind in KINDS)]
    )
    show = forms.ChoiceField(label="阅读", required=False, choices=[("", "全部"), ("new", "只看未读")])


@require_GET
@signed_in("everybody's own messages")
def inbox(request: HttpRequest) -> HttpResponse:
    """List what the person was told, the newest first; with `open`, lead to what a message speaks of."""
    received, read = inbox_of(request.user), read_up_to(request.user)
    if wanted := request.GET.get("open"):
        return _opened(request, received, wanted)
    form = InboxFilter(request.GET)
    chosen = form.cleaned_data if form.is_valid() else {"kind": "", "show": ""}
    rows = [
        event for event in received
        if (not chosen["kind"] or kind_of(event).key == chosen["kind"]) and (not chosen["show"] or event.pk > read)
    ]  # fmt: skip
    page = page_of(request, rows, _ON_A_PAGE)
    page.object_list = _lines(page.object_list, read)
    context = {
        "form": form, "page": page, "is_filtered": any(chosen.values()), "most": MOST,
        "unread": sum(event.pk > read for event in received), "newest": received[0].pk if received else 0,
    }  # fmt: skip
    return render(request, "shared/inbox.html", context)


@require_GET
@signed_in("how many of one's own messages are new")
def inbox_count(request: HttpRequest) -> HttpResponse:
    """Say how many messages are new: asked by the bell once the page stands, so that no page waits for it."""
    unread = unread_in_inbox(request.user)
    return render(request, "shared/_inbox_count.html", {"unread": unread, "most": _MOST_SHOWN})


@require_POST
@signed_in("how far one has read is one's own affair")
@once_by_nature("what is read already stays read")
def inbox_read(request: HttpRequest) -> HttpResponse:
    """Take everything up to the newest message of the page as read; what came since stays new."""
    known = {event.pk for event in inbox_of(request.user)}
    newest = request.POST.get("newest", "")
    if newest.isdecimal() and int(newest) in known:
        mark_inbox_read(up_to=int(newest), by=request.user)
        messages.success(request, "已全部标为已读")
    return redirect("inbox")


def _opened(request: HttpRequest, received: Sequence[Event], wanted: str) -> HttpResponse:
    event = next((event for event in received if str(event.pk) == wanted), None)
    if event is None:
        raise NotFound
    return redirect(kind_of(event).url(event, request.user))


def _lines(events: Sequence[Event], read: int) -> list[InboxLine]:
    """Return messages with the titles of the cases they speak of: one question, however many there are.

    A notice that was withdrawn shows no text here either.
    """
    cases = cases_of_messages({case_id for event in events if (case_id := case_id_of(event)) is not None})
    withdrawn = withdrawn_among(events)
    lines = []
    for event in events:
        case = cases.get(case_id_of(event) or 0)
        lines.append(
            InboxLine(
                event=event, kind=kind_of(event), what=EventTag(event.tag).label,
                note="已撤回" if event.pk in withdrawn else event.note,
                about=case.title if case else _about(event), is_new=event.pk > read,
            )
        )  # fmt: skip
    return lines


def _about(event: Event) -> str:
    """Return what an event speaks of: a notice by its title, a season or anything else by its own words."""
    after = after_of(event)
    return str(after.get("title") or after.get("season") or event.subject_label)
