"""What is known of a student whose status is asked about; None: nothing was said."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TypeVar

from xueji.core.errors import FactMissing
from xueji.core.intakes import Intake
from xueji.core.routing import Office
from xueji.core.status.territories import Territory

T = TypeVar("T")


def required(facts: object, name: str, kind: type[T]) -> T:
    """Return a fact the clause needs, of the type it is declared with; FactMissing names it where nothing was said."""
    value = getattr(facts, name)
    if value is None:
        raise FactMissing(name)
    if not isinstance(value, kind):
        raise TypeError(f"{name} is a {type(value).__name__}")
    return value


@dataclass(frozen=True, slots=True, kw_only=True)
class StudyFacts:
    """How somebody came and how long they are to study."""

    origin: str
    entered: Intake
    study_mode: str
    birth_date: date | None = None
    approved: bool | None = None
    junior_term: int | None = None
    original_duration: Decimal | None = None
    approved_duration: Decimal | None = None
    remaining_years: Decimal | None = None
    early_years: Decimal | None = None
    credit_system: bool | None = None
    credits_complete: bool | None = None
    authority_approved: bool | None = None
    duration_years: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeFacts:
    """A change that is applied for, and the student it concerns."""

    status: str
    change: str
    on: date
    from_school: str
    students: int = 1
    from_authority: Territory | None = None
    to_authority: Territory | None = None
    authority: Territory | None = None
    province_managed: bool = False
    graduating_year: bool = False
    compulsory: bool = False
    reason: str | None = None
    absent_since: date | None = None
    leave_granted: bool | None = None
    delayed_years: int = 0
    remaining_years: Decimal | None = None
    autumn_term_starts: date | None = None
    junior_term: int | None = None
    study_mode: str = "全日制"


@dataclass(frozen=True, slots=True, kw_only=True)
class FilingFacts:
    """A registered student who is to be filed."""

    intake: Intake
    on: date
    licensed: bool
    information_correct: bool
    duplicate: str
    correctable: bool | None = None


@dataclass(frozen=True, slots=True)
class RouteStep:
    """Who does what of a change, in order: the place as the question names it."""

    by: str
    level: str
    office: Office | None
    act: str  # start | review | decide | record
    working_days: int | None
