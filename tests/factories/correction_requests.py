"""What students ask to be put right."""

from __future__ import annotations

from datetime import UTC, datetime

import factory
from tests.factories.accounts import ApplicantFactory
from tests.factories.registry import RegistrationFactory

from xueji.registry.models import CorrectionRequest


class CorrectionRequestFactory(factory.django.DjangoModelFactory):
    """A student who says that the name is wrong; the school has not answered."""

    class Meta:
        model = CorrectionRequest

    enrolment = factory.LazyFunction(lambda: RegistrationFactory().enrolment)
    applicant = factory.SubFactory(ApplicantFactory, proven=True)
    field = "name"
    wanted = "王晓明"
    statement = "户口簿上是「晓」"
    asked_at = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)
