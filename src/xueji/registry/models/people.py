"""Person: what is known of a human being over time. ID numbers and birth dates lie sealed, found by keyed indexes."""

from __future__ import annotations

import uuid

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import F, Q

from xueji.ledger.models import append_only
from xueji.sealing.fields import SealedDateField, SealedTextField
from xueji.sealing.rows import RowDigestField
from xueji.sealing.vouching import vouched


class Sex(models.TextChoices):
    """GB/T 2261.1 as printed."""

    MALE = "男", "男"
    FEMALE = "女", "女"


class Person(models.Model):
    """A human being. Person ≠ ID number: the document here is the one in use, the others are `IdentityDocument`s.

    Who has no document yet has an empty number and no index.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    id_document_type = models.CharField("证件类型", max_length=20, default="居民身份证")
    resident_id = SealedTextField("证件号", place="resident_id")
    resident_id_index = models.BinaryField(
        max_length=16, unique=True, null=True
    )  # HMAC-SHA-256/128 of the normalised number
    name = models.CharField("姓名", max_length=100)
    sex = models.CharField("性别", max_length=1, choices=Sex.choices)
    birth_date = SealedDateField("出生日期", place="birth_date")  # with region and tail it is the whole number
    ethnicity = models.CharField("民族", max_length=20, blank=True)
    political_status = models.CharField("政治面貌", max_length=20, blank=True)
    digest = RowDigestField(
        covers=["id", "id_document_type", "resident_id", "name", "sex", "birth_date", "ethnicity", "political_status"]
    )

    class Meta:
        indexes = [
            models.Index(fields=["name"]),
            models.Index(fields=["name"], name="person_name_begins", opclasses=["text_pattern_ops"]),
        ]
        triggers = vouched()

    def __str__(self) -> str:
        return self.name


class StudentNumber(models.Model):
    """The number of a student (学籍号), for life: carried on from compulsory schooling, or given where none exists (S2-15)."""

    person = models.OneToOneField(Person, on_delete=models.PROTECT, primary_key=True, related_name="student_number")
    number = SealedTextField("学籍号", place="number")  # most hold the ID number behind a letter
    number_index = models.BinaryField(max_length=16, unique=True)
    is_carried_on = models.BooleanField("接续义务教育学籍号")
    given_on = models.DateField("取得日期")

    class Meta:
        triggers = [*append_only(), *vouched()]

    def __str__(self) -> str:
        return "学籍号"


class IdentityDocument(models.Model):
    """A document a person proves their identity with, from a day on, until another took its place."""

    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="documents")
    kind = models.CharField("证件类型", max_length=20)
    number = SealedTextField("证件号", place="number", bound_to="person_id")
    number_index = models.BinaryField(max_length=16, db_index=True)
    since = models.DateField("起用日期")
    until = models.DateField("停用日期", null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="document_of_one_person", fields=["number_index"], condition=Q(until__isnull=True)
            ),
            models.CheckConstraint(
                name="document_ends_after", condition=Q(until__isnull=True) | Q(until__gte=F("since"))
            ),
        ]
        triggers = [
            *vouched(),
            pgtrigger.Protect(name="document_stays", operation=pgtrigger.Delete),
            pgtrigger.Protect(
                name="document_ends_once", operation=pgtrigger.Update, condition=pgtrigger.Q(old__until__isnull=False)
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return self.kind


class PersonName(models.Model):
    """A name a person had until a day, or another way to write the one they have."""

    class Kind(models.TextChoices):
        """Why it is here."""

        FORMER = "former", "曾用名"
        VARIANT = "variant", "异体写法"

    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="other_names")
    name = models.CharField("姓名", max_length=100, db_index=True)
    kind = models.CharField("种类", max_length=10, choices=Kind.choices)
    until = models.DateField("使用至", null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(name="name_once_per_kind", fields=["person", "name", "kind", "until"]),
            models.CheckConstraint(name="former_name_ended", condition=~Q(kind="former") | Q(until__isnull=False)),
        ]
        triggers = [*append_only(), *vouched()]

    def __str__(self) -> str:
        return self.name


class Guardian(models.Model):
    """Who stands for a minor: named at registration, replaced by a change, barred where the school was shown why."""

    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="guardians")
    ordinal = models.PositiveSmallIntegerField("顺序")
    name = models.CharField("监护人姓名", max_length=100)
    relation = models.CharField("关系", max_length=20)
    phone = SealedTextField("联系电话", place="phone", bound_to="person_id")
    document_kind = models.CharField("证件类型", max_length=20, blank=True)
    document_number = SealedTextField("证件号", place="document_number", bound_to="person_id")
    ended_on = models.DateField("不再是监护人", null=True)
    barred_because = models.CharField("限制查看的原因", max_length=200, blank=True)

    class Meta:
        ordering = ["person", "ordinal"]
        constraints = [
            models.UniqueConstraint(
                name="guardian_once_per_place", fields=["person", "ordinal"], condition=Q(ended_on__isnull=True)
            )
        ]
        triggers = vouched()

    def __str__(self) -> str:
        return self.name


class Reveal(models.Model):
    """Somebody looked at a full ID number, and why."""

    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    reason = models.CharField("用途", max_length=200)
