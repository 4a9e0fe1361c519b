"""Person and Enrolment. ID number and birth date lie sealed; the number is found by a keyed blind index."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q

from xueji.cases.models import Case
from xueji.institutions.models import Programme, School
from xueji.sealing.fields import SealedDateField, SealedTextField
from xueji.sealing.rows import RowDigestField
from xueji.sealing.vouching import vouched


class Sex(models.TextChoices):
    """GB/T 2261.1 as printed."""

    MALE = "男", "男"
    FEMALE = "女", "女"


class Person(models.Model):
    """A human being with one identity document. Person ≠ ID number: a corrected number keeps the person."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    id_document_type = models.CharField("证件类型", max_length=20, default="居民身份证")
    resident_id = SealedTextField("证件号", place="resident_id")
    resident_id_index = models.BinaryField(max_length=16, unique=True)  # HMAC-SHA-256/128 of the normalised number
    name = models.CharField("姓名", max_length=100)
    sex = models.CharField("性别", max_length=1, choices=Sex.choices)
    birth_date = SealedDateField("出生日期", place="birth_date")  # with region and tail it is the whole number
    ethnicity = models.CharField("民族", max_length=20, blank=True)
    political_status = models.CharField("政治面貌", max_length=20, blank=True)
    digest = RowDigestField(
        covers=["id", "id_document_type", "resident_id", "name", "sex", "birth_date", "ethnicity", "political_status"]
    )

    class Meta:
        indexes = [models.Index(fields=["name"])]
        triggers = vouched()

    def __str__(self) -> str:
        return self.name


class EnrolmentStatus(models.TextChoices):
    """Student status (学籍状态) as far as graduation needs it; the full table comes with the registry's own procedures."""

    STUDYING = "studying", "在读"
    GRADUATED = "graduated", "毕业"
    COMPLETED = "completed", "结业"
    LEFT = "left", "离校"


class Enrolment(models.Model):
    """Student-status record: person × school × programme, from entry month on. One live enrolment a person."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="enrolments")
    school = models.ForeignKey(School, on_delete=models.PROTECT, related_name="enrolments")
    programme = models.ForeignKey(Programme, on_delete=models.PROTECT, related_name="enrolments")
    entry_month = models.CharField("入学年月", max_length=7)  # YYYY-MM
    duration_years = models.DecimalField("学制", max_digits=3, decimal_places=1)
    study_mode = models.CharField("学习形式", max_length=20, default="全日制")
    status = models.CharField(
        "学籍状态", max_length=10, choices=EnrolmentStatus.choices, default=EnrolmentStatus.STUDYING
    )
    # Null while the record is only what a school's list claims: until then a new list may still correct it; from then
    # on particulars change by a decided case alone (S1-07).
    confirmed_at = models.DateTimeField("审核确认时间", null=True)

    class Meta:
        indexes = [models.Index(fields=["school", "status"])]
        constraints = [
            models.UniqueConstraint(
                name="one_live_enrolment_per_person", fields=["person"], condition=Q(status="studying")
            ),
            models.CheckConstraint(
                name="enrolment_entry_month", condition=Q(entry_month__regex=r"^[12][0-9]{3}-[01][0-9]$")
            ),
        ]
        triggers = vouched()

    def __str__(self) -> str:
        return f"{self.entry_month} 入学的学籍"


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


class Reveal(models.Model):
    """Somebody looked at a full ID number, and why."""

    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    reason = models.CharField("用途", max_length=200)
