"""Who holds which post, what it lets them do and see; which pack governs a school."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from functools import cache
from typing import TypeVar

from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import ObjectDoesNotExist, ValidationError
from django.db.models import DateField, Min, Model, Q, QuerySet
from django.utils import timezone

from xueji import policy
from xueji.accounts.models import User
from xueji.accounts.permissions import Permission, Sight
from xueji.core.errors import NotFound, NotPermitted
from xueji.core.packs import Pack
from xueji.institutions.models import Appointment, Authority, Post, Sanction, School
from xueji.institutions.posts import PERMISSIONS_OF, as_acted_for, sight_of_posts
from xueji.institutions.queries.custody import schools_served
from xueji.institutions.steward_kinds import acts_elsewhere, posts_elsewhere, steward_name
from xueji.ledger.models import Event
from xueji.sealing.rows import is_as_written
from xueji.statements import Slot, Statement, keys

_POSTS = Statement(
    lambda: (
        Appointment.objects.filter(user=Slot("user"), days__contains=Slot("day", DateField()))
        .annotate(
            serves=schools_served("school", Slot("day", DateField())),
            steward=steward_name(),
            acts_elsewhere=acts_elsewhere(),
        )
        .select_related("authority", "school__authority")
        .order_by("id")
    )
)
_AT_LEVEL = Statement(lambda: Authority.objects.filter(pk__any_of=keys("line"), level=Slot("level"))[:1])
Row = TypeVar("Row", bound=Model)
_PROTECTED = frozenset({
    Permission.DECIDE_CASES, Permission.SEAL, Permission.REVEAL_IDENTITY, Permission.MANAGE_ACCOUNTS,
})  # fmt: skip
# What a school also does for those whose files it keeps: it looks into them and fetches their papers.
_SERVING = frozenset({
    None, Permission.VIEW_REGISTER, Permission.VIEW_BATCHES, Permission.FETCH_DOCUMENTS, Permission.REVEAL_IDENTITY,
})  # fmt: skip
_NO_PERMISSION = "您的岗位没有办理此事的权限；如有疑问，请联系本单位系统管理员"


# -- posts and permissions


def posts_of(user: User | AnonymousUser, on: date | None = None) -> tuple[Appointment, ...]:
    """Return the appointments a person holds on a day (today), with their places: one query per person object and day.

    They are kept on the user object, which lives for one request: a changed post counts from the next request on. A post
    that stands in the table without the product having written it gives no power; the audit names it.
    """
    if not user.is_authenticated or not user.is_active:
        return ()
    day = on or timezone.localdate()
    kept: dict[date, tuple[Appointment, ...]] = user.__dict__.setdefault("_posts_by_day", {})
    if day not in kept:
        rows = [appointment for appointment in _POSTS.rows(user=user.pk, day=day) if is_as_written(appointment)]
        kept[day] = (*rows, *(post for row in rows if row.acts_elsewhere for post in posts_elsewhere(row)))
        for row in rows:
            if row.steward:
                row.post = as_acted_for(row.post)
    return kept[day]


def actor_words(actor: Model, school_id: int | None) -> str:
    """Return in whose name somebody acts at a school where another place does, for the ledger; nothing for everybody else.

    What is known of the person by now: whoever acts was asked for a permission before, which read their posts.
    """
    known = (post for posts in actor.__dict__.get("_posts_by_day", {}).values() for post in posts)
    for post in known:
        if school_id is not None and post.school_id == school_id and getattr(post, "is_steward", False):
            return f"（以{post.school.name}名义，代管：{post.steward}）"
    return ""


def forget_posts(user: User) -> None:
    """Drop the appointments kept on a user object, after they were changed."""
    user.__dict__.pop("_posts_by_day", None)


def permissions_of(user: User | AnonymousUser, on: date | None = None) -> frozenset[Permission]:
    """Return the permissions of all posts a person holds on a day (today)."""
    return granted_by(frozenset(appointment.post for appointment in posts_of(user, on)))


def sight_of(user: User | AnonymousUser) -> Sight:
    """Return what a person sees of an ID number today: the tail or the birth date of everybody, never both (`docs/privacy.md`)."""
    return sight_of_posts(appointment.post for appointment in posts_of(user))


@cache
def granted_by(posts: frozenset[str]) -> frozenset[Permission]:
    """Return the permissions of a set of posts; there are few such sets, and every page asks several times."""
    return frozenset[Permission]().union(*(PERMISSIONS_OF[post] for post in posts))


def needs_factor(user: User) -> bool:
    """Whether a post of the person decides, seals, reveals or administers: what a second factor protects."""
    return bool(permissions_of(user) & _PROTECTED)


def require_permission(user: User, permission: Permission, *, school: School | None = None) -> None:
    """Raise NotPermitted unless a post of the person gives the permission (over the school, when one is named)."""
    if permission not in permissions_of(user):
        raise NotPermitted(_NO_PERMISSION)
    if school is not None and any(
        post.school_id == school.pk and permission in PERMISSIONS_OF[post.post] for post in posts_of(user)
    ):
        return  # the school is their own
    if school is not None and not schools_visible_to(user, permission=permission).filter(pk=school.pk).exists():
        raise NotPermitted("该校不在您办理此事的管辖范围内")


def authorities_granting(user: User | AnonymousUser, permission: Permission) -> list[Authority]:
    """Return the authorities at which a post of the person gives a permission: these very ones, not those below."""
    appointments = (post for post in posts_of(user) if permission in PERMISSIONS_OF[post.post])
    return [post.authority for post in appointments if post.authority is not None]


def holds_at(user: User | AnonymousUser, permission: Permission, authority_id: int) -> bool:
    """Whether a post of the person gives a permission at this very authority."""
    return any(place.pk == authority_id for place in authorities_granting(user, permission))


def officers_of(place: Authority | School, post: Post, on: date | None = None) -> QuerySet[User]:
    """Return the active people who hold a post at a place."""
    day = on or timezone.localdate()
    at_place = {"authority": place} if isinstance(place, Authority) else {"school": place}
    appointments = Appointment.objects.filter(post=post, days__contains=day, **at_place)
    return User.objects.filter(is_active=True, pk__in=appointments.values("user")).order_by("id")


def officers_granting(place: Authority, permission: Permission, on: date | None = None) -> QuerySet[User]:
    """Return the active people to whom a post at an authority gives a permission."""
    posts = [post for post, granted in PERMISSIONS_OF.items() if permission in granted]
    appointments = Appointment.objects.filter(
        post__in=posts, days__contains=on or timezone.localdate(), authority=place
    )
    return User.objects.filter(is_active=True, pk__in=appointments.values("user")).order_by("id")


# -- scope


def schools_visible_to(user: User, *, permission: Permission | None = None) -> QuerySet[School]:
    """Return the schools a person may know of: their own, those whose files it keeps, and all below their authorities.

    With `permission` only posts that grant it count: a clerk of one school who audits a county prepares batches
    for the one school alone.
    """
    return School.objects.filter(_places(user, permission)).select_related("authority")


def school_scope(user: User, *, prefix: str, permission: Permission | None = None) -> Q:
    """Return the same scope as a condition on rows that reach a school through `prefix`, e.g. «school__»."""
    return _places(user, permission, prefix)


def school_names(ids: Iterable[int | None]) -> dict[int, str]:
    """Return the names of schools whose rows the caller was let see already."""
    wanted = {school_id for school_id in ids if school_id is not None}
    return dict(School.objects.filter(pk__in=wanted).values_list("pk", "name")) if wanted else {}


def school_for(user: User, school_id: object) -> School:
    """Return a school the person may know of, else NotFound."""
    return pick(schools_visible_to(user), school_id)


def authorities_visible_to(user: User) -> QuerySet[Authority]:
    """Return the authorities where a person holds a post, all below them, and those above their own schools."""
    below = Q(pk__in=[])
    for appointment in posts_of(user):
        if appointment.authority:
            below |= Q(path__startswith=appointment.authority.path)
        elif appointment.school:
            below |= Q(pk__in=ids_of_line(appointment.school.authority))
    return Authority.objects.filter(below)


def authority_for(user: User, authority_id: object) -> Authority:
    """Return an authority the person may know of, else NotFound."""
    return pick(authorities_visible_to(user), authority_id)


def events_visible_to(user: User) -> QuerySet[Event]:
    """Return the ledger as far as a reader of it may see: events of the schools and of the authorities below."""
    if Permission.READ_LEDGER not in permissions_of(user):
        return Event.objects.none()
    schools = schools_visible_to(user, permission=Permission.READ_LEDGER).order_by().values("pk")
    below = Q(pk__in=[])
    for place in authorities_granting(user, Permission.READ_LEDGER):
        below |= Q(path__startswith=place.path)
    authorities = Authority.objects.filter(below).order_by().values("pk")
    without_school = Q(school_id__isnull=True, authority_id__in=authorities)
    return Event.objects.filter(Q(school_id__in=schools) | without_school)


def accounts_visible_to(user: User) -> QuerySet[User]:
    """Return the accounts an administrator knows of: people with a post in the area that has not ended, and accounts
    without any such post that the administrator made. Who may do what to them: `queries.staff.administers`.
    """
    if Permission.MANAGE_ACCOUNTS not in permissions_of(user):
        return User.objects.none()
    inside = Q(authority__in=authorities_visible_to(user)) | _places(user, Permission.MANAGE_ACCOUNTS, "school__")
    standing = Appointment.objects.filter(not_ended())
    looked_after = standing.filter(inside).order_by().values("user")
    postless = Q(looked_after_by=user) & ~Q(pk__in=standing.values("user"))
    return User.objects.filter(Q(pk__in=looked_after) | postless).order_by("username")


def without_password(accounts: QuerySet[User]) -> QuerySet[User]:
    """Return those of some accounts that nobody was handed a password for yet: registered by a workbook."""
    return accounts.filter(password__startswith=UNUSABLE_PASSWORD_PREFIX, is_active=True)


def by_place(accounts: QuerySet[User], search: str = "") -> QuerySet[User]:
    """Return accounts place by place, schools last, so that what is handed out of each lies together; narrowed by place or name."""
    found = accounts.annotate(
        of_authority=Min("appointments__authority__name"), of_school=Min("appointments__school__name")
    )
    if search:
        found = found.filter(
            Q(of_authority__icontains=search) | Q(of_school__icontains=search)
            | Q(full_name__icontains=search) | Q(username__icontains=search)
        )  # fmt: skip
    return found.order_by("of_authority", "of_school", "full_name", "username")


def not_ended() -> Q:
    """Return the condition that a post has not ended by today; those still to begin count."""
    return Q(days__endswith__isnull=True) | Q(days__endswith__gt=timezone.localdate())


def account_for(user: User, account_id: object) -> User:
    """Return an account the administrator looks after, else NotFound."""
    return pick(accounts_visible_to(user), account_id)


def pick(visible: QuerySet[Row, Row], key: object) -> Row:
    """Return the row with this key out of what is visible, else NotFound; a key of the wrong shape is not found either."""
    try:
        return visible.get(pk=key)
    except (ObjectDoesNotExist, ValueError, TypeError, OverflowError, ValidationError):  # the last: no UUID
        raise NotFound from None


def _places(user: User, permission: Permission | None, prefix: str = "") -> Q:
    """Return the condition that a school is within reach of the posts that grant a permission."""
    reach = Q(**{f"{prefix}pk__in": []})
    for appointment in posts_of(user):
        if permission is not None and permission not in PERMISSIONS_OF[appointment.post]:
            continue
        if appointment.authority:
            reach |= Q(**{f"{prefix}authority__path__startswith": appointment.authority.path})
        else:
            reach |= Q(**{f"{prefix}pk": appointment.school_id})
            if permission in _SERVING and (served := getattr(appointment, "serves", ())):
                reach |= Q(**{f"{prefix}pk__in": list(served)})
    return reach


def ids_of_line(authority: Authority) -> list[int]:
    """Return the ids of an authority and of all above it, from the top down."""
    return [int(part) for part in authority.path.split("/") if part]


# -- the line of authorities of a school, its pack


def authority_at(school: School, level: str) -> Authority | None:
    """Return the authority of a level in the school's own line, or None when the line has none at that level."""
    if school.authority.level == level:
        return school.authority
    return _AT_LEVEL.row(line=ids_of_line(school.authority), level=level)


