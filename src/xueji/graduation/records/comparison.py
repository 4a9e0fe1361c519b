"""The forms of one school side by side before anybody travels: receipt, number application, list, audit form (S4-13)."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field, replace
from decimal import Decimal

from xueji.certificates.models import NumberState
from xueji.core.facts import AuditLine, FormFacts, GraduateList
from xueji.core.findings import Finding
from xueji.core.months import Month
from xueji.core.rules import check_forms
from xueji.graduation.facts import LIVE
from xueji.graduation.models import Batch, GraduationOutcome, NumberLine
from xueji.graduation.records.queries import receipt_total

Key = tuple[str, str, Decimal, str]


@dataclass(slots=True)
class ComparedLine:
    """One line of the audit form: a combination with its head-count in each paper; None where the paper is not there."""

    programme: str
    entry_month: str
    duration_years: Decimal
    study_mode: str
    listed: int = 0
    applied: int | None = None
    ranges: list[tuple[str, str]] = field(default_factory=list)

    @property
    def agrees(self) -> bool:
        """Whether list and application have the same head-count."""
        return self.applied is None or self.applied == self.listed


@dataclass(frozen=True, slots=True)
class Comparison:
    """The papers of a batch side by side, and what the pack's rules say of them."""

    lines: tuple[ComparedLine, ...]
    listed: int
    applied: int | None
    receipt: int | None
    findings: tuple[Finding, ...]


def compare_forms(batch: Batch) -> Comparison:
    """Return the papers of a batch side by side with every contradiction the pack's rules find."""
    lists = _lists(batch)
    lines = _lines(batch, lists)
    has_application = any(line.applied is not None for line in lines)
    audit = tuple(
        AuditLine(
            line.programme, Month.parse(line.entry_month), line.duration_years, line.study_mode,
            (line.applied or 0) if has_application else line.listed,
            tuple(line.ranges) if batch.issue.numbered_at else (),
        )
        for line in lines
        if not has_application or line.applied is not None
    )  # fmt: skip
    if not has_application or batch.issue.numbered_at is None:  # no ranges to hold the numbers against
        lists = tuple(replace(graduate_list, numbers=()) for graduate_list in lists)
    receipt = receipt_total(batch)
    facts = FormFacts(lists, audit, receipt_total=receipt, audit_total=sum(line.count for line in audit))
    findings = check_forms(facts, batch.law) if lists else []
    applied = sum(line.applied or 0 for line in lines) if has_application else None
    return Comparison(
        tuple(lines), sum(graduate_list.count for graduate_list in lists), applied, receipt, tuple(findings)
    )


def form_findings(batch: Batch) -> list[Finding]:
    """Return the contradictions between the forms of a batch; empty where the pack compares none."""
    if batch.is_late or not batch.law.rules("forms"):
        return []
    return list(compare_forms(batch).findings)


def _lists(batch: Batch) -> tuple[GraduateList, ...]:
    """Return the lists of graduates as filed, one for each combination and admission category."""
    rows = batch.candidates.filter(state__in=LIVE, outcome=GraduationOutcome.GRADUATION).order_by("ordinal").values_list(
        "programme_name", "entry_month", "duration_years", "study_mode", "details", "certificate__number__number"
    )  # fmt: skip
    numbers: dict[tuple[Key, str], list[str]] = defaultdict(list)
    counts: Counter[tuple[Key, str]] = Counter()
    for programme, entry, years, mode, details, number in rows:
        key = ((programme, entry, years, mode), details.get("admission_category", ""))
        counts[key] += 1
        if number:
            numbers[key].append(number)
    return tuple(
        GraduateList(programme, Month.parse(entry), years, mode, category, count, tuple(numbers[(programme, entry, years, mode), category]))
        for ((programme, entry, years, mode), category), count in sorted(counts.items())
    )  # fmt: skip


def _lines(batch: Batch, lists: tuple[GraduateList, ...]) -> list[ComparedLine]:
    found: dict[Key, ComparedLine] = {}

    def line_of(key: Key) -> ComparedLine:
        return found.setdefault(key, ComparedLine(*key))

    for graduate_list in lists:
        assert graduate_list.entry_month is not None
        assert graduate_list.duration_years is not None
        line_of(
            (
                graduate_list.programme,
                str(graduate_list.entry_month),
                graduate_list.duration_years,
                graduate_list.study_mode,
            )
        ).listed += graduate_list.count
    stated = NumberLine.objects.filter(
        application__season=batch.season_id, application__school=batch.school_id, outcome=GraduationOutcome.GRADUATION
    ).exclude(application__case__state__in=["withdrawn", "refused"])
    for applied in stated.select_related("block"):
        kept = applied.block.numbers.exclude(state=NumberState.RETURNED).order_by("serial") if applied.block else None
        numbers = list(kept.values_list("number", flat=True)) if kept is not None else []
        if kept is not None and not numbers:
            continue  # given back whole: what was applied for anew stands in its place
        line = line_of((applied.programme_name, applied.entry_month, applied.duration_years, applied.study_mode))
        line.applied = (line.applied or 0) + applied.head_count
        if numbers:
            line.ranges.append((numbers[0], numbers[-1]))
    return [found[key] for key in sorted(found)]
