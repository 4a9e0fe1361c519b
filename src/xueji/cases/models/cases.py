"""Case, CaseParty: a request that people decide, whatever its subject, and who has a part in it."""

from __future__ import annotations

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import Q

from xueji.institutions.models import Authority, School
from xueji.ledger.models import append_only
from xueji.sealing.rows import RowDigestField
from xueji.sealing.vouching import vouched


class CaseState(models.TextChoices):
    """Where a case stands."""

    DRAFT = "draft", "未提交"
    IN_PROGRESS = "in_progress", "办理中"
    RETURNED = "returned", "已退回"
    APPROVED = "approved", "已通过"
    REFUSED = "refused", "不予通过"
    WITHDRAWN = "withdrawn", "已撤回"
    REFERRED = "referred", "已转办"


class Case(models.Model):
    """A request on its way: kind, parties, pack in force on its legal date, state, round. `version` guards stale pages.

    `school` is that of its main party, kept here for queues and lists and held to it by the database (docs/adr/0022);
    none where an authority or an applicant files. `follows` is the case it goes on with, which was referred to another place.
    """

    kind = models.CharField("种类", max_length=40)
    title = models.CharField("标题", max_length=200)
    school = models.ForeignKey(School, on_delete=models.PROTECT, related_name="cases", null=True)
    pack = models.CharField(max_length=80)
    pack_hash = models.CharField(max_length=64)
    legal_date = models.DateField("适用日期")
    state = models.CharField(max_length=12, choices=CaseState.choices, default=CaseState.DRAFT)
    round = models.PositiveSmallIntegerField("轮次", default=0)
    version = models.PositiveIntegerField(default=0)
    opened_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    opened_at = models.DateTimeField()
    submitted_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    submitted_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)
    follows = models.OneToOneField("self", on_delete=models.PROTECT, null=True, related_name="followed_by")

    class Meta:
        ordering = ["-id"]
        indexes = [models.Index(fields=["school", "kind", "state"])]
        constraints = [
            models.CheckConstraint(
                name="case_submitted_by_and_at",
                condition=Q(submitted_by__isnull=True, submitted_at__isnull=True)
                | Q(submitted_by__isnull=False, submitted_at__isnull=False),
            ),
            models.CheckConstraint(
                name="case_closed_when_over",
                condition=Q(state__in=["draft", "in_progress", "returned"], closed_at__isnull=True)
                | Q(state__in=["approved", "refused", "withdrawn", "referred"], closed_at__isnull=False),
            ),
        ]
        triggers = [
            *vouched(),
            pgtrigger.Protect(name="school_stays", operation=pgtrigger.Update, condition=pgtrigger.AnyChange("school")),
            pgtrigger.Protect(
                name="follows_for_good", operation=pgtrigger.Update, condition=pgtrigger.AnyChange("follows")
            ),
            pgtrigger.Trigger(
                name="follows_a_referred_case",
                level=pgtrigger.Row,
                when=pgtrigger.Before,
                operation=pgtrigger.Insert,
                condition=pgtrigger.Q(new__follows__isnull=False),
                func="""
                    IF NOT EXISTS (SELECT FROM cases_case c WHERE c.id = NEW.follows_id AND c.state = 'referred'
                      AND c.kind = NEW.kind AND c.round = NEW.round)
                    THEN RAISE EXCEPTION 'case % was not referred', NEW.follows_id
                      USING ERRCODE = 'integrity_constraint_violation';
                    END IF;
                    RETURN NEW;
                """,
            ),
            pgtrigger.Trigger(
                name="case_has_a_main_party",
                level=pgtrigger.Row,
                when=pgtrigger.After,
                operation=pgtrigger.Insert,
                timing=pgtrigger.Deferred,
                func="""
                    IF NOT EXISTS (SELECT FROM cases_caseparty p WHERE p.case_id = NEW.id AND p.is_main)
                    THEN RAISE EXCEPTION 'case % has no main party', NEW.id USING ERRCODE = 'integrity_constraint_violation';
                    END IF;
                    RETURN NULL;
                """,
            ),
        ]

    def __str__(self) -> str:
        return self.title


class CaseParty(models.Model):
    """Who has a part in a case, in which role (`core.workflow.ROLES`); fixed when the case is opened, never changed."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="parties")
    role = models.CharField("身份", max_length=20)
    is_main = models.BooleanField("由其提出", default=False)
    school = models.ForeignKey(School, on_delete=models.PROTECT, null=True, related_name="party_to")
    authority = models.ForeignKey(Authority, on_delete=models.PROTECT, null=True, related_name="party_to")
    applicant = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="party_to"
    )
    digest = RowDigestField(covers=["case_id", "role", "is_main", "school_id", "authority_id", "applicant_id"])

    class Meta:
        ordering = ["case", "-is_main", "id"]
        constraints = [
            models.UniqueConstraint(name="party_once_per_role", fields=["case", "role"]),
            models.UniqueConstraint(name="one_main_party", fields=["case"], condition=Q(is_main=True)),
            models.CheckConstraint(
                name="party_is_one",
                condition=Q(school__isnull=False, authority__isnull=True, applicant__isnull=True)
                | Q(school__isnull=True, authority__isnull=False, applicant__isnull=True)
                | Q(school__isnull=True, authority__isnull=True, applicant__isnull=False),
            ),
        ]
        triggers = [
            *vouched(),
            *append_only(),
            pgtrigger.Trigger(
                name="main_party_is_the_school_of_the_case",
                level=pgtrigger.Row,
                when=pgtrigger.Before,
                operation=pgtrigger.Insert,
                condition=pgtrigger.Q(new__is_main=True),
                func="""
                    IF NEW.school_id IS DISTINCT FROM (SELECT c.school_id FROM cases_case c WHERE c.id = NEW.case_id)
                    THEN RAISE EXCEPTION 'the main party of case % is not its school', NEW.case_id
                      USING ERRCODE = 'integrity_constraint_violation';
                    END IF;
                    RETURN NEW;
                """,
            ),
        ]

    def __str__(self) -> str:
        return str(self.school or self.authority or self.applicant)
