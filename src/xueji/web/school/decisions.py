"""The steps of a school: the page on which its leader decides."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_http_methods

from xueji.accounts.permissions import Permission as P
from xueji.cases.models import Step, Verdict
from xueji.cases.queries import step_for
from xueji.core.errors import NotFound
from xueji.web.access import requires
from xueji.web.school.forms import LeaderDecisionForm
from xueji.web.steps import PortalFrame, step_page

_SAID = {Verdict.APPROVE: "已同意，进入下一环节", Verdict.RETURN: "已退回经办人更正", Verdict.REFUSE: "已记录：不同意"}


def _decided(_step: Step, verdict: str) -> str:
    return _SAID.get(Verdict(verdict), "已记录")


_FRAME = PortalFrame("school/decision.html", LeaderDecisionForm, "school:evidence_file", "desk", _decided)


@require_http_methods(["GET", "POST"])
@requires(P.DECIDE_CASES)
def decision(request: HttpRequest, step_id: int) -> HttpResponse:
    """Show a school's leader what is to be decided, and take the decision."""
    step = step_for(request.user, step_id)
    if step.authority_id is not None:
        raise NotFound  # steps above the school have their own pages
    return step_page(request, step, _FRAME)
