"""The people of the posts: where an account works, who administers it, who stands above it."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Q, QuerySet
from django.utils import timezone

from xueji.accounts.models import CredentialGrant, User
from xueji.accounts.permissions import Permission
from xueji.core.errors import NotFound, NotPermitted
from xueji.institutions.models import Appointment, Authority, Post
from xueji.institutions.posting import telephone_of
from xueji.institutions.queries import ids_of_line, not_ended, permissions_of, posts_of, require_permission
from xueji.sealing.rows import is_as_written

_LEADERS = (Post.SCHOOL_LEADER, Post.CITY_LEADER, Post.PROVINCE_LEADER)


def standing_posts_of(user: User) -> list[Appointment]:
    """Return the posts of an account that have not ended, those still to begin among them; a closed account's too."""
    appointments = Appointment.objects.filter(not_ended(), user=user)
    return list(appointments.select_related("authority", "school__authority").order_by("id"))


def office_of(user: User) -> int | None:
    """Return the authority a person works at, or works below: that of the first post, None without one."""
    appointments = posts_of(user) or standing_posts_of(user)
    return next((_authority(post).pk for post in appointments), None)


def administers(by: User, user: User) -> bool:
    """Whether an administrator may act on an account as a whole: reset, close, take the second factor away.

    Every post that has not ended must lie in the administrator's area; an account without one belongs to who made
    it or ended its last post.
    """
    if Permission.MANAGE_ACCOUNTS not in permissions_of(by):
        return False
    appointments = standing_posts_of(user)
    if not appointments:
        return user.looked_after_by_id == by.pk
    area = area_of(by)
    return all(_authority(post).path.startswith(area) for post in appointments)


def require_administers(by: User | None, user: User) -> None:
    """Raise NotPermitted unless the person administers the account as a whole; None is the installation's set-up."""
    if by is None:
        return
    require_permission(by, Permission.MANAGE_ACCOUNTS)
    if not administers(by, user):
        raise NotPermitted(
            f"{user.full_name}还在您管辖范围之外任职，或者账号不是由您发放：不能重置或停用，只能免去其在您管辖范围内的岗位"
        )


def share_telephone(first: User, second: User) -> bool:
    """Whether two accounts give the same telephone: they are taken for one person's (docs/adr/0014)."""
    return bool(telephone_of(first)) and telephone_of(first) == telephone_of(second)


def are_one_person(first: User | None, second: User) -> bool:
    """Whether two accounts are one person's where a step takes two people: the same one, or two with one telephone."""
    return first is not None and (first.pk == second.pk or share_telephone(first, second))


def require_another_person(by: User, first: User | None, refusal: str) -> None:
    """Refuse a second hand that is the first one's: by this account, or by another with the same telephone."""
    if first is None or not are_one_person(first, by):
        return
    if first.pk == by.pk:
        raise NotPermitted(refusal)
    raise NotPermitted(f"您的账号与{first.full_name}的账号登记了同一部电话，视为同一人：{refusal}")


def area_of(administrator: User) -> tuple[str, ...]:
    """Return the paths of the authorities a person administers."""
    appointments = (post for post in posts_of(administrator) if post.post == Post.ADMINISTRATOR)
    return tuple(post.authority.path for post in appointments if post.authority is not None)


def _authority(post: Appointment) -> Authority:
    """Return the authority of a post, or that of its school: the database knows no post without a place."""
    if post.authority is not None:
        return post.authority
    assert post.school is not None
    return post.school.authority


def superiors_of(user: User, *, but: int | None = None) -> QuerySet[User]:
    """Return who stands above a person: the leaders of the unit, else the leaders and administrators of the nearest
    authority above that has any; at the very top the other administrators.

    Neither the person nor `but` (who handed out the password) is ever among them.
    """
    appointments = standing_posts_of(user)
    first = appointments[0] if appointments else None
    if first is None:
        return User.objects.none()
    at_place = {"school": first.school} if first.school_id else {"authority": first.authority}
    line = ids_of_line(_authority(first))
    above = reversed(line if first.school_id else line[:-1])
    both = (*_LEADERS, Post.ADMINISTRATOR)
    rungs = [Q(**at_place, post__in=_LEADERS), *(Q(authority=pk, post__in=both) for pk in above)]
    rungs.append(Q(authority=line[0], post=Post.ADMINISTRATOR))
    for rung in rungs:
        posts = Appointment.objects.filter(rung, days__contains=timezone.localdate())
        holders = {post.user_id for post in posts if is_as_written(post)}  # a post nobody gave is above nobody
        found = User.objects.filter(is_active=True, pk__in=holders - {user.pk, but})
        if found.exists():
            return found.order_by("id")
    return User.objects.none()


def grants_to_confirm(superior: User, at: datetime) -> list[CredentialGrant]:
    """Return what was handed to the people below somebody and waits for a word that it reached them (thirty days)."""
    posts = posts_of(superior)
    if not any(appointment.post in (*_LEADERS, Post.ADMINISTRATOR) for appointment in posts):
        return []
    below = Q(pk__in=[])
    for appointment in posts:
        if appointment.school_id:
            below |= Q(user__appointments__school=appointment.school_id)
        elif appointment.authority:
            below |= Q(user__appointments__authority__path__startswith=appointment.authority.path)
            below |= Q(user__appointments__school__authority__path__startswith=appointment.authority.path)
    waiting = CredentialGrant.objects.filter(below, confirmed_at=None, at__gt=at - CredentialGrant.MARKED)
    found = waiting.exclude(user=superior).exclude(by=superior).select_related("user", "by").distinct()
    return [grant for grant in found if superiors_of(grant.user, but=grant.by_id).filter(pk=superior.pk).exists()]


def grant_to_confirm(superior: User, grant_id: object, at: datetime) -> CredentialGrant:
    """Return one of those, else NotFound."""
    for grant in grants_to_confirm(superior, at):
        if str(grant.pk) == str(grant_id):
            return grant
    raise NotFound
