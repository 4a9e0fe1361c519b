"""Who comes from a school of another kind: who it is, from where, to study what, with which care, and what it comes to."""

from __future__ import annotations

from xueji.accounts.permissions import Permission as P
from xueji.cases.models import Case
from xueji.core.decisions.changes import papers_of_change
from xueji.core.status_words import TRANSFER
from xueji.registry.arrival_queries import (
    JUNIOR_IN,
    MOVED_IN,
    arrival_findings,
    compulsory_until,
    duration_of,
    student_of,
)
from xueji.registry.models import Arrival
from xueji.registry.queries.arrivals import arrival_of
from xueji.web.casepages import CaseListing, CasePage, Context, Look, panel, register_page
from xueji.web.menu import Line


@panel("arrival", "panels/arrival.html")
def arrival(look: Look) -> Context:
    """Show the student, the care taken, and duration and end of compulsory schooling as the law has them; findings while it is open."""
    asked = look.once(arrival_of)
    facts = student_of(asked)
    is_open = asked.enrolment_id is None
    return {
        "arrival": asked,
        "school": asked.programme.school,
        "name": facts.text("name"),
        "sex": facts.text("sex"),
        "guardian": f"{facts.text('member1_name')}（{facts.text('member1_relation')}）"
        if facts.text("member1_name")
        else "",
        "years": [interval.least for interval in duration_of(asked, look.law).intervals],
        "until": compulsory_until(asked, look.law),
        "findings": arrival_findings(look.case) if is_open else [],
    }


def _subjects(case: Case) -> list[Arrival]:
    return [arrival_of(case)]


register_page(
    CasePage(
        kinds=(MOVED_IN, JUNIOR_IN),
        panels=("arrival",),
        listing=CaseListing("转入", "由转入学校在「转入」页面申请。", "转入"),
        menu=(
            Line(
                "学籍", "普高、技校转入", "log-in", "school:new_arrival", "school", P.FILE_STATUS_CHANGE,
                need=f"workflow:{MOVED_IN}", args=(MOVED_IN,),
            ),
            Line(
                "学籍", "初中学生进入", "log-in", "school:new_arrival", "school", P.FILE_STATUS_CHANGE,
                need=f"workflow:{JUNIOR_IN}", args=(JUNIOR_IN,),
            ),
        ),
        papers=lambda look: papers_of_change(TRANSFER, look.law, look.once(arrival_of).get_source_display()),
        subjects=_subjects,
        brings="办结：登记学籍并备案，不能撤销，只能注销",
    )
)  # fmt: skip
