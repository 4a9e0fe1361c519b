"""A delivery begins: when the certificate is sealed, and again when a parcel came back."""

from __future__ import annotations

from datetime import datetime

from xueji.replacements.models import Delivery, DeliveryWay, Replacement


def open_delivery(replacement: Replacement, *, code: str, at: datetime, way: str = "") -> Delivery:
    """Store the next delivery of a replacement; the event is that of the act that begins it.

    The way is the holder's wish, else the counter, where it can always be fetched.
    """
    last = replacement.deliveries.order_by("-ordinal").first()
    return Delivery.objects.create(
        replacement=replacement, ordinal=last.ordinal + 1 if last else 1, way=DeliveryWay(way or replacement.delivery_way),
        code=code, recipient=replacement.recipient, phone=replacement.phone, address=replacement.address, opened_at=at,
    )  # fmt: skip
