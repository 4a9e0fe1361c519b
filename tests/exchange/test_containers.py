"""Workbooks in unusual containers are read, or it is said what they are: parts by other names, old code pages, other kinds."""

from __future__ import annotations

import io
import re
import struct
import zipfile
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from tests.exchange.people import HEADERS, people, write_workbook
from tests.exchange.raw import cell, letters, plain_rows, write_old_xls, write_xlsx, xml_row

from xueji.core.errors import BadInput
from xueji.exchange.graduates import IntakeReport, check_graduates
from xueji.policy import get_library

ROWS = people(3)
NAMES = [row["姓名"] for row in ROWS]
Rename = Callable[[str], str]


def check(path: Path, name: str = "") -> IntakeReport:
    return check_graduates(path, None, get_library().pack("edu/shaanxi-weinan").on(date(2019, 7, 1)), name=name)


def renamed(tmp_path: Path, parts: Rename, targets: Rename = str) -> Path:
    """A right workbook whose parts have other names; `targets` changes what points to them."""
    usual = zipfile.ZipFile(write_workbook(tmp_path / "名册.xlsx", ROWS))
    path = tmp_path / "别样.xlsx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in usual.namelist():
            body = usual.read(name)
            if name.endswith(".rels"):
                body = re.sub(
                    r'Target="([^"]*)"', lambda found: f'Target="{targets(found[1])}"', body.decode()
                ).encode()
            archive.writestr(parts(name), body)
    return path


@pytest.mark.parametrize(
    ("parts", "targets"),
    [
        pytest.param(lambda name: name.replace("/", "\\"), str, id="backslashes"),
        pytest.param(lambda name: "/" + name, str, id="a slash in front"),
        pytest.param(lambda n: n.replace("workbook.xml", "workbook2.xml"), lambda n: n.replace("workbook.xml", "workbook2.xml"), id="workbook2"),
        pytest.param(lambda n: n.replace("Strings", "Strings2"), lambda n: n.replace("Strings", "Strings2"), id="other strings"),
        pytest.param(lambda n: n.replace("xl/", "book/"), lambda n: n.replace("xl/", "book/"), id="another folder"),
        pytest.param(lambda n: n.replace("xl/", ""), lambda n: n.replace("xl/", ""), id="no folder"),
        pytest.param(lambda n: n.replace("workbook.xml", "Workbook.xml").replace("sheet1", "Sheet1"), str, id="capitals"),
        pytest.param(str, lambda n: f"/xl/{n}" if n.startswith(("worksheets", "styles", "shared")) else n, id="absolute"),
    ],
)  # fmt: skip
def test_parts_by_other_names_are_found(parts, targets, tmp_path: Path):
    report = check(renamed(tmp_path, parts, targets))
    assert [row.facts.name for row in report.rows] == NAMES
    assert report.is_acceptable


def test_one_part_under_two_spellings_is_refused(tmp_path: Path):
    path = write_workbook(tmp_path / "名册.xlsx", ROWS)
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("xl\\workbook.xml", b"<workbook/>")
    with pytest.raises(BadInput, match="同名部件"):
        check(path)


@pytest.mark.parametrize("error", ["#N/A", "#REF!"])
def test_a_fault_is_found_in_cells_that_do_not_say_where_they_stand(error, tmp_path: Path):
    spoilt = plain_rows(2).replace(
        cell(f"{letters(HEADERS.index('实习成绩'))}3", ROWS[1]["实习成绩"]), f'<c t="e"><v>{error}</v></c>'
    )
    path = write_xlsx(tmp_path / "名册.xlsx", re.sub(r' r="[A-Z]*[0-9]+"', "", spoilt))
    assert [(f.row, f.column, error in f.message) for f in check(path).findings if f.is_error] == [
        (3, "实习成绩", True)
    ]


def test_rows_that_do_not_say_their_number_are_hidden_all_the_same(tmp_path: Path):
    rows = (
        xml_row(1, HEADERS)
        + xml_row(2, list(ROWS[0].values()))
        + xml_row(3, list(ROWS[1].values())).replace("<row", '<row hidden="1"')
    )
    path = write_xlsx(tmp_path / "名册.xlsx", re.sub(r' r="[A-Z]*[0-9]+"', "", rows))
    assert [f.row for f in check(path).findings if f.rule == "reading.hidden_rows"] == [3]


