"""Somebody who comes from a school of another kind: asked for by the school that takes them in, registered with the approval (S2 第十二条)."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from xueji.cases.models import Case
from xueji.core import status_words as words
from xueji.institutions.models import Programme
from xueji.registry.models.enrolments import Enrolment
from xueji.sealing.fields import SealedTextField
from xueji.sealing.rows import RowDigestField
from xueji.sealing.vouching import vouched


class Arrival(models.Model):
    """A student of a senior high or technician school, or a pupil of a junior high, who is to study here.

    `form` holds who it is, by the columns of the form of new students, sealed; `enrolment` is the record the approval made.
    """

    class Source(models.TextChoices):
        """The kind of school somebody comes from; the label is the law's word."""

        SENIOR_HIGH = "senior_high", words.SENIOR_HIGH
        TECHNICIAN = "technician_school", words.TECHNICIAN
        JUNIOR_HIGH = "junior_high_pupil", words.JUNIOR_HIGH

    case = models.OneToOneField(Case, on_delete=models.PROTECT, primary_key=True, related_name="arrival")
    source = models.CharField(
        "原学校类别", max_length=20, choices=Source.choices
    )  # a key of `core.status_words.ORIGINS`
    former_school = models.CharField("原就读学校", max_length=100)
    programme = models.ForeignKey(Programme, on_delete=models.PROTECT, related_name="+")
    grade = models.PositiveSmallIntegerField("年级")
    class_name = models.CharField("班级", max_length=40, blank=True)
    entered_on = models.DateField("入学日期")
    remaining_years = models.DecimalField("剩余学习时间", max_digits=3, decimal_places=1, null=True)
    is_province_managed = models.BooleanField("省管专业", default=False)
    junior_term = models.PositiveSmallIntegerField("初中学期", null=True)
    teachers = models.CharField("专门教师", max_length=200, blank=True)
    form = SealedTextField("登记表", place="form", bound_to="case_id")
    enrolment = models.OneToOneField(Enrolment, on_delete=models.PROTECT, null=True, related_name="arrived_by")
    digest = RowDigestField(
        covers=[
            "case_id", "source", "former_school", "programme_id", "grade", "class_name", "entered_on", "remaining_years",
            "is_province_managed", "junior_term", "teachers", "form", "enrolment_id",
        ]
    )  # fmt: skip

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="arrival_of_a_term_or_with_time_left",
                condition=Q(source="junior_high_pupil", junior_term__isnull=False, remaining_years__isnull=True)
                | ~Q(source="junior_high_pupil") & Q(junior_term__isnull=True, remaining_years__isnull=False),
            )
        ]
        triggers = vouched()

    def __str__(self) -> str:
        return f"由{self.get_source_display()}转入"
