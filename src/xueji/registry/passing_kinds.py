"""What of the register goes along with a school that goes into another: as `institutions/kinds.py` asks of every app."""

from __future__ import annotations

from datetime import datetime

from xueji.accounts.models import User
from xueji.institutions.kinds import Handover, Movable
from xueji.registry.actions.passing import give_back_enrolments, pass_on_enrolments
from xueji.registry.queries.passing import count_going_along, count_staying


def _pass_on(handover: Handover, by: User, at: datetime) -> int:
    return pass_on_enrolments(handover=handover, by=by, at=at)


def _give_back(handover: Handover, by: User, at: datetime) -> int:
    return give_back_enrolments(handover=handover, by=by, at=at)


ENROLMENTS_OF_SCHOOL = Movable("学籍", count_going_along, _pass_on, _give_back, count_staying)
