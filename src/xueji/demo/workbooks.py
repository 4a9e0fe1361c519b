"""Workbooks and photo archives as schools really send them: a title above, a total below, cells of every form.

All of that the reader must take without a word; only the faults of `faults.py` may be found.
"""

from __future__ import annotations

import io
import random
import zipfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import xlsxwriter
from PIL import Image, ImageChops

from xueji.core.facts import GraduateFacts
from xueji.core.months import Month
from xueji.demo import faces
from xueji.demo.city import ClassYear, SchoolPlan
from xueji.demo.faults import SeededFault, UploadLine, seed_faults

_COLUMNS: tuple[tuple[str, str, float], ...] = (  # field, header as this school writes it, width
    ("sequence", "序号", 6),
    ("name", "姓名", 10),
    ("sex", "性别", 6),
    ("resident_id", "身份证号码", 22),
    ("birth_date", "出生日期", 13),
    ("ethnicity", "民族", 8),
    ("political_status", "政治面貌", 10),
    ("programme", "专业名称", 20),
    ("duration_years", "学制", 6),
    ("study_mode", "学习形式", 9),
    ("entry_month", "入学年月", 10),
    ("graduation_month", "毕业年月", 10),
    ("overall_mark", "毕业成绩\n总评", 10),
    ("conduct_mark", "操行总评", 10),
    ("internship_mark", "实习成绩", 10),
    ("remark", "备注", 14),
)
FIRST_ROW = 4  # of the graduates, as Excel counts: title, note, header above
_FULL_WIDTH = str.maketrans("0123456789", "０１２３４５６７８９")
_GBK_FOLDER = "毕业照片"
_PLACE_OF_FOLDER = b"GBKNAMES/"  # as many bytes as the folder's name takes in GBK, put in afterwards
_STAMP = (2026, 1, 5, 9, 0, 0)
_NUMBER_WORDS = {1: "一", 2: "两", 3: "三"}


@dataclass(frozen=True, slots=True)
class SchoolFiles:
    """The workbook and archive of a school, the people in them, and the faults put in."""

    workbook: Path
    photos: Path
    entries: tuple[UploadLine, ...]
    faults: tuple[SeededFault, ...]


def write_school(
    folder: Path,
    plan: SchoolPlan,
    people: Sequence[GraduateFacts],
    *,
    year: ClassYear,
    seed: int,
    stem: str,
    faulty: bool = False,
    elsewhere: GraduateFacts | None = None,
    pool: int | None = None,
) -> SchoolFiles:
    """Write the workbook and the photographs of a school; `faulty` puts in every kind of fault.

    With a `pool` the faces repeat after so many: for the schools that nobody uploads by hand.
    """
    entries, faults = (
        seed_faults(people, seed, elsewhere) if faulty else ([UploadLine(person) for person in people], [])
    )
    folder.mkdir(parents=True, exist_ok=True)
    workbook, photos = folder / f"{stem}-名册.xlsx", folder / f"{stem}-照片.zip"
    _write_workbook(workbook, plan, entries, year, seed)
    _write_photos(photos, _photographs(entries, plan, seed, pool), gbk=plan.number % 2 == 1)
    return SchoolFiles(workbook, photos, tuple(entries), tuple(faults))


def _write_workbook(path: Path, plan: SchoolPlan, entries: Sequence[UploadLine], year: ClassYear, seed: int) -> None:
    chance = random.Random(f"cells:{seed}:{plan.number}")
    with xlsxwriter.Workbook(str(path), {"strings_to_formulas": False, "strings_to_numbers": False}) as book:
        book.set_properties({"author": plan.name, "created": datetime(*_STAMP)})  # noqa: DTZ001  # the format has no zone
        sheet = book.add_worksheet("毕业生")
        title = book.add_format({"bold": True, "font_size": 16, "align": "center"})
        head = book.add_format({"bold": True, "border": 1, "align": "center", "text_wrap": True})
        day = book.add_format({"num_format": "yyyy-mm-dd"})
        last = len(_COLUMNS) - 1
        sheet.merge_range(0, 0, 0, last, f"{plan.name}{year.year}届秋季毕业生信息表", title)
        sheet.write_string(1, 0, f"学校名称：{plan.name}　　填报日期：{year.year}年6月20日")
        for column, (_, header, width) in enumerate(_COLUMNS):
            sheet.write_string(2, column, header, head)
            sheet.set_column(column, column, width)
        sheet.freeze_panes(3, 2)
        for index, entry in enumerate(entries):
            for column, (name, _, _) in enumerate(_COLUMNS):
                _put(sheet, FIRST_ROW - 1 + index, column, _cell(name, index, entry, chance), day)
        below = FIRST_ROW - 1 + len(entries)
        sheet.write_string(below, 0, "合计")
        sheet.write_string(below, 7, f"共 {len(entries)} 人")
        sheet.write_string(below + 2, 0, f"填表人：王芳　　审核人：{plan.principal}")