@pytest.mark.parametrize(
    ("encoding", "codepage", "is_told"),
    [
        ("gbk", 936, False),
        ("gb18030", 54936, False),
        ("gbk", None, True),
        ("gbk", 1252, True),
    ],
)
def test_texts_of_excel_95_are_read_in_their_code_page(encoding, codepage, is_told, tmp_path: Path):
    values = [[*HEADERS], *([*row.values()] for row in ROWS)]
    report = check(write_old_xls(tmp_path / "名册.xls", values, encoding=encoding, codepage=codepage))
    assert [row.facts.name for row in report.rows] == NAMES
    assert (report.is_acceptable, report.table.sheet) == (True, "毕业生")
    assert [f.message for f in report.findings if f.rule == "reading.encoding_assumed" and "编码" in f.message][:1] == (
        ["文件是旧格式（Excel 5.0/95），没有写明文字编码，已按国标编码（GBK）读取"] if is_told else []
    )


def test_an_old_workbook_that_counts_from_1904_is_understood(tmp_path: Path):
    born = date.fromisoformat(ROWS[0]["出生年月日"])
    row: list[object] = [
        (born - date(1904, 1, 1)).days if header == "出生年月日" else text for header, text in ROWS[0].items()
    ]
    report = check(write_old_xls(tmp_path / "名册.xls", [[*HEADERS], row], from_1904=True))
    assert report.rows[0].facts.birth_date == born


def _zip(*names: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name in names:
            archive.writestr(name, b"x")
    return out.getvalue()


def _dbf(kind: int, fields: int, further: int = 0) -> bytes:
    head = bytes([kind, 126, 6, 20]) + struct.pack("<L2H20x", 1, 32 + 32 * fields + 1 + further, 40)
    return head + (b"XM".ljust(11, b"\0") + b"C" + b"\0" * 20) * fields + b"\r" + b"\0" * further + b" " * 40


@pytest.mark.parametrize(
    ("name", "body", "says"),
    [
        ("名册.numbers", _zip("Index/Document.iwa", "preview.jpg"), "Numbers"),
        ("名册.xlsx", _zip("Index.zip", "preview.jpg"), "Numbers"),
        ("名册.zip", _zip("名册.numbers/Index/Tables/DataList.iwa"), "Numbers"),
        ("名册.ofd", _zip("OFD.xml", "Doc_0/Document.xml"), "OFD"),
        ("名册.zip", _zip("高三/名册.xlsx"), "请先解压"),
        ("名册.dbf", _dbf(0x03, 5), "DBF"),
        ("名册.dbf", _dbf(0x30, 4, 263), "DBF"),
        ("名册.xls", _dbf(0xF5, 2), "DBF"),
        ("名册.csv", _dbf(0x83, 3), "DBF"),
        ("名册.mdb", b"\x00\x01\x00\x00Standard Jet DB\x00" + b"\0" * 99, "Access"),
        ("名册.xlsx", b"\x00\x01\x00\x00Standard ACE DB\x00" + b"\0" * 99, "Access"),
        ("名册.slk", b'ID;PWXL;N;E\r\nC;Y1;X1;K"x"\r\n', "SYLK"),
        ("名册.xlsx", b"L\x00\x00\x00\x01\x14\x02\x00" + b"\0" * 99, "快捷方式"),
        ("名册.xlsx", b"[InternetShortcut]\r\nURL=x", "快捷方式"),
        ("名册.xlsx", b"\0\0\0\x18ftypheic" + b"\0" * 99, "HEIC"),
        ("名册.xlsx", b"%TSD-Header-###%" + b"\x11\0\2" * 99, "加密软件"),
        ("名册.xls", b"\x09\x08\x08\x00\x00\x05\x05\x00" + b"\0" * 99, "Excel 95"),
        ("~$名册.xlsx", b"\x05Admin" + b" " * 99, "临时文件"),
    ],
)  # fmt: skip
def test_another_kind_of_file_is_called_by_its_name(name, body, says, tmp_path: Path):
    path = tmp_path / "upload"
    path.write_bytes(body)
    with pytest.raises(BadInput, match=says):
        check(path, name)
