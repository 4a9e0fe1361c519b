"""Read restrictions on behalf of a person, and what they stop, for the register."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from typing import cast

from django.db.models import Exists, OuterRef, Q, QuerySet

from xueji.accounts.models import User
from xueji.accounts.permissions import Permission
from xueji.core.findings import Citation
from xueji.core.intakes import Intake
from xueji.institutions.models import School
from xueji.institutions.queries import authorities_granting, pick, schools_visible_to
from xueji.institutions.queries.sites import sites_of
from xueji.institutions.queries.staff import are_one_person
from xueji.registry.bar_kinds import ACTS, Bar
from xueji.registry.models import Registration
from xueji.supervision.models import Rating, Restriction, RestrictionBypass
from xueji.supervision.rating_queries import law_of_rating, office_rating, ratings_visible_to

Granted = RestrictionBypass.State.GRANTED


def restrictions_visible_to(user: User) -> QuerySet[Restriction]:
    """Return the restrictions of the schools whose ratings somebody may know of."""
    found = Restriction.objects.filter(rating__in=ratings_visible_to(user).order_by().values("pk"))
    return found.select_related("school__authority", "rating__school__authority", "programme", "authority", "by")


def restriction_for(user: User, restriction_id: object) -> Restriction:
    """Return a restriction somebody may know of, else NotFound."""
    return pick(restrictions_visible_to(user), restriction_id)


def restrictions_of(rating: Rating) -> list[Restriction]:
    """Return the restrictions that rest on a rating the caller was let see."""
    return list(Restriction.objects.filter(rating=rating).select_related("programme", "by", "school").order_by("pk"))


def bypasses_of(restriction: Restriction) -> list[RestrictionBypass]:
    """Return the bypasses of a restriction the caller was let see."""
    return list(restriction.bypasses.select_related("proposed_by", "decided_by").order_by("pk"))


def may_restrict(user: User, rating: Rating, on: date) -> bool:
    """Whether somebody may place a restriction on the school of a published D on a day: until the year after is over."""
    if rating.state != Rating.State.PUBLISHED or rating.rating != "D" or rating.school_id is None:
        return False
    if "restricted_years_after" not in law_of_rating(rating).keys("value"):
        return False
    first, last = restricted_days(rating, on)
    if first > last:
        return False
    schools = schools_visible_to(user, permission=Permission.IMPOSE_SANCTIONS)
    return schools.filter(pk=rating.school_id).exists()


def may_lift(user: User, restriction: Restriction) -> bool:
    """Whether somebody may end a restriction before its day: at the authority that placed it, or above, and not who placed it."""
    if are_one_person(restriction.by, user):
        return False
    places = authorities_granting(user, Permission.IMPOSE_SANCTIONS)
    return any(restriction.authority.path.startswith(place.path) for place in places)


def restricted_days(rating: Rating, on: date) -> tuple[date, date]:
    """Return the first and last day a restriction that rests on a rating may have, by its law, when placed on a day."""
    last = cast("int", law_of_rating(rating).value("restricted_years_after"))
    return max(date(rating.year + 1, 1, 1), on), date(rating.year + last, 12, 31)


def may_let_by(user: User, restriction: Restriction) -> bool:
    """Whether somebody acts for the authority above that may let a restriction by: the one that rates."""
    return office_rating(user, restriction.rating) is not None


def restrictions_in_force(school: School, on: date) -> QuerySet[Restriction]:
    """Return what restricts a school on a day and is not let by."""
    let_by = RestrictionBypass.objects.filter(
        restriction=OuterRef("pk"), state=Granted, ended_at=None, until_on__gte=on, decided_at__date__lte=on
    )
    in_force = Restriction.objects.filter(school=school, ended_at=None, from_on__lte=on, until_on__gte=on)
    return in_force.exclude(Exists(let_by)).select_related("programme", "authority", "school").order_by("pk")


def is_let_by(restriction: Restriction, on: date) -> bool:
    """Whether a restriction the caller was let see is let by on a day."""
    return restriction.bypasses.filter(
        state=Granted, ended_at=None, until_on__gte=on, decided_at__date__lte=on
    ).exists()


def bars_for(school: School, intake: Intake, on: date) -> Iterator[Bar]:
    """Yield what the restrictions of a school stop of an intake; one statement, and one more for each cap."""
    for row in restrictions_in_force(school, on):
        yield Bar(
            frozenset(row.acts), words_of(row), remedy_of(row), cites_of(row), is_whole=row.is_whole,
            programme_id=row.programme_id, campus=row.campus, other_sites=_others(row, on) if row.campus else frozenset(), intake=intake if row.most is not None else None,
            places=None if row.most is None else max(row.most - _registered(row, intake), 0),
        )  # fmt: skip


def _others(row: Restriction, on: date) -> frozenset[str]:
    """Return the names of the school's sites on record on a day, but for the campus that is restricted."""
    sites = sites_of(row.school).filter(Q(until_on=None) | Q(until_on__gt=on))
    return frozenset(sites.exclude(name=row.campus).values_list("name", flat=True))


def _registered(row: Restriction, intake: Intake) -> int:
    """Return how many of an intake stand registered in what a cap is about: new students, none who came over."""
    found = Registration.objects.filter(
        enrolment__school=row.school_id, intake_year=intake.year, intake_term=intake.term, enrolment__came_by__isnull=True,
        enrolment__arrived_by__isnull=True,
    )  # fmt: skip
    if row.programme_id is not None:
        found = found.filter(enrolment__programme=row.programme_id)
    if row.campus:
        found = found.filter(campus=row.campus)
    return found.count()


def cites_of(row: Restriction) -> tuple[Citation, ...]:
    """Return the clauses a restriction rests on."""
    return tuple(Citation.read(cite) for cite in row.cites)


def scope_of(row: Restriction) -> str:
    """Return what a restriction is about, in words."""
    if row.is_whole:
        return "全校"
    parts: Sequence[str] = [row.programme.name if row.programme else "", row.campus]
    return "、".join(part for part in parts if part)


def acts_words(row: Restriction) -> str:
    """Return the acts a restriction stops, in words."""
    return "、".join(ACTS[act] for act in row.acts if act in ACTS)


def words_of(row: Restriction) -> str:
    """Return what is said to who meets a restriction."""
    most = "停止" if row.most is None else f"每届至多 {row.most} 人"
    return f"学校评为D级，{scope_of(row)}{acts_words(row)}{most}，{row.from_on:%Y-%m-%d} 至 {row.until_on:%Y-%m-%d}"


def remedy_of(row: Restriction) -> str:
    """Return what can be done about it."""
    return f"评为C级及以上即终止；确有必要的，请向{row.authority.name}和上级管理部门说明，由上级放行"
