"""Named rules: pure functions over facts that a pack switches on, each finding carrying the pack's clauses.

A rule never knows its clause, its severity or its limits: the pack's switch does. Its docstring is a sentence that
is true when the rule passes.
"""

from __future__ import annotations

from collections.abc import Sequence

from xueji.core.facts import FormFacts, GraduateFacts, HandOutFacts, RegisterFacts, Surroundings
from xueji.core.findings import Finding
from xueji.core.packs import PackView
from xueji.core.record_facts import RecordFacts
from xueji.core.rules import (
    changes,
    crosschecks,
    durations,
    enrolments,
    filing,
    graduates,
    handouts,
    outcomes,
    records,
    registers,
    replacements,
    rosters,
    services,
    supervision,
)
from xueji.core.rules.registry import REGISTRY, Given, Problem, Rule, rule, run_rules

__all__ = [
    "REGISTRY",
    "Given",
    "Problem",
    "Rule",
    "changes",
    "check_certificate",
    "check_forms",
    "check_graduate",
    "check_hand_out",
    "check_record",
    "check_records",
    "check_register",
    "check_roster",
    "crosschecks",
    "durations",
    "enrolments",
    "filing",
    "graduates",
    "handouts",
    "outcomes",
    "records",
    "registers",
    "replacements",
    "rosters",
    "rule",
    "run_rules",
    "services",
    "supervision",
]


def check_graduate(facts: GraduateFacts, view: PackView, surroundings: Surroundings) -> list[Finding]:
    """Run every rule on one graduate; an empty list means that nothing is wrong or doubtful."""
    return [finding for _, finding in run_rules(view, "graduate", facts, surroundings)]


def check_certificate(kind: str, facts: GraduateFacts, view: PackView, surroundings: Surroundings) -> list[Finding]:
    """Run the rules of what stands on a paper: those of a graduate, or of a replacement for the diploma of long ago."""
    topic = replacements.TOPIC if kind == replacements.KIND else "graduate"
    return [finding for _, finding in run_rules(view, topic, facts, surroundings)]


def check_roster(
    rows: Sequence[GraduateFacts], view: PackView, surroundings: Surroundings
) -> list[tuple[int, Finding]]:
    """Run the rules that look at the rows together; each finding comes with the index of its row (0 for the whole).

    The rules of the single row are `check_graduate`'s: callers that want all findings run both.
    """
    return run_rules(view, "roster", tuple(rows), surroundings)


def check_register(register: RegisterFacts, view: PackView, surroundings: Surroundings | None = None) -> list[Finding]:
    """Run the rules of a sealing register: counts descend, totals add up, the range holds as many as were sealed."""
    return [finding for _, finding in run_rules(view, "register", register, surroundings or Surroundings())]


def check_record(facts: RecordFacts, view: PackView, surroundings: Surroundings) -> list[Finding]:
    """Run every rule of the pack on one record about a graduate: one line of its workbook."""
    return [finding for _, finding in run_rules(view, "record", facts, surroundings)]


def check_records(rows: Sequence[RecordFacts], view: PackView, surroundings: Surroundings) -> list[tuple[int, Finding]]:
    """Run the rules that look at the lines of one file together; each finding comes with the index of its line."""
    return run_rules(view, "records", tuple(rows), surroundings)


def check_forms(forms: FormFacts, view: PackView, surroundings: Surroundings | None = None) -> list[Finding]:
    """Run the rules on forms that must agree with one another (S4-13); each message names the form and the row.

    Three forms speak of the same graduates: the receipt, the lists and the audit form. What they are called is the
    pack's word, and so is which of these rules it switches on.
    """
    return [finding for _, finding in run_rules(view, "forms", forms, surroundings or Surroundings())]


def check_hand_out(facts: HandOutFacts, view: PackView, surroundings: Surroundings | None = None) -> list[Finding]:
    """Run the rules on handing out one sealed diploma; an empty list: nothing stands in the way."""
    return [finding for _, finding in run_rules(view, "hand_out", facts, surroundings or Surroundings())]
