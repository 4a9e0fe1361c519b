"""Where a submitted application stands, in plain words; and the way to take it back."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from xueji.applications.actions import withdraw_application
from xueji.applications.draft_queries import draft_shown
from xueji.applications.facts import law_for, stated_facts
from xueji.applications.models import Application, Defect
from xueji.applications.queries import application_for, grounds_of, is_returned, letter_of, standing_of
from xueji.applications.referral_queries import referrals_of
from xueji.applications.review_actions import OBJECTION
from xueji.applications.review_queries import refusals_of
from xueji.core.findings import Citation
from xueji.core.service_specs import ServiceSpec
from xueji.replacements.queries import progress_of
from xueji.web.access import for_applicants
from xueji.web.applicant.supplementing import letter_shown
from xueji.web.asking import Question, ask, is_confirmed

State = Application.State
_STEPS = ("已提交", "受理机构审核", "作出决定", "领取")


def status_page(request: HttpRequest, mine: Application) -> HttpResponse:
    """Show what has happened, what is awaited and what the applicant is to do."""
    standing = standing_of(mine)
    draft, waits_for_applicant = draft_shown(mine), is_returned(mine)
    context = {
        "application": mine, "standing": standing, "office": draft.office,
        "papers": draft.papers, "facts": stated_facts(mine), "steps": _steps(standing.step),
        "may_withdraw": mine.state == State.SUBMITTED and (waits_for_applicant or not standing.reasons),
        "letter": letter_shown(mine, draft) if waits_for_applicant else None,
        "answered": letter_of(mine) if mine.state == State.SUBMITTED and not waits_for_applicant else (),
        "referrals": referrals_of(mine),
        "grounds": [_ground(row, mine) for row in grounds_of(mine)], "objection": OBJECTION,
        "basis": law_for(mine).entry("service", mine.kind, ServiceSpec).cites,
        "progress": progress_of(mine) if mine.state == State.APPROVED else None,
    }  # fmt: skip
    return render(request, "applicant/status.html", context)


def _ground(row: Defect, mine: Application) -> tuple[str, Defect, list[Citation]]:
    """Return a ground of a refusal as the law calls it, what was found, and its clauses."""
    labels = {spec.key: spec.label for spec in refusals_of(law_for(mine), mine.kind)}
    return labels.get(row.ground, row.ground), row, [Citation.read(text) for text in row.cites]


def _steps(current: int) -> list[tuple[str, str]]:
    """Return the four steps, each done, current or to come."""
    return [
        (label, "done" if number < current else "current" if number == current else "upcoming")
        for number, label in enumerate(_STEPS, start=1)
    ]


@for_applicants("the own applications; another's is not found")
@require_POST
def withdrawal(request: HttpRequest, graduate_application_id: UUID) -> HttpResponse:
    """Withdraw an application, once asked."""
    mine = application_for(request.applicant, graduate_application_id)
    if not is_confirmed(request):
        return ask(request, _question(mine))
    withdraw_application(application=mine, by=request.applicant.user, at=timezone.now())
    messages.success(request, "申请已经撤回")
    return redirect("applicant:home")


def _question(mine: Application) -> Question:
    lines = [("事项", mine.get_kind_display()), ("毕业学校", mine.school_name or "还没有填写")]
    if mine.receipt is None:
        return Question(
            "放弃这份申请？", lines, "放弃", is_danger=True, warning="填写的内容和上传的图片都会删去，不能恢复。"
        )
    lines.append(("受理号", mine.receipt))
    warning = "撤回后排队位置不保留；需要时可重新申请，重新排队。"
    return Question("撤回这份申请？", lines, "撤回", is_danger=True, warning=warning)
