"""The certificates issued from the book of numbers, and what is asked for one of them."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q

from xueji.cases.models import Case
from xueji.certificates.models.issues import Issue
from xueji.certificates.models.numbers import CertificateNumber
from xueji.certificates.triggers import forward_only
from xueji.documents.models import StoredFile
from xueji.institutions.models import School
from xueji.ledger.triggers import kept_for_good, unchangeable
from xueji.registry.models import Enrolment, Person
from xueji.sealing.fields import SealedDateField, SealedTextField
from xueji.sealing.rows import RowDigestField
from xueji.sealing.vouching import vouched

TITLES = {
    "graduation": "毕业证书",
    "completion": "结业证书",
    "replacement": "学历证明书",
}  # by kind: what the paper is called


class CertificateState(models.TextChoices):
    """What a certificate is worth today."""

    ISSUED = "issued", "已编号，未验印"
    SEALED = "sealed", "有效"
    VOID = "void", "已作废"


_AS_PRINTED = (
    "id", "kind", "issue_id", "number_id", "person_id", "enrolment_id", "school_id", "holder_name", "holder_sex",
    "school_name", "principal", "programme_name", "specialisation",
    "details", "duration_years",
    "study_mode", "entry_month", "graduation_month", "issue_date", "photo_id", "pack", "pack_hash",
    "issued_by_id", "issued_at", "predecessor_id",
)  # fmt: skip  # not what is sealed or keyed: with a new data key the same content is sealed and digested again
_UNDER_CONTENT = (
    "kind", "holder_name", "holder_sex", "holder_birth_date", "holder_id", "school_name", "principal", "programme_name",
    "specialisation", "details", "duration_years", "study_mode", "entry_month", "graduation_month", "issue_date", "photo_id",
)  # fmt: skip


class Certificate(models.Model):
    """A certificate exactly as printed: a snapshot under a keyed digest; wrong ones are voided and replaced, never edited."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(max_length=20, default="graduation")  # graduation | completion | replacement
    issue = models.ForeignKey(Issue, on_delete=models.PROTECT, related_name="certificates")
    number = models.OneToOneField(CertificateNumber, on_delete=models.PROTECT, related_name="certificate")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="certificates")
    # None on a replacement of a diploma from before the register: whose studies no record tells
    enrolment = models.ForeignKey(Enrolment, on_delete=models.PROTECT, null=True, related_name="certificates")
    school = models.ForeignKey(School, on_delete=models.PROTECT, related_name="certificates")
    # as printed
    holder_name = models.CharField("姓名", max_length=100)
    holder_sex = models.CharField("性别", max_length=1)
    holder_birth_date = SealedDateField("出生日期", place="holder_birth_date")
    holder_id = SealedTextField("证件号", place="holder_id")
    school_name = models.CharField("学校", max_length=100)
    principal = models.CharField("校长", max_length=40, blank=True)
    programme_name = models.CharField("专业", max_length=80)
    specialisation = models.CharField("专业技能方向", max_length=80, blank=True)
    duration_years = models.DecimalField("学制", max_digits=3, decimal_places=1)
    study_mode = models.CharField("学习形式", max_length=20)
    entry_month = models.CharField("入学年月", max_length=7)
    graduation_month = models.CharField("毕业年月", max_length=7)
    issue_date = models.DateField("发证日期")
    details = models.JSONField("其他", default=dict, blank=True)  # the pack's own facts, as printed
    photo = models.ForeignKey(StoredFile, on_delete=models.PROTECT, null=True, related_name="+")
    # Keyed, over what is printed: look-up, printing and `xueji audit` refuse a row that does not fit it.
    content_digest = models.CharField(max_length=64)
    content_key_id = models.PositiveIntegerField()
    pack = models.CharField(max_length=80)
    pack_hash = models.CharField(max_length=64)
    state = models.CharField(max_length=10, choices=CertificateState.choices, default=CertificateState.ISSUED)
    issued_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    issued_at = models.DateTimeField()
    sealed_at = models.DateTimeField(null=True)
    voided_at = models.DateTimeField(null=True)
    void_reason = models.CharField("作废原因", max_length=200, blank=True)
    predecessor = models.OneToOneField("self", on_delete=models.PROTECT, null=True, related_name="successor")
    digest = RowDigestField(
        covers=["id", "issue_id", "state", "issued_at", "sealed_at", "voided_at", "void_reason"]
    )  # how it stands

    class Meta:
        indexes = [models.Index(fields=["school", "state"]), models.Index(fields=["holder_name"])]
        constraints = [
            models.UniqueConstraint(
                name="one_live_certificate_per_enrolment", fields=["enrolment", "kind"], condition=~Q(state="void")
            ),
            models.CheckConstraint(
                name="certificate_void_has_time_and_reason",
                condition=Q(state="void", voided_at__isnull=False) & ~Q(void_reason="")
                | ~Q(state="void") & Q(voided_at__isnull=True),
            ),
            models.CheckConstraint(
                name="certificate_of_an_enrolment", condition=Q(enrolment__isnull=False) | Q(kind="replacement")
            ),
            models.CheckConstraint(
                name="certificate_sealed_has_time", condition=~Q(state="sealed") | Q(sealed_at__isnull=False)
            ),
        ]
        triggers = [
            *vouched(dict.fromkeys(_UNDER_CONTENT, "under content_digest, which is vouched for")),
            *kept_for_good(),
            unchangeable(*_AS_PRINTED),
            forward_only("state", ("issued", "sealed", "void")),
        ]

    def __str__(self) -> str:
        return self.holder_name


class CertificateCase(models.Model):
    """What is asked for one certificate: other content, voiding, or a successor for one voided before. The case decides.

    Nothing on the certificate changes: a correction voids it and issues a successor with a number of its own.
    """

    case = models.OneToOneField(Case, on_delete=models.PROTECT, related_name="certificate_case")
    certificate = models.ForeignKey(Certificate, on_delete=models.PROTECT, related_name="certificate_cases")
    reason = models.TextField("原因")
    applied_at = models.DateTimeField("办结时间", null=True)

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return self.case.title


class CertificateCaseItem(models.Model):
    """One field that is wrong on the certificate: what stands there, what is right, sealed both."""

    certificate_case = models.ForeignKey(CertificateCase, on_delete=models.CASCADE, related_name="items")
    field = models.CharField("项目", max_length=30)
    before = SealedTextField("原内容", place="before", bound_to="certificate_case_id")
    after = SealedTextField("更正为", place="after", bound_to="certificate_case_id")

    class Meta:
        ordering = ["id"]
        constraints = [models.UniqueConstraint(name="one_item_per_field", fields=["certificate_case", "field"])]
