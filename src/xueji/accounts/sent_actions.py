"""A form is done once, however often it is sent: its key is claimed in the transaction of the act."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import connection

from xueji.accounts.models import SentForm, User

_KEPT = timedelta(days=1)


def claim_form(*, key: str, user: User, at: datetime) -> bool:
    """Claim a form for the transaction that is open; False when it was done before.

    Whoever sends the same form meanwhile waits here until that transaction ends, and then learns how it ended.
    """
    assert connection.in_atomic_block, "a claim ends with the act it stands for"
    SentForm.objects.filter(user=user, sent_at__lt=at - _KEPT).delete()
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO accounts_sentform (key, user_id, sent_at, location) VALUES (%s, %s, %s, '')"
            " ON CONFLICT (key) DO NOTHING RETURNING id",
            [key, user.pk, at],
        )
        return cursor.fetchone() is not None


def settle_form(*, key: str, location: str) -> None:
    """Keep where a form led to."""
    SentForm.objects.filter(key=key).update(location=location[:500])


def release_form(*, key: str) -> None:
    """Give a claim up: the form was refused, or only looked at; it may be sent again."""
    SentForm.objects.filter(key=key).delete()


def led_to(*, key: str) -> str:
    """Return where a form that was done before led to."""
    return SentForm.objects.filter(key=key).values_list("location", flat=True).first() or "/desk/"
