"""Which custody of a school's files counts on a day: the newest entry that was not withdrawn."""

from __future__ import annotations

from datetime import date

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Exists, Expression, OuterRef, Q, QuerySet

from xueji.institutions.models import Custody


def custody_in_force(on: date | Expression) -> QuerySet[Custody]:
    """Return the custody of each school's files that counts on a day (or on the day of a statement's slot)."""
    counted = Custody.objects.filter(Q(succession=None) | Q(succession__withdrawn_at=None), from_on__lte=on)
    return counted.filter(~Exists(counted.filter(school=OuterRef("school"), pk__gt=OuterRef("pk"))))


def schools_served(school: str, on: date | Expression) -> ArraySubquery:
    """Return, for an annotation, the schools whose files the school in a column keeps on a day."""
    return ArraySubquery(custody_in_force(on).filter(custodian_school=OuterRef(school)).order_by().values("school"))
