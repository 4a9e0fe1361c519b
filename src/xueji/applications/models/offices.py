"""How an application came in at a counter, and how one went on to another office."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import Q

from xueji.accounts.models import User
from xueji.applications.models.applications import Application
from xueji.cases.models import Case
from xueji.documents.models import StoredFile
from xueji.institutions.models import Authority
from xueji.ledger.models import append_only
from xueji.ledger.triggers import kept_for_good, unchangeable
from xueji.sealing.fields import SealedDateField, SealedTextField
from xueji.sealing.rows import RowDigestField
from xueji.sealing.vouching import vouched


class Referral(models.Model):
    """One office handed an application it has no power over to the one that has (转办): why, and what the papers showed.

    The case of the old office ended with it; the application goes on in the case that follows. No office refers the same
    application to the same one twice: sent back once, it decides.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    application = models.ForeignKey(Application, on_delete=models.PROTECT, related_name="referrals")
    case = models.OneToOneField(Case, on_delete=models.PROTECT, related_name="referral")  # which ended with it
    from_office = models.ForeignKey(Authority, on_delete=models.PROTECT, related_name="+")
    to_office = models.ForeignKey(Authority, on_delete=models.PROTECT, related_name="+")
    on_paper = models.JSONField("材料上的记载", default=dict)  # fact -> what the papers say, on which the office hangs
    cites = models.JSONField(default=list)  # source and clause, in words
    reasons = models.CharField("理由", max_length=300)
    referred_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    referred_at = models.DateTimeField("转办时间")
    digest = RowDigestField(
        covers=[
            "application_id", "case_id", "from_office_id", "to_office_id", "on_paper", "cites", "reasons", "referred_by_id",
            "referred_at",
        ]
    )  # fmt: skip

    class Meta:
        ordering = ["referred_at", "id"]
        constraints = [
            models.UniqueConstraint(name="referred_this_way_once", fields=["application", "from_office", "to_office"]),
            models.CheckConstraint(
                name="referred_to_another_with_reasons",
                condition=~Q(reasons="") & ~Q(from_office=models.F("to_office")),
            ),
        ]
        triggers = [*vouched(), *append_only()]

    def __str__(self) -> str:
        return f"{self.from_office}转{self.to_office}"


class CounterEntry(models.Model):
    """An application that an officer enters at the counter: for somebody without a phone or an identity card, or represented.

    Of a document on which sex and birth date cannot be read, they stand here as the officer read them. Who serves at
    the counter acts for the applicant, and whoever did never decides the application.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    application = models.OneToOneField(Application, on_delete=models.PROTECT, related_name="counter")
    authority = models.ForeignKey(Authority, on_delete=models.PROTECT, related_name="+")
    entered_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    entered_at = models.DateTimeField("窗口受理时间")
    sex = models.CharField("性别", max_length=2, blank=True)
    birth_date = SealedDateField("证件上的出生日期", place="birth_date", null=True)
    agent_name = models.CharField("代办人", max_length=100, blank=True)
    agent_number = SealedTextField("代办人证件号", place="agent_number")
    power = models.ForeignKey(StoredFile, on_delete=models.PROTECT, null=True, related_name="+")  # 委托书
    digest = RowDigestField(
        covers=[
            "application_id", "authority_id", "entered_by_id", "entered_at", "sex", "birth_date", "agent_name", "agent_number",
            "power_id",
        ]
    )  # fmt: skip

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="agent_has_a_power",
                condition=Q(agent_name="", power__isnull=True) | ~Q(agent_name="") & Q(power__isnull=False),
            ),
        ]
        triggers = [
            *vouched(),
            *kept_for_good(),
            unchangeable(
                "application_id", "authority_id", "entered_by_id", "entered_at", "sex", "agent_name", "power_id"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.authority}窗口受理"
