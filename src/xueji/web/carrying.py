"""An act that a form of a page asks for: done, or the page again with what was typed and what is wrong."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import redirect

from xueji.accounts.permissions import Permission as P
from xueji.core.errors import BadInput, Conflict, NotPermitted
from xueji.institutions.queries import permissions_of, pick
from xueji.web.downloads import stored_paper
from xueji.web.forms import add_refusal

REFUSALS = (BadInput, Conflict, NotPermitted)


@dataclass(frozen=True, slots=True)
class PageOf:
    """The page of one thing: its address, and how it is drawn as the thing is by now, with a form that was refused."""

    address: str
    again: Callable[[forms.Form, int], HttpResponse]


def carry_out(
    request: HttpRequest, form: forms.Form, act: Callable[[], object], words: str, shown: PageOf
) -> HttpResponse:
    """Do what a form asks for, say so in `words` and show the page; what was typed comes back with what is wrong."""
    if not form.is_valid():
        return shown.again(form, 422)
    try:
        act()
    except REFUSALS as error:
        add_refusal(form, error)
        return shown.again(form, error.http_status)
    messages.success(request, words)
    return redirect(shown.address)


def send_paper_of_act(request: HttpRequest, subject: Any, act_id: int) -> FileResponse:
    """Send the paper somebody added to an act on a finding or a rating; that it was taken is in the ledger."""
    if P.FETCH_DOCUMENTS not in permissions_of(request.user):
        raise NotPermitted("本岗位不能查看证明材料")
    act = pick(subject.acts.filter(file__isnull=False).select_related("file"), act_id)
    return stored_paper(request, act.file, act.file_name, subject=subject, school=subject.school, persons=1)
