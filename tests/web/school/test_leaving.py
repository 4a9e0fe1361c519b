"""Whose filing is out of reach is proposed for 退学 and then 注销; people choose and apply, nothing happens by itself (S2-13)."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from tests.apps.registry.transferring import Henan, build
from tests.factories.registry import ended

from xueji.institutions.models import Post
from xueji.registry.models import Enrolment, Registration

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("S2-13")]


@pytest.fixture
def land(db) -> Henan:
    return build()


def shown(land: Henan, place: str = "east") -> str:
    client = Client()
    client.force_login(land.who(Post.SCHOOL_CLERK, place), backend="xueji.accounts.backends.Accounts")
    answer = client.get(reverse("school:leaving"))
    assert answer.status_code == 200
    return answer.text[answer.text.index("<main") :]


def test_who_cannot_be_filed_any_more_is_proposed_with_the_reason_and_chosen_for_the_change(land: Henan) -> None:
    late, gone, filed = land.students(3)  # of autumn 2023: the filing closed years ago
    Registration.objects.filter(pk=filed.pk).update(filing="filed", filed_on="2023-12-01", filed_by=_case(land))
    ended(gone)
    text = shown(land)
    assert [record.person.name in text for record in (late, gone, filed)] == [True, True, False]
    withdraw, cancel = text.split("建议注销")
    assert f'value="{late.pk}"' in withdraw
    assert "截止" in withdraw
    assert f'value="{gone.pk}"' in cancel
    assert reverse("school:new_status_change", args=["退学"]) in withdraw
    assert Enrolment.objects.get(pk=late.pk).status == "studying"
    assert late.person.name not in shown(land, "west")


def _case(land: Henan):
    from tests.factories.cases import CaseFactory

    return CaseFactory(kind="filing", school=land.school("east"))


def test_the_chosen_arrive_at_the_form_of_the_change(land: Henan) -> None:
    (late,) = land.students()
    client = Client()
    client.force_login(land.who(Post.SCHOOL_CLERK, "east"), backend="xueji.accounts.backends.Accounts")
    answer = client.get(reverse("school:new_status_change", args=["退学"]), {"record": str(late.pk)})
    assert answer.status_code == 200
    assert late.person.name in answer.text


def test_the_list_asks_as_much_of_many_as_of_one(land: Henan) -> None:
    counts = []
    for count in (1, 6):
        land.students(count)
        shown(land)
        with CaptureQueriesContext(connection) as asked:
            shown(land)
        counts.append(len(asked))
    assert counts[0] == counts[1] <= 40
