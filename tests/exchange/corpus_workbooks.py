"""Workbooks that must be refused or answered with a finding, each in its own words."""

from __future__ import annotations

import zipfile
from pathlib import Path

import xlsxwriter
from tests.exchange.corpus import workbook
from tests.exchange.people import HEADERS, SHEET, people, photograph, put, write_workbook
from tests.exchange.raw import cell, plain_rows, write_ole, write_space_bomb, write_xlsx, xml_row

ENTITIES = (
    '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">'
    + "".join(f'<!ENTITY {b} "{f"&{a};" * 10}">' for a, b in zip("abcdefgh", "bcdefghi", strict=True))
    + "]>"
)


def _bytes(name: str, says: str, body: bytes, file: str = "名册.xlsx") -> None:
    def make(path: Path) -> Path:
        path.write_bytes(body)
        return path

    workbook(name, says, file=file)(make)


_bytes("empty file", "空的（0 字节）", b"")
_bytes("pdf", "PDF", b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n" + b"x" * 200)
_bytes("jpeg named xlsx", "JPG 图片", photograph())
_bytes("png named xlsx", "PNG 图片", photograph(form="PNG"))
_bytes("gif", "GIF", b"GIF89a" + b"\x00" * 40)
_bytes("rar", "RAR", b"Rar!\x1a\x07\x01\x00" + b"\x00" * 40)
_bytes("7z", "7z", b"7z\xbc\xaf\x27\x1c" + b"\x00" * 40)
_bytes("gzip", "gz", b"\x1f\x8b\x08" + b"\x00" * 40)
_bytes("program", "可执行程序", b"MZ\x90\x00" + b"\x00" * 400)
_bytes("rtf", "RTF", b"{\\rtf1 abc}")
_bytes("html table named xls", "网页（HTML）", "<html><body><table><tr><td>姓名</td></tr></table>".encode(), "名册.xls")
_bytes(
    "html in gbk with blank head", "网页（HTML）", "\r\n <!DOCTYPE html><html><td>姓名</td>".encode("gbk"), "名册.xls"
)
_bytes(
    "xml spreadsheet 2003",
    "XML 表格 2003",
    b'<?xml version="1.0"?><Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet">',
    "名册.xls",
)
_bytes("mhtml", "MHTML", b"MIME-Version: 1.0\r\nContent-Type: multipart/related\r\n", "名册.xls")
_bytes("text named xlsx", "纯文本", "姓名,身份证号\n张三,1\n".encode())
_bytes("random bytes", "已损坏", bytes(range(256)) * 20)
_bytes("truncated zip head", "已损坏", b"PK\x03\x04" + b"\x14\x00" * 30)
_bytes("empty zip", "空的压缩包", b"PK\x05\x06" + b"\x00" * 18)
_bytes("csv with nul", "空字符", "姓名,身份证号,性别\n张\x00三,1,男\n".encode(), "名册.csv")
_bytes("csv in no encoding", "编码无法识别", "姓名,身份证号\n".encode() + b"\xff\xff\x80\x80\n", "名册.csv")
_bytes("csv cell without end", "无法读取", ("姓名,身份证号,性别,专业\n" + '"' + "长" * 70000).encode(), "名册.csv")
_bytes("utf-16 text cut in half", "编码无法识别", "姓名,身份证号".encode("utf-16")[:-1], "名册.csv")


@workbook("file over ten megabytes", "超过 10 MB")
def _(path: Path) -> Path:
    path.write_bytes(b"PK\x03\x04" + b"\x00" * (10 * 1024 * 1024))
    return path


workbook("password", "打开密码")(lambda path: write_ole(path, "EncryptionInfo", "EncryptedPackage"))
workbook("word document in ole", "Word 文档", file="名册.xls")(lambda path: write_ole(path, "WordDocument"))
workbook("slides in ole", "演示文稿", file="名册.xls")(lambda path: write_ole(path, "PowerPoint Document"))
workbook("old excel without content", "已损坏", file="名册.xls")(lambda path: write_ole(path, "Workbook"))
workbook("ole of nothing known", "不是 Excel 工作簿", file="名册.xls")(lambda path: write_ole(path, "Something"))


def _zip_of(name: str, says: str, parts: dict[str, bytes]) -> None:
    def make(path: Path) -> Path:
        with zipfile.ZipFile(path, "w") as archive:
            for part, body in parts.items():
                archive.writestr(part, body)
        return path

    workbook(name, says)(make)


_zip_of("zip of photographs", "内有 1 张图片", {"a.jpg": photograph()})
_zip_of("zip of a workbook", "ZIP 压缩包", {"名册.xlsx": b"PK"})
_zip_of("word document", "Word 文档", {"[Content_Types].xml": b"<x/>", "word/document.xml": b"<x/>"})
_zip_of("slides", "演示文稿", {"[Content_Types].xml": b"<x/>", "ppt/presentation.xml": b"<x/>"})
_zip_of("opendocument", ".ods", {"mimetype": b"application/vnd.oasis.opendocument.spreadsheet", "content.xml": b"<x/>"})
_zip_of("binary workbook", ".xlsb", {"[Content_Types].xml": b"<x/>", "xl/workbook.bin": b"\x00"})
_zip_of("no workbook part", "缺少主部件", {"[Content_Types].xml": b"<x/>"})
_zip_of("workbook part is no xml", "已损坏", {"[Content_Types].xml": b"<x/>", "xl/workbook.xml": b"<workbook"})
_zip_of("two thousand parts", "个部件", {f"xl/p{number}.xml": b"" for number in range(2000)})

workbook("macros", "宏")(lambda path: write_xlsx(path, plain_rows(), extra={"xl/vbaProject.bin": b"\x00" * 100}))
workbook("entity bomb in the sheet", "实体")(lambda path: write_xlsx(path, plain_rows(), doctype=ENTITIES))
workbook("entity bomb in the book", "实体")(lambda path: write_xlsx(path, plain_rows(), book_doctype=ENTITIES))
workbook("600 MB of spaces", "600 MB")(write_space_bomb)


@workbook("spaces that lie about their size", "已损坏")
def _(path: Path) -> Path:
    write_xlsx(path, plain_rows(1) + " " * 50_000_000)
    body = path.read_bytes()
    place = body.rfind(b"PK\x01\x02")
    path.write_bytes(body[: place + 24] + (1000).to_bytes(4, "little") + body[place + 28 :])
    return path


@workbook("far cell aborts the reader", "XFD1048576")
def _(path: Path) -> Path:
    far = f'<row r="1048576">{cell("XFD1048576", "x")}</row>'
    return write_xlsx(path, plain_rows(1) + far)


@workbook("far cells hidden from the prescan", "内存")
def _(path: Path) -> Path:
    wide = "".join(f'<c r="A{row}"><v>1</v></c>' for row in (1, 2))
    rows = f'<row r="1">{wide}</row>' + '<row r="999999"><c t="n" r = "XFD999999" ><v>1</v></c></row>'
    return write_xlsx(path, rows)


@workbook("damaged in the middle", "已损坏")
def _(path: Path) -> Path:
    write_workbook(path, people(400))
    with zipfile.ZipFile(path) as archive:
        info = archive.getinfo("xl/worksheets/sheet1.xml")
    body = bytearray(path.read_bytes())
    middle = info.header_offset + info.compress_size // 2
    body[middle : middle + 40] = b"\xff" * 40
    path.write_bytes(bytes(body))
    return path


@workbook("cut short", "已损坏")
def _(path: Path) -> Path:
    write_workbook(path, people(50))
    path.write_bytes(path.read_bytes()[:-300])
    return path


@workbook("pdf in front of a workbook", "PDF")
def _(path: Path) -> Path:
    write_workbook(path, people(2))
    path.write_bytes(b"%PDF-1.4\n%%EOF\n" + path.read_bytes())
    return path


@workbook("something in front of the parts", "夹带")
def _(path: Path) -> Path:
    write_workbook(path, people(2))
    body = path.read_bytes()
    path.write_bytes(b"PK\x03\x04" + b"\x00" * 26 + b"<?php ?>" + body)
    return path


@workbook("two hundred thousand rows", "200,000 行", rule="reading.too_many_rows")
def _(path: Path) -> Path:
    row = list(people(1)[0].values())[:4]
    return write_xlsx(path, (xml_row(number, HEADERS if number == 1 else row) for number in range(1, 200_002)))


@workbook("five hundred thousand rows", "远在表格之外")
def _(path: Path) -> Path:
    rows = (f'<row r="{number}"><c r="A{number}"><v>1</v></c></row>' for number in range(2, 500_000))
    return write_xlsx(path, (xml_row(1, HEADERS), *rows))


@workbook("rows without a header", "没有找到表头", rule="reading.no_header")
def _(path: Path) -> Path:
    return write_xlsx(path, "".join(xml_row(n, list(row.values())) for n, row in enumerate(people(3), start=1)))


@workbook("header below a hundred rows", "没有找到表头", rule="reading.no_header")
def _(path: Path) -> Path:
    return write_workbook(path, people(2), above=tuple(f"说明 {n}" for n in range(129)))


workbook("header only", "只有表头", rule="reading.no_rows")(lambda path: write_workbook(path, []))
workbook("nothing at all", "没有任何内容", rule="reading.empty_workbook")(lambda path: write_xlsx(path, ""))


@workbook("only a chart sheet", "没有工作表")
def _(path: Path) -> Path:
    write_xlsx(path, "")
    target = path.with_name("chart.xlsx")
    with zipfile.ZipFile(path) as source, zipfile.ZipFile(target, "w") as copy:
        for name in source.namelist():
            body = source.read(name)
            if name == "xl/workbook.xml":
                body = body.replace(b'<sheet name="' + SHEET.encode() + b'" sheetId="1" r:id="r1"/>', b"")
            copy.writestr(name, body)
    return target


@workbook("missing column", "缺少必需的列「身份证号」", rule="reading.missing_column", row=1, column="身份证号")
def _(path: Path) -> Path:
    return write_workbook(path, people(), headers=tuple(h for h in HEADERS if h != "身份证号"))


@workbook("misspelt column is guessed", "请把表头改为「政治面貌」", rule="reading.missing_column")
def _(path: Path) -> Path:
    return write_workbook(path, people(), headers=tuple("政治面皃" if h == "政治面貌" else h for h in HEADERS))


@workbook("column twice", "重复", rule="reading.duplicate_column", row=1)
def _(path: Path) -> Path:
    return write_workbook(path, people(), headers=(*HEADERS, "学生姓名"))


@workbook("unknown column", "列「家庭住址」", rule="reading.unknown_column")
def _(path: Path) -> Path:
    return write_workbook(path, [{**row, "家庭住址": "某村"} for row in people()], headers=(*HEADERS, "家庭住址"))


def _book_of(path: Path, sheets: dict[str, list[dict[str, str]]], hidden: tuple[str, ...] = ()) -> Path:
    with xlsxwriter.Workbook(str(path)) as book:
        for name, rows in sheets.items():
            page = book.add_worksheet(name)
            for line, texts in enumerate([HEADERS, *(tuple(row.values()) for row in rows)]):
                for column, text in enumerate(texts):
                    page.write_string(line, column, text)
            if name in hidden:
                page.hide()
        if len(sheets) == len(hidden):
            book.add_worksheet("封面").activate()
    return path


@workbook("hidden sheet with data", "隐藏的工作表「旧」中有数据", rule="reading.hidden_sheet")
def _(path: Path) -> Path:
    return _book_of(path, {SHEET: people(2), "旧": people(3)}, hidden=("旧",))


@workbook("data in hidden sheet only", "隐藏的工作表「旧」", rule="reading.only_hidden_sheets")
def _(path: Path) -> Path:
    return _book_of(path, {"旧": people(3)}, hidden=("旧",))


@workbook("two sheets that fit", "只读取了「护理班」，没有读取「会计班」", rule="reading.several_sheets")
def _(path: Path) -> Path:
    return _book_of(path, {"护理班": people(2), "会计班": people(3)})


def _spoilt(name: str, header: str, value: object, says: str, rule: str, row: int = 3) -> None:
    def make(path: Path) -> Path:
        rows: list[dict[str, object]] = [dict(person) for person in people()]
        rows[1][header] = value
        return write_workbook(path, rows)

    workbook(name, says, rule=rule, row=row, column=header)(make)


_spoilt("number as float", "身份证号", 610502200009010038.0, "已丢失末几位数字", "reading.identifier_numeric")
_spoilt("number in scientific notation", "身份证号", "6.10502E+17", "科学记数法", "reading.identifier_scientific")
_spoilt("number as short float", "身份证号", 610502000901003, "开头的 0", "reading.identifier_numeric_short")
_spoilt("wrong check digit", "身份证号", "610502200009010039", "校验码不对", "graduate.resident_id_valid")
_spoilt("seventeen digits", "身份证号", "61050220000901003", "应为 18 位，现为 17 位", "graduate.resident_id_valid")
_spoilt("fifteen digits", "身份证号", "610502000901003", "15 位旧号", "graduate.resident_id_current_form")
_spoilt(
    "number with a letter O", "身份证号", "61O502200009010038", "17 位数字加 1 位校验码", "graduate.resident_id_valid"
)
_spoilt("formula without value", "性别", "=A1", "没有保存计算结果", "reading.formula_without_value")
_spoilt("day that does not exist", "出生年月日", "2001-02-30", "不存在", "reading.date_impossible")
_spoilt("date without day", "出生年月日", "2001年2月", "缺少日", "reading.date_without_day")
_spoilt("date with short year", "出生年月日", "1/2/01", "四位", "reading.date_ambiguous")
_spoilt("date in words", "出生年月日", "二〇〇一年春", "读不懂", "reading.date_unreadable")
_spoilt("month as ambiguous number", "入学年月", 2016.1, "1 月还是 10 月", "reading.month_ambiguous")
_spoilt("year only", "毕业年月", "2019", "缺少月份", "reading.month_missing")
_spoilt("season instead of month", "毕业年月", "2019届夏季", "缺少月份", "reading.month_missing")
_spoilt("duration in odd words", "学制", "三到四", "不是数字", "reading.number_unreadable")
_spoilt("nul in a name", "姓名", "张_x0000_三", "控制字符 U+0000", "reading.unkeepable")
_spoilt("lone surrogate in a name", "姓名", "张_xD842_", "不完整的字符 U+D842", "reading.unkeepable")
_spoilt("zero-width space in a name", "姓名", "张\u200b三", "U+200B", "graduate.name_acceptable")
_spoilt("private-use character", "姓名", "张\ue000", "U+E000", "graduate.name_acceptable")
_spoilt("character no font prints", "姓名", "张\U0003134a", "U+3134A", "graduate.characters_printable")
_spoilt("name of a novel", "姓名", "长" * 300, "超过 200 个", "reading.too_long")
_spoilt("sex in another tongue", "性别", "homme", "读不懂", "graduate.sex_known")
_spoilt("sex against the number", "性别", "男", "不一致", "graduate.sex_matches_id")
_spoilt("unknown political status", "政治面貌", "火星党", "不在代码表", "graduate.codes_known")
_spoilt("empty name", "姓名", "", "没有填写", "graduate.required_given")
_spoilt("only blanks in the number", "身份证号", "\u3000 ", "没有填写", "graduate.required_given")


@workbook("same number twice", "", rule="roster.ids_unique", column="身份证号")
def _(path: Path) -> Path:
    return write_workbook(path, [*people(2), {**people(2)[0], "姓名": "王五"}])


@workbook("error cell", "#N/A", rule="reading.error_cell", row=2, column="专业")
def _(path: Path) -> Path:
    with xlsxwriter.Workbook(str(path)) as book:
        page = book.add_worksheet(SHEET)
        for column, header in enumerate(HEADERS):
            page.write_string(0, column, header)
            put(page, 1, column, people(1)[0][header], None)
        page.write_formula(1, HEADERS.index("专业"), "=VLOOKUP(1,A9:B9,2)", None, "#N/A")
    return path


_spoilt("replacement sign in a programme", "专业", "护\ufffd", "已丢失", "reading.lost_character")
_spoilt("question mark for a character of a programme", "专业", "?理", "「?」", "reading.lost_character")
_spoilt("programme of question marks", "专业", "??", "「??」", "reading.lost_character")
_spoilt("box for a character of a programme", "专业", "护□", "遮盖", "reading.lost_character")
_spoilt("private code in a programme", "专业", "护\ue5d2", "U+E5D2", "reading.lost_character")
_spoilt("geta in a mark", "操行总评", "优〓", "「〓」", "reading.lost_character")
_spoilt("question mark in a nationality", "民族", "?族", "丢失", "reading.lost_character")
_spoilt("masked name", "姓名", "张*", "遮盖", "graduate.name_acceptable")
_spoilt("radicals in a programme", "专业", "⽕⻋", "「⽕」（U+2F55）按「火」", "reading.lookalike")
_spoilt("unseen mark in a programme", "专业", "护\u2066理", "U+2066", "reading.unseen")

_spoilt(
    "identity number with a tail of zeros behind the point",
    "身份证号",
    "610502200009010039.0",
    "",
    "graduate.resident_id_valid",
)


@workbook(
    "signature in the column of names is told", "没有作为人员读取", rule="reading.row_passed_over", row=5, column="姓名"
)
def _(path: Path) -> Path:
    return write_workbook(path, people(3)[:3], below=(("制表人：", "王老师", "", "", "2019-07-01"),))
