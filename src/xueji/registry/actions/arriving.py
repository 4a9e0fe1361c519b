"""Who comes from a school of another kind is asked for by the school that takes them in, and registered with the approval (S2 第十二条)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal

from django.db import transaction
from django.utils import timezone

from xueji.accounts.models import User
from xueji.accounts.permissions import Permission
from xueji.cases.actions import open_case
from xueji.cases.kinds import require_approved
from xueji.cases.law import law_of
from xueji.cases.models import Case
from xueji.core.days import require_day
from xueji.core.enrolment_facts import EnrolmentFacts, Value
from xueji.core.errors import BadInput, RuleViolation
from xueji.core.findings import errors_of
from xueji.core.months import Month
from xueji.core.status_words import FULL_TIME
from xueji.institutions.models import Programme, School
from xueji.institutions.queries import require_permission
from xueji.ledger.actions import record_event
from xueji.ledger.tags import EventTag
from xueji.registry.actions.registering import store_students
from xueji.registry.arrival_queries import JUNIOR_IN, MOVED_IN, admission_of, arrival_findings, place_of
from xueji.registry.kept_forms import form_text
from xueji.registry.models import Arrival
from xueji.registry.queries.arrivals import arrival_of
from xueji.sealing.rows import store_signed


def open_arrival(
    *,
    school: School,
    source: Arrival.Source,
    student: Mapping[str, Value],
    former_school: str,
    programme: Programme,
    grade: int,
    entered_on: date,
    by: User,
    at: datetime,
    class_name: str = "",
    teachers: str = "",
    junior_term: int | None = None,
    remaining_years: Decimal | None = None,
    is_province_managed: bool = False,
) -> Arrival:
    """Draft the coming over of one student; the papers follow, then it is submitted. RuleViolation says what the law is against.

    `student` holds the columns of the form of new students: name, sex, document, guardian.
    """
    require_permission(by, Permission.FILE_STATUS_CHANGE, school=school)
    is_pupil = source == Arrival.Source.JUNIOR_HIGH
    if programme.school_id != school.pk:
        raise BadInput(f"请选择{school.name}开设的专业")
    if (junior_term is None) == is_pupil or (remaining_years is None) != is_pupil:
        raise BadInput("未毕业的初中学生填写初中学期，其他学生填写剩余学习时间")
    require_day("study", entered_on, timezone.localdate(at))
    facts = EnrolmentFacts.of_row(
        {**student, "entry_month": Month(entered_on.year, entered_on.month), "study_mode": FULL_TIME}
    )
    with transaction.atomic():
        case = open_case(
            kind=JUNIOR_IN if is_pupil else MOVED_IN, school=school, title=f"由{source.label}转入 {facts.text('name')}",
            legal_date=timezone.localdate(at), by=by, at=at,
        )  # fmt: skip
        arrival = Arrival.objects.create(
            case=case, source=source, former_school=former_school.strip(), programme=programme, grade=grade,
            class_name=class_name.strip(), entered_on=entered_on, remaining_years=remaining_years,
            is_province_managed=is_province_managed, junior_term=junior_term, teachers=teachers.strip(),
            form=form_text(facts),
        )  # fmt: skip
        if errors_of(findings := arrival_findings(case)):
            raise RuleViolation(findings)
        record_event(
            tag=EventTag.ARRIVAL_OPENED, subject=arrival, parent=case, by=by, at=at, school_id=school.pk,
            view=law_of(case), after={
                "student": facts.text("name"), "from": arrival.former_school, "kind": source.label,
                "programme": programme.name, "on": entered_on,
            },
        )  # fmt: skip
    return arrival


def apply_arrival(case: Case, by: User, at: datetime) -> None:
    """Register the student who was approved: with origin, duration and end of studies by how they came; filed by this approval."""
    require_approved(case)
    arrival, view = arrival_of(case), law_of(case)
    School.objects.select_for_update(no_key=True).get(
        pk=arrival.programme.school_id
    )  # one after the other into a class
    if errors_of(findings := arrival_findings(case)):  # the world may have changed meanwhile
        raise RuleViolation(findings)
    admission = admission_of(arrival, view, timezone.localdate(at))
    (record,) = store_students(places=[place_of(arrival, view)], admission=admission, by=by, at=at)
    arrival.enrolment = record
    store_signed([arrival], "enrolment")
    record_event(
        tag=EventTag.ARRIVAL_REGISTERED, subject=arrival, parent=case, by=by, at=at, school_id=case.school_id,
        view=view, after={"record": str(record.pk), "duration": record.duration_years},
    )  # fmt: skip
