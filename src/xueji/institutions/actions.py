"""Found authorities and schools, appoint people, impose and lift sanctions.

`by` None is the system itself: setting up an installation, loading a demo. A person needs the permission, over the place.
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from django.db import IntegrityError, transaction
from django.utils import timezone

from xueji.accounts.models import User
from xueji.accounts.permissions import Permission
from xueji.core.errors import BadInput, Conflict, NotPermitted, RuleViolation
from xueji.core.findings import Finding, Severity
from xueji.core.obligations import measure_of
from xueji.institutions.actions_many import school_particulars
from xueji.institutions.divisions import levels_below, lies_within
from xueji.institutions.models import (
    Appointment,
    Authority,
    Level,
    Post,
    Programme,
    Sanction,
    School,
)
from xueji.institutions.posting import check_place, check_together, telephone_of
from xueji.institutions.queries import (
    authorities_granting,
    authorities_visible_to,
    forget_posts,
    not_ended,
    pack_of,
    require_permission,
    schools_visible_to,
)
from xueji.institutions.queries.deferral import imposing_authority
from xueji.ledger.actions import Basis, record_event
from xueji.ledger.tags import EventTag
from xueji.sealing.rows import require_unaltered


@transaction.atomic
def register_authority(
    *,
    name: str,
    short_name: str,
    level: str,
    division_code: str,
    by: User | None,
    at: datetime,
    parent: Authority | None = None,
    line: str = "edu",
) -> Authority:
    """Enter an authority below its parent and keep its path, by which scope is decided."""
    if by:
        require_permission(by, Permission.MANAGE_INSTITUTIONS)
        if parent is None or not authorities_visible_to(by).filter(pk=parent.pk).exists():
            raise NotPermitted("只能在本人管辖的主管部门之下登记")
    if parent and Level(level) not in levels_below(parent.level):
        raise BadInput(f"{parent.name}的下级不能是{Level(level).label}机关")
    if parent and not lies_within(parent, division_code):
        raise RuleViolation([_outside(parent, division_code)])
    try:
        with transaction.atomic():
            authority = Authority.objects.create(
                name=name, short_name=short_name, level=level, line=line, division_code=division_code, parent=parent
            )
    except IntegrityError as error:
        raise Conflict(f"主管部门「{name}」或其行政区划代码 {division_code} 已经登记") from error
    authority.path = f"{parent.path if parent else '/'}{authority.pk}/"
    authority.save(update_fields=["path"])
    after = {"level": level, "division_code": division_code, "parent": parent.name if parent else None}
    record_event(tag=EventTag.AUTHORITY_REGISTERED, subject=authority, by=by, at=at, after=after)
    return authority


def _outside(parent: Authority, division_code: str) -> Finding:
    """What is wrong with a code of another division: its schools would fall under another territory's law."""
    return Finding(
        "authority.within_division", Severity.ERROR,
        f"行政区划代码 {division_code} 不在{parent.name}（{parent.division_code}）的行政区划内", field="division_code",
        remedy="请核对代码；确属其他地区的，登记在该地区的上级主管部门之下",
    )  # fmt: skip


@transaction.atomic
def register_school(
    *,
    name: str,
    code: str,
    authority: Authority,
    by: User | None,
    at: datetime,
    is_public: bool = True,
    principal: str = "",
    address: str = "",
    phone: str = "",
    level: str = "",
    ordinal: str = "",
) -> School:
    """Enter a school under the authority that supervises it.

    `level` (办学层次) is a word of its pack, `ordinal` (学校顺序号) digits: where numbers are made from them (S3-06).
    """
    if ordinal and not (ordinal.isascii() and ordinal.isdigit()):
        raise BadInput(f"学校顺序号应为数字：{ordinal}")
    if by:
        require_permission(by, Permission.MANAGE_INSTITUTIONS)
        if not authorities_visible_to(by).filter(pk=authority.pk).exists():
            raise NotPermitted("该主管部门不在您的管辖范围内")
    try:
        with transaction.atomic():
            school = School.objects.create(
                name=name, code=code, authority=authority, is_public=is_public, principal=principal,
                address=address, phone=phone, level=level, ordinal=ordinal,
            )  # fmt: skip
    except IntegrityError as error:
        raise Conflict(f"学校「{name}」或学校标识码 {code} 已经登记") from error
    record_event(tag=EventTag.SCHOOL_REGISTERED, subject=school, by=by, at=at, after=school_particulars(school))
    return school


