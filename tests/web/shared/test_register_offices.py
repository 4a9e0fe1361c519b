"""The page of the institutions that keep the register: one's own, those below, the warning, the name (S2-09)."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse
from tests.factories.institutions import appointed, staffed_city

from xueji.accounts.models import User
from xueji.institutions.models import Post

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("S2-09")]
CEILING = 25  # queries, however many places


@pytest.fixture
def henan():
    return staffed_city("410100", "410102")


def of(user) -> Client:
    client = Client()
    client.force_login(user, backend="xueji.accounts.backends.Accounts")
    return client


def test_an_office_sees_its_people_the_warning_and_who_is_short_below(henan, django_assert_max_num_queries):
    User.objects.filter(pk=henan.second_city_reviewer.pk).update(is_active=False)
    client, url = of(henan.city_reviewer), reverse("register_offices")
    with django_assert_max_num_queries(CEILING):
        shown = client.get(url).text
    assert henan.city_reviewer.full_name in shown
    assert "须有 <b>2</b> 人，现有 <b>1</b> 人" in shown
    assert "应设立专门的学籍管理机构" in shown
    assert "第五条" in shown
    assert henan.county_school.name in shown
    narrowed = client.get(url, {"short": "1"})
    assert [row.place for row in narrowed.context["page"]] == [henan.county]
    appointed(Post.CITY_REVIEWER, henan.city)
    assert "人员配齐，现有" in client.get(url).text


def test_a_school_sees_its_own_and_its_menu_leads_there(henan):
    client = of(henan.clerk)
    shown = client.get(reverse("register_offices")).text
    assert f'href="{reverse("register_offices")}"' in shown
    assert "人员配齐，现有 2 人" in shown
    assert "下级主管部门和学校" not in shown
    assert client.get(reverse("office_of_school", args=[henan.county_school.pk])).status_code == 200
    assert client.get(reverse("office_of_school", args=[henan.city_school.pk])).status_code == 404


def test_the_menu_of_a_place_whose_law_asks_for_none_has_no_line():
    assert "学籍管理机构" not in of(staffed_city().clerk).get(reverse("desk")).text


def test_the_administrator_names_it_and_nobody_else_is_offered_to(henan):
    url = reverse("office_of_school", args=[henan.county_school.pk])
    admin = of(henan.administrator)
    assert "登记机构名称" in admin.get(url).text
    refused = admin.post(url, {"name": "", "document_number": "郑编〔2024〕1号"})
    assert (refused.status_code, "郑编〔2024〕1号" in refused.text) == (422, True)
    named = admin.post(url, {"name": "学籍管理科", "document_number": "郑编〔2024〕1号"}, follow=True)
    assert "学籍管理机构已登记" in named.text
    assert f"{henan.administrator.full_name}登记" in named.text
    same = admin.post(url, {"name": "学籍管理科 ", "document_number": "郑编〔2024〕1号"})
    assert (same.status_code, "没有变化" in same.text) == (409, True)
    leader = of(henan.leader)
    assert "登记机构名称" not in leader.get(url).text
    assert leader.post(url, {"name": "别的科"}).status_code == 403
