"""Cases and their parts, as rows; whole stories are told with the actions themselves."""

from __future__ import annotations

from datetime import UTC, date, datetime

import factory
from tests.factories.accounts import UserFactory
from tests.factories.institutions import AuthorityFactory, SchoolFactory

from xueji.cases.models import Case, Decision, Evidence, Step, StepState, Verdict
from xueji.documents.models import StoredFile
from xueji.institutions.models import Post

LONG_AGO = datetime(2019, 6, 24, 2, 0, tzinfo=UTC)


class CaseFactory(factory.django.DjangoModelFactory):
    """A draft."""

    class Meta:
        model = Case

    kind = "special_case"
    title = factory.Sequence(lambda n: f"办件{n}")
    school = factory.SubFactory(SchoolFactory)
    pack = "edu/shaanxi-weinan"
    pack_hash = "0" * 64
    legal_date = date(2019, 7, 1)
    opened_by = factory.SubFactory(UserFactory)
    opened_at = LONG_AGO


class StepFactory(factory.django.DjangoModelFactory):
    """The first step of a round, waiting for a city reviewer."""

    class Meta:
        model = Step

    case = factory.SubFactory(CaseFactory)
    round = 1
    ordinal = 1
    key = "city"
    label = "市级审核"
    level = Step.Place.CITY
    post = Post.CITY_REVIEWER
    authority = factory.SubFactory(AuthorityFactory)
    state = StepState.CURRENT
    opened_at = LONG_AGO


class DecisionFactory(factory.django.DjangoModelFactory):
    """An approval."""

    class Meta:
        model = Decision

    step = factory.SubFactory(StepFactory)
    verdict = Verdict.APPROVE
    by = factory.SubFactory(UserFactory)
    at = LONG_AGO


class EvidenceFactory(factory.django.DjangoModelFactory):
    """A file on record (its bytes are not on the disk)."""

    class Meta:
        model = Evidence

    case = factory.SubFactory(CaseFactory)
    kind = "证明材料"
    file_name = "证明.pdf"
    file = factory.LazyFunction(
        lambda: StoredFile.objects.get_or_create(
            address="e" * 64, defaults={"media_type": "application/pdf", "size": 1, "created_at": LONG_AGO}
        )[0]
    )
    added_by = factory.SubFactory(UserFactory)
    added_at = LONG_AGO
