"""The pages of a move: this file is all a kind needs, in both portals, in the menu and in the lists."""

from __future__ import annotations

from tests.guild.kinds import KIND
from tests.guild.models import Move

from xueji.accounts.permissions import Permission as P
from xueji.cases.models import Case
from xueji.cases.parties import parties_of
from xueji.cases.queries import subject_of
from xueji.core.workflow import ROLES
from xueji.web.casepages import CaseListing, CasePage, Context, Look, panel, register_page
from xueji.web.menu import Line


def move_of(case: Case) -> Move:
    """Return what a case of a move is about."""
    found: Move = subject_of(case, Move.objects.all())
    return found


@panel("guild_move", "panels/facts.html")
def move(look: Look) -> Context:
    """Who goes from where to where, and how many."""
    facts = [
        (ROLES[party.role], f"{party}（{party.school.authority}）" if party.school else str(party), "")
        for party in parties_of(look.case)
    ]
    return {"title": "学徒转学", "facts": [*facts, ("学徒", f"{look.once(move_of).apprentices} 人", "")]}


register_page(
    CasePage(
        kinds=(KIND,),
        panels=("guild_move",),
        takes_evidence=False,
        listing=CaseListing("学徒转学", "由转出学校提出。", "学徒转学"),
        menu=(
            Line(
                "学籍",
                "学徒转学",
                "arrow-right-left",
                "school:case_list",
                "school",
                P.DECIDE_CASES,
                need="workflow:guild_move",
                args=(KIND,),
            ),
        ),
        brings="办结：学徒转入新校，不能撤销",
        concerned=lambda case, _is_last: [("学徒", f"{move_of(case).apprentices} 人")],
    )
)
