"""The graduates of one school in one season, as filed: batch, candidates, what the school states on its register."""

from __future__ import annotations

import uuid

import pgtrigger
from django.db import models
from django.db.models import Q

from xueji.cases.law import law_of
from xueji.cases.models import Case
from xueji.certificates.models import Certificate, Issue
from xueji.core.packs import PackView
from xueji.documents.models import StoredFile
from xueji.graduation.models.seasons import Season
from xueji.institutions.models import School
from xueji.registry.models import Enrolment, Person
from xueji.sealing.fields import SealedDateField
from xueji.sealing.rows import RowDigestField
from xueji.sealing.vouching import vouched

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

# What stands on both is the same: case, school, class. Neither side changes it afterwards.
_ISSUE_IS_ITS_OWN = pgtrigger.Trigger(
    name="issue_is_its_own",
    when=pgtrigger.Before,
    operation=pgtrigger.Insert | pgtrigger.UpdateOf("issue_id", "case_id", "school_id", "season_id", "is_late"),
    func="""
        IF NOT EXISTS (
            SELECT FROM certificates_issue i JOIN graduation_season s ON s.id = NEW.season_id
            WHERE i.id = NEW.issue_id AND i.case_id = NEW.case_id AND i.school_id = NEW.school_id
              AND i.authority_id = s.authority_id AND i.year = s.year AND i.term = s.term AND i.is_late = NEW.is_late
              AND i.kind = 'graduation'
        ) THEN RAISE EXCEPTION 'the issue is that of another batch'; END IF;
        RETURN NEW;
    """,
)


class Batch(models.Model):
    """The graduates of one school in one season (or its late sealing, 补验印). The case carries the approval, the issue the paper."""

    season = models.ForeignKey(Season, on_delete=models.PROTECT, related_name="batches")
    school = models.ForeignKey(School, on_delete=models.PROTECT, related_name="batches")
    is_late = models.BooleanField("补验印", default=False)
    case = models.OneToOneField(Case, on_delete=models.PROTECT, related_name="batch")
    issue = models.OneToOneField(Issue, on_delete=models.PROTECT, related_name="batch")
    form_filler = models.CharField("学校填表人", max_length=40, blank=True)
    issue_on = models.DateField("选定的发证日期", null=True)  # by who releases the numbers; until then nothing bears it

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(name="batch_once_per_school_and_season", fields=["season", "school", "is_late"]),
        ]
        triggers = [*vouched(), _NONE_AT_A_CLOSED_SCHOOL, _ISSUE_IS_ITS_OWN]

    @property
    def law(self) -> PackView:
        """The law of the batch is that of its case, whatever pack its season was opened under."""
        return law_of(self.case)

    @property
    def issue_at_hand(self) -> Issue:
        """The issue, given the case and the school that are at hand already: what asks it reads nothing twice."""
        issue, known = self.issue, self._state.fields_cache
        for name in ("case", "school"):
            if name in known:
                setattr(issue, name, known[name])
        return issue

    def __str__(self) -> str:
        return f"{self.season.label}{'补验印' if self.is_late else ''} {self.school.name}"


class GraduationOutcome(models.TextChoices):
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
        triggers = vouched()


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
    outcome = models.CharField(
        "毕（结）业", max_length=10, choices=GraduationOutcome.choices, default=GraduationOutcome.GRADUATION
    )
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
        triggers = vouched()

    def __str__(self) -> str:
        return self.name
