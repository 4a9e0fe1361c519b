"""Files that bear numbers and birth dates together, as their notice wants them: who took which, and of how many people."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Model

from xueji.accounts.models import User
from xueji.accounts.permissions import Permission
from xueji.core.errors import BadInput
from xueji.institutions.models import School
from xueji.institutions.queries import require_permission
from xueji.ledger.actions import record_event, record_look
from xueji.ledger.tags import EventTag
from xueji.registry.models import Enrolment

_LONGEST = 100


@transaction.atomic
def record_look_at_student(*, enrolment: Enrolment, purpose: str, by: User, at: datetime) -> None:
    """Record that somebody opens the file of a minor and what for; BadInput without a purpose.

    The purpose is asked once a session and goes with every file that is opened in it.
    """
    purpose = purpose.strip()[:_LONGEST]
    if not purpose:
        raise BadInput("请填写查看未成年学生档案的用途")
    require_permission(by, Permission.VIEW_REGISTER, school=enrolment.school)
    record_look(
        tag=EventTag.STUDENT_FILE_VIEWED, subject=enrolment, by=by, at=at, school_id=enrolment.school_id,
        after={"purpose": purpose},
    )  # fmt: skip


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
