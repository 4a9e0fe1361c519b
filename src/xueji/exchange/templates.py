"""Write the empty workbook that a school fills in: text-typed ID column, drop-down lists, help beside every column."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import Any, BinaryIO

import xlsxwriter

from xueji.core.packs import ColumnSpec, PackView, PhotoProfile, WorkbookSpec
from xueji.core.record_facts import RECORD_KINDS
from xueji.core.sheets import AS_TEXT
from xueji.exchange.tables import HELP_SHEET

LIST_SHEET = "代码表"
_FONT = "宋体"
_TEXT_KINDS = {"identifier", "number", "text", "code", "month"}
_KIND_WORDS = {
    "text": "文本",
    "identifier": "文本（单元格格式须为“文本”，不能是数值）",
    "number": "文本（单元格格式须为“文本”，不能是数值或日期）",
    "date": "日期，如 2007-02-02、20070202、2007年2月2日",
    "month": "年月，如 2019-07、201907、2019年7月",
    "decimal": "数字，如 3",
    "mark": "0–100 的数字或等级，不带“分”“%”",
    "code": "从下拉列表中选择",
}
_LONGEST_PROMPT = 250


def write_template(
    view: PackView, kind: str, path: Path, rows: Iterable[Mapping[str, str | date | Decimal]] = ()
) -> None:
    """Write the form `kind` of a pack to `path`: empty, or with what is known of each row by the fields of the form."""
    spec = view.workbook(kind)
    with xlsxwriter.Workbook(str(path), AS_TEXT) as workbook:
        formats = _formats(workbook)
        sheet = workbook.add_worksheet(spec.sheet)
        guide = workbook.add_worksheet(HELP_SHEET)
        lists = _write_lists(workbook, spec, view, formats)
        _write_form(sheet, spec, lists, formats)
        _write_rows(sheet, spec, rows, formats)
        _write_guide(guide, spec, view, formats)
        sheet.activate()
        workbook.set_properties({"title": spec.title, "comments": f"{view.pack.id} {view.pack.hash[:12]}"})


def write_prefilled(
    spec: WorkbookSpec,
    rows: Sequence[Mapping[str, str]],
    out: BinaryIO,
    *,
    compared: frozenset[str],
    others: tuple[str, Sequence[str], Sequence[Sequence[str]]] | None = None,
) -> None:
    """Write a form with its rows filled in, by field; `others` is a second sheet of those who are not among them.

    What stands in the fields `compared` is only compared when the form comes back: these columns are grey.
    """
    with xlsxwriter.Workbook(out, AS_TEXT) as workbook:
        formats = _formats(workbook)
        sheet = workbook.add_worksheet(spec.sheet)
        _write_form(sheet, spec, {}, formats)
        for index, column in enumerate(spec.columns):
            grey = column.field in compared
            if grey:
                sheet.write_string(0, index, column.header, formats["bold"])
            for line, row in enumerate(rows, start=1):
                if text := row.get(column.field, ""):
                    sheet.write_string(line, index, text, formats["grey" if grey else "text"])
        if others is not None:
            _write_others(workbook, others, formats)
        _write_columns(workbook.add_worksheet(HELP_SHEET), 0, spec, formats)
        sheet.activate()


def _write_others(
    workbook: xlsxwriter.Workbook,
    others: tuple[str, Sequence[str], Sequence[Sequence[str]]],
    formats: Mapping[str, object],
) -> None:
    title, headers, lines = others
    beside = workbook.add_worksheet(title)
    for index, header in enumerate(headers):
        beside.write_string(0, index, header, formats["bold"])
        beside.set_column(index, index, 60 if index > 2 else 16, formats["plain"])
    for line, texts in enumerate(lines, start=1):
        for index, text in enumerate(texts):
            beside.write_string(line, index, text, formats["plain"])
    beside.freeze_panes(1, 0)


def write_forms(specs: Sequence[WorkbookSpec], path: Path, *, title: str) -> None:
    """Write one empty workbook with a sheet for each form, none of them a pack's, and one guide to all."""
    notes = (
        f"1. 共 {len(specs)} 张表：{'、'.join(spec.sheet for spec in specs)}；可以只填其中几张，不要改动表名和表头。",
        "2. 底色为橙色的列必填；代码、电话等列已设为“文本”格式，请直接录入。",
        "3. 上传后系统一次列出全部问题，并给出标好问题的工作簿；改好后可直接重新上传。",
    )
    with xlsxwriter.Workbook(str(path), AS_TEXT) as workbook:
        formats = _formats(workbook)
        sheets = [workbook.add_worksheet(spec.sheet) for spec in specs]
        guide = workbook.add_worksheet(HELP_SHEET)
        top = _write_notes(guide, f"{title}填写说明", notes, formats)
        for sheet, spec in zip(sheets, specs, strict=True):
            _write_form(sheet, spec, {}, formats)
            guide.write_string(top, 0, f"「{spec.sheet}」（最多 {spec.max_rows:,} 行）", formats["title"])
            top = _write_columns(guide, top + 1, spec, formats) + 1
        sheets[0].activate()
        workbook.set_properties({"title": title})


