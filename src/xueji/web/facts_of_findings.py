"""The facts and the evidence of a finding in words, line by line, with a link to the row that shows it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from django.urls import reverse

from xueji.supervision.models import ListedFinding

_LABELS = {
    "school_licensed": "学校有当届招生资质", "programme_on_file": "在公布的专业和计划以内", "admitted": "登记人数", "quota": "公布的招生计划",
    "attending": "最近一次核查在校", "explained": "能说明原因", "reminders": "已催办次数", "reported": "已答复",
    "reminded_on": "催办日期", "found_on": "查出重复的日期", "ground": "重复的依据", "answer": "学校的答复", "checked_on": "最近一次考勤核查",
    "study_mode": "学习形式", "status": "学籍状态", "leave_granted": "已准假", "absent_since": "未请假离校之日", "missed_checks": "连续缺席的核查次数",
    "checks": "考勤核查日期", "reason": "未到校原因", "differing": "不一致人数", "total": "学籍总人数", "compared_on": "核对日期",
    "site_on_record": "已登记备案", "kind": "类别", "students": "登记在该校区的学生", "filed": "已备案", "filing": "备案",
    "filing_last": "备案截止日期", "registered_nationally": "已在全国系统注册", "national_on": "全国系统注册日期", "licensed": "有招生资质",
    "intake": "各年备案新生数", "enrolled": "各年在籍人数", "years": "年份", "counted_on": "计数日期",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class FactRow:
    """One fact in words."""

    label: str
    value: str
    url: str = ""


def rows_of_finding(finding: ListedFinding) -> list[FactRow]:
    """Return the facts of a finding the caller was let see, the record and the duplicate behind it first."""
    return [*_links(finding), *_facts(finding)]


def _links(finding: ListedFinding) -> Iterator[FactRow]:
    if finding.enrolment is not None:
        yield FactRow("学生", finding.enrolment.person.name, reverse("student", args=[finding.enrolment.pk]))
    if "duplicate" in finding.evidence:
        yield FactRow(
            "学籍查重", "查看两条学籍、答复和催办", reverse("duplicate", args=[finding.evidence["duplicate"]])
        )


def _facts(finding: ListedFinding) -> Iterator[FactRow]:
    known = {key: value for key, value in (finding.facts | finding.evidence).items() if value not in (None, "", [])}
    if finding.item == "FM2":
        known.pop("intake", None)  # its words stand in the label
    for key, label in _LABELS.items():
        if key in known:
            yield FactRow(label, _words(known[key]))


def _words(value: object) -> str:
    if isinstance(value, bool):
        return "是" if value else "否"
    return "、".join(map(str, value)) if isinstance(value, list) else str(value)
