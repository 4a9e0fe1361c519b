"""The case kind of duplicates: the authority of the school that asks, the other one, their common superior where they differ (S2 第八条)."""

from __future__ import annotations

from xueji.accounts.permissions import Permission
from xueji.cases import kinds
from xueji.registry.actions.settling import apply_duplicate, leave_out_duplicate
from xueji.registry.disputes import check_filing, dispute_findings
from xueji.registry.queries.duplicates import ANSWERING, CLAIMING, KIND

DUPLICATE = kinds.CaseKind(
    kind=KIND,
    label="学籍查重",
    check=check_filing,
    check_approval=dispute_findings,
    apply=apply_duplicate,
    on_refuse=leave_out_duplicate,
    on_withdraw=leave_out_duplicate,
    url_name="school:case",
    parties=(CLAIMING, ANSWERING),
    opens=Permission.FILE_STATUS_CHANGE,
    files=Permission.FILE_STATUS_CHANGE,
    sees=Permission.VIEW_REGISTER,
)
