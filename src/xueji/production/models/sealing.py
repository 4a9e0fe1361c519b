"""Rounds with appointments, the sealing of an issue, and the check of electronic files that goes before it."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from xueji.certificates.models import Certificate, Issue, Term
from xueji.core.packs import PackView
from xueji.draws.models import Commitment, Draw, DrawItem
from xueji.institutions.models import Authority
from xueji.institutions.queries import pack_over
from xueji.ledger.models import append_only
from xueji.sealing.rows import RowDigestField
from xueji.sealing.vouching import vouched


class SealingRound(models.Model):
    """The days on which an authority seals the certificates of a class (S1-12), or its late ones (S1-13)."""

    authority = models.ForeignKey(Authority, on_delete=models.PROTECT, related_name="rounds")
    year = models.PositiveSmallIntegerField("届")
    term = models.CharField("季", max_length=6, choices=Term.choices)
    legal_date = models.DateField("适用日期")  # the day on which the pack is read for its days
    is_late = models.BooleanField("补验印", default=False)
    opens_on = models.DateField("开始")
    closes_on = models.DateField("截止")
    place = models.CharField("地点", max_length=100)
    schools_per_half_day = models.PositiveSmallIntegerField("每半天学校数", default=4)
    # Where files are drawn before sealing: published at once, its secret told when the round is over, not before.
    commitment = models.OneToOneField(Commitment, on_delete=models.PROTECT, null=True, related_name="sealing_round")

    class Meta:
        ordering = ["-opens_on"]
        constraints = [
            models.UniqueConstraint(name="round_once", fields=["authority", "year", "term", "is_late"]),
            models.CheckConstraint(name="round_days_in_order", condition=Q(opens_on__lte=F("closes_on"))),
        ]

    @property
    def law(self) -> PackView:
        """The pack over the authority, which sets the days; what is sealed on them has the law of its case."""
        return pack_over(self.authority).on(self.legal_date)

    @property
    def season_label(self) -> str:
        """«2019届秋季»."""
        return f"{self.year}届{self.get_term_display()}"

    def takes(self, issue: Issue) -> bool:
        """Whether an issue is sealed in this round: of its authority, its class, late or not as it is."""
        return all(getattr(self, name) == getattr(issue, name) for name in ("authority_id", "year", "term", "is_late"))

    def __str__(self) -> str:
        return f"{self.opens_on:%Y-%m-%d} 至 {self.closes_on:%Y-%m-%d}{'补验印' if self.is_late else '验印'}"


class SealingAppointment(models.Model):
    """When a school comes with its diplomas."""

    class Half(models.TextChoices):
        """Half of a day."""

        MORNING = "am", "上午"
        AFTERNOON = "pm", "下午"

    round = models.ForeignKey(SealingRound, on_delete=models.PROTECT, related_name="appointments")
    issue = models.OneToOneField(Issue, on_delete=models.PROTECT, related_name="appointment")
    day = models.DateField("日期")
    half = models.CharField(max_length=2, choices=Half.choices)
    place_in_half = (
        models.PositiveSmallIntegerField()
    )  # 1..schools_per_half_day: the constraint that keeps a half-day from overflowing
    booked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    booked_at = models.DateTimeField()

    class Meta:
        ordering = ["day", "half", "place_in_half"]
        constraints = [
            models.UniqueConstraint(name="appointment_place_once", fields=["round", "day", "half", "place_in_half"])
        ]

    def __str__(self) -> str:
        return f"{self.day:%Y-%m-%d} {self.get_half_display()}"


class SealingSession(models.Model):
    """The act of sealing one issue: what was counted, that it balanced, who sealed, who supervised."""

    issue = models.OneToOneField(Issue, on_delete=models.PROTECT, related_name="sealing")
    round = models.ForeignKey(SealingRound, on_delete=models.PROTECT, related_name="sessions")
    diplomas_counted = models.PositiveIntegerField("清点证书数")
    register_total = models.PositiveIntegerField("登记册验印人数")
    refused_count = models.PositiveIntegerField("不予验印数", default=0)
    sealed_count = models.PositiveIntegerField("验印数")
    first_number = models.CharField(max_length=40)
    last_number = models.CharField(max_length=40)
    sealed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    supervised_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    sealed_at = models.DateTimeField()
    materials = models.JSONField(
        "材料", default=list
    )  # labels of what was brought and ticked off, as the pack names it
    note = models.CharField(max_length=200, blank=True)
    digest = RowDigestField(
        covers=[
            "issue_id", "round_id", "diplomas_counted", "register_total", "refused_count", "sealed_count", "first_number",
            "last_number", "sealed_by_id", "supervised_by_id", "sealed_at", "materials", "note",
        ]
    )  # fmt: skip

    class Meta:
        ordering = ["-sealed_at"]
        constraints = [
            models.CheckConstraint(
                name="sealing_balances",
                condition=Q(
                    diplomas_counted=F("sealed_count") + F("refused_count"),
                    register_total=F("sealed_count") + F("refused_count"),
                ),
            ),
            models.CheckConstraint(name="sealing_two_persons", condition=~Q(sealed_by=F("supervised_by"))),
        ]
        triggers = [*append_only(), *vouched()]

    def __str__(self) -> str:
        return f"{self.first_number} 至 {self.last_number}"


class SealingRefusal(models.Model):
    """A diploma brought but not sealed, and why."""

    session = models.ForeignKey(SealingSession, on_delete=models.PROTECT, related_name="refusals")
    certificate = models.OneToOneField(Certificate, on_delete=models.PROTECT, related_name="sealing_refusal")
    reason = models.CharField("原因", max_length=200)
    digest = RowDigestField(covers=["session_id", "certificate_id", "reason"])

    class Meta:
        triggers = [*append_only(), *vouched()]


class FileCheck(models.Model):
    """Lots drawn among the graduates of an issue before sealing, to look at their electronic files (S4-07).

    The secret behind the seed is that of the round, told when the round is over: told earlier, it would tell schools
    still to come which of their files will be looked at.
    """

    issue = models.OneToOneField(Issue, on_delete=models.PROTECT, related_name="file_check")
    round = models.ForeignKey(SealingRound, on_delete=models.PROTECT, related_name="file_checks")
    draw = models.OneToOneField(Draw, on_delete=models.PROTECT, related_name="file_check")

    class Meta:
        triggers = append_only()

    def __str__(self) -> str:
        return f"抽查学籍电子档案 {self.draw.population} 人"


class FileCheckItem(models.Model):
    """Whose diploma stands behind one that was drawn: what its file says is the outcome of the item."""

    item = models.OneToOneField(DrawItem, on_delete=models.PROTECT, related_name="file_check_item")
    certificate = models.OneToOneField(Certificate, on_delete=models.PROTECT, related_name="file_check_item")

    class Meta:
        ordering = ["item"]
        triggers = append_only()

    def __str__(self) -> str:
        return str(self.item)
