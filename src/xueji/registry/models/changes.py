"""What was decided of a record of student status: never rewritten, undone by a counter-change alone."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from xueji.cases.models import Case
from xueji.ledger.models import append_only
from xueji.registry.models.enrolments import Enrolment, EnrolmentStatus
from xueji.registry.models.folding import changes_move_status, starts_from_status
from xueji.sealing.fields import SealedTextField
from xueji.sealing.rows import RowDigestField
from xueji.sealing.vouching import vouched

# What a change may move beside the status, and where it lies.
ENROLMENT_VALUES = ("school_id", "programme_id", "duration_years", "study_mode")
REGISTRATION_VALUES = ("grade", "class_name", "campus", "expected_graduation")


class StatusChange(models.Model):
    """One change that took effect: its kind is the law's word (S2 第十一条; 毕业, 结业 and the end of a claim beside them).

    `effective_on` is the day it is true from, `recorded_at` the moment the register knew it: a record can be told as it
    stood on any day, by either. `before` and `after` hold what else it moved: programme, study mode, class, end of studies.
    `counters` names the change it undoes: from then on that one counts as never made, and both stay here.
    `moves_to` is the record at the other school that a transfer out opened.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    enrolment = models.ForeignKey(Enrolment, on_delete=models.PROTECT, related_name="changes")
    ordinal = models.PositiveSmallIntegerField("序号")  # of the record; two people at once cannot both be the next
    kind = models.CharField("异动", max_length=10)
    from_status = models.CharField("原状态", max_length=12, choices=EnrolmentStatus.choices)
    to_status = models.CharField("现状态", max_length=12, choices=EnrolmentStatus.choices)
    effective_on = models.DateField("生效日期")
    recorded_at = models.DateTimeField("登记时间")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    case = models.ForeignKey(Case, on_delete=models.PROTECT, null=True, related_name="status_changes")
    reason = models.CharField("原因", max_length=200, blank=True)
    before = models.JSONField(default=dict)
    after = models.JSONField(default=dict)
    counters = models.OneToOneField("self", on_delete=models.PROTECT, null=True, related_name="countered_by")
    moves_to = models.OneToOneField(Enrolment, on_delete=models.PROTECT, null=True, related_name="came_by")
    digest = RowDigestField(
        covers=[
            "id", "enrolment_id", "ordinal", "kind", "from_status", "to_status", "effective_on", "recorded_at", "by_id",
            "case_id", "reason", "before", "after", "counters_id", "moves_to_id",
        ]
    )  # fmt: skip

    class Meta:
        ordering = ["enrolment", "ordinal"]
        constraints = [
            models.UniqueConstraint(name="change_place_of_enrolment", fields=["enrolment", "ordinal"]),
            models.CheckConstraint(
                name="moves_to_when_transferred", condition=Q(moves_to__isnull=True) | Q(to_status="transferred")
            ),
            models.CheckConstraint(name="moves_elsewhere", condition=~Q(moves_to=F("enrolment"))),
        ]
        triggers = [*append_only(), *vouched(), starts_from_status(), changes_move_status()]

    def __str__(self) -> str:
        return self.kind


class ParticularsChange(models.Model):
    """A correction of a student's particulars on paper and evidence (S1-07): decided by the supervising authority."""

    case = models.OneToOneField(Case, on_delete=models.PROTECT, related_name="particulars_change")
    enrolment = models.ForeignKey(Enrolment, on_delete=models.PROTECT, related_name="particulars_changes")
    document_number = models.CharField("学校文号", max_length=60)
    reason = models.TextField("变更原因")
    applied_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return self.document_number


class ParticularsChangeItem(models.Model):
    """One field to change: from what, to what, sealed both: it may be an ID number or a birth date."""

    change = models.ForeignKey(ParticularsChange, on_delete=models.CASCADE, related_name="items")
    field = models.CharField(
        "项目", max_length=30
    )  # name | sex | birth_date | resident_id | programme | duration_years | entry_month
    before = SealedTextField("变更前", place="before", bound_to="change_id")
    after = SealedTextField("变更后", place="after", bound_to="change_id")

    class Meta:
        constraints = [models.UniqueConstraint(name="one_change_per_field", fields=["change", "field"])]
