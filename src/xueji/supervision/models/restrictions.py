"""What a school rated D may not do in the year after, and where an authority above lets it after all (S2 第二十三条)."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from xueji.institutions.models import Authority, Programme, School
from xueji.ledger.triggers import kept_for_good, unchangeable
from xueji.sealing.rows import RowDigestField
from xueji.sealing.vouching import vouched
from xueji.supervision.models.ratings import Rating


class Restriction(models.Model):
    """New registrations or filings of a school stopped or capped, for some days: the whole school, or a programme, a campus.

    It rests on a published D. Nothing is left open to mean «all»: the whole school is said so.
    """

    school = models.ForeignKey(School, on_delete=models.PROTECT, related_name="restrictions")
    rating = models.ForeignKey(Rating, on_delete=models.PROTECT, related_name="restrictions")
    pack = models.CharField("政策包", max_length=60)
    cites = models.JSONField("依据", default=list)  # «source:clause» each
    acts = models.JSONField("限制的手续", default=list)
    is_whole = models.BooleanField("全校", default=False)
    programme = models.ForeignKey(Programme, on_delete=models.PROTECT, null=True, related_name="+")
    campus = models.CharField("校区", max_length=60, blank=True)
    most = models.PositiveIntegerField("每届至多登记的人数", null=True)  # a cap; none: all stopped
    from_on = models.DateField("开始日期")
    until_on = models.DateField("截止日期")  # the last day
    reason = models.TextField("事由")
    document_number = models.CharField("文号", max_length=100, blank=True)
    authority = models.ForeignKey(Authority, on_delete=models.PROTECT, related_name="+")  # that placed it
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField("作出时间")
    ended_at = models.DateTimeField("终止时间", null=True)
    ended_reason = models.CharField("终止原因", max_length=300, blank=True)
    digest = RowDigestField(
        covers=[
            "school_id", "rating_id", "pack", "cites", "acts", "is_whole", "programme_id", "campus", "most", "from_on", "until_on",
            "reason", "document_number", "authority_id", "by_id", "at", "ended_at", "ended_reason",
        ]
    )  # fmt: skip

    class Meta:
        ordering = ["school", "-at", "-id"]
        constraints = [
            models.CheckConstraint(
                name="restriction_says_what",
                condition=Q(is_whole=True, programme__isnull=True, campus="")
                | Q(is_whole=False) & (Q(programme__isnull=False) | ~Q(campus="")),
            ),
            models.CheckConstraint(name="restriction_stops_something", condition=~Q(acts=[])),
            models.CheckConstraint(
                name="cap_on_registering", condition=Q(most__isnull=True) | Q(most__gt=0, acts=["register"])
            ),
            models.CheckConstraint(name="restriction_days", condition=Q(until_on__gte=F("from_on"))),
            models.CheckConstraint(
                name="restriction_ended_why",
                condition=Q(ended_at__isnull=True, ended_reason="") | Q(ended_at__isnull=False) & ~Q(ended_reason=""),
            ),
        ]
        triggers = [
            *vouched(),
            *kept_for_good(),
            unchangeable(
                "school_id", "rating_id", "pack", "cites", "acts", "is_whole", "programme_id", "campus", "most", "from_on",
                "until_on", "reason", "document_number", "authority_id", "by_id", "at",
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.school.name}新生学籍注册的限制"


class RestrictionBypass(models.Model):
    """A restriction let by for some days, by two people of the authority above; it ends with its restriction."""

    class State(models.TextChoices):
        """How far it is."""

        PROPOSED = "proposed", "待另一人确认"
        GRANTED = "granted", "已放行"
        REFUSED = "refused", "不予放行"

    restriction = models.ForeignKey(Restriction, on_delete=models.PROTECT, related_name="bypasses")
    reason = models.TextField("放行的理由")
    until_on = models.DateField("放行截止")
    place = models.CharField("放行单位", max_length=100)
    state = models.CharField("进度", max_length=8, choices=State.choices, default=State.PROPOSED)
    proposed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField("提出时间")
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField("确认时间", null=True)
    decided_reason = models.CharField("确认的说明", max_length=300, blank=True)
    ended_at = models.DateTimeField("终止时间", null=True)  # with its restriction
    digest = RowDigestField(
        covers=[
            "restriction_id", "reason", "until_on", "place", "state", "proposed_by_id", "proposed_at", "decided_by_id",
            "decided_at", "decided_reason", "ended_at",
        ]
    )  # fmt: skip

    class Meta:
        ordering = ["restriction", "id"]
        constraints = [
            models.UniqueConstraint(
                name="one_bypass_at_a_time", fields=["restriction"], condition=Q(state__in=["proposed", "granted"], ended_at=None)
            ),
            models.CheckConstraint(
                name="bypass_decided_by_two",
                condition=Q(state="proposed", decided_by__isnull=True, decided_at__isnull=True)
                | Q(state__in=["granted", "refused"], decided_by__isnull=False, decided_at__isnull=False)
                & ~Q(proposed_by=F("decided_by")),
            ),
        ]  # fmt: skip
        triggers = [
            *vouched(),
            *kept_for_good(),
            unchangeable("restriction_id", "reason", "until_on", "place", "proposed_by_id", "proposed_at"),
        ]

    def __str__(self) -> str:
        return f"放行至 {self.until_on:%Y-%m-%d}"
