"""Seasons, batches, candidates; the intake of a workbook before it is confirmed; duties after sealing."""

from __future__ import annotations

import uuid

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import Q

from xueji import policy
from xueji.cases.law import law_of
from xueji.cases.models import Case
from xueji.certificates.models import Certificate, NumberBlock
from xueji.core.packs import PackView
from xueji.documents.models import StoredFile
from xueji.graduation import (
    check_models,  # noqa: F401  # makes its models known
    record_models,  # noqa: F401  # makes its models known
)
from xueji.graduation.read_models import ReadFinding, ReadRow
from xueji.institutions.models import Authority, School
from xueji.jobs.models import Job
from xueji.registry.models import Enrolment, Person
from xueji.sealing.fields import SealedDateField
from xueji.sealing.rows import RowDigestField


class Term(models.TextChoices):
    """Graduating term (届…季)."""

    SPRING = "spring", "春季"
    AUTUMN = "autumn", "秋季"


class Season(models.Model):
    """A graduating class handled by one sealing authority: «2019届秋季». Its windows are the pack's."""

    authority = models.ForeignKey(Authority, on_delete=models.PROTECT, related_name="seasons")
    pack = models.CharField(max_length=80)
    year = models.PositiveSmallIntegerField("届")
    term = models.CharField("季", max_length=6, choices=Term.choices)
    legal_date = models.DateField("适用日期")  # the day on which the pack is read
    opened_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    opened_at = models.DateTimeField()

    class Meta:
        ordering = ["-year", "term"]  # «autumn» before «spring»: newest first
        constraints = [models.UniqueConstraint(name="season_once", fields=["authority", "year", "term"])]

    @property
    def law(self) -> PackView:
        """The pack of the authority that seals the class, as in force on the legal date: for what is true of the season, its days above all.

        What is true of a batch stands in the law of its case.
        """
        return policy.get_library().pack(self.pack).on(self.legal_date)

    @property
    def label(self) -> str:
        """«2019届秋季»."""
        return f"{self.year}届{self.get_term_display()}"

    def __str__(self) -> str:
        return self.label


# The school's row is held until the batch is stored: nobody closes it between the look and the batch.
_NONE_AT_A_CLOSED_SCHOOL = pgtrigger.Trigger(
    name="none_at_a_closed_school",
    when=pgtrigger.Before,
    operation=pgtrigger.Insert,
    declare=[("closed", "date"), ("opened", "date")],
    func="""
        SELECT closed_on INTO closed FROM institutions_school WHERE id = NEW.school_id FOR SHARE;
        SELECT (opened_at AT TIME ZONE 'Asia/Shanghai')::date INTO opened FROM cases_case WHERE id = NEW.case_id;
        IF closed <= opened THEN RAISE EXCEPTION 'a school that is closed opens no batch'; END IF;
        RETURN NEW;
    """,
)


class Batch(models.Model):
    """The graduates of one school in one season (or its late sealing, 补验印). The case carries the approval."""

    season = models.ForeignKey(Season, on_delete=models.PROTECT, related_name="batches")
    school = models.ForeignKey(School, on_delete=models.PROTECT, related_name="batches")
    is_late = models.BooleanField("补验印", default=False)
    case = models.OneToOneField(Case, on_delete=models.PROTECT, related_name="batch")
    numbered_at = models.DateTimeField("编号时间", null=True)
    issue_date = models.DateField("发证日期", null=True)
    sealed_at = models.DateTimeField("验印时间", null=True)
    form_filler = models.CharField("学校填表人", max_length=40, blank=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(name="batch_once_per_school_and_season", fields=["season", "school", "is_late"]),
            models.CheckConstraint(
                name="batch_numbers_and_date_together",  # S1-08: the system issues number and date of issue together
                condition=Q(numbered_at__isnull=True, issue_date__isnull=True)
                | Q(numbered_at__isnull=False, issue_date__isnull=False),
            ),
        ]
        triggers = [_NONE_AT_A_CLOSED_SCHOOL]

    @property
    def law(self) -> PackView:
        """The law of the batch is that of its case, whatever pack its season was opened under."""
        return law_of(self.case)

    def __str__(self) -> str:
        return f"{self.season.label}{'补验印' if self.is_late else ''} {self.school.name}"