def _formats(workbook: Any) -> dict[str, Any]:
    header = {"bold": True, "align": "center", "valign": "vcenter", "border": 1, "text_wrap": True, "font_name": _FONT}
    plain = {"font_name": _FONT, "valign": "top", "text_wrap": True}
    return {
        "required": workbook.add_format({**header, "bg_color": "#FCE4D6", "font_color": "#9C0006"}),
        "optional": workbook.add_format({**header, "bg_color": "#DDEBF7"}),
        "text": workbook.add_format({"num_format": "@", "font_name": _FONT}),
        "grey": workbook.add_format(
            {"num_format": "@", "font_name": _FONT, "font_color": "#595959", "bg_color": "#F2F2F2"}
        ),
        "date": workbook.add_format({"num_format": "yyyy-mm-dd", "font_name": _FONT}),
        "number": workbook.add_format({"num_format": "General", "font_name": _FONT}),
        "title": workbook.add_format({"bold": True, "font_size": 14, "font_name": _FONT}),
        "plain": workbook.add_format(plain),
        "bold": workbook.add_format({**plain, "bold": True, "bg_color": "#F2F2F2", "border": 1}),
        "cell": workbook.add_format({**plain, "border": 1}),
    }


def _choices(column: ColumnSpec, view: PackView) -> list[str]:
    """Return the names that a coded column may hold."""
    return list(dict.fromkeys(view.table(column.table).values())) if column.table else []


def _write_lists(workbook: Any, spec: WorkbookSpec, view: PackView, formats: dict[str, Any]) -> dict[str, str]:
    """Write the code tables to a sheet at the end; return the range of each field's choices."""
    coded = [column for column in spec.columns if column.table]
    if not coded:
        return {}
    sheet = workbook.add_worksheet(LIST_SHEET)
    ranges: dict[str, str] = {}
    for index, column in enumerate(coded):
        choices = _choices(column, view)
        sheet.write_string(0, index, f"{column.header}可选值", formats["bold"])
        sheet.set_column(index, index, 18)
        for row, choice in enumerate(choices, start=1):
            sheet.write_string(row, index, choice, formats["plain"])
        letter = xlsxwriter.utility.xl_col_to_name(index)
        ranges[column.field] = f"='{LIST_SHEET}'!${letter}$2:${letter}${len(choices) + 1}"
    sheet.freeze_panes(1, 0)
    return ranges


def _write_form(sheet: Any, spec: WorkbookSpec, lists: dict[str, str], formats: dict[str, Any]) -> None:
    sheet.set_row(0, 30)
    sheet.freeze_panes(1, 0)
    for index, column in enumerate(spec.columns):
        style = formats["required" if column.required else "optional"]
        sheet.write_string(0, index, column.header, style)
        kind = "text" if column.kind in _TEXT_KINDS else "date" if column.kind == "date" else "number"
        sheet.set_column(index, index, column.width, formats[kind])
        sheet.write_comment(0, index, _help(column), {"x_scale": 2, "y_scale": 1.4, "author": spec.title})
        prompt = {
            "input_title": column.header[:32],
            "input_message": _help(column)[:_LONGEST_PROMPT],
            "ignore_blank": True,
        }
        if column.field in lists:
            rule = {
                "validate": "list",
                "source": lists[column.field],
                "error_title": column.header[:32],
                "error_message": "请从下拉列表中选择",
            }
        else:
            rule = {"validate": "any"}
        sheet.data_validation(1, index, spec.max_rows, index, {**rule, **prompt})


