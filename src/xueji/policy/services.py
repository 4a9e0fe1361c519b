"""The sections of `services.toml`: services, who issues, offices with their hours, papers, grounds of refusal."""

from __future__ import annotations

from datetime import time
from pathlib import Path
from types import MappingProxyType

from xueji.core.findings import Citation
from xueji.core.intakes import Intake
from xueji.core.months import Month
from xueji.core.packs import Dated
from xueji.core.service_specs import (
    BASES,
    CHANNELS,
    PAPER_LIMITS,
    PROCEDURES,
    REPLACEMENT,
    SEASONS,
    VERIFICATION,
    IssuerSpec,
    OfficeSpec,
    Opening,
    PaperSpec,
    RefusalSpec,
    ServiceSpec,
)
from xueji.policy.reading import Section

_ORIGINS = ("applicant", "school", "admission_office", "health_authority", "police")
_STAGES = ("school", "application")
_WEEK = range(1, 8)


def build_service(key: str, section: Section, dated: Dated, folder: Path) -> ServiceSpec:
    """Read how one comes to a service."""
    channels = section.texts("channels")
    if set(channels) - set(CHANNELS):
        raise section.error("channels", f"choices: {', '.join(CHANNELS)}")
    return ServiceSpec(key, section.text("label"), channels, section.text("portal", ""), section.cites())


def build_issuer(key: str, section: Section, dated: Dated, folder: Path) -> IssuerSpec:
    """Read who issues the replacement of a kind of diploma."""
    basis = section.choice("basis", BASES)
    level = section.choice("level", ("province", "city")) if basis == "always" else ""
    until = section.text("province_until") if basis in ("entered", "graduated") else ""
    seal_decides = section.take("seal_decides", bool, default=False)
    first, last = _intake(section, "first_intake"), _intake(section, "last_intake")
    return IssuerSpec(key, basis, level, until, seal_decides, _turn(section), first, last, section.cites())


def _intake(section: Section, name: str) -> Intake | None:
    try:
        return Intake.parse(section.text(name)) if name in section else None
    except ValueError as unreadable:
        raise section.error(name, "should be an intake, e.g. 2021-autumn") from unreadable


def _turn(section: Section) -> tuple[Month, ...]:
    try:
        return tuple(Month.parse(text) for text in section.texts("turn", []))
    except ValueError as unreadable:
        raise section.error("turn", "should be months, e.g. 2015-07") from unreadable


def build_office(key: str, section: Section, dated: Dated, folder: Path) -> OfficeSpec:
    """Read an office with its hours, as the notice writes them and as the engine counts them."""
    if len(key) != 6 or not key.isdigit():
        raise section.error("", "is called by the six digits of its territory")
    openings = tuple(_opening(opening) for opening in section.sections("open"))
    return OfficeSpec(
        key, section.text("name"), section.texts("addresses"), section.texts("phones"), section.text("hours"), openings,
        section.cites(), section.texts("covers", []),
    )  # fmt: skip


def _opening(section: Section) -> Opening:
    days = section.take("days", list)
    if not days or any(day not in _WEEK for day in days):
        raise section.error("days", "should be weekdays, 1 for Monday to 7")
    season = section.choice("season", SEASONS) if "season" in section else ""
    opening = Opening(tuple(days), _time(section, "from"), _time(section, "to"), season)
    section.close()
    return opening


def _time(section: Section, key: str) -> time:
    try:
        return time.fromisoformat(section.text(key))
    except ValueError as unreadable:
        raise section.error(key, "should be a time, e.g. 14:30") from unreadable


def build_paper(key: str, section: Section, dated: Dated, folder: Path) -> PaperSpec:
    """Read a paper; it is asked for by a clause of a service at least."""
    clauses = {service: _clauses(section, service) for service in (REPLACEMENT, VERIFICATION)}
    if not any(clauses.values()):
        raise section.error("", "which clause of which service asks for it?")
    limits = section.section("limits", {}).rest()
    if set(limits) != set(PAPER_LIMITS.get(key, ())):
        raise section.error("limits", f"should be {', '.join(PAPER_LIMITS.get(key, ())) or 'none'}")
    return PaperSpec(
        key, section.text("label"), section.choice("from", _ORIGINS), section.choice("stage", _STAGES),
        MappingProxyType(clauses), section.text("sentence", ""), MappingProxyType(limits), section.cites(),
    )  # fmt: skip


def _clauses(section: Section, service: str) -> tuple[Citation, ...]:
    """Read the clauses of one service: among those the paper cites, by their name in the notice."""
    names = section.texts(service, [])
    return tuple(cite for cite in section.peek_cites() if cite.clause in names)


def build_refusal(key: str, section: Section, dated: Dated, folder: Path) -> RefusalSpec:
    """Read a ground of refusal and the services it is one of."""
    services = section.texts("services")
    if not services or set(services) - set(PROCEDURES):
        raise section.error("services", f"choices: {', '.join(PROCEDURES)}")
    return RefusalSpec(key, section.text("label"), services, section.cites())
