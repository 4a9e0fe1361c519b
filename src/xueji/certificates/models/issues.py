"""The certificates released in one act, for one school, under one law: what everything on paper hangs on."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from xueji.cases.law import law_of
from xueji.cases.models import Case
from xueji.certificates.models.numbers import NumberBlock
from xueji.core.packs import PackView
from xueji.institutions.models import Authority, School
from xueji.ledger.triggers import kept_for_good, unchangeable
from xueji.sealing.vouching import vouched


class Term(models.TextChoices):
    """Graduating term (届…季)."""

    SPRING = "spring", "春季"
    AUTUMN = "autumn", "秋季"


class Issue(models.Model):
    """What one act releases: certificates with their numbers, one date of issue, one seal. The case decided it and has its law.

    `kind` names the app that releases it and the stages of its paper in `process.toml`. Year and term are those of the
    rounds in which it is sealed; an issue that stands in no class has neither.
    """

    case = models.OneToOneField(Case, on_delete=models.PROTECT, related_name="issue")
    kind = models.CharField("种类", max_length=30)
    title = models.CharField("标题", max_length=200)
    school = models.ForeignKey(School, on_delete=models.PROTECT, related_name="issues")
    authority = models.ForeignKey(Authority, on_delete=models.PROTECT, related_name="issues")  # seals, else approves
    year = models.PositiveSmallIntegerField("届", null=True)
    term = models.CharField("季", max_length=6, choices=Term.choices, blank=True)
    is_late = models.BooleanField("补验印", default=False)
    numbered_at = models.DateTimeField("编号时间", null=True)
    issue_date = models.DateField("发证日期", null=True)
    sealed_at = models.DateTimeField("验印时间", null=True)

    class Meta:
        ordering = ["-id"]
        indexes = [models.Index(fields=["authority", "year", "term"])]
        constraints = [
            models.CheckConstraint(
                name="issue_numbers_and_date_together",  # S1-08: the system issues number and date of issue together
                condition=Q(numbered_at__isnull=True, issue_date__isnull=True)
                | Q(numbered_at__isnull=False, issue_date__isnull=False),
            ),
            models.CheckConstraint(
                name="issue_year_with_term",
                condition=Q(year__isnull=True, term="") | Q(year__isnull=False, term__in=["spring", "autumn"]),
            ),
        ]
        triggers = [
            *vouched(),
            *kept_for_good(),
            unchangeable("case_id", "kind", "school_id", "authority_id", "year", "term", "is_late"),
        ]

    @property
    def law(self) -> PackView:
        """The law of everything released here is that of its case."""
        return law_of(self.case)

    @property
    def season_label(self) -> str:
        """«2019届秋季»; empty for what stands in no class."""
        return f"{self.year}届{self.get_term_display()}" if self.year else ""

    def __str__(self) -> str:
        return self.title


class IssueBlock(models.Model):
    """A run of numbers from which an issue has its certificates; a block serves one issue."""

    issue = models.ForeignKey(Issue, on_delete=models.PROTECT, related_name="issue_blocks")
    block = models.OneToOneField(NumberBlock, on_delete=models.PROTECT, related_name="issue_block")

    class Meta:
        ordering = ["id"]
        triggers = vouched()
