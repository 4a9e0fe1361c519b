"""Events as rows; real ones come from actions."""

from __future__ import annotations

from datetime import UTC, datetime

import factory

from xueji.ledger.models import Event, Leaf, WrittenRows
from xueji.ledger.tags import EventTag


class EventFactory(factory.django.DjangoModelFactory):
    """An act of the system itself."""

    class Meta:
        model = Event

    tag = EventTag.ACCOUNT_ISSUED
    at = datetime(2019, 7, 1, tzinfo=UTC)
    actor_label = "系统"
    subject_type = "accounts.User"
    subject_id = factory.Sequence(str)
    subject_label = "某人"


class LeafFactory(factory.django.DjangoModelFactory):
    """The place of an event in the log; real ones come from the sequencer."""

    class Meta:
        model = Leaf

    index = factory.Sequence(int)
    event_id = factory.LazyFunction(lambda: EventFactory().pk)
    horizon = 0


class WrittenRowsFactory(factory.django.DjangoModelFactory):
    """A note of one row; real ones come from the database's own triggers."""

    class Meta:
        model = WrittenRows

    source = "institutions_programme"
    keys = factory.LazyFunction(lambda: ["1"])
    digests = bytes(32)
