"""Enrolment: a record of student status at one school; Registration: what the register keeps of it (S2 第六条 on)."""

from __future__ import annotations

import uuid

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import Q

from xueji.cases.models import Case
from xueji.core import status_words as words
from xueji.core.identifiers import tail_of
from xueji.institutions.models import Programme, School
from xueji.registry.models.folding import begins_unmoved, status_follows_changes
from xueji.registry.models.people import Person
from xueji.sealing.fields import SealedTextField
from xueji.sealing.indexes import keyed_index
from xueji.sealing.rows import RowDigestField
from xueji.sealing.vouching import vouched


class EnrolmentStatus(models.TextChoices):
    """Student status (学籍状态); the label is the law's word. `claimed`: a second registration while another one stands
    (S2 第八条): no status yet, only a claim that a dispute decides.
    """

    CLAIMED = "claimed", "待查重处理"
    STUDYING = "studying", words.ENROLLED
    SUSPENDED = "suspended", words.SUSPENDED
    WITHDRAWN = "withdrawn", words.WITHDRAWN
    CANCELLED = "cancelled", words.CANCELLED
    TRANSFERRED = "transferred", words.TRANSFERRED
    GRADUATED = "graduated", words.GRADUATED
    COMPLETED = "completed", words.COMPLETED
    DIED = "died", words.DIED

    @classmethod
    def of(cls, word: str) -> EnrolmentStatus:
        """Return the status of a word of the law; KeyError for another."""
        return _BY_WORD[word]


_BY_WORD = {status.label: status for status in EnrolmentStatus}
_TAIL = "tail of a number at a school"  # purpose of the keyed index (`sealing/indexes.py`)


def tail_index(tail: str, school_id: int) -> bytes:
    """Return the keyed index by which the last four digits of a number are found at one school (never of all schools)."""
    return keyed_index(_TAIL, str(school_id), tail.upper())


class TailIndexField(models.BinaryField):  # type: ignore[type-arg]  # generic for the checker alone
    """Made in `pre_save` from the number of the person: whoever stores a record need not think of it."""

    def pre_save(self, model_instance: models.Model, add: bool) -> bytes:  # noqa: ARG002, FBT001  # Django's signature
        """Return the index of the row as it is about to be stored."""
        value = tail_index(model_instance.id_tail, model_instance.school_id)  # type: ignore[attr-defined]  # an Enrolment
        setattr(model_instance, self.attname, value)
        return value


ACTIVE = (EnrolmentStatus.STUDYING, EnrolmentStatus.SUSPENDED)  # one of these a person, wherever and in whichever line


_FREE = {"tail_index": "made of the number of the person, which is vouched for"}


class Enrolment(models.Model):
    """Student-status record: person × school × programme, from entry month on. One active enrolment a person.

    `status` is kept for lists: it is what the decided changes come to (`StatusChange`), and the database holds it to them.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="enrolments")
    school = models.ForeignKey(School, on_delete=models.PROTECT, related_name="enrolments")
    programme = models.ForeignKey(Programme, on_delete=models.PROTECT, related_name="enrolments")
    entry_month = models.CharField("入学年月", max_length=7)  # YYYY-MM
    duration_years = models.DecimalField("学制", max_digits=3, decimal_places=1)
    study_mode = models.CharField("学习形式", max_length=20, default="全日制")
    status = models.CharField(
        "学籍状态", max_length=12, choices=EnrolmentStatus.choices, default=EnrolmentStatus.STUDYING
    )
    # Null while the record is only what a school's list claims: until then a new list may still correct it; from then
    # on particulars change by a decided case alone (S1-07).
    confirmed_at = models.DateTimeField("审核确认时间", null=True)
    tail_index = TailIndexField(max_length=16, null=True)

    class Meta:
        indexes = [
            models.Index(fields=["school", "status"]),
            models.Index(fields=["tail_index"], name="enrolment_tail"),
        ]
        constraints = [
            models.UniqueConstraint(
                name="one_active_enrolment_per_person", fields=["person"],
                condition=Q(status__in=["studying", "suspended"]),
            ),
            models.CheckConstraint(
                name="enrolment_entry_month", condition=Q(entry_month__regex=r"^[12][0-9]{3}-[01][0-9]$")
            ),
        ]  # fmt: skip
        triggers = [*vouched(_FREE), begins_unmoved(), status_follows_changes()]

    def __str__(self) -> str:
        return f"{self.entry_month} 入学的学籍"

    @property
    def id_tail(self) -> str:
        """The last digits of the person's number, as `tail_of` counts them."""
        return tail_of(self.person.resident_id)

    @property
    def school_key(self) -> str:
        """The school, as it enters the keyed index."""
        return str(self.school_id)


