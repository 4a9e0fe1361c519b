"""Records about graduates that come as workbooks of their own: certificates, employment, marks, changes, colleges.

Each kind has its fields; which of them a form asks for, under which header, is the pack's word (`workbooks.<kind>`),
and so are the rules of topic «record» (one line) and «records» (the lines of a file together).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from types import MappingProxyType

from xueji.core.facts import GraduateFacts
from xueji.core.months import Month

Value = str | date | Month | Decimal | None
PERSON = ("name", "resident_id")


@dataclass(frozen=True, slots=True)
class RecordKind:
    """A kind of record: its fields, and those that tell two lines of one person apart (none: one line a person)."""

    key: str
    label: str
    fields: tuple[str, ...]
    keys: tuple[str, ...] = ()


_KINDS = (
    RecordKind("vocational", "职业资格证书", ("occupation", "level", "certificate_number", "issued_on"), ("certificate_number",)),
    RecordKind("employment", "就业情况", ("destination", "employer", "position", "location", "employed_on")),
    RecordKind("results", "各科毕业成绩", ("subject", "mark", "teacher"), ("subject",)),
    RecordKind("efile", "电子学籍档案毕业处理", ("outcome", "processed_on")),
    RecordKind(
        "changes", "异动情况", ("programme", "grade", "duration_years", "before", "after", "change_type"),
        ("change_type", "before", "after"),
    ),
    RecordKind("college", "高职对口招收", ("college", "college_programme", "source_school", "contact", "remark")),
)  # fmt: skip
RECORD_KINDS: Mapping[str, RecordKind] = MappingProxyType({kind.key: kind for kind in _KINDS})


def record_fields(kind: str) -> tuple[str, ...]:
    """Return every field a form of this kind may have; KeyError for a kind there is none of."""
    return (*PERSON, *RECORD_KINDS[kind].fields)


@dataclass(frozen=True, slots=True)
class RecordFacts:
    """One line of such a workbook, and the graduate it is about as far as known (None: not looked up, or nobody)."""

    kind: str
    values: Mapping[str, Value] = field(default_factory=dict)
    graduate: GraduateFacts | None = None
    outcome: str = ""  # graduation | completion, of the graduate; empty: not known
    school: str = ""  # the school whose graduates the file is about; empty: not known

    def value(self, name: str) -> Value:
        """Return a field, None where the line does not give it."""
        return self.values.get(name)

    def text(self, name: str) -> str:
        """Return a field as text, empty where the line does not give it."""
        value = self.values.get(name)
        return "" if value is None else str(value)
