"""Authorities, schools, posts; `staffed_city` is a whole line of authorities with somebody in every post."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import factory
from tests.factories.accounts import UserFactory

from xueji.accounts.models import User
from xueji.institutions.models import (
    Amendment,
    Appointment,
    Authority,
    CalendarDay,
    Custody,
    InboxMark,
    Installation,
    Level,
    PlannedPrincipal,
    Post,
    Programme,
    PublishedYear,
    RegisterOffice,
    Sanction,
    School,
    Succession,
    TeachingSite,
    UsedSchoolCode,
)

ALWAYS = (date(2000, 1, 1), None)


class AuthorityFactory(factory.django.DjangoModelFactory):
    """A city authority at the top of its own line, unless a parent is given; the path is kept."""

    class Meta:
        model = Authority

    name = factory.Sequence(lambda n: f"第{n}教育局")
    short_name = factory.Sequence(lambda n: f"第{n}局")
    level = Level.CITY
    division_code = factory.Sequence(lambda n: f"{620000 + n:06d}")
    parent = None

    @classmethod
    def _create(cls, model_class: type[Authority], *args: Any, **kwargs: Any) -> Authority:
        authority = super()._create(model_class, *args, **kwargs)
        authority.path = f"{authority.parent.path if authority.parent else '/'}{authority.pk}/"
        authority.save(update_fields=["path"])
        return authority


class SchoolFactory(factory.django.DjangoModelFactory):
    """A school directly under a city."""

    class Meta:
        model = School

    name = factory.Sequence(lambda n: f"第{n}职业中等专业学校")
    code = factory.Sequence(lambda n: f"36{n:08d}")
    authority = factory.SubFactory(AuthorityFactory)
    principal = "校长甲"


class ProgrammeFactory(factory.django.DjangoModelFactory):
    """A programme of three years."""

    class Meta:
        model = Programme

    school = factory.SubFactory(SchoolFactory)
    code = factory.Sequence(lambda n: f"{n % 1000000:06d}")
    name = factory.Sequence(lambda n: f"专业{n}")
    duration_years = Decimal("3.0")


class RegisterOfficeFactory(factory.django.DjangoModelFactory):
    """The institution of a school."""

    class Meta:
        model = RegisterOffice

    school = factory.SubFactory(SchoolFactory)
    name = "学籍管理科"
    named_by = factory.SubFactory(UserFactory)
    named_at = datetime(2019, 6, 24, 2, 0, tzinfo=UTC)


class AppointmentFactory(factory.django.DjangoModelFactory):
    """A school clerk since long ago; pass `authority=…, school=None` and a post for officers."""

    class Meta:
        model = Appointment

    user = factory.SubFactory(UserFactory)
    post = Post.SCHOOL_CLERK
    school = factory.SubFactory(SchoolFactory)
    authority = None
    days = ALWAYS


class CalendarDayFactory(factory.django.DjangoModelFactory):
    """A declared holiday."""

    class Meta:
        model = CalendarDay

    authority = factory.SubFactory(AuthorityFactory)
    day = factory.Sequence(lambda n: date.fromordinal(date(2030, 1, 1).toordinal() + n))
    kind = CalendarDay.Kind.HOLIDAY
    note = "虚构通知"


class PublishedYearFactory(factory.django.DjangoModelFactory):
    """A published year, far ahead."""

    class Meta:
        model = PublishedYear

    authority = factory.SubFactory(AuthorityFactory)
    year = factory.Sequence(lambda n: 2040 + n)
    notice = "虚构通知"


class PlannedPrincipalFactory(factory.django.DjangoModelFactory):
    """Who heads a school from a day far ahead."""

    class Meta:
        model = PlannedPrincipal

    school = factory.SubFactory(SchoolFactory)
    principal = "新任校长"
    effective_on = factory.Sequence(lambda n: date.fromordinal(date(2040, 1, 1).toordinal() + n))
    document_number = "任〔2039〕1号"
    entered_by = factory.SubFactory(UserFactory)
    entered_at = datetime(2026, 1, 5, 1, tzinfo=UTC)


class AmendmentFactory(factory.django.DjangoModelFactory):
    """A new principal."""

    class Meta:
        model = Amendment

    school = factory.SubFactory(SchoolFactory)
    field = "principal"
    before = "校长甲"
    after = "校长乙"
    effective_on = date(2020, 9, 1)
    document_number = "虚构任〔2020〕1号"
    amended_by = factory.SubFactory(UserFactory)
    amended_at = datetime(2020, 9, 1, tzinfo=UTC)


class SuccessionFactory(factory.django.DjangoModelFactory):
    """A school founded long ago."""

    class Meta:
        model = Succession

    school = factory.SubFactory(SchoolFactory)
    kind = Succession.Kind.FOUNDED
    ends = False
    effective_on = date(1984, 9, 1)
    document_number = "虚构教〔1984〕1号"
    entered_by = factory.SubFactory(UserFactory)
    entered_at = datetime(2020, 9, 1, tzinfo=UTC)


class TeachingSiteFactory(factory.django.DjangoModelFactory):
    """A campus, not on record."""

    class Meta:
        model = TeachingSite

    school = factory.SubFactory(SchoolFactory)
    kind = TeachingSite.Kind.CAMPUS
    name = factory.Sequence(lambda n: f"第{n}校区")
    address = "某路 1 号"
    from_on = date(2020, 9, 1)
    entered_by = factory.SubFactory(UserFactory)
    entered_at = datetime(2020, 9, 1, tzinfo=UTC)


class CustodyFactory(factory.django.DjangoModelFactory):
    """The files of a school, kept by another."""

    class Meta:
        model = Custody

    school = factory.SubFactory(SchoolFactory)
    custodian_school = factory.SubFactory(SchoolFactory)
    from_on = date(2020, 9, 1)
    document_number = "虚构教〔2020〕2号"
    entered_by = factory.SubFactory(UserFactory)
    entered_at = datetime(2020, 9, 1, tzinfo=UTC)


class UsedSchoolCodeFactory(factory.django.DjangoModelFactory):
    """A code a school had once."""

    class Meta:
        model = UsedSchoolCode

    code = factory.Sequence(lambda n: f"35{n:08d}")
    school = factory.SubFactory(SchoolFactory)


class SanctionFactory(factory.django.DjangoModelFactory):
    """Sealing deferred, in force."""

    class Meta:
        model = Sanction

    school = factory.SubFactory(SchoolFactory)
    kind = "sealing_deferred"
    label = "暂缓验印"
    withholds = factory.LazyFunction(lambda: ["numbers", "sealing"])
    cites = factory.LazyFunction(lambda: ["weinan-2019-22:四（五）"])
    reason = "信息核对不准"
    imposed_by = factory.SubFactory(UserFactory)
    imposed_at = datetime(2019, 7, 1, tzinfo=UTC)


def appointed(post: Post | str, place: Authority | School, user: User | None = None) -> User:
    """Return a person (a new one) who holds a post at a place since long ago."""
    at = {"authority": place, "school": None} if isinstance(place, Authority) else {"school": place}
    return AppointmentFactory(user=user or UserFactory(), post=post, **at).user


@dataclass
class StaffedCity:
    """A city, a county below it, a school in the county and one directly under the city; people by post."""

    city: Authority
    county: Authority
    county_school: School
    city_school: School
    clerk: User  # of the county's school
    leader: User  # of the county's school
    city_clerk: User  # clerk of the school directly under the city
    city_leader_of_school: User  # head of the school directly under the city
    county_reviewer: User
    city_reviewer: User
    second_city_reviewer: User
    city_leader: User
    sealer: User
    seal_supervisor: User
    auditor: User
    administrator: User


def staffed_city(division_code: str = "610500", county_code: str = "610502", line: str = "edu") -> StaffedCity:
    """Return a whole line of authorities with somebody in every post."""
    city = AuthorityFactory(division_code=division_code, line=line, level=Level.CITY)
    county = AuthorityFactory(division_code=county_code, line=line, level=Level.COUNTY, parent=city)
    county_school, city_school = SchoolFactory(authority=county), SchoolFactory(authority=city)
    return StaffedCity(
        city=city,
        county=county,
        county_school=county_school,
        city_school=city_school,
        clerk=appointed(Post.SCHOOL_CLERK, county_school),
        leader=appointed(Post.SCHOOL_LEADER, county_school),
        city_clerk=appointed(Post.SCHOOL_CLERK, city_school),
        city_leader_of_school=appointed(Post.SCHOOL_LEADER, city_school),
        county_reviewer=appointed(Post.COUNTY_REVIEWER, county),
        city_reviewer=appointed(Post.CITY_REVIEWER, city),
        second_city_reviewer=appointed(Post.CITY_REVIEWER, city),
        city_leader=appointed(Post.CITY_LEADER, city),
        sealer=appointed(Post.SEALER, city),
        seal_supervisor=appointed(Post.SEAL_SUPERVISOR, city),
        auditor=appointed(Post.AUDITOR, city),
        administrator=appointed(Post.ADMINISTRATOR, city),
    )


class InstallationFactory(factory.django.DjangoModelFactory):
    """The mark of a database for practice."""

    class Meta:
        model = Installation


class InboxMarkFactory(factory.django.DjangoModelFactory):
    """Somebody who has read nothing."""

    class Meta:
        model = InboxMark

    user = factory.SubFactory(UserFactory)
    read_up_to = 0
