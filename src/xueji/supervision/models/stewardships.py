"""Who acts in the name of a school rated D until it is rated C or better (S2 第二十三条)."""

from __future__ import annotations

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import F, Q

from xueji.institutions.models import Authority, Post, School
from xueji.ledger.triggers import kept_for_good, unchangeable
from xueji.sealing.rows import RowDigestField
from xueji.sealing.vouching import vouched
from xueji.supervision.models.ratings import Rating


class Stewardship(models.Model):
    """A superior authority, or a school it names, acts for a school rated D: proposed, decided, recorded at the province, ended.

    It is in force from its record on. A better rating ends it by itself; two people may lift it before.
    """

    class State(models.TextChoices):
        """How far it is."""

        PROPOSED = "proposed", "待另一人决定"
        REFUSED = "refused", "不予代管"
        DECIDED = "decided", "待省级备案"
        RECORDED = "recorded", "代管中"
        ENDED = "ended", "已终止"

    school = models.ForeignKey(School, on_delete=models.PROTECT, related_name="stewardships")
    rating = models.ForeignKey(Rating, on_delete=models.PROTECT, related_name="stewardships")
    pack = models.CharField("政策包", max_length=60)
    cites = models.JSONField("依据", default=list)  # «source:clause» each
    steward_school = models.ForeignKey(School, on_delete=models.PROTECT, null=True, related_name="stewarded")
    steward_authority = models.ForeignKey(Authority, on_delete=models.PROTECT, null=True, related_name="stewarded")
    reason = models.TextField("事由")
    document_number = models.CharField("文号", max_length=100, blank=True)
    authority = models.ForeignKey(Authority, on_delete=models.PROTECT, related_name="+")  # that proposes and decides
    state = models.CharField("进度", max_length=8, choices=State.choices, default=State.PROPOSED)
    proposed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField("提出时间")
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField("决定时间", null=True)
    decided_reason = models.CharField("决定的说明", max_length=300, blank=True)
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    recorded_at = models.DateTimeField("备案时间", null=True)
    record_number = models.CharField("备案号", max_length=100, blank=True)
    lifting_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    lifting_reason = models.CharField("解除的事由", max_length=300, blank=True)
    ended_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    ended_at = models.DateTimeField("终止时间", null=True)
    ended_reason = models.CharField("终止原因", max_length=300, blank=True)
    digest = RowDigestField(
        covers=[
            "school_id", "rating_id", "pack", "cites", "steward_school_id", "steward_authority_id", "reason", "document_number",
            "authority_id", "state", "proposed_by_id", "proposed_at", "decided_by_id", "decided_at", "decided_reason",
            "recorded_by_id", "recorded_at", "record_number", "lifting_by_id", "lifting_reason", "ended_by_id", "ended_at",
            "ended_reason",
        ]
    )  # fmt: skip

    class Meta:
        ordering = ["school", "-id"]
        constraints = [
            models.CheckConstraint(
                name="stewardship_by_one_place",
                condition=Q(steward_school__isnull=False, steward_authority__isnull=True)
                | Q(steward_school__isnull=True, steward_authority__isnull=False),
            ),
            models.CheckConstraint(name="steward_of_another", condition=~Q(school=F("steward_school"))),
            models.UniqueConstraint(
                name="one_stewardship_at_a_time", fields=["school"], condition=Q(state__in=["proposed", "decided", "recorded"])
            ),
            models.CheckConstraint(
                name="stewardship_decided_by_two",
                condition=Q(state__in=["proposed", "ended"], decided_by__isnull=True, decided_at__isnull=True)
                | Q(
                    state__in=["refused", "decided", "recorded", "ended"], decided_by__isnull=False, decided_at__isnull=False
                ) & ~Q(proposed_by=F("decided_by")),
            ),
            models.CheckConstraint(
                name="stewardship_recorded_by_a_third",
                condition=Q(state__in=["proposed", "refused", "decided", "ended"], recorded_by__isnull=True, recorded_at__isnull=True)
                | Q(
                    state__in=["recorded", "ended"], recorded_by__isnull=False, recorded_at__isnull=False, decided_by__isnull=False
                ) & ~Q(record_number="") & ~Q(proposed_by=F("recorded_by")) & ~Q(decided_by=F("recorded_by")),
            ),
            models.CheckConstraint(
                name="stewardship_ended_why",
                condition=Q(state="ended", ended_at__isnull=False) & ~Q(ended_reason="")
                | ~Q(state="ended") & Q(ended_at__isnull=True, ended_by__isnull=True, ended_reason=""),
            ),
            models.CheckConstraint(
                name="stewardship_lifted_by_two",
                condition=Q(ended_by__isnull=True) | Q(lifting_by__isnull=False) & ~Q(lifting_by=F("ended_by")),
            ),
        ]  # fmt: skip
        triggers = [
            *vouched(),
            *kept_for_good(),
            unchangeable(
                "school_id", "rating_id", "pack", "cites", "steward_school_id", "steward_authority_id", "reason",
                "document_number", "authority_id", "proposed_by_id", "proposed_at",
            ),
            pgtrigger.Protect(
                name="ended_stewardship_stays", operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__state__in=["ended", "refused"]),
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.school.name}的代管"

    @property
    def steward(self) -> School | Authority:
        """Who acts for the school."""
        found = self.steward_school or self.steward_authority
        assert found is not None  # a constraint
        return found


class StewardPost(models.Model):
    """A person of the steward, named to act as clerk or leader in the name of the school for as long as the stewardship is in force."""

    stewardship = models.ForeignKey(Stewardship, on_delete=models.PROTECT, related_name="people")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    post = models.CharField(
        "岗位", max_length=30, choices=[(post.value, post.label) for post in (Post.SCHOOL_CLERK, Post.SCHOOL_LEADER)]
    )
    named_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    named_at = models.DateTimeField("指名时间")
    ended_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    ended_at = models.DateTimeField("撤回时间", null=True)
    digest = RowDigestField(
        covers=["stewardship_id", "user_id", "post", "named_by_id", "named_at", "ended_by_id", "ended_at"]
    )  # one that does not fit gives no power

    class Meta:
        ordering = ["stewardship", "id"]
        constraints = [
            models.UniqueConstraint(
                name="one_part_of_a_person", fields=["stewardship", "user"], condition=Q(ended_at__isnull=True)
            ),
            models.CheckConstraint(name="steward_named_by_another", condition=~Q(user=F("named_by"))),
            models.CheckConstraint(name="steward_is_clerk_or_leader", condition=Q(post__in=["school_clerk", "school_leader"])),
            models.CheckConstraint(
                name="steward_post_ended_by_and_at",
                condition=Q(ended_at__isnull=True, ended_by__isnull=True) | Q(ended_at__isnull=False, ended_by__isnull=False),
            ),
        ]  # fmt: skip
        triggers = [
            *vouched(),
            *kept_for_good(),
            unchangeable("stewardship_id", "user_id", "post", "named_by_id", "named_at"),
        ]

    def __str__(self) -> str:
        return f"{self.user.full_name}（{self.get_post_display()}）"
