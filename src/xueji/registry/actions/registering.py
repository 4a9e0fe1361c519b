"""New students are registered: many at once, each with person, number, document, guardians, record and event (S2 第六条, 第八条)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from django.db import IntegrityError, transaction
from django.utils import timezone

from xueji.accounts.models import User
from xueji.accounts.permissions import Permission
from xueji.core.days import require_day
from xueji.core.enrolment_facts import EnrolmentFacts
from xueji.core.errors import BadInput, Conflict, RuleViolation
from xueji.core.findings import Finding
from xueji.core.intakes import Intake
from xueji.core.packs import PackView
from xueji.institutions.models import School
from xueji.institutions.queries import pack_of, require_permission
from xueji.ledger.actions import event_of, record_event, record_events
from xueji.ledger.models import Event
from xueji.ledger.tags import EventTag
from xueji.registry.actions.disputing import open_duplicates
from xueji.registry.models import AdmissionDay, Enrolment
from xueji.registry.new_rows import rows_of
from xueji.registry.queries.duplicates import has_duplicates
from xueji.registry.registering import Admission, NewPlace, place_students

_ONCE = ("resident_id_index", "one_active_enrolment", "number_index", "document_of_one_person")


def open_admission_day(*, school: School, intake: Intake, entered_on: date, by: User, at: datetime) -> AdmissionDay:
    """Return the day of 入学手续 of an intake, entered if it is new; BadInput for a day that cannot be one."""
    require_permission(by, Permission.REGISTER_STUDENTS, school=school)
    require_register(school, timezone.localdate(at))
    require_day("admission", entered_on, timezone.localdate(at))
    if abs(entered_on.year - intake.year) > 1:
        raise BadInput("办理入学手续日期与招生年份相差一年以上，请核对")
    with transaction.atomic():
        day, is_new = AdmissionDay.objects.get_or_create(
            school=school, intake_year=intake.year, intake_term=intake.term, entered_on=entered_on,
            defaults={"opened_by": by, "opened_at": at},
        )  # fmt: skip
        if is_new:
            after = {"intake": f"{intake.year}-{intake.term}", "entered_on": entered_on}
            record_event(tag=EventTag.ADMISSION_DAY_OPENED, subject=day, by=by, at=at, school_id=school.pk, after=after)
    return day


def require_register(school: School, on: date) -> PackView:
    """Return the law under which a school registers students; BadInput where its jurisdiction has no register."""
    view = pack_of(school).on(on)
    view.clock("efile_created")
    return view


def register_students(
    rows: Sequence[EnrolmentFacts], *, school: School, intake: Intake, entered_on: date, by: User, at: datetime
) -> list[Enrolment]:
    """Register new students, all or none, and return their records in the order of the rows.

    Who has an active record anywhere is stored as claimed, until the dispute is decided; nobody is merged. What a record may
    be a duplicate of is noted (`open_duplicates`). RuleViolation
    with everything that stands against the rows, each with the name.
    """
    require_permission(by, Permission.CONFIRM_REGISTRATION, school=school)
    today = timezone.localdate(at)
    admission = Admission(school, intake, entered_on, require_register(school, today), today)
    try:
        with transaction.atomic():
            places = place_students(rows, admission)
            if refused := [_named(place, finding) for place in places for finding in place.errors]:
                raise RuleViolation(refused)
            records = store_students(places=places, admission=admission, by=by, at=at)
            if has_duplicates(school, today):
                open_duplicates(records=records, by=by, at=at)
            return records
    except IntegrityError as clash:
        if any(name in str(clash) for name in _ONCE):
            raise Conflict("名册中有学生刚刚由另一处登记，请重新上传检查") from clash
        raise


def _named(place: NewPlace, finding: Finding) -> Finding:
    message = f"{place.student.facts.text('name')}：{finding.message}"
    return Finding(finding.rule, finding.severity, message, finding.field, finding.remedy, finding.cites)


def store_students(*, places: Sequence[NewPlace], admission: Admission, by: User, at: datetime) -> list[Enrolment]:
    """Store students whom nothing speaks against, each with person, number, document, guardians, record and event."""
    rows = rows_of(places, admission, by)
    rows.copy()
    record_events([registered_event(record, admission, by, at) for record in rows.records])
    return rows.records


def registered_event(record: Enrolment, admission: Admission, by: User, at: datetime) -> Event:
    """Return the event of a new record."""
    intake = admission.intake
    after = {"intake": f"{intake.year}-{intake.term}", "status": record.get_status_display()}
    return event_of(
        tag=EventTag.ENROLMENT_REGISTERED, subject=record, parent=record.person, by=by, at=at,
        school_id=record.school_id, view=admission.view, after=after,
    )  # fmt: skip
