"""Read ratings on behalf of a person: their own school or office from the draft on, those below from their authority on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import cast

from django.db.models import Count, Q, QuerySet
from django.utils import timezone

from xueji import policy
from xueji.accounts.models import User
from xueji.accounts.permissions import Permission
from xueji.core.packs import PackView
from xueji.institutions.models import Authority
from xueji.institutions.posts import PERMISSIONS_OF
from xueji.institutions.queries import authorities_granting, pack_over, pick, posts_of, school_scope
from xueji.supervision.models import ListedFinding, Rating, RatingAct
from xueji.supervision.queries import findings_visible_to
from xueji.supervision.rating_figures import figures_below, figures_of_schools

State = Rating.State
FIGURES = {"confirmed": "已查实", "standing": "没有消除", "found": "查出过"}


def ratings_visible_to(user: User) -> QuerySet[Rating]:
    """Return the ratings somebody may know of: of the school where they look at the register, of their office and those below."""
    at_school = [post.school_id for post in posts_of(user) if post.school_id is not None]
    mine = Q(school__in=at_school) & school_scope(user, prefix="school__", permission=Permission.VIEW_REGISTER)
    watched = school_scope(user, prefix="school__", permission=Permission.WATCH_DUTIES)
    offices = Q(pk__in=[])
    for place in authorities_granting(user, Permission.WATCH_DUTIES):
        offices |= Q(authority__path__startswith=place.path)
    return Rating.objects.filter(mine | watched | offices).select_related(
        "school__authority", "authority", "proposed_by", "decided_by", "replaces"
    )


def rating_for(user: User, rating_id: object) -> Rating:
    """Return a rating somebody may know of, else NotFound."""
    return pick(ratings_visible_to(user), rating_id)


def acts_of_rating(rating: Rating) -> list[RatingAct]:
    """Return what was done about a rating the caller was let see, in its order."""
    return list(rating.acts.select_related("by", "file").order_by("pk"))


def editions_of(rating: Rating) -> list[Rating]:
    """Return the other editions of a rating the caller was let see, the newest first."""
    same = Rating.objects.filter(school=rating.school_id, authority=rating.authority_id, year=rating.year)
    return list(same.exclude(pk=rating.pk).order_by("-edition"))


def law_of_rating(rating: Rating) -> PackView:
    """Return the law a rating was drafted under."""
    return policy.get_library().pack(rating.pack).on(timezone.localdate(rating.drafted_at))


def rating_offices(user: User, on: date) -> list[tuple[Authority, PackView]]:
    """Return the authorities that hold the ratings and for which somebody decides, each with its law."""
    found = []
    for place in authorities_granting(user, Permission.DECIDE_CASES):
        view = pack_over(place).on(on)
        if "rating_held_by" in view.keys("value") and view.value("rating_held_by") == place.level:
            found.append((place, view))
    return found


def office_rating(user: User, rating: Rating) -> Authority | None:
    """Return the authority over what is rated for which somebody decides about it; None for everybody else."""
    level = law_of_rating(rating).value("rating_held_by")
    places = authorities_granting(user, Permission.DECIDE_CASES)
    return next((place for place in places if place.level == level and rating.line.startswith(place.path)), None)


def may_object(user: User, rating: Rating, on: date) -> bool:
    """Whether somebody may object to this draft for the school or office it is about: once, within its days."""
    if rating.state != State.DRAFT or on > rating.objections_until or has_objected(rating):
        return False
    return speaks_for(user, rating)


def speaks_for(user: User, rating: Rating) -> bool:
    """Whether somebody speaks for the school or office that is rated: who works there with its register."""
    if rating.school_id is not None:
        return any(
            post.school_id == rating.school_id and Permission.VIEW_REGISTER in PERMISSIONS_OF[post.post]
            for post in posts_of(user)
            if not getattr(post, "is_steward", False)  # who acts in its name does not answer for it
        )
    return any(place.pk == rating.authority_id for place in authorities_granting(user, Permission.WATCH_DUTIES))


def has_objected(rating: Rating) -> bool:
    """Whether an objection to this draft was made."""
    return rating.acts.filter(kind=RatingAct.Kind.OBJECTED, turn=rating.turn).exists()


def proposal_of_rating(rating: Rating) -> RatingAct | None:
    """Return the proposal that waits for another person, or was decided and is not published."""
    if rating.state not in (State.PROPOSED, State.DECIDED):
        return None
    return rating.acts.filter(kind=RatingAct.Kind.PROPOSED).latest("pk")


def decided_below(user: User, year: int, on: date) -> QuerySet[Rating]:
    """Return what is decided of a year and not published, under the authorities for which somebody rates."""
    below = Q(pk__in=[])
    for office, _ in rating_offices(user, on):
        below |= Q(school__authority__path__startswith=office.path) | Q(authority__path__startswith=office.path)
    found = Rating.objects.filter(below, year=year, state=State.DECIDED)
    return found.select_related("school__authority", "authority").order_by("pk")


def mark_of(rating: Rating) -> str:
    """Return what a page carries of a rating that it shows as decided: decided anew, it is another."""
    return f"{rating.pk}:{rating.rating}:{timezone.localtime(rating.decided_at):%Y%m%d%H%M%S%f}"


def late_hits(ratings: Sequence[Rating], on: date) -> dict[object, list[str]]:
    """Return by rating what was found true of a school, would make it D, and is not among the hits of its draft.

    Those of offices and those that are D anyway have none. One statement for each year and law of the drafts.
    """
    by_law: dict[tuple[str, date, int], list[Rating]] = {}
    for row in ratings:
        if row.school_id is not None and row.rating != "D":
            by_law.setdefault((row.pack, timezone.localdate(row.drafted_at), row.year), []).append(row)
    found: dict[object, list[str]] = {}
    for (_, _, year), rows in by_law.items():
        figures = figures_of_schools([cast("int", row.school_id) for row in rows], year, law_of_rating(rows[0]), on)
        for row in rows:
            hits = set(figures[cast("int", row.school_id)].facts.hits) - set(row.hits)
            if hits:
                found[row.pk] = sorted(hits)
    return found


def figures_moved(rating: Rating, on: date) -> list[tuple[str, int, int]]:
    """Return by figure how many a draft the caller was let see shows, and how many there are on a day, of those that moved."""
    now = figures_below(rating.place, rating.year, law_of_rating(rating), on).by_figure
    return [
        (label, len(then), len(today))
        for key, label in FIGURES.items()
        if (then := _keys(rating.figures, key)) != (today := _keys(now, key))
    ]


def _keys(figures: Mapping[str, Mapping[str, Sequence[str]]], figure: str) -> set[str]:
    return {key for keys in figures.get(figure, {}).values() for key in keys}


def findings_behind(user: User, rating: Rating, figure: str, item: str = "") -> QuerySet[ListedFinding]:
    """Return the findings behind a figure of a rating the caller was let see, as far as they may know of each."""
    by_item: Mapping[str, list[str]] = rating.figures.get(figure, {})
    keys = [key for name, found in by_item.items() if item in ("", name) for key in found]
    return findings_visible_to(user).filter(pk__in=keys)


@dataclass(frozen=True, slots=True)
class FigureRow:
    """One item of the negative list in the figures of a rating: how many, figure by figure."""

    item: str
    name: str
    counts: tuple[tuple[str, int], ...]


def figures_of(rating: Rating, names: Mapping[str, str]) -> list[FigureRow]:
    """Return the figures of a rating item by item, those that have any."""
    items = sorted({item for found in rating.figures.values() for item in found})
    return [
        FigureRow(
            item, names.get(item, ""), tuple((key, len(rating.figures.get(key, {}).get(item, ()))) for key in FIGURES)
        )
        for item in items
    ]


def objected_among(ratings: Iterable[Rating]) -> set[object]:
    """Return which of the ratings the caller was let see have an objection to the present draft; one statement."""
    turns = {rating.pk: rating.turn for rating in ratings}
    rows = RatingAct.objects.filter(rating__in=turns, kind=RatingAct.Kind.OBJECTED).values_list("rating", "turn")
    return {pk for pk, turn in rows if turns[pk] == turn}


def years_rated(user: User) -> list[int]:
    """Return the years of which there are ratings somebody may know of, the latest first."""
    return list(ratings_visible_to(user).order_by("-year").values_list("year", flat=True).distinct())


def ratings_found(user: User, year: int, *, letter: str = "", state: str = "", place: str = "") -> QuerySet[Rating]:
    """Return the ratings of a year somebody looks for: schools by name, then offices; replaced ones when asked for."""
    found = ratings_visible_to(user).filter(year=year)
    found = found.filter(state=state) if state else found.exclude(state=State.REPLACED)
    if letter:
        found = found.filter(Q(rating=letter) | Q(rating="", draft=letter))
    if place.strip():
        found = found.filter(Q(school__name__icontains=place.strip()) | Q(authority__name__icontains=place.strip()))
    return found.order_by("school__name", "authority__name", "-edition")


def counts_of_year(user: User, year: int) -> dict[str, int]:
    """Return how many ratings of a year somebody may know of there are by state; one statement."""
    rows = ratings_visible_to(user).filter(year=year).order_by().values_list("state").annotate(Count("pk"))
    return {str(state): int(count) for state, count in rows}
