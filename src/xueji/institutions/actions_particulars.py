"""Amend what authorities, schools and programmes are called, with the day and the document; take back what nobody uses.

A name, a principal, a programme stands on diplomas: each change is dated, says its document, and stays on record.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.db import IntegrityError, models, transaction
from django.db.models import ProtectedError
from django.utils import timezone

from xueji.accounts.models import User
from xueji.accounts.permissions import Permission
from xueji.core.days import require_day
from xueji.core.errors import BadInput, Conflict, NotPermitted
from xueji.institutions.actions_closing import take_up_principals
from xueji.institutions.models import Amendment, Authority, Programme, School
from xueji.institutions.queries import authorities_visible_to, require_permission
from xueji.ledger.actions import event_of, record_event, record_events
from xueji.ledger.tags import EventTag

SCHOOL_FIELDS: Mapping[str, str] = {
    "name": "学校名称", "code": "学校标识码", "principal": "校长", "level": "办学层次", "ordinal": "学校顺序号",
    "address": "地址", "phone": "电话",
}  # fmt: skip
AUTHORITY_FIELDS: Mapping[str, str] = {"name": "名称", "short_name": "简称"}


@dataclass(frozen=True, slots=True)
class _Ground:
    """From which day a change counts, by which document, and who enters it when."""

    effective_on: date
    document_number: str
    by: User
    at: datetime


@transaction.atomic
def amend_school(
    *,
    school: School,
    values: Mapping[str, str],
    effective_on: date,
    document_number: str,
    by: User,
    at: datetime,
) -> list[Amendment]:
    """Change what a school is called, who heads it, where it is; return one amendment a changed field.

    `values` are the fields as they should stand; those that stand so already are left alone. Certificates already
    issued keep what was printed on them. BadInput when nothing would change, Conflict when the name or code is taken.
    """
    require_permission(by, Permission.MANAGE_INSTITUTIONS, school=school)
    take_up_principals(at=at, school=school)  # one whose day has come, and who would overwrite a newer one later
    locked = School.objects.select_for_update(of=("self",)).get(pk=school.pk)
    ground = _Ground(effective_on, document_number.strip(), by, at)
    changed = _changed(locked, values, SCHOOL_FIELDS, ground)
    if "name" in changed and locked.closed_on is not None and locked.closed_on <= effective_on:
        raise Conflict(f"{locked.name}自 {locked.closed_on:%Y-%m-%d} 起停办，不再更名；其档案和证书仍用原名")
    if (ordinal := changed.get("ordinal")) and not (ordinal.isascii() and ordinal.isdigit()):
        raise BadInput(f"学校顺序号应为数字：{ordinal}")
    return _amend(locked, changed, ground, EventTag.SCHOOL_AMENDED)


@transaction.atomic
def amend_authority(
    *,
    authority: Authority,
    values: Mapping[str, str],
    effective_on: date,
    document_number: str,
    by: User,
    at: datetime,
) -> list[Amendment]:
    """Change what an authority is called; its place in the tree and its division stay what they are."""
    _require_authority(authority, by)
    locked = Authority.objects.select_for_update().get(pk=authority.pk)
    ground = _Ground(effective_on, document_number.strip(), by, at)
    return _amend(locked, _changed(locked, values, AUTHORITY_FIELDS, ground), ground, EventTag.AUTHORITY_AMENDED)


@transaction.atomic
def amend_programme(
    *,
    programme: Programme,
    code: str,
    name: str,
    duration_years: Decimal,
    education_level: str,
    by: User,
    at: datetime,
    catalogue_year: int | None = None,
) -> Programme:
    """Mend the entry of a programme that nobody was enrolled in yet; a programme in use is closed and entered anew."""
    require_permission(by, Permission.MANAGE_INSTITUTIONS, school=programme.school)
    locked = Programme.objects.select_for_update(of=("self",)).select_related("school").get(pk=programme.pk)
    if _in_use(locked):
        raise Conflict(f"专业「{locked.name}」已有学生，不能修改；请登记新专业，并将原专业停止招生")
    before = {"code": locked.code, "name": locked.name, "duration_years": locked.duration_years}
    locked.code, locked.name, locked.duration_years = code, name, duration_years
    locked.education_level, locked.catalogue_year = education_level, catalogue_year
    try:
        with transaction.atomic():
            locked.save(update_fields=["code", "name", "duration_years", "education_level", "catalogue_year"])
    except IntegrityError as error:
        raise Conflict(
            f"{locked.school.name}的专业「{name}」（{duration_years}年）已经登记，或学制不在 6 年以内"
        ) from error
    after = {"code": code, "name": name, "duration_years": duration_years}
    record_event(
        tag=EventTag.PROGRAMME_AMENDED, subject=locked, parent=locked.school, by=by, at=at, before=before, after=after
    )
    return locked


@transaction.atomic
def close_programme(*, programme: Programme, closed_on: date, by: User, at: datetime) -> Programme:
    """State from which day on nobody is enrolled in a programme; its students still graduate from it."""
    require_day("programme_closed", closed_on, timezone.localdate(at))
    return _switch(programme, closed_on, EventTag.PROGRAMME_CLOSED, by, at)


@transaction.atomic
def reopen_programme(*, programme: Programme, by: User, at: datetime) -> Programme:
    """Take back that a programme was closed."""
    return _switch(programme, None, EventTag.PROGRAMME_REOPENED, by, at)


def _switch(programme: Programme, closed_on: date | None, tag: EventTag, by: User, at: datetime) -> Programme:
    require_permission(by, Permission.MANAGE_INSTITUTIONS, school=programme.school)
    locked = Programme.objects.select_for_update(of=("self",)).select_related("school").get(pk=programme.pk)
    if (locked.closed_on is None) == (closed_on is None):
        raise Conflict(f"专业「{locked.name}」" + ("本在招生" if closed_on is None else "已经停止招生"))
    before, locked.closed_on = {"closed_on": locked.closed_on}, closed_on
    locked.save(update_fields=["closed_on"])
    record_event(
        tag=tag, subject=locked, parent=locked.school, by=by, at=at, before=before, after={"closed_on": closed_on}
    )
    return locked


@transaction.atomic
def remove_programme(*, programme: Programme, by: User, at: datetime) -> None:
    """Take back a programme entered by mistake; Conflict once anybody was enrolled in it."""
    require_permission(by, Permission.MANAGE_INSTITUTIONS, school=programme.school)
    before = {"code": programme.code, "name": programme.name, "duration_years": programme.duration_years}
    event = event_of(
        tag=EventTag.PROGRAMME_REMOVED, subject=programme, parent=programme.school, by=by, at=at, before=before
    )
    _delete(programme, f"专业「{programme.name}」已有学生或记录，不能删除；可以停止招生")
    record_events([event])


@transaction.atomic
def remove_school(*, school: School, by: User, at: datetime) -> None:
    """Take back a school entered by mistake, with its programmes; Conflict once it has people, batches or history."""
    require_permission(by, Permission.MANAGE_INSTITUTIONS, school=school)
    message = f"「{school.name}」已有人员、学生或办理记录，不能删除"
    for programme in school.programmes.all():
        _delete(programme, message)
    _delete(school, message)
    # An event of the authority above: its auditor finds it, also when the school is gone.
    record_event(
        tag=EventTag.SCHOOL_REMOVED, subject=school.authority, by=by, at=at,
        before={"name": school.name, "code": school.code},
    )  # fmt: skip


@transaction.atomic
def remove_authority(*, authority: Authority, by: User, at: datetime) -> None:
    """Take back an authority entered by mistake; Conflict once something or somebody stands below it."""
    _require_authority(authority, by)
    before = {"name": authority.name, "division_code": authority.division_code}
    event = event_of(tag=EventTag.AUTHORITY_REMOVED, subject=authority.parent or authority, by=by, at=at, before=before)
    _delete(authority, f"「{authority.name}」之下已有单位、人员或办理记录，不能删除")
    record_events([event])


def _require_authority(authority: Authority, by: User) -> None:
    require_permission(by, Permission.MANAGE_INSTITUTIONS)
    if not authorities_visible_to(by).filter(pk=authority.pk).exists():
        raise NotPermitted("该主管部门不在您的管辖范围内")


def _delete(thing: models.Model, message: str) -> None:
    """Delete a row nothing points to; Conflict says what stands in the way, in the caller's words."""
    try:
        with transaction.atomic():
            thing.delete()
    except (ProtectedError, IntegrityError) as error:
        raise Conflict(message) from error


