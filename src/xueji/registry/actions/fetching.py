"""Files that bear numbers and birth dates together, as their notice wants them: who took which, and of how many people."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Model

from xueji.accounts.models import User
from xueji.accounts.permissions import Permission
from xueji.institutions.models import School
from xueji.institutions.queries import require_permission
from xueji.ledger.actions import record_event
from xueji.ledger.tags import EventTag


@transaction.atomic
def record_fetch(
    *,
    subject: Model,
    school: School,
    name: str,
    persons: int,
    by: User,
    at: datetime,
    parent: Model | None = None,
    file: str = "",
    tag: EventTag = EventTag.LIST_DOWNLOADED,
    **more: Any,
) -> None:
    """Record that somebody takes a file with whole numbers in it; NotPermitted to whose posts do not fetch such papers.

    To take it is to look at everybody on it: as much of a reveal as a number on a page.
    """
    require_permission(by, Permission.FETCH_DOCUMENTS, school=school)
    record_event(
        tag=tag, subject=subject, parent=parent, by=by, at=at, school_id=school.pk,
        after={"title": name, "file": file, "persons": persons, **more},
    )  # fmt: skip