def _put(sheet: Any, row: int, column: int, value: object, day: Any) -> None:  # sheet, place, value, form
    if isinstance(value, date):
        sheet.write_datetime(row, column, value, day)
    elif isinstance(value, float | int):
        sheet.write_number(row, column, value)
    elif str(value).startswith("="):
        sheet.write_formula(row, column, "=VLOOKUP(1,A1:A1,1,0)", None, str(value)[1:])
    elif value != "":
        sheet.write_string(row, column, str(value))


def _cell(name: str, index: int, entry: UploadLine, chance: random.Random) -> object:
    """Return what this school typed: the value of the entry, in one of the ways people write it."""
    if name == "sequence":
        return index + 1
    given = name in entry.cells
    value = entry.cells[name] if given else getattr(entry.truth, name)
    if value is None:
        return ""
    if isinstance(value, date):
        return _date_forms(value)[chance.randrange(5)]
    if isinstance(value, Month):
        return _month_forms(value)[chance.randrange(4)]
    if isinstance(value, Decimal):
        years = int(value)
        return (years, str(years), f"{_NUMBER_WORDS[years]}年制", f"{years}年")[chance.randrange(4)]
    return value if given or not isinstance(value, str) else _untidy(name, value, chance)


def _date_forms(day: date) -> tuple[object, ...]:
    return (day, f"{day:%Y-%m-%d}", f"{day:%Y%m%d}", f"{day.year}年{day.month}月{day.day}日", f"{day.year}.{day.month}.{day.day}")  # fmt: skip


def _month_forms(month: Month) -> tuple[str, ...]:
    return (str(month), f"{month.year}年{month.month}月", f"{month.year}{month.month:02d}", f"{month.year}.{month.month:02d}")  # fmt: skip


def _untidy(name: str, text: str, chance: random.Random) -> str:
    """Return a text with the small untidiness of typing, which changes nothing: blanks, full width, short words."""
    roll = chance.random()
    if name == "resident_id":
        return text.translate(_FULL_WIDTH) if roll < 0.02 else f" {text} " if roll < 0.05 else text
    if name == "name":
        return f"{text} " if roll < 0.05 else text.replace("·", "•") if roll < 0.5 else text
    if name == "political_status" and text == "共青团员":
        return "团员" if roll < 0.2 else text
    if name == "ethnicity" and text == "汉族":
        return "汉" if roll < 0.15 else text
    return text


def _photographs(
    entries: Sequence[UploadLine], plan: SchoolPlan, seed: int, pool: int | None
) -> Iterable[tuple[str, bytes]]:
    """Yield file name and bytes of each photograph, no number twice."""
    seen: set[str] = set()
    for index, entry in enumerate(entries):
        number = entry.photo_name or entry.truth.resident_id or ""
        if entry.photo == "none" or number in seen:
            continue
        seen.add(number)
        sex = entry.truth.sex or "男"
        face = (plan.number * 10_000 + index) % (pool or 10_000_000)
        if entry.photo == "lower_x":
            number = number.replace("X", "x")
        yield f"{number}.jpg", _photograph(entry.photo, seed, face, sex)


def _photograph(form: str, seed: int, face: int, sex: str) -> bytes:
    body = _portrait(seed, face, sex)
    if form == "cut":
        return body[: len(body) * 3 // 5]
    if form not in {"landscape", "heavy"}:
        return body
    image = Image.open(io.BytesIO(body))
    if form == "landscape":
        return faces.encode(image.transpose(Image.Transpose.ROTATE_90))
    speckles = np.random.default_rng(face).integers(0, 28, (image.height, image.width, 3), dtype=np.uint8)
    out = io.BytesIO()
    ImageChops.add(image, Image.fromarray(speckles, "RGB")).save(out, "JPEG", quality=98, subsampling=0)
    return out.getvalue()


_portrait = lru_cache(maxsize=1024)(faces.portrait)


def _write_photos(path: Path, photographs: Iterable[tuple[str, bytes]], *, gbk: bool) -> None:
    """Write an archive; `gbk` names its folder as Windows does, without the flag that says UTF-8."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for name, body in photographs:
            archive.writestr(zipfile.ZipInfo(_PLACE_OF_FOLDER.decode() + name, _STAMP), body)
    folder = _GBK_FOLDER.encode("gbk") + b"/" if gbk else b"photos--/"
    path.write_bytes(buffer.getvalue().replace(_PLACE_OF_FOLDER, folder))