def _in_use(programme: Programme) -> bool:
    return programme.enrolments.exists()


def _changed(
    unit: School | Authority, values: Mapping[str, str], fields: Mapping[str, str], ground: _Ground
) -> dict[str, str]:
    """Return the fields that differ from what stands, once the day and the document are in order."""
    if ground.effective_on > timezone.localdate(ground.at):
        raise BadInput("生效日期不能晚于今天：新任校长可以提前登记，其余请到生效当天再办理")
    require_day("amended", ground.effective_on, timezone.localdate(ground.at))
    if not ground.document_number:
        raise BadInput("请填写依据（任免、更名等文件的文号）")
    changed = {
        name: text.strip() for name, text in values.items() if name in fields and text.strip() != getattr(unit, name)
    }
    if not changed:
        raise BadInput("没有改动：各项与现有登记相同")
    _refuse_before_newer(unit, changed, fields, ground.effective_on)
    return changed


def _refuse_before_newer(
    unit: School | Authority, changed: Mapping[str, str], fields: Mapping[str, str], effective_on: date
) -> None:
    """Raise BadInput when a field was changed by something that took effect later: the older word is not today's."""
    newer = unit.amendments.filter(field__in=changed, effective_on__gt=effective_on).order_by("-effective_on", "-id")
    if (newer_amendment := newer.first()) is not None:
        raise BadInput(
            f"{fields[newer_amendment.field]}已自 {newer_amendment.effective_on.isoformat()} 起改为「{newer_amendment.after}」（{newer_amendment.document_number}），"
            f"生效日期 {effective_on.isoformat()} 早于它，不能作为现在的登记；请核对生效日期，或以不早于"
            f" {newer_amendment.effective_on.isoformat()} 的日期更正"
        )


