"""Three years of changes of the students of a school: applied for, decided and taken back through the product's own acts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time

from django.utils import timezone

from xueji.accounts.models import User
from xueji.cases.actions import attach_evidence, decide_step, submit_case
from xueji.cases.models import Case, Step, StepState
from xueji.core.status.fold import Value
from xueji.core.status_words import CHANGE_PROGRAMME, DIE, REPEAT, RESUME, SUSPEND, WITHDRAW
from xueji.demo.register.actions import Staff
from xueji.demo.register.intakes import SchoolAtWork
from xueji.registry.actions import open_status_application, open_status_undoing, open_transfer
from xueji.registry.models import Enrolment, StatusApplication, StatusChange

PROOF = b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj 2 0 obj<</Type/Pages/Kids[]/Count 0>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
LEAVERS_OF = 40  # one in so many of a filed intake leaves, from the second year on
_OFTEN: Mapping[str, int] = {SUSPEND: 60, CHANGE_PROGRAMME: 120, REPEAT: 250}  # one in so many


@dataclass(frozen=True, slots=True)
class AppliedChange:
    """An application: which change of whom from when, asked for and decided at one hour of that day."""

    change: str
    records: Sequence[Enrolment]
    on: date
    statement: str
    wanted: Mapping[str, Value] | None = None  # the same for all of them

    @property
    def at(self) -> datetime:
        """Return when it is asked for."""
        return moment(self.on)


def moment(on: date, hour: int = 10) -> datetime:
    """Return an hour of a day."""
    return datetime.combine(on, time(hour), tzinfo=timezone.get_default_timezone())


def leavers_of(students: int) -> int:
    """Return how many more come in with an intake of which so many are there now."""
    return students // LEAVERS_OF


def change_intake(at_work: SchoolAtWork, records: Sequence[Enrolment], year: int, leavers: int, *, newest: int) -> None:
    """Tell what became of the filed students of an intake; the newest one has only begun."""
    waiting = list(records)
    if year == newest:
        suspended = _take(waiting, len(records) // 200)
        carry_out(at_work, AppliedChange(SUSPEND, suspended, date(year, 11, 10), "因病休学", _until(year + 1)))
        return
    dead = leavers // 20 if year + 2 <= newest else 0
    carry_out(at_work, AppliedChange(WITHDRAW, _take(waiting, leavers - dead), date(year + 1, 3, 20), "本人申请退学"))
    carry_out(at_work, AppliedChange(DIE, _take(waiting, dead), date(year + 1, 5, 8), "因病死亡"))
    left, joined, *_ = at_work.programmes.values()
    moving = _take(
        [record for record in waiting if record.programme_id == left.pk], len(records) // _OFTEN[CHANGE_PROGRAMME]
    )
    waiting = [record for record in waiting if record not in moving]
    carry_out(
        at_work,
        AppliedChange(CHANGE_PROGRAMME, moving, date(year, 12, 30), "本人申请转专业", {"programme_id": joined.pk}),
    )
    suspended = _take(waiting, len(records) // _OFTEN[SUSPEND])
    carry_out(at_work, AppliedChange(SUSPEND, suspended, date(year + 1, 3, 2), "因病休学", _until(year + 2)))
    if year + 2 <= newest:
        back = suspended[: len(suspended) * 2 // 3]
        carry_out(at_work, AppliedChange(RESUME, back, date(year + 2, 3, 2), "休学期满", {"grade": year + 1}))
        carry_out(
            at_work,
            AppliedChange(REPEAT, _take(waiting, len(records) // _OFTEN[REPEAT]), date(year + 1, 9, 4), "本人申请留级"),
        )
        mistaken = list(StatusChange.objects.filter(enrolment__in=back[:1], kind=RESUME).select_related("enrolment"))
        if mistaken:
            undo(at_work, mistaken, date(year + 2, 3, 9))


def _take(waiting: list[Enrolment], count: int) -> list[Enrolment]:
    """Return so many students spread over the list, and leave them out from then on: each has one story."""
    if not count:
        return []
    step = len(waiting) // count
    taken = waiting[:: step or 1][:count]
    gone = {record.pk for record in taken}
    waiting[:] = [record for record in waiting if record.pk not in gone]
    return taken


def _until(year: int) -> dict[str, Value]:
    return {"until": f"{year}-03-01"}


def carry_out(at_work: SchoolAtWork, act: AppliedChange) -> None:
    """Apply for a change and have it decided; nothing where it is about nobody."""
    if application := apply_for(at_work, act):
        approve(application.case, at_work.staff, act.at)


def apply_for(at_work: SchoolAtWork, act: AppliedChange) -> StatusApplication | None:
    """Open a change with its evidence and submit it; None where it is about nobody."""
    if not act.records:
        return None
    application = open_status_application(
        school=at_work.school, change=act.change, enrolments=act.records,
        wanted={record.pk: act.wanted or {} for record in act.records}, statement=act.statement, effective_on=act.on,
        by=at_work.staff.clerk, at=act.at,
    )  # fmt: skip
    _submit(application.case, at_work.staff.clerk, act.at)
    return application


def undo(at_work: SchoolAtWork, changes: Sequence[StatusChange], on: date) -> None:
    """Take back changes that should not have been made."""
    application = open_status_undoing(
        school=at_work.school,
        changes=changes,
        statement="录入有误",
        effective_on=on,
        by=at_work.staff.clerk,
        at=moment(on),
    )
    _submit(application.case, at_work.staff.clerk, moment(on))
    approve(application.case, at_work.staff, moment(on))


def transfer(
    records: Sequence[Enrolment], sending: SchoolAtWork, receiving: SchoolAtWork, deciders: Mapping[int, tuple[User, User]],
    on: date, *, lamps: int | None = None,
) -> None:  # fmt: skip
    """Move students to the same programme of another school; `lamps`: so many steps are decided, all where none is said."""
    at = moment(on)
    application = open_transfer(
        enrolments=records, receiving=receiving.school,
        programmes={record.pk: receiving.programmes[record.programme.name] for record in records},
        statement="随家庭迁居转学", effective_on=on, by=sending.staff.clerk, at=at,
    )  # fmt: skip
    _submit(application.case, sending.staff.clerk, at)
    leaders = {side.school.pk: (side.staff.leader,) for side in (sending, receiving)}
    decided = 0
    while (step := open_step(application.case)) and decided != lamps:
        hands = leaders[step.school_id] if step.school_id else deciders[step.authority_id]  # type: ignore[index]  # one of the two
        for hand in hands:
            decide_step(step=step, verdict="approve", by=hand, at=at)
        decided += 1


def approve(case: Case, staff: Staff, at: datetime, *, hands: int = 9) -> None:
    """Have the steps of a case of one school decided: by the leader, then by both reviewers; only by the first `hands` of them."""
    for hand in (staff.leader, *staff.reviewers)[:hands]:
        if step := open_step(case):
            decide_step(step=step, verdict="approve", by=hand, at=at)


def open_step(case: Case) -> Step | None:
    """Return the step a case lies at."""
    return Step.objects.filter(case=case, state=StepState.CURRENT).first()


def _submit(case: Case, clerk: User, at: datetime) -> None:
    attach_evidence(case=case, kind="证明材料", file_name="证明.pdf", data=PROOF, by=clerk, at=at)
    submit_case(case=case, by=clerk, at=at)
