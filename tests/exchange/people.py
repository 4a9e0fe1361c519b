"""Made-up graduates, the workbooks and photographs that a careful clerk would make of them."""

from __future__ import annotations

import io
import zipfile
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import xlsxwriter
from PIL import Image

from xueji.core.identifiers import check_character

HEADERS = (
    "序号",
    "姓名",
    "身份证号",
    "性别",
    "出生年月日",
    "民族",
    "政治面貌",
    "专业",
    "学制",
    "入学年月",
    "毕业年月",
    "毕业成绩总评",
    "操行总评",
    "实习成绩",
)
SHEET = "毕业生"
_SURNAMES = "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦尤许何吕施张"
_GIVEN = "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英华玉兰飞鹏"


def resident_id(serial: int, born: date) -> str:
    """Return a valid number; even serials are women, odd ones men."""
    first = f"610502{born:%Y%m%d}{serial % 1000:03d}"
    return first + check_character(first)


def person(index: int) -> dict[str, str]:
    """Return one graduate by header, every value right."""
    born = date(2000, 9, 1) + timedelta(days=index // 900)
    serial = index % 900 + 1
    name = _SURNAMES[index % len(_SURNAMES)] + _GIVEN[index // 24 % len(_GIVEN)] + _GIVEN[index // 700 % len(_GIVEN)]
    values = (
        str(index + 1),
        name,
        resident_id(serial, born),
        "男" if serial % 2 else "女",
        born.isoformat(),
        "汉族",
        "共青团员",
        "护理",
        "3",
        "2016-09",
        "2019-07",
        "良好",
        "优秀",
        "合格",
    )
    return dict(zip(HEADERS, values, strict=True))


def people(count: int = 3) -> list[dict[str, str]]:
    """Return graduates who differ from one another."""
    return [person(index) for index in range(count)]


def write_workbook(
    path: Path,
    rows: list[dict[str, object]] | list[dict[str, str]],
    *,
    headers: tuple[str, ...] = HEADERS,
    sheet: str = SHEET,
    above: tuple[str, ...] = (),
    below: tuple[tuple[str, ...], ...] = (),
) -> Path:
    """Write a workbook by hand, as a clerk would: text as text, other values as their own type."""
    with xlsxwriter.Workbook(str(path), {"strings_to_formulas": False}) as book:
        page = book.add_worksheet(sheet)
        day = book.add_format({"num_format": "yyyy-mm-dd"})
        for line, title in enumerate(above):
            page.merge_range(line, 0, line, len(headers) - 1, title)
        top = len(above)
        for column, header in enumerate(headers):
            page.write_string(top, column, header)
        for line, row in enumerate(rows, start=top + 1):
            for column, header in enumerate(headers):
                put(page, line, column, row.get(header, ""), day)
        for line, cells in enumerate(below, start=top + 1 + len(rows)):
            for column, text in enumerate(cells):
                page.write_string(line, column, text)
    return path


def put(page, line: int, column: int, value: object, day) -> None:
    """Write one cell by the type of its value."""
    if isinstance(value, date):
        page.write_datetime(line, column, value, day)
    elif isinstance(value, int | float):
        page.write_number(line, column, value)
    elif isinstance(value, str) and value.startswith("="):
        page.write_formula(line, column, value, None, "")
    else:
        page.write_string(line, column, str(value))


def photograph(
    seed: int = 0, *, width: int = 150, height: int = 200, form: str = "JPEG", quality: int = 90, grain: int = 14
) -> bytes:
    """Return a drawn face before a blue background, within the bounds of the pack; no two seeds are one picture."""
    chance = np.random.default_rng(seed)
    noise = chance.integers(-grain, grain + 1, size=(height, width, 1))
    patches = chance.integers(-20, 21, size=(10, 10))
    noise += np.kron(patches, np.ones((height // 10 + 1, width // 10 + 1), np.int64))[:height, :width, None]
    pixels = np.full((height, width, 3), (67, 142, 219), dtype=np.int16)
    rows, columns = np.ogrid[:height, :width]
    head = ((rows - height * 0.42) / (height * 0.25)) ** 2 + ((columns - width / 2) / (width * 0.27)) ** 2 < 1
    body = ((rows - height) / (height * 0.33)) ** 2 + ((columns - width / 2) / (width * 0.48)) ** 2 < 1
    pixels[body] = (60, 60, 70)
    pixels[head] = (226, 180, 150)
    pixels = np.where((head | body)[..., None], pixels + noise, pixels)
    buffer = io.BytesIO()
    Image.fromarray(pixels.clip(0, 255).astype(np.uint8)).save(buffer, form, quality=quality)
    return buffer.getvalue()


def write_photos(path: Path, files: dict[str, bytes]) -> Path:
    """Write an archive of files as they are."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, body in files.items():
            archive.writestr(name, body)
    return path


def photos_of(rows: list[dict[str, str]]) -> dict[str, bytes]:
    """Return a right photograph for each graduate, by file name."""
    return {f"{row['身份证号']}.jpg": photograph(index) for index, row in enumerate(rows)}