def _amend(unit: School | Authority, changed: Mapping[str, str], ground: _Ground, tag: EventTag) -> list[Amendment]:
    """Write the new values, what they were, and the event."""
    fields = SCHOOL_FIELDS if isinstance(unit, School) else AUTHORITY_FIELDS
    place = {"school": unit} if isinstance(unit, School) else {"authority": unit}
    before = {name: getattr(unit, name) for name in changed}
    for name, text in changed.items():
        setattr(unit, name, text)
    try:
        with transaction.atomic():
            unit.save(update_fields=[*changed, "digest"] if isinstance(unit, School) else list(changed))
    except IntegrityError as error:
        raise Conflict("名称或代码已被另一单位使用") from error
    made = Amendment.objects.bulk_create(
        Amendment(
            field=name, before=before[name], after=text, effective_on=ground.effective_on,
            document_number=ground.document_number, amended_by=ground.by, amended_at=ground.at, **place,
        )
        for name, text in changed.items()
    )  # fmt: skip
    record_event(
        tag=tag, subject=unit, by=ground.by, at=ground.at, note=ground.document_number,
        before={fields[name]: text for name, text in before.items()},
        after={fields[name]: text for name, text in changed.items()} | {"生效日期": ground.effective_on},
    )  # fmt: skip
    return made
