"""Read the register on behalf of a person: lists of students, one found by what a clerk knows of them, one file."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from django.db.models import QuerySet
from django.utils import timezone

from xueji.accounts.models import User
from xueji.accounts.permissions import Permission, Sight
from xueji.core.sought import SoughtKind, read_sought
from xueji.institutions.models import School
from xueji.institutions.queries import pick, school_scope, schools_visible_to
from xueji.registry.models import Enrolment, Reveal, StatusApplicant
from xueji.registry.models.enrolments import tail_index
from xueji.sealing.texts import blind_index

OF_AGE = 18


def students_visible_to(user: User) -> QuerySet[Enrolment]:
    """Return the records of the schools somebody may see the register of, with what a line of a list says."""
    within = school_scope(user, prefix="school__", permission=Permission.VIEW_REGISTER)
    rows = Enrolment.objects.filter(within)
    return rows.select_related("person", "school", "programme", "registration").order_by("school_id", "status", "pk")


def student_for(user: User, enrolment_id: object) -> Enrolment:
    """Return a record somebody may see, else NotFound."""
    return pick(students_visible_to(user), enrolment_id)


def search_students(found: QuerySet[Enrolment], words: str, user: User, sight: str) -> QuerySet[Enrolment]:
    """Narrow a list to what was typed: a name or how it begins, a whole number, a 学籍号, the last four digits.

    Numbers are found by their keyed indexes and stay sealed. The last four digits are asked only by posts that see them:
    whoever sees birth dates would else put the two together.
    """
    sought = read_sought(words)
    if not sought.words:
        return found
    if sought.kind == SoughtKind.TAIL:
        if sight != Sight.TAIL:
            return found.none()
        schools = schools_visible_to(user, permission=Permission.VIEW_REGISTER).order_by().values_list("pk", flat=True)
        return found.filter(tail_index__in=[tail_index(sought.number, school) for school in schools])
    if sought.kind == SoughtKind.STUDENT_NUMBER:
        return found.filter(person__student_number__number_index=blind_index(sought.number))
    if sought.kind == SoughtKind.NUMBER:
        return found.filter(person__resident_id_index=blind_index(sought.number))
    return found.filter(person__name__startswith=sought.name)


def students_sought(user: User, words: str, sight: str) -> QuerySet[Enrolment]:
    """Return whom the same words find in everything somebody may see, by name; sealed forms stay where they are."""
    found = search_students(students_visible_to(user).defer("registration__form"), words, user, sight)
    return found.order_by("person__name", "pk")


def narrow_students(found: QuerySet[Enrolment], chosen: Mapping[str, str]) -> QuerySet[Enrolment]:
    """Narrow a list by school, status, filing, year of the class and programme; an empty choice leaves it."""
    paths = {
        "school": "school_id", "status": "status", "filing": "registration__filing", "grade": "registration__grade",
        "programme": "programme__name",
    }  # fmt: skip
    return found.filter(**{path: chosen[name] for name, path in paths.items() if chosen.get(name)})


def by_class(found: QuerySet[Enrolment]) -> QuerySet[Enrolment]:
    """Sort the students of one school as its classes sit: the newest year first, class by class, by name."""
    return found.order_by("-registration__grade", "registration__class_name", "person__name", "pk")


def schools_of_register(user: User) -> list[School]:
    """Return the schools whose students somebody may see, for a choice."""
    return list(schools_visible_to(user, permission=Permission.VIEW_REGISTER).order_by("name")[:500])


def is_minor(record: Enrolment, on: date | None = None) -> bool:
    """Whether a student is not of age yet on a day (today, unless said)."""
    day, born = on or timezone.localdate(), record.person.birth_date
    return bool((day.year - born.year - ((day.month, day.day) < (born.month, born.day))) < OF_AGE)


def other_records(record: Enrolment, user: User) -> list[Enrolment]:
    """Return the person's other records as far as somebody may see them; a school learns nothing of another's."""
    return list(students_visible_to(user).filter(person=record.person_id).exclude(pk=record.pk).order_by("entry_month"))


def looks_at(record: Enrolment) -> list[Reveal]:
    """Return who looked at the full number of a person, the latest first."""
    return list(Reveal.objects.filter(person=record.person_id).select_related("by").order_by("-at")[:20])


def open_applications_of(record: Enrolment) -> list[StatusApplicant]:
    """Return what is asked for of a record and not decided yet."""
    rows = StatusApplicant.objects.filter(enrolment=record, outcome=StatusApplicant.Outcome.OPEN)
    return list(rows.select_related("application__case"))
