"""The kind of case: a school sends apprentices, another takes them in."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from tests.guild.models import Move

from xueji.accounts.models import User
from xueji.accounts.permissions import Permission
from xueji.cases.kinds import CaseKind, require_approved
from xueji.cases.models import Case
from xueji.core.findings import Finding, Severity

KIND = "guild_move"


def check_move(case: Case) -> list[Finding]:
    """A school sends nobody to itself."""
    if len({party.school_id for party in case.parties.all()}) == 1:
        return [Finding("guild.two_schools", Severity.ERROR, "转出学校和转入学校是同一所学校")]
    return []


def count_apprentices(case: Case) -> Mapping[str, int]:
    """What the workflow's conditions ask for."""
    return {"persons": Move.objects.get(case=case).apprentices}


def move_apprentices(case: Case, by: User, at: datetime) -> None:
    """Carry an approved move out."""
    require_approved(case)
    Move.objects.filter(case=case).update(moved_at=at)


GUILD_MOVE = CaseKind(
    kind=KIND,
    label="学徒转学",
    check=check_move,
    apply=move_apprentices,
    parties=("sending", "receiving"),
    opens=Permission.FILE_PARTICULARS_CHANGE,
    files=Permission.FILE_PARTICULARS_CHANGE,
    sees=Permission.DECIDE_CASES,
    counts=count_apprentices,
)
