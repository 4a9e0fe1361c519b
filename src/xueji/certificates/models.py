"""The book of numbers (counter, blocks, one row a number) and the certificates issued from it."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import BigIntegerRangeField, RangeOperators
from django.db import models
from django.db.models import F, Q

from xueji.cases.models import Case
from xueji.certificates.triggers import forward_only, kept_for_good, moves_only, unchangeable
from xueji.documents.models import StoredFile
from xueji.institutions.models import School
from xueji.ledger.models import append_only
from xueji.registry.models import Enrolment, Person
from xueji.sealing.fields import SealedDateField, SealedTextField
from xueji.sealing.rows import RowDigestField


class NumberCounter(models.Model):
    """The locked row from which serials of one scope are drawn: «shaanxi 06 2019» or the like."""

    kind = models.CharField(max_length=30)  # numbering kind of the pack, e.g. graduation
    scope = models.CharField(max_length=80)  # the parts that name the counter, e.g. «2019-06»
    last_serial = models.BigIntegerField(default=0)
    ceiling = models.BigIntegerField()
    # Data key under which a permuted counter was begun. Null: serials are printed as they are counted.
    key_id = models.PositiveIntegerField(null=True, editable=False)
    # The order of a permuted counter, the same for its life: with another the same serials would be carried to places
    # already taken. Sealed, so that the data key it was begun under can be given up (`orders.py`).
    order_key = SealedTextField(place="order_key", bound_to="name", null=True, editable=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(name="counter_once_per_scope", fields=["kind", "scope"]),
            models.CheckConstraint(
                name="counter_within_ceiling", condition=Q(last_serial__gte=0, last_serial__lte=F("ceiling"))
            ),
        ]
        triggers = [*kept_for_good(), unchangeable("kind", "scope", "ceiling", "key_id")]

    @property
    def name(self) -> str:
        """What the order is sealed for: known before the database counts the row."""
        return f"{self.kind} {self.scope}"


class NumberBlock(models.Model):
    """A run of serials released in one act; blocks of a counter never overlap."""

    counter = models.ForeignKey(NumberCounter, on_delete=models.PROTECT, related_name="blocks")
    serials = BigIntegerRangeField()  # [first, last + 1)
    school = models.ForeignKey(School, on_delete=models.PROTECT, related_name="number_blocks")
    purpose = models.CharField(max_length=200)
    released_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    released_at = models.DateTimeField()

    class Meta:
        ordering = ["id"]
        constraints = [
            ExclusionConstraint(
                name="number_blocks_do_not_overlap",
                expressions=[("counter", RangeOperators.EQUAL), ("serials", RangeOperators.OVERLAPS)],
            )
        ]
        triggers = [
            *kept_for_good(),
            unchangeable("counter_id", "serials", "school_id", "released_by_id", "released_at"),
        ]

    def __str__(self) -> str:
        return self.purpose


class NumberState(models.TextChoices):
    """Every number of a block is in exactly one of these."""

    FREE = "free", "未用"
    RESERVED = "reserved", "预留"
    ISSUED = "issued", "已发"
    RETURNED = "returned", "退回"  # released, not needed, given back; never drawn again
    VOID = "void", "作废"


class CertificateNumber(models.Model):
    """One number. Its state only moves forward; a void number is never used again."""

    block = models.ForeignKey(NumberBlock, on_delete=models.PROTECT, related_name="numbers")
    serial = models.BigIntegerField()
    number = models.CharField("证书编号", max_length=40, unique=True)
    state = models.CharField(max_length=10, choices=NumberState.choices, default=NumberState.FREE)

    class Meta:
        ordering = ["block", "serial"]
        constraints = [models.UniqueConstraint(name="serial_once_per_block", fields=["block", "serial"])]
        triggers = [
            *kept_for_good(),
            unchangeable("block_id", "serial", "number"),
            moves_only(
                "state",
                {
                    "free": ("reserved", "issued", "returned", "void"),
                    "reserved": ("issued", "returned", "void"),
                    "issued": ("void",),
                },
            ),
        ]


class NumberStatement(models.Model):
    """What one person says of the last numbers on paper, for another to confirm: after a restore nothing else is known.

    `lineage` names the database it was said of: a statement made before yet another restore says nothing of today.
    """

    pack = models.CharField("政策包", max_length=80)
    lineage = models.CharField(max_length=80)
    no_others = models.BooleanField("除所列计数器外没有发过编号", default=False)
    note = models.CharField("依据", max_length=200)
    stated_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    stated_at = models.DateTimeField()
    confirmed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    confirmed_at = models.DateTimeField(null=True)
    dropped_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    dropped_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                name="statement_by_two_persons",
                condition=Q(confirmed_by__isnull=True, confirmed_at__isnull=True)
                | Q(confirmed_by__isnull=False, confirmed_at__isnull=False) & ~Q(confirmed_by=F("stated_by")),
            ),
            models.CheckConstraint(
                name="statement_ends_once",
                condition=Q(dropped_by__isnull=True, dropped_at__isnull=True)
                | Q(dropped_by__isnull=False, dropped_at__isnull=False, confirmed_by__isnull=True),
            ),
        ]
        triggers = [
            *kept_for_good(),
            unchangeable("pack", "lineage", "no_others", "note", "stated_by_id", "stated_at"),
        ]

    def __str__(self) -> str:
        return f"编号核定 {self.pack}"


class NumberStatementLine(models.Model):
    """The last number of one counter on paper, as stated, beside what database and marks said then."""

    statement = models.ForeignKey(NumberStatement, on_delete=models.PROTECT, related_name="lines")
    kind = models.CharField(max_length=30)
    scope = models.CharField(max_length=80)
    number = models.CharField("纸上最后一个编号", max_length=40, blank=True)  # empty: none was ever given
    serial = models.BigIntegerField()  # of that number
    stored = models.BigIntegerField()  # what the database said
    marked = models.BigIntegerField(null=True)  # what the marks said
    key_id = models.PositiveIntegerField(null=True)  # of the counter, where the marks alone know it

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(name="counter_once_per_statement", fields=["statement", "kind", "scope"]),
            models.CheckConstraint(name="statement_goes_forward", condition=Q(serial__gte=F("stored"), stored__gte=0)),
        ]
        triggers = [*append_only()]

    def __str__(self) -> str:
        return f"{self.kind} {self.scope}"

    @property
    def goes_to(self) -> int:
        """Where the counter goes on from: what is on paper or in the marks, whichever is further."""
        return max(self.serial, self.stored, self.marked or 0)

    @property
    def skipped_count(self) -> int:
        """How many serials are then on record as skipped."""
        return self.goes_to - self.stored


class SkippedSerials(models.Model):
    """Serials that may stand on paper and are in no block: given out after the backup that was restored, or never."""

    counter = models.ForeignKey(NumberCounter, on_delete=models.PROTECT, related_name="skipped")
    serials = BigIntegerRangeField()  # [first, last + 1)
    statement = models.ForeignKey(NumberStatement, on_delete=models.PROTECT, related_name="skipped")

    class Meta:
        ordering = ["id"]
        constraints = [
            ExclusionConstraint(
                name="skipped_serials_do_not_overlap",
                expressions=[("counter", RangeOperators.EQUAL), ("serials", RangeOperators.OVERLAPS)],
            )
        ]
        triggers = [*append_only()]


class CertificateState(models.TextChoices):
    """What a certificate is worth today."""

    ISSUED = "issued", "已编号，未验印"
    SEALED = "sealed", "有效"
    VOID = "void", "已作废"


_AS_PRINTED = (
    "id", "kind", "number_id", "person_id", "enrolment_id", "school_id", "holder_name", "holder_sex",
    "school_name", "principal", "programme_name", "specialisation",
    "details", "duration_years",
    "study_mode", "entry_month", "graduation_month", "issue_date", "photo_id", "pack", "pack_hash",
    "issued_by_id", "issued_at", "predecessor_id",
)  # fmt: skip  # not what is sealed or keyed: with a new data key the same content is sealed and digested again


class Certificate(models.Model):
    """A certificate exactly as printed: a snapshot under a keyed digest; wrong ones are voided and replaced, never edited."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(max_length=20, default="graduation")  # graduation | completion | replacement
    number = models.OneToOneField(CertificateNumber, on_delete=models.PROTECT, related_name="certificate")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="certificates")
    enrolment = models.ForeignKey(Enrolment, on_delete=models.PROTECT, related_name="certificates")
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
        covers=["id", "state", "issued_at", "sealed_at", "voided_at", "void_reason"]
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
                name="certificate_sealed_has_time", condition=~Q(state="sealed") | Q(sealed_at__isnull=False)
            ),
        ]
        triggers = [
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
