"""What stands in the way of a batch as a whole: at submission, and again when its numbers are released."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date

from xueji.cases.models import CaseState
from xueji.core.facts import Surroundings
from xueji.core.findings import Citation, Finding, Severity
from xueji.core.packs import PackView, Window
from xueji.core.rules import check_graduate, check_register
from xueji.core.term_checks import every_window
from xueji.documents.fonts import uncovered
from xueji.graduation.facts import LIVE, facts_of_candidate, register_of, surroundings_of
from xueji.graduation.models import Batch, Candidate, CandidateState, Season, SpecialCaseItem
from xueji.registry.queries import open_changes_of
from xueji.statements import Slot, Statement
from xueji.uploads.queries import open_upload_of

LATE_WINDOW = "late_sealing"
_CANDIDATES = Statement(
    lambda: Candidate.objects.filter(batch=Slot("batch")).select_related("person").order_by("ordinal")
)
_MARKED = Statement(
    lambda: (
        Candidate.objects.filter(batch=Slot("batch"), state=CandidateState.MARKED)
        .order_by("ordinal")
        .values_list("name", flat=True)
    )
)
_OPEN_CHANGES = Statement(
    lambda: open_changes_of(
        Candidate.objects.filter(batch=Slot("batch"), state__in=[CandidateState.LISTED, CandidateState.MARKED])
        .order_by()
        .values("enrolment")
    )
)


def late_window(view: PackView, season: Season) -> Window | None:
    """Return when the pack lets a season's stragglers be sealed, or None when it knows no late sealing for the season."""
    windows = view.windows(season.year, season.term)
    return next((w for w in windows if w.key.startswith(LATE_WINDOW)), None)


def late_findings(view: PackView, season: Season, on: date) -> list[Finding]:
    """Return what S1-13 holds against late sealing on a day: the class has none, or its last day is past.

    Where a notice says nothing of late sealing its pack may let whoever was forgotten follow in a batch of their own.
    """
    window = late_window(view, season)
    if window is None and view.value_or("late_batch_without_window", default=False):
        return []
    if window is None:
        cites = _late_cites(view)
        return [_error("late.class_has_late_sealing", f"{season.label}不办理补验印", cites=cites)]
    if on > window.closes:
        message = f"{season.label}补验印已于 {window.closes:%Y-%m-%d} 截止，逾期不予办理"
        return [_error("late.window_open", message, cites=window.cites)]
    return []


def _late_cites(view: PackView) -> tuple[Citation, ...]:
    return next((w.cites for w in every_window(view.pack) if w.key.startswith(LATE_WINDOW)), ())


def check_batch(batch: Batch, on: date | None = None) -> list[Finding]:
    """Return everything that keeps a batch from going on: gates of the notice, the register, every graduate's rules.

    The last day of late sealing is held against `on`; without a day it is left to those who know it.
    """
    candidates, surroundings = candidates_of(batch), surroundings_of(batch)
    listed = [c for c in candidates if c.state == CandidateState.LISTED]
    return [*list_findings(batch, candidates, surroundings, on), *_candidate_findings(batch, listed, surroundings)]


def candidates_of(batch: Batch) -> list[Candidate]:
    """Return everybody who stands in a batch, whatever their state, each with the person."""
    candidates = _CANDIDATES.rows(batch=batch.pk)
    for candidate in candidates:
        candidate.batch = batch
    return candidates


def list_findings(
    batch: Batch, candidates: Sequence[Candidate], surroundings: Surroundings, on: date | None = None
) -> list[Finding]:
    """Return what speaks against a batch and its list as a whole, the rules on each graduate left aside."""
    view = batch.law
    listed = [c for c in candidates if c.state == CandidateState.LISTED]
    findings = [*_gate_findings(batch, view, candidates)]
    if on is not None and batch.is_late and not is_by_special_case(batch):
        findings += late_findings(view, batch.season, on)
    if listed:
        findings += check_register(register_of(batch), view, surroundings)
    if lacking := [c.name for c in listed if c.photo_id is None]:
        message = f"{'、'.join(lacking[:10])}{'等' if len(lacking) > 10 else ''} {len(lacking)} 人没有电子照片"
        cites = view.photo_profile("diploma").cites
        findings.append(
            _error(
                "batch.photos_given",
                message,
                remedy="请上传缺少的照片：在毕业生页面逐张上传，或与名单一起重新上传",
                cites=cites,
            )
        )
    return findings


