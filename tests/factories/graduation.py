"""A season with a school's batch, and the uploads a careful clerk would make; taken through the steps by the real actions."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import factory
from django.db.models import QuerySet
from tests.exchange.people import HEADERS, people, photograph, write_photos, write_workbook
from tests.factories.accounts import UserFactory
from tests.factories.cases import CaseFactory
from tests.factories.certificates import IssueFactory
from tests.factories.institutions import AuthorityFactory, ProgrammeFactory, SchoolFactory, StaffedCity, staffed_city
from tests.factories.registry import EnrolmentFactory

from xueji.accounts.models import User
from xueji.cases.actions import decide_step
from xueji.cases.models import Case, Step
from xueji.cases.queries import open_step_of
from xueji.graduation.actions import open_batch, open_season, set_register_lines, submit_batch
from xueji.graduation.models import (
    Batch,
    Candidate,
    NumberApplication,
    NumberLine,
    RegisterLine,
    Season,
    SpecialCase,
    SpecialCaseItem,
)
from xueji.institutions.models import School
from xueji.jobs.testing import run_pending_jobs
from xueji.uploads.actions import confirm_upload, receive_upload
from xueji.uploads.models import Upload

AT = datetime(2019, 7, 1, 1, tzinfo=UTC)
LEGAL = date(2019, 7, 1)


@dataclass
class Setting:
    """A staffed city with an open season and a draft batch of the county's school."""

    city: StaffedCity
    season: Season
    batch: Batch

    @property
    def clerk(self) -> User:
        """The clerk of the batch's school."""
        return self.city.clerk if self.batch.school == self.city.county_school else self.city.city_clerk


def season_of(city: StaffedCity, term: str = "autumn", year: int = 2019) -> Season:
    """Return the season opened by the city's reviewer."""
    found = Season.objects.filter(authority=city.city, year=year, term=term).first()
    return found or open_season(
        authority=city.city, year=year, term=term, legal_date=LEGAL, by=city.city_reviewer, at=AT
    )


def setting(
    city: StaffedCity | None = None, *, school: School | None = None, term: str = "autumn", is_late: bool = False
) -> Setting:
    """Return a draft batch of a school that teaches 护理 and 会计."""
    city = city or staffed_city()
    school = school or city.county_school
    for name in ("护理", "会计"):
        if not school.programmes.filter(name=name).exists():
            ProgrammeFactory(school=school, name=name)
    season = season_of(city, term)
    clerk = city.clerk if school == city.county_school else city.city_clerk
    batch = open_batch(season=season, school=school, is_late=is_late, by=clerk, at=AT)
    return Setting(city, season, batch)


def upload(
    here: Setting,
    rows: list[dict[str, Any]],
    *,
    with_photos: bool = True,
    photo_rows: list[dict[str, Any]] | None = None,
) -> Upload:
    """Send a workbook and photographs through receiving and reading."""
    with tempfile.TemporaryDirectory() as folder:
        headers = (*HEADERS, *(header for header in rows[0] if header not in HEADERS))
        workbook = write_workbook(Path(folder) / "名单.xlsx", rows, headers=headers).read_bytes()
        photos = None
        if with_photos:
            files = {f"{r['身份证号']}.jpg": photograph(int(r["身份证号"][14:17])) for r in photo_rows or rows}
            photos = ("照片.zip", write_photos(Path(folder) / "照片.zip", files).read_bytes())
    intake = receive_upload(
        kind="graduates", subject=here.batch, workbook=("名单.xlsx", workbook), photos=photos, by=here.clerk, at=AT
    )
    run_pending_jobs()
    intake.refresh_from_db()
    return intake


def rows_of(count: int = 3, *, start: int = 0, **changes: str) -> list[dict[str, str]]:
    """Return faultless graduates from `start` on, with changes to every row."""
    return [{**row, **changes} for row in people(start + count)[start:]]


def filled(here: Setting, rows: list[dict[str, Any]] | None = None) -> Setting:
    """Bring graduates into the batch and fill in its register."""
    rows = rows or rows_of()
    intake = upload(here, rows)
    assert intake.error_count == 0, list(intake.findings.values_list("row", "column", "message"))
    confirm_upload(upload=intake, by=here.clerk, at=AT)
    state_register(here)
    here.batch.refresh_from_db()
    return here


def refiled(candidates: QuerySet[Candidate], **values: Any) -> None:
    """Give graduates other particulars past every rule, as rows the product wrote (`update` leaves their digests behind)."""
    for candidate in candidates:
        for name, value in values.items():
            setattr(candidate, name, value)
        candidate.save()


def state_register(here: Setting, planned: int = 500, admitted: int = 400) -> None:
    """State plan and admissions for every programme on the list."""
    keys = here.batch.candidates.order_by().values_list("programme_name", "duration_years").distinct()
    lines = [{"programme_name": n, "duration_years": y, "planned": planned, "admitted": admitted} for n, y in keys]
    set_register_lines(batch=here.batch, lines=lines, form_filler="填表人", by=here.clerk, at=AT)


def officers_of(case: Case, city: StaffedCity) -> dict[str, User]:
    """Return who decides each post's steps for a case."""
    is_county = case.school_id == city.county_school.pk
    return {
        "school_leader": city.leader if is_county else city.city_leader_of_school,
        "county_reviewer": city.county_reviewer,
        "city_reviewer": city.city_reviewer,
        "city_leader": city.city_leader,
    }


def current_step(case: Case) -> Step:
    """Return the open step of a case."""
    step = open_step_of(case)
    assert step is not None
    return step


