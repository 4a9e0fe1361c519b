"""`xueji forms PACK`: every form of a pack as it will be printed, filled with made-up rows. No database."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path

from xueji.cli.specimens import (
    YEAR,
    specimen_diplomas,
    specimen_letter,
    specimen_list,
    specimen_register,
    specimen_roster,
)
from xueji.core.errors import BadInput
from xueji.core.packs import DocumentSpec, PackView
from xueji.documents.records import RenderedDocument
from xueji.documents.render import (
    render_calibration_sheet,
    render_diplomas,
    render_letter,
    render_list,
    render_register,
    render_roster,
    write_list_workbook,
)
from xueji.policy import get_library

_MOST_ROWS = 5000
DAY = date(YEAR, 7, 1)


def main(argv: Sequence[str]) -> int:
    """Write the forms of a pack, or only those named, and say of each how many pages it has."""
    parser = argparse.ArgumentParser(
        prog="xueji forms", description="用虚构的人名打印政策包的全部表和证书，看样子用；不需要数据库"
    )
    parser.add_argument("pack", help="政策包，如 edu/national")
    parser.add_argument(
        "--rows", type=int, default=19, metavar="N", help=f"每张表几行、每种证书几张（1 至 {_MOST_ROWS}，默认 19）"
    )
    parser.add_argument(
        "--only", action="append", metavar="FORM", help="只要这一种（可写多次），写文书在政策包里的名字"
    )
    parser.add_argument("--out", type=Path, default=Path("forms"), metavar="DIR", help="写到哪个文件夹（默认 forms）")
    parser.add_argument("--json", action="store_true", help="输出 JSON")
    chosen = parser.parse_args(argv)
    if not 1 <= chosen.rows <= _MOST_ROWS:
        raise BadInput(f"行数应为 1 至 {_MOST_ROWS}：{chosen.rows}")
    view = get_library().pack(chosen.pack).on(DAY)
    try:
        chosen.out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise BadInput(f"不能写到 {chosen.out}：{error.strerror}") from error
    made = [
        {"form": key, "title": view.document(key).title.replace("\n", " "), **form}
        for key in _wanted(view, chosen.only)
        for form in _write(view, view.document(key), chosen.rows, chosen.out)
    ]
    if chosen.json:
        print(json.dumps(made, ensure_ascii=False))
    else:
        for form in made:
            print(f"{form['file']:<36}{form['pages'] or '':>5}  {form['title']}")
    return 0


def _wanted(view: PackView, only: Sequence[str] | None) -> Sequence[str]:
    keys = tuple(view.keys("document"))
    if unknown := set(only or ()) - set(keys):
        raise BadInput(f"政策包没有「{'、'.join(sorted(unknown))}」；可用：{'、'.join(keys)}")
    return [key for key in keys if not only or key in only]


def _write(view: PackView, spec: DocumentSpec, rows: int, out: Path) -> Iterator[dict[str, object]]:
    for name, rendered in _rendered(view, spec, rows):
        (out / f"{name}.pdf").write_bytes(rendered.pdf)
        yield {"file": f"{name}.pdf", "pages": rendered.pages, "set_smaller": len(rendered.shrunk)}
    if spec.template == "@list.typ" and spec.settings.get("electronic"):
        book = write_list_workbook(spec, specimen_list(view, spec, rows), issued_on=DAY)
        (out / f"{spec.key}.xlsx").write_bytes(book)
        yield {"file": f"{spec.key}.xlsx", "pages": None, "set_smaller": 0}


def _rendered(view: PackView, spec: DocumentSpec, rows: int) -> Iterator[tuple[str, RenderedDocument]]:
    """Print a form in every way it has, each with its file name."""
    if modes := spec.settings.get("modes"):
        records = specimen_diplomas(view, spec, rows)
        for mode in modes if isinstance(modes, list | tuple) else ():
            yield f"{spec.key}.{mode}", render_diplomas(spec, records, mode=str(mode), issued_on=DAY)
    elif spec.template == "@list.typ":
        yield spec.key, render_list(spec, specimen_list(view, spec, rows), issued_on=DAY)
    elif spec.template == "@letter.typ":
        yield spec.key, render_letter(spec, specimen_letter(view, spec), issued_on=DAY)
    elif spec.template == "register.typ":
        yield spec.key, render_register(spec, specimen_register(view, rows), issued_on=DAY)
    elif spec.template == "roster.typ":
        yield spec.key, render_roster(spec, specimen_roster(view, rows), issued_on=DAY)
    else:
        yield spec.key, render_calibration_sheet(spec, "教务处喷墨打印机", issued_on=DAY)