def _gate_findings(batch: Batch, view: PackView, candidates: Sequence[Candidate]) -> list[Finding]:
    findings = []
    workflow = view.workflow("graduation_batch")
    if all(c.state != CandidateState.LISTED for c in candidates):
        findings.append(
            _error(
                "batch.not_empty", "批次中没有一名毕业生", remedy="请先上传毕业生数据并确认入库", cites=workflow.cites
            )
        )
    if open_upload_of(batch, "graduates") is not None:
        findings.append(
            _error(
                "batch.upload_settled", "有一份上传的数据尚未确认", remedy="请先确认入库或放弃", cites=workflow.cites
            )
        )
    if waiting := [change.enrolment.person.name for change in _OPEN_CHANGES.rows(batch=batch.pk)]:
        message = f"{'、'.join(waiting[:10])}{'等' if len(waiting) > 10 else ''} {len(waiting)} 人的信息更正尚未办结"
        cites = view.workflow("particulars_change").cites
        findings.append(
            _error(
                "batch.no_open_changes",
                message,
                remedy="全部毕业学生信息正确无误后才能办理；请等待核准，或撤回更正",
                cites=cites,
            )
        )
    if marked := _in_words([c.name for c in candidates if c.state == CandidateState.MARKED]):
        remedy = "请重新上传名单、办理信息更正、说明情况，或将其退出"
        findings.append(
            _error("batch.marks_answered", f"{marked}已被退回，尚未处理", remedy=remedy, cites=workflow.cites)
        )
    return findings


def check_approval(batch: Batch) -> list[Finding]:
    """Return what keeps any step from approving a batch: somebody is marked for return, so the batch goes back as a whole."""
    marked = _in_words(_MARKED.rows(batch=batch.pk))
    if not marked or goes_on_without_marked(batch):
        return []
    message = f"名单中有标注退回的毕业生（{marked}），不能同意"
    remedy = "请退回学校更正；最后审核的环节也可以对其作出不予通过"
    cites = batch.law.workflow("graduation_batch").cites
    return [_error("batch.nobody_marked", message, remedy=remedy, cites=cites)]


def goes_on_without_marked(batch: Batch) -> bool:
    """Whether the rest is approved while some are marked: they follow in the late batch, so of that one nobody is left over."""
    return not batch.is_late and batch.law.value_or("marked_when_approved", "return") == "late_batch"


def _in_words(names: Sequence[str]) -> str:
    """Return the first ten of the graduates marked for return; empty when nobody is."""
    return f"{'、'.join(names[:10])}{f' 等 {len(names)} 人' if len(names) > 10 else ''}"


def _candidate_findings(batch: Batch, candidates: Sequence[Candidate], surroundings: Surroundings) -> Iterator[Finding]:
    """Yield the rules' errors on every candidate as stored today, each naming the graduate."""
    view = batch.law
    text = "".join(sorted({c for candidate in candidates for c in candidate.name + candidate.programme_name}))
    known = replace(surroundings, uncovered=frozenset(uncovered(text)))
    for candidate in candidates:
        for finding in check_graduate(facts_of_candidate(candidate), view, known):
            if finding.is_error:
                yield replace(finding, message=f"{candidate.name}：{finding.message}")


def is_by_special_case(batch: Batch) -> bool:
    """Whether everybody in a late batch is there by an approved special case: then no window binds it (our reading)."""
    live = batch.candidates.filter(state__in=LIVE)
    argued = SpecialCaseItem.objects.filter(special_case__case__state=CaseState.APPROVED).values("candidate__enrolment")
    return live.exists() and not live.exclude(enrolment__in=argued).exists()


def _error(rule: str, message: str, *, remedy: str = "", cites: tuple[Citation, ...] = ()) -> Finding:
    return Finding(rule, Severity.ERROR, message, remedy=remedy, cites=cites)
