"""The own account: the number, who it belongs to, where it is signed in, the way out."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from xueji.accounts.applicant_actions import sign_out_applicant
from xueji.accounts.queries import sign_ins_of
from xueji.web.access import for_applicants


@for_applicants("the own account")
@require_GET
def account(request: HttpRequest) -> HttpResponse:
    """Show the account and where it is signed in."""
    applicant = request.applicant
    context = {
        "applicant": applicant, "sign_ins": list(sign_ins_of(applicant.user)), "this_sign_in": request.sign_in,
    }  # fmt: skip
    return render(request, "applicant/account.html", context)


@for_applicants("ends the own sessions")
@require_POST
def sign_out_everywhere(request: HttpRequest) -> HttpResponse:
    """End every session of the account, this one too."""
    applicant = request.applicant
    sign_out_applicant(applicant=applicant, by=applicant.user, at=timezone.now())
    request.session.flush()
    messages.success(request, "所有设备上都已退出登录")
    return redirect("applicant:sign_in")
