"""What a school sends: the downloaded template filled in, and a ZIP of portraits."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

import openpyxl
import pikepdf
from tests.e2e.town import PROGRAMMES

from xueji.core.identifiers import check_character
from xueji.demo.faces import portrait

RARE_NAMES = ("尼格买提·热合曼·阿布都热依木江", "𬱖小雨", "陈䶮", "李㛃", "王𫖮", "赵𠅤")


@dataclass(frozen=True)
class Graduate:
    """A line of the workbook."""

    name: str
    sex: str
    resident_id: str
    birth_date: date
    programme: str


def graduates(count: int, *, year: int, start: int = 0) -> list[Graduate]:
    """Made-up people with right numbers from the `start`-th on; the first of all carry names that programs tend to lose."""
    made = []
    for n in range(start, start + count):
        birth = date(year - 18, 1 + n % 12, 1 + n % 28)
        sex = "男" if n % 2 else "女"
        head = f"610502{birth:%Y%m%d}{n // 5 + 10:02d}{1 if sex == '男' else 2}"
        name = (
            RARE_NAMES[n] if n < len(RARE_NAMES) else f"测{'甲乙丙丁戊己庚辛'[n % 8]}{'一二三四五六七八九'[n // 8 % 9]}"
        )
        made.append(Graduate(name, sex, head + check_character(head), birth, PROGRAMMES[n % 2][1]))
    return made


def workbook(
    template: Path, people: Sequence[Graduate], *, year: int, change: Callable[[int, str, object], object] | None = None
) -> bytes:
    """Fill the downloaded template; `change(index, header, value)` may spoil a cell."""
    book = openpyxl.load_workbook(template)
    sheet = book["毕业生"]
    header_row = next(r for r in range(1, 20) if any(_header(c.value) == "身份证号" for c in sheet[r]))
    columns = {_header(c.value): c.column for c in sheet[header_row] if c.value}
    for n, person in enumerate(people):
        values = {
            "序号": n + 1, "姓名": person.name, "身份证号": person.resident_id, "性别": person.sex,
            "出生年月日": person.birth_date.isoformat(), "政治面貌": "共青团员", "专业": person.programme, "学制": 3,
            "入学年月": f"{year - 3}-09", "毕业年月": f"{year}-07", "毕业成绩总评": "良好", "操行总评": "优秀", "实习成绩": "合格",
        }  # fmt: skip
        for header, value in values.items():
            put = change(n, header, value) if change else value
            sheet.cell(header_row + 1 + n, columns[header], put)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _header(value: object) -> str:
    return str(value or "").strip().lstrip("*").strip()


def photos(people: Sequence[Graduate], *, without: Sequence[int] = ()) -> bytes:
    """A ZIP with one portrait a person, named by the ID number."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for n, person in enumerate(people):
            if n not in without:
                archive.writestr(f"{person.resident_id}.jpg", portrait(7, n, person.sex))
    return out.getvalue()


def wrong_sex(person: Graduate) -> Graduate:
    """The same person with the sex that the ID number denies."""
    return replace(person, sex="男" if person.sex == "女" else "女")


def filled(template: Path, rows: Sequence[Mapping[str, object]]) -> bytes:
    """Fill a downloaded template below its row of headers."""
    book = openpyxl.load_workbook(template)
    sheet = book.worksheets[0]
    header_row = next(r for r in range(1, 20) if any(_header(c.value) == "姓名" for c in sheet[r]))
    columns = {_header(c.value): c.column for c in sheet[header_row] if c.value}
    for number, row in enumerate(rows, start=header_row + 1):
        for header, value in row.items():
            sheet.cell(number, columns[header], value)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def pages_of(pdf: Path) -> int:
    """How many pages a downloaded paper has."""
    with pikepdf.open(pdf) as opened:
        return len(opened.pages)


def cells_of(workbook: Path) -> list[str]:
    """What stands in the cells of a downloaded workbook, as text."""
    book = openpyxl.load_workbook(workbook, read_only=True)
    rows = (row for sheet in book.worksheets for row in sheet.iter_rows(values_only=True))
    return [str(cell) for row in rows for cell in row if cell is not None]