def pack_of(school: School) -> Pack:
    """Return the pack that governs a school: the one over its authority."""
    return pack_over(school.authority)


def pack_over(authority: Authority) -> Pack:
    """Return the deepest pack of its line over an authority's territory; BadInput where none covers it."""
    return policy.get_library().resolve(line=authority.line, territory=authority.division_code)


# -- what pages list of people and places


def appointments_on(users: Iterable[int], day: date) -> dict[int, list[Appointment]]:
    """Return the posts of the accounts of a page on a day, by account; the caller was let see the accounts already."""
    found: dict[int, list[Appointment]] = {}
    rows = Appointment.objects.filter(user__in=list(users), days__contains=day).select_related("school", "authority")
    for appointment in rows:
        found.setdefault(appointment.user_id, []).append(appointment)
    return found


def appointment_of(user: User, appointment_id: object) -> Appointment:
    """Return a post of an account the caller was let see already, else NotFound."""
    appointment: Appointment = pick(Appointment.objects.filter(user=user), appointment_id)
    return appointment


def authorities_from(authority: Authority) -> QuerySet[Authority]:
    """Return an authority and all below it, from the top down: what a desk of it may speak of."""
    return Authority.objects.filter(path__startswith=authority.path).order_by("path")


def measures_imposed(user: User) -> QuerySet[Sanction]:
    """Return the measures against the schools over which the person may impose them, the lifted ones among them."""
    schools = schools_visible_to(user, permission=Permission.IMPOSE_SANCTIONS).order_by().values("pk")
    return Sanction.objects.filter(school__in=schools).select_related("school", "imposed_by", "lifted_by")
