"""`xueji ask`: a question about the rules, answered from the packs alone, without a database.

One JSON object asks, one answers; what cannot be answered is `{"error": …}` in words that name the choices.
"""

from __future__ import annotations

import argparse
import io
import json
import re
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any, TextIO

from xueji.core.calendar import Deadline, deadline_by_clock, deadline_for
from xueji.core.errors import BadInput, PolicyError, XuejiError
from xueji.core.facts import DETAILS, GraduateFacts, Surroundings, is_fact
from xueji.core.findings import Citation, Finding
from xueji.core.graduation import decide_graduation
from xueji.core.identifiers import normalise_resident_id
from xueji.core.months import Month
from xueji.core.names import normalise_name
from xueji.core.numbering import format_number, parse_number
from xueji.core.packs import Pack, PackView
from xueji.policy import PackLibrary, get_library

Facts = Mapping[str, Any]
Answer = dict[str, Any]
_LATEST = date.max  # a view on the last day there is shows what is in force with no end
_LONGEST_TERM = 3650
_LONGEST_DURATION = 20
_YEARS = range(1900, 9000)
_TERMS = ("spring", "autumn")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def ask(question: Mapping[str, Any], library: PackLibrary) -> Answer:
    """Answer one question; errors come back as `{"error": message}`, never as exceptions."""
    try:
        return _answer(question, library)
    except PolicyError:
        raise  # a wrong pack is our fault, not the question's
    except XuejiError as refused:
        return {"error": refused.message}


def _answer(question: Mapping[str, Any], library: PackLibrary) -> Answer:
    if not isinstance(question, Mapping):
        raise BadInput('一个问题是一个 JSON 对象，如 {"pack": …, "question": …, "facts": {…}}')
    _only(question, ("pack", "question", "facts"), "问题")
    for key in ("pack", "question"):
        if not isinstance(question.get(key), str):
            raise BadInput(f"问题缺少「{key}」；可用：{_names(_choices(library, key))}")
    pack = library.pack(question["pack"])
    facts = question.get("facts", {})
    if not isinstance(facts, Mapping):
        raise BadInput("「facts」应为 JSON 对象")
    kind = question["question"]
    if kind in NOT_PROVIDED:
        raise BadInput(f"本政策包尚未提供「{kind}」；{pack.id} 可用：{_names(QUESTIONS)}")
    if kind not in QUESTIONS:
        raise BadInput(f"没有问题「{kind}」；可用：{_names(QUESTIONS)}")
    return QUESTIONS[kind](pack, facts)


def _choices(library: PackLibrary, key: str) -> Iterable[str]:
    return [pack.id for pack in library.packs()] if key == "pack" else QUESTIONS


def answer_deadline(pack: Pack, facts: Facts) -> Answer:
    """Return the last day of a term, the days counted, and whether the holiday table reached that far."""
    _only(facts, ("from", "clock", "working_days"), "facts")
    start = _day(facts, "from", required=True)
    assert start is not None
    view = pack.on(start)
    if ("clock" in facts) == ("working_days" in facts):
        choices = _names(view.keys("clock"))
        raise BadInput(f"请在「clock」与「working_days」中给出一个；{pack.id} 的 clock：{choices}")
    cites: tuple[Citation, ...] = ()
    if "clock" in facts:
        clock = view.clock(str(facts["clock"]))
        deadline, cites = deadline_by_clock(start, clock, view.calendar), clock.cites
    else:
        deadline = deadline_for(start, _term(facts["working_days"]), view.calendar)
    return _reply(view, _deadline(deadline), cites, ())


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
    _only(facts, ("kind", "parts", "on"), "facts")
    view = pack.on(_day(facts, "on") or _LATEST)
    spec = view.numbering(_kind(view, facts))
    parts = facts.get("parts")
    if not isinstance(parts, Mapping):
        raise BadInput(f"请给出「parts」：{_names(part.name for part in spec.shape.parts)}")
    if bad := [name for name, value in parts.items() if isinstance(value, bool) or not isinstance(value, str | int)]:
        raise BadInput(f"编号的各段应为数字：{_names(bad)}")
    written = {name: spec.digits.get(name, {}).get(str(value), value) for name, value in parts.items()}
    number = format_number(spec.shape, {**spec.fixed, **written})
    return _reply(view, {"number": number}, spec.cites, ())


