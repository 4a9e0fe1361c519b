"""Who a session belongs to, asked on every request by a statement built once."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.backends import ModelBackend
from django.http import HttpRequest
from django.utils import timezone

from xueji.accounts.models import User
from xueji.accounts.queries import refusal_of_password
from xueji.accounts.session_actions import rehash_password
from xueji.statements import Slot, Statement

_BY_ID = Statement(lambda: User.objects.filter(pk=Slot("id")).order_by())


class Accounts(ModelBackend):
    """Name and password, as Django has them; a password handed over signs in once and not for long."""

    def authenticate(
        self, request: HttpRequest | None, username: str | None = None, password: str | None = None, **kwargs: Any
    ) -> User | None:
        """Return the account of a right password, unless it is one handed over that is used up or too old."""
        user: User | None = super().authenticate(request, username=username, password=password, **kwargs)
        if user is None:
            return None
        if user.has_old_hash and password is not None:
            rehash_password(user=user, password=password, at=timezone.now())
        refusal = refusal_of_password(user, timezone.now())
        if refusal is None:
            return user
        if request is not None:
            request.sign_in_refusal = refusal  # type: ignore[attr-defined]  # told by the adapter of the sign-in page
        return None

    def get_user(self, user_id: int) -> User | None:
        """Return the account unless it is closed."""
        user = _BY_ID.row(id=user_id)
        return user if user is not None and self.user_can_authenticate(user) else None
