"""The rates of a season, as a province publishes them."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from xueji.graduation.models.seasons import Season
from xueji.institutions.models import School


class RatePublication(models.Model):
    """The rates of a season as published (S3-11): counted once, so that a public figure does not move by itself."""

    season = models.ForeignKey(Season, on_delete=models.PROTECT, related_name="rate_publications")
    definition = models.TextField("统计口径")
    smallest_group = models.PositiveIntegerField("最少公布人数")
    published_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    published_at = models.DateTimeField("发布时间")

    class Meta:
        ordering = ["-published_at"]

    def __str__(self) -> str:
        return str(self.season)


class RateLine(models.Model):
    """One school of a publication: graduates, those with a matching vocational certificate, those in employment."""

    publication = models.ForeignKey(RatePublication, on_delete=models.CASCADE, related_name="lines")
    school = models.ForeignKey(School, on_delete=models.PROTECT, related_name="rate_lines")
    graduates = models.PositiveIntegerField("毕业生数")
    certified = models.PositiveIntegerField("取得职业资格证书人数")
    employed = models.PositiveIntegerField("就业人数")

    class Meta:
        ordering = ["school__code"]
        constraints = [
            models.UniqueConstraint(name="rate_line_once", fields=["publication", "school"]),
            models.CheckConstraint(
                name="rate_parts_within_graduates",
                condition=Q(certified__lte=F("graduates"), employed__lte=F("graduates")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.school} {self.graduates}"
