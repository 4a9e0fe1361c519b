"""Read the ledger. Who may read which events is decided above, in `institutions.queries.events_visible_to`."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from functools import cache

from django.db.models import Model, Q, QuerySet

from xueji.core.errors import ServiceError
from xueji.ledger.models import Event
from xueji.ledger.notes import encoded
from xueji.ledger.offices import model_label
from xueji.ledger.placing import waiting_events
from xueji.ledger.sequencing import head, require_agreement
from xueji.ledger.tags import EventTag
from xueji.statements import Slot, Statement


def timeline_of(*subjects: Model) -> list[Event]:
    """Return all events of the subjects and of what belongs to them, oldest first."""
    if not subjects:
        return []
    keys = [(model_label(subject), str(subject.pk)) for subject in subjects]
    named = {f"label{place}": label for place, (label, _) in enumerate(keys)}
    return _timeline(len(keys)).rows(**named, **{f"key{place}": key for place, (_, key) in enumerate(keys)})


@cache
def _timeline(subjects: int) -> Statement[Event]:
    """Return the statement that finds the events of so many subjects."""
    where = Q()
    for place in range(subjects):
        label, key = Slot(f"label{place}"), Slot(f"key{place}")
        where |= Q(subject_type=label, subject_id=key) | Q(parent_type=label, parent_id=key)
    return Statement(lambda: Event.objects.filter(where).order_by("id"))


def printed_head() -> str:
    """Return the newest head of the log as a line for paper; nothing before its first entry, or while it is stopped.

    What is printed does not wait for the log: why it stands still, `xueji doctor` says.
    """
    try:
        newest = head()
    except (ServiceError, OSError):
        return ""
    return f"履历日志 {newest.tiles.size} 条，根 {encoded(newest.tiles.root())}" if newest else ""


def search_events(
    events: QuerySet[Event] | None = None,
    *,
    tags: Iterable[EventTag | str] = (),
    actor: str = "",
    subject: str = "",
    since: datetime | None = None,
    until: datetime | None = None,
) -> QuerySet[Event]:
    """Return events narrowed by tag, part of the actor's or subject's label and time [since, until), newest first."""
    found = Event.objects.all() if events is None else events
    if chosen := [str(tag) for tag in tags]:
        found = found.filter(tag__in=chosen)
    if actor:
        found = found.filter(actor_label__icontains=actor)
    if subject:
        found = found.filter(subject_label__icontains=subject)
    if since:
        found = found.filter(at__gte=since)
    if until:
        found = found.filter(at__lt=until)
    return found.order_by("-id")


def last_event(thing: Model, tag: EventTag) -> Event | None:
    """Return when something was last done to a thing, and with what; None where it never was."""
    rows = Event.objects.filter(subject_type=model_label(thing), subject_id=str(thing.pk), tag=str(tag))
    return rows.order_by("-id").first()


def has_acted_on(thing: Model, actor: Model, tags: Iterable[EventTag]) -> bool:
    """Whether somebody did one of these to a thing, or to what belongs to it."""
    kind, key = model_label(thing), str(thing.pk)
    about = Q(subject_type=kind, subject_id=key) | Q(parent_type=kind, parent_id=key)
    return Event.objects.filter(about, actor_id=actor.pk, tag__in=[str(tag) for tag in tags]).exists()


def log_progress() -> tuple[int, int, datetime | None]:
    """Return how many entries the log has, how many events wait for their place, and since when the oldest of these.

    LogStopped (or what the disk or the database refuses) when the log cannot go on: it tells why.
    """
    now, (waiting, since) = head(), waiting_events()
    require_agreement(now)
    return (now.tiles.size if now else 0), waiting, since
