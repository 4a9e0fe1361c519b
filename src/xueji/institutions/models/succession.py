"""What became of a school: founded, merged, split, closed, each from a day by a document; who keeps its files since.

What a school was called on a day stands in `Amendment`; these rows are the rest of its history, and are never rewritten.
"""

from __future__ import annotations

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import F, Q

from xueji.institutions.models.units import Authority, School
from xueji.sealing.rows import RowDigestField
from xueji.sealing.vouching import vouched

# Who writes about a school holds its row, so that of two successions at once the second sees the first.
_FITS = """
    PERFORM 1 FROM institutions_school WHERE id IN (NEW.school_id, NEW.successor_id) ORDER BY id FOR NO KEY UPDATE;
    IF EXISTS (
        SELECT 1 FROM institutions_succession s WHERE s.school_id = NEW.school_id AND s.withdrawn_at IS NULL
        AND (s.ends AND s.effective_on <= NEW.effective_on OR NEW.ends AND s.effective_on > NEW.effective_on)
        AND NOT (s.kind = 'split' AND NEW.kind = 'split' AND s.effective_on = NEW.effective_on
                 AND s.document_number = NEW.document_number AND s.ends = NEW.ends)
    ) THEN RAISE EXCEPTION 'a school that ended has no later succession' USING ERRCODE = 'check_violation'; END IF;
    IF EXISTS (
        SELECT 1 FROM institutions_succession s WHERE s.withdrawn_at IS NULL AND (
            s.school_id = NEW.successor_id AND (
                s.ends AND s.effective_on <= NEW.effective_on OR s.kind = 'founded' AND s.effective_on > NEW.effective_on)
            OR s.successor_id = NEW.school_id AND (
                NEW.ends AND s.effective_on >= NEW.effective_on OR NEW.kind = 'founded' AND s.effective_on < NEW.effective_on)
            OR s.school_id = NEW.school_id AND (
                NEW.kind = 'founded' AND s.effective_on < NEW.effective_on
                OR s.kind = 'founded' AND s.effective_on > NEW.effective_on))
    ) OR EXISTS (
        SELECT 1 FROM institutions_school s WHERE s.id = NEW.successor_id AND s.closed_on <= NEW.effective_on
    ) THEN RAISE EXCEPTION 'a school succeeds another only while it exists' USING ERRCODE = 'check_violation'; END IF;
    RETURN NEW;
"""
_KEEPER_IS_OPEN = """
    PERFORM 1 FROM institutions_school WHERE id = NEW.custodian_school_id FOR NO KEY UPDATE;
    IF EXISTS (
        SELECT 1 FROM institutions_school s WHERE s.id = NEW.custodian_school_id AND s.closed_on <= NEW.from_on
    ) THEN RAISE EXCEPTION 'a school that is closed keeps no files' USING ERRCODE = 'check_violation'; END IF;
    RETURN NEW;
"""
_KEEP_CODE = """
    IF TG_OP = 'UPDATE' OR EXISTS (SELECT 1 FROM institutions_school WHERE id = OLD.school_id)
    THEN RAISE EXCEPTION 'what codes were used is never rewritten'; END IF;
    RETURN OLD;
"""


