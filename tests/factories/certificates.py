"""Contents ready to be prepared, and certificates issued the way the product issues them."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import factory
from psycopg.types.range import Range
from tests.factories.accounts import UserFactory
from tests.factories.cases import CaseFactory
from tests.factories.institutions import ProgrammeFactory, SchoolFactory
from tests.factories.registry import EnrolmentFactory, resident_id

from xueji.accounts.models import User
from xueji.cases.models import CaseState
from xueji.certificates.actions import issue_certificates, prepare_certificates, release_numbers, void_by_case
from xueji.certificates.content import CertificateContent
from xueji.certificates.models import (
    Certificate,
    CertificateCase,
    CertificateCaseItem,
    CertificateNumber,
    Issue,
    IssueBlock,
    NumberBlock,
    NumberCounter,
    NumberStatement,
    NumberStatementLine,
    SkippedSerials,
)
from xueji.core.facts import GraduateFacts
from xueji.core.months import Month
from xueji.core.packs import PackView
from xueji.institutions.models import Programme
from xueji.policy import get_library
from xueji.registry.models import Enrolment

AT = datetime(2019, 7, 5, 1, tzinfo=UTC)


def view_of(pack: str = "edu/shaanxi-weinan", day: date = date(2019, 7, 1)) -> PackView:
    """Return a pack as in force on a day."""
    return get_library().pack(pack).on(day)


def facts_of(enrolment: Enrolment, number: str, **changes: object) -> GraduateFacts:
    """Return what the rules read of a graduate with nothing wrong, but for `changes`."""
    values: dict[str, object] = {
        "resident_id": number,
        "name": enrolment.person.name,
        "sex": enrolment.person.sex,
        "birth_date": enrolment.person.birth_date,
        "political_status": "共青团员",
        "programme": enrolment.programme.name,
        "duration_years": Decimal(3),
        "study_mode": "全日制",
        "entry_month": Month(2016, 9),
        "graduation_month": Month(2019, 7),
        "overall_mark": "良好",
        "conduct_mark": "优秀",
        "internship_mark": "合格",
    }
    return GraduateFacts(**{**values, **changes})  # type: ignore[arg-type]  # changes are the test's own


def content_for(programme: Programme, serial: int, **changes: object) -> CertificateContent:
    """Return the content of a new graduate of a programme."""
    number = resident_id(serial, "610523")
    names = {"name": "张学生", "programme": "护理"}
    enrolment = EnrolmentFactory(programme=programme, person__number=number, person__name=names["name"])
    return CertificateContent(
        certificate_id=uuid.uuid4(),
        kind="graduation",
        person_id=enrolment.person_id,
        enrolment_id=enrolment.pk,
        school_id=programme.school_id,
        school_name="示范职业中等专业学校",
        principal="王校长",
        facts=facts_of(enrolment, number, **{**names, **changes}),
    )


def issued(
    programme: Programme, by: User, serials: Sequence[int] = (1, 2, 3), *, issue: Issue | None = None
) -> list[Certificate]:
    """Return certificates issued to new graduates of a programme, in an issue of their own unless one is given."""
    view = view_of()
    contents = [content_for(programme, serial) for serial in serials]
    block = release_numbers(
        view=view, kind="graduation", parts={"year": 2019}, count=len(contents), school=programme.school,
        purpose="测试", by=by, at=AT,
    )  # fmt: skip
    prepared = prepare_certificates(contents, view)
    issue = issue or IssueFactory(school=programme.school)
    return issue_certificates(issue=issue, prepared=prepared, block=block, issue_date=date(2019, 7, 5), by=by, at=AT)


def void(certificate: Certificate, by: User, reason: str = "错") -> Certificate:
    """Void a certificate as the product does: because a case of its school was approved."""
    case = CaseFactory(school=certificate.school, state=CaseState.APPROVED, closed_at=AT)
    return void_by_case(certificate=certificate, case=case, reason=reason, by=by, at=AT)


def range_of(block: NumberBlock) -> tuple[str, str]:
    """Return the first and the last number of a block."""
    numbers = list(block.numbers.order_by("serial").values_list("number", flat=True))
    return numbers[0], numbers[-1]


class NumberCounterFactory(factory.django.DjangoModelFactory):
    """A counter of its own with nothing drawn."""

    class Meta:
        model = NumberCounter

    kind = "graduation"
    scope = factory.Sequence(lambda n: f"测试 {n}")
    ceiling = 99_999


class NumberBlockFactory(factory.django.DjangoModelFactory):
    """A block of one serial; its number is CertificateNumberFactory's matter."""

    class Meta:
        model = NumberBlock

    counter = factory.SubFactory(NumberCounterFactory)
    serials = Range(1, 2)
    school = factory.SubFactory(SchoolFactory)
    purpose = "测试"
    released_by = factory.SubFactory(UserFactory)
    released_at = AT


