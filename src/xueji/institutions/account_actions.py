"""What an administrator does to an account as a whole: allowed only where every post of its person lies in the area.

`by` None is the set-up of an installation. The acts themselves are of `accounts.actions`, which knows no posts.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from xueji.accounts import actions as accounts
from xueji.accounts.actions import IssuedAccount
from xueji.accounts.models import CredentialGrant, User
from xueji.accounts.permissions import Permission
from xueji.core.errors import BadInput, Conflict, NotPermitted
from xueji.institutions.queries import require_permission
from xueji.institutions.queries.staff import require_administers, superiors_of
from xueji.ledger.actions import record_event
from xueji.ledger.offices import authority_of
from xueji.ledger.tags import EventTag

MOST_AT_ONCE = 48  # six pages of slips: each password costs a tenth of a second to hash


@transaction.atomic
def issue_account(*, username: str, full_name: str, by: User | None, at: datetime, phone: str = "") -> IssuedAccount:
    """Issue a named account with a password drawn for it; until it has a post it belongs to who made it."""
    if by is not None:
        require_permission(by, Permission.MANAGE_ACCOUNTS)
    return accounts.issue_account(username=username, full_name=full_name, phone=phone, by=by, at=at)


@transaction.atomic
def register_account(*, username: str, full_name: str, by: User, at: datetime, phone: str = "") -> User:
    """Register a named account without a password: it is drawn, as for any other, when the account is handed over."""
    require_permission(by, Permission.MANAGE_ACCOUNTS)
    return accounts.register_account(username=username, full_name=full_name, phone=phone, by=by, at=at)


@transaction.atomic
def register_accounts(*, users: Sequence[User], by: User, at: datetime) -> Sequence[User]:
    """Register accounts not yet stored and as yet without a password, all or none; Conflict when a user name is taken."""
    require_permission(by, Permission.MANAGE_ACCOUNTS)
    return accounts.register_accounts(users=users, by=by, at=at, authority_id=authority_of(by))


@transaction.atomic
def reset_password(*, user: User, by: User | None, at: datetime) -> str:
    """Give an account a new password and return it; every session of the account ends with the old one."""
    require_administers(by, user)
    return accounts.reset_password(user=user, by=by, at=at)


@transaction.atomic
def hand_out_passwords(*, users: Sequence[User], by: User, at: datetime) -> list[IssuedAccount]:
    """Give accounts that have no password yet one each, all or none, and return them to be handed over once.

    As one by one (`reset_password`): each is on record, marked until a superior confirms, and signs in once. Conflict
    when one of them has a password by now: the same slips are not printed twice.
    """
    if not 0 < len(users) <= MOST_AT_ONCE:
        raise BadInput(f"一次为 1 至 {MOST_AT_ONCE} 个账号打印密码条")
    # locked in one order by everybody: two who print overlapping lists wait for each other, not both for ever
    locked = User.objects.select_for_update(of=("self",)).order_by("pk").in_bulk([user.pk for user in users])
    found = [locked[user.pk] for user in users]
    if taken := [user.full_name for user in found if user.has_usable_password() or not user.is_active]:
        raise Conflict(f"{'、'.join(taken)}的账号已经有密码或者已停用，请刷新后再选")
    for user in found:
        require_administers(by, user)
    return [IssuedAccount(user, accounts.reset_password(user=user, by=by, at=at)) for user in found]


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


@transaction.atomic
def confirm_credentials(*, grant: CredentialGrant, by: User, at: datetime) -> CredentialGrant:
    """Confirm, as a superior who asked the person, that the password reached its owner: the mark on decisions goes.

    Not by who handed it out, nor from an account whose own password somebody else handed out of late.
    """
    locked = CredentialGrant.objects.select_for_update(of=("self",)).select_related("user").get(pk=grant.pk)
    if not superiors_of(locked.user, but=locked.by_id).filter(pk=by.pk).exists():
        raise NotPermitted("只能由本人的上级确认，经办重置的人不能确认")
    if CredentialGrant.objects.filter(user=by, confirmed_at=None, at__gt=at - CredentialGrant.MARKED).exists():
        raise NotPermitted("您自己的账号近期由他人发放或重置，尚未经上级确认，不能为他人确认")
    if locked.confirmed_at is not None:
        raise Conflict("已经确认")
    locked.confirmed_by, locked.confirmed_at = by, at
    locked.save(update_fields=["confirmed_by", "confirmed_at"])
    after = {"kind": locked.get_kind_display(), "granted_at": locked.at}
    record_event(tag=EventTag.CREDENTIALS_CONFIRMED, subject=locked.user, by=by, at=at, after=after)
    return locked


def _needed(reason: str) -> str:
    if not reason.strip():
        raise BadInput("请写明原因")
    return reason.strip()
