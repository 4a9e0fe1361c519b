"""Attestation: what a school (or who keeps its files) attests of a graduate; CounterSeal: the health authority's seal on it, asked and answered."""

from __future__ import annotations

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import F, Q

from xueji.cases.models import Case
from xueji.certificates.models import Certificate, CertificateNumber
from xueji.documents.models import StoredFile
from xueji.institutions.models import Authority, School
from xueji.ledger.triggers import kept_for_good
from xueji.registry.models import Enrolment, Sex
from xueji.sealing.fields import SealedTextField
from xueji.sealing.rows import RowDigestField
from xueji.sealing.vouching import vouched

_MONTH = r"^[12][0-9]{3}-[01][0-9]$"
# What is sealed or keyed is left out: a new data key makes it anew, and the digest covers the text as it is meant.
_AS_ISSUED = (
    "school_id", "name", "sex", "native_province", "native_place", "study_from", "study_until", "programme",
    "plan_category", "duration_years", "study_form", "original_number", "contact_name", "contact_phone", "photo_id",
    "has_steel_seal", "needs_counterseal", "number_id", "issued_on", "signed_as",
)  # fmt: skip


class AttestationStanding(models.TextChoices):
    """How an attestation stands."""

    DRAFT = "draft", "未开具"
    AWAITING = "awaiting", "待加盖公章"
    VALID = "valid", "有效"
    VOID = "void", "已作废"


class Attestation(models.Model):
    """One 毕业证明: drafted with its case, numbered with the second person's approval; voided, never changed or deleted."""

    case = models.OneToOneField(Case, on_delete=models.PROTECT, primary_key=True, related_name="attestation")
    school = models.ForeignKey(School, on_delete=models.PROTECT, related_name="attestations", verbose_name="毕业学校")
    enrolment = models.ForeignKey(Enrolment, on_delete=models.PROTECT, null=True, related_name="attestations")
    certificate = models.ForeignKey(Certificate, on_delete=models.PROTECT, null=True, related_name="attestations")
    name = models.CharField("姓名", max_length=100)
    sex = models.CharField("性别", max_length=1, choices=Sex.choices)
    resident_id = SealedTextField("身份证号码", place="resident_id", bound_to="case_id")
    resident_id_index = models.BinaryField(max_length=16, db_index=True)
    native_province = models.CharField("籍贯（省）", max_length=40)
    native_place = models.CharField("籍贯（市/县）", max_length=60)
    birth_month = SealedTextField("出生年月", place="birth_month", bound_to="case_id")
    study_from = models.CharField("入学年月", max_length=7)
    study_until = models.CharField("毕业年月", max_length=7)
    programme = models.CharField("专业", max_length=80)
    plan_category = models.CharField("计划类别", max_length=20)
    duration_years = models.DecimalField("学制", max_digits=3, decimal_places=1)
    study_form = models.CharField("学习形式", max_length=20)
    original_number = models.CharField("原毕业证书编号", max_length=60)
    contact_name = models.CharField("联系人", max_length=40)
    contact_phone = models.CharField("联系电话", max_length=40)
    photo = models.ForeignKey(StoredFile, on_delete=models.PROTECT, null=True, related_name="+")
    has_steel_seal = models.BooleanField("有钢印", default=False)
    is_health = models.BooleanField("医药卫生类专业", default=False)
    needs_counterseal = models.BooleanField("须由卫生健康部门加盖公章", default=False)
    number = models.OneToOneField(
        CertificateNumber, on_delete=models.PROTECT, null=True, related_name="attestation", verbose_name="毕业证明编号"
    )
    issued_on = models.DateField("开具日期", null=True)
    signed_as = models.CharField("开具单位", max_length=100, blank=True)  # as it was called on that day
    voided_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    voided_at = models.DateTimeField("作废时间", null=True)
    void_reason = models.CharField("作废原因", max_length=200, blank=True)
    digest = RowDigestField(
        covers=[
            "case_id", "school_id", "enrolment_id", "certificate_id", "name", "sex", "resident_id", "native_province",
            "native_place", "birth_month", "study_from", "study_until", "programme", "plan_category", "duration_years",
            "study_form", "original_number", "contact_name", "contact_phone", "photo_id", "has_steel_seal", "is_health",
            "needs_counterseal", "number_id", "issued_on", "signed_as", "voided_by_id", "voided_at", "void_reason",
        ]
    )  # fmt: skip

    class Meta:
        ordering = ["-case"]
        constraints = [
            models.CheckConstraint(
                name="attestation_numbered_when_issued",
                condition=Q(number__isnull=True, issued_on__isnull=True, signed_as="", voided_at__isnull=True)
                | Q(number__isnull=False, issued_on__isnull=False) & ~Q(signed_as=""),
            ),
            models.CheckConstraint(
                name="attestation_void_by_at_and_why",
                condition=Q(voided_at__isnull=True, voided_by__isnull=True, void_reason="")
                | Q(voided_at__isnull=False, voided_by__isnull=False) & ~Q(void_reason=""),
            ),
            models.CheckConstraint(
                name="attestation_months",
                condition=Q(study_from__regex=_MONTH, study_until__regex=_MONTH, study_from__lt=F("study_until")),
            ),
            models.CheckConstraint(
                name="attestation_duration", condition=Q(duration_years__gt=0, duration_years__lte=6)
            ),
        ]
        triggers = [
            *vouched({"resident_id_index": "made of the number, which is under the digest"}),
            *kept_for_good(),
            pgtrigger.Trigger(
                name="as_issued",
                when=pgtrigger.Before,
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__number__isnull=False),
                func=f"""
                    IF ROW({", ".join(f"OLD.{column}" for column in _AS_ISSUED)})
                       IS DISTINCT FROM ROW({", ".join(f"NEW.{column}" for column in _AS_ISSUED)})
                       OR OLD.voided_at IS NOT NULL AND OLD.voided_at IS DISTINCT FROM NEW.voided_at
                    THEN RAISE EXCEPTION 'an attestation that was issued is voided, never changed'
                      USING ERRCODE = 'integrity_constraint_violation';
                    END IF;
                    RETURN NEW;
                """,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name}的毕业证明"


