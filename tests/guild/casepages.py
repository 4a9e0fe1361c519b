"""The pages of a move: what is shown of it on the step pages of both schools and of every authority."""

from __future__ import annotations

from tests.guild.kinds import KIND
from tests.guild.models import Move

from xueji.accounts.permissions import Permission as P
from xueji.cases.parties import parties_of
from xueji.core.workflow import ROLES
from xueji.web.casepages import CasePage, Context, Look, panel, register_page


@panel("guild_move", "guild/move.html")
def move_panel(look: Look) -> Context:
    """Who sends, who takes in, under whom each stands, and how many go."""
    parties = [
        {"word": ROLES[party.role], "name": str(party), "authority": party.school.authority if party.school else ""}
        for party in parties_of(look.case)
    ]
    return {"parties": parties, "move": Move.objects.get(case=look.case)}


register_page(
    CasePage(kinds=(KIND,), panels=("guild_move",), filed_with=P.FILE_PARTICULARS_CHANGE, brings="学徒转入另一所学校")
)
