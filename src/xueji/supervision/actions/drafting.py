"""Drafts of a year's ratings are computed for everything an authority rates, and anew where the findings moved (S2 第二十二条)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta
from typing import cast

from django.db import connection, transaction
from django.db.models import Q
from django.utils import timezone

from xueji.accounts.models import User
from xueji.core.decisions.supervision import decide_rating
from xueji.core.errors import BadInput, NotPermitted
from xueji.core.packs import PackView
from xueji.institutions.models import Authority, School
from xueji.ledger.actions import event_of, record_events
from xueji.ledger.models import Event
from xueji.ledger.tags import EventTag
from xueji.sealing.rows import is_as_written, store_signed
from xueji.supervision.models import Rating
from xueji.supervision.rating_figures import YearFigures, figures_of_schools
from xueji.supervision.rating_queries import rating_offices

State = Rating.State
_LOCK = 0x584A_5254  # «XJRT»: two drafts of a year wait for each other
_COMPUTED = ("pack", "hits", "figures", "draft", "turn", "drafted_at", "objections_until")


@transaction.atomic
def draft_ratings(*, year: int, by: User, at: datetime) -> int:
    """Compute the drafts of a year for every school and office that the person's authority rates; return how many began or moved.

    The same again changes nothing. A draft whose findings moved shows them as they are; where it got worse, it may be objected to
    anew and the days begin again, else its days and an objection stay. What somebody proposed, decided or published stays.
    """
    on = timezone.localdate(at)
    offices = rating_offices(by, on)
    if not offices:
        raise NotPermitted("由组织评级的管理部门计算")
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
    events: list[Event] = []
    for office, view in offices:
        if year > on.year or "rating_standard" not in view.pack.on(date(max(year, 1), 12, 31)).keys("value"):
            raise BadInput(f"不能评 {year} 年度：填规程施行以来的年度，至 {on.year} 为止")
        events += _drafted_below(office, view, year, by, at)
    record_events(events)
    return len(events)


def compute_draft(rating: Rating, figures: YearFigures, view: PackView, at: datetime) -> None:
    """Set what follows from the figures, and until when it may be objected to; an office gets no letter by itself."""
    _refresh(rating, figures, view)
    rating.pack, rating.drafted_at = view.pack.id, at
    days = cast("int", view.value("rating_objection_days"))
    rating.objections_until = timezone.localdate(at) + timedelta(days=days)


def is_worse(rating: Rating, figures: YearFigures, view: PackView) -> bool:
    """Whether a place has to be heard anew: it hit what its draft does not show, or falls below the letter of its draft.

    Findings that come and go without that begin no other days: a school could put its rating off by them for good.
    """
    hits, draft = _following(rating, figures, view)
    return bool(set(hits) - set(rating.hits)) or draft > rating.draft


def _refresh(rating: Rating, figures: YearFigures, view: PackView) -> None:
    """Let a draft show the findings as they are."""
    rating.figures = figures.by_figure
    rating.hits, rating.draft = _following(rating, figures, view)


def _following(rating: Rating, figures: YearFigures, view: PackView) -> tuple[list[str], str]:
    """Return the hits and the draft letter that follow; an office has neither by itself."""
    if rating.school_id is None:
        return [], ""
    facts = figures.facts
    return list(facts.hits), decide_rating(facts, view).rating or ""


def drafted_event(rating: Rating, place: School | Authority, view: PackView, by: User, at: datetime) -> Event:
    """Return the event of a draft as it is: where its days begin, the school is told until when it may object."""
    is_school, is_anew = isinstance(place, School), rating.drafted_at == at
    until = f"到 {rating.objections_until:%Y-%m-%d} 为止可以提出一次异议"
    counts = {figure: sum(map(len, by_item.values())) for figure, by_item in rating.figures.items()}
    return event_of(
        tag=EventTag.RATING_DRAFTED if is_anew else EventTag.RATING_REFRESHED, subject=rating, parent=place, by=by, at=at, view=view,
        school_id=place.pk if is_school else None, authority_id=None if is_school else place.pk,
        after={"year": rating.year, "draft": rating.draft, "hits": rating.hits, "turn": rating.turn, **counts},
        note=until if is_anew else "",
    )  # fmt: skip


def _drafted_below(office: Authority, view: PackView, year: int, by: User, at: datetime) -> list[Event]:
    """Begin or recompute the drafts of everything one authority rates; return their events."""
    below = Q(school__authority__path__startswith=office.path) | Q(authority__path__startswith=office.path)
    last = {
        (row.school_id, row.authority_id): row
        for row in Rating.objects.filter(below, year=year).order_by("edition").select_for_update(of=("self",))
    }
    new, moved, events = [], [], []
    for place, figures in _rated_below(office, view, year, timezone.localdate(at)):
        key = (place.pk, None) if isinstance(place, School) else (None, place.pk)
        row = last.get(key)
        if row is None:
            row = Rating(school_id=key[0], authority_id=key[1], year=year)
            new.append(row)
        elif row.state == State.DRAFT and row.figures != figures.by_figure and is_as_written(row):
            moved.append(row)
            if not is_worse(row, figures, view):
                _refresh(row, figures, view)
                events.append(drafted_event(row, place, view, by, at))
                continue
            row.turn += 1
        else:
            continue
        compute_draft(row, figures, view, at)
        events.append(drafted_event(row, place, view, by, at))
    Rating.objects.bulk_create(new)
    store_signed(moved, *_COMPUTED)
    return events


def _rated_below(
    office: Authority, view: PackView, year: int, on: date
) -> Iterator[tuple[School | Authority, YearFigures]]:
    """Yield what is rated, with its figures: the schools that are open, then the offices below with those of their schools."""
    below = School.objects.filter(authority__path__startswith=office.path)
    schools = list(below.select_related("authority").order_by("pk"))
    figures = figures_of_schools([school.pk for school in schools], year, view, on)
    places = cast("list[str]", view.value("rating_places"))
    for school in schools if "school" in places else ():
        if school.closed_on is None or school.closed_on > on:
            yield school, figures[school.pk]
    offices = Authority.objects.filter(path__startswith=office.path, level__in=places).exclude(pk=office.pk)
    for authority in offices.order_by("pk"):
        yield authority, _together(authority, schools, figures)


def _together(authority: Authority, schools: list[School], figures: Mapping[int, YearFigures]) -> YearFigures:
    """Return the figures of all schools below an office."""
    total = YearFigures()
    for school in schools:
        if school.authority.path.startswith(authority.path):
            total.take(figures[school.pk])
    return total
