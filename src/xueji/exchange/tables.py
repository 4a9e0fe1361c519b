"""Find the table in a workbook: the sheet that matches, the header row wherever it stands, the rows that are people.

Clerks put titles above the header, totals below the list and notes beside it; all that is passed over. A column that
is missing, doubled or unknown is named.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

from xueji.core.findings import Severity
from xueji.core.packs import WorkbookSpec
from xueji.core.texts import ungarbled
from xueji.exchange.cells import Cell, CellFinding, SheetReading, WorkbookReading, column_letters
from xueji.exchange.dates import day_of_serial, is_serial
from xueji.exchange.headings import FAMILIAR, HEADER_DEPTH, Header, find_header, fold_header, repeats_header
from xueji.exchange.passed_over import after_the_last, has_name, is_hint, is_passed_over
from xueji.exchange.unseen_parts import hidden_findings, quote_findings

_LOOKED_AT = 30  # rows in which garbled texts are looked for
PROBLEM_COLUMN = "问题"
PROBLEM_SHEET = "问题清单"
HELP_SHEET = "填写说明"
_TOLD = 8  # columns that one finding names
_NOT_TOLD = FAMILIAR | {PROBLEM_COLUMN}


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


def read_table(workbook: WorkbookReading, spec: WorkbookSpec) -> TableReading:
    """Return the rows of the sheet that fits the form; everything odd is a finding, nothing raises."""
    sheets = [sheet for sheet in workbook.sheets if sheet.name != PROBLEM_SHEET]
    found = [(sheet, header) for sheet in sheets if (header := find_header(sheet, spec.columns))]
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
    if workbook.is_encoding_assumed:
        findings.append(_encoding_assumed(sheet))
    return TableReading(sheet.name, header.row_number, columns, headers, rows, (*findings, *row_findings))


def _encoding_assumed(sheet: SheetReading) -> CellFinding:
    """Tell that an old .xls does not name the encoding of its texts."""
    message = "文件是旧格式（Excel 5.0/95），没有写明文字编码，已按国标编码（GBK）读取"
    remedy = "请核对姓名等文字；最好用 Excel 或 WPS 打开后另存为“Excel 工作簿（*.xlsx）”再上传"
    return _finding(sheet.name, 0, "", Severity.WARNING, "encoding_assumed", message, remedy)


def _shown(text: str) -> str:
    """Return a header as it reads in Excel, on one line."""
    return re.sub(r"\s+", "", text)


def _has_rows(sheet: SheetReading, header: Header) -> bool:
    return any(number > header.row_number for number, _ in sheet.rows)


def _is_data(sheet: SheetReading, found: list[tuple[SheetReading, Header]]) -> bool:
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
    elif (
        sum(bool(ungarbled(cell)) for _, cells in first.rows[:_LOOKED_AT] for cell in cells if isinstance(cell, str))
        > 2
    ):
        message = "表中的文字是乱码：文件用错误的编码打开或保存过"
        remedy = "请从原系统重新导出，或用 Excel 打开核对后另存为“Excel 工作簿（*.xlsx）”再上传"
        finding = _finding(first.name, 1, "", Severity.ERROR, "garbled", message, remedy)
    else:
        message = f"前 {HEADER_DEPTH} 行中没有找到表头；必需的列有：{required}"
        finding = _finding(first.name, 1, "", Severity.ERROR, "no_header", message, "请使用新下载的模板，不要改动表头")
    return TableReading(first.name, 0, {}, {}, (), (finding, *quote_findings(first, {})))


def _sheet_findings(
    spec: WorkbookSpec, visible: list[tuple[SheetReading, Header]], hidden: list[SheetReading]
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


def _header_findings(sheet: SheetReading, header: Header, spec: WorkbookSpec) -> list[CellFinding]:
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
    ignored = [_shown(text)[:40] for text in unknown.values() if fold_header(text) not in _NOT_TOLD]
    if ignored:
        more = f"等 {len(ignored)} 列" if len(ignored) > _TOLD else ""
        message = f"列{''.join(f'「{text}」' for text in ignored[:_TOLD])}{more}不是本表的列，没有读取"
        findings.append(_finding(sheet.name, row, ignored[0], Severity.ADVICE, "unknown_column", message))
    return findings


def _rows_of(
    sheet: SheetReading, header: Header, spec: WorkbookSpec
) -> tuple[tuple[RawRow, ...], tuple[CellFinding, ...]]:
    rows: list[RawRow] = []
    findings: list[CellFinding] = []
    key_fields = {column.field for column in spec.columns if column.kind == "identifier" or column.field == "name"}
    numbers = {column.field for column in spec.columns if column.kind == "identifier"}
    days = {column.field for column in spec.columns if column.kind in ("date", "month")}
    filled = sum(number > header.row_number for number, _ in sheet.rows)
    if sheet.truncated or filled > spec.max_rows + HEADER_DEPTH:
        return (), (_too_many(sheet, header, spec),)
    for number, cells in sheet.rows:
        if number <= header.row_number or repeats_header(cells, header):
            continue
        values = {f: cells[offset] if offset < len(cells) else None for f, offset in header.matched.items()}
        if is_passed_over(cells, values, key_fields):
            if has_name(values):
                findings.append(_passed_over(sheet, number, header))
            continue
        if number == header.row_number + 1 and numbers and is_hint(values, key_fields):
            message = "本行没有姓名和证件号码，像填写提示，没有作为人员读取"
            findings.append(_finding(sheet.name, number, "", Severity.ADVICE, "row_passed_over", message))
            continue
        if sheet.from_1904:
            findings += _from_1904(sheet, number, values, header, days)
        rows.append(RawRow(number, values))
    if len(rows) > spec.max_rows:
        return (), (_too_many(sheet, header, spec),)
    no_people = after_the_last([row.cells for row in rows], [c for c in spec.columns if c.field in header.matched])
    findings += _not_people(sheet, rows, no_people)
    rows = [row for index, row in enumerate(rows) if index not in no_people]
    if not rows:
        message = "只有表头，没有数据"
        finding = _finding(
            sheet.name, header.row_number, "", Severity.ERROR, "no_rows", message, "请从表头下一行开始填写"
        )
        return (), (finding,)
    return tuple(rows), tuple(findings)


def _from_1904(
    sheet: SheetReading, number: int, values: dict[str, Cell], header: Header, days: set[str]
) -> list[CellFinding]:
    """Make days of the numbers that lost their format in a workbook that counts from 1904, and tell it."""
    findings = []
    for field in days & values.keys():
        cell = values[field]
        if isinstance(cell, int | float) and is_serial(cell):
            values[field] = day_of_serial(int(cell), from_1904=True)
            column = _shown(header.texts[header.matched[field]])
            message = "单元格是没有日期格式的数值；工作簿按 1904 日期系统计日，已按此读作日期"
            finding = _finding(
                sheet.name, number, column, Severity.WARNING, "serial_from_1904", message, "请核对；建议改为文本"
            )
            findings.append(replace(finding, field=field))
    return findings


def _passed_over(sheet: SheetReading, number: int, header: Header) -> CellFinding:
    """Tell that a row with a name was taken for a total or for signatures."""
    column = _shown(header.texts[header.matched["name"]])
    message = "本行像合计行或签名行，没有作为人员读取"
    remedy = "如果是一名人员，请填写其证件号码等各栏后再上传"
    return _finding(sheet.name, number, column, Severity.ADVICE, "row_passed_over", message, remedy)


_WHY_NO_PEOPLE = {
    "filled": "没有姓名和证件号码，只有向下填充的内容",
    "counts": "像名册下方的统计数字",
}


def _not_people(sheet: SheetReading, rows: list[RawRow], no_people: Mapping[int, str]) -> list[CellFinding]:
    """Tell in one sentence for each kind which rows below the list were not taken for people."""
    findings = []
    for kind, why in _WHY_NO_PEOPLE.items():
        numbers = [rows[index].row_number for index, found in no_people.items() if found == kind]
        if not numbers:
            continue
        which = (
            f"第 {numbers[0]} 行" if len(numbers) == 1 else f"第 {numbers[0]} 至 {numbers[-1]} 行中的 {len(numbers)} 行"
        )
        message = f"{which}{why}，没有作为人员读取"
        remedy = "如果是人员，请填写其姓名、证件号码等各栏后再上传"
        findings.append(_finding(sheet.name, numbers[0], "", Severity.ADVICE, "rows_not_people", message, remedy))
    return findings


def _too_many(sheet: SheetReading, header: Header, spec: WorkbookSpec) -> CellFinding:
    count = max(sheet.height - header.row_number, spec.max_rows + 1)
    message = f"工作表有 {count:,} 行数据，一次最多 {spec.max_rows:,} 行；没有读取"
    return _finding(
        sheet.name, header.row_number, "", Severity.ERROR, "too_many_rows", message, "请按专业或班级分成几份上传"
    )
