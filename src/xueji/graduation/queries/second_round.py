"""What became of a list that was returned: who was marked and why, what the school answered, what it changed since.

Read from the ledger: the list itself shows only how it stands. Of several returns the last one counts.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from django.db.models import QuerySet

from xueji.cases.models import Case, Decision, Verdict
from xueji.graduation.models import Batch
from xueji.ledger.models import Event
from xueji.ledger.offices import model_label
from xueji.ledger.tags import EventTag

_ACTS = (
    EventTag.CANDIDATES_MARKED, EventTag.CANDIDATES_UNMARKED, EventTag.CANDIDATES_LISTED,
    EventTag.CANDIDATES_CORRECTED, EventTag.CANDIDATES_WITHDRAWN,
)  # fmt: skip
_UNNAMED = "信息更正"  # decided by a case of its own, which says what


@dataclass
class Revision:
    """One graduate of a returned list: the mark it came back with, and what the school did about it."""

    candidate: str
    name: str
    mark: str = ""
    marked_by: str = ""
    answer: str = ""
    changes: list[str] = field(default_factory=list)
    is_new: bool = False
    is_gone: bool = False

    @property
    def says_something(self) -> bool:
        """Whether the graduate was marked, or is not as it was."""
        return bool(self.mark or self.answer or self.changes or self.is_new or self.is_gone)


@dataclass(frozen=True)
class SecondRound:
    """A return and what followed: who returned the list with which opinion, and every graduate it concerned."""

    returned: Decision
    revisions: tuple[Revision, ...]


def last_return_of(case: Case) -> Decision | None:
    """Return the decision by which a case was last given back, None when it never was."""
    found = Decision.objects.filter(step__case=case, verdict=Verdict.RETURN).select_related("by", "step")
    return found.order_by("-id").first()


def second_round_of(batch: Batch) -> SecondRound | None:
    """Return what changed in a batch since it was last returned, as far as it was submitted again; None when it never was."""
    returned = last_return_of(batch.case)
    if returned is None:
        return None
    of_case = Event.objects.filter(subject_type=model_label(batch.case), subject_id=str(batch.case_id))
    submitted = list(of_case.filter(tag=EventTag.CASE_SUBMITTED).order_by("id").values_list("id", flat=True))
    of_step = Event.objects.filter(subject_type=model_label(returned.step), subject_id=str(returned.step_id))
    back = of_step.filter(tag=EventTag.STEP_RETURNED).order_by("id").values_list("id", flat=True).last() or 0
    first = max((number for number in submitted if number < back), default=0)
    after = [number for number in submitted if number > back]
    acts = _acts_of(batch).filter(id__gt=first)
    if after and batch.case.round > returned.step.round:
        acts = acts.filter(id__lt=after[-1])
    return SecondRound(returned, tuple(_revisions(acts, back)))


def _acts_of(batch: Batch) -> QuerySet[Event]:
    of_batch = Event.objects.filter(parent_type=model_label(batch), parent_id=str(batch.pk))
    return of_batch.filter(subject_type="graduation.Candidate", tag__in=_ACTS).order_by("id")


def _revisions(acts: Iterable[Event], back: int) -> list[Revision]:
    found: dict[str, Revision] = {}
    for act in acts:
        revision = found.setdefault(act.subject_id, Revision(act.subject_id, act.subject_label))
        if act.id < back:
            _take_mark(revision, act)
        else:
            _take_change(revision, act)
    concerned = [revision for revision in found.values() if revision.says_something]
    return sorted(concerned, key=lambda revision: (not revision.mark, revision.is_gone))


def _take_mark(revision: Revision, act: Event) -> None:
    if act.tag == EventTag.CANDIDATES_MARKED:
        revision.mark, revision.marked_by = act.note, act.actor_label
    elif act.tag == EventTag.CANDIDATES_UNMARKED:
        revision.mark = revision.marked_by = ""


def _take_change(revision: Revision, act: Event) -> None:
    after = act.after if isinstance(act.after, dict) else {}
    if act.tag == EventTag.CANDIDATES_LISTED:
        revision.answer, revision.is_new = act.note, not act.note and not revision.mark
        revision.is_gone = False
    elif act.tag == EventTag.CANDIDATES_WITHDRAWN:
        revision.is_gone, revision.answer = True, act.note
    elif act.tag == EventTag.CANDIDATES_CORRECTED:
        changed = str(after.get("changed", _UNNAMED if "fields" in after else ""))
        if changed and changed not in revision.changes:
            revision.changes.append(changed)
