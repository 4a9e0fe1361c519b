"""Find a school by what somebody types of it."""

from __future__ import annotations

from django.db.models import Q, QuerySet

from xueji.accounts.models import User
from xueji.core.sought import Sought
from xueji.institutions.models import School
from xueji.institutions.queries import schools_visible_to


def schools_sought(user: User, sought: Sought) -> QuerySet[School]:
    """Return the schools a person may know of that have this code, or these words anywhere in their name."""
    return schools_visible_to(user).filter(Q(code=sought.number) | Q(name__contains=sought.name)).order_by("name")
