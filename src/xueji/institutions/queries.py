"""Who may see which schools, and the working days."""

from __future__ import annotations

from xueji.accounts.models import User
from xueji.accounts.permissions import Permission


def permissions_of(user: User) -> frozenset[Permission]:
    """Return the permissions of all posts a person holds today."""
    raise NotImplementedError
