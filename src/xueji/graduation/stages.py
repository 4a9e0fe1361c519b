"""Where a batch stands among the stages of its pack, and what stands in the way of the next one.

Which stages there are, and in which order, is the pack's word (`process.toml`); how one is known to be done is told by
the app that does it. Apps above register theirs when they are ready, as kinds of case are registered.
"""

from __future__ import annotations

from collections.abc import Callable, Container

from xueji.cases.models import CaseState
from xueji.core.errors import RuleViolation
from xueji.core.findings import Finding, Severity
from xueji.core.packs import ProcessSpec
from xueji.core.process import STAGES, has_stage, standing_in_the_way
from xueji.graduation.models import Batch

IsDone = Callable[[Batch], bool]

_done: dict[str, IsDone] = {}


def register_stage(key: str, is_done: IsDone) -> None:
    """Tell how a stage is known to be done; an unknown key, or a second teller, is a bug."""
    if key not in STAGES:
        raise ValueError(f"no such stage: {key!r}; stages: {', '.join(STAGES)}")
    if _done.setdefault(key, is_done) is not is_done:
        raise ValueError(f"stage {key!r} is registered twice")


def process_of(batch: Batch) -> ProcessSpec | None:
    """Return the stages of the batch's pack; None where the pack sets no order."""
    view = batch.law
    return view.process() if "graduation" in view.keys("process") else None


class Progress(Container[str]):
    """Which stages of a batch are done, each asked when somebody wants to know, and then kept: for one page, no longer."""

    def __init__(self, batch: Batch) -> None:
        self._batch = batch
        self._told: dict[str, bool] = {}

    def __contains__(self, stage: object) -> bool:
        """Whether a stage the pack has is done."""
        if not isinstance(stage, str):
            return False
        if stage not in self._told:
            self._told[stage] = _is_done(stage, self._batch)
        return self._told[stage]


def done_stages(batch: Batch) -> frozenset[str]:
    """Return the stages of the pack that are done; asks only for those the pack has."""
    process = process_of(batch)
    return frozenset(one.key for one in process.stages if _is_done(one.key, batch)) if process else frozenset()


def require_stage(batch: Batch, stage: str) -> None:
    """Raise RuleViolation unless every stage the pack puts before `stage` is done; the refusal shows the clauses.

    Only the stages in question are looked at, in the batch as stored: what the caller holds may be older than its
    seal. A pack that does not know the stage puts nothing in its way.
    """
    batch = Batch.objects.select_related("case", "season", "school__authority").get(pk=batch.pk)
    process = process_of(batch)
    if process is None or not has_stage(process, stage):
        return
    one = next(s for s in process.stages if s.key == stage)
    missing = standing_in_the_way(process, stage, {key for key in one.after if _is_done(key, batch)})
    if missing:
        raise RuleViolation(
            [
                Finding(
                    f"process.{stage}.after.{before.key}", Severity.ERROR, f"「{before.label}」尚未完成，不能「{one.label}」",
                    remedy=f"请先完成「{before.label}」", cites=(*one.cites, *before.cites),
                )
                for before in missing
            ]
        )  # fmt: skip


def _is_done(key: str, batch: Batch) -> bool:
    if key not in _done:
        raise ValueError(f"nobody tells when stage {key!r} is done")
    return _done[key](batch)


def is_approved(batch: Batch) -> bool:
    """Whether the last step of the batch's case is approved."""
    return batch.case.state == CaseState.APPROVED


def is_numbered(batch: Batch) -> bool:
    """Whether every graduate of the batch has a numbered certificate (released in one act)."""
    return batch.numbered_at is not None