@transaction.atomic
def add_programme(
    *,
    school: School,
    code: str,
    name: str,
    duration_years: Decimal,
    by: User | None,
    at: datetime,
    education_level: str = "中等职业教育",
    catalogue_year: int | None = None,
) -> Programme:
    """Enter a programme a school teaches, with its duration; the same name may run in several durations.

    `catalogue_year` is that of the catalogue (专业目录) its code stands in, where it is known.
    """
    if by:
        require_permission(by, Permission.MANAGE_INSTITUTIONS, school=school)
    try:
        with transaction.atomic():
            programme = Programme.objects.create(
                school=school, code=code, name=name, duration_years=duration_years, education_level=education_level,
                catalogue_year=catalogue_year,
            )  # fmt: skip
    except IntegrityError as error:
        raise Conflict(f"{school.name}的专业「{name}」（{duration_years}年）已经登记，或学制不在 6 年以内") from error
    after = {"code": code, "duration_years": duration_years, "education_level": education_level}
    after |= {"专业目录年份": catalogue_year} if catalogue_year else {}
    record_event(tag=EventTag.PROGRAMME_REGISTERED, subject=programme, by=by, at=at, after=after)
    return programme


@transaction.atomic
def appoint(
    *,
    user: User,
    post: str,
    by: User | None,
    at: datetime,
    authority: Authority | None = None,
    school: School | None = None,
    starts_on: date | None = None,
    ends_on: date | None = None,
) -> Appointment:
    """Give a person a post at one place from `starts_on` (today) to `ends_on` (open), both days included."""
    first = starts_on or timezone.localdate(at)
    if ends_on and ends_on < first:
        raise BadInput("任期的结束日期早于开始日期")
    check_place(Post(post), authority, school)
    _check_appointer(user, by, authority, school)
    days = (first, date.fromordinal(ends_on.toordinal() + 1) if ends_on else None)
    User.objects.select_for_update(no_key=True).get(pk=user.pk)  # two appointments of one person wait for each other
    in_these_days = Appointment.objects.filter(days__overlap=days).select_related(
        "user", "authority", "school__authority"
    )
    shared = in_these_days.filter(user__phone=telephone_of(user)).exclude(user=user) if telephone_of(user) else ()
    check_together(
        Appointment(user=user, post=post, authority=authority, school=school), in_these_days.filter(user=user), shared
    )
    try:
        with transaction.atomic():
            appointment = Appointment.objects.create(
                user=user, post=post, authority=authority, school=school, days=days
            )
    except IntegrityError as error:
        raise Conflict(f"{user.full_name}在这段时间已任{Post(post).label}") from error
    appointment.refresh_from_db(fields=["days"])
    forget_posts(user)
    place = authority or school
    after = {"post": Post(post).label, "place": str(place), "from": first, "to": ends_on}
    record_event(
        tag=EventTag.APPOINTMENT_MADE, subject=user, by=by, at=at, school_id=school.pk if school else None, after=after
    )
    return appointment


@transaction.atomic
def end_appointment(*, appointment: Appointment, reason: str, by: User | None, at: datetime) -> Appointment:
    """End a post with yesterday: from today on the person no longer holds it. One that began today or later is removed."""
    locked = Appointment.objects.select_for_update(of=("self",)).select_related("user", "authority", "school").get(
        pk=appointment.pk
    )  # fmt: skip
    _check_appointer(locked.user, by, locked.authority, locked.school)
    today = timezone.localdate(at)
    if locked.days.upper is not None and locked.days.upper <= today:
        raise Conflict("该岗位任期已经结束")
    before = {
        "post": locked.get_post_display(),
        "place": str(locked.authority or locked.school),
        "from": locked.days.lower,
    }
    if locked.days.lower is not None and locked.days.lower >= today:
        locked.delete()
    else:
        locked.days = (locked.days.lower, today)
        locked.save(update_fields=["days", "digest"])
        locked.refresh_from_db(fields=["days"])
    forget_posts(appointment.user)
    if by is not None and not Appointment.objects.filter(not_ended(), user=locked.user).exists():
        locked.user.looked_after_by = by  # who ends the last post looks after the account until there is another
        locked.user.save(update_fields=["looked_after_by"])
    record_event(
        tag=EventTag.APPOINTMENT_ENDED, subject=locked.user, by=by, at=at, school_id=locked.school_id, before=before,
        note=reason,
    )  # fmt: skip
    return locked


