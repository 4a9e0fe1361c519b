"""Who may look at a minor's registration as a guardian: the school bars one who must not, and lets them look again."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_POST

from xueji.accounts.permissions import Permission as P
from xueji.core.errors import BadInput
from xueji.registry.actions import bar_guardian, readmit_guardian
from xueji.registry.queries.own_records import guardian_of_student
from xueji.registry.queries.students import student_for
from xueji.web.access import requires

_ACTS = {"bar": (bar_guardian, "已限制监护人查看"), "readmit": (readmit_guardian, "已恢复监护人查看")}


@require_POST
@requires(P.FILE_PARTICULARS_CHANGE)
def guardian_look(request: HttpRequest, enrolment_id: str, guardian_id: int) -> HttpResponse:
    """Bar a guardian from looking, or let one look again, as the form said; the reason is recorded."""
    record = student_for(request.user, enrolment_id)
    guardian = guardian_of_student(record, guardian_id)
    if (act := request.POST.get("act", "")) not in _ACTS:
        raise BadInput("请在学生页面选择「限制查看」或「恢复查看」，再填写原因")
    change, words = _ACTS[act]
    because = request.POST.get("because", "")
    change(guardian=guardian, enrolment=record, because=because, by=request.user, at=timezone.now())
    messages.success(request, words)
    return redirect("student", record.pk)
