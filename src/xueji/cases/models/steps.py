"""Step, ClockPause, Proposal, Decision, Evidence: how a case is decided, place by place."""

from __future__ import annotations

import pgtrigger
from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from xueji.cases.models.cases import Case
from xueji.core.workflow import ONE_HAND, TWO_HANDS
from xueji.documents.models import StoredFile
from xueji.institutions.models import Authority, Level, Post, School
from xueji.ledger.models import append_only
from xueji.sealing.rows import RowDigestField
from xueji.sealing.vouching import vouched


class StepState(models.TextChoices):
    """Where a step stands."""

    WAITING = "waiting", "未到"
    CURRENT = "current", "办理中"
    DEFERRED = "deferred", "暂缓"
    PAUSED = "paused", "期限中止"
    APPROVED = "approved", "同意"
    RETURNED = "returned", "退回"
    REFUSED = "refused", "不同意"
    CANCELLED = "cancelled", "已终止"
    SKIPPED = "skipped", "无需办理"
    REFERRED = "referred", "转办"


class Step(models.Model):
    """One step of one round: which post of which school or authority decides, how many of it, opened when, due when.

    `settles` are the keys of earlier steps of the round: it is passed over (`skipped`) unless these differ.
    """

    class Place(models.TextChoices):
        """Level that decides."""

        SCHOOL = "school", "学校"
        COUNTY = Level.COUNTY
        CITY = Level.CITY
        PROVINCE = Level.PROVINCE

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="steps")
    round = models.PositiveSmallIntegerField()
    ordinal = models.PositiveSmallIntegerField()
    key = models.CharField(max_length=40)
    label = models.CharField("环节", max_length=60)
    level = models.CharField(max_length=10, choices=Place.choices)
    post = models.CharField(max_length=30, choices=Post.choices)
    school = models.ForeignKey(School, on_delete=models.PROTECT, null=True, related_name="steps")
    authority = models.ForeignKey(Authority, on_delete=models.PROTECT, null=True, related_name="steps")
    settles = ArrayField(models.CharField(max_length=40), default=list)
    hands = models.PositiveSmallIntegerField("办理人数", default=ONE_HAND, db_default=ONE_HAND)
    state = models.CharField(max_length=10, choices=StepState.choices, default=StepState.WAITING)
    opened_at = models.DateTimeField(null=True)
    due_on = models.DateField("办理期限", null=True)
    due_is_provisional = models.BooleanField(default=False)

    class Meta:
        ordering = ["case", "round", "ordinal"]
        constraints = [
            models.UniqueConstraint(name="step_place_in_round", fields=["case", "round", "ordinal"]),
            models.UniqueConstraint(
                name="one_open_step_per_case", fields=["case"], condition=Q(state__in=["current", "deferred", "paused"])
            ),
            models.CheckConstraint(
                name="step_at_one_place",
                condition=Q(level="school", school__isnull=False, authority__isnull=True)
                | ~Q(level="school") & Q(school__isnull=True, authority__isnull=False),
            ),
            models.CheckConstraint(
                name="step_passed_over_settles_others", condition=~Q(state="skipped") | ~Q(settles=[])
            ),
            models.CheckConstraint(name="step_takes_one_or_two", condition=Q(hands__in=[ONE_HAND, TWO_HANDS])),
        ]
        indexes = [
            models.Index(
                fields=["authority", "post", "due_on"],
                condition=Q(state__in=["current", "deferred", "paused"]),
                name="step_queue",
            ),
            models.Index(
                fields=["school", "post", "due_on"],
                condition=Q(state__in=["current", "deferred", "paused"], school__isnull=False),
                name="step_queue_of_school",
            ),
        ]
        triggers = vouched()

    def __str__(self) -> str:
        return self.label

    @property
    def place(self) -> School | Authority:
        """The school or authority whose post decides it: the database holds one of the two."""
        return self.authority or self.school  # type: ignore[return-value]  # step_at_one_place


