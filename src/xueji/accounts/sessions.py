"""Sessions in the database, read on every request by a statement built once."""

from __future__ import annotations

from django.contrib.sessions.backends.db import SessionStore as DatabaseSessions
from django.contrib.sessions.models import Session
from django.db.models import DateTimeField
from django.utils import timezone

from xueji.statements import Slot, Statement

_LIVE = Statement(
    lambda: Session.objects.filter(session_key=Slot("key"), expire_date__gt=Slot("now", DateTimeField())).order_by()
)


class SessionStore(DatabaseSessions):
    """Django's own sessions; only reading one is ours."""

    def _get_session_from_db(self) -> Session | None:
        found = _LIVE.row(key=self.session_key, now=timezone.now())
        if found is None:
            self._session_key = None
        return found
