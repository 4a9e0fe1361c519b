"""The other jurisdictions are founded whole, and their files pass their own packs without a word."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from django.contrib.auth.hashers import make_password

from xueji.core.facts import Surroundings
from xueji.demo.provinces import LONG_NAMES, PROVINCES, graduates_of, register_province, write_files
from xueji.exchange.graduates import check_graduates
from xueji.graduation.season_authority import seasons_of_school
from xueji.institutions.queries import officers_of, pack_of, permissions_of
from xueji.policy import get_library

YEAR = 2026
AT = datetime(2026, 6, 1, 1, tzinfo=UTC)


@pytest.mark.django_db
@pytest.mark.parametrize("plan", PROVINCES, ids=lambda plan: plan.key)
def test_everybody_is_there_and_every_school_stands_under_its_pack(plan) -> None:
    province = register_province(
        plan, year=YEAR, legal_date=date(YEAR, 6, 1), at=AT, starts_on=date(YEAR, 1, 1), password="founded-2026",
        encoded=make_password(None),
    )  # fmt: skip
    packs = {pack_of(school).id.removesuffix("-fuzhou").removesuffix("-xiamen") for school in province.schools.values()}
    assert packs == {plan.pack}
    assert province.season.pack == plan.pack
    assert all(permissions_of(user, on=date(YEAR, 6, 2)) for user in province.users.values())
    sealing = province.season.authority
    wanted = {post for _, _, post, _ in plan.officers}
    posts = {post for post in wanted if any(officers_of(a, post).exists() for a in province.authorities.values())}
    assert (sealing.level, posts) == (plan.sealing_level, wanted)


@pytest.mark.parametrize("plan", PROVINCES, ids=lambda plan: plan.key)
def test_files_pass_the_rules_of_their_pack(plan, tmp_path) -> None:
    view = get_library().pack(plan.pack).on(date(YEAR, 6, 1))
    school = plan.schools[0]
    people = graduates_of(plan, school, year=YEAR, count=40)
    workbook, photos = write_files(tmp_path, view, people, stem=school.name, seed=7)
    surroundings = Surroundings(
        season_year=YEAR, season_term="autumn", programmes=frozenset(name for _, name in school.programmes)
    )
    report = check_graduates(workbook, photos, view, surroundings=surroundings, on=date(YEAR, 6, 1))
    assert [(f.row, f.column, f.message) for f in report.findings if f.is_error] == []
    assert [row.facts.name for row in report.rows[:6]] == list(LONG_NAMES)
    assert len({person.resident_id for person in people}) == len(people)


@pytest.mark.django_db
@pytest.mark.requirement("S3-05")
def test_every_school_has_a_class_at_the_authority_that_seals_for_it_and_people_who_seal() -> None:
    province = register_province(
        PROVINCES[0], year=YEAR, legal_date=date(YEAR, 6, 1), at=AT, starts_on=date(YEAR, 1, 1), password="founded-2026",
        encoded=make_password(None),
    )  # fmt: skip
    seats = {key: seasons_of_school(school)[0].authority for key, school in province.schools.items()}
    assert {key: seat.division_code for key, seat in seats.items()} == {
        "school": "350000", "direct": "350000", "district": "350000", "fuzhou": "350100", "xiamen": "350200",
    }  # fmt: skip
    assert province.schools["district"].authority.level == "county"
    assert province.schools["district"].authority.parent == province.authorities["350500"]
    for seat in seats.values():
        for post in ("sealer", "seal_supervisor"):
            assert officers_of(seat, post).exists(), (seat, post)
