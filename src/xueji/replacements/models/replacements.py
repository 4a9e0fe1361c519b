"""Replacement: one certificate that a decided case lets be printed, with its place in the queue."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from xueji.cases.models import Case
from xueji.certificates.models import Certificate, Issue
from xueji.certificates.triggers import moves_only
from xueji.documents.models import StoredFile
from xueji.institutions.models import Authority, School
from xueji.ledger.triggers import kept_for_good, unchangeable
from xueji.registry.models import Person
from xueji.sealing.fields import SealedDateField, SealedTextField
from xueji.sealing.rows import RowDigestField
from xueji.sealing.vouching import vouched


class Loss(models.TextChoices):
    """What became of the diploma (S0-03); the label is what the certificate prints."""

    LOST = "lost", "丢失"
    DAMAGED = "damaged", "损毁"


class ReplacementState(models.TextChoices):
    """Where a replacement stands; what its sheets are is the word of production."""

    WAITING = "waiting", "待打印"
    STARTED = "started", "打印中"
    SEALED = "sealed", "已盖章"
    DELIVERED = "delivered", "已交付"
    WITHDRAWN = "withdrawn", "不再打印"


_DECIDED = (
    "case_id", "authority_id", "place", "submitted_at", "person_id", "school_id", "original_id", "follows_id",
    "original_number", "loss", "category", "name", "sex", "birth_date", "resident_id", "school_name", "programme_name",
    "duration_years", "study_mode", "entry_month", "graduation_month", "photo_id", "approved_by_id", "approved_at",
)  # fmt: skip


class Replacement(models.Model):
    """Who gets a replacement certificate, for which diploma, as decided; printed in the order of complete submission (S0-20).

    `place` is drawn where the application was submitted, and is the whole order: gaps are allowed, nothing is moved.
    `original` is the diploma where the system issued it; `follows` the replacement that was itself lost or misprinted.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    case = models.OneToOneField(Case, on_delete=models.PROTECT, related_name="replacement")
    authority = models.ForeignKey(Authority, on_delete=models.PROTECT, related_name="replacements")  # prints and seals
    place = models.BigIntegerField("提交顺序", unique=True)
    submitted_at = models.DateTimeField("提交时间")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="replacements")
    school = models.ForeignKey(School, on_delete=models.PROTECT, related_name="replacements")  # stands for it today
    original = models.ForeignKey(Certificate, on_delete=models.PROTECT, null=True, related_name="replacements")
    follows = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="followers")
    original_number = models.CharField("原毕业证书编号", max_length=60)  # ***** where nobody knows it (S0-14)
    loss = models.CharField("丢失或损毁", max_length=8, choices=Loss.choices)
    category = models.CharField("毕业证类型", max_length=20)
    name = models.CharField("姓名", max_length=100)
    sex = models.CharField("性别", max_length=1)
    birth_date = SealedDateField("出生日期", place="birth_date")
    resident_id = SealedTextField("证件号", place="resident_id")
    school_name = models.CharField("毕业证书上的校名", max_length=100)
    programme_name = models.CharField("专业", max_length=80)
    duration_years = models.DecimalField("学制", max_digits=3, decimal_places=1)
    study_mode = models.CharField("学习形式", max_length=20)
    entry_month = models.CharField("入学年月", max_length=7)
    graduation_month = models.CharField("毕业年月", max_length=7)
    photo = models.ForeignKey(StoredFile, on_delete=models.PROTECT, related_name="+")
    # as the holder wishes (S0-22), in the words of the application
    delivery_way = models.CharField("领取方式", max_length=10, default="pick_up")
    recipient = models.CharField("收件人", max_length=100, blank=True)
    phone = SealedTextField("电话", place="phone")
    address = SealedTextField("地址", place="address")
    approved_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    approved_at = models.DateTimeField("同意时间")
    state = models.CharField(max_length=10, choices=ReplacementState.choices, default=ReplacementState.WAITING)
    issue = models.OneToOneField(Issue, on_delete=models.PROTECT, null=True, related_name="replacement")
    certificate = models.OneToOneField(Certificate, on_delete=models.PROTECT, null=True, related_name="replacement")
    started_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    started_at = models.DateTimeField("开始打印", null=True)
    original_found_on = models.DateField("原证书寻回日期", null=True)
    note = models.CharField("说明", max_length=200, blank=True)
    digest = RowDigestField(
        covers=[
            *_DECIDED, "delivery_way", "recipient", "phone", "address", "state", "issue_id", "certificate_id", "started_by_id", "started_at", "original_found_on",
            "note",
        ]
    )  # fmt: skip

    class Meta:
        ordering = ["place"]
        indexes = [
            models.Index(
                fields=["authority", "place"], condition=Q(state__in=["waiting", "started"]), name="replacement_queue"
            )
        ]
        constraints = [
            models.CheckConstraint(
                name="replacement_started_with_certificate",
                condition=Q(
                    state__in=["waiting", "withdrawn"], issue__isnull=True, certificate__isnull=True, started_at__isnull=True,
                    started_by__isnull=True,
                )
                | Q(  # withdrawn: seen to be wrong at the printer, its certificate void
                    state__in=["started", "sealed", "delivered", "withdrawn"], issue__isnull=False, certificate__isnull=False,
                    started_at__isnull=False, started_by__isnull=False,
                ),
            ),
            models.CheckConstraint(
                name="replacement_withdrawn_says_why", condition=~Q(state="withdrawn") | ~Q(note="")
            ),
            models.CheckConstraint(name="replacement_delivery_way", condition=Q(delivery_way__in=["pick_up", "mail"])),
            models.CheckConstraint(name="replacement_not_after_itself", condition=~Q(follows=F("id"))),
            models.UniqueConstraint(
                name="one_open_replacement_per_diploma",
                fields=["person", "category", "school_name", "graduation_month"],
                condition=Q(state__in=["waiting", "started"]),
            ),
            models.UniqueConstraint(
                name="one_live_follower", fields=["follows"], condition=~Q(state="withdrawn")
            ),
            models.UniqueConstraint(
                name="one_open_replacement_per_original", fields=["original"], condition=Q(state__in=["waiting", "started"])
            ),
        ]  # fmt: skip
        triggers = [
            *vouched(),
            *kept_for_good(),
            unchangeable(*(name for name in _DECIDED if name not in ("birth_date", "resident_id"))),
            moves_only(
                "state",
                {"waiting": ("started", "withdrawn"), "started": ("sealed", "withdrawn"), "sealed": ("delivered",)},
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"第 {self.place} 号学历证明书"

    @property
    def is_number_known(self) -> bool:
        """Whether the number of the diploma is known."""
        return self.original_number.strip("*") != ""
