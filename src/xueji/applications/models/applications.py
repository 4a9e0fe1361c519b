"""An application of a graduate, and the pictures of its papers."""

from __future__ import annotations

import uuid

import pgtrigger
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from xueji.accounts.models import Applicant, User
from xueji.cases.models import Case
from xueji.core.service_specs import REPLACEMENT, VERIFICATION
from xueji.documents.models import StoredFile
from xueji.institutions.models import Authority, School
from xueji.ledger.triggers import kept_for_good, unchangeable
from xueji.sealing.fields import SealedDateField, SealedTextField
from xueji.sealing.rows import RowDigestField
from xueji.sealing.vouching import vouched

DIPLOMA_INDEX = "diploma of an applicant"  # what the keyed index over `diploma_key` is for
NUMBER_LOST = "*****"  # as the law writes a number nobody knows any more (S0-14)


class Application(models.Model):
    """One application: what is stated of the diploma, how it is to be delivered, and what became of it.

    `centre` is the authority under whose law it stands; `office` the one that decides it, by that law, once it is
    submitted. `place` is drawn from a sequence in the transaction of the submission: gaps are allowed, never an order
    other than that of submission.
    """

    class Kind(models.TextChoices):
        """What is applied for: a service of the packs."""

        REPLACEMENT = REPLACEMENT, "学历证明书"
        VERIFICATION = VERIFICATION, "学历认证"

    class State(models.TextChoices):
        """Where it stands."""

        DRAFT = "draft", "填写中"
        SUBMITTED = "submitted", "办理中"
        APPROVED = "approved", "已同意"
        REFUSED = "refused", "不予办理"
        WITHDRAWN = "withdrawn", "已撤回"

    class Diploma(models.TextChoices):
        """What the applicant has of the diploma."""

        HELD = "held", "毕业证书在手"
        LOST = "lost", "毕业证书丢失"
        DAMAGED = "damaged", "毕业证书损毁"
        REPLACEMENT_HELD = "replacement_held", "持有学历证明书"

    class AdmissionForm(models.TextChoices):
        """What the school's archive has of the admission form."""

        HELD = "held", "学校能复印"
        LOST = "lost", "学校已丢失"
        DAMAGED = "damaged", "学校所存已损毁"
        UNCLEAR = "unclear", "学校所存登记不清"

    class Mismatch(models.TextChoices):
        """Where identity and archive differ."""

        BIRTH_DATE = "birth_date", "出生年月"
        NAME = "name", "姓名"
        PROGRAMME = "programme", "专业"

    class SchoolState(models.TextChoices):
        """What became of the school."""

        OPERATING = "operating", "仍在办学"
        MERGED = "merged", "已合并"
        CLOSED = "closed", "已撤销"

    class Seal(models.TextChoices):
        """Whose seal the diploma bears."""

        PROVINCE = "province", "省级教育行政部门"
        CITY = "city", "市、县教育行政部门"

    class Delivery(models.TextChoices):
        """How the paper comes to the applicant."""

        PICK_UP = "pick_up", "自取"
        MAIL = "mail", "邮寄"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    applicant = models.ForeignKey(Applicant, on_delete=models.PROTECT, related_name="applications")
    centre = models.ForeignKey(Authority, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField("事项", max_length=20, choices=Kind.choices)
    state = models.CharField("状态", max_length=10, choices=State.choices, default=State.DRAFT)
    opened_at = models.DateTimeField("开始填写")

    category = models.CharField("毕业证类型", max_length=30, blank=True)  # a key of the pack's `issuers`
    school = models.ForeignKey(School, on_delete=models.PROTECT, null=True, related_name="+")
    school_name = models.CharField("毕业学校", max_length=100, blank=True)  # as on the diploma
    place_code = models.CharField("学校所在地", max_length=6, blank=True)
    school_state = models.CharField(
        "学校现状", max_length=12, choices=SchoolState.choices, default=SchoolState.OPERATING
    )
    entered = models.CharField("入学年月", max_length=7, blank=True)  # «2008-09»
    graduated = models.CharField("毕业年月", max_length=7, blank=True)
    programme = models.CharField("专业", max_length=60, blank=True)
    is_health = models.BooleanField("医药卫生类专业", default=False)
    duration_years = models.DecimalField("学制（年）", max_digits=3, decimal_places=1, null=True)
    study_mode = models.CharField("学习形式", max_length=20, blank=True)
    diploma = models.CharField("毕业证书", max_length=20, choices=Diploma.choices, blank=True)
    original_number = SealedTextField("原毕业证书编号", place="original_number")
    sealed_by = models.CharField("毕业证书用印", max_length=10, choices=Seal.choices, blank=True)
    admission_form = models.CharField("录取审批表", max_length=10, choices=AdmissionForm.choices, blank=True)
    has_office_copy = models.BooleanField("招生办公室查到存档", null=True)  # none: not asked yet
    mismatch = models.JSONField("与存档不一致的", default=list)  # of `Mismatch`
    identity_changed = models.BooleanField("本人改过身份信息", default=False)
    holder_name = models.CharField("毕业证书上的姓名", max_length=100, blank=True)
    birth_date = SealedDateField("毕业证书上的出生日期", place="birth_date", null=True)
    delivery = models.CharField("领取方式", max_length=10, choices=Delivery.choices, blank=True)
    mail_address = SealedTextField("邮寄地址", place="mail_address")

    signature = models.ForeignKey(StoredFile, on_delete=models.PROTECT, null=True, related_name="+")
    signed_at = models.DateTimeField("承诺书签署时间", null=True)

    submit_key = models.CharField(max_length=64, unique=True, null=True)  # of the form: sent twice, done once
    submitted_at = models.DateTimeField("提交时间", null=True)
    place = models.BigIntegerField("排队序号", unique=True, null=True)
    receipt = models.CharField("受理号", max_length=24, unique=True, null=True)
    office = models.ForeignKey(Authority, on_delete=models.PROTECT, null=True, related_name="+")
    case = models.OneToOneField(Case, on_delete=models.PROTECT, null=True, related_name="application")
    diploma_index = models.BinaryField(max_length=16, null=True)
    ended_at = models.DateTimeField("办结时间", null=True)
    forgotten_at = models.DateTimeField("上传材料删除时间", null=True)
    digest = RowDigestField(
        covers=[
            "id", "applicant_id", "centre_id", "kind", "state", "opened_at", "category", "school_id", "school_name",
            "place_code", "school_state", "entered", "graduated", "programme", "is_health", "duration_years",
            "study_mode", "diploma", "original_number", "sealed_by", "admission_form", "has_office_copy", "mismatch",
            "identity_changed", "holder_name", "birth_date", "delivery", "mail_address", "signature_id", "signed_at",
            "submitted_at", "place", "receipt", "office_id", "case_id", "ended_at", "forgotten_at",
        ]
    )  # fmt: skip

    class Meta:
        ordering = ["-opened_at", "id"]
        indexes = [
            models.Index(fields=["applicant", "-opened_at"], name="applications_of_applicant"),
            models.Index(fields=["office", "place"], condition=Q(state="submitted"), name="applications_in_order"),
        ]
        constraints = [
            models.CheckConstraint(
                name="application_submitted_with_everything",
                condition=Q(state__in=["draft", "withdrawn"])
                | Q(
                    submit_key__isnull=False,
                    submitted_at__isnull=False,
                    place__isnull=False,
                    receipt__isnull=False,
                    office__isnull=False,
                    case__isnull=False,
                    diploma_index__isnull=False,
                ),
            ),
            models.CheckConstraint(
                name="application_draft_has_no_place",
                condition=~Q(state="draft") | Q(place__isnull=True, case__isnull=True, submitted_at__isnull=True),
            ),
            models.CheckConstraint(
                name="application_ended_when_over",
                condition=Q(state__in=["draft", "submitted"], ended_at__isnull=True)
                | Q(state__in=["approved", "refused", "withdrawn"], ended_at__isnull=False),
            ),
            models.CheckConstraint(
                name="application_forgotten_after_its_end",
                condition=Q(forgotten_at__isnull=True) | Q(ended_at__isnull=False, forgotten_at__gt=F("ended_at")),
            ),
            models.CheckConstraint(
                name="application_mailed_somewhere",
                condition=Q(state="draft") | ~Q(delivery=""),
            ),
            models.UniqueConstraint(
                name="one_open_application_per_diploma",
                fields=["kind", "diploma_index"],
                condition=Q(state="submitted"),
            ),
        ]
        triggers = [
            *vouched(),
            pgtrigger.Protect(name="application_stays", operation=pgtrigger.Delete),
            pgtrigger.Protect(
                name="place_in_queue_stays",
                operation=pgtrigger.Update,
                condition=pgtrigger.Condition(
                    "OLD.place IS NOT NULL AND (OLD.place, OLD.receipt, OLD.submitted_at)"
                    " IS DISTINCT FROM (NEW.place, NEW.receipt, NEW.submitted_at)"
                ),
            ),
            pgtrigger.Trigger(
                name="office_changes_by_referral",
                level=pgtrigger.Row,
                when=pgtrigger.Before,
                operation=pgtrigger.Update,
                condition=pgtrigger.Condition(
                    "OLD.place IS NOT NULL AND (OLD.case_id, OLD.office_id) IS DISTINCT FROM (NEW.case_id, NEW.office_id)"
                ),
                func="""
                    IF NOT EXISTS (SELECT FROM applications_referral r JOIN cases_case c ON c.follows_id = r.case_id
                      WHERE r.application_id = NEW.id AND r.case_id = OLD.case_id AND c.id = NEW.case_id
                        AND r.from_office_id = OLD.office_id AND r.to_office_id = NEW.office_id)
                    THEN RAISE EXCEPTION 'application % was not referred', NEW.id
                      USING ERRCODE = 'integrity_constraint_violation';
                    END IF;
                    RETURN NEW;
                """,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}{f' {self.receipt}' if self.receipt else ''}"

    @property
    def diploma_key(self) -> str:
        """By what two applications for one diploma are known, as it enters the keyed index; empty for a draft."""
        if self.place is None:
            return ""
        school = str(self.school_id or self.school_name)
        return "\n".join([self.applicant.document_number, self.category, school, self.graduated[:4]])


def label_of(name: str) -> str:
    """Return what a fact of an application is called."""
    return str(next(field.verbose_name for field in Application._meta.fields if field.name == name))  # noqa: SLF001  # Django's documented interface


class PaperPicture(models.Model):
    """One picture of one paper: sealed, without EXIF, with what was remarked about it when it came."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    application = models.ForeignKey(Application, on_delete=models.PROTECT, related_name="materials")
    paper = models.CharField("材料", max_length=40)  # a key of the pack's `papers`
    ordinal = models.PositiveSmallIntegerField("页")
    file = models.ForeignKey(StoredFile, on_delete=models.PROTECT, related_name="+")
    size = models.PositiveIntegerField("字节数")
    width = models.PositiveIntegerField()
    height = models.PositiveIntegerField()
    remarks = ArrayField(models.CharField(max_length=200), default=list)
    added_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    added_at = models.DateTimeField("上传时间")

    class Meta:
        ordering = ["paper", "ordinal"]
        constraints = [
            models.UniqueConstraint(name="material_page_once", fields=["application", "paper", "ordinal"]),
            models.CheckConstraint(name="material_has_a_page", condition=Q(ordinal__gte=1, size__gte=1)),
        ]
        triggers = [
            *vouched(),
            pgtrigger.Protect(name="material_stays_as_sent", operation=pgtrigger.Update),
            pgtrigger.Trigger(
                name="material_submitted_stays",
                when=pgtrigger.Before,
                operation=pgtrigger.Delete,
                func="""
                    IF EXISTS (SELECT FROM applications_application a WHERE a.id = OLD.application_id AND a.place IS NOT NULL)
                    THEN RAISE EXCEPTION 'material of a submitted application stays' USING ERRCODE = 'integrity_constraint_violation';
                    END IF;
                    RETURN OLD;
                """,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.paper}（第 {self.ordinal} 页）"


class Defect(models.Model):
    """One thing an office found wanting in an application: to be supplemented, or, with a ground, why it is refused.

    All of a round stand in one letter (一次性告知), one item a defect. `aspect` is a paper of the pack, a fact of the
    application, or `OTHER`. The applicant answers each once: with a picture, a fact stated anew, or words.
    """

    OTHER = "other"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    application = models.ForeignKey(Application, on_delete=models.PROTECT, related_name="defects")
    round = models.PositiveSmallIntegerField("轮次")  # of the case
    ordinal = models.PositiveSmallIntegerField("项")
    aspect = models.CharField("审验事项", max_length=40)
    label = models.CharField("事项名称", max_length=100)
    ground = models.CharField(
        "不予办理的情形", max_length=20, blank=True
    )  # a key of the pack's `refusals`; empty: curable
    remark = models.CharField("问题和要求", max_length=300)
    on_paper = SealedTextField("材料上的记载", place="on_paper")
    cites = models.JSONField(default=list)  # source and clause, in words
    found_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    found_at = models.DateTimeField("审验时间")
    answer = SealedTextField("补正说明", place="answer")
    answered_at = models.DateTimeField("补正时间", null=True)
    digest = RowDigestField(
        covers=[
            "application_id", "round", "ordinal", "aspect", "label", "ground", "remark", "on_paper", "cites", "found_by_id",
            "found_at", "answer", "answered_at",
        ]
    )  # fmt: skip

    class Meta:
        ordering = ["application", "round", "ordinal"]
        constraints = [
            models.UniqueConstraint(name="defect_once_per_item", fields=["application", "round", "ordinal"]),
            models.UniqueConstraint(name="defect_once_per_aspect", fields=["application", "round", "aspect"]),
            models.CheckConstraint(name="defect_says_what", condition=~Q(remark="") & ~Q(aspect="")),
            models.CheckConstraint(
                name="final_defect_unanswered", condition=Q(ground="") | Q(answered_at__isnull=True)
            ),
        ]
        triggers = [
            *vouched(),
            *kept_for_good(),
            unchangeable(
                "application_id", "round", "ordinal", "aspect", "label", "ground", "remark", "cites", "found_by_id", "found_at",
            ),
            pgtrigger.Protect(
                name="defect_answered_once",
                operation=pgtrigger.Update,
                condition=pgtrigger.Condition(
                    "OLD.answered_at IS NOT NULL AND OLD.answered_at IS DISTINCT FROM NEW.answered_at"
                ),
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.ordinal}. {self.label}：{self.remark}"
