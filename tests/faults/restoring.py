"""Offices before and after a restore, as a program: `python -m tests.faults.restoring WORD JSON` answers one JSON line."""

from __future__ import annotations

import json
import sys
from typing import Any

from xueji.cli.bootstrap import set_up

PACK = "edu/shaanxi-weinan"


def approve(steps: list[int]) -> dict[str, Any]:
    """Approve steps as the city's reviewer; say who got which number, or why none was given."""
    from django.utils import timezone

    from xueji.cases.actions import decide_step
    from xueji.cases.models import Step
    from xueji.core.errors import NumbersHeld

    for key in steps:
        try:
            decide_step(
                step=Step.objects.get(pk=key), verdict="approve", by=officer("city_reviewer"), at=timezone.now()
            )
        except NumbersHeld as refusal:
            return {"held": refusal.message, "given": given()}
    return {"held": "", "given": given()}


def given() -> dict[str, str]:
    """Return every number of a certificate with the student record of its holder."""
    from xueji.certificates.models import Certificate

    found = Certificate.objects.values_list("number__number", "enrolment_id")
    return {number: str(enrolment) for number, enrolment in found}


def state(last: str) -> dict[str, Any]:
    """Two persons state the last number on paper."""
    from django.utils import timezone

    from xueji.certificates.actions import confirm_last_numbers, state_last_numbers
    from xueji.certificates.stating import waiting_for

    reviewer, leader = officer("city_reviewer"), officer("city_leader")
    counters = [awaited.counter for awaited in waiting_for(reviewer, PACK)]
    statement = state_last_numbers(
        pack=PACK, numbers={(counter.kind, counter.scope): last for counter in counters}, others=[], no_others=True,
        note="验印登记册", by=reviewer, at=timezone.now(),
    )  # fmt: skip
    confirm_last_numbers(statement=statement, by=leader, at=timezone.now())
    return {"counters": [[counter.scope, counter.stored, counter.marked] for counter in counters]}


def officer(post: str) -> Any:
    """Return who held a post of the city first."""
    from xueji.institutions.models import Appointment

    return Appointment.objects.filter(post=post, authority__parent=None).order_by("id").select_related("user")[0].user


if __name__ == "__main__":
    set_up(quiet=True, migrate=False)
    words = {f.__name__: f for f in (approve, state)}
    print(json.dumps(words[sys.argv[1]](**json.loads(sys.argv[2])), ensure_ascii=False))