class CounterSeal(models.Model):
    """A health authority asked to seal an attestation: at its desk, or by a link that works once and not for long."""

    class Answer(models.TextChoices):
        """What it says."""

        SEALED = "sealed", "已加盖公章"
        REFUSED = "refused", "不予加盖"

    attestation = models.ForeignKey(Attestation, on_delete=models.PROTECT, related_name="counterseals")
    office = models.CharField("加盖公章的单位", max_length=100)  # one the pack names
    authority = models.ForeignKey(Authority, on_delete=models.PROTECT, null=True, related_name="counterseals")
    handle_index = models.BinaryField(max_length=16, null=True, unique=True)  # keyed: the link itself is kept nowhere
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    expires_at = models.DateTimeField("链接有效期", null=True)
    withdrawn_at = models.DateTimeField("收回时间", null=True)
    answer = models.CharField("答复", max_length=10, choices=Answer.choices, blank=True)
    answered_at = models.DateTimeField("答复时间", null=True)
    answered_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    answerer = models.CharField("答复人", max_length=40, blank=True)
    phone = models.CharField("答复人电话", max_length=40, blank=True)
    reason = models.CharField("理由", max_length=200, blank=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                name="one_counterseal_open", fields=["attestation"], condition=Q(answer="", withdrawn_at__isnull=True)
            ),
            models.UniqueConstraint(
                name="attestation_sealed_once", fields=["attestation"], condition=Q(answer="sealed")
            ),
            models.CheckConstraint(
                name="counterseal_desk_or_link",
                condition=Q(authority__isnull=False, handle_index__isnull=True, expires_at__isnull=True)
                | Q(authority__isnull=True, handle_index__isnull=False, expires_at__isnull=False),
            ),
            models.CheckConstraint(
                name="counterseal_answered_by_somebody",
                condition=Q(answer="", answered_at__isnull=True, answered_by__isnull=True, answerer="", reason="")
                | Q(answered_at__isnull=False, withdrawn_at__isnull=True)
                & ~Q(answer="")
                & ~Q(answerer="")
                & (
                    Q(authority__isnull=True, answered_by__isnull=True)
                    | Q(authority__isnull=False, answered_by__isnull=False)
                ),
            ),
            models.CheckConstraint(
                name="counterseal_refused_with_reason", condition=~Q(answer="refused") | ~Q(reason="")
            ),
        ]
        triggers = [
            *vouched(),
            *kept_for_good(),
            pgtrigger.Protect(
                name="counterseal_ends_once", operation=pgtrigger.Update,
                condition=~pgtrigger.Q(old__answer="") | pgtrigger.Q(old__withdrawn_at__isnull=False),
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.office}加盖公章"

    @property
    def is_open(self) -> bool:
        """Whether it waits for an answer (by a link that may have run out)."""
        return not self.answer and self.withdrawn_at is None
