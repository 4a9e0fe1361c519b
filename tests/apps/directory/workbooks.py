"""The workbook of an area as an administrator would fill it."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path

import xlsxwriter

SOUND: Mapping[str, list[dict[str, str]]] = {
    "主管部门": [
        {"主管部门全称": "甲县教育局", "简称": "甲县", "层级": "县级", "行政区划代码": "610522", "上级主管部门": ""},
    ],
    "学校": [
        {"学校名称": "甲县职业教育中心", "学校标识码": "3610522001", "主管部门": "甲县教育局", "举办性质": "公办", "校长": "王校长"},
        {"学校名称": "乙县职业中学", "学校标识码": "3610522002", "主管部门": "甲县教育局", "举办性质": "民办", "校长": "李校长"},
    ],
    "专业": [
        {"学校": "甲县职业教育中心", "专业名称": "护理", "专业代码": "100100", "学制": "3"},
        {"学校": "3610522002", "专业名称": "会计", "专业代码": "120100", "学制": "3"},
    ],
    "人员": [
        {"姓名": "赵经办", "用户名": "zhao.jb", "单位": "甲县职业教育中心", "岗位": "学校经办人", "联系电话": "13900000001"},
        {"姓名": "钱负责", "用户名": "qian.fz", "单位": "甲县职业教育中心", "岗位": "学校负责人", "联系电话": ""},
        {"姓名": "孙审核", "用户名": "sun.sh", "单位": "甲县教育局", "岗位": "县级审核人", "联系电话": ""},
    ],
}  # fmt: skip


def book(sheets: Mapping[str, Iterable[Mapping[str, str]]]) -> bytes:
    """Sheets as a workbook, every cell text."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "directory.xlsx"
        with xlsxwriter.Workbook(str(path), {"strings_to_numbers": False}) as made:
            for name, given in sheets.items():
                rows = list(given)
                headers = list(dict.fromkeys(header for row in rows for header in row))
                sheet = made.add_worksheet(name)
                for column, header in enumerate(headers):
                    sheet.write_string(0, column, header)
                    for number, row in enumerate(rows, start=1):
                        sheet.write_string(number, column, row.get(header, ""))
        return path.read_bytes()


def changed(sheet: str, row: int, **cells: str) -> dict[str, list[dict[str, str]]]:
    """The sound workbook with some cells of one row changed."""
    copy = {name: [dict(row) for row in rows] for name, rows in SOUND.items()}
    copy[sheet][row] |= cells
    return copy
