"""Who prints, seals and delivers replacement certificates: people of the authority that prints, for itself alone."""

from __future__ import annotations

from xueji.accounts.models import User
from xueji.accounts.permissions import Permission
from xueji.core.errors import NotPermitted
from xueji.institutions.models import Authority
from xueji.institutions.queries import holds_at
from xueji.institutions.queries.staff import are_one_person


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


def require_witness(witness: User, by: User, authority: Authority) -> None:
    """Refuse a second person who is the first, goes by the same telephone, or has no post at the press."""
    if are_one_person(by, witness):
        raise NotPermitted("改换交付须由两个人核对：请由打印单位的另一人在场核对")
    posts = (Permission.DISPATCH_DIPLOMAS, Permission.SEAL)
    if not any(holds_at(witness, post, authority.pk) for post in posts):
        raise NotPermitted(f"{witness.full_name}不是{authority.name}印制、验印的人员，不能核对")
