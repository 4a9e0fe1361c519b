"""Messages on their way."""

from __future__ import annotations

from datetime import UTC, datetime

import factory

from xueji.messaging.models import Message


class MessageFactory(factory.django.DjangoModelFactory):
    """A code to sign in, still to be sent."""

    class Meta:
        model = Message

    template = "sign_in_code"
    address = "13900001234"
    text = "验证码 123456"
    created_at = datetime(2026, 3, 1, 1, 0, tzinfo=UTC)
    next_try_at = datetime(2026, 3, 1, 1, 0, tzinfo=UTC)
