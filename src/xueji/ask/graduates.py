"""Questions about graduates: terms, numbers, whether somebody graduates."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from xueji.ask.facts import LATEST, Facts, day, names, only
from xueji.ask.replies import Answer, reply
from xueji.core.calendar import Deadline, deadline_by_clock, deadline_for
from xueji.core.errors import BadInput
from xueji.core.facts import DETAILS, GraduateFacts, Surroundings, is_fact
from xueji.core.findings import Citation
from xueji.core.graduation import decide_graduation
from xueji.core.identifiers import normalise_resident_id
from xueji.core.months import Month
from xueji.core.names import normalise_name
from xueji.core.numbering import format_number
from xueji.core.packs import Pack, PackView
from xueji.core.typed_numbers import parse_typed

_LONGEST_TERM = 3650
_LONGEST_DURATION = 20
_TERMS = ("spring", "autumn")


def answer_deadline(pack: Pack, facts: Facts) -> Answer:
    """Return the last day of a term, the days counted, and whether the holiday table reached that far."""
    only(facts, ("from", "clock", "working_days", "on"))
    start = day(facts, "from", required=True)
    assert start is not None
    view = pack.on(day(facts, "on") or start)
    if ("clock" in facts) == ("working_days" in facts):
        choices = names(view.keys("clock"))
        raise BadInput(f"请在「clock」与「working_days」中给出一个；{pack.id} 的 clock：{choices}")
    cites: tuple[Citation, ...] = ()
    if "clock" in facts:
        clock = view.clock(str(facts["clock"]))
        deadline, cites = deadline_by_clock(start, clock, view.calendar), clock.cites
    else:
        deadline = deadline_for(start, _term(facts["working_days"]), view.calendar)
    readings = view.readings_of(f"clocks.{facts['clock']}") if "clock" in facts else []
    return reply(view, _deadline(deadline), cites, (), readings)


def _term(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= _LONGEST_TERM:
        raise BadInput(f"「working_days」应为 1 至 {_LONGEST_TERM} 的整数，现为 {value!r}")
    return value


def _deadline(deadline: Deadline) -> Answer:
    return {
        "date": deadline.on.isoformat(),
        "days": [day.isoformat() for day in deadline.days],
        "provisional": deadline.provisional,
    }


def answer_number_format(pack: Pack, facts: Facts) -> Answer:
    """Return a number written from its parts; parts that the pack fixes need not be given, words become their digits."""
    only(facts, ("kind", "parts", "on"))
    view = pack.on(day(facts, "on") or LATEST)
    spec = view.numbering(_kind(view, facts))
    parts = facts.get("parts")
    if not isinstance(parts, Mapping):
        raise BadInput(f"请给出「parts」：{names(part.name for part in spec.shape.parts)}")
    if bad := [name for name, value in parts.items() if isinstance(value, bool) or not isinstance(value, str | int)]:
        raise BadInput(f"编号的各段应为数字：{names(bad)}")
    written = {name: spec.digits.get(name, {}).get(str(value), value) for name, value in parts.items()}
    number = format_number(spec.shape, {**spec.fixed, **written})
    return reply(view, {"number": number}, spec.cites, (), view.readings_of(f"numbering.{spec.kind}"))


def answer_number_parse(pack: Pack, facts: Facts) -> Answer:
    """Return the parts of a number."""
    only(facts, ("kind", "number", "on"))
    view = pack.on(day(facts, "on") or LATEST)
    spec = view.numbering(_kind(view, facts))
    number = facts.get("number")
    if not isinstance(number, str):
        raise BadInput("请以文字给出「number」（数字会丢掉前面的零）")
    parts = parse_typed(spec.shape, number)
    return reply(view, {"parts": parts}, spec.cites, (), view.readings_of(f"numbering.{spec.kind}"))


def _kind(view: PackView, facts: Facts) -> str:
    kind = facts.get("kind")
    if not isinstance(kind, str):
        raise BadInput(f"请给出「kind」；{view.pack.id} 可用：{names(view.keys('numbering'))}")
    return kind


def answer_graduation(pack: Pack, facts: Facts) -> Answer:
    """Return whether somebody graduates, and every finding that says why or why not."""
    extra = ("on", "season_year", "season_term")
    named = [name for name in facts if isinstance(name, str) and name.startswith(DETAILS) and is_fact(name)]
    only(facts, (*GraduateFacts.__dataclass_fields__, *extra, *named))
    claimed = _graduate(facts)
    on = day(facts, "on") or (claimed.graduation_month.first_day() if claimed.graduation_month else None)
    if on is None:
        raise BadInput("请给出「graduation_month」或「on」：规则按毕业时有效的版本判断")
    year, term = facts.get("season_year"), facts.get("season_term")
    if year is not None and (isinstance(year, bool) or not isinstance(year, int)):
        raise BadInput(f"「season_year」应为整数年份，现为 {year!r}")
    if term is not None and term not in _TERMS:
        raise BadInput(f"「season_term」应为 {names(_TERMS)}，现为 {term!r}")
    view = pack.on(on)
    if not view.rules("graduate"):
        raise BadInput(f"政策包 {pack.id} 在 {on} 没有毕业审核的规则")
    decision = decide_graduation(claimed, view, Surroundings(season_year=year, season_term=term, on=on))
    cites = dict.fromkeys(cite for finding in decision.findings for cite in finding.cites)
    answer = {"outcome": decision.outcome.value, "label": decision.outcome.label}
    readings = [reading for finding in decision.findings for reading in view.readings_of(f"rules.{finding.rule}")]
    return reply(view, answer, tuple(cites) or _all_cites(view), decision.findings, readings)


def _all_cites(view: PackView) -> tuple[Citation, ...]:
    return tuple(dict.fromkeys(cite for switch in view.rules("graduate") for cite in switch.cites))


def _graduate(facts: Facts) -> GraduateFacts:
    readers: dict[str, Callable[[str], object]] = {
        "birth_date": date.fromisoformat,
        "entry_month": Month.parse,
        "graduation_month": Month.parse,
        "duration_years": _years,
        "resident_id": normalise_resident_id,
        "name": normalise_name,
    }
    read: dict[str, Any] = {}
    for name in GraduateFacts.__dataclass_fields__:
        value = facts.get(name)
        if value is None or name == "details":
            continue
        if isinstance(value, bool) or not isinstance(value, str | int | float | Decimal):
            raise BadInput(f"「{name}」应为文字或数字")
        try:
            read[name] = readers.get(name, str.strip)(str(value))
        except (ValueError, InvalidOperation) as unreadable:
            raise BadInput(f"「{name}」读不懂：{value!r}（日期如 2019-07-08，年月如 2019-07）") from unreadable
    return GraduateFacts(**read, details=_details(facts))


def _details(facts: Facts) -> dict[str, str]:
    """Read what only some packs ask for: an object under «details», or facts called «details.graduate_level»."""
    given = facts.get("details") or {}
    if not isinstance(given, Mapping):
        raise BadInput("「details」应为 JSON 对象")
    named = {name.removeprefix(DETAILS): value for name, value in facts.items() if name.startswith(DETAILS)}
    details = {str(name): value for name, value in {**given, **named}.items() if value is not None}
    if bad := [name for name, value in details.items() if isinstance(value, bool) or not isinstance(value, str | int)]:
        raise BadInput(f"「details」的各项应为文字或数字：{names(bad)}")
    return {name: str(value).strip() for name, value in details.items()}


def _years(text: str) -> Decimal:
    years = Decimal(text)
    if not (years.is_finite() and 0 < years <= _LONGEST_DURATION):
        raise ValueError(f"no such duration: {text}")
    return years
