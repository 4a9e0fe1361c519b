"""That somebody looked or took away: evidence, lists with names, photographs. Written before anything is sent."""

from __future__ import annotations

import time
from typing import Any

from django.core.cache import cache
from django.db.models import Model
from django.http import HttpRequest
from django.utils import timezone

from xueji.ledger.actions import record_look
from xueji.ledger.tags import EventTag

_PHOTOS = 600  # s: a page shows a batch's faces one request each; they are one look


def note_look(
    request: HttpRequest,
    tag: EventTag,
    subject: Model,
    *,
    school_id: int | None,
    parent: Model | None = None,
    **what: Any,
) -> None:
    """Record that the person looked at, or took away, what is about to be sent."""
    record_look(
        tag=tag,
        subject=subject,
        parent=parent,
        school_id=school_id,
        by=request.user,
        at=timezone.now(),
        after=what or None,
    )


def note_photos(request: HttpRequest, batch: Model, school_id: int) -> None:
    """Record a look at the photographs of a batch, once in ten minutes for a person and a batch."""
    seen, now = request.session.get("photos", {}), time.time()
    if seen.get(str(batch.pk), 0) > now - _PHOTOS:
        return
    request.session["photos"] = {**{key: at for key, at in seen.items() if at > now - _PHOTOS}, str(batch.pk): now}
    if cache.add(f"photos:{request.user.pk}:{batch.pk}", "1", timeout=_PHOTOS):  # the eighteen of a page come at once
        note_look(request, EventTag.PHOTOS_VIEWED, batch, school_id=school_id)
