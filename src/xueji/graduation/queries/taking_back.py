"""Whether a school may take back now what it did: asked before a button is shown; the actions ask again under the lock."""

from __future__ import annotations

from collections.abc import Iterable

from xueji.accounts.models import User
from xueji.cases.models import CaseState, Evidence
from xueji.cases.proposal_queries import open_proposal_of
from xueji.cases.queries import decisions_of_round, is_of_school, open_step_of
from xueji.core.packs import ColumnSpec
from xueji.graduation.facts import LIVE
from xueji.graduation.models import Batch, Candidate, CandidateState
from xueji.graduation.queries import graduates_by_state, may_prepare
from xueji.graduation.rules import goes_on_without_marked
from xueji.statements import Slot, Statement
from xueji.uploads.queries import open_upload_of

_LACKING = Statement(
    lambda: (
        Candidate.objects.filter(batch=Slot("batch"), state__in=LIVE, photo=None)
        .order_by()
        .values_list("pk", flat=True)
    )
)


def may_recall(user: User, batch: Batch) -> bool:
    """Whether the batch was submitted by the person's school and nobody has begun to decide."""
    if batch.case.state != CaseState.IN_PROGRESS or not is_of_school(user, batch.school_id):
        return False
    step = open_step_of(batch.case)
    if step is None or open_proposal_of(step) is not None or decisions_of_round(batch.case):
        return False
    return all(state != CandidateState.MARKED for state, *_ in graduates_by_state(batch))


def may_give_up(user: User, batch: Batch) -> bool:
    """Whether the batch is a draft of the person's school in which nobody stands and nothing waits."""
    if batch.case.state != CaseState.DRAFT or not is_of_school(user, batch.school_id):
        return False
    return not graduates_by_state(batch) and open_upload_of(batch, "graduates") is None


def may_correct(user: User, candidate: Candidate) -> bool:
    """Whether the person may put one graduate of the list right: the batch is in their school's hands, the graduate on the list."""
    return candidate.state in (CandidateState.LISTED, CandidateState.MARKED) and may_prepare(user, candidate.batch)


def lacking_photos(batch: Batch) -> int:
    """Return how many graduates on the list have no photograph."""
    return len(_LACKING.rows(batch=batch.pk))


_CORRECTABLE = {
    "programme", "specialisation", "duration_years", "study_mode", "entry_month", "graduation_month", "political_status",
    "overall_mark", "conduct_mark", "internship_mark", "remark",
    "details.delay_reason",
}  # fmt: skip


def correctable_fields(batch: Batch) -> dict[str, ColumnSpec]:
    """Return the columns of the list, by field, that may be put right for one graduate by itself, in the order of the form."""
    columns = batch.law.workbook("graduates").columns
    return {column.field: column for column in columns if column.field in _CORRECTABLE}


def cases_with_marked(cases: Iterable[int]) -> set[int]:
    """Return the cases whose batch has graduates marked for return and cannot be approved without them."""
    marked = Candidate.objects.filter(batch__case__in=cases, state=CandidateState.MARKED).order_by()
    found = Batch.objects.filter(pk__in=marked.values("batch")).select_related("case")
    return {batch.case_id for batch in found if not goes_on_without_marked(batch)}


def proof_kind(candidate: Candidate) -> str:
    """Return under which name the proof of a graduate's delay lies with the case of the batch."""
    return f"延期毕业证明（第{candidate.ordinal}号 {candidate.name}）"[:60]


def proofs_of(candidate: Candidate) -> list[Evidence]:
    """Return what the school attached to prove a graduate's delay; nothing is looked up for who is not late."""
    if not candidate.details.get("delay_reason"):
        return []
    return list(
        candidate.batch.case.evidence.filter(kind__startswith="延期毕业证明", kind__endswith=f" {candidate.name}）")
    )


def approves_without_marked(batch: Batch) -> bool:
    """Whether the rest of a batch is approved while some are marked, for who decides it."""
    return goes_on_without_marked(batch)