def answer_number_parse(pack: Pack, facts: Facts) -> Answer:
    """Return the parts of a number."""
    _only(facts, ("kind", "number", "on"), "facts")
    view = pack.on(_day(facts, "on") or _LATEST)
    spec = view.numbering(_kind(view, facts))
    number = facts.get("number")
    if not isinstance(number, str):
        raise BadInput("请以文字给出「number」（数字会丢掉前面的零）")
    return _reply(view, {"parts": parse_number(spec.shape, number)}, spec.cites, ())


def _kind(view: PackView, facts: Facts) -> str:
    kind = facts.get("kind")
    if not isinstance(kind, str):
        raise BadInput(f"请给出「kind」；{view.pack.id} 可用：{_names(view.keys('numbering'))}")
    return kind


def answer_graduation(pack: Pack, facts: Facts) -> Answer:
    """Return whether somebody graduates, and every finding that says why or why not."""
    extra = ("on", "season_year", "season_term")
    named = [name for name in facts if isinstance(name, str) and name.startswith(DETAILS) and is_fact(name)]
    _only(facts, (*GraduateFacts.__dataclass_fields__, *extra, *named), "facts")
    claimed = _graduate(facts)
    on = _day(facts, "on") or (claimed.graduation_month.first_day() if claimed.graduation_month else None)
    if on is None:
        raise BadInput("请给出「graduation_month」或「on」：规则按毕业时有效的版本判断")
    year, term = facts.get("season_year"), facts.get("season_term")
    if year is not None and (isinstance(year, bool) or not isinstance(year, int)):
        raise BadInput(f"「season_year」应为整数年份，现为 {year!r}")
    if term is not None and term not in _TERMS:
        raise BadInput(f"「season_term」应为 {_names(_TERMS)}，现为 {term!r}")
    view = pack.on(on)
    if not view.rules("graduate"):
        raise BadInput(f"政策包 {pack.id} 在 {on} 没有毕业审核的规则")
    decision = decide_graduation(claimed, view, Surroundings(season_year=year, season_term=term, on=on))
    cites = dict.fromkeys(cite for finding in decision.findings for cite in finding.cites)
    answer = {"outcome": decision.outcome.value, "label": decision.outcome.label}
    return _reply(view, answer, tuple(cites) or _all_cites(view), decision.findings)


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
        raise BadInput(f"「details」的各项应为文字或数字：{_names(bad)}")
    return {name: str(value).strip() for name, value in details.items()}


def _years(text: str) -> Decimal:
    years = Decimal(text)
    if not (years.is_finite() and 0 < years <= _LONGEST_DURATION):
        raise ValueError(f"no such duration: {text}")
    return years


QUESTIONS: Mapping[str, Callable[[Pack, Facts], Answer]] = {
    "deadline": answer_deadline,
    "number.format": answer_number_format,
    "number.parse": answer_number_parse,
    "graduation": answer_graduation,
}
NOT_PROVIDED = ("authority", "evidence", "duration", "change")


def _reply(view: PackView, answer: Answer, cites: Sequence[Citation], findings: Sequence[Finding]) -> Answer:
    return {
        "answer": answer,
        "cites": [_cite(view, c) for c in cites],
        "findings": [_finding(view, f) for f in findings],
    }


def _cite(view: PackView, cite: Citation) -> Answer:
    source, text = view.clause(cite)
    return {"source": source.number, "clause": cite.clause, "text": text}


