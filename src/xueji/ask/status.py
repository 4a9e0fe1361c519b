"""Questions about student status: durations, changes, windows, filing, who decides on somebody registered twice."""

from __future__ import annotations

from decimal import Decimal

from xueji.ask.facts import (
    LATEST,
    Facts,
    count,
    day,
    flag,
    intake,
    only,
    place,
    required_day,
    required_flag,
    required_intake,
    word,
    years,
)
from xueji.ask.replies import Answer, reply
from xueji.core.decisions.changes import decide_change
from xueji.core.decisions.durations import decide_duration
from xueji.core.decisions.filing import DUPLICATES, decide_filing, decider_of_duplicate, span_of
from xueji.core.errors import BadInput
from xueji.core.packs import Pack, PackView
from xueji.core.routing import Office
from xueji.core.rules.changes import REASONS
from xueji.core.status.durations import SHORTEST
from xueji.core.status.facts import ChangeFacts, FilingFacts, RouteStep, StudyFacts
from xueji.core.status.territories import Territory, code_of
from xueji.core.status_specs import ChangeSpec, EvidenceSpec
from xueji.core.status_words import CHANGES, FULL_TIME, ORIGINS, SCHOOLS_LEFT, STATUSES, STUDY_MODES, VOCATIONAL

_DUPLICATE_CLOCK = "duplicate_decided"


def _known(kind: type[StudyFacts | ChangeFacts | FilingFacts]) -> tuple[str, ...]:
    """Return the names of the facts a question takes: those of its facts, and `on`."""
    return tuple(dict.fromkeys([*kind.__dataclass_fields__, "on"]))


def answer_duration(pack: Pack, facts: Facts) -> Answer:
    """Return which durations the law allows somebody, and whether the proposed one is."""
    only(facts, _known(StudyFacts))
    view = pack.on(day(facts, "on") or LATEST)
    decision = decide_duration(
        StudyFacts(
            origin=word(facts, "origin", ORIGINS),
            entered=required_intake(facts, "entered"),
            study_mode=word(facts, "study_mode", STUDY_MODES, FULL_TIME),
            birth_date=day(facts, "birth_date"),
            approved=flag(facts, "approved"),
            junior_term=_junior_term(facts),
            original_duration=years(facts, "original_duration"),
            approved_duration=years(facts, "approved_duration"),
            remaining_years=years(facts, "remaining_years", may_be_zero=True),
            early_years=_half_years(facts, "early_years"),
            credit_system=flag(facts, "credit_system"),
            credits_complete=flag(facts, "credits_complete"),
            authority_approved=flag(facts, "authority_approved"),
            duration_years=years(facts, "duration_years"),
        ),
        view,
    )
    intervals = [{"min": _number(interval.least), "max": _number(interval.most)} for interval in decision.intervals]
    answer = {"durations": intervals, "allowed": decision.allowed}
    return reply(view, answer, decision.cites, decision.findings, decision.readings)


def _half_years(facts: Facts, key: str) -> Decimal | None:
    read = years(facts, key, may_be_zero=True)
    if read is not None and read % SHORTEST:
        raise BadInput(f"「{key}」以半年为单位，如 0.5 或 1；现为 {read}")
    return read


def _number(value: object) -> int | float:
    number = float(str(value))
    return int(number) if number.is_integer() else number


def _junior_term(facts: Facts) -> int | None:
    term = count(facts, "junior_term")
    if term is not None and term > 6:
        raise BadInput(f"「junior_term」应为 1 至 6，现为 {term}")
    return term


def answer_change(pack: Pack, facts: Facts) -> Answer:
    """Return whether a change of status is allowed, its route and its papers."""
    only(facts, _known(ChangeFacts))
    on = required_day(facts, "on")
    view = pack.on(on)
    view.entry(
        "change", word(facts, "change", CHANGES), ChangeSpec
    )  # before the places: no change, no places to look up
    decision = decide_change(_change_facts(facts, view), view)
    answer = {
        "allowed": decision.allowed,
        "to_status": decision.to_status,
        "route": [_step(step) for step in decision.route],
        "evidence": [_paper(paper, view) for paper in decision.evidence],
    }
    return reply(view, answer, decision.cites, decision.findings, decision.readings)


