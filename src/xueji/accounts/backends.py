"""Who a session belongs to, asked on every request by a statement built once."""

from __future__ import annotations

from django.contrib.auth.backends import ModelBackend

from xueji.accounts.models import User
from xueji.statements import Slot, Statement

_BY_ID = Statement(lambda: User.objects.filter(pk=Slot("id")).order_by())


class Accounts(ModelBackend):
    """Name and password, as Django has them; only reading the account of a session is ours."""

    def get_user(self, user_id: int) -> User | None:
        """Return the account unless it is closed."""
        user = _BY_ID.row(id=user_id)
        return user if user is not None and self.user_can_authenticate(user) else None
