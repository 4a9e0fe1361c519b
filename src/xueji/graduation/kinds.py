"""The case kinds of graduation, and what happens in a batch when particulars were corrected."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Count

from xueji.accounts.models import User
from xueji.accounts.permissions import Permission
from xueji.cases.kinds import CaseKind, require_approved
from xueji.cases.models import Case
from xueji.core.errors import Conflict
from xueji.core.findings import Finding, Severity
from xueji.graduation.actions.applications import (
    application_findings,
    apply_number_application,
)
from xueji.graduation.actions.certificate_cases import (
    CERTIFICATE_KINDS,
    apply_certificate_case,
    check_certificate_case,
)
from xueji.graduation.actions.release import release_batch
from xueji.graduation.actions.special import SPECIAL_KIND, apply_special_case
from xueji.graduation.actions.supplements import leave_marked
from xueji.graduation.groups import NUMBER_KIND
from xueji.graduation.models import Batch, Candidate, CandidateState, NumberApplication, SpecialCase
from xueji.graduation.queries.dating import waits_for_numbers
from xueji.graduation.records.actions.spot_checks import draw_spot_check
from xueji.graduation.records.comparison import form_findings
from xueji.graduation.rules import check_approval, check_batch, goes_on_without_marked
from xueji.graduation.season_authority import BATCH_KIND
from xueji.ledger.actions import record_event
from xueji.ledger.tags import EventTag
from xueji.statements import Slot, Statement

_BATCH = Statement(
    lambda: (
        Batch.objects.filter(case=Slot("case"))
        .select_related("case", "issue", "season", "school__authority")
        .order_by()
    )
)
_BY_STATE = Statement(
    lambda: Candidate.objects.filter(batch=Slot("batch")).order_by().values_list("state").annotate(Count("pk"))
)


def _batch_of(case: Case) -> Batch:
    return _BATCH.only(case=case.pk)


def check_batch_case(case: Case) -> list[Finding]:
    """Return what keeps a batch from being submitted; the day is `submit_batch`'s matter."""
    batch = _batch_of(case)
    return [*check_batch(batch), *form_findings(batch)]


def check_batch_approval(case: Case) -> list[Finding]:
    """Return what keeps a step of a batch from being approved."""
    return check_approval(_batch_of(case))


def _submitted(case: Case, by: User, at: datetime) -> None:
    _record(EventTag.BATCH_SUBMITTED, case, by, at)
    draw_spot_check(batch=_batch_of(case), by=by, at=at)


def _returned(case: Case, by: User, at: datetime) -> None:
    _record(EventTag.BATCH_RETURNED, case, by, at)


def _require_nobody_marked(case: Case) -> None:
    """Conflict once a reviewer has marked somebody: the review has begun, and the marks come with the return."""
    count = Candidate.objects.filter(batch__case=case, state=CandidateState.MARKED).count()
    if count:
        raise Conflict(f"审核人已标注 {count} 名毕业生，正在审核，不能撤回；需要更改的，请联系审核人退回")


def _record(tag: EventTag, case: Case, by: User, at: datetime) -> None:
    batch = _batch_of(case)
    counts = dict.fromkeys(CandidateState.values, 0) | dict(_BY_STATE.rows(batch=batch.pk))
    record_event(
        tag=tag,
        subject=batch,
        parent=case,
        by=by,
        at=at,
        school_id=case.school_id,
        view=batch.law,
        after=counts,
    )


def _approved(case: Case, by: User, at: datetime) -> None:
    require_approved(case)
    batch = _batch_of(case)
    if goes_on_without_marked(batch):
        leave_marked(batch=batch, by=by, at=at)
    if not waits_for_numbers(batch):
        release_batch(batch=batch, by=by, at=at)


def check_number_application(case: Case) -> list[Finding]:
    """Return what speaks against a request for numbers."""
    found = NumberApplication.objects.select_related("case", "season", "school__authority").get(case=case)
    return application_findings(found)


def check_special_case(case: Case) -> list[Finding]:
    """Return what keeps a report on special reasons from being submitted: it needs proof, and graduates still refused."""
    special = SpecialCase.objects.select_related("batch__case").get(case=case)
    cites = special.batch.law.workflow(SPECIAL_KIND).cites
    findings = []
    if not case.evidence.exists():
        message = "须附正式文件和证明材料"
        findings.append(Finding("special_case.evidence_given", Severity.ERROR, message, "evidence", cites=cites))
    settled = Candidate.objects.filter(special_case_items__special_case=special).exclude(state=CandidateState.REFUSED)
    if names := list(settled.values_list("name", flat=True)):
        message = f"{'、'.join(names)}不是审核未通过的毕业生"
        findings.append(Finding("special_case.still_refused", Severity.ERROR, message, cites=cites))
    return findings


GRADUATION_BATCH = CaseKind(
    kind=BATCH_KIND,
    label="毕业证书验印",
    check=check_batch_case,
    check_approval=check_batch_approval,
    apply=_approved,
    on_submit=_submitted,
    on_return=_returned,
    recalls=_require_nobody_marked,
    url_name="school:batch",
    files=Permission.PREPARE_BATCH,
)
SPECIAL_CASE = CaseKind(
    kind=SPECIAL_KIND,
    label="特殊原因验印报告",
    check=check_special_case,
    apply=apply_special_case,
    files=Permission.FILE_SPECIAL_CASE,
    url_name="school:case",
)
NUMBER_APPLICATION = CaseKind(
    kind=NUMBER_KIND,
    label="编号申请",
    check=check_number_application,
    check_approval=check_number_application,
    apply=apply_number_application,
    url_name="school:number_application",
    files=Permission.REQUEST_NUMBERS,
)
CERTIFICATE_CASES = tuple(
    CaseKind(
        kind=kind,
        label=label,
        check=check_certificate_case,
        check_approval=check_certificate_case,
        apply=apply_certificate_case,
        files=Permission.FILE_CERTIFICATE_CASE,
        url_name="school:case",
    )
    for kind, label in CERTIFICATE_KINDS.items()
)
