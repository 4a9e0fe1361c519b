"""Factories of lots."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import factory
from tests.factories.accounts import UserFactory

from xueji.core.draw import commitment_of, draw, list_hash_of, seed_of
from xueji.draws.models import Commitment, Draw, DrawItem

SECRET = "a secret of the tests"
PUBLISHED = datetime(2019, 3, 1, 1, tzinfo=UTC)


class CommitmentFactory(factory.django.DjangoModelFactory):
    """A secret committed to, from which nothing was drawn yet."""

    class Meta:
        model = Commitment

    secret = SECRET
    sha256 = factory.LazyAttribute(lambda o: commitment_of(o.secret))
    published_at = PUBLISHED


class DrawFactory(factory.django.DjangoModelFactory):
    """A draw of one from one, as it comes out."""

    class Meta:
        model = Draw

    commitment = factory.SubFactory(CommitmentFactory)
    context = factory.Sequence(lambda n: f"2019届秋季 某校 第{n}次")
    codes = "00"
    list_hash = factory.LazyAttribute(lambda o: list_hash_of(o.codes.split("\n")))
    seed = factory.LazyAttribute(lambda o: seed_of(o.commitment.secret, o.list_hash, o.context))
    population = factory.LazyAttribute(lambda o: len(o.codes.split("\n")))
    percent = Decimal(5)
    rounding = "up"
    size = 1
    drawn_by = factory.SubFactory(UserFactory)
    drawn_at = PUBLISHED


class DrawItemFactory(factory.django.DjangoModelFactory):
    """The one drawn, nothing found yet."""

    class Meta:
        model = DrawItem

    draw = factory.SubFactory(DrawFactory)
    ordinal = 1
    code = factory.LazyAttribute(lambda o: draw(o.draw.codes.split("\n"), o.ordinal, o.draw.seed)[o.ordinal - 1])
    by_two = True
