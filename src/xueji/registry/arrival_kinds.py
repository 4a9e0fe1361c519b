"""The case kinds of who comes from a school of another kind (S2 第十二条第二、四款)."""

from __future__ import annotations

from xueji.accounts.permissions import Permission
from xueji.cases import kinds
from xueji.cases.models import Case
from xueji.core.findings import Finding
from xueji.registry.actions.arriving import apply_arrival
from xueji.registry.arrival_queries import JUNIOR_IN, MOVED_IN, arrival_findings, count_arrivals, paper_findings

RECEIVING = "receiving"


def check_arrival(case: Case) -> list[Finding]:
    """Return what stands in the way of submitting: a paper that is missing, or what the law says."""
    return [*paper_findings(case), *arrival_findings(case)]


def _kind(key: str, label: str) -> kinds.CaseKind:
    return kinds.CaseKind(
        kind=key, label=label, check=check_arrival, check_approval=arrival_findings, apply=apply_arrival,
        url_name="school:case", parties=(RECEIVING,), opens=Permission.FILE_STATUS_CHANGE,
        files=Permission.FILE_STATUS_CHANGE, sees=Permission.VIEW_REGISTER, counts=count_arrivals,
    )  # fmt: skip


TRANSFER_IN = _kind(MOVED_IN, "普通高中、技工学校转入")
PUPIL_IN = _kind(JUNIOR_IN, "未毕业初中学生进入")
