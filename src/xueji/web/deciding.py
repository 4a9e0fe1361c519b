"""What a decision will do, told before it is taken: who is concerned, what comes next, which numbers and which date."""

from __future__ import annotations

from collections.abc import Mapping

from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from xueji.cases.models import Step, Verdict
from xueji.cases.queries import may_decide
from xueji.certificates.queries import ExpectedRange
from xueji.graduation.expected import expected_release
from xueji.graduation.models import Batch, CandidateState
from xueji.web.asking import Question, ask, is_confirmed, named

_AFTER: Mapping[str, str] = {
    Verdict.RETURN: "退回学校更正，学校重新提交后从头审核",
    Verdict.REFUSE: "办结，不再办理",
    Verdict.DEFER: "暂缓办理，期限停止计算",
    Verdict.RESUME: "恢复办理，期限继续计算",
}
_TAKES_AWAY = (Verdict.RETURN, Verdict.REFUSE)


def asked_first(request: HttpRequest, step: Step, verdict: str, reasons: str, version: int) -> HttpResponse | None:
    """Return the page that says what the decision will do; None when it was seen, or when the decision is refused anyway."""
    batch: Batch | None = getattr(step.case, "batch", None)
    if is_confirmed(request) or version != step.case.version or not may_decide(request.user, step):
        return None
    if verdict == Verdict.APPROVE and batch and _named_in(batch, CandidateState.MARKED):
        return None
    label = Verdict(verdict).label
    lines = [("办件", step.case.title), ("学校", step.case.school.name), ("环节", step.label), ("决定", label)]
    lines += [("意见", reasons)] if reasons.strip() else []
    lines += [("之后", what_follows(step, verdict))]
    if batch:
        lines += _of_batch(batch, is_last=verdict == Verdict.APPROVE and following(step) is None)
    yes = f"确认{label}"
    return ask(request, Question(f"{label}：请先核对", lines, yes, is_danger=verdict in _TAKES_AWAY))


def following(step: Step) -> str | None:
    """Return the label of the step after this one, None when it is the last."""
    found = step.case.steps.filter(round=step.round, ordinal=step.ordinal + 1).values_list("label", flat=True)
    return found.first()


def what_follows(step: Step, verdict: str) -> str:
    """Say what comes of a decision."""
    if verdict != Verdict.APPROVE:
        return _AFTER[verdict]
    if after := following(step):
        return f"进入下一环节：{after}"
    return "办结：发放证书编号和发证日期，不能撤销" if step.case.kind == "graduation_batch" else "办结生效，不能撤销"


def _of_batch(batch: Batch, *, is_last: bool) -> list[tuple[str, str]]:
    """Return who is concerned, and when it is the last step, what will be given out."""
    lines = [("毕业生", f"{batch.candidates.filter(state=CandidateState.LISTED).count()} 人")]
    for state, label in ((CandidateState.MARKED, "标注退回"), (CandidateState.REFUSED, "审核不通过")):
        if names := _named_in(batch, state):
            lines.append((label, f"{len(names)} 人：{named(names)}"))
    if not is_last:
        return lines
    for one in expected_release(batch):
        ranges = "\n".join(_words_of(part) for part in one.ranges)
        lines.append((f"{one.label}证书编号", f"{one.count} 个，预计\n{ranges}" if one.ranges else "没有编号可发"))
    return [*lines, ("发证日期", f"{timezone.localdate():%Y-%m-%d}（今天）")]


def _words_of(part: ExpectedRange) -> str:
    if not part.first:
        return f"{part.count} 个，按规定的次序排列，不连号"
    return f"{part.first} 至 {part.last}（{part.count} 个）" if part.count > 1 else part.first


def _named_in(batch: Batch, state: CandidateState) -> list[str]:
    return list(batch.candidates.filter(state=state).order_by("ordinal").values_list("name", flat=True))
