"""The outbox: nothing is told that did not happen, tries go on for a day, and what did not arrive stays in sight."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection, transaction
from django.urls import reverse
from tests.factories.accounts import UserFactory
from tests.factories.messaging import MessageFactory

from xueji.core.errors import Conflict, NotFound
from xueji.messaging.actions import RETRIES, queue_message, send_again, send_due_messages
from xueji.messaging.gateways import ShownGateway, Undeliverable
from xueji.messaging.kinds import Wording, register_wording
from xueji.messaging.models import Message
from xueji.messaging.queries import inbox_of, shown_messages, undelivered_messages

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("S0-01")]
AT = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
register_wording("told_in_tests", Wording("办理进度", "{name}，您的申请已受理。"))


def _queued(address="13912345678", recipient=None):
    return queue_message(
        template="told_in_tests", address=address, values={"name": "王某"}, by=None, at=AT, recipient=recipient
    )


def test_a_message_goes_out_once_and_lies_sealed():
    person = UserFactory()
    message = _queued(recipient=person)
    assert send_due_messages(at=AT) == 1
    assert send_due_messages(at=AT + timedelta(days=2)) == 0
    message.refresh_from_db()
    assert (message.state, message.tries, message.sent_at) == (Message.State.SENT, 1, AT)
    assert [row.text for row in inbox_of(person)] == ["王某，您的申请已受理。"]
    with connection.cursor() as cursor:
        cursor.execute("select address, text from messaging_message where id = %s", [message.pk])
        assert not any(word.encode() in bytes(value) for value in cursor.fetchone() for word in ("13912345678", "王某"))


def test_what_was_undone_is_told_to_nobody():
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        _queued()
        raise ZeroDivisionError
    assert not Message.objects.exists()


def test_what_nobody_takes_is_tried_for_a_day_then_seen_and_sent_again():
    message = _queued(address="13912340000")  # one the trial's gateway never reaches
    at = AT
    for wait in RETRIES:
        assert send_due_messages(at=at) == 1
        assert send_due_messages(at=at + wait - timedelta(seconds=1)) == 0
        at += wait
    assert send_due_messages(at=at) == 1
    assert [row.pk for row in undelivered_messages()] == [message.pk]
    again = send_again(message=message, by=UserFactory(), at=at)
    assert (again.state, again.tries) == (Message.State.QUEUED, 0)
    with pytest.raises(Conflict, match="待发送"):
        send_again(message=message, by=UserFactory(), at=at)


def test_a_sender_that_dawdles_undoes_no_later_try(monkeypatch):
    message = _queued()
    later = AT + timedelta(minutes=3)

    def dawdle(self, **kwargs):
        monkeypatch.undo()
        assert send_due_messages(at=later) == 1  # another sender, after a while
        raise Undeliverable("超时", is_final=True)

    monkeypatch.setattr(ShownGateway, "send", dawdle)
    assert send_due_messages(at=AT) == 1
    message.refresh_from_db()
    assert (message.state, message.tries, message.sent_at) == ("sent", 2, later)


def test_without_a_gateway_nothing_is_said_to_have_arrived(settings):
    settings.MESSAGE_GATEWAY = "xueji.messaging.gateways.NoGateway"
    message = MessageFactory()
    send_due_messages(at=AT)
    message.refresh_from_db()
    assert message.state == Message.State.UNDELIVERED
    assert "没有接入" in message.trouble
    with pytest.raises(NotFound):
        shown_messages()


def test_the_page_of_a_trial_shows_them_and_is_nowhere_else(client, settings):
    _queued()
    page = client.get(reverse("outbox"))
    assert "王某，您的申请已受理。" in page.text
    assert "不会真的发出" in page.text
    settings.MESSAGE_GATEWAY = "xueji.messaging.gateways.NoGateway"
    assert client.get(reverse("outbox")).status_code == 404


def test_a_code_is_in_nobodys_inbox():
    person = UserFactory()
    MessageFactory(recipient=person)
    assert list(inbox_of(person)) == []
    assert len(shown_messages()) == 1  # but a trial shows it
