"""Menu, list, case and queue know the kind: all of it comes from `casepages.py` beside this file."""

from __future__ import annotations

from pathlib import Path

from django.test import Client
from django.urls import reverse
from tests.factories.institutions import SchoolFactory, appointed
from tests.guild.land import Land, step_of

from xueji.accounts.models import User
from xueji.institutions.models import Post


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user, backend="xueji.accounts.backends.Accounts")
    return client


def test_a_decision_says_first_how_many_go_and_what_comes_of_it(land: Land):
    case = land.decided(land.submitted(), "approve", "approve", "approve")
    url = reverse("authority:step", args=[step_of(case).pk])
    sent = {"verdict": "refuse", "reasons": "名额已满", "version": case.version}
    question = signed_in(land.who(Post.COUNTY_REVIEWER, "steel county")).post(url, sent)
    assert "学徒" in question.text
    assert "3 人" in question.text
    assert step_of(case).state == "current"


def test_the_kind_has_its_line_in_the_menu_its_list_and_its_page(land: Land):
    case = land.submitted()
    client = signed_in(land.who(Post.SCHOOL_LEADER, "brass"))
    listing = reverse("school:case_list", args=["guild_move"])
    assert f'href="{listing}"' in client.get(reverse("desk")).text
    assert case.title in client.get(listing).text
    page = client.get(reverse("school:case", args=[case.pk]))
    assert "3 人" in page.text
    assert listing in page.text
    assert "证明材料" not in page.text


def test_the_queue_of_an_office_calls_it_by_its_name(land: Land):
    land.decided(land.submitted(), "approve", "approve")
    assert "学徒转学" in signed_in(land.who(Post.COUNTY_REVIEWER, "brass county")).get(reverse("authority:queue")).text


def test_a_school_that_has_no_part_in_it_sees_neither_step_nor_case(land: Land):
    case = land.submitted()
    stranger = signed_in(appointed(Post.SCHOOL_LEADER, SchoolFactory(authority=land.places["tin county"])))
    assert stranger.get(reverse("school:decision", args=[step_of(case).pk])).status_code == 404
    assert stranger.get(reverse("school:case", args=[case.pk])).status_code == 404


def test_its_pages_are_one_file():
    own_files = [
        path for path in Path(__file__).parent.rglob("*") if path.suffix in (".py", ".html") and path.is_file()
    ]
    of_pages = [
        path.name for path in own_files if path.suffix == ".html" or "xueji.web" in path.read_text(encoding="utf-8")
    ]
    assert [name for name in of_pages if not name.startswith("test_")] == ["casepages.py"]
