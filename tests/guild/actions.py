"""The writes of the package, in the shape of the product's actions."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils import timezone
from tests.guild.kinds import KIND
from tests.guild.models import Move

from xueji.accounts.models import User
from xueji.cases.actions import open_case
from xueji.institutions.models import School


@transaction.atomic
def open_move(*, sending: School, receiving: School, apprentices: int, by: User, at: datetime) -> Move:
    """Draft a move out of a school; the other one is told when it is submitted."""
    case = open_case(
        kind=KIND, school=sending, parties={"receiving": receiving}, title=f"{sending.name}学徒转学",
        legal_date=timezone.localdate(at), by=by, at=at,
    )  # fmt: skip
    return Move.objects.create(case=case, apprentices=apprentices)
