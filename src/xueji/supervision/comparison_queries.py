"""What pages ask of comparisons of the two systems: the latest of each school, one of them with who differs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import Q, QuerySet
from django.utils import timezone

from xueji.accounts.models import User
from xueji.accounts.permissions import Permission
from xueji.core.decisions.supervision import decide_listed
from xueji.core.shares import share_words
from xueji.core.status.negative import ListedFacts
from xueji.institutions.models import School
from xueji.institutions.queries import pack_of, pick, posts_of, school_scope, schools_visible_to
from xueji.registry.models import Enrolment
from xueji.supervision.comparison_kinds import OF_AUTHORITY, OF_SCHOOL, TITLE
from xueji.supervision.comparison_rows import SHOWN, ComparedLists, ComparedStudent, label_of
from xueji.supervision.models import SystemComparison
from xueji.uploads.models import Upload

__all__ = ["OF_AUTHORITY", "OF_SCHOOL", "TITLE", "label_of", "share_words"]  # what pages ask for


def comparisons_visible_to(user: User) -> QuerySet[SystemComparison]:
    """Return the comparisons somebody may know of: all of their own school, of others watched once it had its days."""
    mine = Q(school__in=_own_places(user)) & school_scope(user, prefix="school__", permission=Permission.VIEW_REGISTER)
    watched = school_scope(user, prefix="school__", permission=Permission.WATCH_DUTIES)
    found = SystemComparison.objects.filter(mine | watched & Q(shown_on__lte=timezone.localdate()))
    return found.select_related("school__authority", "by", "upload__error_workbook")


def comparison_for(user: User, comparison_id: object) -> SystemComparison:
    """Return a comparison somebody may know of, else NotFound."""
    return pick(comparisons_visible_to(user), comparison_id)


def schools_compared(user: User) -> QuerySet[School]:
    """Return the schools of which somebody may look at comparisons."""
    mine = Q(pk__in=_own_places(user)) & Q(pk__in=schools_visible_to(user, permission=Permission.VIEW_REGISTER))
    watched = Q(pk__in=schools_visible_to(user, permission=Permission.WATCH_DUTIES))
    return School.objects.filter(mine | watched).select_related("authority").order_by("name", "pk")


def latest_comparisons(user: User, schools: Iterable[School]) -> dict[int, SystemComparison]:
    """Return the comparison that counts of each of these schools, as somebody may know of it; one statement."""
    rows = comparisons_visible_to(user).filter(school__in=[school.pk for school in schools]).defer("rows")
    latest = rows.order_by("school_id", "-compared_on", "-at", "-id").distinct("school_id")
    return {row.school_id: row for row in latest}


def kind_for(user: User, school: School) -> str:
    """Return as what somebody sends an export about a school: as the school, or as its authority; empty where neither."""
    if school.pk in _own_places(user):
        registers = schools_visible_to(user, permission=Permission.REGISTER_STUDENTS)
        return OF_SCHOOL if registers.filter(pk=school.pk).exists() else ""
    return OF_AUTHORITY if schools_visible_to(user, permission=Permission.WATCH_DUTIES).filter(pk=school.pk).exists() else ""  # fmt: skip


def _own_places(user: User) -> list[int]:
    return [post.school_id for post in posts_of(user) if post.school_id is not None]


@dataclass(frozen=True, slots=True)
class ShownStudent:
    """One student of a comparison as a page shows them."""

    label: str
    name: str
    row: int
    record: str
    words: str
    counts: bool


def figures_read(upload: Upload) -> ComparedLists | None:
    """Return what a reading came to, while it waits for its confirmation; None once it was given up or recorded."""
    first = upload.rows.filter(row_number=0, sheet="").first()
    return ComparedLists.from_text(first.payload) if first is not None and first.payload else None


def students_read(upload: Upload, answer: str, start: int, most: int) -> tuple[list[ShownStudent], int]:
    """Return who is not the same in a reading, a page of them, and how many there are of this answer."""
    rows = upload.rows.exclude(sheet="")
    if answer:
        rows = rows.filter(sheet=label_of(answer))
    found = [
        ComparedStudent.from_text(row.payload)
        for row in rows.order_by("sheet", "row_number", "pk")[start : start + most]
    ]
    return [
        ShownStudent(label_of(row.answer), row.name, row.row, row.record, "；".join(row.reasons), row.counts) for row in found
    ], rows.count()  # fmt: skip


def students_recorded(comparison: SystemComparison, rows: Sequence[Mapping[str, object]]) -> Iterator[ShownStudent]:
    """Yield these rows of a comparison with the names that the register has for them; one statement."""
    keys = [str(row["record"]) for row in rows if row["record"]]
    found = Enrolment.objects.filter(school=comparison.school_id, pk__in=keys).select_related("person")
    names = {str(record.pk): record.person.name for record in found}
    for row in rows:
        columns = row["columns"]
        words = "、".join(map(str, columns)) if isinstance(columns, list) else ""
        record = str(row["record"]) if str(row["record"]) in names else ""
        yield ShownStudent(
            label_of(str(row["answer"])), names.get(str(row["record"]), ""), int(str(row["row"])), record, words,
            row.get("counts") is not False,
        )  # fmt: skip


def is_too_far(school: School, on: date, differing: int, total: int) -> bool:
    """Whether the list lets such a share no longer pass: asked of the rule that also judges findings."""
    facts = ListedFacts(item="FM5", differing=differing, total=total)
    return bool(decide_listed(facts, pack_of(school).on(on)).hit)


def answers_counted(counts: Mapping[str, int]) -> list[tuple[str, str, int]]:
    """Return the answers with their words and how many there are of each, in the order of pages."""
    return [(answer.value, label_of(answer.value), counts.get(answer.value, 0)) for answer in SHOWN]
