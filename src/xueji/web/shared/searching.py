"""The search box in the head of every page: one place to ask for a person, a paper, a school or a batch.

What was typed is sent in the body and kept sealed in the session under a word that says nothing: no address, no log and
no history of a browser has it, and «back» and «reload» show the answer again without asking to send anything.
"""

from __future__ import annotations

import secrets
from base64 import b64decode, b64encode
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from xueji.accounts.permissions import Permission, Sight
from xueji.core.sought import LONGEST, Sought, SoughtKind, read_sought
from xueji.institutions.actions_search import record_search
from xueji.sealing.texts import SealBroken, seal, unseal
from xueji.web.access import signed_in
from xueji.web.finding.kinds import MOST, Seeker, find_all, kinds_for
from xueji.web.forms import require_valid
from xueji.web.identity import WORDS
from xueji.web.once import once_by_nature

_SLOT = "searches"  # of the session
_KEPT = 8  # windows of one person


class SearchForm(forms.Form):
    """What is searched for."""

    sought = forms.CharField(label="查找内容", max_length=LONGEST, required=False)


@require_http_methods(["GET", "POST"])
@signed_in("everybody searches what their own posts let them see; each kind asks for its own permission")
@once_by_nature("searching changes nothing, and each search is noted")
def search(request: HttpRequest) -> HttpResponse:
    """Take what was typed, note that it is searched for, and lead to the answer; show the answer."""
    if request.method != "POST":
        return _answer(request)
    form = SearchForm(request.POST)
    require_valid(form)
    sought = read_sought(form.cleaned_data["sought"])
    record_search(sought=sought, by=request.user, at=timezone.now())
    return redirect(f"{reverse('search')}?of={_keep(request, sought.words)}")


def _answer(request: HttpRequest) -> HttpResponse:
    seeker, asked = Seeker(request.user), request.GET.get("of", "")
    words = _kept(request, asked) if asked else ""
    context: dict[str, Any] = {
        "kinds": kinds_for(seeker), "most": MOST, "is_gone": bool(asked) and not words, "sought": None,
        "word": WORDS[seeker.sight], "ways": _ways(seeker),
    }  # fmt: skip
    if words:
        sought = read_sought(words)
        context |= {
            "sought": sought, "groups": find_all(seeker, sought), "read_as": _read_as(sought),
            "no_tails": sought.kind == SoughtKind.TAIL and seeker.sight != Sight.TAIL,
        }  # fmt: skip
    return render(request, "shared/search.html", context)


def _ways(seeker: Seeker) -> list[str]:
    """Return by what this person finds things, in words."""
    ways = []
    if Permission.VIEW_REGISTER in seeker.may:
        tail = "、证件号后四位" if seeker.sight == Sight.TAIL else ""
        ways.append(f"学生：姓名（可只输开头两个字）、完整证件号、学籍号{tail}")
    if Permission.VIEW_BATCHES in seeker.may:
        ways.append("证书：证书编号，或与证书上一致的姓名")
    if Permission.WATCH_BLANKS in seeker.may:
        ways.append("空白证书：完整流水码")
    ways.append("学校：校名中的几个字，或学校标识码")
    if Permission.VIEW_BATCHES in seeker.may:
        ways.append("批次：届次、校名，例如「2026届春季」「2026届 渭河」")
    return ways


def _read_as(sought: Sought) -> str:
    """Return how the words were read; a whole ID number is not repeated."""
    if sought.kind == SoughtKind.STUDENT_NUMBER:
        return "完整的学籍号"
    if sought.is_closed:
        return "完整的号码（不在页面上重复）"
    return f"「{sought.words}」"


def _keep(request: HttpRequest, words: str) -> str:
    """Lay the words sealed into the session; return by what they are found there."""
    token = secrets.token_urlsafe(9)
    sealed = b64encode(seal(words, table="session", column=_SLOT, row=request.user.pk)).decode()
    request.session[_SLOT] = [*request.session.get(_SLOT, ()), [token, sealed]][-_KEPT:]
    return token


def _kept(request: HttpRequest, token: str) -> str:
    """Return what was searched for under a word of this session; empty when it is there no longer."""
    sealed = dict(request.session.get(_SLOT, ())).get(token)
    if sealed is None:
        return ""
    try:
        return unseal(b64decode(sealed), table="session", column=_SLOT, row=request.user.pk)
    except SealBroken:
        return ""
