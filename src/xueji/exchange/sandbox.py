"""Read a workbook in a process of its own, so that no file can take the server down with it.

The native reader aborts (it does not raise) when a sheet is too large for memory; the child dies alone and the clerk
gets a sentence. The parent keeps its own memory bounded by counting what the child sends.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

import xueji
from xueji.core.errors import BadInput
from xueji.exchange.cells import Hidden, SheetReading, StrayQuote, WorkbookReading, from_wire
from xueji.exchange.formats import MAX_WORKBOOK_BYTES, refuse_size
from xueji.exchange.sources import Source, in_memory, size_of

_DEFAULT_ROW_LIMIT = 5_200
_SAVE_AS = "请用 Excel 打开，另存为“Excel 工作簿（*.xlsx）”再上传"


@dataclass(frozen=True, slots=True)
class Limits:
    """What the reading child may use: bytes of address space, seconds, bytes it may send back, and of the file."""

    memory: int = 1024 * 1024 * 1024
    cpu_seconds: int = 30
    wall_seconds: float = 60.0
    answer_bytes: int = 64 * 1024 * 1024
    most_bytes: int = MAX_WORKBOOK_BYTES


@dataclass
class _Answer:
    """What the child has said so far."""

    format: str = ""
    encoding: str | None = None
    is_encoding_assumed: bool = False
    sheets: list[dict[str, Any]] = field(default_factory=list)
    refused: str | None = None
    end: dict[str, Any] | None = None


def read_workbook(
    source: Source, *, name: str = "", row_limit: int = _DEFAULT_ROW_LIMIT, limits: Limits | None = None
) -> WorkbookReading:
    """Return the typed cells of an .xlsx, .xls or .csv file; BadInput says why it cannot be read and what to do.

    `name` is the clerk's file name (an upload lies under another one); `row_limit` is how many filled rows of each
    sheet are carried over, so that 200,000 rows cost no more than is needed to say so. The child gets the bytes in
    memory and no path to them: an upload lies sealed, and nothing readable is put on the disk for it.
    """
    limits = limits or Limits()
    request = {
        "name": name or getattr(source, "name", ""),
        "row_limit": row_limit,
        "memory": limits.memory,
        "cpu_seconds": limits.cpu_seconds,
        "most_bytes": limits.most_bytes,
    }
    refuse_size(size_of(source), limits.most_bytes)
    with in_memory(source) as handle:
        answer, code, timed_out = _converse({"path": f"/proc/self/fd/{handle}", **request}, limits, handle)
    if answer.refused is not None:
        raise BadInput(answer.refused)
    if timed_out or code in (-signal.SIGXCPU, -signal.SIGKILL):
        raise BadInput("读取工作簿用时过长，已中止；文件结构不正常，请把数据复制到新下载的模板中再上传")
    if code in (-signal.SIGABRT, -signal.SIGSEGV, -signal.SIGBUS):
        raise BadInput("读取工作簿所需内存超过上限，已中止；文件结构不正常，请把数据复制到新下载的模板中再上传")
    if code != 0 or answer.end is None:
        raise BadInput(f"工作簿已损坏，无法读取；{_SAVE_AS}")
    sheets = tuple(_sheet_from(sheet, row_limit) for sheet in answer.sheets)
    if not sheets:
        raise BadInput("工作簿里没有工作表（可能只有图表）；请使用新下载的模板")
    return WorkbookReading(
        answer.format,
        sheets,
        answer.encoding,
        answer.is_encoding_assumed,
        answer.end["peak_kb"],
        answer.end["cpu_seconds"],
    )


def _converse(request: dict[str, object], limits: Limits, handle: int) -> tuple[_Answer, int, bool]:
    """Run the child to its end, giving it `handle`; return what it said, its exit code, and whether its time was up."""
    process = subprocess.Popen(
        [sys.executable, "-m", "xueji.exchange._child"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=_child_environment(),
        close_fds=True,
        pass_fds=(handle,),
    )
    assert process.stdin is not None
    assert process.stdout is not None
    expired = threading.Event()

    def stop() -> None:
        expired.set()
        process.kill()

    timer = threading.Timer(limits.wall_seconds, stop)
    timer.start()
    try:
        process.stdin.write(json.dumps(request).encode() + b"\n")
        process.stdin.close()
        answer = _listen(process.stdout, limits.answer_bytes)
    except BrokenPipeError:
        answer = _Answer()
    finally:
        timer.cancel()
        process.stdout.close()
        if expired.is_set() or process.poll() is None:
            _reap(process)
    return answer, process.wait(), expired.is_set()


def _reap(process: subprocess.Popen[bytes]) -> None:
    """Give a child that has closed its pipe a moment to exit by itself, then kill it."""
    try:
        process.wait(timeout=5)
    except subprocess.TimeoutExpired:
        process.kill()


def _child_environment() -> dict[str, str]:
    """Return what the child needs to find this package, and none of the secrets of the server's environment."""
    kept = {key: os.environ[key] for key in ("PATH", "LANG", "LC_ALL", "TZ", "VIRTUAL_ENV") if key in os.environ}
    package = Path(xueji.__file__).resolve().parent.parent
    return {**kept, "PYTHONPATH": str(package), "PYTHONUTF8": "1", "PYTHONDONTWRITEBYTECODE": "1"}


def _listen(stdout: IO[bytes], budget: int) -> _Answer:
    answer = _Answer()
    for message in _messages(stdout, budget):
        if "rows" in message and answer.sheets:
            answer.sheets[-1]["rows"].extend(message["rows"])
        elif "sheet" in message:
            answer.sheets.append({**message, "rows": []})
            answer.encoding = message.get("encoding")
            answer.is_encoding_assumed = bool(message.get("encoding_assumed"))
        elif "format" in message:
            answer.format = message["format"]
        elif "refused" in message:
            answer.refused = message["refused"]
        elif "end" in message:
            answer.end = message
    return answer


def _messages(stdout: IO[bytes], budget: int) -> Iterator[dict[str, Any]]:
    left = budget
    while line := stdout.readline(left + 1):
        left -= len(line)
        if left < 0:
            raise BadInput("工作簿中的文字过多，超过读取上限；请删去无关内容，或把数据复制到新下载的模板中再上传")
        try:
            message = json.loads(line)
        except ValueError:
            return  # the child died in the middle of a line; its exit code says why
        yield message


def _sheet_from(sheet: dict[str, Any], row_limit: int) -> SheetReading:
    rows = tuple((number, [from_wire(cell) for cell in cells]) for number, cells in sheet["rows"])
    return SheetReading(
        name=sheet["sheet"],
        visible=sheet["visible"],
        height=sheet["height"],
        first_column=sheet["first_column"],
        rows=rows,
        truncated=len(rows) >= row_limit,
        hidden=Hidden(
            tuple((first, last) for first, last in sheet.get("hidden_rows", ())),
            tuple((first, last) for first, last in sheet.get("hidden_columns", ())),
            bool(sheet.get("filtered")),
        ),
        from_1904=bool(sheet.get("from_1904")),
        quotes=tuple(StrayQuote(row, column) for row, column in sheet.get("quotes", ())),
    )
