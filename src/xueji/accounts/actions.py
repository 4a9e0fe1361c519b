"""Issue and close accounts. Who may is decided where posts are known: by the view's permission and `account_for`."""

from __future__ import annotations

import re
import secrets
from datetime import datetime
from typing import NamedTuple

from allauth.mfa.models import Authenticator
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from xueji.accounts.models import User
from xueji.core.errors import BadInput, Conflict, NotPermitted
from xueji.ledger.actions import record_event
from xueji.ledger.tags import EventTag

_USERNAME = re.compile(r"[a-z][a-z0-9._-]{2,29}")
_LETTERS = "abcdefghjkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789"  # none that are mistaken for one another on paper
_LENGTH = 14


class IssuedAccount(NamedTuple):
    """An account and its password in the clear, to be handed over once; only a hash is kept."""

    user: User
    password: str


@transaction.atomic
def issue_account(
    *,
    username: str,
    full_name: str,
    by: User | None,
    at: datetime,
    phone: str = "",
    password: str | None = None,
    encoded: str | None = None,
) -> IssuedAccount:
    """Issue a named account; without `password` one is drawn. `by` None is the set-up of an installation.

    `encoded` is the hash of `password` made before: a set-up with many accounts of one password hashes once.
    """
    if not _USERNAME.fullmatch(username):
        raise BadInput("用户名为 3 至 30 位小写字母、数字、点、下划线或短横，以字母开头")
    if not full_name.strip():
        raise BadInput("请填写姓名：账号一人一号，不得共用")
    user = User(username=username, full_name=full_name.strip(), phone=phone, looked_after_by=by)
    chosen = _checked(password, user) if password is not None else draw_password()
    if encoded is None:
        user.set_password(chosen)
    else:
        user.password = encoded
    try:
        with transaction.atomic():
            user.save(force_insert=True)
    except IntegrityError as error:
        raise Conflict(f"用户名「{username}」已被使用") from error
    record_event(tag=EventTag.ACCOUNT_ISSUED, subject=user, by=by, at=at, after={"username": username})
    return IssuedAccount(user, chosen)


@transaction.atomic
def reset_password(*, user: User, by: User | None, at: datetime, password: str | None = None) -> str:
    """Give an account a new password and return it; every session of the account ends with the old one."""
    chosen = _checked(password, user) if password is not None else draw_password()
    user.set_password(chosen)
    user.save(update_fields=["password"])
    record_event(tag=EventTag.ACCOUNT_PASSWORD_RESET, subject=user, by=by, at=at)
    return chosen


@transaction.atomic
def reset_second_factor(*, user: User, reason: str, by: User, at: datetime) -> None:
    """Remove the second factor of a person who lost it; they set up a new one at the next sign-in."""
    if user.pk == by.pk:
        raise NotPermitted("不能重置本人的二次验证，请由另一名管理员办理")
    removed, _ = Authenticator.objects.filter(user=user).delete()
    record_event(
        tag=EventTag.ACCOUNT_SECOND_FACTOR_RESET, subject=user, by=by, at=at, before={"authenticators": removed},
        note=reason,
    )  # fmt: skip


@transaction.atomic
def deactivate(*, user: User, reason: str, by: User | None, at: datetime) -> User:
    """Close an account; it is never deleted, because the ledger and decisions speak of it."""
    if by is not None and user.pk == by.pk:
        raise NotPermitted("不能停用本人的账号")
    return _switch(user, is_active=False, tag=EventTag.ACCOUNT_DEACTIVATED, reason=reason, by=by, at=at)


@transaction.atomic
def reactivate(*, user: User, reason: str, by: User | None, at: datetime) -> User:
    """Open a closed account again; the password stays what it was."""
    return _switch(user, is_active=True, tag=EventTag.ACCOUNT_REACTIVATED, reason=reason, by=by, at=at)


def draw_password() -> str:
    """Return a random password of 14 letters and digits (about 80 bits)."""
    return "".join(secrets.choice(_LETTERS) for _ in range(_LENGTH))


def _switch(user: User, *, is_active: bool, tag: EventTag, reason: str, by: User | None, at: datetime) -> User:
    held = User.objects.select_for_update().get(pk=user.pk)
    if held.is_active == is_active:
        raise Conflict("账号本已启用" if is_active else "账号已经停用")
    user.is_active = held.is_active = is_active
    held.save(update_fields=["is_active"])
    record_event(tag=tag, subject=held, by=by, at=at, note=reason)
    return held


def _checked(password: str, user: User) -> str:
    try:
        validate_password(password, user)
    except ValidationError as error:
        raise BadInput("；".join(error.messages)) from error
    return password
