"""The kind of case by which a school asks for blanks: what is checked, and what an approval does."""

from __future__ import annotations

from datetime import datetime

from xueji.accounts.models import User
from xueji.accounts.permissions import Permission
from xueji.blanks.actions.requests import KIND, grant_request, note_demand
from xueji.blanks.demand import graduates_of
from xueji.blanks.models import BlankRequest
from xueji.blanks.queries import need_of
from xueji.blanks.queries.books import kinds_for, spec_for
from xueji.cases.kinds import CaseKind
from xueji.cases.law import law_of
from xueji.cases.models import Case
from xueji.core.findings import Finding, Severity


def _request_of(case: Case) -> BlankRequest:
    return BlankRequest.objects.select_related("school__authority", "case").get(case=case)


def check_request(case: Case) -> list[Finding]:
    """Return what speaks against a request: a kind for other schools, more than the season needs, spoiled ones not returned."""
    request = _request_of(case)
    cites = law_of(case).workflow(KIND).cites
    findings: list[Finding] = []
    if request.kind not in kinds_for(request.school, case.legal_date):
        spec = spec_for(request.school, request.kind, case.legal_date)
        message = f"「{spec.title}」不供本校办学层次使用"
        findings.append(Finding("blank_request.kind_for_school", Severity.ERROR, message, "kind", cites=spec.cites))
    need = need_of(request)
    if request.count > need.open:
        message = f"申领 {request.count} 本，多于尚需的 {need.open} 本：{need.explained}"
        severity = Severity.WARNING if request.reason else Severity.ERROR
        remedy = "" if request.reason else "请减少数量，或在说明中写明多领的原因"
        findings.append(Finding("blank_request.within_need", severity, message, "count", remedy, cites=cites))
    if need.spoiled:
        message = f"本校有损坏证书 {need.spoiled} 本尚未缴回"
        findings.append(Finding("blank_request.spoiled_returned", Severity.ADVICE, message, cites=cites))
    return findings


def _submitted(case: Case, by: User, at: datetime) -> None:  # noqa: ARG001  # the signature of an effect
    request = _request_of(case)
    kind = spec_for(request.school, request.kind, case.legal_date).certificate_kind
    note_demand(request, graduates_of(request.school, request.year, request.term, kind))


BLANK_REQUEST = CaseKind(
    kind=KIND,
    label="空白证书申领",
    check=check_request,
    check_approval=check_request,
    apply=grant_request,
    on_submit=_submitted,
    url_name="school:blank_request",
    files=Permission.REQUEST_BLANKS,
)
