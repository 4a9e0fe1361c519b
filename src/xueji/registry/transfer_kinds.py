"""The case kind of transfers between two schools: four lamps, more where the province decides (S2 第十二条)."""

from __future__ import annotations

from datetime import date

from xueji.accounts.permissions import Permission
from xueji.cases import kinds
from xueji.cases.law import law_of
from xueji.cases.models import Case
from xueji.core.decisions.changes import ChangeDecision, decide_change
from xueji.core.findings import Finding, Severity
from xueji.core.packs import PackView
from xueji.institutions.models import School
from xueji.registry.actions.applying import leave_out_applicants
from xueji.registry.actions.transferring import apply_transfer
from xueji.registry.models import Enrolment
from xueji.registry.queries.transfers import KIND, RECEIVING, SENDING
from xueji.registry.transfers import count_transferred, transfer_facts, transfer_findings


def check_transfer(case: Case) -> list[Finding]:
    """Return what stands in the way of submitting: the law, and the application in the student's own hand."""
    findings = transfer_findings(case)
    if not case.evidence.exists():
        cites = law_of(case).workflow(KIND).cites
        message = "请上传学生本人书写的转学申请；未成年学生并附监护人的意见"
        findings.insert(0, Finding("transfer.evidence_given", Severity.ERROR, message, "evidence", cites=cites))
    return findings


def decided_beforehand(record: Enrolment, receiving: School, on: date, view: PackView) -> ChangeDecision:
    """Return what the law says of a transfer that nobody has asked for yet: allowed or not, who will decide."""
    return decide_change(transfer_facts(record, {SENDING: record.school, RECEIVING: receiving}, 1, on, view), view)


TRANSFER_BETWEEN_SCHOOLS = kinds.CaseKind(
    kind=KIND,
    label="转学",
    check=check_transfer,
    check_approval=transfer_findings,
    apply=apply_transfer,
    on_refuse=leave_out_applicants,
    on_withdraw=leave_out_applicants,
    url_name="school:case",
    parties=(SENDING, RECEIVING),
    opens=Permission.FILE_STATUS_CHANGE,
    files=Permission.FILE_STATUS_CHANGE,
    sees=Permission.VIEW_REGISTER,
    counts=count_transferred,
)
