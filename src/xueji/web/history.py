"""Ledger events as pages show them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from xueji.ledger.models import Event
from xueji.ledger.tags import EventTag
from xueji.web.clauses import shown_clauses

_TONES = (
    ("bad", ("returned", "refused", "voided", "failed", "marked", "imposed", "locked")),
    ("warn", ("deferred", "withdrawn", "discarded", "cancelled", "revealed")),
    ("ok", ("approved", "issued", "sealed", "confirmed", "fulfilled", "released", "applied", "lodged", "lifted")),
)


def shown_events(events: Iterable[Event]) -> list[dict[str, Any]]:
    """Return label, tone, actor, words and clauses of events, in the order given."""
    return [
        {
            "label": _label(event.tag),
            "tone": _tone(event.tag),
            "at": event.at,
            "actor": event.actor_label,
            "subject": event.subject_label,
            "note": event.note,
            "rules": shown_clauses(event.rules),
            "pack": event.pack,
            "pack_hash": event.pack_hash,
        }
        for event in events
    ]


def _label(tag: str) -> str:
    """The Chinese word of a tag; one no longer in use shows as it was stored."""
    return EventTag(tag).label if tag in set(EventTag) else tag


def _tone(tag: str) -> str:
    return next((tone for tone, verbs in _TONES if any(verb in tag for verb in verbs)), "info")
