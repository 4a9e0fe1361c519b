"""Who prints, seals and delivers replacement certificates: people of the authority that prints, for itself alone."""

from __future__ import annotations

from xueji.accounts.models import User
from xueji.accounts.permissions import Permission
from xueji.core.errors import NotPermitted
from xueji.institutions.models import Authority
from xueji.institutions.queries import holds_at


def may_print(user: User, authority: Authority) -> bool:
    """Whether a post of the person prints at this very authority."""
    return holds_at(user, Permission.PRINT_CENTRALLY, authority.pk)


def require_counter(by: User, authority: Authority) -> None:
    """Raise NotPermitted unless the person hands certificates over at this very authority."""
    if not holds_at(by, Permission.DISPATCH_DIPLOMAS, authority.pk):
        raise NotPermitted("学历证明书由省里的打印单位交付，您的岗位不办理此事")


def require_press(by: User, authority: Authority) -> None:
    """Raise NotPermitted unless the person prints at this very authority."""
    if not may_print(by, authority):
        raise NotPermitted("学历证明书由省里的打印单位打印，您的岗位不办理此事")
