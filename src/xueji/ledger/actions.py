"""Write events: in the act's own transaction, so that there is no act without its event and no event without its act."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection, transaction
from django.db.models import Model

from xueji.core.findings import Citation
from xueji.core.identifiers import NUMBER_WORDS
from xueji.core.packs import PackView
from xueji.ledger.copying import copy_rows
from xueji.ledger.models import Event, WrittenRows
from xueji.ledger.offices import actor_label, authority_of, model_label
from xueji.ledger.tags import EventTag
from xueji.sealing.vouching import PENDING

# A resident identity number standing by itself: division, a date of birth, serial, check character (GB 11643).
_RESIDENT_ID = re.compile(
    r"(?<![0-9A-Za-z])[1-9]\d{5}(?:18|19|20)\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{3}[\dXx](?![0-9A-Za-z])"
)
# What stands in a note, as `xueji audit` recomputes it: who it is, which table, which rows, and what is said of each.
_NOTE = """SELECT id::text, encode(sha256(convert_to(ROW(id, source, keys, length(before))::text, 'UTF8') || digests || before), 'hex')
    FROM {table} WHERE id = ANY ({which}) ORDER BY id"""
_NOTED = _NOTE.format(
    table=WrittenRows._meta.db_table,  # noqa: SLF001  # Django's documented interface
    which=f"string_to_array(nullif(current_setting('{PENDING}', true), ''), ',')::bigint[]",
)


class Cited(Protocol):
    """Anything that names a rule and the clauses it stands on: a Finding, a RuleSwitch, a Basis."""

    @property
    def rule(self) -> str:
        """Name of the rule."""

    @property
    def cites(self) -> tuple[Citation, ...]:
        """Clauses it stands on."""


@dataclass(frozen=True, slots=True)
class Basis:
    """What an act stands on when no rule function is behind it: a step of a workflow, a term, a form."""

    rule: str
    cites: tuple[Citation, ...] = ()


def record_event(
    *,
    tag: EventTag,
    subject: Model,
    by: Model | None,
    at: datetime,
    school_id: int | None = None,
    authority_id: int | None = None,
    parent: Model | None = None,
    view: PackView | None = None,
    rules: Iterable[Cited] = (),
    before: Any = None,
    after: Any = None,
    note: str = "",
) -> Event:
    """Write one event. `by` None means the system itself (a job, the set-up); must run inside a transaction."""
    event = event_of(
        tag=tag, subject=subject, by=by, at=at, school_id=school_id, authority_id=authority_id, parent=parent, view=view,
        rules=rules, before=before, after=after, note=note,
    )  # fmt: skip
    _assert_atomic()
    event.wrote = _written_rows()
    event.save(force_insert=True)
    return event


def record_rewritten(*, tag: EventTag, at: datetime, note: str) -> Event | None:
    """Vouch for rows this transaction wrote that are nobody's act; return the event, None when none of them matters."""
    if not (wrote := _written_rows()):
        return None
    event = Event(
        tag=EventTag(tag).value, at=at, actor_label="系统", subject_type=WrittenRows._meta.label,  # noqa: SLF001  # as above
        subject_id=min(wrote, key=int), subject_label="在册各行", note=note, wrote=wrote,
    )  # fmt: skip
    event.save(force_insert=True)
    return event


@transaction.atomic
def record_look(
    *,
    tag: EventTag,
    subject: Model,
    by: Model,
    at: datetime,
    school_id: int | None,
    parent: Model | None = None,
    after: Any = None,
) -> Event:
    """Record that somebody looked at something or took it away: an act that changes nothing else."""
    return record_event(tag=tag, subject=subject, by=by, at=at, school_id=school_id, parent=parent, after=after)


def record_events(events: Sequence[Event]) -> None:
    """Write many events, made with `event_of`, in one go; must run inside a transaction. The last vouches for the rows.

    None at all vouches for nothing: rows that wait go on waiting for a later event, and without one they are not committed.
    """
    _assert_atomic()
    if events:
        events[-1].wrote = _written_rows()
        copy_rows(events)


def event_of(
    *,
    tag: EventTag,
    subject: Model,
    by: Model | None,
    at: datetime,
    school_id: int | None = None,
    authority_id: int | None = None,
    parent: Model | None = None,
    view: PackView | None = None,
    rules: Iterable[Cited] = (),
    before: Any = None,
    after: Any = None,
    note: str = "",
) -> Event:
    """Return an event not yet written. Identity numbers in labels, values and notes are masked on the way in.

    An event of no school belongs to an authority: the one given, that of the subject, else that of who acts.
    """
    school = school_id if school_id is not None else _school_of(subject, parent)
    if authority_id is None and school is None:
        authority_id = authority_of(subject, parent, by)
    return Event(
        tag=EventTag(tag).value,
        at=at,
        actor_id=by.pk if by else None,
        actor_label=actor_label(by, school)[:120] if by else "系统",
        subject_type=model_label(subject),
        subject_id=str(subject.pk),
        subject_label=mask_identity_numbers(str(subject))[:200],
        parent_type=model_label(parent) if parent else "",
        parent_id=str(parent.pk) if parent else "",
        school_id=school,
        authority_id=authority_id,
        pack=view.pack.id if view else "",
        pack_hash=view.pack.hash if view else "",
        rules=_stored_rules(rules),
        before=_stored(before),
        after=_stored(after),
        note=mask_identity_numbers(note),
    )


def mask_identity_numbers(text: str) -> str:
    """Return the text with a word in the place of every identity number: people type them into reasons and file names."""
    return _RESIDENT_ID.sub(NUMBER_WORDS, text)


def _school_of(subject: Model, parent: Model | None) -> int | None:
    """Return the school of the subject: the school itself, its `school`, or that of its parent."""
    for thing in (subject, parent):
        if thing is None:
            continue
        if model_label(thing) == "institutions.School":
            return int(thing.pk)
        if (school_id := getattr(thing, "school_id", None)) is not None:
            return int(school_id)
    return None


def _stored_rules(rules: Iterable[Cited]) -> list[dict[str, str]]:
    """Return one row per rule and clause, in order, each once."""
    rows: dict[tuple[str, str, str], None] = {}
    for rule in rules:
        for cite in rule.cites or (Citation("", ""),):
            rows[rule.rule, cite.source, cite.clause] = None
    return [{"rule": rule, "source": source, "clause": clause} for rule, source, clause in rows]


def _stored(value: Any) -> Any:
    """Return the value as JSON holds it: dates and decimals as text, identity numbers masked."""
    if value is None:
        return None
    return json.loads(mask_identity_numbers(json.dumps(value, cls=DjangoJSONEncoder, ensure_ascii=False)))


def _written_rows() -> dict[str, str]:
    """Return the notes of rows this transaction wrote that no event vouches for yet, each with its SHA-256."""
    with connection.cursor() as cursor:
        cursor.execute(_NOTED)
        return dict(cursor.fetchall())


def _assert_atomic() -> None:
    assert transaction.get_connection().in_atomic_block, "an event is written in the transaction of its act"
