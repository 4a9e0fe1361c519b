"""Accounts on pages: what an administrator is offered, and what a page refuses when asked all the same."""

from __future__ import annotations

import pytest
from django.urls import reverse
from tests.factories.institutions import AuthorityFactory, ProgrammeFactory, SchoolFactory, appointed, staffed_city

from xueji.institutions.models import Post
from xueji.ledger.models import Event

pytestmark = pytest.mark.django_db


@pytest.fixture
def other_city():
    return staffed_city(division_code="610300", county_code="610302")


@pytest.mark.parametrize("act", ["password", "second_factor", "deactivate", "reactivate"])
def test_no_act_on_an_account_that_also_works_elsewhere(city, other_city, as_user, act):
    both = appointed(Post.CITY_REVIEWER, other_city.city)
    here = appointed(Post.SEALER, city.city, both)
    assert here == both
    client, url = as_user(other_city.administrator), reverse("authority:account", args=[both.pk])
    assert "重置密码</button>" not in client.get(url).text
    before = both.password
    assert client.post(url, {"act": act, "reason": "试一试"}).status_code == 403
    both.refresh_from_db()
    assert (both.password, both.is_active) == (before, True)
    assert not Event.objects.filter(subject_id=str(both.pk), tag__regex="^(account|password|second_factor):").exists()


def test_only_the_post_in_the_own_area_can_be_ended(city, other_city, as_user):
    both = appointed(Post.CITY_REVIEWER, other_city.city)
    appointed(Post.SEALER, city.city, both)
    client, url = as_user(other_city.administrator), reverse("authority:account", args=[both.pk])
    appointment, other = both.appointments.get(authority=other_city.city), both.appointments.get(authority=city.city)
    page = client.get(url).text
    assert f'value="{appointment.pk}"' in page
    assert f'name="appointment" value="{other.pk}"' not in page
    assert client.post(url, {"act": "end", "appointment": other.pk, "reason": "试"}).status_code == 403
    assert client.post(url, {"act": "end", "appointment": appointment.pk, "reason": "调离"}).status_code == 302


def test_who_ends_the_last_post_looks_after_the_account(city, as_user):
    client, url = as_user(city.administrator), reverse("authority:account", args=[city.clerk.pk])
    appointment = city.clerk.appointments.get()
    answer = client.post(url, {"act": "end", "appointment": appointment.pk, "reason": "换岗"}, follow=True)
    assert answer.status_code == 200
    assert "重置密码</button>" in answer.text
    city.clerk.refresh_from_db()
    assert city.clerk.looked_after_by == city.administrator


def test_a_newly_founded_area_is_told_what_comes_first_until_it_has_it(as_user):
    top = AuthorityFactory()
    keeper = appointed(Post.ADMINISTRATOR, top)
    client, desk = as_user(keeper), reverse("desk")

    def done() -> tuple[bool, ...]:
        page = client.get(desk).text
        return ("开始使用" in page, "已有学校" in page, "已登记</span>" in page, "已发放" in page)

    assert done() == (True, False, False, False)
    school = SchoolFactory(authority=top)
    assert done() == (True, True, False, False)
    ProgrammeFactory(school=school)
    appointed(Post.ADMINISTRATOR, top)
    assert done() == (True, True, True, False)
    appointed(Post.SCHOOL_CLERK, school)
    assert done() == (False, False, False, False)
