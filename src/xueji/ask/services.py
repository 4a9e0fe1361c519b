"""Questions about services for graduates: who issues a replacement, which papers, whether an office is open, forgery."""

from __future__ import annotations

import re
from datetime import date, time

from xueji.ask.facts import (
    LATEST,
    Facts,
    day,
    flag,
    intake,
    month,
    month_of_intake,
    names,
    only,
    place,
    required_flag,
    word,
    words,
    years,
)
from xueji.ask.replies import Answer, reply
from xueji.core.decisions.services import decide_issuer, decide_papers, is_open, measures_against_forgery
from xueji.core.errors import BadInput
from xueji.core.packs import Pack, PackView
from xueji.core.service_specs import PROCEDURES, VERIFICATION, OfficeSpec, ServiceSpec
from xueji.core.services.facts import (
    DIPLOMAS,
    FORMS,
    HELD,
    MISMATCHES,
    REPLACEMENT_HELD,
    SCHOOL_STATES,
    SEALS,
    IssuerFacts,
    PaperFacts,
)
from xueji.core.services.required_papers import Paper
from xueji.core.status.territories import code_of

_SCHOOL = {"operating": "school", "merged": "successor_school", "closed": "custodian"}
_MOMENT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}")
_PAPER_FACTS = (*PaperFacts.__dataclass_fields__, "on")


def _categories(view: PackView) -> tuple[str, ...]:
    if not (known := view.keys("issuer")):
        raise BadInput(f"政策包 {view.pack.id} {view.when}没有学历证明书的规定")
    return known


def answer_authority(pack: Pack, facts: Facts) -> Answer:
    """Return who issues the replacement certificate, and how to reach them."""
    only(facts, ("category", "entered", "graduated", "place", "sealed_by", "on"))
    view = pack.on(day(facts, "on") or LATEST)
    asked = IssuerFacts(
        category=word(facts, "category", _categories(view)),
        entered=intake(facts, "entered"),
        entered_month=month_of_intake(facts, "entered"),
        graduated=month(facts, "graduated"),
        place=place(facts, "place", view),
        sealed_by=word(facts, "sealed_by", SEALS, "") or None,
    )
    decision = decide_issuer(asked, view)
    office = decision.office
    answer = {
        "level": decision.level,
        "territory": office.key if office else None,
        "office": office.name if office else None,
        "contact": _contact(office) if office else None,
    }
    return reply(view, answer, decision.cites, decision.findings, decision.readings)


def _contact(office: OfficeSpec) -> Answer:
    return {"addresses": list(office.addresses), "phones": list(office.phones), "hours": office.hours}


def answer_evidence(pack: Pack, facts: Facts) -> Answer:
    """Return which papers an application needs, from whom, in how many copies."""
    only(facts, _PAPER_FACTS)
    view = pack.on(day(facts, "on") or LATEST)
    asked = PaperFacts(
        procedure=word(facts, "procedure", PROCEDURES),
        category=word(facts, "category", _categories(view)),
        diploma=word(facts, "diploma", DIPLOMAS),
        admission_form=word(facts, "admission_form", FORMS, HELD),
        admission_office_copy=flag(facts, "admission_office_copy"),
        entered=intake(facts, "entered"),
        graduated=month(facts, "graduated"),
        duration_years=years(facts, "duration_years"),
        health_major=bool(flag(facts, "health_major")),
        programme=_text(facts, "programme"),
        mismatch=words(facts, "mismatch", MISMATCHES),
        identity_changed=bool(flag(facts, "identity_changed")),
        school_status=word(facts, "school_status", SCHOOL_STATES, SCHOOL_STATES[0]),
    )
    if asked.diploma == REPLACEMENT_HELD and asked.procedure != VERIFICATION:
        raise BadInput(f"「diploma」的 {REPLACEMENT_HELD} 只用于学历认证；已有学历证明书的不再补办")
    decision = decide_papers(asked, view)
    answer = {
        "refused": decision.refused,
        "first": decision.first,
        "items": [_item(paper, asked, view) for paper in decision.papers],
        "channels": list(decision.service.channels),
        "portal": decision.service.portal or None,
    }
    return reply(view, answer, decision.cites, decision.findings, decision.readings)


def _text(facts: Facts, key: str) -> str:
    value = facts.get(key, "")
    if not isinstance(value, str):
        raise BadInput(f"「{key}」应为文字，现为 {value!r}")
    return value.strip()


def _item(paper: Paper, asked: PaperFacts, view: PackView) -> Answer:
    spec = paper.spec
    cites = spec.clauses[asked.procedure]
    return {
        "id": spec.key,
        "label": spec.label,
        "required": True,
        "why": "；".join(f"{view.sources[cite.source].number} {cite.clause}" for cite in cites),
        "cites": [{"source": view.sources[cite.source].number, "clause": cite.clause} for cite in cites],
        "from": _SCHOOL[asked.school_status] if spec.origin == "school" else spec.origin,
        "stage": spec.stage,
        "copies": paper.copies,
        "sentence": spec.sentence or None,
        "any_of": list(paper.any_of) or None,
    }


def answer_office(pack: Pack, facts: Facts) -> Answer:
    """Return whether an office takes applications at a time."""
    only(facts, ("territory", "at", "on"))
    on, at = _moment(facts, "at")
    view = pack.on(day(facts, "on") or on)
    _categories(view)
    territory = place(facts, "territory", view)
    if territory is None:
        raise BadInput(f"请给出「territory」：受理机构所在地的行政区划代码；可用：{names(view.keys('office'))}")
    office = view.entry("office", code_of(territory.office), OfficeSpec)
    found, readings = is_open(office, on, at, view)
    answer = {"open": found, "office": office.name, **_contact(office)}
    return reply(view, answer, office.cites, (), readings)


def _moment(facts: Facts, key: str) -> tuple[date, time]:
    """Return a day and a time of the place, «2022-03-01T09:30»."""
    value = facts.get(key)
    if isinstance(value, str) and _MOMENT.fullmatch(value):
        try:
            return date.fromisoformat(value[:10]), time.fromisoformat(value[11:])
        except ValueError as impossible:
            raise BadInput(f"「{key}」没有这个时间：{value}") from impossible
    raise BadInput(f"「{key}」应为当地时间，如 2022-03-01T09:30；现为 {value!r}")


def answer_sanction(pack: Pack, facts: Facts) -> Answer:
    """Return what follows where papers were forged."""
    only(facts, ("forged", "employer_known", "school_helped", "on"))
    view = pack.on(day(facts, "on") or LATEST)
    _categories(view)
    cites = view.entry("service", "sanction", ServiceSpec).cites
    if not required_flag(facts, "forged"):
        return reply(view, {"measures": []}, cites, ())
    measures = measures_against_forgery(
        employer_known=required_flag(facts, "employer_known"), school_helped=bool(flag(facts, "school_helped"))
    )
    return reply(view, {"measures": list(measures)}, cites, ())
