"""A finding of the negative list, what was done about it, a comparison of the two systems, a rating."""

from __future__ import annotations

from datetime import UTC, date, datetime

import factory
from tests.factories.accounts import UserFactory
from tests.factories.institutions import SchoolFactory

from xueji.supervision.models import (
    FindingAct,
    ListedFinding,
    Rating,
    RatingAct,
    Restriction,
    RestrictionBypass,
    StewardPost,
    Stewardship,
    SystemComparison,
)

AT = datetime(2024, 3, 8, 1, tzinfo=UTC)


class ListedFindingFactory(factory.django.DjangoModelFactory):
    """Two systems that differ by too much, found and open."""

    class Meta:
        model = ListedFinding

    school = factory.SubFactory(SchoolFactory)
    item = "FM5"
    subject = factory.Sequence(lambda n: f"systems:{n}")
    message = "两个系统不一致的学生 3 / 100，超过学籍总人数的 2%"
    way_out = "逐人核对，更新学籍信息模块"
    cites = ["henan-2021-115:负面清单·FM5"]
    pack = "edu/henan"
    facts = {"differing": 3, "total": 100}
    began_on = date(2024, 3, 1)
    found_at = AT
    shown_on = date(2024, 3, 18)


class FindingActFactory(factory.django.DjangoModelFactory):
    """The answer of the school."""

    class Meta:
        model = FindingAct

    finding = factory.SubFactory(ListedFindingFactory)
    kind = FindingAct.Kind.ANSWERED
    statement = "已逐人核对"
    place = "某职业中等专业学校"
    by = factory.SubFactory(UserFactory)
    at = AT


class SystemComparisonFactory(factory.django.DjangoModelFactory):
    """A hundred students, two of whom differ: no more than the list lets pass."""

    class Meta:
        model = SystemComparison

    school = factory.SubFactory(SchoolFactory)
    compared_on = date(2024, 3, 1)
    differing = 2
    total = 100
    counts = {"same": 98, "differs": 2}
    shown_on = date(2024, 3, 11)
    by = factory.SubFactory(UserFactory)
    at = AT


class RatingFactory(factory.django.DjangoModelFactory):
    """The draft of a school about which nothing was found."""

    class Meta:
        model = Rating

    school = factory.SubFactory(SchoolFactory)
    year = 2024
    pack = "edu/henan"
    draft = "A"
    drafted_at = AT
    objections_until = date(2024, 3, 18)


class RatingActFactory(factory.django.DjangoModelFactory):
    """The objection of the school."""

    class Meta:
        model = RatingAct

    rating = factory.SubFactory(RatingFactory)
    kind = RatingAct.Kind.OBJECTED
    turn = 1
    statement = "已经更正，请重新计算"
    place = "某职业中等专业学校"
    by = factory.SubFactory(UserFactory)
    at = AT


class RestrictionFactory(factory.django.DjangoModelFactory):
    """A school rated D for 2024 registers and files nobody in 2025."""

    class Meta:
        model = Restriction

    school = factory.SubFactory(SchoolFactory)
    rating = factory.SubFactory(
        RatingFactory, school=factory.SelfAttribute("..school"), hits=["FM3"], draft="D", rating="D", state="published",
        proposed_by=factory.SubFactory(UserFactory), decided_by=factory.SubFactory(UserFactory), decided_at=AT, published_at=AT,
    )  # fmt: skip
    pack = "edu/henan"
    cites = ["henan-2021-115:第二十三条"]
    acts = ["register", "file"]
    is_whole = True
    from_on = date(2025, 1, 1)
    until_on = date(2025, 12, 31)
    reason = "学籍重复，拒不删除"
    authority = factory.SelfAttribute("school.authority")
    by = factory.SubFactory(UserFactory)
    at = AT


class RestrictionBypassFactory(factory.django.DjangoModelFactory):
    """A bypass that waits for another person."""

    class Meta:
        model = RestrictionBypass

    restriction = factory.SubFactory(RestrictionFactory)
    reason = "灾后安置的学生须就近入学"
    until_on = date(2025, 6, 30)
    place = "某省教育厅"
    proposed_by = factory.SubFactory(UserFactory)
    proposed_at = AT


class StewardshipFactory(factory.django.DjangoModelFactory):
    """A school rated D for 2024, for which its authority is to act: one person proposes it."""

    class Meta:
        model = Stewardship

    school = factory.SubFactory(SchoolFactory)
    rating = factory.SubFactory(
        RatingFactory, school=factory.SelfAttribute("..school"), hits=["FM3"], draft="D", rating="D", state="published",
        proposed_by=factory.SubFactory(UserFactory), decided_by=factory.SubFactory(UserFactory), decided_at=AT, published_at=AT,
    )  # fmt: skip
    pack = "edu/henan"
    cites = ["henan-2021-115:第二十三条"]
    steward_authority = factory.SelfAttribute("school.authority")
    reason = "学籍重复，拒不删除"
    authority = factory.SelfAttribute("school.authority")
    proposed_by = factory.SubFactory(UserFactory)
    proposed_at = AT


class StewardPostFactory(factory.django.DjangoModelFactory):
    """Somebody named to act as clerk."""

    class Meta:
        model = StewardPost

    stewardship = factory.SubFactory(StewardshipFactory)
    user = factory.SubFactory(UserFactory)
    post = "school_clerk"
    named_by = factory.SubFactory(UserFactory)
    named_at = AT
