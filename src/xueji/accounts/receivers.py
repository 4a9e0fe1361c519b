"""Signals of sign-in, sign-out and second factor become acts of the ledger."""

from __future__ import annotations

from typing import Any

from allauth.mfa.models import Authenticator
from allauth.mfa.signals import authentication_failed
from django.contrib.auth.signals import user_logged_in, user_logged_out, user_login_failed
from django.db.models.signals import post_delete, post_init, post_save, pre_save
from django.dispatch import receiver
from django.http import HttpRequest
from django.utils import timezone

from xueji.accounts import guard
from xueji.accounts.factors import bind_secrets, note_places
from xueji.accounts.models import SignIn, User
from xueji.accounts.queries import open_sign_in_of
from xueji.accounts.session_actions import end_sign_in, note_code_used, note_factor, note_failures, open_sign_in

SESSION_KEY = "sign_in"  # the session names its sign-in
APPLICANT_KEY = "applicant"  # that of an applicant likewise; a session is of one or of the other
_TELLING = frozenset({5, 20, 100, 500, 2500})  # failed attempts on one account that are worth an event


@receiver(user_logged_in)
def _signed_in(request: HttpRequest, user: User, **_: object) -> None:
    opened = open_sign_in(
        user=user, address=guard.address_of(request), device=guard.device_of(request), at=timezone.now(),
        failed_before=guard.failures_of(user.username),
    )  # fmt: skip
    request.session[SESSION_KEY] = str(opened.pk)
    applicants = open_sign_in_of(request.session.pop(APPLICANT_KEY, None))
    if applicants is not None:
        end_sign_in(sign_in=applicants, how=SignIn.End.ENDED, by=None, at=timezone.now())
    request.remember_device_for = user.username  # type: ignore[attr-defined]  # read by the middleware


@receiver(user_logged_out)
def _signed_out(request: HttpRequest, user: User | None, **_: object) -> None:
    found = open_sign_in_of(request.session.get(SESSION_KEY))
    if user is not None and found is not None:
        end_sign_in(sign_in=found, how=SignIn.End.SIGNED_OUT, by=user, at=timezone.now())


@receiver(user_login_failed)
def _failed(credentials: dict[str, Any], request: HttpRequest | None = None, **_: object) -> None:
    user = User.objects.filter(username=credentials.get("username")).first()
    if user is None or request is None:
        return
    count = guard.failures_of(user.username)
    if count in _TELLING:
        note_failures(user=user, count=count, address=guard.address_of(request), at=timezone.now())


@receiver(authentication_failed)
def _wrong_code(request: HttpRequest, user: User, **_: object) -> None:
    note_failures(user=user, count=1, address=guard.address_of(request), at=timezone.now(), note="二次验证码不正确")


@receiver(post_init, sender=Authenticator)
def _factor_read(instance: Authenticator, **_: object) -> None:
    note_places(instance)


@receiver(pre_save, sender=Authenticator)
def _factor_bound(instance: Authenticator, **_: object) -> None:
    bind_secrets(instance)


@receiver(post_save, sender=Authenticator)
def _factor_stored(instance: Authenticator, created: bool, update_fields: frozenset[str] | None, **_: object) -> None:  # noqa: FBT001  # Django's signature
    """Write the event in the transaction that stores the factor: the library tells of it afterwards, and never of a code used up."""
    if created:
        note_factor(user=instance.user, kind=str(instance.get_type_display()), is_set=True, at=timezone.now())
    elif update_fields is None:
        note_code_used(user=instance.user, at=timezone.now())


@receiver(post_delete, sender=Authenticator)
def _factor_removed(instance: Authenticator, **_: object) -> None:
    note_factor(user=instance.user, kind=str(instance.get_type_display()), is_set=False, at=timezone.now())
