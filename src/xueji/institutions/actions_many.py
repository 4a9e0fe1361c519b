"""Register many schools, programmes and posts at once: by the rules, and with the events, of each.

Set-based: some ten statements however many there are. The first that is refused refuses all of them; who wants to know what
stands against each registers them one by one (`institutions.actions`).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone

from xueji.accounts.models import User
from xueji.accounts.permissions import Permission
from xueji.core.errors import BadInput, Conflict, NotPermitted
from xueji.institutions.models import Appointment, Post, Programme, School
from xueji.institutions.posting import check_place, check_together, telephone_of
from xueji.institutions.queries import authorities_visible_to, forget_posts, require_permission, schools_visible_to
from xueji.ledger.actions import event_of, record_events
from xueji.ledger.tags import EventTag

_AT_ONCE = 2_000


@transaction.atomic
def register_schools(*, schools: Sequence[School], by: User, at: datetime) -> Sequence[School]:
    """Enter schools not yet stored, each under the authority it names; Conflict when a name or a code is taken."""
    require_permission(by, Permission.MANAGE_INSTITUTIONS)
    if any(school.ordinal and not (school.ordinal.isascii() and school.ordinal.isdigit()) for school in schools):
        raise BadInput("学校顺序号应为数字")
    visible = set(authorities_visible_to(by).values_list("pk", flat=True))
    if any(school.authority_id not in visible for school in schools):
        raise NotPermitted("该主管部门不在您的管辖范围内")
    _store(School, schools, "其中有学校名称或学校标识码已经登记")
    record_events([
        event_of(tag=EventTag.SCHOOL_REGISTERED, subject=school, by=by, at=at, after=school_particulars(school)) for school in schools
    ])  # fmt: skip
    return schools


def school_particulars(school: School) -> dict[str, object]:
    """Return what the ledger says of a school that was entered."""
    particulars: dict[str, object] = {
        "code": school.code, "authority": school.authority.name, "is_public": school.is_public, "principal": school.principal,
    }  # fmt: skip
    return particulars | ({"level": school.level, "ordinal": school.ordinal} if school.level or school.ordinal else {})


@transaction.atomic
def add_programmes(*, programmes: Sequence[Programme], by: User, at: datetime) -> Sequence[Programme]:
    """Enter programmes not yet stored, each at the school it names; Conflict when it runs there already."""
    require_permission(by, Permission.MANAGE_INSTITUTIONS)
    schools = {programme.school_id for programme in programmes}
    visible = schools_visible_to(by, permission=Permission.MANAGE_INSTITUTIONS)
    if schools - set(visible.filter(pk__in=schools).values_list("pk", flat=True)):
        raise NotPermitted("该校不在您办理此事的管辖范围内")
    _store(Programme, programmes, "其中有专业已经登记，或学制不在 6 年以内")
    record_events([
        event_of(
            tag=EventTag.PROGRAMME_REGISTERED, subject=programme, by=by, at=at,
            after={"code": programme.code, "duration_years": programme.duration_years, "education_level": programme.education_level},
        )
        for programme in programmes
    ])  # fmt: skip
    return programmes


@transaction.atomic
def appoint_all(*, posts: Sequence[Appointment], by: User, at: datetime) -> Sequence[Appointment]:
    """Give people posts, not yet stored, from today on; what holds for a single appointment holds for each, beside the others."""
    today = timezone.localdate(at)
    _check_appointer(posts, by)
    users = {appointment.user_id: appointment.user for appointment in posts}
    list(User.objects.select_for_update(no_key=True).filter(pk__in=users).order_by("pk").values_list("pk"))
    standing = _standing(list(users.values()), today)
    by_user, by_phone = defaultdict(list), defaultdict(list)
    for appointment in [*standing, *posts]:
        appointment.days = appointment.days or (today, None)
        by_user[appointment.user_id].append(appointment)
        by_phone[telephone_of(appointment.user)].append(appointment)
    for appointment in posts:
        check_place(Post(appointment.post), appointment.authority, appointment.school)
        others = by_phone[telephone_of(appointment.user)] if telephone_of(appointment.user) else ()
        check_together(
            appointment,
            by_user[appointment.user_id],
            [other for other in others if other.user_id != appointment.user_id],
        )
    _store(Appointment, posts, "其中有人在这段时间已任同一岗位")
    offices = {appointment.user_id for appointment in standing}
    for user in users.values():
        forget_posts(user)
    record_events([
        event_of(
            tag=EventTag.APPOINTMENT_MADE, subject=appointment.user, by=by, at=at, school_id=appointment.school_id,
            authority_id=appointment.authority_id if appointment.user_id not in offices else None,
            after={"post": Post(appointment.post).label, "place": str(appointment.authority or appointment.school), "from": today, "to": None},
        )
        for appointment in posts
    ])  # fmt: skip
    return posts


def _standing(users: Sequence[User], today: object) -> list[Appointment]:
    """Return the posts that these accounts hold from today on, and those of other accounts with their telephones."""
    phones = {telephone_of(user) for user in users} - {""}
    whose = Q(user__in=[user.pk for user in users]) | Q(user__phone__in=phones)
    found = Appointment.objects.filter(whose, days__overlap=(today, None))
    return list(found.select_related("user", "authority", "school__authority").order_by("id"))


def _check_appointer(posts: Sequence[Appointment], by: User) -> None:
    """Raise NotPermitted unless `by` administers every place; nobody gives a post to themselves."""
    require_permission(by, Permission.MANAGE_ACCOUNTS)
    if any(appointment.user_id == by.pk for appointment in posts):
        raise NotPermitted("不能任免本人")
    authorities = set(authorities_visible_to(by).values_list("pk", flat=True))
    schools = set(schools_visible_to(by).values_list("pk", flat=True))
    if not all(
        appointment.authority_id in authorities if appointment.authority_id else appointment.school_id in schools
        for appointment in posts
    ):
        raise NotPermitted("该单位不在您的管辖范围内")


def _store(model: type[School | Programme | Appointment], rows: Sequence[object], taken: str) -> None:
    try:
        with transaction.atomic():
            model.objects.bulk_create(rows, batch_size=_AT_ONCE)  # type: ignore[arg-type]  # rows of this very model
    except IntegrityError as error:
        raise Conflict(taken) from error
