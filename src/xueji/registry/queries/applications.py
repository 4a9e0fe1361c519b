"""Read what is applied for: the students of an application, whom one may be opened for, what the law says of them now."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from uuid import UUID

from django.db.models import Count, QuerySet

from xueji.accounts.models import User
from xueji.accounts.permissions import Permission
from xueji.cases.models import Case
from xueji.cases.queries import subject_of
from xueji.core.errors import NotFound
from xueji.core.packs import PackView, Reading
from xueji.institutions.queries import pick, school_scope, schools_visible_to
from xueji.registry.models import (
    ACTIVE,
    Enrolment,
    Registration,
    StatusApplicant,
    StatusApplication,
    StatusChange,
)
from xueji.registry.queries.open_applications import open_findings
from xueji.registry.queries.status_changes import AskedChange, JudgedWish, Wish, judge_wishes, readings_of_wishes
from xueji.uploads.models import Upload

_CHOSEN = 50  # students that are ticked on a page; more come by a list


def application_of(case: Case) -> StatusApplication:
    """Return the change of status a case decides on; NotFound for a case about something else."""
    found: StatusApplication = subject_of(case, StatusApplication.objects.select_related("case__school__authority"))
    return found


def case_of_upload(upload: Upload) -> int | None:
    """Return the case that a confirmed workbook of a change opened, in the transaction of its confirmation; None before."""
    if upload.confirmed_at is None:
        return None
    found = StatusApplication.objects.filter(
        case__school=upload.school_id, case__opened_at=upload.confirmed_at, case__opened_by=upload.confirmed_by
    )
    return found.values_list("case_id", flat=True).first()


def asked_of(application: StatusApplication) -> AskedChange:
    """Return what an application asks of all its records alike."""
    school = application.case.school
    assert school is not None, "an application is a school's"
    return AskedChange(
        application.change, application.effective_on, school, application.reason, is_undoing=application.is_undoing
    )


def wishes_of(application: StatusApplication, *, shown: bool = False) -> tuple[list[StatusApplicant], list[Wish]]:
    """Return the students of an application with what is asked for each, in their order.

    To judge them nothing sealed is opened; with `shown` everything a page says of them is read along.
    """
    related = ["enrolment__person", "enrolment__registration", *(["undoes"] if application.is_undoing else [])]
    rows = application.applicants.select_related(*related).order_by("pk")
    if shown:
        rows = rows.select_related("enrolment__programme", "undoes", "done_by")
        rows = rows.prefetch_related("enrolment__school__programmes")
    else:
        rows = rows.defer(
            "enrolment__registration__form", "enrolment__person__resident_id", "enrolment__person__birth_date"
        )
    applicants = list(rows)
    return applicants, [Wish(row.enrolment, row.wanted, row.undoes if row.undoes_id else None) for row in applicants]


def undoable_changes(application: StatusApplication) -> list[StatusChange]:
    """Return what an application, which the caller may see, brought about and nobody has taken back; empty for an undoing."""
    if application.is_undoing:
        return []
    rows = StatusChange.objects.filter(applied_by__application=application, countered_by=None)
    return list(
        rows.select_related("enrolment__person", "enrolment__school", "moves_to__school").order_by(
            "enrolment__person__name", "pk"
        )
    )


def judged_undoing(application: StatusApplication, on: date, view: PackView) -> list[JudgedWish]:
    """Return each change of an application with whether it can be taken back on a day, and why not; a few statements.

    Who moved on since, or has another application under way, stands against their own undoing alone.
    """
    changes = undoable_changes(application)
    records = records_by_key([change.enrolment_id for change in changes])
    wishes = [Wish(records[change.enrolment_id], {}, change) for change in changes]
    school = application.case.school
    assert school is not None  # a change of status is a school's
    asked = AskedChange(application.change, on, school, is_undoing=True)
    busy = open_findings(list(records), view)
    judged = judge_wishes(asked, wishes, view) if wishes else []
    return [
        replace(row, findings=(*row.findings, busy[row.wish.enrolment.pk])) if row.wish.enrolment.pk in busy else row
        for row in judged
    ]


def records_by_key(keys: Iterable[UUID]) -> dict[UUID, Enrolment]:
    """Return records the caller was let see, with what judging and showing them asks for."""
    rows = Enrolment.objects.filter(pk__in=list(keys)).select_related("person", "programme", "registration", "school")
    return {row.pk: row for row in rows.defer("registration__form").prefetch_related("school__programmes")}


def judged_applicants(
    application: StatusApplication, view: PackView
) -> tuple[list[StatusApplicant], list[JudgedWish], list[Reading]]:
    """Return the students of an application, what the law says of each now, and the readings that rests on."""
    applicants, wishes = wishes_of(application, shown=True)
    judged = judge_wishes(asked_of(application), wishes, view)
    return applicants, judged, readings_of_wishes(application.change, judged, view)


def heads_of_applications(cases: Iterable[int]) -> dict[int, int]:
    """Return of cases, which the caller may see, how many students each is about."""
    counted = StatusApplicant.objects.filter(application__case__in=list(cases)).order_by()
    return dict(counted.values_list("application__case").annotate(count=Count("pk")))


@dataclass(frozen=True, slots=True)
class ClassOfSchool:
    """A class, with how many study in it or are suspended."""

    school_id: int
    school: str
    grade: int
    class_name: str
    students: int


def records_for(user: User, permission: Permission = Permission.VIEW_REGISTER) -> QuerySet[Enrolment]:
    """Return the records of the schools over which somebody holds a post that grants a permission."""
    scope = school_scope(user, prefix="school__", permission=permission)
    rows = Enrolment.objects.filter(scope).select_related("person", "programme", "registration", "school__authority")
    return rows.defer("registration__form")


def record_for(user: User, permission: Permission, enrolment_id: object) -> Enrolment:
    """Return a registered record of a school over which somebody holds a permission, else NotFound."""
    return pick(records_for(user, permission).filter(registration__isnull=False), enrolment_id)


def records_chosen(user: User, permission: Permission, keys: Iterable[str]) -> list[Enrolment]:
    """Return the records with these keys, of one school over which a permission is held; NotFound for any other."""
    wanted = {_key(text) for text in keys}
    rows = list(records_for(user, permission).filter(pk__in=wanted).order_by("person__name", "pk"))
    if not wanted or len(rows) != len(wanted) or len(wanted) > _CHOSEN or len({row.school_id for row in rows}) > 1:
        raise NotFound("没有选择学生，或所选学生不在同一学校；一次最多选择 50 名")
    return rows


def records_of_class(
    user: User, permission: Permission, *, school_id: object, grade: str = "", class_name: str | None = None
) -> list[Enrolment]:
    """Return the records of a class, a year or a whole school over which a permission is held; NotFound where there are none."""
    school = pick(schools_visible_to(user, permission=permission), school_id)
    rows = records_for(user, permission).filter(school=school, registration__isnull=False)
    if grade:
        rows = rows.filter(registration__grade=int(grade) if grade.isascii() and grade.isdigit() else -1)
    if class_name is not None:
        rows = rows.filter(registration__class_name=class_name)
    found = list(rows.order_by("registration__grade", "registration__class_name", "person__name", "pk"))
    if not found:
        raise NotFound("没有这个班级的学生，请回到班级列表重新选择")
    return found


def classes_of(user: User, permission: Permission) -> list[ClassOfSchool]:
    """Return the classes of the schools over which a permission is held, with how many study in each."""
    scope = school_scope(user, prefix="enrolment__school__", permission=permission)
    rows = Registration.objects.filter(scope, enrolment__status__in=ACTIVE).order_by()
    counted = rows.values_list("enrolment__school_id", "enrolment__school__name", "grade", "class_name")
    return [ClassOfSchool(*row) for row in sorted(counted.annotate(students=Count("pk")))]


def _key(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise NotFound from None
