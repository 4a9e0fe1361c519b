"""Issue and close accounts. Who may is decided where posts are known, in `institutions.account_actions`: only from
there, from a set-up and from the demo are these called (a contract of the imports).
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from django.conf import settings
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from xueji.accounts.models import CredentialGrant, Factor, SignIn, User
from xueji.accounts.session_actions import end_sign_ins
from xueji.core.errors import BadInput, Conflict, NotPermitted
from xueji.ledger.actions import event_of, record_event, record_events
from xueji.ledger.tags import EventTag

USERNAME = r"[a-z][a-z0-9._-]{2,29}"
USERNAME_WORDS = "用户名为 3 至 30 位小写字母、数字、点、下划线或短横，以字母开头"
_USERNAME = re.compile(USERNAME)
_LETTERS = "abcdefghjkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789"  # none that are mistaken for one another on paper
_LENGTH = 14
_AT_ONCE = 2_000  # rows a statement


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
    """Issue a named account. A password is drawn: it signs in once, within the hours of the setting, to be changed.

    `by` None is the set-up of an installation, which alone may give a `password`: the person's own choice, no need to
    change it. `encoded` is the hash of `password` made before: a set-up with many accounts of one password hashes once.
    """
    _check_names(username, full_name)
    if password is not None and by is not None:
        raise BadInput("发放账号时密码由系统生成，不能代为设定")
    user = User(username=username, full_name=full_name.strip(), phone=phone, looked_after_by=by)
    if password is None:
        chosen = _give_password(user, at)
    elif encoded is None:
        chosen = _checked(password, user)
        user.set_password(chosen)
    else:
        chosen, user.password = password, encoded
    _insert(user)
    _grant(user, CredentialGrant.Kind.ISSUE, by, at)
    record_event(tag=EventTag.ACCOUNT_ISSUED, subject=user, by=by, at=at, after={"username": username})
    return IssuedAccount(user, chosen)


@transaction.atomic
def register_account(*, username: str, full_name: str, by: User, at: datetime, phone: str = "") -> User:
    """Register a named account that nobody can sign in to yet: its password is drawn when it is handed over.

    For many accounts at once: nothing readable comes into being before slips are printed (`hand_out_passwords`).
    """
    _check_names(username, full_name)
    user = User(username=username, full_name=full_name.strip(), phone=phone, looked_after_by=by)
    user.set_unusable_password()
    _insert(user)
    record_event(tag=EventTag.ACCOUNT_ISSUED, subject=user, by=by, at=at, after={"username": username})
    return user


@transaction.atomic
def register_accounts(
    *, users: Sequence[User], by: User, at: datetime, authority_id: int | None = None
) -> Sequence[User]:
    """Register many accounts at once, as `register_account` does one; `authority_id`: whose auditor reads of it."""
    for user in users:
        _check_names(user.username, user.full_name)
        user.full_name, user.looked_after_by = user.full_name.strip(), by
        user.set_unusable_password()
    try:
        with transaction.atomic():
            User.objects.bulk_create(users, batch_size=_AT_ONCE)
    except IntegrityError as error:
        raise Conflict("其中有用户名已被使用") from error
    record_events([
        event_of(
            tag=EventTag.ACCOUNT_ISSUED, subject=user, by=by, at=at, authority_id=authority_id,
            after={"username": user.username},
        )
        for user in users
    ])  # fmt: skip
    return users


def _check_names(username: str, full_name: str) -> None:
    if not _USERNAME.fullmatch(username):
        raise BadInput(USERNAME_WORDS)
    if not full_name.strip():
        raise BadInput("请填写姓名：账号一人一号，不得共用")


def _insert(user: User) -> None:
    try:
        with transaction.atomic():
            user.save(force_insert=True)
    except IntegrityError as error:
        raise Conflict(f"用户名「{user.username}」已被使用") from error


@transaction.atomic
def reset_password(*, user: User, by: User | None, at: datetime) -> str:
    """Draw a new password for an account and return it; every session of the account ends with the old one.

    Like the first one it signs in once, to be changed.
    """
    if by is not None and user.pk == by.pk:
        raise NotPermitted("本人的密码请在「账号安全」中修改")
    chosen = _give_password(user, at)
    user.save(update_fields=["password", "password_expires_at", "password_used_at"])
    end_sign_ins(user=user, how=SignIn.End.PASSWORD, at=at)
    _grant(user, CredentialGrant.Kind.PASSWORD, by, at)
    record_event(tag=EventTag.PASSWORD_RESET, subject=user, by=by, at=at)
    return chosen


@transaction.atomic
def reset_second_factor(*, user: User, reason: str, by: User, at: datetime) -> None:
    """Remove the second factor of a person who lost it; they set up a new one at the next sign-in."""
    if user.pk == by.pk:
        raise NotPermitted("不能重置本人的二次验证，请由另一名管理员办理")
    removed, _ = Factor.objects.filter(user=user).delete()
    end_sign_ins(user=user, how=SignIn.End.PASSWORD, at=at)
    _grant(user, CredentialGrant.Kind.FACTOR, by, at)
    record_event(
        tag=EventTag.SECOND_FACTOR_RESET, subject=user, by=by, at=at, before={"authenticators": removed},
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
    """Open a closed account again; the password stays what it was, sessions from before do not come back."""
    return _switch(user, is_active=True, tag=EventTag.ACCOUNT_REACTIVATED, reason=reason, by=by, at=at)


def generate_password(user: User | None = None) -> str:
    """Return a random password of 14 letters and digits (about 80 bits) that the rules for passwords take from this person.

    Chance also draws syllables and people's names: what the rules refuse is thrown away and drawn again.
    """
    while True:
        drawn = "".join(secrets.choice(_LETTERS) for _ in range(_LENGTH))
        try:
            validate_password(drawn, user)
        except ValidationError:
            continue
        return drawn


def _switch(user: User, *, is_active: bool, tag: EventTag, reason: str, by: User | None, at: datetime) -> User:
    locked = User.objects.select_for_update().get(pk=user.pk)
    if locked.is_active == is_active:
        raise Conflict("账号本已启用" if is_active else "账号已经停用")
    user.is_active = locked.is_active = is_active
    locked.save(update_fields=["is_active"])
    if not is_active:
        end_sign_ins(user=locked, how=SignIn.End.CLOSED, at=at)
    record_event(tag=tag, subject=locked, by=by, at=at, note=reason)
    return locked


def _give_password(user: User, at: datetime) -> str:
    """Give the account a drawn password, handed over and so of short life; the caller saves."""
    chosen = generate_password(user)
    user.set_password(chosen)
    user.password_expires_at = at + timedelta(hours=settings.ISSUED_PASSWORD_HOURS)
    user.password_used_at = None
    return chosen


def _grant(user: User, kind: str, by: User | None, at: datetime) -> None:
    if by is not None:
        CredentialGrant.objects.create(user=user, kind=kind, by=by, at=at)


def _checked(password: str, user: User) -> str:
    try:
        validate_password(password, user)
    except ValidationError as error:
        raise BadInput("；".join(error.messages)) from error
    return password
