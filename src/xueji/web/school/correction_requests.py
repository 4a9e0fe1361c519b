"""What students and guardians ask to be put right: a list of tasks of the school, each taken up as an information change or answered."""

from __future__ import annotations

from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods

from xueji.accounts.permissions import Permission as P
from xueji.core.errors import BadInput, Conflict, RuleViolation
from xueji.registry.actions import refuse_correction, take_up_correction
from xueji.registry.changes import CLOSED_FIELDS, FIELDS, claimed_values
from xueji.registry.models import CorrectionRequest
from xueji.registry.queries.own_records import due_on, request_at_school, requests_at_schools
from xueji.web.access import requires
from xueji.web.forms import add_refusal, posted
from xueji.web.listing import page_of

_TAKE, _REFUSE = "take", "refuse"
_CLOSED = "启动信息变更以后在申请中核对"


class CorrectionAnswerForm(forms.Form):
    """Taken up under a number of the school's papers, or not, with the reason."""

    decision = forms.ChoiceField(
        label="处理", choices=[(_TAKE, "启动信息变更"), (_REFUSE, "不采纳")], widget=forms.RadioSelect
    )
    document_number = forms.CharField(label="学校文号", max_length=60, required=False, help_text="启动信息变更时填写")
    answer = forms.CharField(
        label="不采纳的理由", max_length=300, required=False, widget=forms.Textarea(attrs={"rows": 3}),
        help_text="申请人看得到",
    )  # fmt: skip


@require_GET
@requires(P.FILE_PARTICULARS_CHANGE)
def correction_requests(request: HttpRequest) -> HttpResponse:
    """List what was asked of the person's schools, what waits first."""
    page = page_of(request, requests_at_schools(request.user))
    rows = [(row, FIELDS.get(row.field, row.field), due_on(row, row.enrolment.school)) for row in page.object_list]
    return render(request, "school/correction_requests.html", {"page": page, "rows": rows})


@require_http_methods(["GET", "POST"])
@requires(P.FILE_PARTICULARS_CHANGE)
def correction_request(request: HttpRequest, correction_request_id: UUID) -> HttpResponse:
    """Show one request; take it up, or say why not."""
    found = request_at_school(request.user, correction_request_id)
    form = CorrectionAnswerForm(posted(request))
    if form.is_bound and form.is_valid():
        try:
            done = _decide(request, found, form)
        except (BadInput, Conflict, RuleViolation) as error:
            add_refusal(form, error)
        else:
            if done.change is not None:
                messages.success(request, "已启动信息变更：请上传证明材料，再提交")
                return redirect("school:case", done.change.case_id)
            messages.success(request, "已答复申请人")
            return redirect("school:correction_requests")
    is_closed = (
        found.field in CLOSED_FIELDS
    )  # a whole number, a birth date: read in the change, where a look is recorded
    stands = claimed_values(found.enrolment)[found.field]
    context = {
        "asked": found, "label": FIELDS.get(found.field, found.field), "form": form,
        "stands": _CLOSED if is_closed else stands, "wanted": _CLOSED if is_closed else found.wanted,
        "due": due_on(found, found.enrolment.school),
        "is_open": found.state == CorrectionRequest.State.OPEN,
    }  # fmt: skip
    return render(request, "school/correction_request.html", context, status=422 if form.is_bound else 200)


def _decide(request: HttpRequest, found: CorrectionRequest, form: CorrectionAnswerForm) -> CorrectionRequest:
    values, by, at = form.cleaned_data, request.user, timezone.now()
    if values["decision"] == _TAKE:
        return take_up_correction(request=found, document_number=values["document_number"], by=by, at=at)
    return refuse_correction(request=found, answer=values["answer"], by=by, at=at)