class BatchBlock(models.Model):
    """A run of numbers from which a batch has its certificates; a block serves one batch."""

    batch = models.ForeignKey(Batch, on_delete=models.PROTECT, related_name="batch_blocks")
    block = models.OneToOneField(NumberBlock, on_delete=models.PROTECT, related_name="batch_block")

    class Meta:
        ordering = ["id"]


class Outcome(models.TextChoices):
    """What a graduate of a batch is given."""

    GRADUATION = "graduation", "毕业"
    COMPLETION = "completion", "结业"


class RegisterLine(models.Model):
    """What the school states for one programme on the register (附件1): plan, admitted, remark. Counts come from the candidates."""

    batch = models.ForeignKey(Batch, on_delete=models.CASCADE, related_name="register_lines")
    programme_name = models.CharField("专业", max_length=80)
    duration_years = models.DecimalField("学制", max_digits=3, decimal_places=1)
    education_level = models.CharField("学历层次", max_length=20)
    planned = models.PositiveIntegerField("招生计划")
    admitted = models.PositiveIntegerField("实际录取")
    remark = models.CharField("备注", max_length=100, blank=True)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(name="register_line_once", fields=["batch", "programme_name", "duration_years"])
        ]


class CandidateState(models.TextChoices):
    """Where one graduate of a batch stands."""

    LISTED = "listed", "待审核"
    MARKED = "marked", "被退回"
    APPROVED = "approved", "已通过"
    REFUSED = "refused", "审核未通过"
    WITHDRAWN = "withdrawn", "已退出"


