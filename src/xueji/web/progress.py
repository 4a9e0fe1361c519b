"""Where a batch stands among the stages of its pack, as pages show it."""

from __future__ import annotations

from dataclasses import dataclass

from xueji.cases.models import CaseState
from xueji.cases.queries import open_step_of
from xueji.certificates.stages import StageProgress, process_of
from xueji.core.process import standing_in_the_way
from xueji.graduation.models import Batch
from xueji.web.clauses import shown_clauses

_FILED = "学校填报、提交"


@dataclass(frozen=True, slots=True)
class ShownStage:
    """One stage: done, open (nothing in its way) or waiting for others."""

    label: str
    look: str  # done | now | wait
    waits_for: str
    clauses: tuple[dict[str, str], ...] = ()
    note: str = ""  # beside the name: where the approval stands


def progress_of(batch: Batch) -> StageProgress:
    """Return which stages are done, asked once however many parts of a page want to know.

    Kept on the batch, which a page reads anew for each request; only pages ask here, actions ask the database.
    """
    kept: StageProgress = batch.__dict__.setdefault("_progress", StageProgress(batch.issue_at_hand))
    return kept


def shown_stages(batch: Batch) -> list[ShownStage]:
    """Return the stages of a batch in the order of its pack; none where the pack sets no order."""
    process = process_of(batch.issue_at_hand)
    if process is None:
        return []
    done = progress_of(batch)
    prepares = batch.case.state in (CaseState.DRAFT, CaseState.RETURNED)
    found = [ShownStage(_FILED, "now" if prepares else "done", "")]
    for stage in process.stages:
        missing = standing_in_the_way(process, stage.key, done)
        look = "done" if stage.key in done else "wait" if missing else "now"
        waits = "、".join(before.label for before in missing) if look == "wait" else ""
        note = ""
        if stage.key == "approve" and look == "now":
            look, waits, note = ("wait", _FILED, "") if prepares else ("now", "", _approval_at(batch))
        found.append(ShownStage(stage.label, look, waits, tuple(shown_clauses(stage.cites)), note))
    return found


def _approval_at(batch: Batch) -> str:
    """Say at whose step a batch under review lies; nothing once that is over."""
    step = open_step_of(batch.case)
    return step.label if step is not None else ""