@transaction.atomic
def impose_sanction(
    *, school: School, kind: str, reason: str, by: User, at: datetime, document_number: str = ""
) -> Sanction:
    """Impose a measure of the school's pack on it; one that withholds something holds until it is lifted (S1-17)."""
    require_permission(by, Permission.IMPOSE_SANCTIONS, school=school)
    if not reason.strip():
        raise BadInput("请写明事由")
    view = pack_of(school).on(timezone.localdate(at))
    measure = measure_of(view, kind)
    School.objects.select_for_update(of=("self",), no_key=True).get(pk=school.pk)
    in_force = Sanction.objects.filter(school=school, kind=kind, lifted_at__isnull=True)
    if measure.withholds and in_force.exists():
        raise Conflict(f"{school.name}已在{measure.label}中")
    sanction = Sanction.objects.create(
        school=school, kind=kind, label=measure.label, withholds=list(measure.withholds),
        cites=[f"{cite.source}:{cite.clause}" for cite in measure.cites], reason=reason.strip(),
        document_number=document_number, imposed_by=by, imposed_at=at,
    )  # fmt: skip
    record_event(
        tag=EventTag.SANCTION_IMPOSED, subject=sanction, parent=school, by=by, at=at, view=view,
        rules=[Basis(f"measure.{kind}", measure.cites)], note=reason.strip(),
        after={"kind": measure.label, "document_number": document_number},
    )  # fmt: skip
    return sanction


@transaction.atomic
def lift_sanction(*, sanction: Sanction, reason: str, by: User, at: datetime) -> Sanction:
    """Lift a measure, with the reason; the measure itself stays on record. Nobody lifts what an authority above imposed."""
    require_permission(by, Permission.IMPOSE_SANCTIONS, school=sanction.school)
    if not reason.strip():
        raise BadInput("请写明解除事由")
    locked = Sanction.objects.select_for_update(of=("self",)).select_related("school__authority").get(pk=sanction.pk)
    require_unaltered(locked, f"{locked.school.name}的处理「{locked.label}」")
    _require_lifter(locked, by)
    if locked.lifted_at is not None:
        raise Conflict("该处理已经解除")
    locked.lifted_by, locked.lifted_at, locked.lifted_reason = by, at, reason.strip()
    locked.save(update_fields=["lifted_by", "lifted_at", "lifted_reason", "digest"])
    record_event(
        tag=EventTag.SANCTION_LIFTED, subject=locked, parent=sanction.school, by=by, at=at,
        before={"kind": locked.label}, note=reason.strip(),
    )  # fmt: skip
    return locked


def _require_lifter(sanction: Sanction, by: User) -> None:
    """Raise NotPermitted unless the person stands at the authority that imposed a measure, or above it."""
    imposed_at = imposing_authority(sanction)
    authority_ids = authorities_granting(by, Permission.IMPOSE_SANCTIONS)
    if not any(imposed_at.path.startswith(place.path) for place in authority_ids):
        raise NotPermitted(f"「{sanction.label}」由{imposed_at.name}作出，须由该机关或其上级解除")


def _check_appointer(user: User, by: User | None, authority: Authority | None, school: School | None) -> None:
    """Raise NotPermitted unless `by` administers the place; nobody gives or takes a post of their own."""
    if by is None:
        return
    require_permission(by, Permission.MANAGE_ACCOUNTS)
    if by.pk == user.pk:
        raise NotPermitted("不能任免本人")
    if authority:
        inside = authorities_visible_to(by).filter(pk=authority.pk).exists()
    else:
        inside = school is not None and schools_visible_to(by).filter(pk=school.pk).exists()
    if not inside:
        raise NotPermitted("该单位不在您的管辖范围内")
