"""What a person does with the own account: sign in and out, end a session, change the password, set up a factor."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction

from xueji.accounts.models import CredentialGrant, SignIn, User
from xueji.core.errors import Conflict, NotFound
from xueji.ledger.actions import record_event
from xueji.ledger.tags import EventTag

SEEN_EVERY = timedelta(minutes=1)  # how exactly the last look is known; one write a minute, not one a page


@transaction.atomic
def open_sign_in(
    *, user: User, address: str | None, device: str, at: datetime, failed_before: int = 0, by: User | None = None
) -> SignIn:
    """Record that a person signed in; a password handed over is used up with it."""
    opened = SignIn.objects.create(user=user, opened_at=at, last_seen_at=at, address=address, device=device[:80])
    if user.must_change_password and user.password_used_at is None:
        user.password_used_at = at
        user.save(update_fields=["password_used_at"])
    after: dict[str, Any] = {"address": address, "device": opened.device}
    after |= {"failed_before": failed_before} if failed_before else {}
    record_event(tag=EventTag.ACCOUNT_SIGNED_IN, subject=user, by=by or user, at=at, after=after)
    return opened


def touch_sign_in(*, sign_in: SignIn, at: datetime) -> None:
    """Note that the person is still there, at most once a minute."""
    if at - sign_in.last_seen_at >= SEEN_EVERY:
        SignIn.objects.filter(pk=sign_in.pk, ended_at__isnull=True).update(last_seen_at=at)


def is_idle(sign_in: SignIn, at: datetime) -> bool:
    """Whether nothing was done for longer than the setting allows."""
    return at - sign_in.last_seen_at > timedelta(minutes=settings.IDLE_MINUTES)


@transaction.atomic
def end_sign_in(*, sign_in: SignIn, how: str, by: User | None, at: datetime) -> None:
    """End one session: signed out, idle too long, or ended from another browser of the same person."""
    locked = SignIn.objects.select_for_update().get(pk=sign_in.pk)
    if locked.ended_at is not None:
        return
    locked.ended_at, locked.ended_how = at, SignIn.End(how).value
    locked.save(update_fields=["ended_at", "ended_how"])
    tag = EventTag.ACCOUNT_SIGNED_OUT if how == SignIn.End.SIGNED_OUT else EventTag.SIGN_IN_ENDED
    note = "" if how == SignIn.End.SIGNED_OUT else SignIn.End(how).label
    after = {"address": locked.address, "device": locked.device}
    record_event(tag=tag, subject=locked.user, by=by, at=at, after=after, note=note)


@transaction.atomic
def end_own_session(*, session: UUID, by: User, at: datetime) -> None:
    """End one of the own sessions; somebody else's is not found."""
    found = SignIn.objects.filter(pk=session, user=by).first()
    if found is None:
        raise NotFound
    if found.ended_at is not None:
        raise Conflict("该会话已经结束")
    end_sign_in(sign_in=found, how=SignIn.End.ENDED, by=by, at=at)


def end_sign_ins(*, user: User, how: str, at: datetime, but: str | None = None) -> int:
    """End every open session of an account for good, part of the act that causes it; return how many there were."""
    mine = SignIn.objects.filter(user=user, ended_at__isnull=True)
    mine = mine.exclude(pk=but) if but else mine
    return mine.update(ended_at=at, ended_how=SignIn.End(how).value)


@transaction.atomic
def change_own_password(*, user: User, password: str, at: datetime, session: str | None = None) -> None:
    """Store the password a person chose: the one handed over is gone, the other sessions end."""
    user.set_password(password)
    user.password_expires_at = user.password_used_at = None
    user.save(update_fields=["password", "password_expires_at", "password_used_at"])
    ended = end_sign_ins(user=user, how=SignIn.End.PASSWORD, at=at, but=session)
    record_event(tag=EventTag.PASSWORD_CHANGED, subject=user, by=user, at=at, after={"ended_sessions": ended})


@transaction.atomic
def rehash_password(*, user: User, password: str, at: datetime) -> None:
    """Store the same password under a newer hash: by the system itself, at a sign-in that knows it."""
    user.set_password(password)
    user.save(update_fields=["password"])
    record_event(tag=EventTag.PASSWORD_REHASHED, subject=user, by=None, at=at)


@transaction.atomic
def note_factor(*, user: User, kind: str, is_set: bool, at: datetime) -> None:
    """Record that a person set up or gave up a second factor."""
    tag = EventTag.SECOND_FACTOR_SET if is_set else EventTag.SECOND_FACTOR_REMOVED
    record_event(tag=tag, subject=user, by=user, at=at, after={"kind": kind})


@transaction.atomic
def note_code_used(*, user: User, at: datetime) -> None:
    """Record that a recovery code was used up: it signs in once."""
    record_event(tag=EventTag.RECOVERY_CODE_USED, subject=user, by=user, at=at)


@transaction.atomic
def note_failures(*, user: User, count: int, address: str | None, at: datetime, note: str = "") -> None:
    """Record failed attempts on an account: not each of them, but where their number says something."""
    after = {"count": count, "address": address}
    record_event(tag=EventTag.SIGN_IN_FAILED, subject=user, by=None, at=at, after=after, note=note)


@transaction.atomic
def acknowledge_grant(*, grant: CredentialGrant, by: User, at: datetime) -> None:
    """Record that the person knows of a password or factor changed by somebody else."""
    locked = CredentialGrant.objects.select_for_update().get(pk=grant.pk)
    if locked.user_id != by.pk:
        raise NotFound
    if locked.seen_at is None:
        locked.seen_at = at
        locked.save(update_fields=["seen_at"])
        record_event(
            tag=EventTag.CREDENTIALS_ACKNOWLEDGED, subject=by, by=by, at=at, after={"kind": locked.get_kind_display()}
        )
