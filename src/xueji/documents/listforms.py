"""A list form as a pack writes it: columns, head and foot, rows a page, seals. Read strictly, checked to fit its page.

Texts may name fields: `{school_name}` prints a field; `{clerk:34}` keeps at least 34 mm for it, `{clerk:34_}` with a
line to write on; `{filled_on|　　年　月　日}` prints what stands behind the bar when the field is empty.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from types import MappingProxyType
from typing import Final

from xueji.core.errors import BadInput
from xueji.core.packs import DocumentSpec
from xueji.documents.fonts import SERIF, text_width
from xueji.documents.layout import MM
from xueji.policy.reading import Section

PAPER: Final = {"landscape": (297.0, 210.0), "portrait": (210.0, 297.0)}  # A4
SERIAL: Final = "serial"
TOP_MM, NOTE_MM, FOOT_MM = 14.0, 5.2, 8.0
BOTTOM_MM = 13.0  # the page number stands within it
# settings other parts of the program read from the same table
_NOT_OURS = ("of", "source", "label", "when", "electronic", "offered_to")
_FIELD = re.compile(r"\{([a-z][a-z_.0-9]*)(?::(\d+)(_?))?(?:\|([^}]*))?\}")


@dataclass(frozen=True, slots=True)
class Piece:
    """Part of a text: fixed words, or a field with the room (mm) kept for it and whether that room has a line."""

    text: str
    room: float = 0.0
    ruled: bool = False


@dataclass(frozen=True, slots=True)
class Column:
    """A column: `under` is the heading it shares with its neighbours; `merged` is one cell over all rows of a page."""

    key: str
    header: str
    width: float
    align: str = "center"
    under: str = ""
    strip: str = ""
    merged: bool = False
    by_hand: bool = False  # left empty to be written or stamped: rows need not have it


@dataclass(frozen=True, slots=True)
class Item:
    """A text in a line above or below the table; without a width it shares the line evenly."""

    text: str
    width: float | None = None


@dataclass(frozen=True, slots=True)
class TailCell:
    """A cell below the rows: `foot` stands at its lower right corner, as a date or a place for a seal does."""

    text: str
    width: float
    align: str = "center"
    foot: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class TailRow:
    """A row of cells below the rows of the last page."""

    height: float
    cells: tuple[TailCell, ...]


@dataclass(frozen=True, slots=True)
class SealPlace:
    """Where a seal goes: its centre from the upper left corner of the page, its radius; all mm."""

    label: str
    x: float
    y: float
    r: float = 20.0


@dataclass(frozen=True, slots=True)
class ListForm:
    """A list form, read and checked; lengths in mm, sizes of type in points."""

    title: str
    annex: str
    width: float
    height: float
    margin: float
    title_size: float
    size: float
    line_size: float
    line_height: float
    columns: tuple[Column, ...]
    rows_per_page: int
    min_rows: int
    row_height: float
    head_heights: tuple[float, ...]
    header: tuple[tuple[Item, ...], ...]
    footer: tuple[tuple[Item, ...], ...]
    tail: tuple[TailRow, ...]
    notes: tuple[str, ...]
    seals: tuple[SealPlace, ...]
    cross_seal: SealPlace | None
    page_numbers: str  # form | whole | none
    serial: str  # form | whole: where the count of the rows begins again
    below: str  # set in the first empty row, so that nothing is added
    empty: str  # set in the first row when there is nothing to list
    fit_columns: bool
    cut: Mapping[str, str]  # field -> words the form itself prints behind it, left out where the field ends in them
    copy_labels: tuple[str, ...]
    copy_sets: Mapping[str, tuple[str, ...]]

    @property
    def table_width(self) -> float:
        """Width of the table and of all lines above and below it."""
        return self.width - 2 * self.margin

    @property
    def title_height(self) -> float:
        """Height of one line of the title: half as high again as its type."""
        return max(9.0, 1.5 * self.title_size / MM)

    @property
    def nested(self) -> bool:
        """Whether some columns share a heading."""
        return any(column.under for column in self.columns)


def read_list_form(spec: DocumentSpec) -> ListForm:
    """Read the settings of a list form; PolicyError names the key that is wrong or that nobody knows."""
    section = Section(f"{spec.folder}/../documents.toml", f"documents.{spec.key}.settings", dict(spec.settings))
    for key in _NOT_OURS:
        section.take(key, object, None)
    width, height = PAPER[section.choice("orientation", tuple(PAPER), "landscape")]
    columns = tuple(_column(column) for column in section.sections("columns"))
    rows = section.count("rows_per_page", 1) if columns else 0
    form = ListForm(
        title=spec.title,
        annex=section.text("annex", ""),
        width=width,
        height=height,
        margin=_number(section, "margin", 14.0),
        title_size=_number(section, "title_size", 17.0),
        size=_number(section, "size", 9.5),
        line_size=_number(section, "line_size", 11.0),
        line_height=_number(section, "line_height", 7.0),
        columns=columns,
        rows_per_page=rows,
        min_rows=section.count("min_rows", 1) if columns else 0,
        row_height=_number(section, "row_height", 7.2),
        head_heights=_head_heights(section, columns),
        header=_lines(section, "header"),
        footer=_lines(section, "footer"),
        tail=tuple(_tail_row(row) for row in section.sections("tail")),
        notes=section.texts("notes", []),
        seals=tuple(_seal(seal) for seal in section.sections("seal_places")),
        cross_seal=_cross_seal(section, width, height),
        page_numbers=section.choice("page_numbers", ("form", "whole", "none"), "form"),
        serial=section.choice("serial", ("form", "whole"), "form"),
        below=section.take("below", str, default="（以下空白）"),
        empty=section.text("empty", ""),
        fit_columns=section.take("fit_columns", bool, default=False),
        cut={key: str(words) for key, words in section.take("cut", dict, {}).items()},
        copy_labels=section.texts("copy_labels", list(_plain_labels(spec.copies))),
        copy_sets={key: tuple(labels) for key, labels in section.take("copy_sets", dict, {}).items()},
    )
    section.close()
    _check_fit(form, section)
    return form


def _plain_labels(copies: int) -> tuple[str, ...]:
    return ("",) if copies == 1 else tuple(f"一式 {copies} 份　第 {n} 份" for n in range(1, copies + 1))


def copy_labels(spec: DocumentSpec, fields: Mapping[str, str]) -> tuple[str, ...]:
    """Return the label of each copy that is printed.

    Where a pack has `copy_sets`, the number depends on who is directly above the school: the field «direct_level»
    (county, city, province) chooses the set; BadInput names the choices.
    """
    form = read_list_form(spec)
    return _labels(spec, form, fields)


def _labels(spec: DocumentSpec, form: ListForm, fields: Mapping[str, str]) -> tuple[str, ...]:
    if not form.copy_sets:
        return form.copy_labels
    level = fields.get("direct_level", "")
    if level not in form.copy_sets:
        raise BadInput(
            f"「{spec.title}」的份数按学校的直接主管定：「{level}」不在其中；可用：{'、'.join(form.copy_sets)}"
        )
    return form.copy_sets[level]


def chosen_labels(
    spec: DocumentSpec, form: ListForm, fields: Mapping[str, str], copy: int | None
) -> tuple[tuple[int, str], ...]:
    """Return (number, label) of the copies to print: all, or only `copy` (from 1)."""
    labels = tuple(enumerate(_labels(spec, form, fields), start=1))
    if copy is None:
        return labels
    if not 1 <= copy <= len(labels):
        raise BadInput(f"「{form.title}」没有第 {copy} 份；共 {len(labels)} 份")
    return (labels[copy - 1],)


def form_fields(form: ListForm, shared: Mapping[str, str], group_fields: Mapping[str, str]) -> dict[str, str]:
    """Return the fields of one form; what the form prints behind a field is not printed twice."""
    fields = {**shared, **group_fields}
    return fields | {key: fields[key].removesuffix(words) for key, words in form.cut.items() if key in fields}


def fill(text: str, fields: Mapping[str, str]) -> list[Piece]:
    """Split a text into fixed words and its fields' values; a field without a value leaves its room."""
    pieces: list[Piece] = []
    end = 0
    for match in _FIELD.finditer(text):
        if match.start() > end:
            pieces.append(Piece(text[end : match.start()]))
        key, room, ruled, otherwise = match.groups()
        pieces.append(Piece(fields.get(key) or otherwise or "", float(room or 0), bool(ruled)))
        end = match.end()
    if end < len(text):
        pieces.append(Piece(text[end:]))
    return pieces


