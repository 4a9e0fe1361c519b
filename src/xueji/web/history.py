"""Ledger events as pages show them."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice
from typing import Any

from xueji.graduation.models import Batch
from xueji.graduation.queries import latest_events_of
from xueji.ledger.models import Event
from xueji.ledger.tags import EventTag
from xueji.web.clauses import pack_title, shown_clauses

_TONES = (
    ("bad", ("returned", "refused", "voided", "failed", "marked", "imposed", "locked")),
    ("warn", ("deferred", "withdrawn", "discarded", "cancelled", "revealed")),
    ("ok", ("approved", "issued", "sealed", "confirmed", "fulfilled", "released", "applied", "lodged", "lifted")),
)

_LABELS: dict[str, str] = {str(tag): str(label) for tag, label in EventTag.choices}

_UPLOADS = "upload:"
Shown = dict[str, Any]
_SHOWN = 60  # acts on one timeline; older ones are found in the ledger


def shown_events(events: Iterable[Event | Shown]) -> list[Shown]:
    """Return label, tone, actor, words and clauses of events, in the order given; those already shown stay as they are."""
    return [event if isinstance(event, dict) else _shown(event) for event in islice(events, _SHOWN)]


def history_of_batch(batch: Batch) -> list[Shown]:
    """Return what happened to a batch, newest first; an act on many graduates counts them."""
    events, counted = latest_events_of(batch, _SHOWN)
    lines = [(event.pk, _shown(event)) for event in events]
    lines += [(row["last_id"], _counted(row)) for row in counted]
    return [line for _, line in sorted(lines, key=lambda pair: pair[0], reverse=True)][:_SHOWN]


def _shown(event: Event) -> Shown:
    return {
        "label": label_of(event),
        "tone": _tone(event.tag),
        "at": event.at,
        "actor": event.actor_label,
        "subject": event.subject_label,
        "note": event.note,
        "rules": shown_clauses(event.rules),
        "pack": pack_title(event.pack),
        "pack_hash": event.pack_hash,
    }


def _counted(row: dict[str, Any]) -> Shown:
    subject = row["first"] if row["count"] == 1 else f"{row['first']} 等 {row['count']} 人"
    shown = {key: row[key] for key in ("at", "note", "pack_hash")}
    shown |= {
        "pack": pack_title(row["pack"]),
        "label": _label(row["tag"]),
        "tone": _tone(row["tag"]),
        "actor": row["actor_label"],
    }
    return shown | {"subject": subject, "rules": []}


def label_of(event: Event) -> str:
    """The words of an event; of an upload what was uploaded stands in the place of «数据»."""
    label = _label(event.tag)
    if event.tag.startswith(_UPLOADS) and isinstance(event.after, dict) and (kind := event.after.get("kind")):
        return label.replace("数据", str(kind))
    return label


def _label(tag: str) -> str:
    """The Chinese word of a tag; one no longer in use shows as it was stored."""
    return _LABELS.get(tag, tag)


def _tone(tag: str) -> str:
    return next((tone for tone, verbs in _TONES if any(verb in tag for verb in verbs)), "info")
