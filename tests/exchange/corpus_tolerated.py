"""What people really send and mean well: it must be read without a single error."""

from __future__ import annotations

import csv
import io
from datetime import date
from pathlib import Path

import xlsxwriter
from tests.exchange.corpus import tolerated
from tests.exchange.people import HEADERS, SHEET, people, write_workbook
from tests.exchange.raw import cell, plain_rows, write_xls, write_xlsx, xml_row


def _with(name: str, header: str, value: object) -> None:
    def make(path: Path) -> Path:
        rows: list[dict[str, object]] = [dict(person) for person in people()]
        rows[0][header] = value
        return write_workbook(path, rows)

    tolerated(name, "")(make)


NUMBER = people(1)[0]["身份证号"]
BORN = date.fromisoformat(people(1)[0]["出生年月日"])
FULL_WIDTH = str.maketrans("0123456789X", "０１２３４５６７８９Ｘ")

_with("full-width digits", "身份证号", NUMBER.translate(FULL_WIDTH))
_with("blanks in the number", "身份证号", f" {NUMBER[:6]} {NUMBER[6:14]} {NUMBER[14:]}\u3000")
_with("apostrophe before the number", "身份证号", f"'{NUMBER}")
_with("no-break space and line break behind the number", "身份证号", f"{NUMBER}\u00a0\n")
_with("carriage return escaped by Excel", "身份证号", f"{NUMBER}_x000D_")
_with("date as date", "出生年月日", BORN)
_with("date as serial number", "出生年月日", (BORN - date(1899, 12, 30)).days)
_with("date as eight digits", "出生年月日", int(f"{BORN:%Y%m%d}"))
_with("date as eight digits in text", "出生年月日", f"{BORN:%Y%m%d}")
_with("date in Chinese", "出生年月日", f"{BORN.year}年{BORN.month}月{BORN.day}日")
_with("date with slashes", "出生年月日", f"{BORN.year}/{BORN.month}/{BORN.day}")
_with(
    "date with dots and full-width digits", "出生年月日", f"{BORN.year}.{BORN.month}.{BORN.day}".translate(FULL_WIDTH)
)
_with("date with midnight", "出生年月日", f"{BORN.isoformat()} 00:00:00")
_with("month as date", "入学年月", date(2016, 9, 1))
_with("month as six digits", "入学年月", 201609)
_with("month with a dot as number", "入学年月", 2016.9)
_with("month in Chinese", "入学年月", "2016年9月")
_with("month as serial number", "入学年月", (date(2016, 9, 1) - date(1899, 12, 30)).days)
_with("duration as number", "学制", 3)
_with("duration as float text", "学制", "3.0")
_with("duration in Chinese", "学制", "三年")
_with("duration with unit", "学制", "3年制")
_with("full-width blanks round the name", "姓名", "\u3000赵伟\u3000")
_with("minority name with another dot", "姓名", "尼格买提•热合曼")
_with("rare characters", "姓名", "张䶮㛃")
_with("short word for the party league", "政治面貌", "团员")
_with("code of the political status", "政治面貌", "03")
_with("code with its name", "政治面貌", "03-共青团员")
_with("mark as number", "毕业成绩总评", 85.5)


_with("radical in a name", "姓名", "\u202d王⼩⽯\u202c")
_with("drawing selector in a name", "姓名", "葛\U000e0100小明")
_with("unseen mark in a coded word", "政治面貌", "共青\u200b团员")
_with("filler in a mark", "操行总评", "优\u3164秀")


@tolerated("merged title and date line above the header", "")
def _(path: Path) -> Path:
    return write_workbook(path, people(), above=("渭南市中等职业学校毕业生毕业证书验印名单", "学校名称：（盖章）", ""))


@tolerated("total row and signatures below", "")
def _(path: Path) -> Path:
    below = (("合计", "", "3人"), ("",), ("学校填表人：", "张三", "", "填表日期：2019年6月"), ("注：以上信息已核对",))
    return write_workbook(path, people(), below=below)


@tolerated("total in the column of names", "")
def _(path: Path) -> Path:
    return write_workbook(path, people(), below=(("", "总　计", "", "3"),))


@tolerated("header again on every page", "")
def _(path: Path) -> Path:
    rows = people()
    again = dict(zip(HEADERS, HEADERS, strict=True))
    return write_workbook(path, [*rows[:2], again, rows[2]])


@tolerated("blank rows between", "")
def _(path: Path) -> Path:
    rows = people()
    return write_workbook(path, [rows[0], {}, {"姓名": "\u3000"}, *rows[1:]])


