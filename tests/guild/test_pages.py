"""The move on the product's own pages: each place decides on its page, and nobody else finds it."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse
from tests.guild.land import Land, step_of

from xueji.cases.models import Case, CaseState
from xueji.institutions.models import Post


def page_of(land: Land, case: Case, post: Post | str, place: str) -> tuple[Client, str]:
    """Return the browser of the person in a post, and the address of the open step."""
    client = Client()
    client.force_login(land.who(post, place), backend="xueji.accounts.backends.Accounts")
    step = step_of(case)
    return client, reverse("school:decision" if step.school_id else "authority:step", args=[step.pk])


@pytest.mark.requirement("S2-20")
def test_each_place_sees_both_schools_and_decides_on_its_own_page(land: Land):
    case = land.submitted()
    for post, place, verdict in (
        (Post.SCHOOL_LEADER, "brass", "approve"), (Post.SCHOOL_LEADER, "steel", "approve"),
        (Post.COUNTY_REVIEWER, "brass county", "approve"), (Post.COUNTY_REVIEWER, "steel county", "refuse"),
        (Post.CITY_REVIEWER, "city", "approve"),
    ):  # fmt: skip
        client, url = page_of(land, case, post, place)
        shown = client.get(url)
        assert shown.status_code == 200
        words = (land.school("brass").name, land.school("steel").name, "转出学校", "3 人", step_of(case).label)
        assert [word for word in words if word not in shown.text[shown.text.index("<main") :]] == []
        case.refresh_from_db()
        answer = {"verdict": verdict, "reasons": "名额已满", "version": case.version, "confirmed": "1"}
        assert client.post(url, answer).status_code == 302
        case.refresh_from_db()
    assert case.state == CaseState.APPROVED


def test_a_move_of_others_is_not_found(land: Land):
    case = land.submitted()
    for post, place, status in (
        (Post.SCHOOL_LEADER, "steel", 200), (Post.SCHOOL_LEADER, "tin", 404), (Post.SCHOOL_LEADER, "copper", 404),
    ):  # fmt: skip
        client, url = page_of(land, case, post, place)
        assert client.get(url).status_code == status


def test_the_superior_reads_in_the_queue_which_school_sends(land: Land):
    case = land.decided(land.submitted(), "approve", "approve", "approve", "refuse")
    client, _ = page_of(land, case, Post.CITY_REVIEWER, "city")
    listed = client.get(reverse("authority:queue"))
    assert (listed.status_code, land.school("brass").name in listed.text) == (200, True)


def test_the_term_is_stopped_and_goes_on_from_the_page_of_the_step(land: Land):
    case = land.decided(land.submitted(), "approve", "approve")
    client, url = page_of(land, case, Post.COUNTY_REVIEWER, "brass county")
    shown = client.get(url).text
    assert "等待补正材料：停止计算期限" in shown
    assert 'data-confirm="停止计算期限后' in shown
    case.refresh_from_db()
    stop = {"clock": "pause", "reason": "supplement", "note": "学徒本人签名的申请", "version": case.version}
    assert client.post(url, stop).status_code == 302
    shown = client.get(url).text
    assert [word for word in ("等待：学徒本人签名的申请", "恢复计算期限") if word not in shown] == []
    assert 'name="verdict"' not in shown
    queue = client.get(reverse("authority:queue"), {"state": "paused"})
    assert (land.school("brass").name in queue.text, "期限中止" in queue.text) == (True, True)
    assert land.school("brass").name not in client.get(reverse("authority:queue"), {"state": "deferred"}).text
    clerk = Client()
    clerk.force_login(land.who(Post.SCHOOL_CLERK, "brass"), backend="xueji.accounts.backends.Accounts")
    brings = reverse("school:evidence", args=[case.pk])
    assert brings in clerk.get(reverse("school:case", args=[case.pk])).text  # what the term waits for can be brought
    stale = {"clock": "resume", "version": case.version}
    assert client.post(url, stale).status_code == 409
    case.refresh_from_db()
    assert client.post(url, {"clock": "resume", "version": case.version}).status_code == 302
    assert step_of(case).state == "current"
    assert brings not in clerk.get(reverse("school:case", args=[case.pk])).text
    assert client.post(url, {"clock": "pause", "version": "x"}).status_code == 400


def test_a_step_whose_pack_knows_no_reason_offers_none(land: Land):
    client, url = page_of(land, land.submitted(), Post.SCHOOL_LEADER, "brass")
    assert "停止计算期限" not in client.get(url).text
