"""From the queue onto paper: the next ones in order are released, and printed each on its blank."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils import timezone

from xueji.accounts.models import User
from xueji.certificates.actions import issue_certificates, prepare_certificates, release_numbers, void_by_case
from xueji.certificates.actions.issues import open_issue
from xueji.certificates.models import Certificate, CertificateState, Issue
from xueji.core.errors import BadInput, Conflict, RuleViolation
from xueji.core.packs import BlankSpec
from xueji.core.serials import compress, expand, format_ranges, parse_serials
from xueji.institutions.models import Authority
from xueji.ledger.actions import Basis, record_event
from xueji.ledger.tags import EventTag
from xueji.production.actions import Tray, confirm_sheets, load_print_run
from xueji.production.blankbook import sheets_with_serials
from xueji.production.catalogue import blank_spec_for
from xueji.production.models import PrintRun
from xueji.replacements import wordings
from xueji.replacements.actions.notices import say_to_holder
from xueji.replacements.content import content_of
from xueji.replacements.law import cites_of, view_of_case
from xueji.replacements.models import Replacement, ReplacementState
from xueji.replacements.paperkind import ISSUE_KIND
from xueji.replacements.queries import printed, sheets_under_way, to_print
from xueji.replacements.rights import require_press
from xueji.sealing.rows import require_unaltered

_FORM = f"{ISSUE_KIND}.full"
_MOST = 200  # sheets at once: a tray


@transaction.atomic
def print_next(*, authority: Authority, serials: str, by: User, at: datetime) -> list[PrintRun]:
    """Put the next ones of the queue on these blanks, the first in the queue on the lowest serial; return their runs.

    In the order of complete submission; what was spoiled keeps its place and comes before what was submitted later.
    Two at once take different ones: a row somebody else is taking is passed over, never waited for.
    """
    require_press(by, authority)
    first = to_print(authority).first()
    if first is None:
        raise Conflict("打印队列里没有待打印的学历证明书")
    spec = _blank_spec(first)
    numbers = sorted(expand(parse_serials(serials, spec)))
    if not 0 < len(numbers) <= _MOST:
        raise BadInput(f"请填写装入打印机的空白证书流水码，一次 1 至 {_MOST} 张")
    chosen = list(to_print(authority).select_for_update(of=("self",), skip_locked=True)[: len(numbers)])
    if len(chosen) < len(numbers):
        raise BadInput(
            f"装入空白证书 {len(numbers)} 张，待打印的只有 {len(chosen)} 份：请减少 {len(numbers) - len(chosen)} 张"
        )
    runs = []
    for replacement, number in zip(chosen, numbers, strict=True):
        if replacement.state == ReplacementState.WAITING:
            _release_or_say_which(replacement, by=by, at=at)
        assert replacement.issue is not None
        tray = Tray(_FORM, serials=format_ranges(compress([number]), spec))
        runs.append(load_print_run(issue=replacement.issue, tray=tray, by=by, at=at))
    return runs


@transaction.atomic
def confirm_printed(*, authority: Authority, serials: str, by: User, at: datetime) -> int:
    """Confirm as good what lies on these blanks, typed or scanned; return how many. They wait for the seal then."""
    require_press(by, authority)
    sheets = list(sheets_under_way(authority))
    first = next((sheet for sheet in sheets if sheet.blank), None)
    if first is None or first.blank is None:
        raise Conflict("没有待确认的学历证明书")
    spec = first.run.issue.law.blank(first.blank.kind)
    found = sheets_with_serials(sheets, serials, spec)
    confirmed = sum(
        confirm_sheets(run=sheet.run, first=sheet.ordinal, last=sheet.ordinal, by=by, at=at) for sheet in found
    )
    for replacement in printed(authority).filter(certificate__in=[sheet.certificate_id for sheet in found]):
        say_to_holder(replacement, wordings.PRINTED, by=by, at=at)
    return confirmed


def _blank_spec(replacement: Replacement) -> BlankSpec:
    spec = blank_spec_for(view_of_case(replacement.case), replacement.school, ISSUE_KIND)
    if spec is None:
        raise Conflict("政策包没有规定学历证明书用哪种空白证书")
    return spec


def _release_or_say_which(replacement: Replacement, *, by: User, at: datetime) -> None:
    """Release one of the queue; what cannot be is named, so that it can be taken out and the others go on."""
    try:
        _release(replacement, by=by, at=at)
    except (Conflict, RuleViolation) as error:
        raise Conflict(
            f"{replacement}（{replacement.name}）不能打印：{error}。请先撤出打印队列，再打印其余的"
        ) from error


def _release(replacement: Replacement, *, by: User, at: datetime) -> Certificate:
    """Give one replacement its issue, number and date, and take its row forward; the one it follows is void from then on."""
    require_unaltered(replacement, str(replacement))
    view = view_of_case(replacement.case)
    issue: Issue = open_issue(
        case=replacement.case, kind=ISSUE_KIND, authority=replacement.authority, school=replacement.school
    )
    day = timezone.localdate(at)
    earlier = replacement.follows.certificate if replacement.follows else None
    if earlier is not None and earlier.state != CertificateState.VOID:  # void: handed back when the diploma was found
        reason = f"学历证明书遗失或有误，重新出具（提交顺序 {replacement.place}）"
        void_by_case(certificate=earlier, case=replacement.case, reason=reason, by=by, at=at)
    block = release_numbers(
        view=view, kind=ISSUE_KIND, parts={"year": day.year}, count=1, school=replacement.school,
        purpose=f"学历证明书：提交顺序 {replacement.place}", by=by, at=at,
    )  # fmt: skip
    prepared = prepare_certificates([content_of(replacement, earlier)], view)
    (certificate,) = issue_certificates(issue=issue, prepared=prepared, block=block, issue_date=day, by=by, at=at)
    replacement.issue, replacement.certificate, replacement.state = issue, certificate, ReplacementState.STARTED
    replacement.started_by, replacement.started_at = by, at
    replacement.save()
    record_event(
        tag=EventTag.REPLACEMENT_STARTED, subject=replacement, parent=replacement.case, by=by, at=at, view=view,
        school_id=replacement.school_id, authority_id=replacement.authority_id, rules=[Basis("replacement.order", cites_of(view, "print"))],
        after={"place": replacement.place, "number": certificate.number.number},
    )  # fmt: skip
    return certificate