@tolerated("stars, blanks, line breaks and brackets in headers", "")
def _(path: Path) -> Path:
    headers = (
        "*姓名",
        "身份证号（必填）",
        "性  别",
        "出生\n\n年月日",
        "政治面貌＊",
        "专    业",
        "学制(年)",
        "入学 时间",
        "毕业时间：",
    )
    plain = ("姓名", "身份证号", "性别", "出生年月日", "政治面貌", "专业", "学制", "入学年月", "毕业年月")
    marks = ("毕业成绩总评", "操行总评", "实习成绩")
    rows = [
        {**{h: row[p] for h, p in zip(headers, plain, strict=True)}, **{m: row[m] for m in marks}} for row in people()
    ]
    return write_workbook(path, rows, headers=(*headers, *marks))


@tolerated("header in two rows", "")
def _(path: Path) -> Path:
    upper = [h if h not in {"出生年月日", "入学年月"} else {"出生年月日": "出生", "入学年月": ""}[h] for h in HEADERS]
    lower = [{"出生年月日": "年月日", "入学年月": "入学年月"}.get(h, "") for h in HEADERS]
    lower = [low or h for low, h in zip(lower, HEADERS, strict=True)]
    rows = [xml_row(1, upper), xml_row(2, lower)]
    rows += [xml_row(number, list(row.values())) for number, row in enumerate(people(), start=3)]
    return write_xlsx(path, "".join(rows))


@tolerated("columns in another order", "")
def _(path: Path) -> Path:
    return write_workbook(path, people(), headers=tuple(reversed(HEADERS)))


@tolerated("sheet under another name, cover before it", "")
def _(path: Path) -> Path:
    with xlsxwriter.Workbook(str(path)) as book:
        book.add_worksheet("封面").write_string(3, 3, "2019届毕业生名册")
        page = book.add_worksheet("Sheet1")
        for line, texts in enumerate([HEADERS, *(tuple(row.values()) for row in people())], start=4):
            for column, text in enumerate(texts, start=2):
                page.write_string(line, column, text)
    return path


@tolerated("hidden list sheet", "")
def _(path: Path) -> Path:
    with xlsxwriter.Workbook(str(path)) as book:
        page, lists = book.add_worksheet(SHEET), book.add_worksheet("代码")
        lists.write_column(0, 0, ["汉族", "回族"])
        lists.hide()
        for line, texts in enumerate([HEADERS, *(tuple(row.values()) for row in people())]):
            for column, text in enumerate(texts):
                page.write_string(line, column, text)
    return path


@tolerated("formatted empty cells to the end of the sheet", "")
def _(path: Path) -> Path:
    return write_xlsx(path, plain_rows() + '<row r="1048576"><c r="A1048576" s="0"/><c r="XFD1048576" s="0"/></row>')


@tolerated("formulas with stored results", "")
def _(path: Path) -> Path:
    row = people(1)[0]
    with xlsxwriter.Workbook(str(path)) as book:
        page = book.add_worksheet(SHEET)
        for column, header in enumerate(HEADERS):
            page.write_string(0, column, header)
            page.write_formula(1, column, f'="{row[header]}"', None, row[header])
    return path


@tolerated("inline text with preserved blanks", "")
def _(path: Path) -> Path:
    return write_xlsx(path, plain_rows(1).replace(cell("B2", people(1)[0]["姓名"]), cell("B2", " 赵伟伟 ")))


def _csv(name: str, encoding: str, delimiter: str = ",", wrap: bool = False) -> None:
    def make(path: Path) -> Path:
        text = io.StringIO()
        writer = csv.writer(text, delimiter=delimiter)
        writer.writerow(HEADERS)
        for row in people():
            values = dict(row)
            if wrap:
                values["身份证号"] = f'="{values["身份证号"]}"'
            writer.writerow(values.values())
        path.write_bytes(text.getvalue().encode(encoding))
        return path

    tolerated(name, "", file="名册.csv")(make)


_csv("csv in UTF-8", "utf-8")
_csv("csv in UTF-8 with a mark", "utf-8-sig")
_csv("csv in GBK", "gbk")
_csv("csv in UTF-16 with tabs", "utf-16", "\t")
_csv("csv with semicolons", "gb18030", ";")
_csv("csv with wrapped numbers", "gbk", wrap=True)


@tolerated("old Excel file", "", file="名册.xls")
def _(path: Path) -> Path:
    rows: list[list[object]] = [list(HEADERS), *(list(row.values()) for row in people())]
    rows[2][HEADERS.index("学制")] = 3.0
    return write_xls(path, rows)


@tolerated("workbook of today under the old suffix", "", file="名册.xls")
def _(path: Path) -> Path:
    return write_workbook(path, people())