def decide(case: Case, city: StaffedCity, verdict: str = "approve", *, reasons: str = "", at: datetime = AT) -> Case:
    """Have whoever is in charge decide the open step."""
    step = current_step(case)
    return decide_step(step=step, verdict=verdict, reasons=reasons, by=officers_of(case, city)[step.post], at=at)


def at_the_city(here: Setting, *, at: datetime = AT) -> Step:
    """Submit the batch and approve it up to the city's step; return that step."""
    submit_batch(batch=here.batch, by=here.clerk, at=at)
    while current_step(here.batch.case).post != "city_reviewer":
        decide(here.batch.case, here.city, at=at)
    return current_step(here.batch.case)


def approved(here: Setting, *, at: datetime = AT) -> Batch:
    """Take a filled batch to the release of its numbers."""
    at_the_city(here, at=at)
    decide(here.batch.case, here.city, at=at)
    here.batch.refresh_from_db()
    return here.batch


class SeasonFactory(factory.django.DjangoModelFactory):
    """An autumn class of 2019 at a city of its own."""

    class Meta:
        model = Season

    authority = factory.SubFactory(AuthorityFactory)
    pack = "edu/shaanxi-weinan"
    year = 2019
    term = "autumn"
    legal_date = LEGAL
    opened_by = factory.SubFactory(UserFactory)
    opened_at = AT


class BatchFactory(factory.django.DjangoModelFactory):
    """An empty draft batch."""

    class Meta:
        model = Batch

    season = factory.SubFactory(SeasonFactory)
    school = factory.SubFactory(SchoolFactory, authority=factory.SelfAttribute("..season.authority"))
    case = factory.SubFactory(CaseFactory, kind="graduation_batch", school=factory.SelfAttribute("..school"))
    is_late = False
    issue = factory.SubFactory(
        IssueFactory, school=factory.SelfAttribute("..school"), case=factory.SelfAttribute("..case"),
        authority=factory.SelfAttribute("..season.authority"), year=factory.SelfAttribute("..season.year"),
        term=factory.SelfAttribute("..season.term"), is_late=factory.SelfAttribute("..is_late"),
    )  # fmt: skip


class RegisterLineFactory(factory.django.DjangoModelFactory):
    """What a school states for one programme."""

    class Meta:
        model = RegisterLine

    batch = factory.SubFactory(BatchFactory)
    programme_name = "护理"
    duration_years = Decimal("3.0")
    education_level = "中专"
    planned = 50
    admitted = 48


class CandidateFactory(factory.django.DjangoModelFactory):
    """A listed graduate of the batch's school."""

    class Meta:
        model = Candidate

    batch = factory.SubFactory(BatchFactory)
    ordinal = factory.Sequence(lambda n: n + 1)
    enrolment = factory.SubFactory(EnrolmentFactory, programme__school=factory.SelfAttribute("...batch.school"))
    person = factory.SelfAttribute("enrolment.person")
    name = factory.SelfAttribute("person.name")
    sex = factory.SelfAttribute("person.sex")
    birth_date = factory.SelfAttribute("person.birth_date")
    political_status = "共青团员"
    programme_name = factory.SelfAttribute("enrolment.programme.name")
    duration_years = Decimal("3.0")
    entry_month = "2016-09"
    graduation_month = "2019-07"
    overall_mark = "良好"
    conduct_mark = "优秀"
    internship_mark = "合格"


class SpecialCaseFactory(factory.django.DjangoModelFactory):
    """A report on special reasons, not yet submitted."""

    class Meta:
        model = SpecialCase

    batch = factory.SubFactory(BatchFactory)
    case = factory.SubFactory(CaseFactory, kind="special_case", school=factory.SelfAttribute("..batch.school"))
    document_number = factory.Sequence(lambda n: f"校字〔2019〕{n}号")


class SpecialCaseItemFactory(factory.django.DjangoModelFactory):
    """A refused graduate argued for."""

    class Meta:
        model = SpecialCaseItem

    special_case = factory.SubFactory(SpecialCaseFactory)
    candidate = factory.SubFactory(
        CandidateFactory, batch=factory.SelfAttribute("..special_case.batch"), state="refused", mark_reason="无学籍"
    )
    reason_class = "户籍信息变更未同步"
    explanation = "见附件"


class NumberApplicationFactory(factory.django.DjangoModelFactory):
    """A request for numbers without a line."""

    class Meta:
        model = NumberApplication

    season = factory.SubFactory(SeasonFactory)
    school = factory.SubFactory(SchoolFactory, authority=factory.SelfAttribute("..season.authority"))
    case = factory.SubFactory(CaseFactory, kind="number_application", school=factory.SelfAttribute("..school"))


class NumberLineFactory(factory.django.DjangoModelFactory):
    """Three nurses for whom numbers are asked."""

    class Meta:
        model = NumberLine

    application = factory.SubFactory(NumberApplicationFactory)
    programme_name = "护理"
    entry_month = "2016-09"
    duration_years = Decimal("3.0")
    study_mode = "全日制"
    head_count = 3


def on_day(day: date) -> datetime:
    """Return a moment in the middle of a day here."""
    return datetime(day.year, day.month, day.day, 6, tzinfo=UTC)


def clauses_of(refused: Any) -> set[tuple[str, str]]:
    """Return rule and clause of everything a refusal names; `refused` is what `pytest.raises` gave."""
    return {(f.rule, c.clause) for f in refused.value.findings for c in f.cites}
