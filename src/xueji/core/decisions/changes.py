"""Whether a change of status is allowed, what it makes of somebody, who decides in which order, on which papers."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType

from xueji.core.errors import BadInput
from xueji.core.facts import Surroundings
from xueji.core.findings import Citation, Finding, errors_of
from xueji.core.packs import PackView, Reading
from xueji.core.routing import Party, Place, RoutingFacts, places_for
from xueji.core.rules.registry import run_rules
from xueji.core.status.facts import ChangeFacts, RouteStep
from xueji.core.status.territories import Territory, line_of
from xueji.core.status_specs import ChangeSpec, EvidenceSpec
from xueji.core.status_words import (
    CHANGE_MODE,
    JUNIOR_HIGH,
    SENIOR_HIGH,
    TECHNICIAN,
    TRANSFER,
    VOCATIONAL,
    WITHDRAW,
)
from xueji.core.workflow import RECORD

_SCHOOL = 1  # a school has no code here: only that there is one
_PARTS = ("out_school", "in_school", "out_authority", "in_authority", "school", "authority")


@dataclass(frozen=True, slots=True)
class ChangeDecision:
    """What the law says of a change; route and evidence are empty where it is not allowed."""

    allowed: bool
    to_status: str | None
    route: tuple[RouteStep, ...]
    evidence: tuple[EvidenceSpec, ...]
    findings: tuple[Finding, ...]
    cites: tuple[Citation, ...]
    readings: tuple[Reading, ...]


def decide_change(facts: ChangeFacts, view: PackView) -> ChangeDecision:
    """Decide by the pack (S2-19 … S2-28); BadInput names a fact that its clause needs and nobody gave."""
    spec = view.entry("change", facts.change, ChangeSpec)
    findings = tuple(finding for _, finding in run_rules(view, "change", facts, Surroundings()))
    allowed = not errors_of(findings)
    source = spec.sources.get(facts.from_school) if facts.change == TRANSFER else None
    if facts.change == TRANSFER and facts.from_school != VOCATIONAL and source is None:
        raise BadInput(f"政策包 {view.pack.id} 没有由{facts.from_school}转入的规定")
    cites = [*spec.cites, *(source.cites if source else ()), *(cite for finding in findings for cite in finding.cites)]
    readings = _readings(facts, spec, view, findings)
    if not allowed:
        return ChangeDecision(False, None, (), (), findings, tuple(dict.fromkeys(cites)), tuple(readings))
    workflow = view.workflow(source.workflow if source else spec.workflow)
    places = places_for(workflow, _routing_facts(facts))
    cites += [cite for place in places for cite in place.spec.cites]
    readings += [*_readings_of_route(facts, places, view), *view.readings_of(f"workflows.{workflow.kind}")]
    return ChangeDecision(
        allowed=True,
        to_status=(source.to if source else spec.to) or facts.status,
        route=_route(places, view),
        evidence=papers_of_change(facts.change, view, facts.from_school),
        findings=findings,
        cites=tuple(dict.fromkeys(cites)),
        readings=tuple(dict.fromkeys(readings)),
    )


def papers_of_change(change: str, view: PackView, from_school: str = VOCATIONAL) -> tuple[EvidenceSpec, ...]:
    """Return the papers a change wants, of a transfer by the kind of school somebody comes from; none where the pack knows no such change."""
    if change not in view.keys("change"):
        return ()
    spec = view.entry("change", change, ChangeSpec)
    source = spec.sources.get(from_school) if change == TRANSFER else None
    papers = {paper.key: paper for paper in view.every("evidence", EvidenceSpec)}
    return tuple(papers[name] for name in (source.evidence if source else spec.evidence))


def _readings(facts: ChangeFacts, spec: ChangeSpec, view: PackView, findings: tuple[Finding, ...]) -> list[Reading]:
    """Return the readings of what the notice leaves open about this change of this student."""
    path = f"changes.{spec.key}"
    asked = [facts.status] if facts.status in spec.silent else []
    if facts.graduating_year:
        asked.append("graduating_year")
    if facts.compulsory and facts.change in (CHANGE_MODE, WITHDRAW) and facts.reason is None:
        asked.append("compulsory")
    readings = [reading for name in asked for reading in view.readings_of(path, name)]
    return readings + [reading for finding in findings for reading in view.readings_of(f"rules.{finding.rule}")]


def _readings_of_route(facts: ChangeFacts, places: tuple[Place, ...], view: PackView) -> list[Reading]:
    """Return the readings on which the way of a transfer rests."""
    if facts.change != TRANSFER:
        return []
    asked = {SENIOR_HIGH: "moved_in", TECHNICIAN: "moved_in", JUNIOR_HIGH: "junior"}.get(facts.from_school)
    if asked is None:
        keys = {place.spec.key for place in places}
        if any(place.spec.act == RECORD for place in places):
            asked = "across_provinces"
        elif keys & {"out_city", "in_city", "province"}:
            asked = "escalation"
        elif "in_authority" not in keys:
            asked = "same_authority"
    return view.readings_of(f"changes.{TRANSFER}", asked) if asked else []


def _routing_facts(facts: ChangeFacts) -> RoutingFacts:
    counts = MappingProxyType({"persons": facts.students, "province_managed": int(facts.province_managed)})
    if facts.change != TRANSFER:
        return RoutingFacts((_party("school", facts.authority, "authority"),), counts)
    receiving = _party("receiving", facts.to_authority, "to_authority")
    if facts.from_school != VOCATIONAL:
        return RoutingFacts((receiving,), counts)
    return RoutingFacts((_party("sending", facts.from_authority, "from_authority"), receiving), counts)


def _party(role: str, place: Territory | None, fact: str) -> Party:
    if place is None:
        raise BadInput(f"请给出「{fact}」：学校的学籍主管部门所在地（六位行政区划代码）决定由谁办理")
    return Party(role, line_of(place), _SCHOOL)


def _route(places: tuple[Place, ...], view: PackView) -> tuple[RouteStep, ...]:
    """Return the steps in order: the first starts it, the last that does not take note alone decides."""
    asked = [place for place in places if place.spec.act != RECORD]
    deciding = asked[-1]
    steps = []
    for place in places:
        act = RECORD if place.spec.act == RECORD else "decide" if place is deciding else "review"
        by = place.spec.key if place.spec.key in _PARTS else place.level
        days = view.clock(place.spec.clock).days if place.spec.clock else None
        steps.append(RouteStep(by, place.level, place.office, "start" if place is places[0] else act, days))
    return tuple(steps)
