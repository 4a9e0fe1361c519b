"""Licences of a province, as published."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import factory
from tests.factories.accounts import UserFactory
from tests.factories.institutions import AuthorityFactory

from xueji.institutions.models import Level
from xueji.licences.models import LicencePublication, PublishedLicence

AT = datetime(2021, 7, 1, 1, tzinfo=UTC)


class LicencePublicationFactory(factory.django.DjangoModelFactory):
    """The first version for an autumn."""

    class Meta:
        model = LicencePublication

    authority = factory.SubFactory(AuthorityFactory, level=Level.PROVINCE)
    year = 2021
    season = "autumn"
    version = 1
    published_by = factory.SubFactory(UserFactory)
    published_at = AT


class LicenceFactory(factory.django.DjangoModelFactory):
    """A programme of three years, forty places."""

    class Meta:
        model = PublishedLicence

    publication = factory.SubFactory(LicencePublicationFactory)
    school_code = factory.Sequence(lambda n: f"36{n:08d}")
    school_name = "某职业中等专业学校"
    programme_name = factory.Sequence(lambda n: f"专业{n}")
    duration_years = Decimal("3.0")
    quota = 40
