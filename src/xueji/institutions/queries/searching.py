"""Find a school by what somebody types of it, and what happened at it."""

from __future__ import annotations

from django.db.models import Q, QuerySet

from xueji.accounts.models import User
from xueji.accounts.permissions import Permission
from xueji.core.sought import Sought
from xueji.institutions.models import School
from xueji.institutions.queries import schools_visible_to
from xueji.ledger.models import Event


def schools_sought(user: User, sought: Sought) -> QuerySet[School]:
    """Return the schools a person may know of that have this code, or these words anywhere in their name."""
    return schools_visible_to(user).filter(Q(code=sought.number) | Q(name__contains=sought.name)).order_by("name")


def events_of_schools(events: QuerySet[Event], user: User, words: str) -> QuerySet[Event]:
    """Narrow events to those of the schools with these words in their name, or this code, that a reader of the ledger sees."""
    sees = schools_visible_to(user, permission=Permission.READ_LEDGER)
    named = sees.filter(Q(code=words) | Q(name__contains=words)).order_by().values_list("pk", flat=True)
    return events.filter(school_id__in=list(named))