class Registration(models.Model):
    """What the register keeps of an enrolment: 注册 in the national system, 备案 here, class, form as filled in (S2 第六条).

    Graduates of a jurisdiction without a register have none. `form` holds the columns of the form that was registered,
    by their identifiers, as JSON: addresses, telephones and papers of relatives are looked at one by one, never listed.
    """

    class Term(models.TextChoices):
        """The intake within its year (S2 第六条)."""

        SPRING = "spring", "春季"
        AUTUMN = "autumn", "秋季"

    class Filing(models.TextChoices):
        """Where the filing (备案) stands; without it no batch, no number (S2 第七条)."""

        OPEN = "open", "待备案"
        FILED = "filed", "已备案"
        BARRED = "barred", "不予备案"

    enrolment = models.OneToOneField(Enrolment, on_delete=models.PROTECT, primary_key=True, related_name="registration")
    intake_year = models.PositiveSmallIntegerField("招生年份")
    intake_term = models.CharField("招生季节", max_length=6, choices=Term.choices)
    entered_on = models.DateField("办理入学手续日期")
    registered_on = models.DateField("登记日期")
    registered_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    national_on = models.DateField("全国系统注册日期", null=True)
    national_source = models.CharField("全国系统注册信息来源", max_length=20, blank=True)
    filing = models.CharField("备案", max_length=6, choices=Filing.choices, default=Filing.OPEN)
    filed_on = models.DateField("备案日期", null=True)
    filed_by = models.ForeignKey(Case, on_delete=models.PROTECT, null=True, related_name="filed_registrations")
    origin = models.CharField("学生来源", max_length=24)  # a key of `core.status_words.ORIGINS`
    grade = models.PositiveSmallIntegerField("年级")  # the year of the class they sit in
    class_name = models.CharField("班级", max_length=40, blank=True)
    campus = models.CharField("校区", max_length=60, blank=True)
    expected_graduation = models.CharField("预计毕业年月", max_length=7)
    compulsory_until = models.DateField(
        "义务教育完成日期", null=True
    )  # until then the junior high's record stands beside it
    form = SealedTextField("登记表", place="form", bound_to="enrolment_id")
    digest = RowDigestField(
        covers=[
            "intake_year", "intake_term", "entered_on", "registered_on", "registered_by_id", "national_on",
            "national_source", "filing", "filed_on", "filed_by_id", "origin", "grade", "class_name", "campus",
            "expected_graduation", "compulsory_until", "form",
        ]
    )  # fmt: skip

    class Meta:
        indexes = [
            models.Index(fields=["intake_year", "intake_term", "filing"], name="registration_of_intake"),
            models.Index(fields=["expected_graduation"], name="registration_expected"),
        ]
        constraints = [
            models.CheckConstraint(
                name="filed_by_and_on",
                condition=Q(filing="filed", filed_on__isnull=False, filed_by__isnull=False)
                | ~Q(filing="filed") & Q(filed_on__isnull=True, filed_by__isnull=True),
            ),
            models.CheckConstraint(
                name="national_on_and_source",
                condition=Q(national_on__isnull=True, national_source="")
                | Q(national_on__isnull=False) & ~Q(national_source=""),
            ),
            models.CheckConstraint(
                name="expected_graduation_month", condition=Q(expected_graduation__regex=r"^[12][0-9]{3}-[01][0-9]$")
            ),
        ]
        triggers = [
            *vouched(),
            pgtrigger.Protect(name="registration_stays", operation=pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return f"{self.intake_year} {self.get_intake_term_display()}登记"
