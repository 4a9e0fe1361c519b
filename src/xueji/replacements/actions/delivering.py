"""To the holder: over the counter with code and document, or by mail with a tracking number; what comes back waits at the counter.

What waits can go another way, as often as its holder wishes: mailed after all, to another address, fetched with a new code.
"""

from __future__ import annotations

import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from xueji.accounts.models import User
from xueji.certificates.models import CertificateState
from xueji.core.errors import BadInput, Conflict
from xueji.ledger.actions import Basis, mask_identity_numbers, record_event
from xueji.ledger.tags import EventTag
from xueji.replacements import wordings
from xueji.replacements.actions.notices import say_to_holder
from xueji.replacements.actions.opening import Recipient, open_delivery
from xueji.replacements.law import cites_of, view_of_case
from xueji.replacements.models import Delivery, DeliveryState, DeliveryWay, Replacement, ReplacementState
from xueji.replacements.rights import require_counter, require_witness
from xueji.sealing.rows import require_unaltered


@transaction.atomic
def hand_over(
    *, delivery: Delivery, code: str, document: str, by: User, at: datetime, agent: str = "", authorisation: str = ""
) -> Delivery:
    """Hand a certificate over at the counter to who knows the code and shows a document; an agent has an authorisation too."""
    delivery, replacement = _locked(delivery, by)
    _require(delivery, DeliveryWay.PICK_UP, DeliveryState.READY)
    _require_in_force(replacement)
    if not hmac.compare_digest(str(delivery.code).encode(), code.strip().encode()):
        raise BadInput("取证码不对：请与领取人手机上的取证码核对")
    if not (document := document.strip()):
        raise BadInput("请填写领取人出示的身份证件")
    agent, authorisation = agent.strip(), authorisation.strip()
    if bool(agent) != bool(authorisation):
        raise BadInput("代领须填写代领人姓名和委托书")
    delivery.document_shown, delivery.taken_by = document[:40], (agent or replacement.name)[:100]
    delivery.authorisation = mask_identity_numbers(authorisation)[:100]
    return _done(delivery, replacement, by=by, at=at)


@transaction.atomic
def send_by_mail(*, delivery: Delivery, carrier: str, tracking_number: str, by: User, at: datetime) -> Delivery:
    """Give a certificate to the post; the tracking number goes to the holder."""
    delivery, replacement = _locked(delivery, by)
    _require(delivery, DeliveryWay.MAIL, DeliveryState.READY)
    _require_in_force(replacement)
    if not carrier.strip() or not tracking_number.strip():
        raise BadInput("请填写快递公司和运单号")
    delivery.carrier, delivery.tracking_number = carrier.strip()[:40], tracking_number.strip()[:40]
    delivery.state, delivery.sent_at = DeliveryState.SENT, at
    delivery.save()
    say_to_holder(
        replacement, wordings.MAILED, by=by, at=at,
        values={"carrier": delivery.carrier, "tracking_number": delivery.tracking_number},
    )  # fmt: skip
    _record(EventTag.REPLACEMENT_MAILED, delivery, replacement, by=by, at=at)
    return delivery


@transaction.atomic
def note_arrived(*, delivery: Delivery, by: User, at: datetime) -> Delivery:
    """Note that the parcel was taken by its recipient, as the carrier says."""
    delivery, replacement = _locked(delivery, by)
    _require(delivery, DeliveryWay.MAIL, DeliveryState.SENT)
    return _done(delivery, replacement, by=by, at=at)


@transaction.atomic
def note_returned(*, delivery: Delivery, reason: str, by: User, at: datetime) -> Delivery:
    """Note that a parcel came back; return the delivery at the counter that begins with it, under a code of its own."""
    delivery, replacement = _locked(delivery, by)
    _require(delivery, DeliveryWay.MAIL, DeliveryState.SENT)
    if not (reason := reason.strip()):
        raise BadInput("请写明邮件退回的原因")
    delivery.state, delivery.note = DeliveryState.RETURNED, mask_identity_numbers(reason)[:200]
    delivery.ended_at, delivery.ended_by = at, by
    delivery.save()
    again = open_delivery(replacement, code=f"{secrets.randbelow(10**8):08d}", at=at, way=DeliveryWay.PICK_UP)
    say_to_holder(replacement, wordings.CAME_BACK, by=by, at=at, values={"code": str(again.code)})
    _record(EventTag.REPLACEMENT_CAME_BACK, delivery, replacement, by=by, at=at, note=delivery.note)
    return again


@dataclass(frozen=True, slots=True)
class Checked:
    """Who was there when a delivery was changed: the holder with a document, and a second person of the authority."""

    document: str
    watched_by: User


