"""Records about graduates are checked: line by line, and the lines of one file together."""

from __future__ import annotations

from collections.abc import Sequence

from xueji.core.facts import Surroundings
from xueji.core.findings import Finding
from xueji.core.packs import PackView
from xueji.core.record_facts import RECORD_KINDS, RecordFacts, RecordKind, record_fields
from xueji.core.rules import run_rules

__all__ = ["RECORD_KINDS", "RecordFacts", "RecordKind", "check_record", "check_records", "record_fields"]


def check_record(facts: RecordFacts, view: PackView, surroundings: Surroundings) -> list[Finding]:
    """Run every rule of the pack on one line."""
    return [finding for _, finding in run_rules(view, "record", facts, surroundings)]


def check_records(rows: Sequence[RecordFacts], view: PackView, surroundings: Surroundings) -> list[tuple[int, Finding]]:
    """Run the rules that look at the lines of one file together; each finding comes with the index of its line."""
    return run_rules(view, "records", tuple(rows), surroundings)
