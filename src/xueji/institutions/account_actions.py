"""What an administrator does to an account as a whole: allowed only where every post of its person lies in the area.

`by` None is the set-up of an installation. The acts themselves are of `accounts.actions`, which knows no posts.
"""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from xueji.accounts import actions as accounts
from xueji.accounts.actions import IssuedAccount
from xueji.accounts.models import User
from xueji.accounts.permissions import Permission
from xueji.core.errors import BadInput
from xueji.institutions.queries import require_permission
from xueji.institutions.staff import require_administers


@transaction.atomic
def issue_account(*, username: str, full_name: str, by: User | None, at: datetime, phone: str = "") -> IssuedAccount:
    """Issue a named account with a password drawn for it; until it has a post it belongs to who made it."""
    if by is not None:
        require_permission(by, Permission.MANAGE_ACCOUNTS)
    return accounts.issue_account(username=username, full_name=full_name, phone=phone, by=by, at=at)


@transaction.atomic
def reset_password(*, user: User, by: User | None, at: datetime) -> str:
    """Give an account a new password and return it; every session of the account ends with the old one."""
    require_administers(by, user)
    return accounts.reset_password(user=user, by=by, at=at)


@transaction.atomic
def reset_second_factor(*, user: User, reason: str, by: User, at: datetime) -> None:
    """Remove the second factor of a person who lost it."""
    require_administers(by, user)
    accounts.reset_second_factor(user=user, reason=_needed(reason), by=by, at=at)


@transaction.atomic
def deactivate(*, user: User, reason: str, by: User | None, at: datetime) -> User:
    """Close an account; its sessions end for good."""
    require_administers(by, user)
    return accounts.deactivate(user=user, reason=_needed(reason), by=by, at=at)


@transaction.atomic
def reactivate(*, user: User, reason: str, by: User | None, at: datetime) -> User:
    """Open a closed account again."""
    require_administers(by, user)
    return accounts.reactivate(user=user, reason=_needed(reason), by=by, at=at)


def _needed(reason: str) -> str:
    if not reason.strip():
        raise BadInput("请写明原因")
    return reason.strip()
