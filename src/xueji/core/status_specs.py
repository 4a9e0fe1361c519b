"""What a pack says of student status: rows of durations, changes, evidence, closing days (`durations.toml`, `status.toml`)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from types import MappingProxyType

from xueji.core.findings import Citation
from xueji.core.intakes import SPRING, Intake

# the facts a row of durations may follow
FOLLOWS = ("original_duration", "approved_duration")


@dataclass(frozen=True, slots=True)
class Interval:
    """A closed interval of years."""

    least: Decimal
    most: Decimal

    def __contains__(self, years: Decimal) -> bool:
        return self.least <= years <= self.most

    def __str__(self) -> str:
        return f"{self.least}" if self.least == self.most else f"{self.least} 至 {self.most}"


@dataclass(frozen=True, slots=True)
class DurationSpec:
    """A row: for whom it is, and how long they study; of the rows that fit the first counts.

    `adult` and `study_mode` narrow whom it is for. `longest` stretches what another row says, and says no more.
    `follows` names the fact that says how long; `by_term` gives the years by the term somebody came over in.
    """

    key: str
    label: str
    origins: tuple[str, ...]
    cites: tuple[Citation, ...] = ()
    years: tuple[Interval, ...] = ()
    by_term: Mapping[int, Decimal] = field(default_factory=lambda: MappingProxyType({}))
    follows: str = ""
    adult: bool | None = None
    study_mode: str = ""
    longest: Decimal | None = None


@dataclass(frozen=True, slots=True)
class SourceSpec:
    """How somebody comes from a kind of school: by which workflow, with which papers, and what the person is then."""

    school: str
    workflow: str
    evidence: tuple[str, ...]
    to: str
    cites: tuple[Citation, ...] = ()


@dataclass(frozen=True, slots=True)
class ChangeSpec:
    """A change of status: whence the notice lets it start, what we read where it is silent, what it makes of somebody.

    Every status stands in `allowed` or in `silent` (status -> whether we let it), or the change is refused from there.
    `to` is empty where the status stays. `sources` is for those who come from another school, by its kind.
    """

    key: str
    allowed: tuple[str, ...]
    silent: Mapping[str, bool]
    to: str
    workflow: str
    evidence: tuple[str, ...]
    sources: Mapping[str, SourceSpec]
    cites: tuple[Citation, ...] = ()

    def starts_from(self, status: str) -> bool:
        """Whether the change may start from a status."""
        return status in self.allowed or self.silent.get(status, False)


@dataclass(frozen=True, slots=True)
class EvidenceSpec:
    """A paper that proves a change: what it is, and from whom it comes."""

    key: str
    label: str
    origin: str
    cites: tuple[Citation, ...] = ()


@dataclass(frozen=True, slots=True)
class ClosingSpec:
    """The last day on which something may be done for an intake, in its year; the day belongs to the term.

    `spring` and `autumn` are month and day.
    """

    key: str
    label: str
    spring: tuple[int, int]
    autumn: tuple[int, int]
    cites: tuple[Citation, ...] = ()

    def day_for(self, intake: Intake) -> date:
        """Return the last day for an intake."""
        return date(intake.year, *(self.spring if intake.term == SPRING else self.autumn))
