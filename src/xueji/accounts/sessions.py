"""Sessions in the database, under the hash of their key, read on every request by a statement built once.

The key itself is in the cookie only: a copy of the database is no set of live sessions. It has 165 bits of chance, so
a plain hash is enough.
"""

from __future__ import annotations

import hashlib
from typing import Any

from django.contrib.sessions.backends.db import SessionStore as DatabaseSessions
from django.contrib.sessions.models import Session
from django.db.models import DateTimeField
from django.utils import timezone

from xueji.statements import Slot, Statement

_LIVE = Statement(
    lambda: Session.objects.filter(session_key=Slot("key"), expire_date__gt=Slot("now", DateTimeField())).order_by()
)


def stored_key(session_key: str) -> str:
    """Return what a session is stored under (forty characters: the width of Django's column)."""
    return hashlib.sha256(session_key.encode()).hexdigest()[:40]


class SessionStore(DatabaseSessions):
    """Django's own sessions; where one is stored and how it is read is ours."""

    def _get_session_from_db(self) -> Session | None:
        found = _LIVE.row(key=stored_key(self.session_key), now=timezone.now()) if self.session_key else None
        if found is None:
            self._session_key = None
        return found

    def exists(self, session_key: str) -> bool:
        """Whether a key is taken."""
        return super().exists(stored_key(session_key))

    def create_model_instance(self, data: Any) -> Any:
        """Return the row of this session."""
        row = super().create_model_instance(data)
        row.session_key = stored_key(row.session_key)
        return row

    def delete(self, session_key: str | None = None) -> None:
        """End a session: this one unless another's key is given."""
        key = session_key or self.session_key
        if key:
            super().delete(stored_key(key))