class CertificateNumberFactory(factory.django.DjangoModelFactory):
    """A free number."""

    class Meta:
        model = CertificateNumber

    block = factory.SubFactory(NumberBlockFactory)
    serial = 1
    number = factory.Sequence(lambda n: f"2018990{n:04d}")


class IssueFactory(factory.django.DjangoModelFactory):
    """An issue in which nothing is released yet."""

    class Meta:
        model = Issue

    school = factory.SubFactory(SchoolFactory)
    authority = factory.SelfAttribute("school.authority")
    case = factory.SubFactory(CaseFactory, school=factory.SelfAttribute("..school"))
    kind = "graduation"
    title = factory.SelfAttribute("case.title")
    year = 2019
    term = "autumn"


class IssueBlockFactory(factory.django.DjangoModelFactory):
    """An issue's hold on a block of numbers."""

    class Meta:
        model = IssueBlock

    issue = factory.SubFactory(IssueFactory)
    block = factory.SubFactory(NumberBlockFactory)


class CertificateFactory(factory.django.DjangoModelFactory):
    """A certificate issued the way the product issues them, to a new graduate of a new programme."""

    class Meta:
        model = Certificate

    @classmethod
    def _create(cls, model_class: type[Certificate], *args: Any, **kwargs: Any) -> Certificate:
        return issued(
            kwargs.get("programme") or ProgrammeFactory(name="护理"), UserFactory(), (kwargs.get("serial", 1),)
        )[0]


class CertificateCaseFactory(factory.django.DjangoModelFactory):
    """A correction asked for, not yet submitted."""

    class Meta:
        model = CertificateCase

    certificate = factory.SubFactory(CertificateFactory)
    case = factory.SubFactory(
        CaseFactory, kind="certificate_correction", school=factory.SelfAttribute("..certificate.school")
    )
    reason = "与户口簿不符"


class CertificateCaseItemFactory(factory.django.DjangoModelFactory):
    """A name to be put right."""

    class Meta:
        model = CertificateCaseItem

    certificate_case = factory.SubFactory(CertificateCaseFactory)
    field = "name"
    before = "张学生"
    after = "张改名"


class NumberStatementFactory(factory.django.DjangoModelFactory):
    """A statement that waits for its second person, of a database that is no more."""

    class Meta:
        model = NumberStatement

    pack = "edu/shaanxi-weinan"
    lineage = "1:1:1"
    note = "名册"
    stated_by = factory.SubFactory(UserFactory)
    stated_at = AT


class NumberStatementLineFactory(factory.django.DjangoModelFactory):
    """One counter of a statement: forty numbers further on paper than in the database."""

    class Meta:
        model = NumberStatementLine

    statement = factory.SubFactory(NumberStatementFactory)
    kind = "graduation"
    scope = factory.Sequence(lambda n: f"edu/shaanxi-weinan {n}")
    number = "20190600160"
    serial = 160
    stored = 120


class SkippedSerialsFactory(factory.django.DjangoModelFactory):
    """Serials a statement passed over."""

    class Meta:
        model = SkippedSerials

    counter = factory.SubFactory(NumberCounterFactory)
    serials = Range(1, 3)
    statement = factory.SubFactory(NumberStatementFactory)