def filled(text: str, fields: Mapping[str, str]) -> str:
    """Return a text with its fields filled in."""
    return "".join(piece.text for piece in fill(text, fields))


def required_text(form: ListForm, text: str, fields: Mapping[str, str]) -> str:
    """Return a title or heading with its fields; BadInput for a missing one: there it cannot be written in by hand."""
    lacking = [m[1] for m in _FIELD.finditer(text) if not fields.get(m[1]) and m[4] is None]
    if lacking:
        raise BadInput(f"「{form.title}」缺少：{'、'.join(lacking)}")
    return filled(text, fields)


def _number(section: Section, key: str, default: float) -> float:
    value = section.take(key, object, default)
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal) or value <= 0:
        raise section.error(key, "should be a number above zero")
    return float(value)


def _column(section: Section) -> Column:
    column = Column(
        key=section.text("key"),
        header=section.text("header"),
        width=_number(section, "width", 0),
        align=section.choice("align", ("left", "center", "right"), "center"),
        under=section.text("under", ""),
        strip=section.text("strip", ""),
        merged=section.take("merged", bool, default=False),
        by_hand=section.take("by_hand", bool, default=False),
    )
    section.close()
    return column


def _lines(section: Section, key: str) -> tuple[tuple[Item, ...], ...]:
    """Read lines of items: each a text, or a table with text and width."""
    lines = section.take(key, list, [])
    if not all(isinstance(line, list) for line in lines):
        raise section.error(key, "should be a list of lines, each a list")
    return tuple(tuple(_item(section, key, item) for item in line) for line in lines)


