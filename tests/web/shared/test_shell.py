"""The frame of every page: sign-in, menu, desk, progress, error pages, charts, the content policy."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from tests.factories.graduation import AT, filled, setting
from tests.factories.institutions import staffed_city

from xueji import web
from xueji.graduation.actions import submit_batch
from xueji.jobs.models import Job
from xueji.web import charts

TEMPLATES = Path(web.__file__).parent / "templates"


def signed_in(user) -> Client:
    client = Client()
    client.force_login(user)
    return client


@pytest.mark.django_db
def test_stranger_is_sent_to_sign_in_and_comes_back() -> None:
    answer = Client().get("/desk/")
    assert answer.headers["Location"] == "/accounts/login/?next=/desk/"
    city = staffed_city()
    page = Client().post("/accounts/login/?next=/desk/", {"login": city.clerk.username, "password": "wrong"})
    assert page.status_code == 200
    assert "errorlist" in page.content.decode() or "alert" in page.content.decode()
    done = Client().post(
        "/accounts/login/", {"login": city.clerk.username, "password": "xueji-pass-1", "next": "/desk/"}
    )
    assert done.headers["Location"] == "/desk/"


@pytest.mark.django_db
def test_menu_follows_the_posts() -> None:
    city = staffed_city()
    clerk = signed_in(city.clerk).get("/desk/").content.decode()
    assert "打印机与校准" in clerk
    leader = signed_in(city.leader).get("/desk/").content.decode()
    assert "毕业批次" in leader
    assert "打印机与校准" not in leader
    assert "毕业批次</a>" not in signed_in(city.administrator).get("/desk/").content.decode()


@pytest.mark.django_db
@pytest.mark.requirement("S1-08")
def test_desk_shows_the_leader_what_waits_with_its_term(django_assert_max_num_queries) -> None:
    here = filled(setting())
    submit_batch(batch=here.batch, by=here.clerk, at=AT)
    client = signed_in(here.city.leader)
    with django_assert_max_num_queries(26):
        page = client.get("/desk/").content.decode()
    assert here.batch.case.title in page
    assert "个工作日" in page
    assert "等待审核" in signed_in(here.clerk).get("/desk/").content.decode()


@pytest.mark.django_db
def test_progress_is_polled_until_the_job_is_over_and_only_by_its_owner() -> None:
    city = staffed_city()
    job = Job.objects.create(
        kind="x", title="检查", state="running", done=3, total=9, started_by=city.clerk, created_at=timezone.now()
    )
    client, url = signed_in(city.clerk), reverse("job", args=[job.pk])
    going = client.get(url, headers={"HX-Request": "true"})
    assert "load delay:1s" in going.content.decode()
    assert "HX-Refresh" not in going.headers
    Job.objects.update(state="done", done=9, finished_at=timezone.now())
    over = client.get(url, headers={"HX-Request": "true"})
    assert over.headers["HX-Refresh"] == "true"
    assert "hx-get" not in over.content.decode()
    assert signed_in(city.leader).get(url).status_code == 404


@pytest.mark.django_db
def test_refusal_is_a_page_for_people_and_a_fragment_for_htmx() -> None:
    client = signed_in(staffed_city().clerk)
    page = client.get("/school/batches/999999/")
    assert (page.status_code, "没有找到" in page.content.decode()) == (404, True)
    part = client.get("/school/batches/999999/", headers={"HX-Request": "true"})
    assert "<html" not in part.content.decode()


def test_no_template_breaks_the_content_policy() -> None:
    for path in TEMPLATES.rglob("*.html"):
        text = path.read_text()
        assert not re.search(r"\sstyle=|<style|\son(click|change|submit|load)=", text), path
        assert not re.search(r"<script(?![^>]*\bsrc=)", text), path


def test_charts_use_attributes_and_escape_names() -> None:
    series = [charts.Series("已发证", [1200, 30]), charts.Series("<b>", [4, 5])]
    for svg in (
        charts.bars("各县", ["甲县", "乙县"], series),
        charts.lines("历年", ["2018", "2019"], series),
        charts.donut("状态", [("已发证", 1200), ("<b>", 0)]),
    ):
        assert "style=" not in svg
        assert "<b>" not in svg
        assert "<title>" in svg
    assert "1,200" in charts.donut("状态", [("已发证", 1200)])


@pytest.mark.parametrize(("value", "top"), [(0, 4), (5, 8), (9, 12), (99, 100), (8001, 10000)])
def test_axis_ends_at_a_round_figure(value: int, top: int) -> None:
    assert f">{top:,}</text>" in charts.bars("x", ["a"], [charts.Series("s", [value])])