class Succession(models.Model):
    """One thing that became of a school: where it came from, into which school it went, that it closed. Withdrawn at most once.

    A merger of several schools is a row for each of them, a split a row for each part.
    """

    class Kind(models.TextChoices):
        """What became of it."""

        FOUNDED = "founded", "设立"
        MERGED = "merged", "并入"
        SPLIT = "split", "分立"
        CLOSED = "closed", "终止办学"

    school = models.ForeignKey(School, on_delete=models.PROTECT, related_name="successions")
    kind = models.CharField("变动", max_length=10, choices=Kind.choices)
    successor = models.ForeignKey(School, on_delete=models.PROTECT, null=True, related_name="predecessions")
    ends = models.BooleanField("原校终止")
    effective_on = models.DateField("生效日期")
    document_number = models.CharField("依据文号", max_length=100)
    handed_over = models.PositiveIntegerField("移交份数", default=0)  # records of students that went along
    entered_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    entered_at = models.DateTimeField()
    withdrawn_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    withdrawn_at = models.DateTimeField(null=True)
    withdrawn_document = models.CharField("撤销依据", max_length=100, blank=True)
    digest = RowDigestField(
        covers=[
            "school_id", "kind", "successor_id", "ends", "effective_on", "document_number", "handed_over", "entered_by_id",
            "entered_at", "withdrawn_by_id", "withdrawn_at", "withdrawn_document",
        ]
    )  # fmt: skip

    class Meta:
        ordering = ["effective_on", "id"]
        constraints = [
            models.CheckConstraint(
                name="succession_names_its_successor",
                condition=Q(kind__in=["merged", "split"], successor__isnull=False)
                | Q(kind__in=["founded", "closed"], successor__isnull=True),
            ),
            models.CheckConstraint(name="school_succeeds_another", condition=~Q(school=F("successor"))),
            models.CheckConstraint(
                name="succession_that_ends",
                condition=Q(kind__in=["merged", "closed"], ends=True) | Q(kind="founded", ends=False) | Q(kind="split"),
            ),
            models.CheckConstraint(
                name="succession_withdrawn_by_and_at",
                condition=Q(withdrawn_by__isnull=True, withdrawn_at__isnull=True, withdrawn_document="")
                | Q(withdrawn_by__isnull=False, withdrawn_at__isnull=False) & ~Q(withdrawn_document=""),
            ),
            models.UniqueConstraint(
                name="school_founded_once", fields=["school"], condition=Q(kind="founded", withdrawn_at__isnull=True)
            ),
            models.UniqueConstraint(
                name="school_merged_or_closed_once", fields=["school"],
                condition=Q(kind__in=["merged", "closed"], withdrawn_at__isnull=True),
            ),
            models.UniqueConstraint(
                name="part_split_off_once", fields=["school", "successor", "effective_on"],
                condition=Q(withdrawn_at__isnull=True),
            ),
        ]  # fmt: skip
        triggers = [
            *vouched(),
            pgtrigger.Trigger(name="succession_fits", when=pgtrigger.Before, operation=pgtrigger.Insert, func=_FITS),
            pgtrigger.Protect(name="succession_stays", operation=pgtrigger.Delete),
            pgtrigger.Protect(
                name="succession_withdrawn_once", operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__withdrawn_at__isnull=False),
            ),
            pgtrigger.Protect(
                name="succession_says_the_same", operation=pgtrigger.Update,
                condition=pgtrigger.AnyChange(
                    "school", "kind", "successor", "ends", "effective_on", "document_number", "handed_over", "entered_by",
                    "entered_at",
                ),
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.school.name}：{self.get_kind_display()}{self.successor.name if self.successor else ''}"


class Custody(models.Model):
    """From a day on somebody else keeps a school's files and serves them: a school or an authority. The newest entry counts."""

    school = models.ForeignKey(School, on_delete=models.PROTECT, related_name="custodies")
    custodian_school = models.ForeignKey(School, on_delete=models.PROTECT, null=True, related_name="kept")
    custodian_authority = models.ForeignKey(Authority, on_delete=models.PROTECT, null=True, related_name="kept")
    from_on = models.DateField("起始日期")
    document_number = models.CharField("依据文号", max_length=100)
    # By what it came to be: once that is withdrawn, it no longer counts. None: named by itself.
    succession = models.ForeignKey(Succession, on_delete=models.PROTECT, null=True, related_name="custodies")
    entered_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    entered_at = models.DateTimeField()
    digest = RowDigestField(
        covers=[
            "school_id", "custodian_school_id", "custodian_authority_id", "from_on", "document_number", "succession_id",
            "entered_by_id", "entered_at",
        ]
    )  # fmt: skip

    class Meta:
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(
                name="custody_of_one_place",
                condition=Q(custodian_school__isnull=False, custodian_authority__isnull=True)
                | Q(custodian_school__isnull=True, custodian_authority__isnull=False),
            ),
            models.CheckConstraint(name="custody_of_another", condition=~Q(school=F("custodian_school"))),
        ]
        triggers = [
            *vouched(),
            pgtrigger.Trigger(
                name="keeper_is_open", when=pgtrigger.Before, operation=pgtrigger.Insert, func=_KEEPER_IS_OPEN
            ),
            pgtrigger.Protect(name="custody_is_for_good", operation=pgtrigger.Update | pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return f"{self.school.name}的档案由{self.custodian_school or self.custodian_authority}保管"


class UsedSchoolCode(models.Model):
    """A code that was ever given to a school, and to which: renamed, ended or given another code, it stays taken.

    Written by the database itself, whenever a school is written.
    """

    code = models.CharField("学校标识码", max_length=10, primary_key=True)
    school = models.ForeignKey(School, on_delete=models.DO_NOTHING, related_name="used_codes")

    class Meta:
        triggers = [
            pgtrigger.Trigger(
                name="used_code_stays", when=pgtrigger.Before, operation=pgtrigger.Update | pgtrigger.Delete, func=_KEEP_CODE
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return self.code
