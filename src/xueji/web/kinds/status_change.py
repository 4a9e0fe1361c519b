"""A change of status of one student or of many (S2-19)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from xueji.accounts.permissions import Permission as P
from xueji.cases.models import Case, CaseState
from xueji.cases.queries import files_for
from xueji.core.decisions.changes import papers_of_change
from xueji.core.rules.changes import ABSENCE
from xueji.core.status_specs import EvidenceSpec
from xueji.registry.models import AttendanceNote, StatusApplicant
from xueji.registry.queries.applications import application_of, heads_of_applications, judged_applicants
from xueji.registry.queries.attendance import checks_of
from xueji.registry.queries.shown_changes import REASON_WORDS, shown_applicant
from xueji.registry.queries.status_changes import KIND, findings_by_name
from xueji.web.casepages import CaseListing, CasePage, Context, Look, panel, register_page
from xueji.web.menu import Line

_SHOWN = 200  # students on a page; the rest are counted


@panel("status_change", "panels/status_change.html")
def status_change(look: Look) -> Context:
    """Who is to be moved, from what to what; what the law says as the register stands; papers; our readings."""
    application = look.once(application_of)
    applicants, judged, readings = judged_applicants(application, look.law)
    is_open, is_done = look.case.closed_at is None, look.case.state == CaseState.APPROVED
    shown = applicants[:_SHOWN]
    is_absence = application.reason == ABSENCE
    rows = [shown_applicant(applicant, row) for applicant, row in zip(shown, judged, strict=False)]
    return {
        "application": application,
        "rows": rows,
        "absences": _absences(shown) if is_absence else [],
        "left_over": len(applicants) - len(rows),
        "total": len(applicants),
        "findings": findings_by_name(judged) if is_open else [],
        "readings": readings if is_open else [],
        "may_undo": look.step is None and is_done and not application.is_undoing and files_for(look.user, look.case),
        "reason": REASON_WORDS.get(application.reason, ""),
    }


def _absences(applicants: Iterable[StatusApplicant]) -> list[tuple[str, tuple[AttendanceNote, ...]]]:
    """Return what the checks of attendance found of each student: the evidence of a withdrawal for absence."""
    by_name = {applicant.enrolment_id: applicant.enrolment.person.name for applicant in applicants}
    return [(by_name[key], notes) for key, notes in checks_of(by_name).items()]


def _papers(look: Look) -> tuple[EvidenceSpec, ...]:
    application = look.once(application_of)
    return () if application.is_undoing else papers_of_change(application.change, look.law)


def _subjects(case: Case) -> list[Any]:
    return [application_of(case)]


def _heads(cases: Iterable[int]) -> Mapping[int, int]:
    return heads_of_applications(cases)


register_page(
    CasePage(
        kinds=(KIND,),
        panels=("status_change",),
        listing=CaseListing("学籍异动", "先选择异动和学生，确认可以办理，再填写申请。", "学籍异动"),
        menu=(
            Line(
                "学籍",
                "学籍异动",
                "route",
                "school:status_classes",
                "school",
                P.FILE_STATUS_CHANGE,
                place=25,
                need="workflow:status_change",
            ),
        ),
        papers=_papers,
        subjects=_subjects,
        heads=_heads,
        brings="通过后学籍立即变动；办错的，以撤销异动更正",
    )
)
