"""The schools of one law that a search looks at, and what a search says of one matter before the rule has judged it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

from xueji.core.packs import PackView
from xueji.core.status.negative import ListedFacts
from xueji.institutions.models import School
from xueji.institutions.queries import ids_of_line, pack_over
from xueji.licences.models import LicencePublication
from xueji.licences.queries import in_force


@dataclass(frozen=True, slots=True)
class ListedMatter:
    """A matter of the list at a school, with the facts its rule asks for; `evidence` is numbers, days and keys alone."""

    school_id: int
    subject: str
    facts: ListedFacts
    began_on: date
    enrolment_id: UUID | None = None
    label: str = ""
    evidence: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Scope:
    """The schools under one law on a day; at closed ones nothing is looked for any more, so that what stands there ends."""

    schools: Mapping[int, School]
    view: PackView
    on: date
    is_closed: bool = False

    @property
    def keys(self) -> list[int]:
        """Return the schools' keys."""
        return list(self.schools)

    def publications(self) -> list[LicencePublication]:
        """Return the licences in force over these schools."""
        line = {pk for school in self.schools.values() for pk in ids_of_line(school.authority)}
        return list(in_force(self.on).filter(authority__in=line))


def scopes_of(schools: Iterable[School], on: date) -> Iterator[Scope]:
    """Yield the schools by the law over them, closed ones apart, where it has a negative list that is looked for here."""
    by_law: dict[tuple[str, bool], tuple[PackView, dict[int, School]]] = {}
    laws: dict[int, PackView] = {}
    for school in schools:
        if school.authority_id not in laws:
            laws[school.authority_id] = pack_over(school.authority).on(on)
        view = laws[school.authority_id]
        is_closed = school.closed_on is not None and school.closed_on <= on
        by_law.setdefault((view.pack.id, is_closed), (view, {}))[1][school.pk] = school
    for (_, is_closed), (view, found) in by_law.items():
        if "listed_items_searched" in view.keys("value"):
            yield Scope(found, view, on, is_closed)
