"""When students were registered in the national system is recorded, with its source (S2 第六条)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from xueji.accounts.models import User
from xueji.accounts.permissions import Permission
from xueji.core.days import require_day
from xueji.core.errors import BadInput
from xueji.institutions.models import School
from xueji.institutions.queries import require_permission
from xueji.ledger.actions import event_of, record_events
from xueji.ledger.tags import EventTag
from xueji.registry.actions.registering import require_register
from xueji.registry.models import Registration
from xueji.registry.national_columns import NationalDate
from xueji.sealing.rows import store_signed


@transaction.atomic
def record_national_registrations(
    *, school: School, registered: Mapping[UUID, NationalDate], by: User, at: datetime
) -> list[Registration]:
    """Record of students of a school when they were registered in the national system; return whose date was new or other.

    All or none: BadInput names who is not the school's, or whose day cannot be. Each gets an event with what stood before.
    """
    require_permission(by, Permission.CONFIRM_REGISTRATION, school=school)
    today = timezone.localdate(at)
    view = require_register(school, today)
    rows = Registration.objects.select_for_update(of=("self",)).filter(
        pk__in=list(registered), enrolment__school=school
    )
    found = list(rows.select_related("enrolment__person").defer("form").order_by("pk"))
    if not found or len(found) != len(registered):
        raise BadInput("名册中没有学生，或者有学生不是本校登记的；请重新上传检查")
    for given in registered.values():
        require_day("national", given.on, today)
    changed, events = [], []
    for row in found:
        given = registered[row.pk]
        if (row.national_on, row.national_source) == (given.on, given.source):
            continue
        before = {"national_on": row.national_on, "national_source": row.national_source} if row.national_on else None
        row.national_on, row.national_source = given.on, given.source
        changed.append(row)
        events.append(
            event_of(
                tag=EventTag.NATIONAL_REGISTRATION_RECORDED, subject=row.enrolment, parent=row.enrolment.person, by=by, at=at,
                school_id=school.pk, view=view, before=before,
                after={"national_on": given.on, "national_source": given.source},
            )
        )  # fmt: skip
    store_signed(changed, "national_on", "national_source")
    record_events(events)
    return changed
