"""Ask to print spoiled certificates again (重打, S3-22); the case decides, then the school may load them."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from django.db import transaction

from xueji.accounts.models import User
from xueji.accounts.permissions import Permission
from xueji.cases.actions import open_case
from xueji.cases.kinds import CaseKind, require_approved
from xueji.cases.models import Case, CaseState
from xueji.certificates.locks import lock_paper
from xueji.certificates.models import Issue
from xueji.core.errors import BadInput, Conflict
from xueji.core.findings import Finding, Severity
from xueji.institutions.queries import require_permission
from xueji.ledger.actions import record_event
from xueji.ledger.tags import EventTag
from xueji.production.form_data import to_print
from xueji.production.models import PrintSheet, Reprint, ReprintItem, SheetOutcome
from xueji.production.reprinting import REPRINT_KIND, not_allowed, reprint_cites

_OPEN = (CaseState.DRAFT, CaseState.IN_PROGRESS, CaseState.RETURNED, CaseState.APPROVED)


@transaction.atomic
def open_reprint(*, issue: Issue, sheets: Collection[int], reason: str, by: User, at: datetime) -> Reprint:
    """Open a request for spoiled sheets of an issue; each stands in one request at a time."""
    require_permission(by, Permission.FILE_CERTIFICATE_CASE, school=issue.school)
    if not (reason := reason.strip()):
        raise BadInput("请写明重打原因")
    issue = lock_paper(issue)
    chosen = {sheet.pk: sheet for sheet in not_allowed(list(to_print(issue)), issue.law)}
    wanted = [chosen[pk] for pk in sheets if pk in chosen]
    if not wanted or len(wanted) != len(set(sheets)):
        raise BadInput("请选择打印作废、尚未批准重打的证书")
    busy = ReprintItem.objects.filter(sheet__in=wanted, reprint__case__state__in=_OPEN)
    if numbers := list(busy.values_list("sheet__certificate__number__number", flat=True)):
        raise Conflict(f"已有重打申请在办理：{'、'.join(numbers)}")
    case = open_case(
        kind=REPRINT_KIND, school=issue.school, title=f"证书重打 {issue.season_label} {issue.school.name} {len(wanted)} 本",
        legal_date=issue.case.legal_date, by=by, at=at,
    )  # fmt: skip
    reprint = Reprint.objects.create(case=case, issue=issue, reason=reason[:200])
    ReprintItem.objects.bulk_create(ReprintItem(reprint=reprint, sheet=sheet) for sheet in wanted)
    record_event(
        tag=EventTag.REPRINT_OPENED, subject=reprint, parent=case, by=by, at=at, school_id=issue.school_id,
        after={"numbers": [sheet.certificate.number.number for sheet in wanted]}, note=reprint.reason,
    )  # fmt: skip
    return reprint


def check_reprint(case: Case) -> list[Finding]:
    """Return what keeps a request from being submitted: every sheet of it must still be spoiled and not replaced."""
    reprint = Reprint.objects.select_related("issue__authority", "issue__case").get(case=case)
    sheets = PrintSheet.objects.filter(reprint_items__reprint=reprint)
    replaced = sheets.filter(certificate__print_sheets__outcome__in=[SheetOutcome.PENDING, SheetOutcome.GOOD])
    if numbers := list(replaced.values_list("certificate__number__number", flat=True)):
        message = f"已经重新打印：{'、'.join(numbers)}"
        return [Finding("reprint.still_spoiled", Severity.ERROR, message, cites=reprint_cites(reprint.issue.law))]
    return []


def allow_reprint(case: Case, by: User, at: datetime) -> None:
    """Record that the certificates of the request may be printed again; loading looks the approval up."""
    require_approved(case)
    reprint = Reprint.objects.select_related("issue").get(case=case)
    numbers = reprint.items.values_list("sheet__certificate__number__number", flat=True)
    record_event(
        tag=EventTag.REPRINT_APPROVED, subject=reprint, parent=case, by=by, at=at, school_id=case.school_id,
        after={"numbers": list(numbers)},
    )  # fmt: skip


REPRINT = CaseKind(
    kind=REPRINT_KIND,
    label="证书重打",
    check=check_reprint,
    apply=allow_reprint,
    url_name="school:reprint_case",
    files=Permission.FILE_CERTIFICATE_CASE,
)
