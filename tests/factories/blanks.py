"""A province with its printing house's packs of blanks, under a fictional pack; people by post, schools by level."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from types import MappingProxyType
from typing import Any

import factory
from psycopg.types.range import Range
from tests.factories.accounts import UserFactory
from tests.factories.cases import CaseFactory
from tests.factories.institutions import AuthorityFactory, SchoolFactory, appointed

from xueji.accounts.models import User
from xueji.blanks.actions import (
    confirm_receipt,
    dispense_blanks,
    open_blank_request,
    receive_blanks,
    submit_blank_request,
)
from xueji.blanks.models import Blank, BlankMovement, BlankRequest
from xueji.cases.actions import decide_step
from xueji.cases.models import Case
from xueji.cases.queries import open_step_of
from xueji.core.calendar import WorkingCalendar
from xueji.core.findings import Citation
from xueji.core.packs import BlankSpec, Dated, Pack, PackItem, Source
from xueji.core.serials import SerialRange
from xueji.core.workflow import StepSpec, WorkflowSpec
from xueji.institutions.models import Authority, Level, Post, School
from xueji.policy import PackLibrary

AT = datetime(2019, 7, 1, 1, tzinfo=UTC)
LINE, PROVINCE, CITY = "hrss", "990000", "990100"
KIND, OTHER_KIND = "college", "school"
CITES = (Citation("blank-law", "1"),)
_ALWAYS = Dated(date(2000, 1, 1))


def blank_pack() -> Pack:
    """Return a pack with two kinds of blank by school level and a request of two steps."""
    steps = (
        StepSpec("leader", "校领导审核", "school", "school_leader", None, ("approve", "return")),
        StepSpec("province", "省级审批", "province", "province_reviewer", None, ("approve", "return", "refuse")),
    )
    values: tuple[tuple[str, str, Any], ...] = (
        ("blank", KIND, BlankSpec(KIND, "学院毕业证书", "A", 7, "graduation", ("学院",), CITES)),
        ("blank", OTHER_KIND, BlankSpec(OTHER_KIND, "学校毕业证书", "B", 7, "graduation", ("学校",), CITES)),
        ("workflow", "blank_request", WorkflowSpec("blank_request", "空白证书申领", steps, CITES)),
        ("calendar", "working_days", WorkingCalendar(frozenset(), frozenset(), 2019, 2030)),
    )
    clauses = {"1": "空白证书专人保管，保管与发放分开，每次领用详细登记。"}
    source = Source("blank-law", "自由国〔2001〕2号", "空白证书办法", date(2001, 1, 1), _ALWAYS, clauses)
    return Pack(
        id="fictional/blanks", title="自由国（空白证书）", line=LINE, territory=PROVINCE, parent=None, hash="b" * 64,
        dated=_ALWAYS, sources=MappingProxyType({source.key: source}), readings=(),
        items=tuple(PackItem(section, key, value, _ALWAYS) for section, key, value in values),
    )  # fmt: skip


def blank_library() -> PackLibrary:
    """Return a library of that pack alone."""
    return PackLibrary([blank_pack()])


@dataclass
class Province:
    """A province, a city below it, a college and a plain school in the city; people by post."""

    province: Authority
    city: Authority
    college: School
    school: School
    keeper: User
    issuer: User
    void_keeper: User
    reviewer: User
    printer: User
    city_keeper: User
    city_issuer: User
    clerk: User  # of the college
    leader: User
    school_clerk: User  # of the plain school
    school_leader: User

    def received(self, first: int, last: int, kind: str = KIND) -> None:
        """Take a range in from the printing house."""
        receive_blanks(
            authority=self.province, kind=kind, serials=[SerialRange(first, last)], source="印刷厂 送货单 1", by=self.keeper, at=AT
        )  # fmt: skip

    def granted(self, count: int, *, reason: str = "", year: int = 2019) -> BlankRequest:
        """Return a request of the college that the province approved."""
        request = open_blank_request(
            school=self.college, kind=KIND, count=count, year=year, term="spring", reason=reason, by=self.clerk, at=AT
        )
        submit_blank_request(request=request, by=self.clerk, at=AT)
        self.decide(request, self.leader)
        self.decide(request, self.reviewer)
        request.case.refresh_from_db()
        return request

    def decide(self, request: BlankRequest, by: User, verdict: str = "approve", reasons: str = "") -> None:
        """Decide the open step of a request."""
        step = open_step_of(Case.objects.get(pk=request.case_id))
        assert step is not None
        decide_step(step=step, verdict=verdict, reasons=reasons, by=by, at=AT)

    def drawn(self, serials: Sequence[int | SerialRange], *, count: int | None = None) -> BlankRequest:
        """Hand exactly these to the college on a request of its own."""
        total = sum(len(span) if isinstance(span, SerialRange) else 1 for span in serials)
        request = self.granted(count or total, reason="测试")
        dispense_blanks(request=request, serials=serials, by=self.issuer, at=AT)
        return request

    def stocked(self, first: int, last: int) -> BlankRequest:
        """Receive a range, hand it to the college, and have the college confirm it."""
        self.received(first, last)
        request = self.drawn([SerialRange(first, last)])
        confirm_receipt(holder=self.college, kind=KIND, serials=[SerialRange(first, last)], by=self.clerk, at=AT)
        return request


def province() -> Province:
    """Return the province with somebody in every post."""
    head = AuthorityFactory(name="自由省厅", level=Level.PROVINCE, division_code=PROVINCE, line=LINE)
    city = AuthorityFactory(name="自由市局", level=Level.CITY, division_code=CITY, line=LINE, parent=head)
    college = SchoolFactory(name="自由技师学院", authority=city, level="学院")
    school = SchoolFactory(name="自由技工学校", authority=city, level="学校")
    return Province(
        province=head, city=city, college=college, school=school,
        keeper=appointed(Post.BLANK_KEEPER, head), issuer=appointed(Post.BLANK_ISSUER, head),
        void_keeper=appointed(Post.VOID_KEEPER, head), reviewer=appointed(Post.PROVINCE_REVIEWER, head),
        printer=appointed(Post.PRINTER, head), city_keeper=appointed(Post.BLANK_KEEPER, city),
        city_issuer=appointed(Post.BLANK_ISSUER, city), clerk=appointed(Post.SCHOOL_CLERK, college),
        leader=appointed(Post.SCHOOL_LEADER, college), school_clerk=appointed(Post.SCHOOL_CLERK, school),
        school_leader=appointed(Post.SCHOOL_LEADER, school),
    )  # fmt: skip


class BlankRequestFactory(factory.django.DjangoModelFactory):
    """A draft request as a row."""

    class Meta:
        model = BlankRequest

    school = factory.SubFactory(SchoolFactory)
    case = factory.SubFactory(CaseFactory, kind="blank_request", school=factory.SelfAttribute("..school"))
    authority = factory.SelfAttribute("school.authority")
    kind = KIND
    year = 2019
    term = "spring"
    count = 10


class BlankMovementFactory(factory.django.DjangoModelFactory):
    """One sheet taken in from the printing house; its row is BlankFactory's matter."""

    class Meta:
        model = BlankMovement

    class Params:
        number = factory.Sequence(lambda n: n + 1)

    act = "receive"
    authority = factory.SubFactory(AuthorityFactory)
    kind = KIND
    numbers = factory.LazyAttribute(lambda o: Range(o.number, o.number + 1))
    to_state = "stock"
    to_holder = factory.SelfAttribute("authority")
    received_by = factory.SubFactory(UserFactory)
    by = factory.SelfAttribute("received_by")
    at = AT
    reason = "印刷厂"

    @classmethod
    def _create(cls, model_class: type[BlankMovement], *args: Any, **kwargs: Any) -> BlankMovement:
        movement = super()._create(model_class, *args, **kwargs)
        number = movement.numbers.lower
        Blank.objects.create(
            authority=movement.authority, kind=movement.kind, number=number, serial=f"A{number:07d}",
            holder=movement.authority, last_movement=movement,
        )  # fmt: skip
        return movement


class BlankFactory(factory.django.DjangoModelFactory):
    """A sheet in the stock of an authority, taken in by a movement of its own."""

    class Meta:
        model = Blank

    @classmethod
    def _create(cls, model_class: type[Blank], *args: Any, **kwargs: Any) -> Blank:
        return Blank.objects.get(last_movement=BlankMovementFactory(**kwargs))


def blank_of(school: School) -> Blank:
    """Return a sheet on its way to a school, out of the stock of its authority; for pages that only look."""
    blank = BlankFactory(authority=school.authority)
    drawn = BlankMovement.objects.create(
        act="draw", authority=blank.authority, kind=blank.kind, numbers=Range(blank.number, blank.number + 1),
        from_state="stock", to_state="drawn", from_holder=blank.holder, to_holder=blank.holder, to_school=school,
        given_by=(issuer := UserFactory()), by=issuer, at=AT,
    )  # fmt: skip
    Blank.objects.filter(pk=blank.pk).update(state="drawn", school=school, last_movement=drawn)
    blank.refresh_from_db()
    return blank
