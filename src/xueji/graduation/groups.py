"""The groups in which a batch's numbers are given: one line of a number application each, and what was granted for it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import NamedTuple

from django.db.models import Count

from xueji.certificates.models import CertificateNumber, NumberBlock, NumberState
from xueji.core.errors import BadInput
from xueji.core.packs import NumberingSpec, PackView
from xueji.graduation.facts import LIVE
from xueji.graduation.models import Batch, Candidate, GraduationOutcome, NumberLine
from xueji.institutions.models import School

GRANTED_BEFOREHAND = "block"
NUMBER_KIND = "number_application"  # the case by which a school asks for them


class Group(NamedTuple):
    """What the graduates of one line have in common."""

    outcome: str
    programme_name: str
    entry_month: str
    duration_years: Decimal
    study_mode: str
    admission_category: str

    @property
    def label(self) -> str:
        """«护理 · 2019-09 · 3年 · 全日制»."""
        years = f"{self.duration_years.normalize():f}年"
        parts = (self.programme_name, self.entry_month, years, self.study_mode, self.admission_category)
        kind = "" if self.outcome == GraduationOutcome.GRADUATION else GraduationOutcome(self.outcome).label
        return " · ".join(part for part in (*parts, kind) if part)


def group_of(row: Candidate | NumberLine) -> Group:
    """Return the group of a graduate, or the one a line asks numbers for."""
    category = row.admission_category if isinstance(row, NumberLine) else row.details.get("admission_category", "")
    return Group(row.outcome, row.programme_name, row.entry_month, row.duration_years, row.study_mode, category)


def grouped(candidates: Iterable[Candidate]) -> dict[Group, list[Candidate]]:
    """Return graduates by group, groups in the order of the roster, the graduates of each as they came."""
    found: dict[Group, list[Candidate]] = defaultdict(list)
    for candidate in candidates:
        found[group_of(candidate)].append(candidate)
    return {group: found[group] for group in sorted(found)}


def numbering_for(view: PackView, outcome: str) -> NumberingSpec | None:
    """Return how the pack numbers certificates of this outcome; None where it knows no such certificate."""
    return view.numbering(outcome) if outcome in view.keys("numbering") else None


def is_granted_beforehand(view: PackView) -> bool:
    """Whether schools apply for numbers by head-count before their batch is approved."""
    spec = numbering_for(view, GraduationOutcome.GRADUATION)
    return spec is not None and spec.granting == GRANTED_BEFOREHAND


def blocks_of(batch: Batch) -> dict[Group, list[NumberBlock]]:
    """Return the blocks granted to the batch's school for its season, by group, oldest first."""
    lines = NumberLine.objects.filter(application__season=batch.season_id, application__school=batch.school_id)
    found: dict[Group, list[NumberBlock]] = defaultdict(list)
    for line in lines.exclude(block=None).select_related("block").order_by("block"):
        assert line.block is not None
        found[group_of(line)].append(line.block)
    return found


def free_counts(batch: Batch) -> dict[Group, int]:
    """Return how many granted numbers are still free for each group of a batch."""
    by_block = {block.pk: group for group, blocks in blocks_of(batch).items() for block in blocks}
    free = CertificateNumber.objects.filter(block__in=by_block, state=NumberState.FREE)
    counts: dict[Group, int] = dict.fromkeys(by_block.values(), 0)
    for block, count in free.order_by().values_list("block").annotate(Count("pk")):
        counts[by_block[block]] += count
    return counts


def numbers_suffice(batch: Batch) -> bool:
    """Whether every group of a batch has as many free numbers as graduates; a numbered batch has had them."""
    if batch.issue.numbered_at is not None:
        return True
    if not is_granted_beforehand(batch.law):
        return True
    free, listed = free_counts(batch), grouped(batch.candidates.filter(state__in=LIVE))
    return bool(listed) and all(free.get(group, 0) >= len(members) for group, members in listed.items())


def number_facts(school: School, year: int, group: Group, details: Mapping[str, str]) -> dict[str, str]:
    """Return the facts from which the pack puts numbers of a group together; what is not known is left out."""
    found = {
        "season.year": str(year),
        "school.region": school.authority.division_code,
        "school.ordinal": school.ordinal,
        "school.code": school.code,
        "school.level": school.level,
        "graduate.level": details.get("graduate_level", ""),
        "programme.code": _programme_code(school, group),
    }
    return {name: text for name, text in found.items() if text}


def _programme_code(school: School, group: Group) -> str:
    """Return the code of the school's programme of this name and duration; BadInput when two of the name differ in code."""
    codes = {
        (programme.code, programme.duration_years)
        for programme in school.programmes.all()
        if programme.name == group.programme_name
    }
    exact = {code for code, years in codes if years == group.duration_years} or {code for code, _ in codes}
    if len(exact) > 1:
        raise BadInput(f"{school.name}登记了不止一个「{group.programme_name}」专业代码，无法编号")
    return next(iter(exact), "")
