"""Kinds of facts: what the rows of a form become. The loader of packs and the reader of workbooks ask here.

The form of a kind stands in packs under its key (`workbooks.<key>`). An area with facts of its own registers its kind.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from xueji.core.enrolment_facts import FIELDS, EnrolmentFacts
from xueji.core.enrolment_facts import KIND as ENROLMENTS
from xueji.core.facts import DETAILS, GraduateFacts, is_fact
from xueji.core.record_facts import RECORD_KINDS, RecordFacts, RecordKind, record_fields


@dataclass(frozen=True, slots=True)
class FactsKind:
    """One kind: the fields its form may fill (`fields` as a refusal lists them), and the facts made of a row's values."""

    key: str
    fields: tuple[str, ...]
    of_row: Callable[[Mapping[str, Any]], Any]
    takes: Callable[[str], bool] | None = None  # where more names may do than `fields` lists
    more: str = ""  # how these are written, for a refusal

    def has_field(self, name: str) -> bool:
        """Whether a column may fill this field."""
        return self.takes(name) if self.takes is not None else name in self.fields


_kinds: dict[str, FactsKind] = {}


def register_facts(kind: FactsKind) -> FactsKind:
    """Make a kind known; a second kind under the same key is a bug."""
    if _kinds.setdefault(kind.key, kind) != kind:
        raise ValueError(f"facts kind {kind.key!r} is registered twice")
    return kind


def facts_kind_of(key: str) -> FactsKind | None:
    """Return the kind of facts a form is read into, None for a form nobody reads."""
    return _kinds.get(key)


def facts_kinds() -> tuple[str, ...]:
    """Return the keys of all forms that somebody reads."""
    return tuple(sorted(_kinds))


def _graduate(values: Mapping[str, Any]) -> GraduateFacts:
    """Sort the values of a row into the graduate's facts and the pack's own details; an empty detail is left out."""
    fields = {name: value for name, value in values.items() if not name.startswith(DETAILS)}
    details = {
        name.removeprefix(DETAILS): str(v) for name, v in values.items() if name.startswith(DETAILS) and v is not None
    }
    return GraduateFacts(**fields, details=details)


def _record(kind: RecordKind) -> FactsKind:
    def of_row(values: Mapping[str, Any]) -> RecordFacts:
        return RecordFacts(kind.key, values)

    return FactsKind(kind.key, record_fields(kind.key), of_row)


register_facts(
    FactsKind(
        "graduates", tuple(sorted(set(GraduateFacts.__dataclass_fields__) - {"details"})), _graduate, is_fact,
        more=", or details.<name>",
    )
)  # fmt: skip
register_facts(FactsKind(ENROLMENTS, FIELDS, EnrolmentFacts.of_row))
for _kind in RECORD_KINDS.values():
    register_facts(_record(_kind))
