"""Whether a certificate may be printed a second time: where the pack asks for a case, only after its approval (S3-22)."""

from __future__ import annotations

from collections.abc import Sequence

from xueji.cases.models import CaseState
from xueji.certificates.models import Certificate
from xueji.core.findings import Citation
from xueji.core.packs import PackView
from xueji.production.models import PrintSheet, ReprintItem, SheetOutcome
from xueji.production.refusals import refusal

REPRINT_KIND = "reprint"


def needs_case(view: PackView) -> bool:
    """Whether the pack lets a spoiled certificate be printed again only after a case."""
    return view.value_or("reprint_needs_case", default=False) is True


def reprint_cites(view: PackView) -> tuple[Citation, ...]:
    """Return the clauses of the case, where the pack has one."""
    return view.workflow(REPRINT_KIND).cites if REPRINT_KIND in view.keys("workflow") else ()


def newest_spoiled(certificates: Sequence[Certificate]) -> list[PrintSheet]:
    """Return for each certificate the sheet that was spoiled last, where there is one."""
    sheets = PrintSheet.objects.filter(certificate__in=certificates, outcome=SheetOutcome.SPOILED)
    sheets = sheets.select_related("certificate__number").order_by("certificate_id", "-id").distinct("certificate_id")
    return list(sheets)


def not_allowed(certificates: Sequence[Certificate], view: PackView) -> list[PrintSheet]:
    """Return the spoiled sheets whose certificates may not be printed again yet."""
    if not needs_case(view):
        return []
    spoiled = newest_spoiled(certificates)
    approved = ReprintItem.objects.filter(sheet__in=spoiled, reprint__case__state=CaseState.APPROVED)
    allowed = set(approved.values_list("sheet_id", flat=True))
    return [sheet for sheet in spoiled if sheet.pk not in allowed]


def refuse_without_reprint(certificates: Sequence[Certificate], view: PackView) -> None:
    """Raise RuleViolation when one of the certificates was spoiled and its reprint is not approved."""
    if waiting := not_allowed(certificates, view):
        numbers = "、".join(sheet.certificate.number.number for sheet in waiting[:20])
        raise refusal(
            "print.reprint_approved", f"打印作废的证书须经批准才能重打：{numbers}{'等' if len(waiting) > 20 else ''}",
            cites=reprint_cites(view), remedy="请先提出重打申请，待批准后再装纸打印",
        )  # fmt: skip
