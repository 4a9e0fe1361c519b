"""The process that opens hostile workbooks: `python -m xueji.exchange._child`, one request on stdin, JSON lines out.

It limits itself before it opens anything: memory, CPU seconds, no core dumps, no file it could fill. Whatever kills
it (an abort inside the native reader, the memory limit) kills nothing else.
"""

from __future__ import annotations

import csv
import io
import json
import resource
import sys
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, repeat
from pathlib import Path

from python_calamine import CalamineError, CalamineWorkbook, PasswordError, SheetTypeEnum, SheetVisibleEnum

from xueji.core.errors import BadInput
from xueji.exchange.cells import to_wire
from xueji.exchange.formats import recognise
from xueji.exchange.lines import read_lines
from xueji.exchange.oldxls import OldBook, look_into
from xueji.exchange.prescan import BookScan, prescan
from xueji.exchange.rawsheets import MAX_COLUMNS, SheetScan

_ROWS_A_LINE = 500
_MAX_QUOTES = 200
_SAVE_AS = "请用 Excel 打开，另存为“Excel 工作簿（*.xlsx）”再上传"


def main() -> int:
    """Serve the one request; every answer is a JSON line, a refusal the last of them."""
    request = json.loads(sys.stdin.readline())
    _limit_self(request["memory"], request["cpu_seconds"])
    try:
        kind = recognise(Path(request["path"]), request["name"], request["most_bytes"])
        _say({"format": kind})
        if kind == "csv":
            _serve_csv(Path(request["path"]), request["row_limit"])
        else:
            _serve_workbook(Path(request["path"]), kind, request["row_limit"])
    except BadInput as refusal:
        _say({"refused": refusal.message})
    except PasswordError:
        _say({"refused": "工作簿设有密码，系统无法读取；请在 Excel 中取消密码后再上传"})
    except (CalamineError, zipfile.BadZipFile, ValueError, KeyError, OSError) as error:
        _say({"refused": f"工作簿已损坏，无法读取（{type(error).__name__}）；{_SAVE_AS}"})
    except MemoryError:
        _say({"refused": "读取工作簿所需内存超过上限，已中止；请把数据复制到新下载的模板中再上传"})
    usage = resource.getrusage(resource.RUSAGE_SELF)
    _say({"end": True, "peak_kb": _peak_kb(), "cpu_seconds": usage.ru_utime + usage.ru_stime})
    return 0


def _limit_self(memory: int, cpu_seconds: int) -> None:
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CPU, (cpu_seconds, cpu_seconds))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))


def _peak_kb() -> int:
    """Return the most memory this process held; `ru_maxrss` would count the parent's too, from before the exec."""
    for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1])
    return 0


def _say(message: dict[str, object]) -> None:
    sys.stdout.write(json.dumps(message, separators=(",", ":")))
    sys.stdout.write("\n")


def _serve_workbook(path: Path, kind: str, row_limit: int) -> None:
    book = prescan(path) if kind == "xlsx" else BookScan({})
    old = look_into(path.read_bytes()) if kind == "xls" else OldBook(book.package or b"")
    source = io.BytesIO(old.body) if old.body else path.open("rb")
    encoding = {"encoding": old.encoding, "encoding_assumed": old.is_assumed} if old.encoding else {}
    with source as file, CalamineWorkbook.from_filelike(file) as workbook:  # from_path believes the suffix
        for metadata in workbook.sheets_metadata:
            if metadata.typ is not SheetTypeEnum.WorkSheet:
                continue
            sheet = workbook.get_sheet_by_name(metadata.name)
            visible = metadata.visible is SheetVisibleEnum.Visible
            scan = book.sheets.get(metadata.name, SheetScan())
            height = 0 if sheet.end is None else sheet.end[0] + 1
            height = max(height, *(row for row, _ in scan.faults)) if scan.faults else height
            first_column = 0 if sheet.start is None else sheet.start[1]
            unseen = {"hidden_rows": scan.hidden_rows, "hidden_columns": scan.hidden_columns, "filtered": scan.filtered}
            place = {"height": height, "first_column": first_column, "from_1904": book.from_1904 or old.from_1904}
            _say({"sheet": old.text(metadata.name), "visible": visible, **place, **unseen, **encoding})
            if height:
                read = (_as_written(row, old) for row in sheet.iter_rows()) if old.encoding else sheet.iter_rows()
                rows = _with_faults(read, scan, first_column)
                _serve_rows(rows, row_limit)


