"""In by a phone number and a one-time code, and out again. No answer tells whether a number has an account."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from xueji.accounts.applicant_actions import (
    CODE_LIFE,
    Entry,
    phone_of,
    send_sign_in_code,
    sign_in_applicant,
    sign_out_applicant,
)
from xueji.accounts.guard import address_of, device_of
from xueji.accounts.receivers import APPLICANT_KEY
from xueji.core.errors import BadInput, Conflict
from xueji.messaging.queries import is_shown_here
from xueji.web.access import for_applicants, open_to_all
from xueji.web.forms import posted
from xueji.web.once import once_by_nature
from xueji.web.persons import applicant_of

_OPEN = "whoever has a phone may ask for a code; nothing tells whether a number has an account"


class PhoneForm(forms.Form):
    """The number a code is sent to."""

    phone = forms.CharField(
        label="手机号",
        max_length=20,
        widget=forms.TextInput(attrs={"type": "tel", "inputmode": "numeric", "autocomplete": "tel-national"}),
    )

    def clean_phone(self) -> str:
        """Refuse what no mobile phone has."""
        try:
            return phone_of(self.cleaned_data["phone"])
        except BadInput as refused:
            raise forms.ValidationError(refused.message, code="phone") from refused


class CodeForm(PhoneForm):
    """The code that came, and what an account of a known person asks besides."""

    code = forms.CharField(
        label="短信验证码",
        max_length=6,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "one-time-code"}),
    )
    tail = forms.CharField(
        label="本人证件号码的后六位", required=False, max_length=6,
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "characters"}),
        help_text="这个账号已经核验过身份，再确认一次是本人",
    )  # fmt: skip
    is_new_holder = forms.BooleanField(
        label="这个号码是我新办的，原来的账号不是我的", required=False,
        help_text="勾选后另开一个账号；原来的申请不会转给您，原使用人可到窗口办理",
    )  # fmt: skip


@open_to_all(_OPEN)
@once_by_nature("a code signs in once")
@never_cache
@require_http_methods(["GET", "POST"])
def sign_in(request: HttpRequest) -> HttpResponse:
    """Ask for the number; then take the code that was sent there."""
    wanted = wanted_page(request)
    if applicant_of(request) is not None:
        return redirect(wanted)
    if request.method == "GET":
        return _page(request, PhoneForm(), wanted)
    _require_no_staff(request)
    form = CodeForm(request.POST)
    if not form.is_valid():
        return _page(request, form, wanted, status=422)
    entry = sign_in_applicant(
        phone=form.cleaned_data["phone"], code=form.cleaned_data["code"], tail=form.cleaned_data["tail"],
        is_new_holder=form.cleaned_data["is_new_holder"], at=timezone.now(), address=address_of(request),
        device=device_of(request),
    )  # fmt: skip
    if entry.sign_in is None:
        return _asked_again(request, form, entry, wanted)
    request.session.cycle_key()
    request.session[APPLICANT_KEY] = str(entry.sign_in.pk)
    return redirect(wanted)


def _asked_again(request: HttpRequest, form: CodeForm, entry: Entry, wanted: str) -> HttpResponse:
    """Show the form again with what was wrong; the question about the person once the code was right."""
    field = "tail" if entry.asks_tail else "code"
    form.add_error(field, entry.problem)
    return _page(request, form, wanted, status=422, asks_tail=entry.asks_tail)


@open_to_all(_OPEN)
@once_by_nature("a code asked for anew is another code; the limits of the sending hold")
@never_cache
@require_http_methods(["GET", "POST"])
def sign_in_code(request: HttpRequest) -> HttpResponse:
    """Send a code to whatever number was typed, and show where to fill it in."""
    if request.method == "GET":
        return redirect("applicant:sign_in")
    _require_no_staff(request)
    wanted, form = wanted_page(request), PhoneForm(request.POST)
    if not form.is_valid():
        return _page(request, form, wanted, status=422)
    again, problem = CodeForm(initial=form.cleaned_data), ""
    try:
        send_sign_in_code(
            phone=form.cleaned_data["phone"], address=address_of(request) or "", by=None, at=timezone.now()
        )
    except Conflict as refused:  # the one sent before still counts
        problem = refused.message
    return _page(request, again, wanted, status=409 if problem else 200, problem=problem)


def _page(
    request: HttpRequest,
    form: forms.Form,
    wanted: str,
    *,
    status: int = 200,
    problem: str = "",
    asks_tail: bool = False,
) -> HttpResponse:
    asks_code = isinstance(form, CodeForm)
    context = {
        "form": form, "next": wanted, "problem": problem, "asks_code": asks_code, "asks_tail": asks_tail,
        "is_sent": asks_code and not problem and not form.is_bound, "is_shown_here": is_shown_here(),
        "minutes": CODE_LIFE.seconds // 60,
    }  # fmt: skip
    return render(request, "applicant/sign_in.html", context, status=status)


def _require_no_staff(request: HttpRequest) -> None:
    if request.user.is_authenticated:
        raise Conflict("这个浏览器上登录着工作人员的账号；请先退出，再以申请人登录")


def wanted_page(request: HttpRequest) -> str:
    """Return the page to go on to: one of the portal, or its first."""
    sent = posted(request) or request.GET
    path = sent.get("next", "")
    is_ours = url_has_allowed_host_and_scheme(path, allowed_hosts=None) and path.startswith("/my/")
    return path if is_ours else "/my/"


@for_applicants("ends the own session")
@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """End the session of this browser."""
    applicant = request.applicant
    sign_out_applicant(applicant=applicant, by=applicant.user, at=timezone.now(), sign_in=request.sign_in)
    request.session.flush()
    messages.success(request, "已退出登录")
    return redirect("applicant:sign_in")
