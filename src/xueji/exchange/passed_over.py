"""Which rows of a list are no line of it: blank ones, totals, signatures. Whoever has a number is never passed over."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from xueji.core.identifiers import check_character, normalise_resident_id
from xueji.core.packs import ColumnSpec
from xueji.core.texts import trim
from xueji.exchange.cells import Cell, CellFault

_TOTAL = re.compile(r"(合\s*计|总\s*计|小\s*计|共\s*计|汇\s*总|总\s*数|总人数|共\s*[0-9]+\s*人)")
_FOOTER = re.compile(
    r"(填表|制表|审核|经办|校长|负责人|主管|注[:：]|备注[:：]|说明[:：]|学校名称|学校填表|单位[:：（(]|联系|第\s*[0-9]+\s*页|以下空白|盖章|[（(]?签章)"
)
_WHOLE_TOTAL = re.compile(rf"{_TOTAL.pattern}\s*[:：]?\s*[0-9]*\s*[人名份个张行]*")
_DOCUMENT = re.compile(r"[0-9]{17}[0-9X]|[0-9]{15}|[A-Z]{1,3}[0-9]{7,12}")
_STROKES = "'/\\-—–－_／＼|~～… "
_COUNT = re.compile(r"[0-9０-９]{1,4}(?:\.0)?\s*[人名个位份]?")
_LARGEST_COUNT = 10_000
_STATISTICS = re.compile(r"(?:总|合计)?(?:人数|数量|比例|百分比|占比)|男[女生性]?|女[生性]?|其中[:：]?|应届|往届")
_COUNTED = re.compile(
    r"[^0-9０-９]{0,12}(?:人数|数量|比例|占比)[^0-9０-９]{0,6}[:：]?\s*[0-9０-９.%％]*\s*[人名]?|[\u4e00-\u9fff]{1,8}[:：]\s*[0-9０-９]{1,4}\s*[人名]?"
)
_SHORT = 4  # cells of a line of a small table of counts
_LEAST_OF_A_PERSON, _ENOUGH = 2, 3  # further cells beside the name: totals and signatures have fewer
_SMALLEST_LONG_NUMBER = 10**14  # an identity number that Excel made a number


def is_passed_over(cells: Sequence[Cell], values: Mapping[str, Cell], key_fields: set[str]) -> bool:
    """Whether a row is blank, a total or a line of signatures; `values` are its cells by field, `key_fields` tell people."""
    if any(_is_number_of_somebody(values.get(field)) for field in key_fields if field != "name"):
        return False  # nearly every row
    texts = [text for cell in cells if isinstance(cell, str) and (text := trim(cell))]
    if _is_blank(values, key_fields):
        return not any(_is_resident_id(text) for text in texts)
    if not texts or not _says_so(texts, values, key_fields):
        return False
    return not any(_is_resident_id(text) for text in texts) and not _is_somebody(values)


def _is_blank(values: Mapping[str, Cell], key_fields: set[str]) -> bool:
    """Whether nothing stands in a row but its number, strokes, and formulas that found nothing to calculate."""
    return all(
        _is_nothing(cell)
        or (field == "sequence" and _is_count(cell))
        or (isinstance(cell, CellFault) and field not in key_fields)
        for field, cell in values.items()
    )


def _is_nothing(cell: Cell) -> bool:
    return not trim(cell).strip(_STROKES) if isinstance(cell, str) else cell is None


def _is_count(cell: Cell) -> bool:
    """Whether a cell holds a small whole number, as a row's number and a head-count are."""
    if isinstance(cell, str):
        return bool(_COUNT.fullmatch(trim(cell)))
    return isinstance(cell, int | float) and not isinstance(cell, bool) and 0 <= cell < _LARGEST_COUNT


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
    if not isinstance(name, str) or not (name := trim(name).strip(_STROKES)):
        return False
    return not (re.search(r"[0-9０-９:：]", name) or _WHOLE_TOTAL.fullmatch(name) or _FOOTER.match(name))


def _says_something(cell: Cell) -> bool:
    if isinstance(cell, str):
        text = trim(cell)
        return bool(text) and not _TOTAL.match(text) and not _FOOTER.match(text)
    return cell is not None


def after_the_last(rows: Sequence[Mapping[str, Cell]], columns: Sequence[ColumnSpec]) -> dict[int, str]:
    """Return which rows below the last with a number are no people, by index: «filled» down from it, or «counts».

    Only there: a row between people is somebody whose number was forgotten. A form without numbers of persons has none.
    """
    numbers = {column.field for column in columns if column.kind == "identifier"}
    last = len(rows) - 1
    while last >= 0 and not any(_is_number_of_somebody(rows[last].get(field)) for field in numbers):
        last -= 1
    if last < 0:
        return {}
    found: dict[int, str] = {}
    for index in range(last + 1, len(rows)):
        if _is_filled_down(rows[index], rows[last], {*numbers, "name"}):
            found[index] = "filled"
        elif _is_statistics(rows[index], rows[: last + 1], columns):
            found[index] = "counts"
    return found


def _is_filled_down(row: Mapping[str, Cell], last: Mapping[str, Cell], key_fields: set[str]) -> bool:
    """Whether a row has neither name nor number, and nothing but what the last person's row has in the same columns."""
    if any(not _is_nothing(row.get(field)) for field in key_fields):
        return False
    others = {field: cell for field, cell in row.items() if field != "sequence" or not _is_count(cell)}
    return all(
        _is_nothing(cell) or isinstance(cell, CellFault) or cell == last.get(field) for field, cell in others.items()
    )


def is_hint(values: Mapping[str, Cell], key_fields: set[str]) -> bool:
    """Whether a row below the header says how to fill it in («年月», «百分制», «必填»): words alone, and nobody."""
    filled = [cell for cell in values.values() if not _is_nothing(cell)]
    is_nobody = not any(not _is_nothing(values.get(field)) for field in key_fields)
    return is_nobody and all(isinstance(cell, str) and not re.search(r"[0-9０-９]{4}", cell) for cell in filled)


def _is_statistics(
    row: Mapping[str, Cell], people: Sequence[Mapping[str, Cell]], columns: Sequence[ColumnSpec]
) -> bool:
    """Whether a row is one of a small table of counts below the list («男 1», «护理 20»)."""
    filled = {field: cell for field, cell in row.items() if not _is_nothing(cell)}
    if any(_is_number_of_somebody(cell) for cell in filled.values()):
        return False
    kinds = {column.field: column.kind for column in columns}
    counts = {field for field, cell in filled.items() if _is_count(cell)}
    if len(filled) > _SHORT:
        return "name" in counts and len(filled) * 2 <= len(row)
    words = [trim(cell) for cell in filled.values() if isinstance(cell, str) and not _is_count(cell)]
    name = row.get("name")
    if _is_nothing(name) or _is_count(name) or any(_COUNTED.fullmatch(word) for word in words):
        return True
    is_label = any(_STATISTICS.fullmatch(word) or any(word in other.values() for other in people) for word in words)
    return is_label and any(kinds[field] in ("identifier", "date", "month", "code") for field in counts)
