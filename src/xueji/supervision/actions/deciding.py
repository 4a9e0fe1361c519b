"""What is done about a finding: the school answers, an authority takes it up, one person proposes, another decides (S2 第二十三条)."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import cast

from django.db import transaction
from django.utils import timezone

from xueji.accounts.models import User
from xueji.accounts.permissions import Permission
from xueji.cases.actions import accepted_file
from xueji.core.errors import BadInput, Conflict, NotPermitted
from xueji.core.packs import PackView
from xueji.documents.models import StoredFile
from xueji.documents.storage import store_bytes
from xueji.institutions.queries import pack_of, require_permission
from xueji.institutions.queries.staff import require_another_person
from xueji.ledger.actions import mask_identity_numbers, record_event
from xueji.ledger.tags import EventTag
from xueji.sealing.rows import require_unaltered
from xueji.supervision.models import FindingAct, ListedFinding
from xueji.supervision.queries import finding_for, places_over

Kind, State = FindingAct.Kind, ListedFinding.State
_LONGEST = 2000
_TAGS = {
    Kind.ANSWERED: EventTag.LISTED_FINDING_ANSWERED,
    Kind.TAKEN_UP: EventTag.LISTED_FINDING_OPENED,
    Kind.PROPOSED: EventTag.LISTED_FINDING_PROPOSED,
    Kind.SENT_BACK: EventTag.LISTED_FINDING_RETURNED,
    Kind.DECIDED: EventTag.LISTED_FINDING_DECIDED,
}


@transaction.atomic
def answer_finding(
    *, finding: ListedFinding, statement: str, by: User, at: datetime, file_name: str = "", data: bytes = b""
) -> FindingAct:
    """Say for the school what is behind a finding, with a paper where there is one; Conflict once it is decided."""
    locked = _lock(finding, by)
    require_permission(by, Permission.REPORT_DUTIES, school=locked.school)
    file: StoredFile | None = None
    if data:
        file_name, media_type = accepted_file(file_name, data)
        file = store_bytes(data, media_type)
    return _act(
        locked, Kind.ANSWERED, statement, place=locked.school.name, by=by, at=at,
        file_name=mask_identity_numbers(file_name) if file else "", file=file,
    )  # fmt: skip


@transaction.atomic
def take_up_finding(*, finding: ListedFinding, statement: str, by: User, at: datetime) -> FindingAct:
    """Take a finding up, so that the school has to answer it; Conflict where it is over or taken up already."""
    place = _office(by, finding)
    locked = _lock(finding, by)
    if locked.state != State.OPEN or locked.ended_at is not None:
        raise Conflict("该事项已经立案" if locked.ended_at is None else "该事项已经消除，不再立案")
    locked.state = State.TAKEN_UP
    locked.save(update_fields=["state", "digest"])
    return _act(locked, Kind.TAKEN_UP, statement, place=place, by=by, at=at)


@transaction.atomic
def propose_finding(*, finding: ListedFinding, verdict: str, statement: str, by: User, at: datetime) -> FindingAct:
    """Propose that a finding be confirmed or dropped; another person decides. The school has answered, or had its days to."""
    place = _office(by, finding, deciding=True)
    locked = _lock(finding, by)
    if verdict not in (State.CONFIRMED, State.DROPPED):
        raise BadInput("请选择「已查实」或者「不予认定」")
    if locked.state != State.TAKEN_UP:
        raise Conflict("该事项还没有立案，请先立案")
    if locked.proposed_by_id is not None:
        raise Conflict("已有人提出认定意见，请由另一人确认或者退回")
    _require_heard(locked, at)
    locked.proposed_by = by
    locked.save(update_fields=["proposed_by", "digest"])
    return _act(locked, Kind.PROPOSED, statement, place=place, by=by, at=at, verdict=verdict)


@transaction.atomic
def decide_finding(
    *, finding: ListedFinding, proposal: int, agrees: bool, statement: str, by: User, at: datetime
) -> FindingAct:
    """Confirm what another person proposed, which decides the finding, or send the proposal back.

    `proposal` is the act that was read: Conflict where another one stands by now.
    """
    place = _office(by, finding, deciding=True)
    locked = _lock(finding, by)
    if locked.proposed_by_id is None:
        raise Conflict("还没有认定意见，请先提出")
    require_another_person(by, locked.proposed_by, "认定意见须由另一人确认")
    latest = locked.acts.filter(kind=Kind.PROPOSED).latest("pk")
    if latest.pk != proposal:
        raise Conflict("认定意见在您打开页面以后已经变动，请看过现在的意见再办理")
    if not agrees:
        locked.proposed_by = None
        locked.save(update_fields=["proposed_by", "digest"])
        return _act(locked, Kind.SENT_BACK, statement, place=place, by=by, at=at)
    locked.state, locked.decided_by, locked.decided_at = latest.verdict, by, at
    locked.save(update_fields=["state", "decided_by", "decided_at", "digest"])
    return _act(locked, Kind.DECIDED, statement, place=place, by=by, at=at, verdict=latest.verdict)


def _lock(finding: ListedFinding, by: User) -> ListedFinding:
    """Return a finding as it is now, held; Conflict once it is decided."""
    seen = finding_for(by, finding.pk)
    now = ListedFinding.objects.select_for_update(of=("self",)).select_related("school__authority").get(pk=seen.pk)
    require_unaltered(now, f"{now.school.name}的负面清单事项 {now.item}")
    if now.is_decided:
        raise Conflict(f"该事项{now.get_state_display()}，不再办理")
    return now


def _office(by: User, finding: ListedFinding, *, deciding: bool = False) -> str:
    """Return the name of the nearest authority over the school for which somebody acts; a county decides nothing here."""
    places = places_over(by, finding, deciding=deciding)
    if not places:
        raise NotPermitted("由该校的市级或者省级主管部门认定" if deciding else "由该校的主管部门立案")
    return max(places, key=lambda place: len(place.path)).name


def _require_heard(finding: ListedFinding, at: datetime) -> None:
    """Conflict while the school has neither answered nor had its days since the finding was taken up."""
    if finding.acts.filter(kind=Kind.ANSWERED).exists():
        return
    days = cast("int", _law(finding).value("listed_finding_first_to_school"))
    taken_up = finding.acts.filter(kind=Kind.TAKEN_UP).latest("pk")
    until = timezone.localdate(taken_up.at) + timedelta(days=days)
    if timezone.localdate(at) <= until:
        raise Conflict(f"学校还没有答复，{until:%Y-%m-%d} 以后才能提出认定意见")


def _law(finding: ListedFinding) -> PackView:
    return pack_of(finding.school).on(timezone.localdate(finding.found_at))


def _act(
    finding: ListedFinding, kind: FindingAct.Kind, statement: str, *, place: str, by: User, at: datetime, **more: object
) -> FindingAct:
    if not statement.strip():
        raise BadInput("请填写说明")
    row = FindingAct(
        finding=finding, kind=kind, statement=mask_identity_numbers(statement.strip())[:_LONGEST], place=place, by=by, at=at, **more
    )  # fmt: skip
    row.save(force_insert=True)
    after = {"item": finding.item, "place": place, "state": finding.get_state_display(), "file": row.file_name}
    if row.verdict:
        after["verdict"] = row.get_verdict_display()
    record_event(
        tag=_TAGS[kind], subject=finding, parent=finding.school, by=by, at=at, school_id=finding.school_id, view=_law(finding),
        after=after, note=row.statement,
    )  # fmt: skip
    return row
