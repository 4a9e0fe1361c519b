"""Small lists for tests: CSV and workbooks with headings of either national system."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import xlsxwriter

from xueji.core.identifiers import check_character
from xueji.reconciliation.answers import PersonAnswer, Report
from xueji.reconciliation.cli import run

Row = Mapping[str, object]


def number(region: str, birth: str, serial: int) -> str:
    """Return a right number of eighteen characters."""
    seventeen = f"{region}{birth}{serial:03}"
    return seventeen + check_character(seventeen)


WANG, LI, ZHAO = number("410105", "20070302", 12), number("410105", "20061118", 333), number("410221", "20070820", 41)


def person(name: str = "王小明", resident_id: str = WANG, **more: object) -> dict[str, object]:
    """Return a row with the headings of the second national system."""
    return {"姓名": name, "身份证件号": resident_id, "专业简称": "护理", "学制": "三年制", "入学年月": "202309", **more}


def write_csv(path: Path, rows: Sequence[Row], *, encoding: str = "utf-8") -> Path:
    """Write a text table; the first row tells its headings."""
    lines = [",".join(rows[0])] + [",".join(str(value) for value in row.values()) for row in rows]
    path.write_text("\n".join(lines) + "\n", encoding=encoding)
    return path


def write_xlsx(path: Path, rows: Sequence[Row], *, title: str = "", sheet: str = "学生") -> Path:
    """Write a workbook, with a title above the header where one is given."""
    with xlsxwriter.Workbook(path) as book:
        table = book.add_worksheet(sheet)
        at = 0
        if title:
            table.write_string(0, 0, title)
            at = 2
        for place, header in enumerate(rows[0]):
            table.write_string(at, place, header)
        for down, row in enumerate(rows, start=at + 1):
            for place, value in enumerate(row.values()):
                table.write(down, place, value) if isinstance(value, int | float) else table.write_string(
                    down, place, str(value)
                )
    return path


def compared(folder: Path, ours: Sequence[Row], theirs: Sequence[Row], **options: object) -> Report:
    """Write both lists as text tables and hold them against each other."""
    here, other = write_csv(folder / "甲.csv", ours), write_csv(folder / "乙.csv", theirs)
    return run(here, other, **options)  # type: ignore[arg-type]


def only(report: Report) -> PersonAnswer:
    """Return the one row of a report."""
    (row,) = report.rows
    return row
