"""The notice board: what authorities tell all below them; an officer publishes and withdraws on the board of their own."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from xueji.accounts.permissions import Permission as P
from xueji.core.errors import BadInput, Conflict, NotFound
from xueji.institutions.actions_notices import LONGEST_TEXT, LONGEST_TITLE, publish_notice, withdraw_notice
from xueji.institutions.models import Authority
from xueji.institutions.queries import authorities_granting
from xueji.institutions.queries.inbox import notices_for
from xueji.web.access import requires, signed_in
from xueji.web.forms import DayField, add_refusal
from xueji.web.listing import page_of

_ON_A_PAGE = 20


class NoticeForm(forms.Form):
    """What is told, whose board it stands on, until when."""

    authority = forms.ChoiceField(label="发布单位")
    title = forms.CharField(label="标题", max_length=LONGEST_TITLE)
    text = forms.CharField(label="内容", max_length=LONGEST_TEXT, widget=forms.Textarea(attrs={"rows": 8}))
    until = DayField("notice", label="公布到", help_text="过了这一天不再显示在工作台，仍在公告栏里")

    def __init__(self, *args: Any, places: list[Authority], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [(str(place.pk), place.name) for place in places]
        self.fields["authority"] = forms.ChoiceField(label="发布单位", choices=choices)


@require_GET
@signed_in("what authorities tell everybody below them")
def notices(request: HttpRequest) -> HttpResponse:
    """List the notices of the authorities above the person, those in force and past ones."""
    today = timezone.localdate()
    boards = {place.pk for place in _own_boards(request)}
    page = page_of(request, notices_for(request.user), _ON_A_PAGE)
    page.object_list = [
        {"notice": notice, "is_shown": notice.is_shown_on(today), "is_own": notice.authority_id in boards}
        for notice in page.object_list
    ]
    return render(request, "shared/notices.html", {"page": page, "may_publish": bool(boards)})


@require_http_methods(["GET", "POST"])
@requires(P.WATCH_DUTIES)
def new_notice(request: HttpRequest) -> HttpResponse:
    """Publish a notice on the board of the person's own authority."""
    places = _own_boards(request)
    form = NoticeForm(request.POST or None, places=places)
    if request.method == "POST" and form.is_valid():
        chosen = next((place for place in places if str(place.pk) == form.cleaned_data["authority"]), None)
        if chosen is None:
            raise NotFound
        what = {name: form.cleaned_data[name] for name in ("title", "text", "until")}
        try:
            publish_notice(authority=chosen, by=request.user, at=timezone.now(), **what)
        except (BadInput, Conflict) as error:
            add_refusal(form, error)
        else:
            messages.success(request, f"已发布：下级单位和学校在工作台和收件箱看到「{what['title']}」")
            return redirect("notices")
    return render(request, "shared/new_notice.html", {"form": form}, status=422 if form.errors else 200)


@require_POST
@requires(P.WATCH_DUTIES)
def notice_withdrawal(request: HttpRequest) -> HttpResponse:
    """Take a notice from the board."""
    key = request.POST.get("notice", "")
    if not key.isdecimal() or len(key) > 18:
        raise BadInput("没有选中公告，请回到公告栏再选")
    event = withdraw_notice(notice=int(key), by=request.user, at=timezone.now())
    messages.success(request, f"已撤回「{event.after['title']}」，各单位的工作台不再显示")
    return redirect("notices")


def _own_boards(request: HttpRequest) -> list[Authority]:
    return authorities_granting(request.user, P.WATCH_DUTIES)
