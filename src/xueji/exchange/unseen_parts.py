"""What whoever sent a workbook may not have seen of it: rows and columns hidden, folded or filtered; stray quotation marks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from xueji.core.findings import Severity
from xueji.exchange.cells import CellFinding, SheetReading, Span, column_letters

_TOLD = 30  # spans that are told one by one; a filter may leave hundreds


def hidden_findings(
    sheet: SheetReading, rows: Sequence[int], columns: Mapping[str, int], headers: Mapping[str, str]
) -> list[CellFinding]:
    """Say which rows of people and which columns of the form nobody saw; they were read like all others.

    `rows` are the numbers of the rows that were read, `columns` the 0-based place of each field in the workbook.
    """
    spans = [span for first, last in sheet.hidden.rows if (span := _within(rows, first, last))]
    findings = [_hidden_rows(sheet, span, filtered=sheet.hidden.filtered) for span in spans[:_TOLD]]
    if len(spans) > _TOLD:
        count = sum(1 for number in rows if any(first <= number <= last for first, last in spans))
        message = f"共有 {count} 行被隐藏或被筛选掉（只逐一列出前 {_TOLD} 处），都已照常读取"
        findings.append(_finding(sheet, 0, "", Severity.WARNING, "hidden_rows", message, _REMEDY))
    for field, place in columns.items():
        if any(first <= place <= last for first, last in sheet.hidden.columns):
            message = f"{column_letters(place)} 列「{headers[field]}」被隐藏，其中的内容已照常读取"
            remedy = "请取消隐藏，核对这一列的内容"
            findings.append(
                _finding(sheet, 0, headers[field], Severity.WARNING, "hidden_column", message, remedy, field)
            )
    if sheet.hidden.filtered and not spans:
        message = "工作表上设有筛选条件；现在没有被筛选掉的行，全部已读取"
        findings.append(_finding(sheet, 0, "", Severity.ADVICE, "filter_on", message, "请核对人数；不需要筛选的请清除"))
    return findings


_REMEDY = "不应上报的请删除该行；应上报的请清除筛选、取消隐藏，核对后再上传"


def _within(rows: Iterable[int], first: int, last: int) -> Span | None:
    """Return the first and last row read within a span, None when it holds none."""
    inside = [number for number in rows if first <= number <= last]
    return (inside[0], inside[-1]) if inside else None


def _hidden_rows(sheet: SheetReading, span: Span, *, filtered: bool) -> CellFinding:
    first, last = span
    which = f"第 {first} 行" if first == last else f"第 {first} 至 {last} 行"
    how = "被筛选掉（隐藏），表上看不见" if filtered else "被隐藏，表上看不见"
    return _finding(sheet, first, "", Severity.WARNING, "hidden_rows", f"{which}{how}，已照常读取", _REMEDY)


def quote_findings(sheet: SheetReading, columns: Mapping[int, str]) -> list[CellFinding]:
    """Say where a quotation mark without partner stands; `columns` are the headers by 0-based place."""
    return [
        _finding(
            sheet,
            quote.row,
            columns.get(quote.column, ""),
            Severity.ERROR,
            "stray_quote",
            f"第 {quote.row} 行 {column_letters(quote.column)} 列的引号不成对，会把后面的内容并入同一个单元格",
            "请删去这个引号，或用 Excel 打开核对后另存为“Excel 工作簿（*.xlsx）”再上传",
        )
        for quote in sheet.quotes
    ]


def _finding(  # noqa: PLR0917  # the order of the words in a finding
    sheet: SheetReading,
    row: int,
    column: str,
    severity: Severity,
    rule: str,
    message: str,
    remedy: str,
    field: str | None = None,
) -> CellFinding:
    return CellFinding(sheet.name, row, column, severity, f"reading.{rule}", message, field, remedy)
