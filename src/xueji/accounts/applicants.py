"""Applicants: people who are no staff, known by a phone number; tied to a person only once their identity is proven."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import Q

from xueji.sealing.fields import SealedTextField
from xueji.sealing.rows import RowDigestField
from xueji.sealing.vouching import vouched

if TYPE_CHECKING:
    from xueji.accounts.models import User

PHONE_PURPOSE = "phone of an applicant"


class Applicant(models.Model):
    """The account of one applicant. Its user never has a post nor a password: it signs acts, and opens no page of staff.

    A phone number is of one account at a time. Who gets a number anew opens an account of their own, and the one before
    has none from then on; its person has it back by proving anew who they are, with any number.
    """

    class Proof(models.TextChoices):
        """How the identity was proven."""

        REAL_NAME = "real_name", "实名核验"
        COUNTER = "counter", "窗口核验"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="applicant")
    phone = SealedTextField("手机号", place="phone")
    phone_index = models.BinaryField(max_length=16, null=True)  # none: entered at a counter without a phone
    opened_at = models.DateTimeField("注册时间")
    signed_in_at = models.DateTimeField("最近登录", null=True)
    released_at = models.DateTimeField("号码不再使用", null=True)
    name = models.CharField("姓名", max_length=100, blank=True)
    document_kind = models.CharField("证件类型", max_length=20, blank=True)
    document_number = SealedTextField("证件号", place="document_number")
    document_index = models.BinaryField(max_length=16, null=True, db_index=True)
    proof = models.CharField("核验方式", max_length=10, choices=Proof.choices, blank=True)
    proven_at = models.DateTimeField("核验时间", null=True)
    proven_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    digest = RowDigestField(
        covers=[
            "id", "user_id", "phone", "opened_at", "signed_in_at", "released_at", "name", "document_kind", "document_number",
            "proof", "proven_at", "proven_by_id",
        ]
    )  # fmt: skip

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="applicant_phone_in_use_once", fields=["phone_index"], condition=Q(released_at__isnull=True)
            ),
            models.CheckConstraint(
                name="applicant_proven_with_everything",
                condition=Q(proven_at__isnull=True, name="", document_kind="", document_index__isnull=True, proof="")
                | Q(proven_at__isnull=False, document_index__isnull=False)
                & ~Q(name="")
                & ~Q(document_kind="")
                & ~Q(proof=""),
            ),
            models.CheckConstraint(
                name="applicant_proven_by_officer_at_counter",
                condition=Q(proof="counter", proven_by__isnull=False) | ~Q(proof="counter") & Q(proven_by__isnull=True),
            ),
            models.UniqueConstraint(name="applicant_one_account_a_person", fields=["document_kind", "document_index"]),
        ]
        triggers = [
            *vouched(),
            pgtrigger.Protect(name="applicant_stays", operation=pgtrigger.Delete),
            pgtrigger.Protect(
                name="identity_proven_once",
                operation=pgtrigger.UpdateOf("name", "document_kind", "proof", "proven_at"),
                condition=pgtrigger.Q(old__proven_at__isnull=False),
            ),
            pgtrigger.Protect(
                name="phone_given_up_for_good",
                operation=pgtrigger.UpdateOf("released_at"),
                condition=pgtrigger.Q(old__released_at__isnull=False, old__proven_at__isnull=True),
            ),
        ]

    @property
    def is_proven(self) -> bool:
        """Whether it is known who this is."""
        return self.proven_at is not None

    @property
    def has_phone(self) -> bool:
        """Whether somebody signs in with its number."""
        return self.phone_index is not None and self.released_at is None

    @property
    def phone_masked(self) -> str:
        """The number as pages show it."""
        return f"{self.phone[:3]}****{self.phone[-4:]}" if self.phone else "（未留手机号）"

    def __str__(self) -> str:
        return self.name or "申请人"


Follow = Callable[[Applicant, Applicant, "User", datetime], None]
_followers: list[Follow] = []


def register_follower(follow: Follow) -> None:
    """Make known what goes along when a new account gives way to the one its person has already: (new, earlier, by, at)."""
    if follow not in _followers:
        _followers.append(follow)


def followers() -> tuple[Follow, ...]:
    """Return what goes along, in the order it was registered."""
    return tuple(_followers)


class SignInCode(models.Model):
    """A one-time code sent to a phone number, whether or not anybody has an account there. Kept a day."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    phone_index = models.BinaryField(max_length=16)
    address_index = models.BinaryField(max_length=16)
    code_index = models.BinaryField(max_length=16)
    sent_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    tries = models.PositiveSmallIntegerField(default=0)
    used_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = "登录验证码"
        indexes = [
            models.Index(fields=["phone_index", "-sent_at"], name="codes_of_phone"),
            models.Index(fields=["address_index", "sent_at"], name="codes_of_address"),
        ]
        constraints = [
            models.CheckConstraint(name="code_ends", condition=Q(expires_at__gt=models.F("sent_at"))),
            models.CheckConstraint(name="code_tried_a_few_times", condition=Q(tries__lte=5)),
        ]

    def __str__(self) -> str:
        return "登录验证码"
