"""What an officer sees on a step: what the pack of the place names, with the figures the system holds, and nothing of another's."""

from __future__ import annotations

import pytest
from django.urls import reverse
from tests.apps.records.files import line, stored
from tests.factories.graduation import filled, rows_of, setting
from tests.journeys.world import LATER, found

from xueji.cases.actions import decide_step, submit_case
from xueji.cases.queries import open_step_of
from xueji.demo.provinces import FUJIAN, GUANGXI, HENAN
from xueji.graduation.actions import open_number_application, submit_batch
from xueji.institutions.queries import authority_at, officers_of

pytestmark = pytest.mark.django_db
CEILING = 60  # queries of one page, however many graduates


def names(page) -> list[str]:
    """Return the panels of a page in order."""
    return [shown.name for shown in page.context["panels"]]


def at_office(world, batch):
    """Submit a batch, let the school agree, and return its step at the office with the officer who decides it."""
    submit_batch(batch=batch, by=world.user(f"{world.key_of(batch)}_clerk"), at=LATER)
    world.decide(batch.case)
    step = open_step_of(batch.case)
    return step, officers_of(authority_at(batch.school, step.level), step.post).first()


def opened(as_user, officer, step, ceiling=None):
    """Return the page of a step as its officer gets it."""
    client, url = as_user(officer), reverse("authority:step", args=[step.pk])
    if ceiling is None:
        return client.get(url)
    with ceiling(CEILING):
        return client.get(url)


def test_weinan_compares_its_register_and_the_papers_the_system_lacks(city, as_user, django_assert_max_num_queries):
    here = filled(setting(city))
    submit_batch(batch=here.batch, by=here.clerk, at=LATER)
    step = open_step_of(here.batch.case)
    leader = as_user(city.leader)
    with django_assert_max_num_queries(CEILING):
        page = leader.get(reverse("school:decision", args=[step.pk]))
    assert names(page) == ["marked", "revised", "register", "totals", "doubts", "last_year", "photos"]
    assert "登记册各项数目相符" in page.text
    assert "本系统没有学籍系统的登记和学生实际在校情况，请另行核对" in page.text
    assert "编号申请" not in " ".join(names(page))
    decide_step(step=step, verdict="approve", by=city.leader, at=LATER)
    office = open_step_of(here.batch.case)
    (reviewer,) = officers_of(office.authority, office.post)
    above = as_user(reviewer).get(reverse("authority:step", args=[office.pk]))
    assert (above.status_code, "请另行核对" in above.text) == (200, False)  # the notice asks it of the school


@pytest.mark.requirement("S4-13")
def test_guangxi_compares_application_receipt_and_list_and_has_no_register(as_user, django_assert_max_num_queries):
    world = found(GUANGXI)
    batch = world.listed(count=25)
    step, officer = at_office(world, batch)
    page = opened(as_user, officer, step, django_assert_max_num_queries)
    assert names(page) == [
        "marked", "revised", "applied", "totals", "spot_check", "efile", "changes", "college", "doubts", "last_year", "photos",
    ]  # fmt: skip
    assert "还没有申请" in page.text
    assert "没有报送回执" in page.text
    assert "25 人中抽 <b>2</b> 人" in page.text
    assert "本系统没有本批次的异动情况，请另行核对" in page.text
    assert "本系统没有录取新生简明登记表原件，请另行核对" in page.text
    for strange in ("招生计划", "登记册各项数目相符", "职业资格证书"):
        assert strange not in page.text


@pytest.mark.requirement("S4-03")
def test_who_grants_numbers_sees_them_beside_the_list(as_user):
    world = found(GUANGXI)
    world.listed(count=5)
    clerk = world.user("school_clerk")
    asked = open_number_application(season=world.province.season, school=world.school(), by=clerk, at=LATER)
    first = asked.lines.first()
    first.head_count += 2
    first.save()
    submit_case(case=asked.case, by=clerk, at=LATER)
    world.decide(asked.case)
    step = open_step_of(asked.case)
    page = opened(as_user, officers_of(authority_at(asked.school, step.level), step.post).first(), step)
    assert names(page) == ["number_lines", "on_list"]
    assert "相差 +2" in page.text
    assert "本系统没有回执，请另行核对" in page.text


@pytest.mark.requirement("S3-10", "S3-19", "S3-21")
def test_fujian_sees_certificates_employment_and_marks_of_its_graduates(as_user, django_assert_max_num_queries):
    world = found(FUJIAN)
    batch = world.listed(count=4)
    clerk, candidate = world.user("school_clerk"), batch.candidates.first()
    level = {"预备技师班": "技师", "高级工班": "高级工", "中级技工班": "中级工"}[candidate.details["graduate_level"]]
    stored(batch, "vocational", [line(candidate, **{"职业（工种）": "电工", "等级": level, "证书编号": "X1"})], clerk)
    step, officer = at_office(world, batch)
    page = opened(as_user, officer, step, django_assert_max_num_queries)
    assert names(page) == [
        "marked", "revised", "groups", "vocational", "employment", "results", "totals", "doubts", "last_year", "photos",
    ]  # fmt: skip
    assert "<b>1</b> / 4 人" in page.text
    assert "3 人没有" in page.text
    assert "本系统没有本批次的就业情况，请另行核对" in page.text
    assert "本系统没有部软件、省软件里的信息，请另行核对" in page.text
    for strange in ("招生计划", "抽查学生手册", "回执"):
        assert strange not in page.text


@pytest.mark.requirement("S2-32", "S2-36")
def test_henan_compares_the_list_with_the_register_of_students(as_user, django_assert_max_num_queries):
    world = found(HENAN)
    batch = world.listed(count=4)
    step, officer = at_office(world, batch)
    page = opened(as_user, officer, step, django_assert_max_num_queries)
    assert names(page) == [
        "marked",
        "revised",
        "totals",
        "groups",
        "durations",
        "registry",
        "doubts",
        "last_year",
        "photos",
    ]
    assert "4 人的各项与本系统的学籍登记一致" in page.text
    assert "4 人的学籍登记由本校名单建立" in page.text
    assert "本系统没有学籍异动信息核查的结果，请另行核对" in page.text
    assert "学籍信息模块的备案数据" not in page.text  # what the province compares, at its own step
    candidate = batch.candidates.first()
    candidate.enrolment.study_mode = "非全日制"
    candidate.enrolment.save()
    changed = opened(as_user, officer, step)
    assert "名单与学籍登记有不一致之处" in changed.text
    assert "非全日制" in changed.text


def test_a_page_asks_as_much_of_thirty_graduates_as_of_three(as_user, city, django_assert_num_queries):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    asked = []
    for school, count, start in ((city.county_school, 3, 0), (city.city_school, 30, 5)):
        here = filled(setting(city, school=school), rows_of(count, start=start))
        submit_batch(batch=here.batch, by=here.clerk, at=LATER)
        step = open_step_of(here.batch.case)
        leader = city.leader if school == city.county_school else city.city_leader_of_school
        client, url = as_user(leader), reverse("school:decision", args=[step.pk])
        client.get(url)
        with CaptureQueriesContext(connection) as queries:
            client.get(url)
        asked.append(len(queries))
    assert asked[0] == asked[1]
