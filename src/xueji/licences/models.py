"""LicencePublication, PublishedLicence: which school may admit how many to which programme in an intake, as published; never rewritten.

A publication replaces the one before it for its year and season; the older stay, and say what held on their days.
"""

from __future__ import annotations

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import Q

from xueji.core.intakes import AUTUMN, SPRING, Intake
from xueji.institutions.models import Authority
from xueji.sealing.vouching import vouched
from xueji.uploads.models import Upload

_BY_A_PROVINCE = """
    IF (SELECT level FROM institutions_authority WHERE id = NEW.authority_id) <> 'province'
    THEN RAISE EXCEPTION 'only a province publishes licences' USING ERRCODE = 'check_violation'; END IF;
    RETURN NEW;
"""


class IntakeSeason(models.TextChoices):
    """In which half of the year students enter."""

    SPRING = SPRING, "春季"
    AUTUMN = AUTUMN, "秋季"


class LicencePublication(models.Model):
    """What a province published for one intake: the version in force is the newest of its year and season."""

    authority = models.ForeignKey(Authority, on_delete=models.PROTECT, related_name="licence_publications")
    year = models.PositiveSmallIntegerField("招生年份")
    season = models.CharField("招生季节", max_length=10, choices=IntakeSeason.choices)
    version = models.PositiveSmallIntegerField("版次")
    upload = models.ForeignKey(Upload, on_delete=models.PROTECT, null=True, related_name="+")
    published_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    published_at = models.DateTimeField("公布时间")

    class Meta:
        ordering = ["-year", "season", "-version"]
        constraints = [
            models.UniqueConstraint(
                name="publication_once_a_version", fields=["authority", "year", "season", "version"]
            ),
            models.CheckConstraint(
                name="publication_of_an_intake",
                condition=Q(year__gte=1980, year__lte=2999, season__in=IntakeSeason.values, version__gte=1),
            ),
        ]
        triggers = [
            *vouched(),
            pgtrigger.Trigger(
                name="by_a_province", when=pgtrigger.Before, operation=pgtrigger.Insert, func=_BY_A_PROVINCE
            ),
            pgtrigger.Protect(name="publication_is_for_good", operation=pgtrigger.Update | pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return f"{self.year} 年{self.get_season_display()}招生资质（第 {self.version} 版）"

    @property
    def intake(self) -> Intake:
        """Return the intake it is about."""
        return Intake(self.year, self.season)


class PublishedLicence(models.Model):
    """One line of a publication. The school stands by its code, as published: any code it ever had is its own."""

    publication = models.ForeignKey(LicencePublication, on_delete=models.PROTECT, related_name="licences")
    school_code = models.CharField("学校代码", max_length=10)
    school_name = models.CharField("学校名称", max_length=100)
    programme_name = models.CharField("专业名称", max_length=60)
    duration_years = models.DecimalField("学制", max_digits=3, decimal_places=1)
    campus = models.CharField("校区", max_length=60, blank=True)
    quota = models.PositiveIntegerField("招生计划")

    class Meta:
        ordering = ["school_code", "programme_name", "duration_years", "campus"]
        indexes = [models.Index(fields=["school_code", "programme_name"])]
        constraints = [
            models.UniqueConstraint(
                name="licence_once_a_publication",
                fields=["publication", "school_code", "programme_name", "duration_years", "campus"],
            ),
            models.CheckConstraint(name="licence_duration", condition=Q(duration_years__gt=0, duration_years__lte=6)),
        ]
        triggers = [
            *vouched(),
            pgtrigger.Protect(name="licence_is_for_good", operation=pgtrigger.Update | pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return f"{self.school_name} {self.programme_name}（{self.duration_years.normalize():f} 年）{self.quota} 人"