def _finding(view: PackView, finding: Finding) -> Answer:
    return {
        "rule": finding.rule,
        "severity": finding.severity.value,
        "field": finding.field,
        "message": finding.message,
        "remedy": finding.remedy,
        "cites": [{"source": view.sources[c.source].number, "clause": c.clause} for c in finding.cites],
    }


def _only(given: Mapping[str, Any], known: Sequence[str], what: str) -> None:
    if unknown := [str(key) for key in given if key not in known]:
        raise BadInput(f"{what}中没有「{_names(unknown)}」；可用：{_names(known)}")


def _names(names: Iterable[str]) -> str:
    return "、".join(names) or "无"


def _day(facts: Facts, key: str, *, required: bool = False) -> date | None:
    value = facts.get(key)
    if value is None and not required:
        return None
    if isinstance(value, str) and _DATE.fullmatch(value):
        try:
            day = date.fromisoformat(value)
        except ValueError as impossible:
            raise BadInput(f"「{key}」没有这一天：{value}") from impossible
        if day.year in _YEARS:
            return day
    raise BadInput(f"「{key}」应为日期，如 2024-09-24；现为 {value!r}")


def run_jsonl(stdin: Iterable[str], stdout: TextIO, library: PackLibrary | None = None) -> int:
    """Answer one question a line, an answer or an error a line; return 0: each line tells how it went."""
    packs = library or get_library()
    for line in stdin:
        if not line.strip():
            continue
        try:
            question = json.loads(line)
        except (ValueError, RecursionError) as unreadable:  # ValueError: also an integer beyond all bounds
            stdout.write(_line({"error": f"这一行不是 JSON：{unreadable}"}))
        else:
            stdout.write(_line(ask(question, packs)))
        stdout.flush()
    return 0


def _line(reply: Answer) -> str:
    """Write an answer on one line; half of a surrogate pair, which UTF-8 cannot hold, stays escaped."""
    text = json.dumps(reply, ensure_ascii=False)
    if not text.isascii() and any("\ud800" <= character <= "\udfff" for character in text):
        text = json.dumps(reply)
    return text + "\n"


def main(argv: Sequence[str] | None = None) -> int:
    """Run `xueji ask`: questions as JSON lines from standard input or a file, or one on the command line."""
    parser = argparse.ArgumentParser(
        prog="xueji ask",
        description="Answer rule questions from the policy packs alone (no database).",
        epilog=f"questions: {', '.join(QUESTIONS)}; packs: {', '.join(p.id for p in get_library().packs())}",
    )
    parser.add_argument("source", nargs="?", default="-", help="file of JSON lines, «-» for standard input (default)")
    parser.add_argument(
        "--json", action="store_true", help="answers as JSON lines (the only form; accepted for scripts)"
    )
    parser.add_argument("--pack", help="ask one question: the pack")
    parser.add_argument("--question", help="ask one question: its name")
    parser.add_argument("--facts", default="{}", help="ask one question: its facts as a JSON object")
    options = parser.parse_args(argv)
    if options.pack or options.question:
        try:
            facts = json.loads(options.facts)
        except ValueError as unreadable:
            parser.error(f"--facts is not JSON: {unreadable}")
        one = {"pack": options.pack, "question": options.question, "facts": facts}
        reply = ask(one, get_library())
        sys.stdout.write(json.dumps(reply, ensure_ascii=False, indent=None if options.json else 2) + "\n")
        return 2 if "error" in reply else 0
    for stream in (sys.stdin, sys.stdout):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="replace")
    if options.source == "-":
        return run_jsonl(sys.stdin, sys.stdout)
    try:
        with open(options.source, encoding="utf-8", errors="replace") as stream:  # noqa: PTH123  # a name as typed, which may be a pipe
            return run_jsonl(stream, sys.stdout)
    except OSError as unreadable:
        parser.error(f"{options.source}: {unreadable.strerror}")


if __name__ == "__main__":
    sys.exit(main())
