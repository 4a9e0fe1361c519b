"""A correction of a student's particulars (S1-07)."""

from __future__ import annotations

from typing import Any

from xueji.accounts.permissions import Permission as P
from xueji.cases.models import Case
from xueji.core.decisions.changes import papers_of_change
from xueji.core.status_words import CHANGE_PARTICULARS
from xueji.registry.changes import KIND, stale_fields
from xueji.registry.models import ParticularsChange, Person
from xueji.registry.queries import change_of_case, other_changes
from xueji.web.casepages import CaseListing, CasePage, Context, Look, panel, register_page
from xueji.web.menu import Line


@panel("change", "panels/change.html")
def change(look: Look) -> Context:
    """What is to be corrected: before and after, the school's document and reason."""
    found = look.once(change_of_case)
    return {"change": found, "items": found.items.all(), "person": found.enrolment.person}


@panel("record", "panels/record.html")
def record(look: Look) -> Context:
    """The student's record as it stands, and whether anything else of it is to be corrected."""
    found = look.once(change_of_case)
    stale = stale_fields(found) if look.case.closed_at is None else []
    return {"enrolment": found.enrolment, "others": other_changes(found, look.user), "stale": stale}


def _subjects(case: Case) -> list[ParticularsChange]:
    return [change_of_case(case)]


def _corrected(case: Case) -> tuple[Person, list[Any]]:
    found = change_of_case(case)
    return found.enrolment.person, list(found.items.all())


register_page(
    CasePage(
        kinds=(KIND,),
        panels=("change",),
        listing=CaseListing("信息更正", "在毕业生页面点「申请更正」即可发起。", "信息更正", "school:changes"),
        menu=(Line("毕业办理", "信息更正", "file-pen-line", "school:changes", "school", P.VIEW_BATCHES, place=20),),
        papers=lambda look: papers_of_change(CHANGE_PARTICULARS, look.law),
        subjects=_subjects,
        corrected=_corrected,
    )
)
