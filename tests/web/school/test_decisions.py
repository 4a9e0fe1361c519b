"""The school leader decides; the two-person rule and stale pages hold."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse
from tests.factories.graduation import AT, current_step, filled, setting

from xueji.cases.models import CaseState
from xueji.graduation.actions import submit_batch

pytestmark = pytest.mark.django_db


def signed_in(user) -> Client:
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def submitted():
    here = filled(setting())
    submit_batch(batch=here.batch, by=here.clerk, at=AT)
    return here


@pytest.mark.requirement("S1-08")
def test_leader_returns_with_reasons_and_approves_the_next_round(submitted) -> None:
    leader, case = signed_in(submitted.city.leader), submitted.batch.case
    step = current_step(case)
    url = reverse("school:decision", args=[step.pk])
    case.refresh_from_db()
    silent = leader.post(url, {"verdict": "return", "reasons": "", "version": case.version, "confirmed": "1"})
    assert silent.status_code == 422
    leader.post(url, {"verdict": "return", "reasons": "第 2 人照片须更换", "version": case.version, "confirmed": "1"})
    case.refresh_from_db()
    assert case.state == CaseState.RETURNED
    clerk = signed_in(submitted.clerk)
    assert "第 2 人照片须更换" in clerk.get(reverse("school:batch", args=[submitted.batch.pk])).content.decode()
    clerk.post(reverse("school:submission", args=[submitted.batch.pk]))
    case.refresh_from_db()
    again = current_step(case)
    leader.post(
        reverse("school:decision", args=[again.pk]), {"verdict": "approve", "version": case.version, "confirmed": "1"}
    )
    assert current_step(case).post == "county_reviewer"


def test_page_made_before_the_last_change_decides_nothing(submitted) -> None:
    step = current_step(submitted.batch.case)
    stale = {"verdict": "approve", "version": 0, "confirmed": "1"}
    answer = signed_in(submitted.city.leader).post(reverse("school:decision", args=[step.pk]), stale)
    assert answer.status_code == 409
    assert current_step(submitted.batch.case) == step


def test_clerk_and_leader_of_another_school_cannot_decide(submitted) -> None:
    url = reverse("school:decision", args=[current_step(submitted.batch.case).pk])
    assert signed_in(submitted.clerk).get(url).status_code == 403
    assert signed_in(submitted.city.city_leader_of_school).get(url).status_code == 404


def test_decision_page_asks_few_queries(submitted, django_assert_max_num_queries) -> None:
    url = reverse("school:decision", args=[current_step(submitted.batch.case).pk])
    client = signed_in(submitted.city.leader)  # the page is measured, not the sign-in
    with django_assert_max_num_queries(30):
        page = client.get(url)
    assert "照片抽看" in page.content.decode()
