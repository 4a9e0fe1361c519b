"""The workbook of a change of many students: whom it is about, what is only compared, what the change takes."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from types import MappingProxyType

from xueji.core.columns import column
from xueji.core.packs import ColumnSpec, WorkbookSpec
from xueji.core.status.fold import Value
from xueji.core.status_words import WITHDRAW
from xueji.registry.queries.change_values import LABELS, NEEDED, VALUES_OF

KEY = "status_changes"
TITLE = "批量异动名册"
OTHERS = "不能办理"  # the sheet of those who may not have the change
OTHER_HEADERS = ("学生", "所在班级", "状态", "原因", "依据")
MOST_ROWS = 5000
COMPARED = frozenset({"name", "tail", "class_now", "status"})  # never written
ALIKE = ("change", "effective_on", "statement", "reason")  # of all rows of one file
YES: Mapping[str, bool] = MappingProxyType({"是": True, "否": False})


# whom a row is about: the key, and what is only compared
WHOM = (
    column("记录号", "record", required=True, width=38, help="系统填写，请勿改动"),
    column("姓名", "name", required=True, width=12, help="只用来核对，不会写入"),
    column("证件尾号", "tail", width=10, help="只用来核对，不会写入"),
    column("现班级", "class_now", width=14, help="只用来核对，不会写入"),
    column("学籍状态", "status", required=True, width=12, help="只用来核对，不会写入"),
)
_HEAD = (
    *WHOM,
    column("异动", "change", required=True, width=12, help="一份名册只办一种异动"),
    column("生效日期", "effective_on", required=True, kind="date", width=12, help="全部学生相同，今天或以前"),
    column("申请事由", "statement", required=True, width=28, help="全部学生相同"),
)
_REASON = column("原因类别", "reason", width=16, help="只用于退学；本人申请的不填")
_VALUES: Mapping[str, ColumnSpec] = MappingProxyType(
    {
        "grade": column("年级", "grade", kind="number", width=8, help="不填的按规定推算", example="2025"),
        "class_name": column("班级", "class_name", width=14, help="办理后的班级；不变的不填"),
        "expected_graduation": column(
            "预计毕业年月", "expected_graduation", kind="month", width=14, help="不填的按规定推算", example="2027-07"
        ),
        "programme_id": column("专业", "programme_id", width=24, help="转入的专业，按本校登记的名称"),
        "study_mode": column("学习形式", "study_mode", width=12),
        "until": column("休学至", "until", kind="date", width=12),
        "absent_since": column("未请假离校之日", "absent_since", kind="date", width=16),
        "leave_granted": column("履行了请假手续", "leave_granted", width=16, help="是或否"),
    }
)
assert all(LABELS[name] == column.header for name, column in _VALUES.items()), "one word for one value"
FORM = WorkbookSpec(KEY, TITLE, TITLE, MOST_ROWS, (*_HEAD, _REASON, *_VALUES.values()))


def header_of(name: str) -> str:
    """Return what a column is called."""
    return next(column.header for column in FORM.columns if column.field == name)


def form_of(change: str) -> WorkbookSpec:
    """Return the form of one change: only the columns it takes."""
    values = [replace(_VALUES[name], required=name in NEEDED) for name in VALUES_OF[change]]
    reason = (_REASON,) if change == WITHDRAW else ()
    return WorkbookSpec(KEY, TITLE, TITLE, MOST_ROWS, (*_HEAD, *reason, *values))


@dataclass(frozen=True, slots=True)
class BulkLine:
    """A row that goes on: which record, which change of all alike, what it is to move."""

    record: str
    change: str
    effective_on: date
    statement: str
    reason: str
    wanted: Mapping[str, Value]

    def to_text(self) -> str:
        """Return the line as JSON, to be kept until it is confirmed."""
        return json.dumps(
            {
                "record": self.record, "change": self.change, "effective_on": self.effective_on.isoformat(),
                "statement": self.statement, "reason": self.reason, "wanted": dict(self.wanted),
            },
            ensure_ascii=False,
        )  # fmt: skip

    @classmethod
    def from_text(cls, text: str) -> BulkLine:
        """Return the line of `to_text`."""
        kept = json.loads(text)
        return cls(**(kept | {"effective_on": date.fromisoformat(kept["effective_on"])}))
