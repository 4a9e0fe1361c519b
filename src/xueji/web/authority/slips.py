"""First passwords of many accounts as slips: drawn, printed and handed over once; nothing readable is kept."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from xueji.accounts.models import User
from xueji.accounts.permissions import Permission as P
from xueji.core.errors import XuejiError
from xueji.documents.render import Slip, render_slips
from xueji.institutions.account_actions import MOST_AT_ONCE, hand_out_passwords
from xueji.institutions.models import Appointment
from xueji.institutions.queries import accounts_visible_to, appointments_on, by_place, without_password
from xueji.web.access import requires
from xueji.web.forms import add_refusal, posted
from xueji.web.listing import made_answer


class SlipsForm(forms.Form):
    """Whose slips are printed: of those on the page, the ticked ones."""

    ids = forms.MultipleChoiceField(
        label="账号",
        error_messages={"required": "没有勾选任何人", "invalid_choice": "所选的账号已经有密码，请刷新后再选"},
    )

    def __init__(self, *args: Any, users: list[User], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["ids"].choices = [(str(user.pk), user.full_name) for user in users]  # type: ignore[attr-defined]  # a field of choices


@require_http_methods(["GET", "POST"])
@requires(P.MANAGE_ACCOUNTS)
def slips(request: HttpRequest) -> HttpResponse:
    """List accounts without a password, place by place; draw one for each that is ticked and answer with the slips."""
    search = request.GET.get("q", "").strip()
    waiting = by_place(without_password(accounts_visible_to(request.user)), search)
    users = list(waiting[:MOST_AT_ONCE])
    form = SlipsForm(posted(request), users=users)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                return _printed(request, [user for user in users if str(user.pk) in form.cleaned_data["ids"]])
            except XuejiError as error:
                add_refusal(form, error)
                status = error.http_status
    ticked = set(request.POST.getlist("ids")) if form.is_bound else {str(user.pk) for user in users}
    posts = appointments_on([user.pk for user in users], timezone.localdate())
    rows = [{"account": user, "posts": posts.get(user.pk, []), "is_ticked": str(user.pk) in ticked} for user in users]
    context = {
        "form": form, "rows": rows, "q": search, "waiting_count": waiting.count(), "most": MOST_AT_ONCE,
        "hours": settings.ISSUED_PASSWORD_HOURS,
    }  # fmt: skip
    return render(request, "authority/slips.html", context, status=status)


def _printed(request: HttpRequest, users: list[User]) -> HttpResponse:
    """Draw the passwords and print them in one act: what cannot be printed changes nobody's account."""
    at = timezone.now()
    posts = appointments_on([user.pk for user in users], timezone.localdate(at))
    with transaction.atomic():
        issued = hand_out_passwords(users=users, by=request.user, at=at)
        made = [
            Slip(user.full_name, _place(posts.get(user.pk, [])), user.username, password) for user, password in issued
        ]
        pdf = render_slips(
            made, address=settings.SITE_URL, hours=settings.ISSUED_PASSWORD_HOURS, issued_on=timezone.localdate(at)
        )
    return made_answer(pdf, f"密码条{len(made)}张.pdf", "application/pdf", inline=True)


def _place(posts: list[Appointment]) -> str:
    return "；".join(f"{post.school or post.authority} {post.get_post_display()}" for post in posts)
