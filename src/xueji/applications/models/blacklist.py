"""Who forged papers (S0 三（四）3): proposed, told and heard, decided by two people, published until a day, taken off."""

from __future__ import annotations

import uuid
from datetime import date

import pgtrigger
from django.db import models
from django.db.models import F, Q

from xueji.accounts.models import User
from xueji.applications.models.applications import Application
from xueji.documents.models import StoredFile
from xueji.institutions.models import Authority
from xueji.ledger.models import append_only
from xueji.ledger.triggers import kept_for_good, unchangeable
from xueji.sealing.rows import RowDigestField
from xueji.sealing.vouching import vouched


class BlacklistEntry(models.Model):
    """That somebody is to stand, stands or stood on the blacklist (黑名单) for the forged papers of one refused application.

    `answer_until` is the last day on which the person may answer; a decision is drafted after it. `would_list` is what was
    drafted. `measures` are what the law adds to the list, by the engine's answer to `sanction`, fixed with the decision.
    """

    class State(models.TextChoices):
        """How far it is."""

        PROPOSED = "proposed", "已告知，听取陈述申辩"
        DRAFTED = "drafted", "已拟定，待另一人决定"
        DROPPED = "dropped", "不列入"
        LISTED = "listed", "已列入"
        LEAVING = "leaving", "拟移出，待另一人决定"
        REMOVED = "removed", "已移出"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    application = models.OneToOneField(Application, on_delete=models.PROTECT, related_name="blacklist_entry")
    authority = models.ForeignKey(Authority, on_delete=models.PROTECT, related_name="+")  # which refused it
    pack = models.CharField("政策包", max_length=60)
    cites = models.JSONField(default=list)  # source and clause, in words
    evidence = models.JSONField("伪造的材料", default=list)  # what the refusal found forged, in words
    reasons = models.CharField("伪造的情况", max_length=500)
    employer = models.CharField("工作单位", max_length=100, blank=True)  # empty: none is known
    school_name = models.CharField("协助伪造的学校", max_length=100, blank=True)
    discipline_organ = models.CharField("学校上级主管纪检监察部门", max_length=100, blank=True)
    state = models.CharField("进度", max_length=8, choices=State.choices, default=State.PROPOSED)
    proposed_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField("告知时间")
    answer_until = models.DateField("陈述申辩截止")
    would_list = models.BooleanField("拟列入", null=True)
    drafted_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    drafted_on = models.DateField("拟定日期", null=True)
    decided_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField("决定时间", null=True)
    measures = models.JSONField("处理", default=list)
    expires_on = models.DateField("公示到期", null=True)
    leaving_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    removed_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    removed_at = models.DateTimeField("移出时间", null=True)
    digest = RowDigestField(
        covers=[
            "id", "application_id", "authority_id", "pack", "cites", "evidence", "reasons", "employer", "school_name",
            "discipline_organ", "state", "proposed_by_id", "proposed_at", "answer_until", "would_list", "drafted_by_id",
            "drafted_on", "decided_by_id", "decided_at", "measures", "expires_on", "leaving_by_id", "removed_by_id", "removed_at",
        ]
    )  # fmt: skip

    class Meta:
        ordering = ["-proposed_at", "id"]
        indexes = [
            models.Index(fields=["-decided_at"], condition=Q(state__in=["listed", "leaving"]), name="blacklist_published"),
            models.Index(fields=["authority", "-proposed_at"], name="blacklist_of_office"),
        ]  # fmt: skip
        constraints = [
            models.CheckConstraint(
                name="blacklist_drafted_after_the_days_to_answer",
                condition=Q(state="proposed", would_list__isnull=True, drafted_by__isnull=True, drafted_on__isnull=True)
                | ~Q(state="proposed")
                & Q(would_list__isnull=False, drafted_by__isnull=False, drafted_on__gt=F("answer_until")),
            ),
            models.CheckConstraint(
                name="blacklist_decided_by_another",
                condition=Q(state__in=["proposed", "drafted"], decided_by__isnull=True, decided_at__isnull=True)
                | ~Q(state__in=["proposed", "drafted"])
                & Q(decided_by__isnull=False, decided_at__isnull=False)
                & ~Q(decided_by=F("drafted_by"))
                & ~Q(decided_by=F("proposed_by")),
            ),
            models.CheckConstraint(
                name="blacklist_published_until_a_day",
                condition=Q(state__in=["listed", "leaving", "removed"], would_list=True, expires_on__isnull=False)
                & ~Q(measures=[])
                | Q(state__in=["proposed", "drafted", "dropped"], expires_on__isnull=True, measures=[]),
            ),
            models.CheckConstraint(name="blacklist_dropped_as_drafted", condition=~Q(state="dropped", would_list=True)),
            models.CheckConstraint(
                name="blacklist_removed_by_two",
                condition=Q(state="leaving", leaving_by__isnull=False, removed_by__isnull=True, removed_at__isnull=True)
                | Q(state="removed", leaving_by__isnull=False, removed_by__isnull=False, removed_at__isnull=False)
                & ~Q(leaving_by=F("removed_by"))
                | ~Q(state__in=["leaving", "removed"])
                & Q(leaving_by__isnull=True, removed_by__isnull=True, removed_at__isnull=True),
            ),
            models.CheckConstraint(
                name="blacklist_says_what_was_forged", condition=~Q(reasons="") & ~Q(evidence=[]) & ~Q(cites=[])
            ),
            models.CheckConstraint(
                name="blacklist_school_with_its_organ",
                condition=Q(school_name="", discipline_organ="") | ~Q(school_name="") & ~Q(discipline_organ=""),
            ),
        ]
        triggers = [
            *vouched(),
            *kept_for_good(),
            unchangeable(
                "id", "application_id", "authority_id", "pack", "cites", "evidence", "reasons", "employer", "school_name",
                "discipline_organ", "proposed_by_id", "proposed_at", "answer_until",
            ),
            pgtrigger.Trigger(
                name="blacklist_of_forged_papers",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert,
                func="""
                    IF NOT EXISTS (SELECT FROM applications_application a JOIN applications_defect d ON d.application_id = a.id
                      WHERE a.id = NEW.application_id AND a.state = 'refused' AND a.office_id = NEW.authority_id AND d.ground = 'forged')
                    THEN RAISE EXCEPTION 'application % was not refused as forged', NEW.application_id
                      USING ERRCODE = 'integrity_constraint_violation';
                    END IF;
                    RETURN NEW;
                """,
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.application.applicant}（{self.get_state_display()}）"

    @property
    def is_published(self) -> bool:
        """Whether it was decided upon and not taken off; until when, `expires_on` says."""
        return self.state in (self.State.LISTED, self.State.LEAVING)

    def is_in_force(self, on: date) -> bool:
        """Whether it stands on the list on a day."""
        return self.is_published and self.expires_on is not None and on <= self.expires_on


class BlacklistAct(models.Model):
    """What somebody did about an entry: proposed, answered, drafted, decided, had it taken off. Never changed."""

    class Kind(models.TextChoices):
        """What it is."""

        PROPOSED = "proposed", "提出列入，告知本人"
        SERVED = "served", "送达告知书"  # `at` is the day of service; who put it on record and when, the ledger says
        ANSWERED = "answered", "陈述申辩"
        DRAFTED = "drafted", "拟定决定"
        SENT_BACK = "sent_back", "退回拟定的决定"
        DROPPED = "dropped", "决定不列入"
        LISTED = "listed", "决定列入并公示"
        LEAVING = "leaving", "提出移出"
        KEPT = "kept", "不同意移出"
        REMOVED = "removed", "决定移出"

    entry = models.ForeignKey(BlacklistEntry, on_delete=models.PROTECT, related_name="acts")
    kind = models.CharField("办理", max_length=9, choices=Kind.choices)
    statement = models.TextField("说明")
    file = models.ForeignKey(StoredFile, on_delete=models.PROTECT, null=True, related_name="+")
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField("时间")

    class Meta:
        ordering = ["entry", "id"]
        constraints = [
            models.CheckConstraint(name="blacklist_act_with_words", condition=~Q(statement="")),
            models.CheckConstraint(
                name="blacklist_picture_of_an_answer", condition=Q(file__isnull=True) | Q(kind="answered")
            ),
        ]
        triggers = [*append_only(), *vouched()]

    def __str__(self) -> str:
        return self.get_kind_display()
