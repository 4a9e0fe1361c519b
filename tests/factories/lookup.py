"""Attempts of the public look-up."""

from __future__ import annotations

from datetime import UTC, datetime

import factory

from xueji.lookup.models import LookupAttempt


class LookupAttemptFactory(factory.django.DjangoModelFactory):
    """An answer «not found», each from an address and at a number of its own."""

    class Meta:
        model = LookupAttempt

    at = datetime(2019, 9, 1, tzinfo=UTC)
    address_index = factory.Sequence(lambda n: n.to_bytes(16, "big"))
    target_index = factory.Sequence(lambda n: (n + 1_000_000).to_bytes(16, "big"))
    outcome = LookupAttempt.Outcome.NOT_FOUND
