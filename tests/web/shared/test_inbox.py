"""Inbox and notice board: staff find what others did that concerns them, and what the authorities above have to say."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from tests.factories.graduation import AT, filled, setting
from tests.factories.institutions import appointed, staffed_city

from xueji.cases.actions import decide_step
from xueji.core.errors import Conflict, NotFound, NotPermitted
from xueji.graduation.actions import submit_batch
from xueji.institutions.actions_notices import mark_inbox_read, publish_notice, withdraw_notice
from xueji.institutions.models import Post
from xueji.institutions.queries.inbox import inbox_of, notices_for, unread_in_inbox
from xueji.ledger.actions import record_event
from xueji.ledger.models import Event
from xueji.ledger.tags import TOLD_BELOW, TOLD_TO_SCHOOL, EventTag
from xueji.web.inbox_kinds import KINDS

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("S1-06")]


@pytest.fixture
def city():
    return staffed_city()


def signed_in(user) -> Client:
    client = Client()
    client.force_login(user)
    return client


def text_of(client: Client, path: str = "/inbox/") -> str:
    return client.get(path).content.decode().partition("<main")[2]


def notice(city, title: str = "验印材料清单", **given):
    given = {"text": "请带登记册三份。", "until": timezone.localdate() + timedelta(days=7)} | given
    return publish_notice(authority=city.city, title=title, by=city.city_reviewer, at=timezone.now(), **given)


def reminded(school, by, note: str = "请尽快上报"):
    after = {"season": "2026届春季", "season_id": 1}
    return record_event(
        tag=EventTag.SCHOOL_REMINDED,
        subject=school,
        by=by,
        at=timezone.now(),
        school_id=school.pk,
        after=after,
        note=note,
    )


def test_every_message_has_a_sort_and_every_sort_its_messages() -> None:
    tags = [tag for kind in KINDS for tag in kind.tags]
    assert sorted(tags) == sorted(str(tag) for tag in (*TOLD_TO_SCHOOL, *TOLD_BELOW))


def test_a_return_lands_in_the_inboxes_of_the_school_with_the_opinion_and_leads_to_the_batch() -> None:
    here, now = filled(setting()), timezone.now()
    submit_batch(batch=here.batch, by=here.clerk, at=AT)
    decide_step(
        step=here.batch.case.steps.get(ordinal=1), verdict="return", reasons="照片有误", by=here.city.leader, at=now
    )
    clerk = signed_in(here.clerk)
    text = text_of(clerk)
    assert "照片有误" in text
    assert here.batch.case.title in text
    event = Event.objects.get(tag=EventTag.STEP_RETURNED)
    assert clerk.get(f"/inbox/?open={event.pk}")["Location"] == f"/school/batches/{here.batch.pk}/"
    assert "照片有误" not in text_of(signed_in(here.city.leader))  # one's own acts are no news
    assert "照片有误" not in text_of(signed_in(here.city.county_reviewer))
    assert "照片有误" not in text_of(signed_in(here.city.city_clerk))  # of another school
    assert signed_in(here.city.city_clerk).get(f"/inbox/?open={event.pk}").status_code == 404


def test_messages_are_new_until_they_are_read_and_later_ones_are_new_again(city) -> None:
    clerk = signed_in(city.clerk)
    reminded(city.county_school, city.city_reviewer)
    assert "1<span" in clerk.get("/inbox/count/").content.decode()
    page = clerk.get("/inbox/")
    newest = page.context["newest"]
    later = reminded(city.county_school, city.city_reviewer, "再次催办")  # while the page was looked at
    assert clerk.post("/inbox/read/", {"newest": newest}).status_code == 302
    assert unread_in_inbox(city.clerk) == 1
    shown = text_of(clerk, "/inbox/?show=new")
    assert "再次催办" in shown
    assert "请尽快上报" not in shown
    mark_inbox_read(up_to=later.pk, by=city.clerk)
    mark_inbox_read(up_to=newest, by=city.clerk)  # an older page
    assert unread_in_inbox(city.clerk) == 0
    assert "badge" not in clerk.get("/inbox/count/").content.decode()
    assert unread_in_inbox(city.leader) == 2


def test_a_mark_beyond_what_one_was_told_is_not_taken(city) -> None:
    reminded(city.county_school, city.city_reviewer)
    other = reminded(city.city_school, city.city_reviewer)
    for newest in (str(other.pk), "9" * 30, "x", ""):
        signed_in(city.clerk).post("/inbox/read/", {"newest": newest})
    assert unread_in_inbox(city.clerk) == 1


def test_messages_are_narrowed_by_sort(city) -> None:
    reminded(city.county_school, city.city_reviewer)
    notice(city)
    clerk = signed_in(city.clerk)
    assert "请尽快上报" in text_of(clerk, "/inbox/?kind=reminded")
    assert "验印材料清单" not in text_of(clerk, "/inbox/?kind=reminded")
    assert "验印材料清单" in text_of(clerk, "/inbox/?kind=notices")
    assert "没有符合条件" in text_of(clerk, "/inbox/?kind=measures")


def test_a_notice_is_told_to_all_below_and_to_nobody_beside(city) -> None:
    elsewhere = staffed_city("110100", "110101")
    county = publish_notice(
        authority=city.county, title="县里的公告", text="各校请注意", until=timezone.localdate(), by=city.county_reviewer,
        at=timezone.now(),
    )  # fmt: skip
    notice(city)
    for user, titles in (
        (city.clerk, {"验印材料清单", "县里的公告"}), (city.county_reviewer, {"验印材料清单", "县里的公告"}),
        (city.city_clerk, {"验印材料清单"}), (city.city_reviewer, {"验印材料清单"}), (elsewhere.clerk, set()),
    ):  # fmt: skip
        assert {row.title for row in notices_for(user)} == titles
        desk = text_of(signed_in(user), "/desk/")
        for title in ("验印材料清单", "县里的公告"):
            assert (title in desk) == (title in titles)
    assert county.pk in [event.pk for event in inbox_of(city.clerk)]
    assert inbox_of(elsewhere.clerk) == []


def test_a_notice_is_written_on_the_page_and_withdrawn_there(city) -> None:
    officer = signed_in(city.city_reviewer)
    sent = {
        "authority": city.city.pk, "title": "停电通知", "text": "周三停电。\n<script>alert(1)</script>",
        "until": timezone.localdate().isoformat(),
    }  # fmt: skip
    assert officer.post("/notices/new/", sent).status_code == 302
    event = Event.objects.get(tag=EventTag.NOTICE_PUBLISHED)
    clerk = signed_in(city.clerk)
    assert "停电通知" in text_of(clerk, "/desk/")
    assert "<script>alert" not in text_of(clerk, "/desk/") + text_of(clerk, "/notices/") + text_of(clerk)
    assert "撤回</button>" in text_of(officer, "/notices/")
    assert "撤回</button>" not in text_of(clerk, "/notices/") + text_of(signed_in(city.county_reviewer), "/notices/")
    assert officer.post("/notices/withdrawal/", {"notice": event.pk}).status_code == 302
    assert "停电通知" not in text_of(clerk, "/desk/")
    assert "已撤回" in text_of(clerk, "/notices/")
    assert "撤回公告" in text_of(clerk)


def test_the_text_of_a_withdrawn_notice_stands_in_no_inbox(city) -> None:
    event = notice(city, text="李明没有毕业")
    stays = notice(city, title="开放日", text="周五上午")
    assert "李明没有毕业" in text_of(signed_in(city.clerk))
    withdraw_notice(notice=event.pk, by=city.second_city_reviewer, at=timezone.now())
    for user in (city.clerk, city.county_reviewer, city.second_city_reviewer):
        text = text_of(signed_in(user))
        assert "李明没有毕业" not in text
        assert "发布公告：已撤回" in text
        assert f"发布公告：{stays.note}" in text


def test_what_is_wrong_with_a_notice_is_said_and_nothing_typed_is_lost(city) -> None:
    officer, today = signed_in(city.city_reviewer), timezone.localdate()
    good = {"authority": city.city.pk, "title": "停电通知", "text": "周三停电", "until": today.isoformat()}
    wrong = (
        {"title": ""}, {"text": " "}, {"until": (today - timedelta(days=1)).isoformat()}, {"title": "长" * 61},
        {"until": (today + timedelta(days=400)).isoformat()}, {"until": "明天"}, {"authority": city.county.pk},
    )  # fmt: skip
    for change in wrong:
        answer = officer.post("/notices/new/", good | change)
        assert answer.status_code == 422, change
        if "text" not in change:
            assert "周三停电" in answer.content.decode()
    assert officer.post("/notices/new/", good).status_code == 302
    twice = officer.post("/notices/new/", good)
    assert twice.status_code == 422
    assert "同样的公告已经发布" in twice.content.decode()


def test_only_the_own_board_is_written_on_and_a_notice_is_withdrawn_once(city) -> None:
    event, at = notice(city), timezone.now()
    with pytest.raises(NotPermitted):
        publish_notice(
            authority=city.city, title="越权", text="越权", until=timezone.localdate(), by=city.county_reviewer, at=at
        )
    for other in (
        city.county_reviewer,
        city.clerk,
        appointed(Post.CITY_REVIEWER, staffed_city("110100", "110101").city),
    ):
        with pytest.raises(NotFound):
            withdraw_notice(notice=event.pk, by=other, at=at)
    withdraw_notice(notice=event.pk, by=city.second_city_reviewer, at=at)
    with pytest.raises(Conflict):
        withdraw_notice(notice=event.pk, by=city.city_reviewer, at=at)
    assert signed_in(city.city_reviewer).post("/notices/withdrawal/", {"notice": "9" * 40}).status_code == 400
    assert signed_in(city.clerk).post("/notices/withdrawal/", {"notice": event.pk}).status_code == 403


def test_a_number_typed_into_a_notice_is_masked(city) -> None:
    event = notice(city, text="请 11010519491231002X 到场")
    assert "11010519491231002X" not in event.note + text_of(signed_in(city.clerk), "/desk/")


def test_the_inbox_asks_as_much_however_full_it_is(city) -> None:
    client, counts = signed_in(city.clerk), []
    for _ in range(2):
        for _ in range(12):
            reminded(city.county_school, city.city_reviewer)
        client.get("/inbox/")
        with CaptureQueriesContext(connection) as asked:
            client.get("/inbox/")
        counts.append(len(asked))
    assert counts[0] == counts[1] <= 14


def test_messages_are_found_along_indexes_of_messages_alone(city) -> None:
    for _ in range(40):
        reminded(city.county_school, city.city_reviewer)
    notice(city)
    with CaptureQueriesContext(connection) as asked:
        inbox_of(city.clerk)
        notices_for(city.clerk)
    statements = [query["sql"] for query in asked if "ledger_event" in query["sql"]]
    assert len(statements) == 3
    with connection.cursor() as cursor:
        cursor.execute("analyze ledger_event")
        cursor.execute("set local enable_seqscan = off")
        for statement in statements:
            cursor.execute(f"explain {statement}")
            plan = "\n".join(row[0] for row in cursor.fetchall())
            assert "events_told_" in plan, plan
