"""A workbook to the facts of its form: what every kind of upload does first, whatever its facts are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from xueji.core.errors import BadInput
from xueji.core.facts_kinds import FactsKind, facts_kind_of
from xueji.core.packs import PackView, WorkbookSpec
from xueji.exchange.cells import CellFinding, WorkbookReading
from xueji.exchange.headings import HEADER_DEPTH
from xueji.exchange.sandbox import read_workbook
from xueji.exchange.sources import Source
from xueji.exchange.tables import TableReading, read_table
from xueji.exchange.values import read_values

FOOTERS_ALLOWED = 200


@dataclass(frozen=True, slots=True)
class FormReading:
    """What a workbook says: the facts of every row of its table, in order, and what was wrong with single cells."""

    workbook: WorkbookReading
    table: TableReading
    facts: list[Any]
    findings: list[CellFinding]


def read_form(
    source: Source, spec: WorkbookSpec, view: PackView, facts_kind: FactsKind | None = None, *, name: str = ""
) -> FormReading:
    """Read a workbook by its form; BadInput when it cannot be read at all, or nobody reads such a form.

    `facts_kind` is the one registered under the form's key unless another is given; `name` is the sender's file name.
    """
    kind = facts_kind or facts_kind_of(spec.key)
    if kind is None:
        raise BadInput(f"没有这种表册：{spec.key}")
    workbook = read_workbook(source, name=name, row_limit=spec.max_rows + HEADER_DEPTH + FOOTERS_ALLOWED)
    table = read_table(workbook, spec)
    columns = [column for column in spec.columns if kind.has_field(column.field) and column.field in table.columns]
    rows, findings = read_values(table, columns, view)
    return FormReading(workbook, table, [kind.of_row(values) for values in rows], findings)
