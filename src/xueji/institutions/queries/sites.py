"""Where schools teach: the sites of one, those of an area that are not on record."""

from __future__ import annotations

from datetime import date

from django.db.models import F, Q, QuerySet

from xueji.accounts.models import User
from xueji.institutions.models import School, TeachingSite
from xueji.institutions.queries import pick, school_scope, schools_visible_to


def sites_of(school: School) -> QuerySet[TeachingSite]:
    """Return where a school teaches and taught, those still used first."""
    return school.sites.order_by(F("until_on").asc(nulls_first=True), "kind", "name")


def sites_unfiled(user: User, day: date) -> QuerySet[TeachingSite]:
    """Return the sites in a person's reach at which somebody is taught on a day without their being on record by then."""
    used = TeachingSite.objects.filter(Q(until_on=None) | Q(until_on__gt=day), from_on__lte=day)
    not_filed = used.filter(Q(filed_on=None) | Q(filed_on__gt=day))
    return not_filed.filter(school_scope(user, prefix="school__")).select_related("school__authority")


def site_for(user: User, school: School, site_id: object) -> TeachingSite:
    """Return a site of a school the person may know of, else NotFound."""
    assert schools_visible_to(user).filter(pk=school.pk).exists()
    found: TeachingSite = pick(school.sites.select_related("school__authority"), site_id)
    return found
