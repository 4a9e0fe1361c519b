"""Cases and their parts, as rows; whole stories are told with the actions themselves."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import factory
from tests.factories.accounts import UserFactory
from tests.factories.institutions import AuthorityFactory, SchoolFactory

from xueji.cases.models import Case, CaseParty, ClockPause, Decision, Evidence, Proposal, Step, StepState, Verdict
from xueji.core.workflow import MAIN_ROLE
from xueji.documents.models import StoredFile
from xueji.institutions.models import Post

LONG_AGO = datetime(2019, 6, 24, 2, 0, tzinfo=UTC)


_MAIN_ROLES = {
    "transfer": "sending",
    "duplicate": "claiming",
}  # who files a case of this kind, where it is not simply «the school»


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

    @classmethod
    def _create(cls, model_class: type[Case], *args: Any, **kwargs: Any) -> Case:
        case = super()._create(model_class, *args, **kwargs)
        CaseParty.objects.create(
            case=case, role=_MAIN_ROLES.get(case.kind, MAIN_ROLE), is_main=True, school=case.school
        )
        return case


class CasePartyFactory(factory.django.DjangoModelFactory):
    """A school to which somebody goes over."""

    class Meta:
        model = CaseParty

    case = factory.SubFactory(CaseFactory)
    role = "receiving"
    school = factory.SubFactory(SchoolFactory)


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
    school = factory.LazyAttribute(lambda step: step.case.school if step.level == Step.Place.SCHOOL else None)
    state = StepState.CURRENT
    opened_at = LONG_AGO


class ClockPauseFactory(factory.django.DjangoModelFactory):
    """A term that stands still until something is supplemented."""

    class Meta:
        model = ClockPause

    step = factory.SubFactory(StepFactory)
    reason = "supplement"
    note = "补正材料"
    paused_by = factory.SubFactory(UserFactory)
    paused_at = LONG_AGO


class ProposalFactory(factory.django.DjangoModelFactory):
    """An approval that was proposed and waits for a second person."""

    class Meta:
        model = Proposal

    step = factory.SubFactory(StepFactory, hands=2)
    verdict = Verdict.APPROVE
    by = factory.SubFactory(UserFactory)
    at = LONG_AGO


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