class Candidate(models.Model):
    """A graduate in a batch, as filed: what will be printed. Changes come from a new intake or a decided correction."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    batch = models.ForeignKey(Batch, on_delete=models.PROTECT, related_name="candidates")
    ordinal = models.PositiveIntegerField("序号")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="candidacies")
    enrolment = models.ForeignKey(Enrolment, on_delete=models.PROTECT, related_name="candidacies")
    name = models.CharField("姓名", max_length=100)
    sex = models.CharField("性别", max_length=1)
    birth_date = SealedDateField("出生日期", place="birth_date")
    political_status = models.CharField("政治面貌", max_length=20, blank=True)
    programme_name = models.CharField("专业", max_length=80)
    specialisation = models.CharField("专业技能方向", max_length=80, blank=True)
    duration_years = models.DecimalField("学制", max_digits=3, decimal_places=1)
    study_mode = models.CharField("学习形式", max_length=20, default="全日制")
    entry_month = models.CharField("入学年月", max_length=7)
    graduation_month = models.CharField("毕业年月", max_length=7)
    overall_mark = models.CharField("毕业成绩总评", max_length=10, blank=True)
    conduct_mark = models.CharField("操行总评", max_length=10, blank=True)
    internship_mark = models.CharField("实习成绩", max_length=10, blank=True)
    details = models.JSONField("其他", default=dict, blank=True)  # the pack's own columns «details.…», text by text
    outcome = models.CharField("毕（结）业", max_length=10, choices=Outcome.choices, default=Outcome.GRADUATION)
    remark = models.CharField("备注", max_length=100, blank=True)
    photo = models.ForeignKey(StoredFile, on_delete=models.PROTECT, null=True, related_name="+")
    state = models.CharField(max_length=10, choices=CandidateState.choices, default=CandidateState.LISTED)
    mark_reason = models.CharField("退回原因", max_length=200, blank=True)
    certificate = models.OneToOneField(Certificate, on_delete=models.PROTECT, null=True, related_name="candidate")
    digest = RowDigestField(  # over what is filed about the graduate, and whether it is listed, marked, refused
        covers=[
            "id", "batch_id", "person_id", "enrolment_id", "name", "sex", "birth_date", "political_status",
            "programme_name", "specialisation", "duration_years", "study_mode", "entry_month", "graduation_month",
            "overall_mark", "conduct_mark", "internship_mark", "details", "outcome", "remark", "photo_id", "state",
            "mark_reason",
        ]
    )  # fmt: skip

    class Meta:
        ordering = ["batch", "ordinal"]
        indexes = [models.Index(fields=["batch", "state"]), models.Index(fields=["batch", "programme_name"])]
        constraints = [
            models.UniqueConstraint(name="candidate_once_per_batch", fields=["batch", "person"]),
            models.UniqueConstraint(  # S1-06 across schools and years: nobody stands in two live batches
                name="one_live_candidacy_per_enrolment",
                fields=["enrolment"],
                condition=~Q(state__in=["withdrawn", "refused"]),
            ),
            models.CheckConstraint(
                name="candidate_no_with_reason",
                condition=~Q(state__in=["marked", "refused", "withdrawn"]) | ~Q(mark_reason=""),
            ),
            models.CheckConstraint(
                name="candidate_certificate_when_approved", condition=Q(certificate__isnull=True) | Q(state="approved")
            ),
        ]

    def __str__(self) -> str:
        return self.name


class IntakeState(models.TextChoices):
    """Where an upload stands. Nothing is stored in the register before `confirmed`."""

    READING = "reading", "读取中"
    READY = "ready", "待确认"
    CONFIRMED = "confirmed", "已入库"
    DISCARDED = "discarded", "已放弃"
    FAILED = "failed", "无法读取"


class Intake(models.Model):
    """One upload of workbook and photographs, with everything that was found in it."""

    batch = models.ForeignKey(Batch, on_delete=models.PROTECT, related_name="intakes")
    workbook = models.ForeignKey(StoredFile, on_delete=models.PROTECT, related_name="+")
    workbook_name = models.CharField(max_length=200)
    photos = models.ForeignKey(StoredFile, on_delete=models.PROTECT, null=True, related_name="+")
    photos_name = models.CharField(max_length=200, blank=True)
    error_workbook = models.ForeignKey(StoredFile, on_delete=models.PROTECT, null=True, related_name="+")
    job = models.ForeignKey(Job, on_delete=models.PROTECT, null=True, related_name="+")
    state = models.CharField(max_length=10, choices=IntakeState.choices, default=IntakeState.READING)
    message = models.TextField(blank=True)  # why it could not be read at all
    row_count = models.PositiveIntegerField(default=0)
    error_count = models.PositiveIntegerField(default=0)
    warning_count = models.PositiveIntegerField(default=0)
    advice_count = models.PositiveIntegerField(default=0)
    uploaded_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    uploaded_at = models.DateTimeField()
    confirmed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    confirmed_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                name="one_open_intake_per_batch", fields=["batch"], condition=Q(state__in=["reading", "ready"])
            ),
            models.CheckConstraint(
                name="intake_confirmed_without_errors",
                condition=~Q(state="confirmed") | Q(error_count=0, confirmed_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.workbook_name


class IntakeRow(ReadRow):
    """A row as read, sealed whole (it holds ID numbers), until it is confirmed; and how it differs from what is stored."""

    class Change(models.TextChoices):
        """Against the batch as it stands."""

        NEW = "new", "新增"
        CHANGED = "changed", "有变化"
        SAME = "same", "未变"
        REMOVED = "removed", "不再出现"  # in the batch, but not in this file: leaves it on confirmation

    intake = models.ForeignKey(Intake, on_delete=models.CASCADE, related_name="rows")
    photo = models.ForeignKey(StoredFile, on_delete=models.PROTECT, null=True, related_name="+")
    change = models.CharField(max_length=8, choices=Change.choices, default=Change.NEW)


class IntakeFinding(ReadFinding):
    """One finding of an upload: where, how bad, what, what to do, which clause."""

    intake = models.ForeignKey(Intake, on_delete=models.CASCADE, related_name="findings")


class SpecialCase(models.Model):
    """A refused graduate argued for by formal document (S1-14): reasons by class, evidence, decided by the city."""

    case = models.OneToOneField(Case, on_delete=models.PROTECT, related_name="special_case")
    batch = models.ForeignKey(Batch, on_delete=models.PROTECT, related_name="special_cases")
    document_number = models.CharField("正式文件文号", max_length=60)

    def __str__(self) -> str:
        return self.document_number


class SpecialCaseItem(models.Model):
    """One graduate of a special-case file with the class of reason."""

    special_case = models.ForeignKey(SpecialCase, on_delete=models.CASCADE, related_name="items")
    candidate = models.ForeignKey(Candidate, on_delete=models.PROTECT, related_name="special_case_items")
    reason_class = models.CharField("原因类别", max_length=40)
    explanation = models.TextField("说明")

    class Meta:
        constraints = [
            models.UniqueConstraint(name="candidate_once_per_special_case", fields=["special_case", "candidate"])
        ]


class Duty(models.Model):
    """What a school owes after sealing (S1-16), each within the term of the pack."""

    class Kind(models.TextChoices):
        """The three things of the clause."""

        SUBMIT_GRADUATED = "submit_graduated", "在学籍管理系统提交毕业"
        GRADUATE_MODULE = "graduate_module", "填报毕业生管理模块"
        EMPLOYMENT_MODULE = "employment_module", "填报就业管理模块"

    batch = models.ForeignKey(Batch, on_delete=models.PROTECT, related_name="duties")
    kind = models.CharField(max_length=20, choices=Kind.choices)
    due_on = models.DateField("期限")
    due_is_provisional = models.BooleanField(default=False)
    done_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    done_at = models.DateTimeField(null=True)
    note = models.CharField("说明", max_length=200, blank=True)

    class Meta:
        ordering = ["due_on", "id"]
        constraints = [
            models.UniqueConstraint(name="duty_once_per_batch", fields=["batch", "kind"]),
            models.CheckConstraint(
                name="duty_done_by_and_at",
                condition=Q(done_by__isnull=True, done_at__isnull=True)
                | Q(done_by__isnull=False, done_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return str(self.get_kind_display())


class NumberApplication(models.Model):
    """A school's request for certificate numbers of a season, by head-count; each line is granted a block of its own."""

    case = models.OneToOneField(Case, on_delete=models.PROTECT, related_name="number_application")
    season = models.ForeignKey(Season, on_delete=models.PROTECT, related_name="number_applications")
    school = models.ForeignKey(School, on_delete=models.PROTECT, related_name="number_applications")

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return self.case.title


