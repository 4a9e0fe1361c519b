"""Replies: the answer with its clauses, what the rules found, and our readings where the text does not decide."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from xueji.core.findings import Citation, Finding
from xueji.core.packs import PackView, Reading

Answer = dict[str, Any]


def reply(
    view: PackView,
    answer: Answer,
    cites: Sequence[Citation],
    findings: Sequence[Finding],
    readings: Iterable[Reading] = (),
) -> Answer:
    """Put a reply together."""
    return {
        "answer": answer,
        "cites": [_cite(view, cite) for cite in cites],
        "findings": [_finding(view, finding) for finding in findings],
        "readings": [{"key": reading.key, "text": reading.text} for reading in dict.fromkeys(readings)],
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
