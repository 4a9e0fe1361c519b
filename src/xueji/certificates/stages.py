"""Where an issue stands among the stages of its pack, and what stands in the way of the next one.

Which stages there are, and in which order, is the pack's word (`process.toml`); how one is known to be done is told by
the app that does it. Apps above register theirs when they are ready, as kinds of case are registered.
"""

from __future__ import annotations

from collections.abc import Callable, Container

from xueji.cases.models import CaseState
from xueji.certificates.models import Issue
from xueji.core.errors import RuleViolation
from xueji.core.findings import Finding, Severity
from xueji.core.packs import ProcessSpec
from xueji.core.process import STAGES, has_stage, standing_in_the_way
from xueji.statements import Slot, Statement

IsDone = Callable[[Issue], bool]

_ISSUE = Statement(
    lambda: Issue.objects.filter(pk=Slot("issue")).select_related("case", "authority", "school__authority").order_by()
)
_done: dict[tuple[str, str], IsDone] = {}  # by kind of issue (empty: whatever the kind) and stage


def register_stage(key: str, is_done: IsDone, *, kind: str = "") -> None:
    """Say how a stage is known to be done, of one kind of issue or of all; an unknown key, or a second answer, is a bug."""
    if key not in STAGES:
        raise ValueError(f"no such stage: {key!r}; stages: {', '.join(STAGES)}")
    if _done.setdefault((kind, key), is_done) is not is_done:
        raise ValueError(f"stage {key!r} is registered twice")


def process_of(issue: Issue) -> ProcessSpec | None:
    """Return the stages its pack has for issues of this kind; None where the pack sets no order."""
    view = issue.law
    return view.process(issue.kind) if issue.kind in view.keys("process") else None


class StageProgress(Container[str]):
    """Which stages of an issue are done, each asked when somebody wants to know, and then kept: for one page, no longer."""

    def __init__(self, issue: Issue) -> None:
        self._issue = issue
        self._told: dict[str, bool] = {}

    def __contains__(self, stage: object) -> bool:
        """Whether a stage the pack has is done."""
        if not isinstance(stage, str):
            return False
        if stage not in self._told:
            self._told[stage] = _is_done(stage, self._issue)
        return self._told[stage]


def done_stages(issue: Issue) -> frozenset[str]:
    """Return the stages of the pack that are done; asks only for those the pack has."""
    process = process_of(issue)
    return frozenset(stage.key for stage in process.stages if _is_done(stage.key, issue)) if process else frozenset()


def require_stage(issue: Issue, stage: str) -> None:
    """Raise RuleViolation unless every stage the pack puts before `stage` is done; the refusal shows the clauses.

    Only the stages in question are looked at, in the issue as stored: what the caller holds may be older than its
    seal. A pack that does not know the stage puts nothing in its way.
    """
    issue = _ISSUE.only(issue=issue.pk)
    process = process_of(issue)
    if process is None or not has_stage(process, stage):
        return
    stage_spec = next(s for s in process.stages if s.key == stage)
    missing = standing_in_the_way(process, stage, {key for key in stage_spec.after if _is_done(key, issue)})
    if missing:
        raise RuleViolation(
            [
                Finding(
                    f"process.{stage}.after.{before.key}", Severity.ERROR, f"「{before.label}」尚未完成，不能「{stage_spec.label}」",
                    remedy=f"请先完成「{before.label}」", cites=(*stage_spec.cites, *before.cites),
                )
                for before in missing
            ]
        )  # fmt: skip


def _is_done(key: str, issue: Issue) -> bool:
    is_done = _done.get((issue.kind, key)) or _done.get(("", key))
    if is_done is None:
        raise ValueError(f"nobody says when stage {key!r} of an issue {issue.kind!r} is done")
    return is_done(issue)


def is_approved(issue: Issue) -> bool:
    """Whether the last step of its case is approved."""
    return issue.case.state == CaseState.APPROVED


def is_numbered(issue: Issue) -> bool:
    """Whether its certificates are numbered (released in one act)."""
    return issue.numbered_at is not None
