"""Which records go along when their school goes into another (S2 第二十条), and which stay until what is in hand is done.

Whoever studies or is suspended goes along. A record that an open case is about stays, since that case is of the old school.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from django.db.models import Model, Q, QuerySet

from xueji.cases.models import CaseState
from xueji.core.status_words import PASSED_ON
from xueji.institutions.models import School
from xueji.registry.models import (
    ACTIVE,
    Duplicate,
    DuplicateFiling,
    Enrolment,
    FilingEntry,
    ParticularsChange,
    StatusApplicant,
    StatusChange,
)

_UNDECIDED = (CaseState.DRAFT, CaseState.IN_PROGRESS, CaseState.RETURNED)
Keys = QuerySet[Model, object]  # of records, not yet asked
InHand = Callable[[], Keys]

_kinds: dict[str, InHand] = {}


def register_in_hand(app: str, find: InHand) -> None:
    """Tell which records an app above has in hand: `find` returns their keys, of all schools, not yet asked."""
    if _kinds.setdefault(app, find) is not find:
        raise ValueError(f"what {app!r} has in hand is told twice")


def _under_way() -> list[Keys]:
    """Return, kind by kind, the keys of the records that something undecided is about."""
    asked = StatusApplicant.objects.filter(outcome=StatusApplicant.Outcome.OPEN).order_by()
    open_pairs = Duplicate.objects.filter(state=Duplicate.State.OPEN).order_by()
    asked_pairs = DuplicateFiling.objects.filter(outcome=DuplicateFiling.Outcome.OPEN).order_by()
    pairs = [open_pairs, Duplicate.objects.filter(pk__in=asked_pairs.values("duplicate")).order_by()]
    return [
        asked.values("enrolment"),
        asked.filter(undoes__moves_to__isnull=False).values("undoes__moves_to"),
        FilingEntry.objects.filter(outcome=FilingEntry.Outcome.OPEN).order_by().values("enrolment"),
        ParticularsChange.objects.filter(case__state__in=_UNDECIDED).order_by().values("enrolment"),
        *(found.values(side) for found in pairs for side in ("first", "second")),
        *(find() for find in _kinds.values()),
    ]


def in_hand() -> Q:
    """Return the condition of records that something undecided is about."""
    found = Q()
    for keys in _under_way():
        found |= Q(pk__in=keys)
    return found


def standing_at(school: School) -> QuerySet[Enrolment]:
    """Return the records at a school of whoever studies there or is suspended."""
    return Enrolment.objects.filter(school=school, status__in=ACTIVE)


def going_along(school: School, programmes: Iterable[int]) -> QuerySet[Enrolment]:
    """Return the records of some programmes of a school that go along with it now."""
    return standing_at(school).filter(programme__in=list(programmes)).exclude(in_hand())


def count_going_along(school: School, programmes: Iterable[int]) -> int:
    """Return how many records of some programmes of a school go along with it now."""
    return going_along(school, programmes).count()


def count_staying(school: School) -> int:
    """Return how many records stay at a school until what is in hand about them is done."""
    return standing_at(school).filter(in_hand()).count()


def passed_on(school_id: int, successor_id: int, document_number: str) -> QuerySet[StatusChange]:
    """Return what passed records from a school to another by a document, and is in force."""
    return StatusChange.objects.filter(
        kind=PASSED_ON, counters=None, countered_by=None, reason=document_number, before__school_id=school_id,
        after__school_id=successor_id,
    )  # fmt: skip
