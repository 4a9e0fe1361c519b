"""The institutions that keep the register (学籍管理机构): what each is called, who works there, and whether two people are there."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from django.db.models import Q

from xueji.accounts.models import User
from xueji.accounts.permissions import Permission
from xueji.core.errors import BadInput
from xueji.core.workflow import ONE_HAND, WorkflowSpec, hands_by_post
from xueji.institutions.models import Appointment, Authority, Post, RegisterOffice, School
from xueji.institutions.posting import telephone_of
from xueji.institutions.queries import authorities_granting, pack_over, posts_of

_APART = (Post.ADMINISTRATOR, Post.AUDITOR)  # who works on no case


@dataclass(frozen=True, slots=True)
class Shortage:
    """A post that has fewer people than the work takes."""

    post: str
    needed: int
    present: int

    @property
    def label(self) -> str:
        """What the post is called."""
        return Post(self.post).label


@dataclass(frozen=True, slots=True)
class Staffing:
    """An authority or a school with its institution, its people by post, and the posts that are short."""

    place: Authority | School
    office: RegisterOffice | None
    appointments: tuple[Appointment, ...]
    needed: Mapping[str, int]

    @property
    def is_school(self) -> bool:
        """Whether the place is a school."""
        return isinstance(self.place, School)

    @property
    def people(self) -> int:
        """How many people there are; accounts with one telephone count once."""
        return len({telephone_of(post.user) or post.user_id for post in self.appointments})

    @property
    def shortages(self) -> tuple[Shortage, ...]:
        """The posts with too few people, in the order of the needs."""
        present = {post: self._at(post) for post in self.needed}
        return tuple(
            Shortage(post, needed, present[post]) for post, needed in self.needed.items() if present[post] < needed
        )

    @property
    def is_short(self) -> bool:
        """Whether an act on the register cannot pass here for want of a second person."""
        return bool(self.shortages) or self.people < min(2, sum(self.needed.values()))

    def _at(self, post: str) -> int:
        holders = (row.user for row in self.appointments if row.post == post)
        return len({telephone_of(user) or user.pk for user in holders})


def register_office_of(place: Authority | School) -> RegisterOffice | None:
    """Return what the institution of a place is called today, None where nobody entered it."""
    return RegisterOffice.objects.filter(_at_place(place)).select_related("named_by").order_by("-id").first()


def register_offices_ever(place: Authority | School) -> list[RegisterOffice]:
    """Return every name of the institution of a place, newest first."""
    return list(RegisterOffice.objects.filter(_at_place(place)).select_related("named_by").order_by("-id"))


def staffing_of(place: Authority | School, on: date) -> Staffing:
    """Return a place the caller was let see with its people on a day."""
    return staffings_of([place], on)[0]


def staffings_of(places: Iterable[Authority | School], on: date) -> list[Staffing]:
    """Return places the caller was let see with their people on a day, in two statements however many."""
    found = list(places)
    schools = [place.pk for place in found if isinstance(place, School)]
    authorities = [place.pk for place in found if isinstance(place, Authority)]
    inside = Q(school__in=schools) | Q(authority__in=authorities)
    people: dict[tuple[int | None, int | None], list[Appointment]] = {}
    rows = Appointment.objects.filter(inside, days__contains=on, user__is_active=True).exclude(post__in=_APART)
    for row in rows.select_related("user").order_by("post", "id"):
        people.setdefault((row.authority_id, row.school_id), []).append(row)
    offices = {(row.authority_id, row.school_id): row for row in RegisterOffice.objects.filter(inside).order_by("id")}
    needs: dict[tuple[int, str], Mapping[str, int]] = {}
    return [
        Staffing(place, offices.get(_key(place)), tuple(people.get(_key(place), ())), _needed(place, on, needs))
        for place in found
    ]


def _needed(place: Authority | School, on: date, kept: dict[tuple[int, str], Mapping[str, int]]) -> Mapping[str, int]:
    """Return how many people each post of a place takes by the pack over it; none where no pack covers it."""
    authority, level = (place.authority, "school") if isinstance(place, School) else (place, place.level)
    if (authority.pk, level) not in kept:
        try:
            view = pack_over(authority).on(on)
        except BadInput:
            return {}
        needed = hands_by_post(view.every("workflow", WorkflowSpec), level)
        files = {Post.SCHOOL_CLERK.value: ONE_HAND} if level == "school" else {}
        kept[authority.pk, level] = files | needed
    return kept[authority.pk, level]


def _key(place: Authority | School) -> tuple[int | None, int | None]:
    return (None, place.pk) if isinstance(place, School) else (place.pk, None)


def _at_place(place: Authority | School) -> Q:
    return Q(school=place) if isinstance(place, School) else Q(authority=place)


def workplaces_of(user: User) -> list[Authority | School]:
    """Return where a person works: the schools and offices of their posts."""
    places = (appointment.school or appointment.authority for appointment in posts_of(user))
    return list(dict.fromkeys(place for place in places if place is not None))


def places_below(user: User, on: date) -> list[Authority | School]:
    """Return the offices and the open schools below the offices where a person works, from the top down."""
    offices = [appointment.authority for appointment in posts_of(user) if appointment.authority is not None]
    below, inside = Q(pk__in=[]), Q(pk__in=[])
    for office in offices:
        below |= Q(path__startswith=office.path)
        inside |= Q(authority__path__startswith=office.path)
    authorities = Authority.objects.filter(below).exclude(pk__in=[office.pk for office in offices])
    schools = School.objects.filter(inside).exclude(closed_on__lte=on).select_related("authority")
    return [*authorities.order_by("path"), *schools.order_by("authority__path", "code")]


def may_name_office(user: User, place: Authority | School) -> bool:
    """Whether the person administers the area of a place."""
    path = place.authority.path if isinstance(place, School) else place.path
    return any(path.startswith(at.path) for at in authorities_granting(user, Permission.MANAGE_INSTITUTIONS))