def _write_rows(
    sheet: Any, spec: WorkbookSpec, rows: Iterable[Mapping[str, str | date | Decimal]], formats: dict[str, Any]
) -> None:
    """Write what is known: texts as text, so that Excel leaves numbers and months alone."""
    for place, row in enumerate(rows, start=1):
        for index, column in enumerate(spec.columns):
            value = row.get(column.field, "")
            if isinstance(value, date):
                sheet.write_datetime(place, index, datetime.combine(value, time()), formats["date"])
            elif isinstance(value, Decimal):
                sheet.write_number(place, index, float(value), formats["number"])
            elif value:
                sheet.write_string(place, index, value, formats["text"])


def _help(column: ColumnSpec) -> str:
    parts = ["必填" if column.required else "选填", column.help or _KIND_WORDS.get(column.kind, "")]
    if column.example:
        parts.append(f"例：{column.example}")
    return "。".join(part.rstrip("。") for part in parts if part)


def _write_guide(sheet: Any, spec: WorkbookSpec, view: PackView, formats: dict[str, Any]) -> None:
    notes = (
        f"1. 请在「{spec.sheet}」表中填写，每人一行，不要改动表头；一次最多 {spec.max_rows:,} 行。",
        "2. 底色为橙色的列必填；身份证号等列已设为“文本”格式，请直接录入或“选择性粘贴→数值”，以免格式被破坏。",
        "3. 可以有标题行和合计行，系统会跳过；隐藏的工作表不读取。",
        "4. 上传后系统一次列出全部问题，并给出标好问题的工作簿；改好后可直接重新上传。",
    )
    top = _write_notes(sheet, f"{spec.title}填写说明", notes, formats)
    _write_photo_rules(sheet, _write_columns(sheet, top, spec, formats) + 2, spec, view, formats)


def _write_notes(sheet: Any, title: str, notes: Sequence[str], formats: dict[str, Any]) -> int:
    """Write a heading and sentences below it; return the row for what follows."""
    for index, width in enumerate((18, 8, 34, 60, 24)):
        sheet.set_column(index, index, width)
    sheet.write_string(0, 0, title, formats["title"])
    for row, note in enumerate(notes, start=2):
        sheet.write_string(row, 0, note)
    return len(notes) + 3


def _write_columns(sheet: Any, top: int, spec: WorkbookSpec, formats: dict[str, Any]) -> int:
    """Write what each column of a form wants; return the row behind."""
    for index, title in enumerate(("列名", "必填", "填写形式", "说明", "示例")):
        sheet.write_string(top, index, title, formats["bold"])
    for row, column in enumerate(spec.columns, start=top + 1):
        words = (
            column.header,
            "是" if column.required else "否",
            _KIND_WORDS.get(column.kind, ""),
            column.help,
            column.example,
        )
        for index, text in enumerate(words):
            sheet.write_string(row, index, text, formats["cell"])
    return top + len(spec.columns) + 1


def _write_photo_rules(sheet: Any, top: int, spec: WorkbookSpec, view: PackView, formats: dict[str, Any]) -> None:
    if spec.key in RECORD_KINDS or "diploma" not in view.keys("photo"):
        return
    profile = view.photo_profile("diploma")
    sheet.write_string(top, 0, "照片要求", formats["title"])
    for offset, line in enumerate(photo_lines(profile), start=1):
        sheet.write_string(top + offset, 0, line)
    row = top + len(photo_lines(profile)) + 2
    for cite in profile.cites:
        source, clause = view.clause(cite)
        sheet.write_string(row, 0, f"依据 {source.number}：{clause}")
        row += 1


def photo_lines(profile: PhotoProfile) -> tuple[str, ...]:
    """Return what a photograph must be, one sentence a line."""
    background = {"blue": "蓝色", "red": "红色", "white": "白色"}.get(profile.background, profile.background)
    return (
        f"1. 高 {profile.height_px} × 宽 {profile.width_px} 像素，{profile.format} 格式，{background}背景免冠照。",
        f"2. 大小在 {profile.min_bytes // 1000}K–{profile.max_bytes // 1000}K 之间。",
        "3. 文件名为本人身份证号，其中的 X 要大写，如 11010519491231002X.jpg。",
        "4. 全部照片打成一个 ZIP 压缩包上传（可以有文件夹，不要设密码）。",
    )
