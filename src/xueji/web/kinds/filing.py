"""The filing of new students of an intake (S2 第七条): who goes on, who stays out and why."""

from __future__ import annotations

from xueji.accounts.permissions import Permission as P
from xueji.cases.models import Case
from xueji.registry.models import FilingRequest
from xueji.registry.queries import FILING_KIND, filing_of_case, filing_shown
from xueji.web.casepages import CaseListing, CasePage, Context, Look, panel, register_page
from xueji.web.menu import Line


@panel("filing", "panels/filing.html")
def filing(look: Look) -> Context:
    """Show how many go on, who stays out with reasons and clauses, and the first of the others."""
    request = look.once(filing_of_case)
    return {"request": request, "view": look.law, **filing_shown(request)}


def _subjects(case: Case) -> list[FilingRequest]:
    return [filing_of_case(case)]


register_page(
    CasePage(
        kinds=(FILING_KIND,),
        panels=("filing",),
        listing=CaseListing("学籍备案", "在「学籍注册」页面按届申请。", "学籍备案"),
        menu=(
            Line(
                "学籍",
                "学籍备案",
                "stamp",
                "school:case_list",
                "school",
                P.VIEW_REGISTER,
                20,
                f"workflow:{FILING_KIND}",
                (FILING_KIND,),
            ),
        ),
        subjects=_subjects,
        takes_evidence=False,
        brings="备案以后才能办理毕业证书",
    )
)
