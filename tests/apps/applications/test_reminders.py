"""Who is to supplement something is reminded in time, once at each distance; what did not arrive, the office sees and sends again."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.urls import reverse
from tests.factories.accounts import ApplicantFactory
from tests.factories.applications import province
from tests.factories.applying import AT, submitted
from tests.factories.institutions import appointed

from xueji.applications.queries import due_of, letter_of
from xueji.applications.reminder_actions import remind_of_letters
from xueji.applications.review_actions import DefectFound, ask_for_supplement
from xueji.cases.queries import open_step_of
from xueji.institutions.models import Authority, Post
from xueji.messaging.actions import RETRIES, send_due_messages
from xueji.messaging.models import Message

pytestmark = pytest.mark.django_db
_BACKEND = "xueji.accounts.backends.Accounts"


@pytest.fixture
def centre() -> Authority:
    return province()


@pytest.fixture
def asked(centre):
    """An application given back with one item."""
    sent = submitted(ApplicantFactory(proven=True), centre)
    officer = appointed(Post.PROVINCE_REVIEWER, centre)
    ask_for_supplement(step=open_step_of(sent.case), defects=[DefectFound("other", "请说明校名")], by=officer, at=AT)
    sent.refresh_from_db()
    return sent


@pytest.mark.requirement("S0-19")
def test_a_letter_is_recalled_fourteen_seven_and_two_days_before_it_is_due(asked) -> None:
    last = AT + (due_of(asked, letter_of(asked)) - AT.date()) * 1
    reminded = []
    for left in (20, 14, 14, 13, 7, 6, 2, 1, 0, -1):
        reminded.append(remind_of_letters(at=last - timedelta(days=left)))
    assert reminded == [0, 1, 0, 0, 1, 0, 1, 0, 0, 0]
    texts = [message.text for message in Message.objects.filter(template="application_reminded").order_by("created_at")]
    assert ["还剩 14 天" in texts[0], "还剩 7 天" in texts[1], "还剩 2 天" in texts[2]] == [True, True, True]


def test_a_night_that_was_missed_is_made_up_for_by_one_reminder(asked) -> None:
    last = AT + (due_of(asked, letter_of(asked)) - AT.date()) * 1
    assert remind_of_letters(at=last - timedelta(days=1)) == 1  # the two further ones are past
    assert remind_of_letters(at=last) == 0


def test_the_office_sees_what_did_not_reach_its_applicants_and_sends_it_again(asked, centre, client, settings) -> None:
    settings.MESSAGE_GATEWAY = "xueji.messaging.gateways.NoGateway"
    send_due_messages(at=AT + sum(RETRIES, timedelta()))
    page = reverse("authority:undelivered")
    client.force_login(appointed(Post.PROVINCE_REVIEWER, centre), backend=_BACKEND)
    shown = client.get(page)
    assert (asked.receipt in shown.text, "没有接入短信" in shown.text, asked.applicant.phone in shown.text) == (
        True,
        True,
        False,
    )
    lost = Message.objects.get(template="application_returned")
    again = client.post(page, {"message": lost.pk}, follow=True)
    lost.refresh_from_db()
    assert (lost.state, lost.tries, "已放回待发送" in again.text) == ("queued", 0, True)
    assert client.post(page, {"message": lost.pk}).status_code == 404  # pressed twice
    other = Message.objects.get(template="application_received")
    client.force_login(appointed(Post.CITY_REVIEWER, Authority.objects.get(division_code="410100")), backend=_BACKEND)
    assert asked.receipt not in client.get(page).text
    assert client.post(page, {"message": other.pk}).status_code == 404  # another office's
