"""Accounts on pages: what an administrator is offered, and what a page refuses when asked all the same."""

from __future__ import annotations

import pytest
from django.urls import reverse
from tests.factories.institutions import AuthorityFactory, ProgrammeFactory, SchoolFactory, appointed, staffed_city

from xueji.institutions.models import Post
from xueji.ledger.models import Event

pytestmark = pytest.mark.django_db


@pytest.fixture
def there():
    return staffed_city(division_code="610300", county_code="610302")


@pytest.mark.parametrize("act", ["password", "second_factor", "deactivate", "reactivate"])
def test_no_act_on_an_account_that_also_works_elsewhere(city, there, as_user, act):
    both = appointed(Post.CITY_REVIEWER, there.city)
    here = appointed(Post.SEALER, city.city, both)
    assert here == both
    client, url = as_user(there.administrator), reverse("authority:account", args=[both.pk])
    assert "重置密码</button>" not in client.get(url).text
    before = both.password
    assert client.post(url, {"act": act, "reason": "试一试"}).status_code == 403
    both.refresh_from_db()
    assert (both.password, both.is_active) == (before, True)
    assert not Event.objects.filter(subject_id=str(both.pk), tag__regex="^(account|password|second_factor):").exists()


def test_only_the_post_in_the_own_area_can_be_ended(city, there, as_user):
    both = appointed(Post.CITY_REVIEWER, there.city)
    appointed(Post.SEALER, city.city, both)
    client, url = as_user(there.administrator), reverse("authority:account", args=[both.pk])
    own, other = both.appointments.get(authority=there.city), both.appointments.get(authority=city.city)
    page = client.get(url).text
    assert f'value="{own.pk}"' in page
    assert f'name="appointment" value="{other.pk}"' not in page
    assert client.post(url, {"act": "end", "appointment": other.pk, "reason": "试"}).status_code == 403
    assert client.post(url, {"act": "end", "appointment": own.pk, "reason": "调离"}).status_code == 302


def test_who_ends_the_last_post_looks_after_the_account(city, as_user):
    client, url = as_user(city.administrator), reverse("authority:account", args=[city.clerk.pk])
    held = city.clerk.appointments.get()
    answer = client.post(url, {"act": "end", "appointment": held.pk, "reason": "换岗"}, follow=True)
    assert answer.status_code == 200
    assert "重置密码</button>" in answer.text
    city.clerk.refresh_from_db()
    assert city.clerk.looked_after_by == city.administrator


def test_a_newly_founded_area_is_told_what_comes_first_until_it_has_it(as_user):
    top = AuthorityFactory()
    keeper = appointed(Post.ADMINISTRATOR, top)
    client, desk = as_user(keeper), reverse("desk")

    def done() -> tuple[bool, ...]:
        said = client.get(desk).text
        return ("开始使用" in said, "已有学校" in said, "已登记</span>" in said, "已发放" in said)

    assert done() == (True, False, False, False)
    school = SchoolFactory(authority=top)
    assert done() == (True, True, False, False)
    ProgrammeFactory(school=school)
    appointed(Post.ADMINISTRATOR, top)
    assert done() == (True, True, True, False)
    appointed(Post.SCHOOL_CLERK, school)
    assert done() == (False, False, False, False)