def _item(section: Section, key: str, item: object) -> Item:
    if isinstance(item, str):
        return Item(item)
    if not isinstance(item, dict):
        raise section.error(key, "an item is a text, or a table with text and width")
    table = Section(section.file, f"{section.path}.{key}", dict(item))
    read = Item(table.text("text"), _number(table, "width", 0))
    table.close()
    return read


def _tail_row(section: Section) -> TailRow:
    row = TailRow(_number(section, "height", 0), tuple(_tail_cell(cell) for cell in section.sections("cells")))
    section.close()
    return row


def _tail_cell(section: Section) -> TailCell:
    cell = TailCell(
        section.text("text", ""),
        _number(section, "width", 0),
        section.choice("align", ("left", "center", "top"), "center"),
        section.texts("foot", []),
    )
    section.close()
    return cell


def _seal(section: Section) -> SealPlace:
    place = SealPlace(
        section.text("label"), _number(section, "x", 0), _number(section, "y", 0), _number(section, "r", 20.0)
    )
    section.close()
    return place


def _cross_seal(section: Section, width: float, height: float) -> SealPlace | None:
    """Read the seal across the edges (骑缝章): it lies half on each page, at the edge opposite to the binding."""
    cross_seal = section.section("cross_seal", {})
    label = cross_seal.text("label", "")
    place = SealPlace(label, width, _number(cross_seal, "y", height / 2), _number(cross_seal, "r", 20.0))
    cross_seal.close()
    return place if label else None


def _head_heights(section: Section, columns: tuple[Column, ...]) -> tuple[float, ...]:
    heights = section.take("head_heights", list, [7.0, 9.0] if any(c.under for c in columns) else [9.0])
    return tuple(float(height) for height in heights) if columns else ()


def _check_fit(form: ListForm, section: Section) -> None:
    """Refuse a form that would run over its page or whose cells do not line up."""
    if form.columns and len(form.head_heights) != (2 if form.nested else 1):
        raise section.error("head_heights", "one height for each line of headings")
    stated = sum(column.width for column in form.columns)
    if form.columns and abs(stated - form.table_width) > 0.01:
        raise section.error("columns", f"are {stated:g} mm wide, the table is {form.table_width:g} mm")
    for row in form.tail:
        if abs(sum(cell.width for cell in row.cells) - form.table_width) > 0.01:
            raise section.error("tail", f"each row should be {form.table_width:g} mm wide")
    if form.min_rows > max(form.rows_per_page, 1):
        raise section.error("min_rows", "is more than rows_per_page")
    lowest = table_top(form) + table_height(form, form.rows_per_page) + below_height(form)
    if lowest > form.height - BOTTOM_MM + 0.01:
        raise section.error("rows_per_page", f"runs {lowest - form.height + BOTTOM_MM:.1f} mm over the page")


def table_top(form: ListForm) -> float:
    """Return where the table begins, mm from the top of the page."""
    return head_top(form) + form.line_height * len(form.header) + 1.0


def head_top(form: ListForm) -> float:
    """Return where the lines above the table begin: below the titles, mm from the top of the page."""
    return TOP_MM + form.title_height * (form.title.count("\n") + 1) + 2.0


def table_height(form: ListForm, rows: int) -> float:
    """Return the height of the table with so many rows, without its tail."""
    return sum(form.head_heights) + form.row_height * rows


def below_height(form: ListForm) -> float:
    """Return the height of everything below the rows on a last page."""
    tail = sum(row.height for row in form.tail)
    notes = NOTE_MM * sum(note_lines(form, note) for note in form.notes)
    footer = FOOT_MM * len(form.footer)
    return tail + notes + footer + (2.0 if form.notes or form.footer else 0.0)


def note_lines(form: ListForm, note: str, fields: Mapping[str, str] = MappingProxyType({})) -> int:
    """Return how many lines a note of 9 pt takes; some room in each is lost where punctuation may not begin a line."""
    return max(1, math.ceil(text_width(filled(note, fields), SERIF) * 9 / MM / (form.table_width - 4.0)))
