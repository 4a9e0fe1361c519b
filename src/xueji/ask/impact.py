"""What a change of the law's data does before it takes force: two versions of a pack are asked about the same people.

A version is `PACK`, `PACK@YYYY-MM-DD` (as in force on that day), or either behind `FOLDER#` (a library that is not in
force yet). A question whose answer, outcome or findings are not the same under both is a change; other clauses for the
same answer are counted apart.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from xueji.ask import QUESTIONS
from xueji.ask.facts import Facts
from xueji.ask.replies import Answer
from xueji.core.errors import BadInput, PolicyError, XuejiError
from xueji.core.packs import Pack
from xueji.policy import get_library, load_packs

_KEYS = ("question", "facts", "student", "school", "diploma", "pack")
_WHO = ("student", "school", "diploma")


@dataclass(frozen=True)
class PackVersion:
    """A pack, and the day on which it is asked (None: the day of each question's own facts)."""

    text: str
    pack: Pack
    on: date | None = None

    def answer(self, asked: AskedOf) -> Answer:
        """Return the reply of this version; what it cannot answer is `{"error": …}`."""
        facts = {**asked.facts, "on": self.on.isoformat()} if self.on else asked.facts
        try:
            return QUESTIONS[asked.question](self.pack, facts)
        except PolicyError:
            raise  # a wrong pack is our fault, not the question's
        except XuejiError as refused:
            return {"error": refused.message}


@dataclass(frozen=True, slots=True)
class AskedOf:
    """A question about somebody: where it stands in the population, and whom it is about."""

    line: int
    question: str
    facts: Facts
    who: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Changed:
    """A question that the two versions answer differently."""

    asked: AskedOf
    before: object
    after: object
    new_findings: tuple[str, ...]
    gone_findings: tuple[str, ...]

    @property
    def sentence(self) -> str:
        """The change in one line."""
        parts = []
        if self.before != self.after:
            parts.append(f"原为 {_plain(self.before)}，改为 {_plain(self.after)}")
        parts += [f"新增：{text}" for text in self.new_findings]
        parts += [f"不再有：{text}" for text in self.gone_findings]
        return "；".join(parts)


@dataclass
class Impact:
    """What changes in a population; rows beyond the limit are counted and not kept."""

    row_limit: int
    asked: Counter[str] = field(default_factory=Counter)  # by question
    changed_by_question: Counter[str] = field(default_factory=Counter)
    changed_rules: Counter[str] = field(default_factory=Counter)
    everybody: dict[str, set[str]] = field(default_factory=lambda: {kind: set() for kind in _WHO})
    affected: dict[str, set[str]] = field(default_factory=lambda: {kind: set() for kind in _WHO})
    other_clauses: int = 0
    rows: list[Changed] = field(default_factory=list)
    left_out: int = 0

    @property
    def is_nothing(self) -> bool:
        """Whether nobody's answer changes."""
        return not self.changed_by_question


def read_version(text: str) -> PackVersion:
    """Return the version that a text names; BadInput says what in it is not understood."""
    folder, _, name = text.rpartition("#")
    pack_id, at, day = name.partition("@")
    if folder and not Path(folder).is_dir():
        raise BadInput(f"没有这个政策包目录：{folder}")
    library = load_packs(Path(folder)) if folder else get_library()
    try:
        on = date.fromisoformat(day) if at else None
    except ValueError as unreadable:
        raise BadInput(f"「{text}」的日期应写作 2026-03-01") from unreadable
    return PackVersion(text, library.pack(pack_id), on)


def read_population(lines: Iterable[str]) -> Iterator[AskedOf]:
    """Yield the questions of a file of JSON lines; BadInput names the line that is not one."""
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            asked = json.loads(line)
        except ValueError as unreadable:
            raise BadInput(f"第 {number} 行不是 JSON：{unreadable}") from unreadable
        if not isinstance(asked, dict) or not isinstance(asked.get("facts"), dict):
            raise BadInput(
                f'第 {number} 行应为 {{"question": …, "facts": {{…}}, "student": …, "school": …, "diploma": …}}'
            )
        if unknown := [key for key in asked if key not in _KEYS]:
            raise BadInput(f"第 {number} 行有不认识的「{'、'.join(unknown)}」；可用：{'、'.join(_KEYS)}")
        if asked.get("question") not in QUESTIONS:
            raise BadInput(f"第 {number} 行没有问题「{asked.get('question')}」；可用：{'、'.join(QUESTIONS)}")
        who = {kind: str(asked[kind]) for kind in _WHO if asked.get(kind) is not None}
        yield AskedOf(number, asked["question"], asked["facts"], who)


def compare_versions(
    first: PackVersion, second: PackVersion, population: Iterable[AskedOf], *, row_limit: int
) -> Impact:
    """Ask both versions about everybody, and return what changes."""
    impact = Impact(row_limit)
    for asked in population:
        impact.asked[asked.question] += 1
        for kind, name in asked.who.items():
            impact.everybody[kind].add(name)
        before, after = first.answer(asked), second.answer(asked)
        if before == after:
            continue
        changed = _change(asked, before, after)
        if changed is None:
            impact.other_clauses += 1
            continue
        impact.changed_by_question[asked.question] += 1
        impact.changed_rules.update({*_rules(before)} ^ {*_rules(after)})
        for kind, name in asked.who.items():
            impact.affected[kind].add(name)
        if len(impact.rows) < row_limit:
            impact.rows.append(changed)
        else:
            impact.left_out += 1
    return impact


def _change(asked: AskedOf, before: Answer, after: Answer) -> Changed | None:
    """Return what changes for somebody; None where only clauses or readings do."""
    old, new = _rules(before), _rules(after)
    outcome, other = _outcome(before), _outcome(after)
    if outcome == other and old.keys() == new.keys():
        return None
    added = tuple(new[key] for key in new if key not in old)
    gone = tuple(old[key] for key in old if key not in new)
    return Changed(asked, outcome, other, added, gone)


def _outcome(reply: Answer) -> object:
    """Return the answer of a reply, or that there is none, and why."""
    return reply["answer"] if "answer" in reply else {"error": reply["error"]}


def _rules(reply: Answer) -> dict[str, str]:
    """Return the findings of a reply by rule and severity."""
    return {f"{finding['rule']} {finding['severity']}": finding["message"] for finding in reply.get("findings", ())}


def _plain(answer: object) -> str:
    if isinstance(answer, Mapping) and isinstance(answer.get("label"), str):
        return str(answer["label"])
    return json.dumps(answer, ensure_ascii=False)
