"""Where a case goes: from its parties, its counts and the pack's workflow to the places that decide, in order.

Pure: an authority is an id and a level, a party its line of them. `cases/` says who the parties are and makes the steps.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

from xueji.core.errors import Conflict
from xueji.core.workflow import (
    AUTHORITY,
    COMMON_SUPERIOR,
    COMPETENT,
    EVER,
    FOUND_PLACES,
    POSTS,
    ROLES,
    Condition,
    StepSpec,
    WorkflowSpec,
)

APPROVE, REFUSE = "approve", "refuse"


@dataclass(frozen=True, slots=True)
class Office:
    """An authority as routing sees it: which one, at what level."""

    id: int
    level: str


@dataclass(frozen=True, slots=True)
class Party:
    """A party: what it is to the case, its school if it is one, and the authorities over it from the nearest upwards.

    An authority that is a party stands at the head of its own line; an applicant without a school has none.
    """

    role: str
    line: tuple[Office, ...] = ()
    school: int | None = None

    def at(self, level: str) -> Office | None:
        """Return the authority of a level in the party's line."""
        return next((office for office in self.line if office.level == level), None)


@dataclass(frozen=True, slots=True)
class RoutingFacts:
    """What routing knows of a case: its parties, first the one that files, and what its kind counts."""

    parties: tuple[Party, ...]
    counts: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))


@dataclass(frozen=True, slots=True)
class Place:
    """A step with the place that decides it: a school, or an office; `level` and `post` as they are there."""

    spec: StepSpec
    level: str
    post: str
    school: int | None = None
    office: Office | None = None


def places_for(workflow: WorkflowSpec, facts: RoutingFacts) -> tuple[Place, ...]:
    """Return the places that decide a case, in order; Conflict where the pack asks for one that nobody is.

    Left out is a level its party's line lacks, a step `unless` or `when` speak against, and one that would settle
    what cannot differ, because fewer than two of the steps it names are in the way.
    """
    places: list[Place] = []
    for spec in workflow.steps:
        if spec.settles and sum(place.spec.key in spec.settles for place in places) < 2:
            continue
        place = _place_of(spec, workflow, facts)
        if place is not None and not _was_asked(place, places):
            places.append(place)
    return tuple(places)


def _was_asked(place: Place, earlier: Sequence[Place]) -> bool:
    """Whether a step is one too many for its office (`StepSpec.once`)."""
    if not place.spec.once or place.office is None:
        return False
    looked_at = earlier if place.spec.once == EVER else earlier[-1:]
    return any(place.office == other.office for other in looked_at)


def _place_of(spec: StepSpec, workflow: WorkflowSpec, facts: RoutingFacts) -> Place | None:
    if not _holds(spec.when, facts):
        return None
    party = None if spec.level == COMMON_SUPERIOR else _party(spec.of, facts, spec.label)
    if party is not None and spec.unless and party.at(spec.unless):
        return None
    if spec.level in FOUND_PLACES:
        office = _office_deciding(spec, party, workflow, facts)
        return Place(spec, office.level, _post_at(office, spec), office=office)
    assert party is not None  # a level is always somebody's
    if spec.level == "school":
        if party.school is None:
            raise Conflict(f"「{spec.label}」环节由{ROLES[party.role]}办理，它不是学校；请与系统管理员联系")
        return Place(spec, spec.level, spec.post, school=party.school)
    level_office = party.at(spec.level)
    return Place(spec, spec.level, spec.post, office=level_office) if level_office else None


def _office_deciding(spec: StepSpec, party: Party | None, workflow: WorkflowSpec, facts: RoutingFacts) -> Office:
    office: Office | None = None
    if spec.level == AUTHORITY and party is not None:
        office = next(iter(party.line), None)
    elif spec.level == COMMON_SUPERIOR:
        office = common_superior(facts.parties)
    elif spec.level == COMPETENT:
        office = _competent(spec, workflow, facts)
    if office is None:
        raise Conflict(f"「{spec.label}」环节没有可以办理的机关，请与系统管理员联系")
    return office


def common_superior(parties: Sequence[Party]) -> Office | None:
    """Return the lowest authority that stands over every party that has a line, or None where their lines never meet."""
    lines = [party.line for party in parties if party.line]
    if not lines:
        return None
    return next((office for office in lines[0] if all(office in line for line in lines[1:])), None)


def _competent(spec: StepSpec, workflow: WorkflowSpec, facts: RoutingFacts) -> Office | None:
    holding = (row for row in workflow.competence if _holds(row.when, facts))
    offices = (_party(row.of, facts, spec.label).at(row.level) for row in holding)
    return next((office for office in offices if office is not None), None)


def _party(role: str | None, facts: RoutingFacts, label: str) -> Party:
    for party in facts.parties:
        if role is None or party.role == role:
            return party
    raise Conflict(f"「{label}」环节由{ROLES[role or 'school']}一方办理，办件没有这一方；请补充后重新提交")


def _post_at(office: Office, spec: StepSpec) -> str:
    try:
        return POSTS[spec.post][office.level]
    except KeyError:
        raise Conflict(f"「{spec.label}」环节所到的机关没有可以办理的岗位，请与系统管理员联系") from None


def _holds(conditions: Sequence[Condition], facts: RoutingFacts) -> bool:
    return not conditions or any(_is_met(condition, facts) for condition in conditions)


def _is_met(condition: Condition, facts: RoutingFacts) -> bool:
    if condition.crosses is not None and not _crosses(condition.crosses, facts.parties):
        return False
    if condition.within is not None and _crosses(condition.within, facts.parties):
        return False
    for count, smallest in condition.at_least.items():
        if count not in facts.counts:
            raise ValueError(f"the workflow asks for the count {count!r}, which the kind of the case does not bring")
        if facts.counts[count] < smallest:
            return False
    return True


def _crosses(level: str, parties: Sequence[Party]) -> bool:
    """Whether the parties stand under different authorities of a level; who has none of it crosses nothing."""
    lines = [party for party in parties if party.line]
    offices = {party.line[0] if level == AUTHORITY else party.at(level) for party in lines}
    return len(offices - {None}) > 1


# -- what the verdicts so far make of it


def is_called_for(spec: StepSpec, verdicts: Mapping[str, str]) -> bool:
    """Whether a step that is reached is to be decided: one that settles others only where these differ."""
    return not spec.settles or {APPROVE, REFUSE} <= {verdicts.get(key, "") for key in spec.settles}


def is_refused(specs: Sequence[StepSpec], verdicts: Mapping[str, str]) -> bool:
    """Whether a refusal stands: none that a later step settled by approving does, every other."""
    overruled = {key for spec in specs if verdicts.get(spec.key) == APPROVE for key in spec.settles}
    return any(verdicts.get(spec.key) == REFUSE and spec.key not in overruled for spec in specs)


def may_be_settled(key: str, later: Sequence[StepSpec]) -> bool:
    """Whether a refusal at a step leaves the case open, because a later step of the route is there to settle it."""
    return any(key in spec.settles for spec in later)
