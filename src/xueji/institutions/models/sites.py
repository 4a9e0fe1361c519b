"""Where a school teaches besides its own ground: campuses, sites elsewhere, cooperation; since when, and whether on record."""

from __future__ import annotations

import pgtrigger
from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeBoundary, RangeOperators
from django.db import models
from django.db.models import F, Func, Q

from xueji.institutions.models.units import School
from xueji.sealing.vouching import vouched


class TeachingSite(models.Model):
    """A place or partner with which a school teaches, for certain days; on record from the day its authority filed it."""

    class Kind(models.TextChoices):
        """What it is; all but a campus and a site elsewhere are with a partner."""

        CAMPUS = "campus", "校区"
        ELSEWHERE = "elsewhere", "校外教学点"
        SCHOOLS = "schools", "校校合作"
        JOINT = "joint", "联合招生"
        INDUSTRY = "industry", "产业学院校区"

    school = models.ForeignKey(School, on_delete=models.PROTECT, related_name="sites")
    kind = models.CharField("类别", max_length=10, choices=Kind.choices)
    name = models.CharField("名称", max_length=60)
    partner = models.CharField("合作单位", max_length=100, blank=True)
    address = models.CharField("地址", max_length=200)
    from_on = models.DateField("启用日期")
    until_on = models.DateField("停用日期", null=True)  # from this day on nobody is taught there
    filed_on = models.DateField("备案日期", null=True)
    filing_number = models.CharField("备案文号", max_length=100, blank=True)
    entered_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    entered_at = models.DateTimeField()

    class Meta:
        ordering = ["until_on", "kind", "name", "id"]
        constraints = [
            models.CheckConstraint(
                name="site_filed_by_a_document",
                condition=Q(filed_on__isnull=True, filing_number="") | Q(filed_on__isnull=False) & ~Q(filing_number=""),
            ),
            models.CheckConstraint(
                name="site_ends_after_it_begins", condition=Q(until_on__isnull=True) | Q(until_on__gt=F("from_on"))
            ),
            models.CheckConstraint(
                name="cooperation_names_its_partner", condition=Q(kind__in=["campus", "elsewhere"]) | ~Q(partner="")
            ),
            ExclusionConstraint(
                name="site_once_at_a_time",
                expressions=[
                    (F("school"), RangeOperators.EQUAL),
                    (F("kind"), RangeOperators.EQUAL),
                    (F("name"), RangeOperators.EQUAL),
                    (
                        Func(F("from_on"), F("until_on"), RangeBoundary(), function="DATERANGE"),
                        RangeOperators.OVERLAPS,
                    ),
                ],
            ),
        ]
        triggers = [
            *vouched(),
            pgtrigger.Protect(name="site_stays", operation=pgtrigger.Delete),
            pgtrigger.Protect(
                name="site_says_the_same", operation=pgtrigger.Update,
                condition=pgtrigger.AnyChange(
                    "school", "kind", "name", "partner", "address", "from_on", "entered_by", "entered_at"
                ),
            ),
            pgtrigger.Protect(
                name="site_filed_once", operation=pgtrigger.Update,
                condition=pgtrigger.Condition(
                    "OLD.filed_on IS NOT NULL"
                    " AND ROW(OLD.filed_on, OLD.filing_number) IS DISTINCT FROM ROW(NEW.filed_on, NEW.filing_number)"
                ),
            ),
            pgtrigger.Protect(
                name="site_ended_once", operation=pgtrigger.Update,
                condition=pgtrigger.Condition("OLD.until_on IS NOT NULL AND OLD.until_on IS DISTINCT FROM NEW.until_on"),
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.get_kind_display()}「{self.name}」"
