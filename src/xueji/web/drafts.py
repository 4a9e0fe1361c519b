"""What was being typed when a sign-in ended comes back after the next one: same account, same browser (docs/adr/0019).

A form that is sent too late is refused like anything a stranger sends; what it held is sealed, for the account whose
page it was typed on, into the session the sign-in starts from. When that account opens the page again the form stands
as it was typed, once, and nothing is sent. Anybody else who signs in at that browser makes it go. Passwords and files
are never kept.
"""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse, QueryDict
from django.middleware.csrf import CsrfViewMiddleware
from django.template.loader import render_to_string
from django.urls import Resolver404, resolve, reverse
from django.utils import timezone

from xueji.accounts.models import User
from xueji.sealing.texts import SealBroken, seal, unseal
from xueji.web.access import LIBRARY_VIEWS
from xueji.web.asking import came_from
from xueji.web.controls import MACHINERY, filled, sent_form
from xueji.web.persons import person_of

SLOT = "typed"  # of the session
MARKER = "<!-- typed -->"  # where the page says it (`base.html`)
_SALT = "xueji.web.drafts"
_MOST = 4  # tabs of one person
_LONGEST = 200_000  # characters of one form
_KEPT = timedelta(hours=12)

Draft = dict[str, Any]


def stamped(token: str, user: User | None) -> str:
    """Return a form's own value with the account it was made for: who typed in it is known when nobody is signed in."""
    if user is None:
        return token
    return signing.Signer(salt=_SALT).sign(f"{token}:{user.pk}")


def _owner(stamp: str) -> int | None:
    try:
        return int(signing.Signer(salt=_SALT).unsign(stamp).rpartition(":")[2])
    except (signing.BadSignature, ValueError):
        return None


def collect(request: HttpRequest) -> Draft | None:
    """Return what a form that came too late held, sealed for whose page it was; None when it is not to be kept.

    Called before the session ends. What another site sent is not taken for typed, nor what was typed for somebody else.
    """
    if request.method != "POST" or _is_large(request) or (owner := _owner(request.POST.get("once", ""))) is None:
        return None
    if (person := person_of(request)) is not None and person.pk != owner:
        return None
    if _is_the_librarys(request.path_info) or _is_forged(request):
        return None
    draft = {
        "page": came_from(request), "target": request.path, "files": list(request.FILES),
        "fields": [
            (name, values) for name, values in request.POST.lists()
            if name not in MACHINERY and "password" not in name
        ],
    }  # fmt: skip
    text = json.dumps(draft, ensure_ascii=False)
    if len(text) > _LONGEST:
        return None
    sealed = seal(text, table="session", column=SLOT, row=owner)
    return {"user": owner, "at": timezone.now().isoformat(), "sealed": b64encode(sealed).decode()}


def keep(request: HttpRequest, draft: Draft | None) -> None:
    """Lay what was typed into the session from which the person signs in again; of an earlier account nothing stays."""
    if draft is None:
        return
    others = [kept_draft for kept_draft in request.session.get(SLOT, ()) if kept_draft["user"] == draft["user"]]
    request.session[SLOT] = [*others, draft][-_MOST:]


def _is_large(request: HttpRequest) -> bool:
    """Whether a body is more than a form's worth: a stranger's upload is not read for the sake of a few fields."""
    announced = request.META.get("CONTENT_LENGTH") or "0"
    return not announced.isdecimal() or int(announced) > int(settings.DATA_UPLOAD_MAX_MEMORY_SIZE)


def _is_the_librarys(path: str) -> bool:
    try:
        return resolve(path).url_name in LIBRARY_VIEWS
    except Resolver404:
        return True


def _is_forged(request: HttpRequest) -> bool:
    """Whether the token against forgery is missing or wrong."""
    check = CsrfViewMiddleware(lambda _: HttpResponse())
    check.process_request(request)
    return check.process_view(request, None, (), {}) is not None


class Drafts:
    """Fill in what was typed before the sign-in, on the page where it was typed."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Look for something typed on this page; give it back in the page that comes."""
        if request.method != "GET" or not request.session.accessed or SLOT not in request.session:
            return self.get_response(request)
        if person_of(request) is None:
            return self.get_response(request)
        mine = _opened(request)
        here = [draft for draft in mine if draft["page"] == request.get_full_path()]
        elsewhere = (
            [draft["page"] for draft in mine if draft not in here]
            if request.path in (reverse("desk"), reverse("applicant:home"))
            else []
        )
        request.typed = bool(here or elsewhere)  # type: ignore[attr-defined]  # the page leaves room for the notice
        answer = self.get_response(request)
        if request.typed and _is_page(answer):  # type: ignore[attr-defined]  # set above
            _give_back(request, answer, here, elsewhere)
        return answer


def _is_page(answer: HttpResponse) -> bool:
    return answer.status_code == 200 and not answer.streaming and answer.get("Content-Type", "").startswith("text/html")


def _opened(request: HttpRequest) -> list[Draft]:
    """Return what this person typed; what is old, of another account or does not open is gone from the session."""
    mine, since, person = [], timezone.now() - _KEPT, person_of(request)
    assert person is not None
    for draft in request.session[SLOT]:
        if draft["user"] != person.pk or datetime.fromisoformat(draft["at"]) < since:
            continue
        try:
            text = unseal(b64decode(draft["sealed"]), table="session", column=SLOT, row=person.pk)
        except SealBroken:
            continue
        mine.append(json.loads(text) | {"kept": draft})
    if len(mine) != len(request.session[SLOT]):
        _leave(request, mine)
    return mine


def _leave(request: HttpRequest, drafts: list[Draft]) -> None:
    if drafts:
        request.session[SLOT] = [draft["kept"] for draft in drafts]
    else:
        del request.session[SLOT]


def _give_back(request: HttpRequest, answer: HttpResponse, here: list[Draft], elsewhere: list[str]) -> None:
    """Fill the forms in, say so on the page, and let what was given back go."""
    html, lost = answer.content.decode(answer.charset), []
    for draft in here:
        sent = QueryDict(mutable=True)
        for name, values in draft["fields"]:
            sent.setlist(name, values)
        form = sent_form(html, request.path, draft["target"], sent)
        if form is None:
            lost += [value for _, values in draft["fields"] for value in values if any(ord(c) > 0x2E80 for c in value)]
        else:
            html = filled(html, form, sent, draft["files"])
    notice = {"is_back": bool(here), "lost": list(dict.fromkeys(lost)), "elsewhere": list(dict.fromkeys(elsewhere))}
    html = html.replace(MARKER, render_to_string("_components/typed.html", notice), 1)
    answer.content = html.encode(answer.charset)
    if answer.has_header("Content-Length"):
        answer["Content-Length"] = str(len(answer.content))
    if here:
        given = [draft["kept"] for draft in here]
        left = [draft for draft in request.session[SLOT] if draft not in given]
        request.session[SLOT] = left
        if not left:
            del request.session[SLOT]
