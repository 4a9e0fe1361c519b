"""Both books of a batch side by side: its numbers by state, its certificates, and the sheets they stand on."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Count, F, QuerySet

from xueji.blanks.models import Blank, BlankState
from xueji.graduation.models import Batch, Candidate, CandidateState


@dataclass(frozen=True, slots=True)
class BatchPaper:
    """Both books of one batch: numbers by state, certificates, the sheets they stand on, and what does not fit."""

    batch: Batch
    released: int
    issued: int
    void: int
    returned: int
    free: int
    live: int  # certificates not void
    good: int  # sheets used for them
    spoiled: int  # sheets once used or meant for the batch's certificates, spoiled, returned or void
    problems: tuple[str, ...]

    @property
    def is_balanced(self) -> bool:
        """Whether the numbers add up and nothing is out of place."""
        return self.released == self.issued + self.void + self.returned + self.free and not self.problems


def papers_of(batches: Iterable[Batch]) -> list[BatchPaper]:
    """Return both books batch by batch, in a fixed number of queries, naming numbers and serials that do not fit."""
    found = list(batches)
    numbers = _numbers(found)
    certificates = _certificates(found)
    problems = _problems(found)
    sheets: dict[int, dict[str, int]] = {}
    states = _graduates(found).values_list("batch", "enrolment__certificates__blanks__state").annotate(n=Count("pk"))
    for batch_id, state, count in states:
        sheets.setdefault(batch_id, {})[state] = count
    ruined = (BlankState.SPOILED, BlankState.RETURNED, BlankState.VOID)
    return [
        BatchPaper(
            batch=batch, released=sum(numbers.get(batch.pk, {}).values()), live=certificates.get(batch.pk, 0),
            good=sheets.get(batch.pk, {}).get(BlankState.USED, 0), problems=tuple(problems.get(batch.pk, ())),
            spoiled=sum(sheets.get(batch.pk, {}).get(state, 0) for state in ruined),
            issued=numbers.get(batch.pk, {}).get("issued", 0) + numbers.get(batch.pk, {}).get("reserved", 0),
            **{state: numbers.get(batch.pk, {}).get(state, 0) for state in ("void", "returned", "free")},
        )
        for batch in found
    ]  # fmt: skip


def _numbers(batches: list[Batch]) -> dict[int, dict[str, int]]:
    """Count the numbers of the batches' blocks by state."""
    counts: dict[int, dict[str, int]] = {}
    rows = Batch.objects.filter(
        pk__in=[batch.pk for batch in batches], batch_blocks__block__numbers__isnull=False
    ).order_by()
    for batch_id, state, count in rows.values_list("pk", "batch_blocks__block__numbers__state").annotate(n=Count("pk")):
        counts.setdefault(batch_id, {})[state] = count
    return counts


def _graduates(batches: list[Batch], **wanted: object) -> QuerySet[Candidate]:
    """Return the graduates with a row for each sheet of theirs: also of certificates that others have replaced."""
    sheets = {"enrolment__certificates__blanks__isnull": False, **wanted}
    return Candidate.objects.filter(batch__in=batches, state=CandidateState.APPROVED, **sheets).order_by()


def _certificates(batches: list[Batch]) -> dict[int, int]:
    live = Candidate.objects.filter(batch__in=batches, certificate__isnull=False).exclude(certificate__state="void")
    return dict(live.order_by().values_list("batch").annotate(n=Count("pk")))


def _problems(batches: list[Batch]) -> dict[int, list[str]]:
    """Name certificates on the wrong sheet: a void one still on a good sheet, a sealed one on none where sheets are counted."""
    problems: dict[int, list[str]] = {}
    used = _graduates(
        batches, enrolment__certificates__state="void", enrolment__certificates__blanks__state=BlankState.USED
    )
    wanted = ("enrolment__certificates__blanks__serial", "enrolment__certificates__number__number")
    for batch_id, serial, number in used.values_list("batch", *wanted).order_by(wanted[0]):
        said = f"证书 {number} 已作废，其空白证书 {serial} 尚未登记损坏并缴回"
        problems.setdefault(batch_id, []).append(said)
    counted = {row[0] for row in Blank.objects.filter(school__isnull=False).order_by().values_list("school").distinct()}
    bare = (
        Candidate.objects.filter(batch__in=batches, certificate__state="sealed", batch__school__in=counted)
        .exclude(certificate__blanks__state=BlankState.USED)
        .annotate(number=F("certificate__number__number"))
    )
    on_blanks = {batch.pk: _kinds_on_blanks(batch) for batch in batches}
    for batch_id, number, kind in bare.order_by("number").values_list("batch", "number", "certificate__kind"):
        if kind in on_blanks[batch_id]:
            problems.setdefault(batch_id, []).append(f"证书 {number} 已验印，没有登记所用的空白证书")
    return problems


def _kinds_on_blanks(batch: Batch) -> frozenset[str]:
    """Return the kinds of certificate for which the batch's pack counts blanks: where none are for 结业, nobody misses one."""
    view = batch.law
    return frozenset(view.blank(key).certificate_kind for key in view.keys("blank"))
