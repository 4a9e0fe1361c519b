"""Who issues a replacement certificate, which papers an application needs, whether an office is open."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, time, timedelta
from typing import cast

from xueji.core.errors import BadInput
from xueji.core.facts import Surroundings
from xueji.core.findings import Citation, Finding, errors_of
from xueji.core.intakes import Intake
from xueji.core.months import Month
from xueji.core.packs import PackView, Reading
from xueji.core.rules.registry import run_rules
from xueji.core.service_specs import REPLACEMENT, IssuerSpec, OfficeSpec, Opening, ServiceSpec
from xueji.core.services.facts import IssuerFacts, PaperFacts
from xueji.core.services.required_papers import Paper, papers_for
from xueji.core.status.facts import required
from xueji.core.status.territories import CITY, COUNTY, PROVINCE, Territory

_SATURDAY = 6
_DAYS_AHEAD = 31  # an office open once a week is open again after the longest holidays


@dataclass(frozen=True, slots=True)
class IssuerDecision:
    """Who issues: at which level, which office; nobody where the diploma is out of scope."""

    level: str | None
    office: OfficeSpec | None
    findings: tuple[Finding, ...]
    cites: tuple[Citation, ...]
    readings: tuple[Reading, ...]


def decide_issuer(facts: IssuerFacts, view: PackView) -> IssuerDecision:
    """Return who issues the replacement of a diploma (S0-06 … S0-10); BadInput names a fact the table needs."""
    spec = view.entry("issuer", facts.category, IssuerSpec)
    findings = tuple(finding for _, finding in run_rules(view, "authority", facts, Surroundings()))
    path = f"issuers.{spec.key}"
    readings = list(view.readings_of(path))
    if errors_of(findings):
        return IssuerDecision(None, None, findings, spec.cites, tuple(readings))
    level = facts.sealed_by if spec.seal_decides and facts.sealed_by else _by_table(facts, spec)
    if facts.sealed_by and facts.sealed_by != level:
        readings += view.readings_of(path, "seal_contradicts")
    month = facts.entered_month
    if facts.entered is not None and not spec.is_of_time(facts.entered):
        readings += view.readings_of(path, "outside")
    if month in spec.turn:
        readings += view.readings_of(path, "summer_of_turn")
    centre = f"{view.pack.territory[:2]}0000"
    office = view.entry("office", centre, OfficeSpec) if level == PROVINCE else _office_of(facts, view)
    if facts.place is not None and facts.place.code in office.covers:
        readings += view.readings_of(f"offices.{office.key}", "covers")
    cites = tuple(dict.fromkeys([*spec.cites, *office.cites]))
    return IssuerDecision(level, office, findings, cites, tuple(readings))


def _by_table(facts: IssuerFacts, spec: IssuerSpec) -> str:
    if spec.basis == "always":
        return spec.level
    if spec.basis == "entered":
        return PROVINCE if required(facts, "entered", Intake) <= Intake.parse(spec.province_until) else CITY
    return PROVINCE if required(facts, "graduated", Month).year <= int(spec.province_until) else CITY


def _office_of(facts: IssuerFacts, view: PackView) -> OfficeSpec:
    """Return the office of the school's place: a county's is that of its prefecture."""
    place = required(facts, "place", Territory)
    if place.code[:2] != view.pack.territory[:2]:
        raise BadInput(f"「place」{place.code} 不在本省，请向学校所在省咨询")
    if place.level == PROVINCE:
        raise BadInput("「place」应为学校所在的市、县（六位行政区划代码），不是省")
    return view.entry("office", place.code if place.level != COUNTY else f"{place.code[:4]}00", OfficeSpec)


@dataclass(frozen=True, slots=True)
class PaperDecision:
    """What somebody must bring, and how; `first` is what is to be had before."""

    refused: bool
    first: str | None
    papers: tuple[Paper, ...]
    service: ServiceSpec
    findings: tuple[Finding, ...]
    cites: tuple[Citation, ...]
    readings: tuple[Reading, ...]


def decide_papers(facts: PaperFacts, view: PackView) -> PaperDecision:
    """Return which papers an application needs (S0-11 … S0-36), or why it is refused."""
    findings = tuple(finding for _, finding in run_rules(view, "papers", facts, Surroundings()))
    service = view.entry("service", facts.procedure, ServiceSpec)
    if errors_of(findings):
        of_findings = tuple(dict.fromkeys(cite for finding in findings for cite in finding.cites))
        return PaperDecision(True, None, (), service, findings, of_findings, ())
    papers, readings = papers_for(facts, view)
    rules = {finding.rule for finding in findings}
    first = REPLACEMENT if "verification.diploma_or_replacement_held" in rules else None
    cites = [*service.cites, *(cite for paper in papers for cite in paper.spec.clauses[facts.procedure])]
    return PaperDecision(False, first, papers, service, findings, tuple(dict.fromkeys(cites)), readings)


def measures_against_forgery(*, employer_known: bool, school_helped: bool) -> tuple[str, ...]:
    """Return what follows where papers were forged (三（四）3)."""
    follow_up = "notice_employer" if employer_known else "dishonest_list"
    return ("blacklist", "publication", follow_up, *(("notice_discipline",) if school_helped else ()))


def is_open(office: OfficeSpec, day: date, at: time, view: PackView) -> tuple[bool, tuple[Reading, ...]]:
    """Whether an office takes applications on a day at a time of its place: a statutory working day among its weekdays, within its hours.

    Both ends belong to the hours.
    """
    hours, readings = hours_on(office, day, view)
    return any(hour.opens <= at <= hour.closes for hour in hours), readings


def hours_on(office: OfficeSpec, day: date, view: PackView) -> tuple[tuple[Opening, ...], tuple[Reading, ...]]:
    """Return the hours of an office on a day, in the order of the day; none on a day off.

    The notice says «winter» and «summer» and not from when: our reading, told where the month leaves a doubt and it matters.
    """
    seasons = cast("dict[str, list[int]]", view.value("office_seasons"))
    season = "summer" if day.month in seasons["summer"] else "winter"
    readings: list[Reading] = []
    if day.month in seasons["doubtful"] and any(opening.season for opening in office.openings):
        readings += view.readings_of("values.office_seasons")
    if not view.calendar.is_working_day(day):
        return (), tuple(readings)
    if day.isoweekday() >= _SATURDAY:  # worked in exchange for another day
        readings += view.readings_of("values.office_makeup_days")
        if view.value("office_makeup_days") == "closed":
            return (), tuple(readings)
    hours = [
        opening for opening in office.openings if day.isoweekday() in opening.days and opening.season in ("", season)
    ]
    return tuple(sorted(hours, key=lambda hour: hour.opens)), tuple(readings)


@dataclass(frozen=True, slots=True)
class NextHours:
    """The hours in which one may come to an office next: on which day, from when, until when; whether they have begun."""

    day: date
    hours: Opening
    is_begun: bool
    readings: tuple[Reading, ...]


def next_hours(office: OfficeSpec, day: date, at: time, view: PackView) -> NextHours | None:
    """Return the hours of an office that run at a time, or else those that come next; None: none within the days looked at."""
    for ahead in range(_DAYS_AHEAD):
        coming = day + timedelta(days=ahead)
        hours, readings = hours_on(office, coming, view)
        for hour in hours:
            if ahead or at <= hour.closes:
                return NextHours(coming, hour, not ahead and hour.opens <= at, readings)
    return None
