"""Find the table in a workbook: the sheet that matches, the header row wherever it stands, the rows that are people.

Clerks put titles above the header, totals below the list and notes beside it; all that is passed over. A column that
is missing, doubled or unknown is named.
"""

from __future__ import annotations

import difflib
import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

from xueji.core.findings import Severity
from xueji.core.packs import ColumnSpec, WorkbookSpec
from xueji.core.texts import drop_unseen, fold_lookalikes
from xueji.exchange.cells import Cell, CellFinding, SheetReading, WorkbookReading, column_letters
from xueji.exchange.passed_over import has_name, is_passed_over
from xueji.exchange.unseen_parts import hidden_findings, quote_findings

HEADER_DEPTH = 20
PROBLEM_COLUMN = "问题"
PROBLEM_SHEET = "问题清单"
HELP_SHEET = "填写说明"
_PASSED_OVER = {"序号", "编号", "行号", "no", "no.", PROBLEM_COLUMN}
_DECORATION = re.compile(r"[\s*＊★※:：]|[（(](?:必填|选填|必录|文本|文本格式)[)）]")


@dataclass(frozen=True, slots=True)
class RawRow:
    """A row of the table: its number as Excel shows it, and its cells by field."""

    row_number: int
    cells: dict[str, Cell]


@dataclass(frozen=True, slots=True)
class TableReading:
    """The table found: where its header stands, which workbook column holds which field, the rows, what was odd."""

    sheet: str
    header_row: int
    columns: dict[str, int]  # field -> 0-based column of the workbook
    headers: dict[str, str]  # field -> header text as the clerk sees it
    rows: tuple[RawRow, ...]
    findings: tuple[CellFinding, ...]


@dataclass(frozen=True, slots=True)
class _Header:
    """A possible header row of a sheet: field → offset in the row, and the texts that matched nothing."""

    row_number: int
    matched: dict[str, int]
    texts: dict[int, str]
    doubled: tuple[tuple[int, str, str], ...]


@lru_cache(maxsize=8192)  # asked of every cell, to know a header that comes again; most columns repeat a few words
def fold_header(text: str) -> str:
    """Return a header without what people add to it: blanks, line breaks, stars, «（必填）», full-width letters."""
    return _DECORATION.sub("", unicodedata.normalize("NFKC", drop_unseen(fold_lookalikes(text)))).casefold()


def read_table(workbook: WorkbookReading, spec: WorkbookSpec) -> TableReading:
    """Return the rows of the sheet that fits the form; everything odd is a finding, nothing raises."""
    names = {fold_header(name): column for column in spec.columns for name in (column.header, *column.aliases)}
    found = [(sheet, header) for sheet in workbook.sheets if (header := _find_header(sheet, spec, names))]
    visible = [(sheet, header) for sheet, header in found if sheet.visible]
    hidden = [sheet for sheet in workbook.sheets if not sheet.visible and _is_data(sheet, found)]
    if not visible:
        return _nothing_found(workbook, spec, hidden)
    visible.sort(key=lambda pair: (pair[0].name != spec.sheet, not _has_rows(*pair), -len(pair[1].matched)))
    sheet, header = visible[0]
    findings = _sheet_findings(spec, visible, hidden)
    findings += _header_findings(sheet, header, spec)
    rows, row_findings = _rows_of(sheet, header, spec)
    columns = {field: offset + sheet.first_column for field, offset in header.matched.items()}
    headers = {field: _shown(header.texts[offset]) for field, offset in header.matched.items()}
    findings += hidden_findings(sheet, [row.row_number for row in rows], columns, headers)
    findings += quote_findings(sheet, {offset: _shown(text) for offset, text in header.texts.items()})
    return TableReading(sheet.name, header.row_number, columns, headers, rows, (*findings, *row_findings))


