"""What a decision will do, told before it is taken: who is concerned, what comes next, which numbers and which date."""

from __future__ import annotations

from collections.abc import Mapping

from django.http import HttpRequest, HttpResponse

from xueji.cases.models import Step, Verdict
from xueji.cases.proposal_queries import open_proposal_of
from xueji.cases.queries import filer_of, label_after, may_decide
from xueji.core.workflow import TWO_HANDS
from xueji.web.asking import Question, ask, is_confirmed
from xueji.web.casepages import casepage_of

_AFTER: Mapping[str, str] = {
    Verdict.RETURN: "退回提交的一方更正，重新提交后从头审核",
    Verdict.REFUSE: "办结，不再办理",
    Verdict.DEFER: "暂缓办理，期限停止计算",
    Verdict.RESUME: "恢复办理，期限继续计算",
}
_TAKES_AWAY = (Verdict.RETURN, Verdict.REFUSE)


def asked_first(request: HttpRequest, step: Step, verdict: str, reasons: str, version: int) -> HttpResponse | None:
    """Return the page that says what the decision will do; None when it was seen, or when the decision is refused anyway.

    What the page asks besides is kept before the decision is taken; an answer that will not do is asked for again.
    """
    page = casepage_of(step.case.kind)
    if version != step.case.version or not may_decide(request.user, step):
        return None
    if verdict == Verdict.APPROVE and page.hindered([step.case_id]):
        return None
    asked = page.asks(step, request.POST if is_confirmed(request) else None) if verdict == Verdict.APPROVE else None
    if is_confirmed(request) and (asked is None or not asked.is_bound or asked.is_valid()):
        if asked is not None and asked.is_bound:
            page.keeps(step, asked, request.user)
        return None
    label, proposal = Verdict(verdict).label, open_proposal_of(step)
    if step.hands == TWO_HANDS:
        label = f"确认{label}" if proposal is not None else f"拟{label}"
    lines = [("办件", step.case.title), filer_of(step.case), ("环节", step.label), ("决定", label)]
    lines += [("拟办人", proposal.by.full_name)] if proposal is not None else []
    lines += [("意见", reasons)] if reasons.strip() else []
    lines += [("之后", what_follows(step, verdict))]
    lines += page.concerned(step.case, verdict == Verdict.APPROVE and label_after(step) is None)
    yes = label if proposal is not None else f"确认{label}"
    return ask(request, Question(f"{label}：请先核对", lines, yes, is_danger=verdict in _TAKES_AWAY, form=asked))


def what_follows(step: Step, verdict: str) -> str:
    """Say what comes of a decision; at a step that takes two, of what is only proposed so far."""
    if step.hands == TWO_HANDS and open_proposal_of(step) is None:
        return "本环节不变，期限照算；待同一岗位的另一人确认后生效"
    if verdict != Verdict.APPROVE:
        return _AFTER[verdict]
    after = label_after(step)
    return f"进入下一环节：{after}" if after else casepage_of(step.case.kind).brings
