"""Two rows of one person, field by field: what differs, what is missing on a side, what is only written another way."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from decimal import Decimal
from functools import lru_cache

from xueji.core.identifiers import NUMBER_WORDS, eighteen_digits, normalise_resident_id, parse_resident_id
from xueji.core.packs import ColumnSpec
from xueji.exchange.normalise import Context, normalise_cell
from xueji.exchange.numbers import read_identifier
from xueji.exchange.troubles import fold
from xueji.reconciliation.answers import FieldAnswer
from xueji.reconciliation.columns import code_tables
from xueji.reconciliation.sides import ListRow

_DURATION = re.compile(r"([一二两三四五六七八])年(半?)制?$")
_DIGITS = {"一": 1, "二": 2, "两": 2, "三": 3, "四": 4, "五": 5, "六": 6, "七": 7, "八": 8}


def compare_rows(ours: ListRow, theirs: ListRow, fields: Sequence[str]) -> list[FieldAnswer]:
    """Return the fields that are not the same to the letter; `form` marks those that only look different."""
    return [
        _field_answer(ours, theirs, name, first, second)
        for name in _unlike(ours, theirs, fields)
        if (first := ours.cell(name)) != (second := theirs.cell(name))
    ]


def _unlike(ours: ListRow, theirs: ListRow, fields: Sequence[str]) -> Iterator[str]:
    """Yield the fields whose cells are not the same as they stand: nearly all are, and are looked at no further."""
    columns, others = ours.side.columns, theirs.side.columns
    for name in fields:
        place, other = columns[name].place, others[name].place
        if place >= len(ours.cells) or other >= len(theirs.cells) or ours.cells[place] != theirs.cells[other]:
            yield name


def _field_answer(ours: ListRow, theirs: ListRow, name: str, first: str, second: str) -> FieldAnswer:
    column, other = ours.side.columns[name], theirs.side.columns[name]
    return FieldAnswer(
        name,
        _judge(first, second, column.spec),
        ours.spot(column.header),
        theirs.spot(other.header),
        shown_value(first, column.spec),
        shown_value(second, other.spec),
    )


def _judge(first: str, second: str, spec: ColumnSpec) -> str:
    if not first:
        return "missing_here"
    if not second:
        return "missing_there"
    return "form" if meaning(first, spec) == meaning(second, spec) else "differs"


@lru_cache(maxsize=65536)
def meaning(text: str, spec: ColumnSpec) -> str:
    """Return what a cell means, however it is written: «2023年9月» is 202309, «三年制» is 3, a code is its name."""
    if spec.kind == "identifier":
        return eighteen_digits(clean_number(text))
    folded = "".join(fold(text).split()).casefold()
    value = normalise_cell(text, spec, Context(code_tables())).value
    if value is None:
        return folded
    if isinstance(value, Decimal):
        return str(value)
    plain = "".join(fold(str(value)).split()).casefold()
    if duration := _DURATION.match(plain):
        return str(_DIGITS[duration[1]] + (Decimal("0.5") if duration[2] else 0))
    return plain


@lru_cache(maxsize=65536)
def clean_number(text: str) -> str:
    """Return a number of a person as cards print it, without what spreadsheets put around it."""
    if text.startswith('="') and text.endswith('"'):
        text = text[2:-1]
    return normalise_resident_id(fold(text))


@lru_cache(maxsize=65536)
def number_problem(text: str, document: str = "") -> str | None:
    """Return why a number cannot be right, None when nothing shows it; of documents other than the card only a lost number is told."""
    if not text:
        return "没有证件号"
    read = read_identifier(text)
    if read.troubles:
        return read.troubles[0].message
    if document and "居民身份证" not in document:
        return None
    return parse_resident_id(clean_number(text)).problem


def shown_value(text: str, spec: ColumnSpec) -> str:
    """Return a value as it may be shown: a number of a person not at all, its row says whose it is."""
    return NUMBER_WORDS if text and spec.kind == "identifier" else text