@transaction.atomic
def change_delivery(
    *, delivery: Delivery, way: str, checked: Checked, reason: str, by: User, at: datetime, to: Recipient | None = None
) -> tuple[Delivery, bool]:
    """Let what waits go another way, to another address, or be fetched with a new code; return what begins, and whether the holder was written to.

    Two persons, since one alone could have the certificate of another sent to themselves. BadInput for a parcel without
    recipient or address. The holder is written to, so that a change nobody asked for is noticed.
    """
    delivery, replacement = _locked(delivery, by)
    if delivery.state != DeliveryState.READY:
        raise Conflict(f"这份学历证明书{delivery.get_state_display()}，不能再改交付方式")
    _require_in_force(replacement)
    require_witness(checked.watched_by, by, replacement.authority)
    reason, document = mask_identity_numbers(reason.strip())[:200], checked.document.strip()[:40]
    if not reason or not document:
        raise BadInput("请填写核对的身份证件，写明怎样核对了本人")
    if way == DeliveryWay.MAIL and not (to and to.name.strip() and to.address.strip()):
        raise BadInput("邮寄须填写收件人和地址")
    before = {"way": delivery.way, "attempt": delivery.ordinal, "recipient": delivery.recipient}
    delivery.state, delivery.note, delivery.ended_at, delivery.ended_by = DeliveryState.CHANGED, reason, at, by
    delivery.document_shown = document
    delivery.save()
    again = open_delivery(replacement, code=f"{secrets.randbelow(10**8):08d}", at=at, way=way, to=to)
    is_fetched = again.way == DeliveryWay.PICK_UP
    wording, values = (wordings.NEW_CODE, {"code": str(again.code)}) if is_fetched else (wordings.TO_BE_MAILED, {})
    is_told = say_to_holder(replacement, wording, by=by, at=at, values=values)
    more = {
        "recipient": again.recipient, "document": document, "watched_by": checked.watched_by.full_name, "written_to": is_told,
        "same_address": str(again.address) == str(delivery.address),
    }  # fmt: skip
    _record(
        EventTag.REPLACEMENT_DELIVERY_CHANGED, again, replacement, by=by, at=at, note=reason, before=before, more=more
    )
    return again, is_told


def _locked(delivery: Delivery, by: User) -> tuple[Delivery, Replacement]:
    """Return a delivery and its replacement, both locked; NotPermitted to who does not stand at this counter."""
    rows = Replacement.objects.select_for_update(of=("self",)).select_related(
        "case", "authority", "certificate__number"
    )
    replacement = rows.get(pk=delivery.replacement_id)
    require_counter(by, replacement.authority)
    locked = Delivery.objects.select_for_update().get(pk=delivery.pk)
    require_unaltered(replacement, str(replacement))
    require_unaltered(locked, f"{replacement}的交付登记")
    return locked, replacement


def _require_in_force(replacement: Replacement) -> None:
    certificate = replacement.certificate
    if certificate is None or certificate.state != CertificateState.SEALED:
        state = certificate.get_state_display() if certificate else "待打印"
        raise Conflict(f"这份学历证明书{state}，不能交付：请收回作废，不要交给任何人")


def _require(delivery: Delivery, way: DeliveryWay, state: DeliveryState) -> None:
    if delivery.way != way or delivery.state != state:
        raise Conflict(
            f"这份学历证明书现在是「{delivery.get_way_display()}·{delivery.get_state_display()}」，不能这样办理"
        )


def _done(delivery: Delivery, replacement: Replacement, *, by: User, at: datetime) -> Delivery:
    delivery.state, delivery.ended_at, delivery.ended_by = DeliveryState.DONE, at, by
    delivery.save()
    replacement.state = ReplacementState.DELIVERED
    replacement.save()
    _record(EventTag.REPLACEMENT_DELIVERED, delivery, replacement, by=by, at=at)
    return delivery


def _record(
    tag: EventTag,
    delivery: Delivery,
    replacement: Replacement,
    *,
    by: User,
    at: datetime,
    note: str = "",
    before: dict[str, object] | None = None,
    more: dict[str, object] | None = None,
) -> None:
    view = view_of_case(replacement.case)
    record_event(
        tag=tag, subject=replacement, parent=replacement.case, by=by, at=at, view=view, school_id=replacement.school_id,
        authority_id=replacement.authority_id, rules=[Basis("replacement.delivery", cites_of(view, "hand_out"))], note=note, before=before,
        after={"way": delivery.way, "attempt": delivery.ordinal, "tracking_number": delivery.tracking_number} | (more or {}),
    )  # fmt: skip