def _change_facts(facts: Facts, view: PackView) -> ChangeFacts:
    return ChangeFacts(
        status=word(facts, "status", STATUSES),
        change=word(facts, "change", CHANGES),
        on=view.day,
        from_school=word(facts, "from_school", SCHOOLS_LEFT, VOCATIONAL),
        students=count(facts, "students", 1) or 1,
        from_authority=place(facts, "from_authority", view),
        to_authority=place(facts, "to_authority", view),
        authority=place(facts, "authority", view),
        province_managed=bool(flag(facts, "province_managed")),
        graduating_year=bool(flag(facts, "graduating_year")),
        compulsory=bool(flag(facts, "compulsory")),
        reason=word(facts, "reason", REASONS, "") or None,
        absent_since=day(facts, "absent_since"),
        leave_granted=flag(facts, "leave_granted"),
        delayed_years=count(facts, "delayed_years", 0, least=0) or 0,
        remaining_years=years(facts, "remaining_years", may_be_zero=True),
        autumn_term_starts=day(facts, "autumn_term_starts"),
        junior_term=_junior_term(facts),
        study_mode=word(facts, "study_mode", STUDY_MODES, FULL_TIME),
    )


def _step(step: RouteStep) -> Answer:
    territory = code_of(step.office) if step.office else None
    return {
        "by": step.by, "level": step.level, "territory": territory, "act": step.act, "working_days": step.working_days,
    }  # fmt: skip


def _paper(paper: EvidenceSpec, view: PackView) -> Answer:
    cites = [{"source": view.sources[cite.source].number, "clause": cite.clause} for cite in paper.cites]
    return {
        "id": paper.key, "label": paper.label, "required": True, "why": paper.label, "cites": cites,
        "from": paper.origin, "stage": "application", "copies": 1, "sentence": None, "any_of": None,
    }  # fmt: skip


def answer_window(pack: Pack, facts: Facts) -> Answer:
    """Return the days of a window, and whether a day lies in it."""
    only(facts, ("window", "on", "intake"))
    on, key = required_day(facts, "on"), facts.get("window")
    view = pack.on(on)
    if not isinstance(key, str):
        raise BadInput("请给出「window」，如 registration、filing")
    span = span_of(key, on, intake(facts, "intake"), view)
    answer = {"open": on in span, "opens": _iso(span.opens), "closes": _iso(span.closes)}
    return reply(view, answer, span.cites, (), span.readings)


def _iso(value: object) -> str | None:
    return None if value is None else str(value)


def answer_filing(pack: Pack, facts: Facts) -> Answer:
    """Return whether a registered student is filed, and what is next if not."""
    only(facts, _known(FilingFacts))
    on = required_day(facts, "on")
    view = pack.on(on)
    decision = decide_filing(
        FilingFacts(
            intake=required_intake(facts, "intake"),
            on=on,
            licensed=required_flag(facts, "licensed"),
            information_correct=required_flag(facts, "information_correct"),
            duplicate=word(facts, "duplicate", DUPLICATES),
            correctable=flag(facts, "correctable"),
        ),
        view,
    )
    answer = {"filed": decision.filed, "next": decision.next, "diploma_possible": decision.filed}
    return reply(view, answer, decision.cites, decision.findings, decision.readings)


def answer_duplicate(pack: Pack, facts: Facts) -> Answer:
    """Return who decides on somebody registered at two schools, and in how many working days."""
    only(facts, ("authorities", "both_approve", "on"))
    view = pack.on(day(facts, "on") or LATEST)
    codes = facts.get("authorities")
    if not isinstance(codes, list) or len(codes) != 2:
        raise BadInput("请给出「authorities」：双方学籍主管部门的两个行政区划代码")
    first, second = (place({"authorities": code}, "authorities", view) for code in codes)
    if first is None or second is None:
        raise BadInput("请给出「authorities」：双方学籍主管部门的两个行政区划代码")
    clock = view.clock(_DUPLICATE_CLOCK)
    found = decider_of_duplicate((first, second), both_approve=required_flag(facts, "both_approve"))
    answer = {"decided_by": _decider(found), "working_days": clock.days}
    return reply(view, answer, clock.cites, (), view.readings_of(f"clocks.{clock.key}"))


def _decider(office: Office | None) -> Answer | None:
    return {"level": office.level, "territory": Territory(code_of(office), office.level).code} if office else None
