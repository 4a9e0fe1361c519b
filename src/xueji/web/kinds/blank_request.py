"""A request for blanks (S3-15): how many, for which season, what speaks against it."""

from __future__ import annotations

from xueji.accounts.permissions import Permission as P
from xueji.blanks.actions.requests import KIND
from xueji.blanks.kinds import check_request
from xueji.blanks.models import BlankRequest
from xueji.blanks.queries import need_of, request_of_case
from xueji.cases.models import Case, CaseState
from xueji.web.blankdesk import request_facts
from xueji.web.casepages import CasePage, Context, Look, panel, register_page
from xueji.web.context import joined
from xueji.web.menu import Line
from xueji.web.phases import StageWords

_SETTLED = (CaseState.APPROVED, CaseState.REFUSED, CaseState.WITHDRAWN)


@panel("blank_request", "panels/blank_request.html")
def blank_request(look: Look) -> Context:
    """The request with what was handed out for it, and what the rules hold against it while it is undecided."""
    findings = [] if look.case.state in _SETTLED else check_request(look.case)
    return joined(request_facts(look.once(request_of_case)), {"findings": findings})


@panel("need", "panels/facts.html")
def need(look: Look) -> Context:
    """What the season still needs at the school, beside what is asked for."""
    request = look.once(request_of_case)
    found = need_of(request)
    facts = [
        ("本届毕业生", f"{found.graduates} 人", ""),
        ("已使用", f"{found.used} 本", ""),
        ("在手和在途", f"{found.at_hand} 本", ""),
        ("其他申领未发", f"{found.granted} 本", ""),
        ("尚需", f"{found.open} 本", ""),
        ("本次申领", f"{request.count} 本", "bad" if request.count > found.open else ""),
        ("损坏未缴回", f"{found.spoiled} 本", "warn" if found.spoiled else ""),
    ]
    return {"title": "需要数和现有数", "facts": facts}


def _subjects(case: Case) -> list[BlankRequest]:
    return [request_of_case(case)]


register_page(
    CasePage(
        kinds=(KIND,),
        panels=("blank_request",),
        takes_evidence=False,
        url_name="school:blank_request",
        key_of=lambda case: request_of_case(case).pk,
        menu=(
            Line(
                "打印与验印",
                "空白证书",
                "file-stack",
                "school:blanks",
                "school",
                P.REQUEST_BLANKS,
                place=20,
                need="blank",
            ),
        ),
        stages={
            "blanks": StageWords("file-stack", "申领空白证书，领到后按流水码验收。", "school:blanks", of_batch=False)
        },
        subjects=_subjects,
    )
)
