"""The one place that runs Typst: a private folder on tmpfs, shared fonts, one compiler per template.

Typst starts threads: a process forked after its first use hangs in the child. Workers are therefore spawned
(`multiprocessing.get_context("spawn")` or a subprocess), and a forked child is refused here instead of hanging.
"""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
import threading
from collections.abc import Mapping
from datetime import UTC, date, datetime
from functools import lru_cache
from io import FileIO
from pathlib import Path
from typing import Final

import cbor2
import typst

from xueji.core.errors import RenderFailed
from xueji.documents.fonts import SANS, SERIF, font_set

PDF_STANDARD: Final = "a-2u"  # every character maps to Unicode: a missing glyph is an error, not an empty box
_TMPFS = Path("/dev/shm")  # noqa: S108  # a private 0700 folder of templates is made inside
_DATA = "data.cbor"
_WATERMARK = """#let fonts = cbor("data.cbor").fonts
#set page(foreground: rotate(-30deg, text(
  font: fonts.sans, size: 96pt, weight: "bold", fill: rgb(200, 0, 0, 60), "练习"
)))
#include "{template}"
"""
_lock = threading.Lock()
_home_pid: list[int] = []


def refuse_forked_child() -> None:
    """Raise RenderFailed in a process forked after Typst ran: there a compile would never return."""
    if not _home_pid:
        _home_pid.append(os.getpid())
    elif _home_pid[0] != os.getpid():
        raise RenderFailed("文书生成进程由 fork 产生，无法继续：请用 spawn 方式或独立子进程启动工作进程")


def scratch_folder() -> Path:
    """Make a private folder for templates and fonts, in memory where the machine offers it."""
    parent = str(_TMPFS) if os.access(_TMPFS, os.W_OK) else None
    folder = Path(tempfile.mkdtemp(prefix="xueji-", dir=parent))
    atexit.register(_remove, folder, os.getpid())
    return folder


def _remove(folder: Path, pid: int) -> None:
    if os.getpid() == pid:
        shutil.rmtree(folder, ignore_errors=True)


@lru_cache(maxsize=1)
def shared_fonts() -> typst.Fonts:
    """Load exactly our faces: linked into one folder, because Typst takes folders and would take all that lies there."""
    folder = scratch_folder()
    faces = font_set()
    for face in {*faces.serif, *faces.sans}:
        (folder / face.path.name).symlink_to(face.path)
    fonts = typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[str(folder)])
    present = {font.family for font in fonts.fonts()}
    if lacking := {face.family for face in (*faces.serif, *faces.sans)} - present:
        raise RenderFailed(f"字体文件无法读取：{'、'.join(sorted(lacking))}")
    return fonts


def is_practice() -> bool:
    """Whether this process practises (`XUEJI_PRACTICE`): whatever it prints says so across the page."""
    return os.environ.get("XUEJI_PRACTICE") == "1"


@lru_cache(maxsize=16)
def _compiler(
    template: Path,
    _stamp: tuple[tuple[str, int], ...],
    practice: bool,  # noqa: FBT001  # part of the key
) -> tuple[typst.Compiler, FileIO]:
    folder = scratch_folder()
    for source in template.parent.glob("*.typ"):
        shutil.copyfile(source, folder / source.name)
    main = folder / template.name
    if practice:
        main = folder / "practice-cover.typ"
        main.write_text(_WATERMARK.format(template=template.name), encoding="utf-8")
    data = FileIO(os.memfd_create(_DATA), "r+")
    (folder / _DATA).symlink_to(f"/proc/self/fd/{data.fileno()}")
    return typst.Compiler(str(main), root=str(folder), font_paths=shared_fonts()), data


def _fill(file: FileIO, data: bytes) -> None:
    """Put the data of one document into the compiler's file, which is memory of this process without a name.

    Names and photographs are therefore on no disk and in no folder, and gone with the process however it ends.
    """
    file.truncate(0)
    file.seek(0)
    left = memoryview(data)
    while left:
        left = left[file.write(left) :]


def _stamp(folder: Path) -> tuple[tuple[str, int], ...]:
    return tuple(sorted((p.name, p.stat().st_mtime_ns) for p in folder.glob("*.typ")))


def issue_timestamp(day: date) -> int:
    """Return the instant written into the PDF: fixed by the issue date, so that the same data give the same bytes."""
    return int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp())


def compile_document(template: Path, data: Mapping[str, object], *, issued_on: date) -> bytes:
    """Set `data` with the Typst file `template`; RenderFailed on any error and on any warning.

    A warning is a failure because that is all Typst says to an unknown font. Data arrive as CBOR, never as source.
    """
    return _compile(template, _encoded(data, issued_on), issued_on)


def compile_once(template: Path, data: Mapping[str, object], *, issued_on: date) -> bytes:
    """As `compile_document`, for a page that lies under thousands of others: the last few are kept."""
    return _kept(template, _stamp(template.parent), _encoded(data, issued_on), issued_on, is_practice())


@lru_cache(maxsize=8)
def _kept(  # all of it is the key
    template: Path,
    _stamp: tuple[tuple[str, int], ...],
    encoded: bytes,
    issued_on: date,
    _practice: bool,  # noqa: FBT001  # part of the key
) -> bytes:
    return _compile(template, encoded, issued_on)


def _encoded(data: Mapping[str, object], issued_on: date) -> bytes:
    """Return what the template reads: the data, our fonts, the day."""
    fonts = font_set()
    families = {"serif": fonts.families(SERIF), "sans": fonts.families(SANS)}
    return cbor2.dumps({"fonts": families, "issued": [issued_on.year, issued_on.month, issued_on.day], **data})


def _compile(template: Path, encoded: bytes, issued_on: date) -> bytes:
    refuse_forked_child()
    with _lock:
        compiler, data = _compiler(template, _stamp(template.parent), is_practice())
        try:
            _fill(data, encoded)
            pdf, warnings = compiler.compile_with_warnings(
                format="pdf", pdf_standards=[PDF_STANDARD], timestamp=issue_timestamp(issued_on)
            )
        except typst.TypstError as error:
            raise RenderFailed(f"文书「{template.name}」无法生成：{error.message}") from error
        finally:
            data.truncate(0)
    if warnings:
        raise RenderFailed(f"文书「{template.name}」生成时有警告：{'；'.join(str(w.message) for w in warnings)}")
    assert isinstance(pdf, bytes), "a PDF without a file name comes back as bytes"
    return pdf
