"""What approving a batch will give out, told before it is approved: how many numbers, from where to where, dated when."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from xueji.certificates.models import CertificateNumber, NumberState
from xueji.certificates.queries import ExpectedRange, expected_numbers
from xueji.core.packs import PackView
from xueji.graduation.actions.release import parts_of
from xueji.graduation.facts import roster_order
from xueji.graduation.groups import GRANTED_BEFOREHAND, blocks_of, grouped, numbering_for
from xueji.graduation.models import Batch, Candidate, CandidateState, GraduationOutcome


@dataclass(frozen=True, slots=True)
class ExpectedRelease:
    """The numbers of one outcome: what it is called, and the ranges they would come from."""

    label: str
    ranges: tuple[ExpectedRange, ...]

    @property
    def count(self) -> int:
        """How many numbers there will be."""
        return sum(number_range.count for number_range in self.ranges)


def expected_release(batch: Batch) -> list[ExpectedRelease]:
    """Return what the listed graduates of a batch would be given if it were approved now; nothing is written or locked."""
    view = batch.law
    listed = roster_order(batch.candidates.filter(state=CandidateState.LISTED))
    found = []
    for outcome in dict.fromkeys(candidate.outcome for candidate in listed):
        members = [candidate for candidate in listed if candidate.outcome == outcome]
        found.append(ExpectedRelease(GraduationOutcome(outcome).label, tuple(_ranges(batch, view, outcome, members))))
    return found


def _ranges(batch: Batch, view: PackView, outcome: str, members: Sequence[Candidate]) -> list[ExpectedRange]:
    spec = numbering_for(view, outcome)
    if spec is None:
        return []  # the approval will say so, with the clause
    if spec.granting == GRANTED_BEFOREHAND:
        return _from_blocks(batch, members)
    return expected_numbers(view=view, kind=spec.kind, parts=parts_of(spec, batch, members))


def _from_blocks(batch: Batch, candidates: Sequence[Candidate]) -> list[ExpectedRange]:
    """Return the first free numbers of the blocks granted for each group."""
    granted, found = blocks_of(batch), []
    for group, members in grouped(candidates).items():
        free = CertificateNumber.objects.filter(block__in=granted.get(group, []), state=NumberState.FREE)
        numbers = list(free.order_by("block", "serial").values_list("number", flat=True)[: len(members)])
        if numbers:
            found.append(ExpectedRange(len(numbers), numbers[0], numbers[-1]))
    return found
