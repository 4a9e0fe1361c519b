"""A transfer between two schools: who moves from where to where, and, before it is submitted, who will decide in which order."""

from __future__ import annotations

from xueji.accounts.permissions import Permission as P
from xueji.cases.models import Case, CaseState
from xueji.cases.queries import files_for, is_of_school
from xueji.cases.rounds import places_of
from xueji.core.decisions.changes import papers_of_change
from xueji.core.status_specs import EvidenceSpec
from xueji.core.status_words import TRANSFER
from xueji.core.workflow import RECORD
from xueji.institutions.queries import permissions_of
from xueji.registry.models import StatusApplicant, StatusApplication
from xueji.registry.queries.applications import application_of
from xueji.registry.queries.transfers import (
    KIND,
    RECEIVING,
    SENDING,
    applicants_of,
    hand_over_of,
    programmes_wanted,
    school_of,
)
from xueji.web.casepages import CaseListing, CasePage, Context, Look, panel, register_page
from xueji.web.clauses import shown_clauses
from xueji.web.menu import Line


def _applicants(case: Case) -> list[StatusApplicant]:
    return applicants_of(application_of(case))


@panel("transfer", "panels/transfer.html")
def transfer(look: Look) -> Context:
    """Who moves, from where to where, to study what; the school that has not accepted reads the essentials alone."""
    application, applicants = look.once(application_of), look.once(_applicants)
    programmes = programmes_wanted(applicants)
    return {
        "application": application,
        "sending": school_of(look.case, SENDING),
        "receiving": school_of(look.case, RECEIVING),
        "rows": [(applicant, programmes.get(applicant.wanted.get("programme_id"))) for applicant in applicants],
        "is_full": _reads_in_full(look),
        "may_undo": _may_undo(look, application),
    }


def _may_undo(look: Look, application: StatusApplication) -> bool:
    """Whether somebody of the school that sent may ask to take a transfer back that took effect."""
    is_done = look.case.state == CaseState.APPROVED and not application.is_undoing
    return look.step is None and is_done and files_for(look.user, look.case)


def _reads_in_full(look: Look) -> bool:
    """Whether somebody reads more than the essentials: not at the school that takes in, until it accepted."""
    if not is_of_school(look.user, school_of(look.case, RECEIVING).pk):
        return True
    accepted = look.case.steps.filter(round=look.case.round, key="in_school", state="approved")
    return look.case.state == CaseState.APPROVED or accepted.exists()


@panel("transfer_way", "panels/transfer_way.html")
def transfer_way(look: Look) -> Context:
    """Who will decide, in which order and how soon, said before the case is submitted; afterwards the lamps say it."""
    if look.case.state not in (CaseState.DRAFT, CaseState.RETURNED):
        return {"places": []}
    places = [
        {
            "label": place.spec.label,
            "place": decider,
            "days": look.law.clock(place.spec.clock).days if place.spec.clock else None,
            "act": "备案" if place.spec.act == RECORD else "",
        }
        for place, decider in places_of(look.case, look.law)
    ]
    goes_up = any(
        place.spec.level == "province" and place.spec.act != RECORD for place, _ in places_of(look.case, look.law)
    )
    return {"places": places, "goes_up": goes_up, "clauses": shown_clauses(look.law.workflow(KIND).cites)}


@panel("transfer_items", "panels/transfer_items.html")
def transfer_items(look: Look) -> Context:
    """What goes along with the students, and what of it the person's school gives or takes now."""
    items = hand_over_of(look.case)
    act = "" if look.is_of_office or P.FILE_STATUS_CHANGE not in permissions_of(look.user) else _act_of(look)
    mine = {"give": lambda item: item.given_at is None, "take": lambda item: item.given_at and not item.taken_at}
    rows = [(item, bool(act and mine[act](item))) for item in items]
    return {
        "case": look.case,
        "act": act if any(is_mine for _, is_mine in rows) else "",
        "items": rows,
        "open_count": sum(item.taken_at is None for item in items),
    }


def _act_of(look: Look) -> str:
    if is_of_school(look.user, school_of(look.case, SENDING).pk):
        return "give"
    return "take" if is_of_school(look.user, school_of(look.case, RECEIVING).pk) else ""


def _papers(look: Look) -> tuple[EvidenceSpec, ...]:
    return () if look.once(application_of).is_undoing else papers_of_change(TRANSFER, look.law)


def _subjects(case: Case) -> list[StatusApplication]:
    return [application_of(case)]


def _concerned(case: Case, is_last: bool) -> list[tuple[str, str]]:  # noqa: FBT001  # the signature of `CasePage`
    application, applicants = application_of(case), _applicants(case)
    found = [("学生", "、".join(a.enrolment.person.name for a in applicants[:5]) + f" 共 {len(applicants)} 人")]
    if is_last:
        what = "转入的学籍注销，原学籍恢复在读" if application.is_undoing else "原学籍转出，新学籍同日在读"
        found.append(("生效", f"{application.effective_on:%Y-%m-%d}：{what}"))
    return found


register_page(
    CasePage(
        kinds=(KIND,),
        panels=("transfer", "transfer_way", "transfer_items"),
        listing=CaseListing("转学", "由转出学校发起；转入的办件轮到本校时在待办里出现。", "转学"),
        menu=(
            Line(
                "学籍", "转学", "arrow-right-left", "school:case_list", "school", P.VIEW_REGISTER,
                need=f"workflow:{KIND}", args=(KIND,),
            ),
        ),
        papers=_papers,
        subjects=_subjects,
        brings="办结：转出和转入同日生效，撤销须另行申请",
        concerned=_concerned,
    )
)  # fmt: skip
