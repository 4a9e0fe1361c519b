"""Findings: what a rule has to say about facts, with the clause it stands on."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    """How much a finding weighs: an error refuses, a warning asks a person, advice only tells."""

    ERROR = "error"
    WARNING = "warning"
    ADVICE = "advice"

    @property
    def label(self) -> str:
        """The Chinese word shown on pages and in error workbooks."""
        return {"error": "错误", "warning": "警告", "advice": "提示"}[self.value]


@dataclass(frozen=True, slots=True)
class Citation:
    """A clause of a legal text: `source` is the key of the text in `sources.toml`, `clause` the key of the clause."""

    source: str
    clause: str

    @classmethod
    def read(cls, text: str) -> Citation:
        """Return a clause as rows keep it: «source:clause», or «source clause» in the rows of applications."""
        source, clause = re.split("[: ]", text, maxsplit=1)
        return cls(source, clause)


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing a rule found. `field` is the fact's field name (None for the whole record or batch)."""

    rule: str
    severity: Severity
    message: str
    field: str | None = None
    remedy: str = ""
    cites: tuple[Citation, ...] = ()

    @property
    def is_error(self) -> bool:
        """Whether the finding refuses the act."""
        return self.severity is Severity.ERROR


def errors_of(findings: list[Finding] | tuple[Finding, ...]) -> list[Finding]:
    """Return only the findings that refuse."""
    return [f for f in findings if f.is_error]
