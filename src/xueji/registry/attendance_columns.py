"""The workbook of a check of attendance: whom it is about, what is only compared, what was found."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date

from xueji.core.attendance import Attendance
from xueji.core.columns import column
from xueji.core.packs import WorkbookSpec
from xueji.registry.queries.attendance import KEY

TITLE = "考勤核查名册"
MOST_ROWS = 5000
COMPARED = frozenset({"name", "tail", "class_now"})  # never written


FORM = WorkbookSpec(
    KEY, TITLE, TITLE, MOST_ROWS,
    (
        column("记录号", "record", required=True, width=38, help="系统填写，请勿改动"),
        column("姓名", "name", required=True, width=12, help="只用来核对，不会写入"),
        column("证件尾号", "tail", width=10, help="只用来核对，不会写入"),
        column("现班级", "class_now", width=14, help="只用来核对，不会写入"),
        column("核查日期", "checked_on", required=True, kind="date", width=12, help="全部学生相同，今天或以前"),
        column("未到校之日", "absent_since", kind="date", width=12, help="在校的学生不填，以下各栏也不填"),
        column("返校之日", "back_on", kind="date", width=12, help="已经返校的填写"),
        column("准假至", "leave_until", kind="date", width=12, help="履行了请假手续的，准假的最后一天"),
        column("未到校原因", "reason", width=18),
        column("联系情况", "contacts", width=40, help="何时怎样联系学生和监护人"),
    ),
)  # fmt: skip
LONGEST: Mapping[str, int] = {"reason": 60, "contacts": 300}


@dataclass(frozen=True, slots=True)
class CheckLine:
    """A row that goes on: which record, on which day, what was found."""

    record: str
    checked_on: date
    attendance: Attendance

    def to_text(self) -> str:
        """Return the line as JSON, to be kept until it is confirmed."""
        found = {
            name: value.isoformat() if isinstance(value, date) else value
            for name, value in asdict(self.attendance).items()
        }
        return json.dumps(
            {"record": self.record, "checked_on": self.checked_on.isoformat(), "attendance": found}, ensure_ascii=False
        )

    @classmethod
    def from_text(cls, text: str) -> CheckLine:
        """Return the line of `to_text`."""
        kept = json.loads(text)
        found = kept["attendance"]
        days = {
            name: date.fromisoformat(found[name]) for name in ("absent_since", "back_on", "leave_until") if found[name]
        }
        attendance = Attendance(**days, reason=found["reason"], contacts=found["contacts"])
        return cls(kept["record"], date.fromisoformat(kept["checked_on"]), attendance)
