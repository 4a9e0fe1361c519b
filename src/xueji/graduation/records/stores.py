"""Where each kind of record lies, how a line of it is told from others, and what a line says as text."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from types import MappingProxyType
from typing import Any

from django.db.models import CharField

from xueji.core.months import Month
from xueji.core.record_facts import RECORD_KINDS, RecordFacts, record_fields
from xueji.graduation.models import (
    Batch,
    CollegeEntry,
    EFileState,
    EmploymentRecord,
    StatusChangeLine,
    SubjectResult,
    VocationalCertificate,
)
from xueji.sealing.fields import SealedField, SealedTextField
from xueji.sealing.indexes import keyed_index
from xueji.sealing.texts import blind_index

STORES: Mapping[str, Any] = MappingProxyType(
    {
        "vocational": VocationalCertificate,
        "employment": EmploymentRecord,
        "results": SubjectResult,
        "efile": EFileState,
        "changes": StatusChangeLine,
        "college": CollegeEntry,
    }
)
_TEXTS = (CharField, SealedTextField)
Key = tuple[bytes, tuple[str, ...]]


def stored_lines(kind: str, batch: Batch) -> Any:
    """Return the stored lines of a kind for a batch, with the person each is about."""
    if kind == "changes":
        return StatusChangeLine.objects.filter(batch=batch).select_related("candidate__person")
    return STORES[kind].objects.filter(candidate__batch=batch).select_related("candidate__person")


def by_key(kind: str, batch: Batch) -> dict[Key, Any]:
    """Return the stored lines of a batch under what tells them apart: the person's index, and the keys of the kind."""
    return {(_index_of(line), _own_keys(kind, line)): line for line in stored_lines(kind, batch)}


def key_of(facts: RecordFacts) -> Key:
    """Return what tells a line from others: whose it is, and the keys of its kind."""
    return blind_index(facts.text("resident_id")), tuple(facts.text(name) for name in RECORD_KINDS[facts.kind].keys)


def values_of(facts: RecordFacts) -> dict[str, Any]:
    """Return a line under the columns of its model: texts are empty where nothing is given, dates and numbers None."""
    columns = _columns(facts.kind)
    return {name: _as_column(columns[name], facts.value(name)) for name in RECORD_KINDS[facts.kind].fields}


def longest_of(kind: str, name: str) -> int | None:
    """Return how many characters a field may have; None where it is no text."""
    field = _columns(kind)[name]
    return field.max_length if isinstance(field, _TEXTS) else None


def fields_in_clear(kind: str) -> list[str]:
    """Return the fields of a kind that are not sealed: what the ledger may repeat, and what an upload may bring up to date.

    Sealed ones are among what tells lines apart, so the same line never has others.
    """
    columns = _columns(kind)
    return [name for name in RECORD_KINDS[kind].fields if not isinstance(columns[name], SealedField)]


def content_index_of(values: Mapping[str, Any]) -> bytes:
    """Return the keyed index of what a status change was before and after: two lines of one content are one line."""
    return keyed_index("status change", str(values["before"] or ""), str(values["after"] or ""))


def differences(facts: RecordFacts, line: Any, labels: Mapping[str, str]) -> str:
    """Say in words how a line differs from the stored one: «等级：四级→三级»; empty when it does not."""
    parts = []
    for name, value in values_of(facts).items():
        old, new = _shown(getattr(line, name)), _shown(value)
        if old != new:
            parts.append(f"{labels.get(name, name)}：{old or '（空）'}→{new or '（空）'}")
    return "；".join(parts)


def to_text(facts: RecordFacts) -> str:
    """Return a line as JSON, to be sealed until it is confirmed."""
    return json.dumps({k: None if v is None else str(v) for k, v in facts.values.items()}, ensure_ascii=False)


def from_text(kind: str, text: str) -> RecordFacts:
    """Return the line of `to_text`; dates and numbers as the model's columns tell."""
    columns, known = _columns(kind), set(record_fields(kind))
    raw: dict[str, str | None] = json.loads(text)
    fields = set(RECORD_KINDS[kind].fields)
    return RecordFacts(
        kind,
        {
            name: _typed(columns[name], value) if name in fields and value is not None else value
            for name, value in raw.items()
            if name in known
        },
    )


def label_of(columns: Iterable[Any]) -> dict[str, str]:
    """Return the printed header of each field of a form."""
    return {column.field: column.header for column in columns}


def _columns(kind: str) -> dict[str, Any]:
    meta = STORES[kind]._meta  # noqa: SLF001  # Django's own public name for it
    return {field.name: field for field in meta.concrete_fields}


def _index_of(line: Any) -> bytes:
    return bytes(
        line.resident_id_index if isinstance(line, StatusChangeLine) else line.candidate.person.resident_id_index
    )


def _own_keys(kind: str, line: Any) -> tuple[str, ...]:
    return tuple(str(getattr(line, name) or "") for name in RECORD_KINDS[kind].keys)


def _as_column(field: Any, value: object) -> object:
    if isinstance(field, _TEXTS):
        return "" if value is None else str(value)
    return value


def _typed(field: Any, value: str) -> Any:
    readers: Mapping[str, Any] = {"DateField": date.fromisoformat, "DecimalField": Decimal}
    return readers.get(field.get_internal_type(), str)(value)


def _shown(value: object) -> str:
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    if isinstance(value, Month):
        return str(value)
    return "" if value is None else str(value)
