"""The second person at an act: the own password and second factor, given on the spot in the first person's browser."""

from __future__ import annotations

from typing import Any

from allauth.mfa.base.forms import AuthenticateForm
from django import forms
from django.conf import settings
from django.contrib.auth import authenticate
from django.http import HttpRequest

from xueji.accounts.models import User
from xueji.accounts.queries import has_factor


class WitnessFields(forms.Form):
    """Password and code of whoever watches: the seal, unless a form says what else."""

    password = forms.CharField(
        label="监印人密码", strip=False, widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
        help_text="由监印人本人当面输入，表示在场监印",
    )  # fmt: skip
    password_code = forms.CharField(  # by its name never given back in a refused form
        label="监印人二次验证码", required=False, max_length=40,
        widget=forms.PasswordInput(attrs={"autocomplete": "off", "inputmode": "numeric"}),
        help_text="监印人设置了二次验证的，由其本人输入手机上的六位数字",
    )  # fmt: skip


def is_witnessed(request: HttpRequest, form: forms.Form, witness: User, title: str = "监印人") -> bool:
    """Whether the person proved to be there: password and, where there is or must be one, second factor.

    Says beside the field what is missing. A password somebody else handed over proves nothing: who handed it over
    could seal alone. Guessing is locked out and counted as at the sign-in page.
    """
    given: dict[str, Any] = form.cleaned_data
    if authenticate(request, username=witness.username, password=given["password"]) is None:
        form.add_error("password", f"{title}密码不正确")
    elif witness.must_change_password:
        form.add_error("password", f"{title}的密码由他人发放，须先由本人登录并修改")
    elif has_factor(witness):
        _judge(form, witness, given["password_code"], title)
    elif settings.SECOND_FACTOR_REQUIRED:
        form.add_error("password_code", f"{title}尚未设置二次验证，须先由本人登录设置")
    return not form.errors


def _judge(form: forms.Form, witness: User, code: str, title: str) -> None:
    if not code:
        form.add_error("password_code", f"请由{title}本人输入二次验证码")
        return
    judged = AuthenticateForm(user=witness, data={"code": code})
    if judged.is_valid():
        judged.authenticator.record_usage()
    else:
        form.add_error("password_code", judged.errors["code"])
