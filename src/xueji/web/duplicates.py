"""Two records side by side: what differs, character by character, and both stretches of time on one bar."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from xueji.accounts.permissions import Sight
from xueji.core.duplicates import BarSpan, differing, spans_on_bar
from xueji.core.identifiers import tail_of
from xueji.registry.models import Duplicate, Enrolment, Person
from xueji.registry.queries.duplicates import lasts
from xueji.registry.queries.histories import changes_of

_HEIGHT = 50  # user units of the bar: what is shared shows above, between and below both
Marked = list[tuple[str, bool]]  # characters, each with whether the other record has something else there


@dataclass(frozen=True, slots=True)
class Row:
    """A particular as both records have it."""

    label: str
    first: SafeString
    second: SafeString
    is_same: bool


def rows_of(duplicate: Duplicate, sight: Sight, persons: Mapping[UUID, Person]) -> list[Row]:
    """Return the particulars of both records; numbers show no more than the reader's post sees, but where they differ.

    `persons` says whose a record was before it was put under another person.
    """
    first, second = duplicate.first, duplicate.second
    person, other = persons.get(first.pk, first.person), persons.get(second.pk, second.person)
    rows = [_row(label, getattr(person, name), getattr(other, name)) for label, name in _OF_PERSON]
    rows.append(_marked("证件号", *_numbers(person, other, sight)))
    born = (person.birth_date.isoformat(), other.birth_date.isoformat())
    if sight == Sight.BIRTH_DATE:
        rows.append(_row("出生日期", *born))
    else:
        rows.append(_marked("出生日期", *_hidden(*born)))
    rows += [_of_records(label, of(first), of(second)) for label, of in _OF_RECORD]
    return rows


_OF_PERSON = (("姓名", "name"), ("性别", "sex"), ("证件类型", "id_document_type"), ("民族", "ethnicity"))
_OF_RECORD = (
    ("学校", lambda record: record.school.name),
    ("专业", lambda record: record.programme.name),
    ("入学年月", lambda record: record.entry_month),
    ("班级", lambda record: _kept(record, "class_name")),
    ("学籍状态", lambda record: record.get_status_display()),
    ("备案", lambda record: _kept(record, "get_filing_display")),
)


def _kept(record: Enrolment, name: str) -> str:
    value = getattr(getattr(record, "registration", None), name, "")
    return str(value() if callable(value) else value) or "—"


def _row(label: str, first: str, second: str) -> Row:
    return _marked(label, differing(first or "—", second or "—"), differing(second or "—", first or "—"))


def _marked(label: str, first: Marked, second: Marked) -> Row:
    return Row(label, _shown(first), _shown(second), is_same=not any(differs for _, differs in (*first, *second)))


def _of_records(label: str, first: str, second: str) -> Row:
    """Return what each record has by itself: nobody compares schools letter by letter."""
    return Row(label, _shown([(first, False)]), _shown([(second, False)]), is_same=first == second)


def _shown(marked: Marked) -> SafeString:
    parts = ((format_html('<mark class="differs">{}</mark>', text) if differs else text,) for text, differs in marked)
    return format_html("<span>{}</span>", format_html_join("", "{}", parts))


def _numbers(person: Person, other: Person, sight: Sight) -> tuple[Marked, Marked]:
    shown = 0 if sight != Sight.TAIL else min(len(tail_of(person.resident_id)), len(tail_of(other.resident_id)))
    first, second = (
        _dotted(person.resident_id, other.resident_id, shown),
        _dotted(other.resident_id, person.resident_id, shown),
    )
    return first or [("—", bool(second))], second or [("—", bool(first))]


def _dotted(number: str, other: str, shown: int) -> Marked:
    marked = differing(number, other)
    closed = len(marked) - shown
    return [(character if place >= closed else "•", differs) for place, (character, differs) in enumerate(marked)]


def _hidden(first: str, second: str) -> tuple[Marked, Marked]:
    word = [("（相同）" if first == second else "（不同）", first != second)]
    return word, word


@dataclass(frozen=True, slots=True)
class Stretch:
    """How long a record lasted, for the bar and for who reads its text."""

    record: Enrolment
    begin: date
    end: date
    lasts: bool


def stretches_of(duplicate: Duplicate) -> list[Stretch]:
    """Return how long both records last: from the day of 入学手续 to the change that ended one, or to today."""
    return [_stretch(record) for record in duplicate.records]


def _stretch(record: Enrolment) -> Stretch:
    registration = getattr(record, "registration", None)
    begin = registration.entered_on if registration else date.fromisoformat(f"{record.entry_month}-01")
    if lasts(record):
        return Stretch(record, begin, max(timezone.localdate(), begin), lasts=True)
    last = [change.effective_on for change in changes_of(record)][-1:] or [begin]
    return Stretch(record, begin, max(last[0], begin), lasts=False)


def time_bar(stretches: Sequence[Stretch]) -> SafeString:
    """Return both stretches on one bar, one over the other, with what they share behind them in red."""
    spans, overlap = spans_on_bar([(stretch.begin, stretch.end) for stretch in stretches], parts=1000)
    shared = [("c3", overlap, 0, _HEIGHT)] if overlap else []
    parts = [*shared, *((f"c{place}", span, 7 + 21 * place, 15) for place, span in enumerate(spans))]
    drawn = format_html_join("", '<rect class="{}" x="{}" y="{}" width="{}" height="{}"></rect>', map(_rect, parts))
    words = "；".join(f"{s.record.school.name} {s.begin:%Y-%m-%d} 至 {s.end:%Y-%m-%d}" for s in stretches)
    return format_html(
        '<svg class="chart spans" viewBox="0 0 1000 {}" preserveAspectRatio="none" role="img" aria-label="{}">{}</svg>',
        _HEIGHT, words, drawn,
    )  # fmt: skip


def _rect(part: tuple[str, BarSpan, int, int]) -> tuple[str, int, int, int, int]:
    tone, span, top, height = part
    return tone, span.start, top, span.length, height


def overlap_of(stretches: Sequence[Stretch]) -> tuple[date, date] | None:
    """Return from when to when both last, or None."""
    begin, end = max(s.begin for s in stretches), min(s.end for s in stretches)
    return (begin, end) if begin < end else None
