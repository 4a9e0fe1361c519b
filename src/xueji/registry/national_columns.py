"""The workbook of registrations in the national system: a list of the school, or what that system exports."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date

from xueji.core.columns import column
from xueji.core.packs import WorkbookSpec

KEY = "national_registrations"
TITLE = "全国系统注册日期名册"
MOST_ROWS = 10_000
COMPARED = frozenset({"name", "tail", "class_now"})  # never written
LONGEST_SOURCE = 20
EXPORT, TYPED = "全国系统导出", "学校填报"


FORM = WorkbookSpec(
    KEY, TITLE, TITLE, MOST_ROWS,
    (
        column("记录号", "record", width=38, help="系统填写的名册才有；没有的按学籍号或身份证件号对应"),
        column("姓名", "name", required=True, width=12, help="只用来核对，不会写入", aliases=("学生姓名",)),
        column("证件尾号", "tail", width=10, help="只用来核对，不会写入"),
        column("现班级", "class_now", width=14, help="只用来核对，不会写入"),
        column("学籍号", "student_number", width=22, aliases=("全国学籍号", "学生学籍号")),
        column("身份证件号", "resident_id", kind="identifier", width=22, aliases=("身份证号", "证件号码")),
        column("注册日期", "national_on", required=True, kind="date", width=12, help="在全国系统注册学籍的日期",
                aliases=("学籍注册日期", "注册时间")),
        column("来源", "source", width=14, help=f"不填的为「{EXPORT}」", example=EXPORT),
    ),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class NationalDate:
    """When a student was registered in the national system, and where that is known from."""

    on: date
    source: str


@dataclass(frozen=True, slots=True)
class NationalLine:
    """A row that goes on: which record, registered when, known from where."""

    record: str
    registered: NationalDate

    def to_text(self) -> str:
        """Return the line as JSON, to be kept until it is confirmed."""
        kept = {"record": self.record, "on": self.registered.on.isoformat(), "source": self.registered.source}
        return json.dumps(kept, ensure_ascii=False)

    @classmethod
    def from_text(cls, text: str) -> NationalLine:
        """Return the line of `to_text`."""
        kept = json.loads(text)
        return cls(kept["record"], NationalDate(date.fromisoformat(kept["on"]), kept["source"]))
