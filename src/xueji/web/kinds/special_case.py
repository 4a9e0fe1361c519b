"""A report on special reasons for graduates refused (S1-14)."""

from __future__ import annotations

from xueji.accounts.permissions import Permission as P
from xueji.cases.models import Case
from xueji.graduation.actions.special import SPECIAL_KIND
from xueji.graduation.models import SpecialCase
from xueji.graduation.queries import special_case_of
from xueji.web.casepages import CaseListing, CasePage, Context, Look, panel, register_page
from xueji.web.menu import Line


@panel("special", "panels/special.html")
def special(look: Look) -> Context:
    """The graduates the report speaks for, by class of reason, each with why they were refused."""
    found = look.once(special_case_of)
    return {"special": found, "items": found.items.select_related("candidate__person").order_by("reason_class", "pk")}


def _subjects(case: Case) -> list[SpecialCase]:
    return [special_case_of(case)]


register_page(
    CasePage(
        kinds=(SPECIAL_KIND,),
        panels=("special",),
        listing=CaseListing(
            "特殊原因报告", "审核未通过的毕业生确需验印的，在批次页面发起报告。", "特殊原因报告", "school:special_cases"
        ),
        menu=(
            Line(
                "毕业办理",
                "特殊原因报告",
                "file-exclamation-point",
                "school:special_cases",
                "school",
                P.VIEW_BATCHES,
                place=30,
                need="workflow:special_case",
            ),
        ),
        subjects=_subjects,
    )
)
