"""Accounts are issued by an office: nobody signs up, nobody connects an outside identity."""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django import forms
from django.http import HttpRequest
from django.shortcuts import resolve_url

from xueji.accounts import guard


class IssuedAccounts(DefaultAccountAdapter):  # type: ignore[misc]  # the library states no types
    """Sign-up is closed; guessing is slowed down; a password handed over says why it does not sign in."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:  # noqa: ARG002  # allauth's signature
        """Return False: accounts are issued."""
        return False

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:  # noqa: ARG002  # allauth's signature
        """Lead to the desk: the change is done, and at first sign-in it was what stood in the way."""
        return resolve_url("desk")

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """Let an attempt wait where too many failed, before the password is looked at.

        Instead of allauth's own count: by the account alone, a stranger would lock its person out.
        """
        why = guard.hindrance(request, str(credentials.get("username", "")))
        if why is not None:
            raise forms.ValidationError(why, code="slowed")

    def validation_error(self, code: str, *args: Any) -> forms.ValidationError:
        """Return allauth's words, but for a right password that may not be used any more."""
        refusal = getattr(self.request, "sign_in_refusal", None) if code == "username_password_mismatch" else None
        return forms.ValidationError(refusal, code=code) if refusal else super().validation_error(code, *args)
