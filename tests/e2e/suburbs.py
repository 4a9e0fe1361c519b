"""The second city: a school in a county of its own for each exception, taken by the real actions to where its story begins."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

from tests.e2e import files
from tests.e2e.town import PASSWORD, PROGRAMMES, encoded_password, season_year

if TYPE_CHECKING:
    from xueji.accounts.models import User
    from xueji.graduation.models import Batch, Season
    from xueji.institutions.models import Authority, School

COUNT = 6
CITY = "东府市教育局"
OFFICE = {
    "city.east": ("李东升", "city_reviewer"),
    "cityleader.east": ("姜东明", "city_leader"),
    "sealer.east": ("范东江", "sealer"),
    "supervisor.east": ("方东慧", "seal_supervisor"),
    "auditor.east": ("石东清", "auditor"),
    "admin.east": ("姚东立", "administrator"),
}


@dataclass(frozen=True)
class Suburb:
    """A county with one school; people `clerk.KEY`, `leader.KEY`, `county.KEY`; `stage` is where its batch stands."""

    key: str
    number: int
    stage: str  # confirmed | county | numbered

    @property
    def school(self) -> str:
        """The school's name."""
        return f"东府第{'一二三四五六七八九'[self.number - 1]}职业学校"

    def graduates(self) -> list[files.Graduate]:
        """Who graduates there: nobody is listed twice in the province."""
        return files.graduates(COUNT, year=season_year(date.today()), start=100 + 20 * self.number)


SUBURBS = {
    suburb.key: suburb
    for suburb in (
        Suburb("correction", 1, "confirmed"),
        Suburb("returns", 2, "county"),
        Suburb("deferral", 3, "numbered"),
        Suburb("calendar", 4, "county"),
        Suburb("accounts", 5, "confirmed"),
        Suburb("phone", 6, "numbered"),
    )
}


def build_suburbs() -> None:
    """Found the city, its season and every school with its batch."""
    from django.utils import timezone

    from xueji.graduation.actions import open_season
    from xueji.institutions.actions import register_authority
    from xueji.institutions.models import Authority

    now = timezone.now()
    province = Authority.objects.get(level="province")
    city = register_authority(
        name=CITY, short_name="东府市局", level="city", division_code="610590", parent=province, by=None, at=now
    )
    staff = {username: _person(username, *who, now, authority=city) for username, who in OFFICE.items()}
    today = timezone.localdate(now)
    season = open_season(
        authority=city, year=season_year(today), term="autumn", legal_date=today, by=staff["city.east"], at=now
    )
    for suburb in SUBURBS.values():
        _build(suburb, city, season, staff["city.east"], now)


def _person(username: str, full_name: str, post: str, now: datetime, **place: Authority | School) -> User:
    from django.utils import timezone

    from xueji.accounts.actions import issue_account
    from xueji.institutions.actions import appoint

    user = issue_account(
        username=username, full_name=full_name, by=None, at=now, password=PASSWORD, encoded=encoded_password()
    ).user
    starts_on = timezone.localdate(now) - timedelta(days=400)
    appoint(user=user, post=post, by=None, at=now, starts_on=starts_on, **place)
    return user


def _build(suburb: Suburb, city: Authority, season: Season, reviewer: User, now: datetime) -> None:
    from xueji.graduation.actions import open_batch, submit_batch
    from xueji.institutions.actions import add_programme, register_authority, register_school

    n, key = suburb.number, suburb.key
    county = register_authority(
        name=f"东府{n}区教育局", short_name=f"东府{n}区", level="county", division_code=f"61059{n}", parent=city, by=None, at=now,
    )  # fmt: skip
    school = register_school(
        name=suburb.school, code=f"366199020{n}", authority=county, principal=f"周校长{n}", by=None, at=now
    )
    for code, name in PROGRAMMES:
        add_programme(school=school, code=code, name=name, duration_years=Decimal(3), by=None, at=now)
    clerk = _person(f"clerk.{key}", f"吴经办{n}", "school_clerk", now, school=school)
    leader = _person(f"leader.{key}", f"周校长{n}", "school_leader", now, school=school)
    officer = _person(f"county.{key}", f"郑县审{n}", "county_reviewer", now, authority=county)
    batch = open_batch(season=season, school=school, by=clerk, at=now)
    _fill(batch, suburb, clerk, now)
    if suburb.stage == "confirmed":
        return
    submit_batch(batch=batch, by=clerk, at=now)
    deciders = [leader] if suburb.stage == "county" else [leader, officer, reviewer]
    for who in deciders:
        _approve(batch, who, now)


def _fill(batch: Batch, suburb: Suburb, clerk: User, now: datetime) -> None:
    from xueji.exchange.templates import write_template
    from xueji.graduation.actions import set_register_lines
    from xueji.jobs.testing import run_pending_jobs
    from xueji.uploads.actions import confirm_upload, receive_upload

    people = suburb.graduates()
    with tempfile.TemporaryDirectory() as folder:
        template = Path(folder) / "template.xlsx"
        write_template(batch.law, "graduates", template)
        workbook = files.workbook(template, people, year=batch.season.year)
    intake = receive_upload(
        kind="graduates",
        subject=batch,
        workbook=("名册.xlsx", workbook),
        photos=("照片.zip", files.photos(people)),
        by=clerk,
        at=now,
    )
    run_pending_jobs()
    intake.refresh_from_db()
    confirm_upload(upload=intake, by=clerk, at=now)
    lines = [
        {"programme_name": name, "duration_years": Decimal(3), "planned": 40, "admitted": 30} for _, name in PROGRAMMES
    ]
    set_register_lines(batch=batch, lines=lines, form_filler=clerk.full_name, by=clerk, at=now)


def _approve(batch: Batch, who: User, now: datetime) -> None:
    from xueji.cases.actions import decide_step
    from xueji.cases.models import Case
    from xueji.cases.queries import open_step_of

    step = open_step_of(Case.objects.get(pk=batch.case_id))
    decide_step(step=step, verdict="approve", by=who, at=now)
