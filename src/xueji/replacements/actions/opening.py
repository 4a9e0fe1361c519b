"""A delivery begins: when the certificate is sealed, when a parcel came back, when its holder wishes another way."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from xueji.replacements.models import Delivery, DeliveryWay, Replacement


@dataclass(frozen=True, slots=True)
class Recipient:
    """To whom a parcel goes."""

    name: str
    phone: str
    address: str


def open_delivery(
    replacement: Replacement, *, code: str, at: datetime, way: str = "", to: Recipient | None = None
) -> Delivery:
    """Store the next delivery of a replacement; the event is that of the act that begins it.

    The way is the holder's wish, else the counter, where it can always be fetched; to whom, as the last one was.
    """
    last = replacement.deliveries.order_by("-ordinal").first()
    if to is None:
        of = last or replacement
        to = Recipient(of.recipient, str(of.phone), str(of.address))
    return Delivery.objects.create(
        replacement=replacement, ordinal=last.ordinal + 1 if last else 1, way=DeliveryWay(way or replacement.delivery_way),
        code=code, recipient=to.name, phone=to.phone, address=to.address, opened_at=at,
    )  # fmt: skip
