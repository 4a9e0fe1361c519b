"""What the public sees of the blacklist: so much of a name as the pack says, why, by which clause, by whom, until when."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.utils import timezone

from xueji.applications.blacklist_queries import FORGED, is_entry_as_written, law_of_entry, published_entries
from xueji.applications.models import BlacklistEntry
from xueji.core.findings import Citation
from xueji.core.service_specs import RefusalSpec

__all__ = ["PublishedEntry", "published_entries", "shown_entries", "shown_entry"]


@dataclass(frozen=True, slots=True)
class PublishedEntry:
    """One line of the public list; nothing in it finds the person elsewhere."""

    name: str
    ground: str
    cites: tuple[Citation, ...]
    office: str
    listed_on: date
    expires_on: date


def shown_entries(entries: Iterable[BlacklistEntry]) -> list[PublishedEntry]:
    """Return entries as the public sees them; one that is not as the product wrote it is not published."""
    return [shown_entry(entry) for entry in entries if is_entry_as_written(entry)]


def shown_entry(entry: BlacklistEntry) -> PublishedEntry:
    """Return an entry as the public sees it."""
    view = law_of_entry(entry)
    name = entry.application.applicant.name
    if view.value("blacklist_name") == "surname":
        name = name[:1] + "*" * (len(name) - 1)
    assert entry.decided_at is not None
    assert entry.expires_on is not None
    ground = view.entry("refusal", FORGED, RefusalSpec)
    cites = tuple(Citation.read(text) for text in entry.cites)
    return PublishedEntry(
        name, ground.label, cites, entry.authority.name, timezone.localdate(entry.decided_at), entry.expires_on
    )
