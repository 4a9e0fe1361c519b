"""Which rows of a list are no line of it: blank ones, totals, signatures. Whoever has a number is never passed over."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from xueji.core.identifiers import check_character, normalise_resident_id
from xueji.core.texts import trim
from xueji.exchange.cells import Cell

_TOTAL = re.compile(r"(合\s*计|总\s*计|小\s*计|共\s*计|汇\s*总|总\s*数|总人数|共\s*[0-9]+\s*人)")
_FOOTER = re.compile(
    r"(填表|制表|审核|经办|校长|负责人|主管|注[:：]|备注[:：]|说明[:：]|学校名称|学校填表|单位[:：（(]|联系|第\s*[0-9]+\s*页|以下空白|盖章|[（(]?签章)"
)
_WHOLE_TOTAL = re.compile(rf"{_TOTAL.pattern}\s*[:：]?\s*[0-9]*\s*[人名份个张行]*")
_DOCUMENT = re.compile(r"[0-9]{17}[0-9X]|[0-9]{15}|[A-Z]{1,3}[0-9]{7,12}")
_LEAST_OF_A_PERSON, _ENOUGH = 2, 3  # further cells beside the name: totals and signatures have fewer
_SMALLEST_LONG_NUMBER = 10**14  # an identity number that Excel made a number


def is_passed_over(cells: Sequence[Cell], values: Mapping[str, Cell], key_fields: set[str]) -> bool:
    """Whether a row is blank, a total or a line of signatures; `values` are its cells by field, `key_fields` tell people."""
    if any(_is_number_of_somebody(values.get(field)) for field in key_fields if field != "name"):
        return False  # nearly every row
    texts = [text for cell in cells if isinstance(cell, str) and (text := trim(cell))]
    if _is_blank(values):
        return not any(_is_resident_id(text) for text in texts)
    if not texts or not _says_so(texts, values, key_fields):
        return False
    return not any(_is_resident_id(text) for text in texts) and not _is_somebody(values)


def _is_blank(values: Mapping[str, Cell]) -> bool:
    return all(cell is None or (isinstance(cell, str) and not trim(cell).strip("'")) for cell in values.values())


def _says_so(texts: Sequence[str], values: Mapping[str, Cell], key_fields: set[str]) -> bool:
    """Whether the words of a row are those of a total or of signatures."""
    keys = [trim(cell) for field in key_fields if isinstance(cell := values.get(field), str)]
    if _TOTAL.match(texts[0]) or any(_TOTAL.match(key) for key in keys):
        return True
    if _FOOTER.match(texts[0]) and re.search(r"[:：]", texts[0]):
        return True
    people = [key for key in keys if key and not _FOOTER.match(key)]
    return not people and any(_FOOTER.match(text) for text in texts[:2])


def _is_number_of_somebody(cell: Cell) -> bool:
    """Whether a cell of a column of numbers holds one, right or wrong, and not a count."""
    if isinstance(cell, str):
        return bool(_DOCUMENT.fullmatch(normalise_resident_id(trim(cell))))
    return isinstance(cell, int | float) and cell >= _SMALLEST_LONG_NUMBER


def _is_resident_id(text: str) -> bool:
    """Whether a text is an identity number with the right check character, in whatever column it stands."""
    number = normalise_resident_id(text) if len(text) >= 18 else ""
    return bool(re.fullmatch(r"[0-9]{17}[0-9X]", number)) and check_character(number[:17]) == number[17]


def _is_somebody(values: Mapping[str, Cell]) -> bool:
    """Whether a row without a number has a name and enough beside it to be a person («共计文», «小计生»)."""
    others = [cell for field, cell in values.items() if field not in ("name", "sequence")]
    needed = max(_LEAST_OF_A_PERSON, min(_ENOUGH, len(others) // 2))
    return has_name(values) and sum(_says_something(cell) for cell in others) >= needed


def has_name(values: Mapping[str, Cell]) -> bool:
    """Whether the name column holds what may be a name, and not a total, a count or an office."""
    name = values.get("name")
    if not isinstance(name, str) or not (name := trim(name)):
        return False
    return not (re.search(r"[0-9０-９:：]", name) or _WHOLE_TOTAL.fullmatch(name) or _FOOTER.match(name))


def _says_something(cell: Cell) -> bool:
    if isinstance(cell, str):
        text = trim(cell)
        return bool(text) and not _TOTAL.match(text) and not _FOOTER.match(text)
    return cell is not None
