"""What the ledger tells somebody: acts upon their school, acts of the authorities above them for all below, notices.

Nothing is written twice: a message is the event of the act itself, found along an index that holds such events alone.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Q, QuerySet
from django.utils import timezone

from xueji.accounts.models import User
from xueji.institutions.models import Authority, InboxMark
from xueji.institutions.queries import ids_of_line, posts_of
from xueji.ledger.models import Event
from xueji.ledger.tags import TOLD_BELOW, TOLD_TO_SCHOOL, EventTag

MOST = 200  # of either sort; older ones are found in the history of what they speak of
_YEAR = timedelta(days=366)


@dataclass(frozen=True, slots=True)
class Notice:
    """What an authority tells all below it, for so long."""

    id: int
    authority_id: int
    authority: str
    title: str
    text: str
    until: date
    by: str
    at: datetime
    is_withdrawn: bool

    def is_shown_on(self, day: date) -> bool:
        """Whether it stands on the desks of a day."""
        return not self.is_withdrawn and day <= self.until


def inbox_of(user: User) -> list[Event]:
    """Return what a person was told within a year by what others did, the newest first: at most `MOST` of either sort."""
    received = [event for messages in _messages_of(user) for event in messages[:MOST]]
    return sorted(received, key=lambda event: -event.pk)


def unread_in_inbox(user: User) -> int:
    """Return how many messages came since the person last said they had read all: counted by the database, up to `MOST` of either sort."""
    read = read_up_to(user)
    return sum(messages.filter(pk__gt=read)[:MOST].count() for messages in _messages_of(user))


def read_up_to(user: User) -> int:
    """Return the newest message the person has read; nought before they read any."""
    return InboxMark.objects.filter(user=user).values_list("read_up_to", flat=True).first() or 0


def notices_for(user: User) -> list[Notice]:
    """Return the notices of the authorities above somebody and of their own, the newest first."""
    return notices_of(_line(user))


def notices_of(authorities: Iterable[int]) -> list[Notice]:
    """Return the newest notices of some authorities; each is an event, and so is that it was withdrawn."""
    rows = _of_places("authority_id", set(authorities), (EventTag.NOTICE_PUBLISHED, EventTag.NOTICE_WITHDRAWN))
    events = list(rows[:MOST])
    withdrawn = {after_of(event)["notice"] for event in events if event.tag == EventTag.NOTICE_WITHDRAWN}
    return [
        Notice(
            event.pk, event.authority_id or 0, event.subject_label, after_of(event)["title"], event.note,
            date.fromisoformat(after_of(event)["until"]), event.actor_label, event.at, event.pk in withdrawn,
        )
        for event in events if event.tag == EventTag.NOTICE_PUBLISHED
    ]  # fmt: skip


def withdrawn_among(events: Iterable[Event]) -> set[int]:
    """Return which of some messages are notices that were withdrawn since: nobody reads their text any longer."""
    published = {event.pk: event.authority_id or 0 for event in events if event.tag == EventTag.NOTICE_PUBLISHED}
    if not published:
        return set()
    rows = _of_places("authority_id", set(published.values()), (EventTag.NOTICE_WITHDRAWN,))
    return {after_of(event)["notice"] for event in rows.filter(after__notice__in=sorted(published))}


def after_of(event: Event) -> dict[str, Any]:
    """Return what an event says stood afterwards."""
    return event.after if isinstance(event.after, dict) else {}


def _messages_of(user: User) -> tuple[QuerySet[Event], QuerySet[Event]]:
    """Return what others did within a year that is told to the schools of a person, and what to all below an authority."""
    schools = {post.school_id for post in posts_of(user) if post.school_id}
    sorts = (_of_places("school_id", schools, TOLD_TO_SCHOOL), _of_places("authority_id", _line(user), TOLD_BELOW))
    by_others = Q(actor_id__isnull=True) | ~Q(actor_id=user.pk)
    first, second = (events.filter(by_others, at__gt=timezone.now() - _YEAR) for events in sorts)
    return first, second


def _of_places(column: str, places: set[int], tags: tuple[EventTag, ...]) -> QuerySet[Event]:
    """Return events of some places, the newest first; of an authority those of no school, which its index holds alone."""
    found = Event.objects.filter(**{f"{column}__in": sorted(places)}, tag__in=[str(tag) for tag in tags])
    return found.order_by("-id")


def _line(user: User) -> set[int]:
    """Return the authorities where a person works and all above them, or above their school."""
    places: list[Authority] = []
    for post in posts_of(user):
        place = post.authority or (post.school.authority if post.school else None)
        if place is not None:
            places.append(place)
    return {pk for place in places for pk in ids_of_line(place)}
