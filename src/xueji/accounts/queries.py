"""Read accounts: their sessions, what somebody else handed over, whether they have a second factor."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from allauth.mfa.models import Authenticator
from django.db.models import QuerySet, UUIDField
from django.utils import timezone

from xueji.accounts.models import Applicant, CredentialGrant, SignIn, User
from xueji.accounts.realname import RealNameCheck, real_name_check
from xueji.core.identifiers import normalise_resident_id
from xueji.sealing.texts import blind_index
from xueji.statements import Existence, Slot, Statement

_OPEN = Statement(lambda: SignIn.objects.filter(pk=Slot("id", UUIDField()), ended_at__isnull=True).order_by())
_OPEN_OF_APPLICANT = Statement(
    lambda: (
        SignIn.objects.filter(pk=Slot("id", UUIDField()), ended_at__isnull=True, user__applicant__isnull=False)
        .select_related("user__applicant")
        .order_by()
    )
)
_FACTOR = Existence(lambda: Authenticator.objects.filter(user=Slot("user"), type=Authenticator.Type.TOTP))


def open_sign_in_of(key: Any) -> SignIn | None:
    """Return the sign-in a session names, unless it has ended; asked on every page."""
    try:
        return _OPEN.row(id=UUID(str(key)))
    except ValueError:
        return None


def open_sign_in_of_applicant(key: object) -> SignIn | None:
    """Return the sign-in of an applicant that a session names, with the applicant, unless it has ended."""
    try:
        return _OPEN_OF_APPLICANT.row(id=UUID(str(key)))
    except ValueError:
        return None


def real_name_check_here() -> RealNameCheck:
    """Return the check of names of this installation, which says whether it asks anybody."""
    return real_name_check()


def account_of_document(kind: str, number: str) -> Applicant | None:
    """Return the account that is proven to be of the holder of a document."""
    index = blind_index(normalise_resident_id(number))
    return Applicant.objects.filter(document_kind=kind.strip(), document_index=index).first()


def sign_ins_of(user: User) -> QuerySet[SignIn]:
    """Return the open sessions of a person, the latest used first."""
    return SignIn.objects.filter(user=user, ended_at__isnull=True)


def has_factor(user: User) -> bool:
    """Whether the person has set up one-time codes."""
    return _FACTOR.yes(user=user.pk)


def refusal_of_password(user: User, at: datetime) -> str | None:
    """Return why a right password does not sign in: handed over, and used or expired since."""
    if not user.must_change_password:
        return None
    if user.password_used_at is not None:
        return "发放的密码只能登录一次，已经用过；请联系管理员重新发放"
    if user.password_expires_at is not None and user.password_expires_at <= at:
        return (
            f"发放的密码已于 {timezone.localtime(user.password_expires_at):%Y-%m-%d %H:%M} 过期；请联系管理员重新发放"
        )
    return None


def grants_unseen_by(user: User, at: datetime) -> QuerySet[CredentialGrant]:
    """Return what somebody else did to the person's means to sign in, until the person says to know of it."""
    recent = CredentialGrant.objects.filter(user=user, seen_at=None, at__gt=at - CredentialGrant.MARKED)
    return recent.select_related("by")
