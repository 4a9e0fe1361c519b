"""What a review comes to besides the approval: one letter with all that is to be supplemented, or a refusal on a ground of the law."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from xueji.accounts.models import User
from xueji.applications.models import Application, Defect
from xueji.applications.review_queries import application_of, refusals_of, sections_of
from xueji.cases.actions import decide_step
from xueji.cases.law import law_of
from xueji.cases.models import Case, Step, Verdict
from xueji.core.errors import BadInput
from xueji.core.findings import Citation
from xueji.ledger.actions import Basis, mask_identity_numbers, record_event
from xueji.ledger.tags import EventTag

OBJECTION = "对本决定有异议的，可以凭有关材料向作出决定的机构提出，也可以依法申请行政复议、提起行政诉讼。"
_MAX = 300


@dataclass(frozen=True, slots=True)
class DefectFound:
    """One thing that is not in order: which check, what is wrong and to be done, what the paper says; a ground where it is final."""

    aspect: str
    remark: str
    on_paper: str = ""
    ground: str = ""


@transaction.atomic
def ask_for_supplement(
    *, step: Step, defects: Sequence[DefectFound], by: User, at: datetime, expected_version: int | None = None
) -> Case:
    """Give an application back with everything that is to be supplemented, one item a defect, in one letter (一次性告知).

    Its place in the queue stays. BadInput for none, and for one that cannot be cured.
    """
    if not defects or any(defect.ground for defect in defects):
        raise BadInput("请至少列明一项要补正的问题；不能补正的，作出不予办理的决定")
    rows = _keep(step, defects, by, at)
    reasons = "一次性告知，须补正 {} 项：{}".format(len(rows), "；".join(str(row) for row in rows))
    _record(step.case, EventTag.SUPPLEMENT_ASKED, rows, by, at)
    return decide_step(
        step=step, verdict=Verdict.RETURN, reasons=reasons, by=by, at=at, expected_version=expected_version
    )  # fmt: skip


@transaction.atomic
def refuse_on_grounds(
    *, step: Step, defects: Sequence[DefectFound], by: User, at: datetime, expected_version: int | None = None
) -> Case:
    """Refuse an application on the grounds of the law; what else was found is said with them, and the way to object."""
    if not any(defect.ground for defect in defects):
        raise BadInput("不予办理须写明属于哪一种情形")
    rows = _keep(step, defects, by, at)
    labels = {spec.key: spec.label for spec in refusals_of(law_of(step.case), step.case.kind)}
    listed = "；".join(f"{labels[row.ground]}（{row.label}：{row.remark}）" if row.ground else str(row) for row in rows)
    _record(step.case, EventTag.GROUNDS_STATED, rows, by, at)
    return decide_step(
        step=step, verdict=Verdict.REFUSE, reasons=f"不予办理：{listed}。{OBJECTION}", by=by, at=at, expected_version=expected_version,
    )  # fmt: skip


def keep_as_said(application: Application, reasons: str, by: User, at: datetime) -> None:
    """Keep what somebody gave an application back for in a sentence of their own, as its one item."""
    assert application.case is not None
    if not application.defects.filter(round=application.case.round).exists():
        Defect.objects.create(
            application=application, round=application.case.round, ordinal=1, aspect=Defect.OTHER, label="其他事项",
            remark=reasons[:_MAX], on_paper="", answer="", found_by=by, found_at=at,
        )  # fmt: skip
        _record(
            application.case,
            EventTag.SUPPLEMENT_ASKED,
            list(application.defects.filter(round=application.case.round)),
            by,
            at,
        )


def _keep(step: Step, defects: Sequence[DefectFound], by: User, at: datetime) -> list[Defect]:
    application = application_of(step.case)
    checks = {check.key: check for section in sections_of(application) for check in section.checks}
    grounds = {spec.key: spec for spec in refusals_of(law_of(step.case), step.case.kind)}
    if len({defect.aspect for defect in defects}) < len(defects):
        raise BadInput("一个审验事项只能列一项")
    rows = []
    for ordinal, defect in enumerate(defects, start=1):
        check, remark = checks.get(defect.aspect), mask_identity_numbers(defect.remark.strip())[:_MAX]
        if check is None or (defect.ground and defect.ground not in grounds):
            raise BadInput("没有这个审验事项或情形，请刷新后再办理")
        if not remark:
            raise BadInput(f"「{check.label}」请写明问题和怎样补正")
        cites: tuple[Citation, ...] = grounds[defect.ground].cites if defect.ground else check.cites
        rows.append(
            Defect.objects.create(
                application=application, round=step.case.round, ordinal=ordinal, aspect=check.key, label=check.label,
                ground=defect.ground, remark=remark, on_paper=defect.on_paper.strip()[:_MAX], answer="",
                cites=[f"{cite.source} {cite.clause}" for cite in cites], found_by=by, found_at=at,
            )
        )  # fmt: skip
    return rows


def _record(case: Case, tag: EventTag, rows: Sequence[Defect], by: User, at: datetime) -> None:
    view = law_of(case)
    grounds = {spec.key: spec.cites for spec in refusals_of(view, case.kind)}
    rules = [Basis(f"refusal.{row.ground}", grounds[row.ground]) for row in rows if row.ground]
    record_event(
        tag=tag, subject=rows[0].application, parent=case, by=by, at=at, view=view, rules=rules,
        authority_id=rows[0].application.office_id, after={"items": [f"{row.label}：{row.remark}" for row in rows]},
    )  # fmt: skip
