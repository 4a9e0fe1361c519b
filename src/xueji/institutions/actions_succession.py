"""Schools founded, merged, split, closed; who keeps their files: each from a day, by a document, and never rewritten.

What goes along with a school (its students' records) each app moves itself, in the same transaction (`kinds.py`).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db import IntegrityError, transaction
from django.utils import timezone

from xueji.accounts.models import User
from xueji.accounts.permissions import Permission
from xueji.core.days import require_day
from xueji.core.errors import BadInput, Conflict
from xueji.institutions.actions import add_programme
from xueji.institutions.kinds import Handover, give_back, hand_over
from xueji.institutions.models import Amendment, Authority, Custody, Programme, School, Succession
from xueji.institutions.queries import require_permission
from xueji.institutions.queries.succession import serves_files_of, successor_of
from xueji.ledger.actions import record_event
from xueji.ledger.tags import EventTag

Kind = Succession.Kind
Place = School | Authority


@dataclass(frozen=True, slots=True)
class Ground:
    """From which day something counts, by which document, and who enters it when."""

    effective_on: date
    document_number: str
    by: User
    at: datetime


@dataclass(frozen=True, slots=True)
class Part:
    """A school that takes over a part of another, and the programmes that go to it."""

    school: School
    programmes: tuple[Programme, ...] = ()


@transaction.atomic
def record_founding(*, school: School, founded_on: date, document_number: str, by: User, at: datetime) -> Succession:
    """State since when a school exists; Conflict when something is on record of it from an earlier day."""
    ground = _ground(founded_on, document_number, by, at)
    (locked,) = _locked([school], by)
    row = _entered(locked, Kind.FOUNDED, ground)
    record_event(
        tag=EventTag.SCHOOL_FOUNDED,
        subject=locked,
        by=by,
        at=at,
        note=row.document_number,
        after={"设立日期": founded_on},
    )
    return row


@transaction.atomic
def merge_schools(
    *, schools: Sequence[School], into: School, effective_on: date, document_number: str, by: User, at: datetime
) -> list[Succession]:
    """Let schools go into another: each ends on the day, its programmes and students go along, its files are kept there."""
    ground = _ground(effective_on, document_number, by, at)
    if not schools or into.pk in {school.pk for school in schools}:
        raise BadInput("请选择要并入的学校，并入的学校不能是自己")
    locked = {row.pk: row for row in _locked([*schools, into], by)}
    successor = locked[into.pk]
    _require_existing(successor, effective_on)
    made = []
    for school in dict.fromkeys(locked[school.pk] for school in schools):
        _require_unended(school)
        moved = _hand_over(school, Part(successor, tuple(school.programmes.all())), ground)
        row = _entered(school, Kind.MERGED, ground, successor=successor, ends=True, handed_over=sum(moved.values()))
        _end(school, ground)
        _entrust(school, successor, row, ground)
        record_event(
            tag=EventTag.SCHOOL_MERGED, subject=school, by=by, at=at, note=ground.document_number,
            after={"并入": successor.name, "学校标识码": successor.code, "生效日期": effective_on, **moved},
        )  # fmt: skip
        made.append(row)
    return made


@transaction.atomic
def split_school(
    *, school: School, parts: Sequence[Part], custodian: Place | None, effective_on: date, document_number: str,
    by: User, at: datetime,
) -> list[Succession]:  # fmt: skip
    """Let parts of a school go to others. With a custodian the school itself ends, and its files are kept there."""
    ground = _ground(effective_on, document_number, by, at)
    locked = {row.pk: row for row in _locked([school, *(part.school for part in parts)], by)}
    parent, ends = locked[school.pk], custodian is not None
    _require_split(parent, parts, ends=ends)
    made, moved = [], dict[str, dict[str, int]]()
    for part in parts:
        successor = locked[part.school.pk]
        _require_existing(successor, effective_on)
        moved[successor.name] = _hand_over(parent, Part(successor, part.programmes), ground)
        count = sum(moved[successor.name].values())
        made.append(_entered(parent, Kind.SPLIT, ground, successor=successor, ends=ends, handed_over=count))
    if custodian is not None:
        _end(parent, ground)
        _entrust(parent, custodian, made[0], ground)
    record_event(
        tag=EventTag.SCHOOL_SPLIT, subject=parent, by=by, at=at, note=ground.document_number,
        after={"分立为": moved, "原校终止": ends, "档案保管": str(custodian or parent), "生效日期": effective_on},
    )  # fmt: skip
    return made


@transaction.atomic
def name_custodian(
    *, school: School, custodian: Place, from_on: date, document_number: str, by: User, at: datetime
) -> Custody:
    """Name who keeps the files of a school that has ended, from a day on; the newest entry counts."""
    ground = _ground(from_on, document_number, by, at)
    (locked,) = _locked([school], by)
    if locked.closed_on is None:
        raise Conflict(f"{locked.name}没有停办，档案由本校保管")
    if from_on < locked.closed_on:
        raise BadInput(f"保管的起始日期早于停办日期 {locked.closed_on:%Y-%m-%d}")
    custody = _kept_by(locked, custodian, None, ground)
    record_event(
        tag=EventTag.CUSTODIAN_NAMED, subject=locked, by=by, at=at, note=ground.document_number,
        after={"档案保管": str(custodian), "起始日期": from_on},
    )  # fmt: skip
    return custody


@transaction.atomic
def hand_over_rest(*, succession: Succession, by: User, at: datetime) -> dict[str, int]:
    """Have what stayed at a merged school, because something about it was under way, go along now; return how many of each."""
    locked, successor = _locked([succession.school, _successor_of(succession)], by)
    row = Succession.objects.select_for_update(of=("self",)).get(pk=succession.pk)
    if row.withdrawn_at is not None or row.kind != Kind.MERGED:
        raise Conflict("这项变动已经撤销，或者不是合并，请刷新后查看")
    ground = Ground(row.effective_on, row.document_number, by, at)
    moved = _hand_over(locked, Part(successor, tuple(locked.programmes.all())), ground)
    if not any(moved.values()):
        raise Conflict(f"{locked.name}现在没有可以移交的学籍：有事项正在办理的，办结或撤回后再移交")
    record_event(
        tag=EventTag.SUCCESSION_COMPLETED, subject=locked, by=by, at=at, note=row.document_number,
        after={"并入": successor.name, **moved},
    )  # fmt: skip
    return moved


@transaction.atomic
def withdraw_succession(*, succession: Succession, document_number: str, by: User, at: datetime) -> Succession:
    """Take back an entry that was wrong, by a document; what went along comes back, Conflict where that cannot be."""
    (locked,) = _locked([succession.school], by)
    row = Succession.objects.select_for_update(of=("self",)).select_related("successor").get(pk=succession.pk)
    _require_document(document_number)
    if row.withdrawn_at is not None:
        raise Conflict("这项变动已经撤销")
    if row.kind == Kind.CLOSED:
        raise Conflict("停办登记请用「撤销停办」")
    together = [row, *_parts_beside(row)]
    returned = _give_back(together, by, at)
    _withdraw(together, document_number.strip(), by, at)
    if row.ends:
        _reopen(locked, row, document_number.strip(), by, at)
    record_event(
        tag=EventTag.SUCCESSION_WITHDRAWN, subject=locked, by=by, at=at, note=document_number.strip(),
        before={"变动": row.get_kind_display(), "去向": [str(part.successor) for part in together if part.successor]},
        after={"退回": returned},
    )  # fmt: skip
    return row


# -- what a closing enters here: called by `close_school` and `reopen_school`, whose event vouches for it


def enter_closing(school: School, custodian: Place | None, ground: Ground) -> Place:
    """Enter that a school closes with nobody in its place, and who keeps its files: the authority above where none is named."""
    keeper = custodian or school.authority
    row = _entered(school, Kind.CLOSED, ground, ends=True)
    _entrust(school, keeper, row, ground)
    return keeper


def withdraw_closing(school: School, ground: Ground) -> None:
    """Take back what a closing entered; Conflict where the school ended otherwise."""
    ended = list(school.successions.select_for_update(of=("self",)).filter(ends=True, withdrawn_at=None))
    if any(row.kind != Kind.CLOSED for row in ended):
        raise Conflict(f"{school.name}因合并或分立终止；登记错的，请在学校沿革里撤销那一项")
    _withdraw(ended, ground.document_number, ground.by, ground.at)


# -- parts of the above


def _ground(effective_on: date, document_number: str, by: User, at: datetime) -> Ground:
    _require_document(document_number)
    require_day("succeeded", effective_on, timezone.localdate(at))
    return Ground(effective_on, document_number.strip(), by, at)


def _require_document(document_number: str) -> None:
    if not document_number.strip():
        raise BadInput("请填写依据（批准设立、合并、分立、停办的文件文号）")


def _locked(schools: Iterable[School], by: User) -> list[School]:
    """Return schools locked in one order, so that two acts about the same schools wait for each other; in the order given."""
    wanted = list(dict.fromkeys(school.pk for school in schools))
    rows = (
        School.objects.select_for_update(of=("self",)).select_related("authority").filter(pk__in=wanted).order_by("pk")
    )
    found = {row.pk: row for row in rows}
    for row in found.values():
        require_permission(by, Permission.MANAGE_INSTITUTIONS, school=row)
    return [found[pk] for pk in wanted]


def _require_existing(successor: School, on: date) -> None:
    if successor.closed_on is not None and successor.closed_on <= on:
        heir = successor_of(successor, on)
        hint = f"；承继它的是{heir.name}" if heir not in (None, successor) else ""
        raise Conflict(f"{successor.name}自 {successor.closed_on:%Y-%m-%d} 起停办，不能接收其他学校{hint}")


def _require_unended(school: School) -> None:
    if school.closed_on is not None:
        raise Conflict(f"{school.name}已登记自 {school.closed_on:%Y-%m-%d} 起停办；登记错的请先撤销")


def _require_split(parent: School, parts: Sequence[Part], *, ends: bool) -> None:
    _require_unended(parent)
    names = [part.school.pk for part in parts]
    if not parts or parent.pk in names or len(set(names)) < len(names):
        raise BadInput("请至少选择一所由本校分立出的学校，每所只选一次，且不能是本校")
    taken = [programme.pk for part in parts for programme in part.programmes]
    every = set(parent.programmes.values_list("pk", flat=True))
    if len(set(taken)) < len(taken) or not set(taken) <= every:
        raise BadInput("每个专业只能归一所学校，且须是本校的专业")
    if ends and every - set(taken):
        names_left = "、".join(parent.programmes.filter(pk__in=every - set(taken)).values_list("name", flat=True)[:5])
        raise BadInput(f"原校终止的，每个专业都要有去向；还没有的：{names_left}")


def _hand_over(school: School, part: Part, ground: Ground) -> dict[str, int]:
    """Have the successor teach the programmes that go along, and every app move what is its own."""
    became = {programme.pk: _programme_at(part.school, programme, ground) for programme in part.programmes}
    handover = Handover(school, part.school, ground.effective_on, ground.document_number, became)
    return hand_over(handover, by=ground.by, at=ground.at)


def _give_back(parts: Sequence[Succession], by: User, at: datetime) -> dict[str, dict[str, int]]:
    """Have every app bring back what went along with each part; return how many of each, by where it was."""
    returned = {}
    for part in parts:
        if part.successor is not None:
            handover = Handover(part.school, part.successor, part.effective_on, part.document_number)
            returned[part.successor.name] = give_back(handover, by=by, at=at)
    return returned


def _successor_of(succession: Succession) -> School:
    if succession.successor is None:
        raise Conflict("这项变动没有承继学校，没有学籍可以移交")
    return succession.successor


def _programme_at(school: School, programme: Programme, ground: Ground) -> Programme:
    known = school.programmes.filter(name=programme.name, duration_years=programme.duration_years).first()
    return known or add_programme(
        school=school, code=programme.code, name=programme.name, duration_years=programme.duration_years,
        education_level=programme.education_level, catalogue_year=programme.catalogue_year, by=ground.by, at=ground.at,
    )  # fmt: skip


def _entered(
    school: School, kind: str, ground: Ground, *, successor: School | None = None, ends: bool = False,
    handed_over: int = 0,
) -> Succession:  # fmt: skip
    """Enter what became of a school; the database refuses what does not fit the rest of its history."""
    try:
        with transaction.atomic():
            return Succession.objects.create(
                school=school, kind=kind, successor=successor, ends=ends, effective_on=ground.effective_on,
                document_number=ground.document_number, handed_over=handed_over, entered_by=ground.by, entered_at=ground.at,
            )  # fmt: skip
    except IntegrityError as error:
        other = f"或{successor.name}" if successor else ""
        raise Conflict(
            f"{school.name}{other}的沿革与此不合：在 {ground.effective_on:%Y-%m-%d} 学校已经终止、尚未设立，"
            "或者之后还有登记；请核对日期，登记错的先撤销"
        ) from error


def _end(school: School, ground: Ground) -> None:
    """Write the day a school ends, and its history."""
    school.closed_on = ground.effective_on
    school.save(update_fields=["closed_on", "digest"])
    Amendment.objects.create(
        school=school, field="closed_on", before="", after=ground.effective_on.isoformat(),
        effective_on=ground.effective_on, document_number=ground.document_number, amended_by=ground.by,
        amended_at=ground.at,
    )  # fmt: skip


def _entrust(school: School, keeper: Place, row: Succession, ground: Ground) -> None:
    """Have a place keep the files of a school that ends, and those of others the school kept until then."""
    for kept in [school, *serves_files_of(school, ground.effective_on)]:
        if kept != keeper:
            _kept_by(kept, keeper, row, ground)


def _kept_by(school: School, keeper: Place, row: Succession | None, ground: Ground) -> Custody:
    place = {"custodian_school": keeper} if isinstance(keeper, School) else {"custodian_authority": keeper}
    try:
        with transaction.atomic():
            return Custody.objects.create(
                school=school, from_on=ground.effective_on, document_number=ground.document_number, succession=row,
                entered_by=ground.by, entered_at=ground.at, **place,
            )  # fmt: skip
    except IntegrityError as error:
        raise Conflict(f"{keeper}不能保管{school.name}的档案：它已经停办，或就是该校自己") from error


def _parts_beside(row: Succession) -> list[Succession]:
    """Return the other parts of the same split."""
    if row.kind != Kind.SPLIT:
        return []
    beside = Succession.objects.select_for_update(of=("self",)).select_related("successor").exclude(pk=row.pk)
    return list(
        beside.filter(
            school=row.school_id, kind=Kind.SPLIT, effective_on=row.effective_on, document_number=row.document_number,
            withdrawn_at=None,
        )
    )  # fmt: skip


def _withdraw(rows: Sequence[Succession], document_number: str, by: User, at: datetime) -> None:
    for row in rows:
        row.withdrawn_by, row.withdrawn_at, row.withdrawn_document = by, at, document_number
        row.save(update_fields=["withdrawn_by", "withdrawn_at", "withdrawn_document", "digest"])


def _reopen(school: School, row: Succession, document_number: str, by: User, at: datetime) -> None:
    """Write that a school did not end after all; both entries stay."""
    before, school.closed_on = school.closed_on, None
    school.save(update_fields=["closed_on", "digest"])
    Amendment.objects.create(
        school=school, field="closed_on", before=before.isoformat() if before else "", after="",
        effective_on=row.effective_on, document_number=document_number, amended_by=by, amended_at=at,
    )  # fmt: skip
