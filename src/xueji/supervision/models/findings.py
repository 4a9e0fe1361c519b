"""What the register shows against the negative list, what was said and decided of it, and how the two systems compare (S2 第六章)."""

from __future__ import annotations

import uuid

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import F, Q

from xueji.core.shares import share_words
from xueji.documents.models import StoredFile
from xueji.institutions.models import School
from xueji.ledger.models import append_only
from xueji.ledger.triggers import kept_for_good, unchangeable
from xueji.registry.models import Enrolment
from xueji.sealing.rows import RowDigestField
from xueji.sealing.vouching import vouched
from xueji.uploads.models import Upload


class ListedFinding(models.Model):
    """One matter of the negative list at one school, as the register shows it: found by a search, decided by two people alone.

    It stands from the first day on which it was found and true; a search that no longer finds it ends it, and one that finds
    it again later begins another. `facts` is what the rule was asked, `evidence` what else shows it: numbers, days and keys
    of rows, never anybody's particulars.
    """

    class State(models.TextChoices):
        """What people decided of it; the machine decides nothing."""

        OPEN = "open", "待核实"
        TAKEN_UP = "taken_up", "已立案"
        CONFIRMED = "confirmed", "已查实"
        DROPPED = "dropped", "不予认定"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    school = models.ForeignKey(School, on_delete=models.PROTECT, related_name="listed_findings")
    item = models.CharField("项目号", max_length=8)  # of the pack's negative list
    subject = models.CharField("对象", max_length=120)  # what it is about, of one item at one school
    enrolment = models.ForeignKey(Enrolment, on_delete=models.PROTECT, null=True, related_name="+")
    label = models.CharField("涉及", max_length=160, blank=True)  # in words, where it is nobody's record
    message = models.CharField("情况", max_length=300)
    way_out = models.CharField("消除条件", max_length=300)
    cites = models.JSONField("依据", default=list)  # «source:clause» each
    pack = models.CharField("政策包", max_length=60)
    facts = models.JSONField("认定事实", default=dict)
    evidence = models.JSONField("佐证", default=dict)
    began_on = models.DateField("起始日期")
    found_at = models.DateTimeField("查出时间")
    shown_on = models.DateField("主管部门可见日期")  # until then it is the school's alone
    ended_at = models.DateTimeField("消除时间", null=True)
    state = models.CharField("处理", max_length=9, choices=State.choices, default=State.OPEN)
    proposed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField("认定时间", null=True)
    digest = RowDigestField(
        covers=[
            "id", "school_id", "item", "subject", "enrolment_id", "label", "message", "way_out", "cites", "pack", "facts",
            "evidence", "began_on", "found_at", "shown_on", "ended_at", "state", "proposed_by_id", "decided_by_id", "decided_at",
        ]
    )  # fmt: skip

    class Meta:
        ordering = ["school", "item", "began_on", "id"]
        indexes = [models.Index(fields=["school", "state"], name="finding_of_school")]
        constraints = [
            models.UniqueConstraint(
                name="one_standing_finding", fields=["school", "item", "subject"], condition=Q(ended_at__isnull=True)
            ),
            models.CheckConstraint(
                name="finding_decided_by_two",
                condition=Q(
                    state__in=["confirmed", "dropped"], proposed_by__isnull=False, decided_by__isnull=False,
                    decided_at__isnull=False,
                ) & ~Q(proposed_by=F("decided_by"))
                | Q(state__in=["open", "taken_up"], decided_by__isnull=True, decided_at__isnull=True),
            ),
            models.CheckConstraint(
                name="finding_ended_after_found", condition=Q(ended_at__isnull=True) | Q(ended_at__gte=F("found_at"))
            ),
        ]  # fmt: skip
        triggers = [
            *vouched(),
            *kept_for_good(),
            unchangeable("id", "school_id", "item", "subject", "enrolment_id", "began_on", "found_at", "shown_on"),
            pgtrigger.Protect(
                name="decided_finding_stays",
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(
                    old__state__in=["confirmed", "dropped"], new__state__df=pgtrigger.F("old__state")
                ),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.item} {self.message}"

    @property
    def is_decided(self) -> bool:
        """Whether two people decided it."""
        return self.state in (self.State.CONFIRMED, self.State.DROPPED)


class FindingAct(models.Model):
    """What somebody did about a finding: the school answered, an authority took it up, proposed, decided. Never changed."""

    class Kind(models.TextChoices):
        """What it is."""

        ANSWERED = "answered", "学校答复"
        TAKEN_UP = "taken_up", "立案核查"
        PROPOSED = "proposed", "提出认定意见"
        SENT_BACK = "sent_back", "退回认定意见"
        DECIDED = "decided", "作出认定"

    finding = models.ForeignKey(ListedFinding, on_delete=models.PROTECT, related_name="acts")
    kind = models.CharField("办理", max_length=9, choices=Kind.choices)
    verdict = models.CharField("意见", max_length=9, blank=True, choices=ListedFinding.State.choices)
    statement = models.TextField("说明")
    file = models.ForeignKey(StoredFile, on_delete=models.PROTECT, null=True, related_name="+")
    file_name = models.CharField("材料", max_length=120, blank=True)
    place = models.CharField("单位", max_length=100)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField("时间")

    class Meta:
        ordering = ["finding", "id"]
        constraints = [
            models.CheckConstraint(
                name="act_with_its_verdict",
                condition=Q(kind__in=["proposed", "decided"], verdict__in=["confirmed", "dropped"])
                | Q(kind__in=["answered", "taken_up", "sent_back"], verdict=""),
            ),
            models.CheckConstraint(name="act_with_words", condition=~Q(statement="")),
            models.CheckConstraint(
                name="act_file_with_name",
                condition=Q(file__isnull=True, file_name="") | Q(file__isnull=False) & ~Q(file_name=""),
            ),
        ]
        triggers = [*append_only(), *vouched()]

    def __str__(self) -> str:
        return self.get_kind_display()


class SystemComparison(models.Model):
    """The students of a school here held against an export of the national system on a day: how many differ (FM5).

    `rows` names who differs by the record here and the row there, with the columns: nobody's particulars. The latest counts.
    """

    school = models.ForeignKey(School, on_delete=models.PROTECT, related_name="system_comparisons")
    compared_on = models.DateField("核对日期")
    differing = models.PositiveIntegerField("不一致人数")
    total = models.PositiveIntegerField("学籍总人数")
    counts = models.JSONField("各类人数", default=dict)
    rows = models.JSONField("不一致的学生", default=list)
    compared = models.JSONField("比较的栏目", default=list)
    place = models.CharField("核对单位", max_length=100, blank=True)
    shown_on = models.DateField("主管部门可见日期")  # until then it is the school's alone
    upload = models.OneToOneField(Upload, on_delete=models.PROTECT, null=True, related_name="+")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField("核对时间")

    class Meta:
        ordering = ["school", "-at", "-id"]
        constraints = [
            models.CheckConstraint(name="differing_of_total", condition=Q(differing__lte=F("total"))),
        ]
        triggers = [*append_only(), *vouched()]

    def __str__(self) -> str:
        return f"{self.compared_on:%Y-%m-%d} 两个系统核对"

    @property
    def share(self) -> str:
        """The share of all students who differ, as pages say it: never rounded down to what the list lets pass."""
        return share_words(self.differing, self.total)
