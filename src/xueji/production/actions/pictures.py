"""Keep a scan of the real blank, so that previews lie over it."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from xueji.accounts.models import User
from xueji.accounts.permissions import Permission
from xueji.documents.storage import store_bytes
from xueji.institutions.models import Authority, School
from xueji.ledger.actions import record_event
from xueji.ledger.tags import EventTag
from xueji.production.models import BlankPicture
from xueji.production.previews import check_picture
from xueji.production.rights import require_place


@transaction.atomic
def add_blank_picture(*, place: School | Authority, document: str, data: bytes, by: User, at: datetime) -> BlankPicture:
    """Keep a scan of a blank for one form; the newest is used."""
    require_place(by, Permission.CALIBRATE_PRINTERS, place)
    file = store_bytes(data, check_picture(data))
    at_place = {"school": place} if isinstance(place, School) else {"authority": place}
    picture = BlankPicture.objects.create(document=document, file=file, added_by=by, added_at=at, **at_place)
    record_event(
        tag=EventTag.BLANK_PICTURE_ADDED, subject=picture, by=by, at=at, parent=place,
        after={"document": document, "file": file.pk},
    )  # fmt: skip
    return picture
