"""A town small enough to walk through: one city, one county, one school with two programmes, one person a post.

A second city beside it holds one school a county for each exception, ready at the stage where its story begins
(`suburbs.py`), so that no journey meets another's work.

Run as a program against an empty, migrated install: `python -m tests.e2e.town`. Everything goes through actions.
"""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from functools import cache

from xueji.cli.bootstrap import set_up

PASSWORD = "lantern-quarry-otter"
SCHOOL = "临渭区示范职业学校"
PROGRAMMES = (("720201", "护理"), ("710201", "计算机应用"))
PEOPLE = {
    "clerk": ("王芳", "school_clerk"),
    "leader": ("张校长", "school_leader"),
    "county": ("贾建国", "county_reviewer"),
    "city": ("李亚平", "city_reviewer"),
    "cityleader": ("姜维新", "city_leader"),
    "sealer": ("范长江", "sealer"),
    "supervisor": ("方慧", "seal_supervisor"),
    "auditor": ("石正清", "auditor"),
    "admin": ("姚立", "administrator"),
}


def build() -> None:
    """Found the town, open its season and a sealing round around today."""
    from django.utils import timezone

    from xueji.accounts.actions import issue_account
    from xueji.graduation.actions import open_season
    from xueji.institutions.actions import add_programme, appoint, register_authority, register_school

    now = timezone.now()
    today = timezone.localdate(now)
    by = None
    province = register_authority(
        name="陕西省教育厅", short_name="省教育厅", level="province", division_code="610000", by=by, at=now
    )
    city = register_authority(
        name="渭南市教育局", short_name="市教育局", level="city", division_code="610500", parent=province, by=by, at=now
    )
    county = register_authority(
        name="临渭区教育局", short_name="临渭区", level="county", division_code="610502", parent=city, by=by, at=now
    )
    school = register_school(name=SCHOOL, code="3661990101", authority=county, principal="张校长", by=by, at=now)
    for code, name in PROGRAMMES:
        add_programme(school=school, code=code, name=name, duration_years=Decimal(3), by=by, at=now)
    users, encoded = {}, encoded_password()
    for username, (full_name, post) in PEOPLE.items():
        users[username] = issue_account(
            username=username, full_name=full_name, by=by, at=now, password=PASSWORD, encoded=encoded
        ).user
        place = (
            {"school": school}
            if post.startswith("school")
            else {"authority": county if post.startswith("county") else city}
        )
        appoint(user=users[username], post=post, by=by, at=now, starts_on=today - timedelta(days=400), **place)
    open_season(authority=city, year=season_year(today), term="autumn", legal_date=today, by=users["city"], at=now)


def build_provinces() -> None:
    """Found the other jurisdictions, each with the season of its own authority."""
    from django.utils import timezone

    from xueji.demo.provinces import PROVINCES, register_province

    now = timezone.now()
    today = timezone.localdate(now)
    for plan in PROVINCES:
        register_province(
            plan, year=season_year(today), legal_date=today, at=now, starts_on=today - timedelta(days=400),
            password=PASSWORD, encoded=encoded_password(),
        )  # fmt: skip


@cache
def encoded_password() -> str:
    """Hash everybody's password once: hashing is slow by intention."""
    from django.contrib.auth.hashers import make_password

    return make_password(PASSWORD)


def season_year(today: date) -> int:
    """The newest autumn class."""
    return today.year if today.month >= 6 else today.year - 1


if __name__ == "__main__":
    set_up()
    build()
    from tests.e2e.suburbs import build_suburbs  # needs Django

    build_suburbs()
    build_provinces()
