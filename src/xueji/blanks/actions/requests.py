"""A school asks for blanks (申报 → 校领导审核 → 省级审批)."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils import timezone

from xueji.accounts.models import User
from xueji.accounts.permissions import Permission as P
from xueji.blanks.models import BlankRequest
from xueji.blanks.queries.books import blank_book_of, kinds_for, require_hand, spec_for
from xueji.cases.actions import open_case, submit_case
from xueji.cases.kinds import require_approved
from xueji.cases.law import law_of
from xueji.cases.models import Case, CaseState
from xueji.core.errors import BadInput, RuleViolation
from xueji.core.findings import Finding, Severity
from xueji.institutions.models import School
from xueji.ledger.actions import Basis, record_event
from xueji.ledger.tags import EventTag

KIND = "blank_request"
_TERMS = {"spring": "春季", "autumn": "秋季"}


@transaction.atomic
def open_blank_request(
    *, school: School, kind: str, count: int, year: int, term: str, reason: str = "", by: User, at: datetime
) -> BlankRequest:
    """Open a draft; a kind that is not for the school's level is refused at once (S3-02).

    The same person's same draft, not submitted yet, is the draft: asking twice does not ask for twice as many.
    """
    require_hand(by, school, P.REQUEST_BLANKS)
    today = timezone.localdate(at)
    spec = spec_for(school, kind, today)
    if term not in _TERMS:
        raise BadInput(f"没有「{term}」这一季；可用：spring、autumn")
    if count < 1:
        raise BadInput("申领数量至少为 1")
    if kind not in kinds_for(school, today):
        message = f"「{spec.title}」供{'、'.join(spec.school_levels)}使用，本校办学层次为「{school.level or '未登记'}」"
        raise RuleViolation(
            [Finding("blank_request.kind_for_school", Severity.ERROR, message, "kind", cites=spec.cites)]
        )
    School.objects.select_for_update(of=("self",), no_key=True).get(pk=school.pk)
    asked = {"school": school, "kind": kind, "year": year, "term": term, "count": count, "reason": reason.strip()[:200]}
    if draft := BlankRequest.objects.filter(**asked, case__state=CaseState.DRAFT, case__opened_by=by).first():
        return draft
    title = f"{school.name} {year}届{_TERMS[term]}申领「{spec.title}」{count} 本"
    case = open_case(kind=KIND, school=school, title=title, legal_date=today, by=by, at=at)
    request = BlankRequest.objects.create(case=case, authority=blank_book_of(school), **asked)
    after = {"kind": spec.title, "count": count, "season": f"{year}届{_TERMS[term]}"}
    basis = [Basis(f"blank.{kind}", spec.cites)]
    record_event(
        tag=EventTag.BLANK_REQUEST_OPENED, subject=request, parent=case, by=by, at=at, school_id=school.pk,
        view=law_of(case), rules=basis, after=after, note=request.reason,
    )  # fmt: skip
    return request


@transaction.atomic
def submit_blank_request(*, request: BlankRequest, by: User, at: datetime, expected_version: int | None = None) -> Case:
    """Send the request to the school's leader; the graduates of the season are counted now."""
    require_hand(by, request.school, P.REQUEST_BLANKS)
    return submit_case(case=request.case, by=by, at=at, expected_version=expected_version)


def note_demand(request: BlankRequest, graduates: int) -> None:
    """Keep how many graduates the season had when the request was submitted; part of the submission."""
    BlankRequest.objects.filter(pk=request.pk).update(graduates=graduates)


def grant_request(case: Case, by: User, at: datetime) -> None:
    """Record the grant: from now on the issuer may hand out that many sheets."""
    require_approved(case)
    request = BlankRequest.objects.select_related("school").get(case=case)
    record_event(
        tag=EventTag.BLANK_REQUEST_GRANTED, subject=request, parent=case, by=by, at=at, school_id=request.school_id,
        view=law_of(case), after={"count": request.count},
    )  # fmt: skip