def _as_written(row: Sequence[object], old: OldBook) -> list[object]:
    return [old.text(cell) if isinstance(cell, str) else cell for cell in row]


def _with_faults(
    rows: Iterable[Sequence[object]], scan: SheetScan, first_column: int
) -> Iterator[tuple[int, list[object]]]:
    """Number the rows; put the faults of the raw XML where the reader shows nothing, and percentages as they are shown."""
    by_row: dict[int, list[tuple[int, object]]] = {}
    for (row, column), found in scan.faults.items():
        by_row.setdefault(row, []).append((column - first_column, found))
    percents: dict[int, list[tuple[int, str]]] = {}
    for (row, column), shown in scan.percents.items():
        percents.setdefault(row, []).append((column - first_column, shown))
    below = max(by_row, default=0)  # the reader ends with the last value
    for number, read in enumerate(chain(rows, repeat(None)), start=1):
        if read is None and number > below:
            return
        cells = list(read or ())
        for offset, fault in by_row.get(number, ()):
            cells = [*cells, *[None] * (offset + 1 - len(cells))]
            if offset >= 0 and cells[offset] in ("", None):
                cells[offset] = fault
        for offset, shown in percents.get(number, ()):
            if 0 <= offset < len(cells) and isinstance(cells[offset], float):
                cells[offset] = shown
        yield number, cells


def _serve_rows(rows: Iterable[tuple[int, list[object]]], row_limit: int) -> None:
    """Send rows that hold something, up to the limit; the sheet's height tells the parent what was left out."""
    batch: list[list[object]] = []
    sent = 0
    for number, cells in rows:
        wire = [to_wire(cell) for cell in cells[:MAX_COLUMNS]]
        while wire and wire[-1] is None:
            wire.pop()
        if not wire:
            continue
        batch.append([number, wire])
        sent += 1
        if len(batch) >= _ROWS_A_LINE:
            _say({"rows": batch})
            batch = []
        if sent >= row_limit:
            break
    if batch:
        _say({"rows": batch})


def _serve_csv(path: Path, row_limit: int) -> None:
    text, encoding = _decode(path.read_bytes())
    if "\x00" in text:
        raise BadInput(f"文本中有空字符（NUL），文件可能已损坏；{_SAVE_AS}")
    head = text[:8192].split("\n", 30)[:30]
    delimiter = max(",\t;", key=lambda mark: sum(line.count(mark) for line in head))
    csv.field_size_limit(65536)
    rows: list[tuple[int, list[object]]] = []
    reading = read_lines(text, delimiter)
    height = 0
    try:
        for row in reading.rows():
            height += 1
            if height <= row_limit:
                rows.append((height, [_unwrap(cell) for cell in row]))
    except csv.Error as error:
        raise BadInput(f"CSV 第 {height + 1} 行无法读取（引号不成对或单元格过长）；{_SAVE_AS}") from error
    quotes = reading.quotes[:_MAX_QUOTES]
    place = {"height": height, "first_column": 0, "encoding": encoding}
    _say({"sheet": "CSV", "visible": True, **place, "quotes": quotes})
    _serve_rows(rows, row_limit)


def _unwrap(cell: str) -> str:
    """Return the text of a CSV cell, without the `="…"` that people write to keep long numbers whole."""
    if cell.startswith('="') and cell.endswith('"') and len(cell) > 2:
        return cell[2:-1]
    return cell


def _decode(body: bytes) -> tuple[str, str]:
    """Return the text of a CSV and its encoding: a byte-order mark decides, then strict UTF-8, then GB18030."""
    for mark, encoding in ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16")):
        if body.startswith(mark):
            candidates: tuple[str, ...] = (encoding,)
            break
    else:
        candidates = ("utf-8", "gb18030")
    for encoding in candidates:
        try:
            return body.decode(encoding), encoding
        except UnicodeDecodeError:
            continue
    raise BadInput(f"CSV 的文字编码无法识别（既不是 UTF-8 也不是 GB18030）；{_SAVE_AS}")


if __name__ == "__main__":
    sys.exit(main())