class NumberLine(models.Model):
    """One group of graduates of a request: as many numbers as heads, in one run."""

    application = models.ForeignKey(NumberApplication, on_delete=models.CASCADE, related_name="lines")
    outcome = models.CharField("毕（结）业", max_length=10, choices=Outcome.choices, default=Outcome.GRADUATION)
    programme_name = models.CharField("专业", max_length=80)
    entry_month = models.CharField("入学年月", max_length=7)
    duration_years = models.DecimalField("学制", max_digits=3, decimal_places=1)
    study_mode = models.CharField("学习形式", max_length=20)
    admission_category = models.CharField("招生类别", max_length=20, blank=True)
    head_count = models.PositiveIntegerField("毕业人数")
    block = models.OneToOneField(NumberBlock, on_delete=models.PROTECT, null=True, related_name="number_line")

    class Meta:
        ordering = ["outcome", "programme_name", "duration_years", "entry_month", "study_mode", "admission_category"]
        constraints = [
            models.UniqueConstraint(
                name="number_line_once",
                fields=[
                    "application", "outcome", "programme_name", "entry_month", "duration_years", "study_mode",
                    "admission_category",
                ],
            )
        ]  # fmt: skip

    def __str__(self) -> str:
        years = f"{self.duration_years.normalize():f}年"
        parts = (self.programme_name, self.entry_month, years, self.study_mode, self.admission_category)
        return " · ".join(part for part in parts if part)
