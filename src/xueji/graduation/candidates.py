"""A graduate's facts as columns of the list, and what they change in one who stands there: said and done in one way."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from xueji.core.facts import DETAILS, GraduateFacts
from xueji.core.packs import PackView
from xueji.graduation.facts import outcome_of
from xueji.graduation.models import Candidate, CandidateState
from xueji.registry.changes import CLOSED_FIELDS
from xueji.registry.models import Enrolment

COMPARED = {
    "name": "姓名", "sex": "性别", "birth_date": "出生日期", "political_status": "政治面貌", "programme_name": "专业",
    "duration_years": "学制", "study_mode": "学习形式", "entry_month": "入学年月", "graduation_month": "毕业年月",
    "overall_mark": "毕业成绩总评", "conduct_mark": "操行总评", "internship_mark": "实习成绩", "remark": "备注", "specialisation": "专业技能方向", "details": "其他",
}  # fmt: skip


def candidate_values(facts: GraduateFacts) -> dict[str, object]:
    """Return a row's facts under the names of the candidate's columns."""
    kept = {"birth_date", "duration_years", "details"}
    values = asdict(facts) | {"programme_name": facts.programme, "study_mode": facts.study_mode or "全日制"}
    for name in ("entry_month", "graduation_month"):
        values[name] = str(getattr(facts, name) or "")
    return {name: values[name] if name in kept else str(values[name] or "") for name in COMPARED}


def changed_words(candidate: Candidate, facts: GraduateFacts) -> list[str]:
    """Return what facts would change in a graduate, one part each; of what lies closed the name of the field alone."""
    old, new = _flat({name: getattr(candidate, name) for name in COMPARED}), _flat(candidate_values(facts))
    labels = _labels(candidate.batch.law) | COMPARED
    return [
        labels.get(name, name)
        if name in CLOSED_FIELDS
        else f"{labels.get(name, name)}：{_shown(old.get(name, ''))}→{_shown(new.get(name, ''))}"
        for name in dict.fromkeys([*old, *new])
        if old.get(name, "") != new.get(name, "")
    ]


def bring_up_to_date(
    candidate: Candidate, facts: GraduateFacts, enrolment: Enrolment, *, photo_id: str | None = None
) -> bool:
    """Take over what the school claims now; a mark is answered by it, and without a new photograph the old one stays."""
    values: Mapping[str, Any] = {
        **candidate_values(facts),
        "outcome": outcome_of(facts, candidate.batch.law),
        "state": CandidateState.LISTED,
        "mark_reason": "",
        "photo_id": photo_id or candidate.photo_id,
        "enrolment_id": enrolment.pk,
    }
    is_changed = any(getattr(candidate, name) != value for name, value in values.items())
    for name, value in values.items():
        setattr(candidate, name, value)
    return is_changed


def _flat(values: Mapping[str, object]) -> dict[str, object]:
    """Spread the pack's own details out, so that each is compared and named by itself."""
    details = values["details"]
    assert isinstance(details, Mapping)
    fields = {name: value for name, value in values.items() if name != "details"}
    return fields | {f"{DETAILS}{name}": value for name, value in details.items()}


def _labels(view: PackView) -> dict[str, str]:
    return {column.field: column.header for column in view.workbook("graduates").columns}


def _shown(value: object) -> str:
    text = str(value)
    return (text.removesuffix(".0") if text else "（空）") or "（空）"
