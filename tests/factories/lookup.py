"""Attempts of the public look-up."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import count

import factory

from xueji.lookup.models import LookupAttempt
from xueji.lookup.tasks import Task


class LookupAttemptFactory(factory.django.DjangoModelFactory):
    """An answer «not found», each from an address and at a number of its own."""

    class Meta:
        model = LookupAttempt

    at = datetime(2019, 9, 1, tzinfo=UTC)
    address_index = factory.Sequence(lambda n: n.to_bytes(16, "big"))
    target_index = factory.Sequence(lambda n: (n + 1_000_000).to_bytes(16, "big"))
    outcome = LookupAttempt.Result.NOT_FOUND


def solved(task: Task) -> dict[str, str]:
    """Return what the page of a task sends back once its script has found the number."""
    found = next(n for n in count() if task.is_solved_by(str(n)))
    return {"token": task.token, "solution": str(found)}
