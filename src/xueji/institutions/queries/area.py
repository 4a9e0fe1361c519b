"""What the pages of institutions show: the tree of an administrator's area, a school's words, whether anything is set up."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet

from xueji import policy
from xueji.accounts.models import User
from xueji.accounts.permissions import Permission
from xueji.core.errors import BadInput, NotFound
from xueji.core.packs import Pack
from xueji.institutions.models import (
    Amendment,
    Appointment,
    Authority,
    PlannedPrincipal,
    Post,
    Programme,
    School,
)
from xueji.institutions.queries import authorities_visible_to, pack_over, pick, schools_visible_to

_FICTIONAL = "fictional/"


def is_set_up() -> bool:
    """Whether anybody holds a post: before that there is nobody to sign in."""
    return Appointment.objects.exists()


def packs_to_read(*, fictional: bool) -> list[Pack]:
    """Return the packs whose law is shown; made-up ones only where one tries things out."""
    packs = (pack for pack in policy.get_library().packs() if fictional or not pack.id.startswith(_FICTIONAL))
    return sorted(packs, key=lambda pack: pack.id)


def packs_to_set_up(*, fictional: bool) -> list[Pack]:
    """Return the packs an installation may be set up for: those of a place; invented ones only for evaluation."""
    packs = policy.get_library().packs()
    return [
        pack for pack in packs
        if pack.territory != "000000" and (fictional or not pack.id.startswith(_FICTIONAL))
    ]  # fmt: skip


def authorities_in_area(user: User) -> QuerySet[Authority]:
    """Return the authorities of a person's area from the top down, each with how many schools and people it has."""
    return authorities_visible_to(user).select_related("parent").annotate(
        schools_n=Count("schools", distinct=True), children_n=Count("children", distinct=True)
    )  # fmt: skip


def schools_in_area(user: User, authority: Authority | None = None) -> QuerySet[School]:
    """Return the schools of a person's area (of one authority), each with its number of programmes."""
    found = schools_visible_to(user)
    if authority is not None:
        found = found.filter(authority=authority)
    return found.annotate(programmes_n=Count("programmes")).order_by("authority__path", "code")


@dataclass(frozen=True, slots=True)
class Beginnings:
    """What an administrator's area has by now: without any of these nobody can begin to work."""

    schools: bool
    programmes: bool
    people: bool


def beginnings_of(user: User, on: date) -> Beginnings | None:
    """Return what a newly registered area still lacks as a whole; None once it has schools, programmes and people."""
    schools = schools_visible_to(user, permission=Permission.MANAGE_INSTITUTIONS)
    at_schools = Q(school__in=schools) | Q(authority__in=authorities_visible_to(user))
    others = Appointment.objects.filter(at_schools, days__contains=on).exclude(post=Post.ADMINISTRATOR)
    found = Beginnings(schools.exists(), Programme.objects.filter(school__in=schools).exists(), others.exists())
    return None if found.schools and found.programmes and found.people else found


# What a school cannot do without: the word shown, and the post or relation that is missing.
LACKS = {"programmes": "没有专业", "clerk": "没有经办人", "leader": "没有负责人"}
_POST_OF = {"clerk": Post.SCHOOL_CLERK, "leader": Post.SCHOOL_LEADER}


def schools_lacking(user: User, lack: str, on: date) -> QuerySet[School]:
    """Return the schools of a person's area that cannot work yet, for one of `LACKS`; NotFound for another word."""
    found = schools_in_area(user).exclude(closed_on__lte=on)
    if lack == "programmes":
        return found.filter(programmes__isnull=True)
    if lack not in _POST_OF:
        raise NotFound
    appointments = Appointment.objects.filter(school=OuterRef("pk"), post=_POST_OF[lack], days__contains=on)
    return found.filter(~Exists(appointments))


def programmes_of(school: School) -> QuerySet[Programme]:
    """Return the programmes of a school, those no longer taught last."""
    return school.programmes.order_by(F("closed_on").asc(nulls_first=True), "code", "name", "duration_years")


def amendments_of(place: Authority | School) -> QuerySet[Amendment]:
    """Return what was changed about a unit, newest first."""
    return place.amendments.select_related("amended_by")


def planned_principals(school: School) -> QuerySet[PlannedPrincipal]:
    """Return who is entered to head a school from a day to come, the nearest first."""
    return school.planned_principals.filter(settled_at=None).select_related("entered_by")


def planned_principal_for(user: User, school: School, planned_id: object) -> PlannedPrincipal:
    """Return a principal entered ahead at a school the person may know of, else NotFound."""
    assert schools_visible_to(user).filter(pk=school.pk).exists()
    return pick(school.planned_principals.select_related("school__authority"), planned_id)


def programme_for(user: User, school: School, programme_id: object) -> Programme:
    """Return a programme of a school the person may know of, else NotFound."""
    assert schools_visible_to(user).filter(pk=school.pk).exists()
    return pick(school.programmes.select_related("school"), programme_id)


def people_at(place: Authority | School, on: date) -> QuerySet[Appointment]:
    """Return who holds which post at a place on a day."""
    at_place = {"authority": place} if isinstance(place, Authority) else {"school": place}
    return Appointment.objects.filter(days__contains=on, **at_place).select_related("user").order_by("post", "id")


def school_levels(authority: Authority, on: date) -> tuple[str, ...]:
    """Return the words for 办学层次 that the pack of an authority's schools distinguishes; none where it makes no difference."""
    try:
        view = pack_over(authority).on(on)
    except BadInput:
        return ()
    levels = (level for key in view.keys("blank") for level in view.blank(key).school_levels)
    return tuple(dict.fromkeys(levels))
