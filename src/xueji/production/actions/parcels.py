"""Send printed diplomas to their school, and receive them there: counted, by number, with what is missing named."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Max
from django.utils import timezone

from xueji.accounts.models import User
from xueji.accounts.permissions import Permission
from xueji.certificates.locks import lock_paper
from xueji.certificates.models import Issue
from xueji.certificates.stages import require_stage
from xueji.core.errors import BadInput, Conflict
from xueji.institutions.queries import require_permission
from xueji.ledger.actions import Basis, record_event
from xueji.ledger.tags import EventTag
from xueji.production.form_data import in_paper_order, to_send
from xueji.production.models import Parcel, ParcelItem
from xueji.production.refusals import stage_cites

State = ParcelItem.State


@transaction.atomic
def send_parcel(*, issue: Issue, count: int, by: User, at: datetime, carrier: str = "") -> Parcel:
    """Put the next diplomas into a parcel, in the order of the paper: those printed well and not yet sent or received."""
    require_permission(by, Permission.DISPATCH_DIPLOMAS, school=issue.school)
    issue = lock_paper(issue)
    require_stage(issue, "dispatch")
    waiting = list(in_paper_order(to_send(issue), issue.law)[: count + 1])
    if not waiting:
        raise Conflict("没有待寄发的证书")
    if not 1 <= count <= len(waiting):
        raise BadInput(f"待寄发的证书只有 {len(waiting)} 本" if count > 0 else "请填写本包本数")
    packed = waiting[:count]
    last = issue.parcels.aggregate(last=Max("ordinal"))["last"] or 0
    parcel = Parcel.objects.create(
        issue=issue, ordinal=last + 1, first_number=packed[0].number.number, last_number=packed[-1].number.number,
        count=len(packed), carrier=carrier.strip()[:100], sent_by=by, sent_at=at,
    )  # fmt: skip
    try:
        with transaction.atomic():
            ParcelItem.objects.bulk_create(ParcelItem(parcel=parcel, certificate=certificate) for certificate in packed)
    except IntegrityError as error:
        raise Conflict("其中有证书刚被装入另一包，请刷新后重试") from error
    view = issue.law
    record_event(
        tag=EventTag.PARCEL_SENT, subject=parcel, by=by, at=at, parent=issue, view=view, school_id=issue.school_id,
        rules=[Basis("dispatch.sent", stage_cites(issue, "dispatch"))],
        after={"count": parcel.count, "first": parcel.first_number, "last": parcel.last_number, "carrier": parcel.carrier},
    )  # fmt: skip
    return parcel


@transaction.atomic
def receive_parcel(
    *, parcel: Parcel, counted: int, by: User, at: datetime, troubles: Mapping[str, str] | None = None, note: str = ""
) -> Parcel:
    """Receive a parcel at the school: what was counted and what is missing or damaged, by number, must make it up.

    `troubles` maps a certificate's number to «missing» or «damaged». Damaged ones are there and are counted.
    """
    troubles = troubles or {}
    parcel = (
        Parcel.objects.select_for_update(of=("self",))
        .select_related("issue__school", "issue__authority", "issue__case")
        .get(pk=parcel.pk)
    )
    require_permission(by, Permission.HAND_OUT_DIPLOMAS, school=parcel.issue.school)
    if parcel.received_at is not None:
        raise Conflict(f"{parcel} 已于 {timezone.localdate(parcel.received_at):%Y-%m-%d} 接收")
    items = {item.certificate.number.number: item for item in parcel.items.select_related("certificate__number")}
    if strangers := [number for number in troubles if number not in items]:
        raise BadInput(f"不在这一包中的证书编号：{'、'.join(strangers)}")
    if wrong := {state for state in troubles.values() if state not in (State.MISSING, State.DAMAGED)}:
        raise BadInput(f"只能登记短少或破损：{'、'.join(wrong)}")
    missing = sum(state == State.MISSING for state in troubles.values())
    if counted != parcel.count - missing:
        raise BadInput(
            f"清点 {counted} 本，发件 {parcel.count} 本，登记短少 {missing} 本：对不上，请核对并写出短少的证书编号"
        )
    for number, item in items.items():
        item.state = troubles.get(number, State.RECEIVED)
    ParcelItem.objects.bulk_update(items.values(), ["state"], batch_size=1000)
    parcel.received_by, parcel.received_at, parcel.note = by, at, note.strip()[:200]
    parcel.save(update_fields=["received_by", "received_at", "note"])
    record_event(
        tag=EventTag.PARCEL_RECEIVED, subject=parcel, by=by, at=at, parent=parcel.issue, view=parcel.issue.law,
        school_id=parcel.issue.school_id, after={"counted": counted, "troubles": dict(troubles)}, note=parcel.note,
    )  # fmt: skip
    return parcel


@transaction.atomic
def find_missing(*, parcel: Parcel, certificates: Collection[UUID], by: User, at: datetime) -> int:
    """Record diplomas that were missing and came after all; return how many."""
    require_permission(by, Permission.HAND_OUT_DIPLOMAS, school=parcel.issue.school)
    items = list(
        parcel.items.select_for_update(of=("self",))
        .select_related("certificate__number")
        .filter(certificate__in=certificates, state=State.MISSING)
    )
    if len(items) != len(set(certificates)) or not items:
        raise Conflict("其中有证书不是登记为短少的")
    try:
        with transaction.atomic():
            ParcelItem.objects.filter(pk__in=[item.pk for item in items]).update(state=State.RECEIVED)
    except IntegrityError as error:
        raise Conflict("其中有证书已经补寄，请刷新后查看") from error
    record_event(
        tag=EventTag.PARCEL_ITEM_ARRIVED, subject=parcel, by=by, at=at, parent=parcel.issue,
        school_id=parcel.issue.school_id, after=[item.certificate.number.number for item in items],
    )  # fmt: skip
    return len(items)