def _find_header(sheet: SheetReading, spec: WorkbookSpec, names: dict[str, ColumnSpec]) -> _Header | None:
    """Return the row among the first twenty that matches most columns; None when no row looks like a header."""
    if sheet.name == PROBLEM_SHEET:
        return None
    best: _Header | None = None
    above: list[Cell] = []
    for number, cells in sheet.rows[:HEADER_DEPTH]:
        if number > HEADER_DEPTH * 2:
            break
        header = _match(number, cells, above, names)
        if best is None or len(header.matched) > len(best.matched):
            best = header
        above = cells
    needed = max(2, min(4, len(spec.columns) // 3))
    return best if best and len(best.matched) >= needed else None


def _match(number: int, cells: list[Cell], above: list[Cell], names: dict[str, ColumnSpec]) -> _Header:
    matched: dict[str, int] = {}
    texts: dict[int, str] = {}
    doubled: list[tuple[int, str, str]] = []
    for offset in range(max(len(cells), len(above))):
        cell_text, over = _text_at(cells, offset), _text_at(above, offset)
        choices = (cell_text, over + cell_text) if cell_text else (over,)
        column = next((names[key] for text in choices if (key := fold_header(text)) in names), None)
        if cell_text:
            texts[offset] = cell_text
        if column is None:
            continue
        texts.setdefault(offset, over)
        if column.field in matched:
            doubled.append((offset, column.field, texts[offset]))
        else:
            matched[column.field] = offset
    own_matches = sum(bool(_text_at(cells, offset)) for offset in matched.values())
    if own_matches * 2 < len(matched):
        matched = {}
    return _Header(number, matched, texts, tuple(doubled))


def _text_at(cells: list[Cell], offset: int) -> str:
    cell = cells[offset] if offset < len(cells) else None
    return cell if isinstance(cell, str) else ""


def _shown(text: str) -> str:
    """Return a header as it reads in Excel, on one line."""
    return re.sub(r"\s+", "", text)


def _has_rows(sheet: SheetReading, header: _Header) -> bool:
    return any(number > header.row_number for number, _ in sheet.rows)


def _is_data(sheet: SheetReading, found: list[tuple[SheetReading, _Header]]) -> bool:
    """Whether a hidden sheet holds a table of the form (list sheets of drop-downs do not)."""
    return any(sheet is other and _has_rows(other, header) for other, header in found)


def _finding(  # noqa: PLR0917  # the order of the words in a finding
    sheet: str, row: int, column: str, severity: Severity, rule: str, message: str, remedy: str = ""
) -> CellFinding:
    return CellFinding(sheet, row, column, severity, f"reading.{rule}", message, None, remedy)


def _nothing_found(workbook: WorkbookReading, spec: WorkbookSpec, hidden: list[SheetReading]) -> TableReading:
    first = next((sheet for sheet in workbook.sheets if sheet.visible), workbook.sheets[0])
    required = "、".join(column.header for column in spec.columns if column.required)
    if hidden:
        names = "、".join(f"「{sheet.name}」" for sheet in hidden)
        message = f"可见的工作表中没有找到{spec.title}；数据可能在隐藏的工作表{names}中"
        finding = _finding(hidden[0].name, 0, "", Severity.ERROR, "only_hidden_sheets", message, "请取消隐藏后再上传")
    elif all(sheet.height == 0 for sheet in workbook.sheets):
        finding = _finding(
            first.name, 0, "", Severity.ERROR, "empty_workbook", "工作簿里没有任何内容", "请使用新下载的模板填写"
        )
    else:
        message = f"前 {HEADER_DEPTH} 行中没有找到表头；必需的列有：{required}"
        finding = _finding(first.name, 1, "", Severity.ERROR, "no_header", message, "请使用新下载的模板，不要改动表头")
    return TableReading(first.name, 0, {}, {}, (), (finding, *quote_findings(first, {})))


def _sheet_findings(
    spec: WorkbookSpec, visible: list[tuple[SheetReading, _Header]], hidden: list[SheetReading]
) -> list[CellFinding]:
    chosen = visible[0][0]
    findings = []
    others = [sheet.name for sheet, header in visible[1:] if _has_rows(sheet, header)]
    if others:
        listed = "、".join(f"「{name}」" for name in others)
        severity = Severity.WARNING if chosen.name == spec.sheet else Severity.ERROR
        message = f"有几张工作表都像{spec.title}：只读取了「{chosen.name}」，没有读取{listed}"
        remedy = f"请把要上传的数据合并到一张工作表，并命名为「{spec.sheet}」"
        findings.append(_finding(chosen.name, 0, "", severity, "several_sheets", message, remedy))
    for sheet in hidden:
        message = f"隐藏的工作表「{sheet.name}」中有数据，没有读取"
        findings.append(
            _finding(
                sheet.name, 0, "", Severity.WARNING, "hidden_sheet", message, "如需上传，请取消隐藏并合并；否则请删除"
            )
        )
    return findings


def _header_findings(sheet: SheetReading, header: _Header, spec: WorkbookSpec) -> list[CellFinding]:
    row, findings = header.row_number, []
    used = set(header.matched.values()) | {offset for offset, _, _ in header.doubled}
    unknown = {offset: text for offset, text in header.texts.items() if offset not in used}
    missing = [column for column in spec.columns if column.required and column.field not in header.matched]
    for offset, field, text in header.doubled:
        first = column_letters(header.matched[field] + sheet.first_column)
        message = f"表头「{_shown(text)}」重复：{first} 列与 {column_letters(offset + sheet.first_column)} 列是同一项"
        findings.append(
            _finding(sheet.name, row, _shown(text), Severity.ERROR, "duplicate_column", message, "请删去多余的一列")
        )
    for column in missing:
        near = difflib.get_close_matches(column.header, [_shown(t) for t in unknown.values()], 1, 0.5)
        remedy = (
            f"「{near[0]}」是否就是这一列？请把表头改为「{column.header}」"
            if near
            else "请使用新下载的模板，不要删改表头"
        )
        message = f"缺少必需的列「{column.header}」"
        findings.append(_finding(sheet.name, row, column.header, Severity.ERROR, "missing_column", message, remedy))
    for text in unknown.values():
        if fold_header(text) in _PASSED_OVER:
            continue
        message = f"列「{_shown(text)[:40]}」不是本表的列，没有读取"
        findings.append(_finding(sheet.name, row, _shown(text)[:40], Severity.ADVICE, "unknown_column", message))
    return findings


def _rows_of(
    sheet: SheetReading, header: _Header, spec: WorkbookSpec
) -> tuple[tuple[RawRow, ...], tuple[CellFinding, ...]]:
    rows: list[RawRow] = []
    findings: list[CellFinding] = []
    header_texts = {offset: fold_header(text) for offset, text in header.texts.items()}
    key_fields = {column.field for column in spec.columns if column.kind == "identifier" or column.field == "name"}
    filled = sum(number > header.row_number for number, _ in sheet.rows)
    if sheet.truncated or filled > spec.max_rows + HEADER_DEPTH:
        return (), (_too_many(sheet, header, spec),)
    for number, cells in sheet.rows:
        if number <= header.row_number or _repeats_header(cells, header_texts, header):
            continue
        values = {f: cells[offset] if offset < len(cells) else None for f, offset in header.matched.items()}
        if is_passed_over(cells, values, key_fields):
            if has_name(values):
                findings.append(_passed_over(sheet, number, header))
            continue
        rows.append(RawRow(number, values))
    if len(rows) > spec.max_rows:
        return (), (_too_many(sheet, header, spec),)
    if not rows:
        message = "只有表头，没有数据"
        finding = _finding(
            sheet.name, header.row_number, "", Severity.ERROR, "no_rows", message, "请从表头下一行开始填写"
        )
        return (), (finding,)
    return tuple(rows), tuple(findings)


def _passed_over(sheet: SheetReading, number: int, header: _Header) -> CellFinding:
    """Tell that a row with a name was taken for a total or for signatures."""
    column = _shown(header.texts[header.matched["name"]])
    message = "本行像合计行或签名行，没有作为人员读取"
    remedy = "如果是一名人员，请填写其证件号码等各栏后再上传"
    return _finding(sheet.name, number, column, Severity.ADVICE, "row_passed_over", message, remedy)


def _too_many(sheet: SheetReading, header: _Header, spec: WorkbookSpec) -> CellFinding:
    count = max(sheet.height - header.row_number, spec.max_rows + 1)
    message = f"工作表有 {count:,} 行数据，一次最多 {spec.max_rows:,} 行；没有读取"
    return _finding(
        sheet.name, header.row_number, "", Severity.ERROR, "too_many_rows", message, "请按专业或班级分成几份上传"
    )


def _repeats_header(cells: list[Cell], header_texts: dict[int, str], header: _Header) -> bool:
    """Whether a row is the header again, as printed lists have it on every page."""
    offsets = header.matched.values()
    same = sum(fold_header(_text_at(cells, offset)) == header_texts.get(offset) for offset in offsets)
    return same >= max(2, (len(header.matched) + 1) // 2)