class ClockPause(models.Model):
    """The term of a step stood still, for a reason its pack gives, from one time to another (none: it still does)."""

    step = models.ForeignKey(Step, on_delete=models.PROTECT, related_name="clock_pauses")
    reason = models.CharField("中止原因", max_length=40)  # a key of `StepSpec.pauses`
    note = models.CharField("说明", max_length=500)
    paused_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    paused_at = models.DateTimeField()
    resumed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    resumed_at = models.DateTimeField(null=True)
    digest = RowDigestField(
        covers=["step_id", "reason", "note", "paused_by_id", "paused_at", "resumed_by_id", "resumed_at"]
    )

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                name="one_open_pause_per_step", fields=["step"], condition=Q(resumed_at__isnull=True)
            ),
            models.CheckConstraint(
                name="pause_resumed_by_and_at",
                condition=Q(resumed_by__isnull=True, resumed_at__isnull=True)
                | Q(resumed_by__isnull=False, resumed_at__isnull=False, resumed_at__gte=F("paused_at")),
            ),
            models.CheckConstraint(name="pause_says_why", condition=~Q(note="") & ~Q(reason="")),
        ]
        triggers = [
            *vouched(),
            pgtrigger.Protect(name="pause_stays", operation=pgtrigger.Delete),
            pgtrigger.Protect(
                name="pause_resumed_once",
                operation=pgtrigger.UpdateOf("resumed_by_id", "resumed_at"),
                condition=pgtrigger.Q(old__resumed_at__isnull=False),
            ),
            pgtrigger.Protect(
                name="pause_says_the_same", operation=pgtrigger.Update,
                condition=pgtrigger.AnyChange("step", "reason", "note", "paused_by", "paused_at"),
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return self.note


class Verdict(models.TextChoices):
    """What a person may decide at a step."""

    APPROVE = "approve", "同意"
    RETURN = "return", "退回"
    REFUSE = "refuse", "不同意"
    DEFER = "defer", "暂缓"
    RESUME = "resume", "恢复办理"
    REFER = "refer", "转办"


class Proposal(models.Model):
    """A verdict that one person proposed (拟办) at a step that takes two: a Decision once a second one confirms it."""

    class Ending(models.TextChoices):
        """What became of it."""

        CONFIRMED = "confirmed", "已确认"
        OBJECTED = "objected", "复核不同意"
        WITHDRAWN = "withdrawn", "已收回"
        LAPSED = "lapsed", "随办件终止"

    step = models.ForeignKey(Step, on_delete=models.PROTECT, related_name="proposals")
    verdict = models.CharField(max_length=10, choices=Verdict.choices)
    reasons = models.TextField("意见", blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    ending = models.CharField(
        "结果", max_length=10, choices=Ending.choices, blank=True
    )  # empty: waits for a second person
    ended_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    ended_at = models.DateTimeField(null=True)
    objection = models.TextField("不同意的理由", blank=True)
    digest = RowDigestField(
        covers=["step_id", "verdict", "reasons", "by_id", "at", "ending", "ended_by_id", "ended_at", "objection"]
    )

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(name="one_open_proposal_per_step", fields=["step"], condition=Q(ending="")),
            models.CheckConstraint(
                name="proposal_ended_by_and_at",
                condition=Q(ending="", ended_by__isnull=True, ended_at__isnull=True)
                | ~Q(ending="") & Q(ended_by__isnull=False, ended_at__isnull=False, ended_at__gte=F("at")),
            ),
            models.CheckConstraint(
                name="proposal_takes_another_person",
                condition=Q(ending__in=["", "lapsed"])
                | Q(ending="withdrawn", ended_by=F("by"))
                | Q(ending__in=["confirmed", "objected"]) & ~Q(ended_by=F("by")),
            ),
            models.CheckConstraint(
                name="proposal_objected_with_reasons",
                condition=Q(ending="objected") & ~Q(objection="") | ~Q(ending="objected") & Q(objection=""),
            ),
            models.CheckConstraint(
                name="proposal_no_without_reasons",
                condition=Q(verdict__in=["approve", "resume"]) | ~Q(reasons=""),
            ),
        ]
        triggers = [
            *vouched(),
            pgtrigger.Protect(name="proposal_stays", operation=pgtrigger.Delete),
            pgtrigger.Protect(
                name="proposal_ended_once", operation=pgtrigger.Update, condition=~pgtrigger.Q(old__ending="")
            ),
            pgtrigger.Protect(
                name="proposal_says_the_same", operation=pgtrigger.Update,
                condition=pgtrigger.AnyChange("step", "verdict", "reasons", "by", "at"),
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return self.get_verdict_display()


class Decision(models.Model):
    """A decision on a step, kept for good; at a step that takes two, the confirmation of what another proposed."""

    step = models.ForeignKey(Step, on_delete=models.PROTECT, related_name="decisions")
    verdict = models.CharField(max_length=10, choices=Verdict.choices)
    reasons = models.TextField("意见", blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    digest = RowDigestField(covers=["step_id", "verdict", "reasons", "by_id", "at"])

    class Meta:
        ordering = ["id"]
        triggers = [
            *append_only(),
            *vouched(),
            pgtrigger.Trigger(
                name="decision_by_as_many_as_the_step_takes",
                level=pgtrigger.Row,
                when=pgtrigger.Before,
                operation=pgtrigger.Insert,
                func="""
                    IF (SELECT s.hands > 1 FROM cases_step s WHERE s.id = NEW.step_id) AND NOT EXISTS (
                      SELECT FROM cases_proposal p WHERE p.step_id = NEW.step_id AND p.verdict = NEW.verdict
                        AND p.ending = 'confirmed' AND p.ended_by_id = NEW.by_id AND p.ended_at = NEW.at)
                    THEN RAISE EXCEPTION 'step % takes two people', NEW.step_id
                      USING ERRCODE = 'integrity_constraint_violation';
                    END IF;
                    RETURN NEW;
                """,
            ),
        ]
        constraints = [
            models.CheckConstraint(
                name="decision_no_without_reasons",
                condition=Q(verdict__in=["approve", "resume"]) | ~Q(reasons=""),
            )
        ]


class Evidence(models.Model):
    """A file that proves something in a case."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="evidence")
    kind = models.CharField("材料", max_length=60)
    file_name = models.CharField(max_length=200)
    file = models.ForeignKey(StoredFile, on_delete=models.PROTECT, related_name="+")
    added_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    added_at = models.DateTimeField()

    class Meta:
        ordering = ["id"]
        triggers = vouched()

    def __str__(self) -> str:
        return f"{self.kind}：{self.file_name}"
