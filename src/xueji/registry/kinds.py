"""The case kind of particulars changes (S1-07): what is checked when the school submits one."""

from __future__ import annotations

from xueji.accounts.permissions import Permission
from xueji.cases import kinds
from xueji.cases.law import law_of
from xueji.cases.models import Case
from xueji.core.findings import Finding, Severity
from xueji.registry.actions.filing import apply_change
from xueji.registry.changes import KIND, value_findings
from xueji.registry.models import ParticularsChange


def check_change(case: Case) -> list[Finding]:
    """Return what stands in the way: no evidence, impossible values, a number that is somebody else's."""
    change = ParticularsChange.objects.select_related("enrolment__person", "enrolment__programme").get(case=case)
    cites = law_of(case).workflow(KIND).cites
    findings = value_findings(change, cites)
    if not case.evidence.exists():
        message = "须附证明材料（如户口簿、身份证、录取审批表）"
        findings.insert(0, Finding("particulars.evidence_given", Severity.ERROR, message, "evidence", cites=cites))
    return findings


PARTICULARS_CHANGE = kinds.CaseKind(
    kind=KIND,
    label="毕业生信息更正",
    check=check_change,
    apply=apply_change,
    url_name="school:case",
    files=Permission.FILE_PARTICULARS_CHANGE,
)
