"""The kinds of case of the register: corrections of particulars (S1-07), changes of status (S2-19), the filing of new students (S2 第七条)."""

from __future__ import annotations

from xueji.accounts.permissions import Permission
from xueji.cases import kinds
from xueji.cases.law import law_of
from xueji.cases.models import Case
from xueji.core.findings import Finding, Severity
from xueji.registry.actions.applying import apply_status_application, leave_out_applicants
from xueji.registry.actions.filing import apply_change
from xueji.registry.actions.intake_filing import (
    apply_filing,
    check_filing,
    refuse_filing,
    sift_filing,
    withdraw_filing,
)
from xueji.registry.changes import KIND, value_findings
from xueji.registry.filings import KIND as FILING_KIND
from xueji.registry.models import FilingEntry, ParticularsChange
from xueji.registry.queries.applications import application_of, asked_of, wishes_of
from xueji.registry.queries.status_changes import KIND as STATUS_KIND
from xueji.registry.queries.status_changes import findings_by_name, judge_wishes


def check_change(case: Case) -> list[Finding]:
    """Return what stands in the way: no evidence, impossible values, a number that is somebody else's."""
    change = ParticularsChange.objects.select_related("enrolment__person", "enrolment__programme").get(case=case)
    cites = law_of(case).workflow(KIND).cites
    findings = value_findings(change, cites)
    if not case.evidence.exists():
        message = "须附证明材料（如户口簿、身份证、录取审批表）"
        findings.insert(0, Finding("particulars.evidence_given", Severity.ERROR, message, "evidence", cites=cites))
    return findings


def judge_application(case: Case) -> list[Finding]:
    """Return what the law says of the students of an application as the register stands now."""
    application = application_of(case)
    return findings_by_name(judge_wishes(asked_of(application), wishes_of(application)[1], law_of(case)))


def check_application(case: Case) -> list[Finding]:
    """Return what stands in the way of a submission: no evidence, or what the law says of a student."""
    findings = judge_application(case)
    if not case.evidence.exists():
        cites = law_of(case).workflow(STATUS_KIND).cites
        message = "须附证明材料"
        findings.insert(0, Finding("status_change.evidence_given", Severity.ERROR, message, "evidence", cites=cites))
    return findings


STATUS_CHANGE = kinds.CaseKind(
    kind=STATUS_KIND,
    label="学籍异动",
    check=check_application,
    check_approval=judge_application,
    apply=apply_status_application,
    on_refuse=leave_out_applicants,
    on_withdraw=leave_out_applicants,
    url_name="school:case",
    opens=Permission.FILE_STATUS_CHANGE,
    files=Permission.FILE_STATUS_CHANGE,
    sees=Permission.VIEW_REGISTER,
)
PARTICULARS_CHANGE = kinds.CaseKind(
    kind=KIND,
    label="毕业生信息更正",
    check=check_change,
    apply=apply_change,
    url_name="school:case",
    files=Permission.FILE_PARTICULARS_CHANGE,
)


def _counts(case: Case) -> dict[str, int]:
    return {"persons": FilingEntry.objects.filter(request__case=case, outcome=FilingEntry.Outcome.OPEN).count()}


FILING = kinds.CaseKind(
    kind=FILING_KIND,
    label="新生学籍备案",
    check=check_filing,
    apply=apply_filing,
    on_submit=sift_filing,
    on_refuse=refuse_filing,
    on_withdraw=withdraw_filing,
    url_name="school:case",
    opens=Permission.REGISTER_STUDENTS,
    files=Permission.REGISTER_STUDENTS,
    sees=Permission.VIEW_REGISTER,
    counts=_counts,
)
