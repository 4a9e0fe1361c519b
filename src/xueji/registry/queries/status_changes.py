"""Changes of status that are asked for: what is known of each record, what the law says of it, what it would become."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import cast
from uuid import UUID

from xueji.core.decisions.changes import ChangeDecision, decide_change
from xueji.core.findings import Finding, Severity, errors_of
from xueji.core.packs import PackView, Reading
from xueji.core.status.facts import ChangeFacts
from xueji.core.status.fold import Value
from xueji.core.status.territories import territory_of
from xueji.core.status_specs import ChangeSpec
from xueji.core.status_words import (
    CHANGE_PARTICULARS,
    CHANGE_PROGRAMME,
    CHANGES,
    REINSTATE,
    REPEAT,
    TRANSFER,
    VOCATIONAL,
)
from xueji.institutions.models import Programme, School
from xueji.registry.models import ACTIVE, Enrolment, EnrolmentStatus, Registration, StatusChange
from xueji.registry.queries.change_values import day_of, value_problems

KIND = "status_change"
# A transfer is a case of two schools, particulars are corrected on papers of their own.
KINDS_OF_CHANGE = tuple(name for name in CHANGES if name not in (TRANSFER, CHANGE_PARTICULARS))
_NAMED = 5  # how many names a finding lists


@dataclass(frozen=True, slots=True)
class Wish:
    """What is asked for one record: the values the change is to move, or the change it takes back."""

    enrolment: Enrolment
    wanted: Mapping[str, Value]
    undoes: StatusChange | None = None


@dataclass(frozen=True, slots=True)
class JudgedWish:
    """A wish with what the law says of it; no decision where a change is taken back."""

    wish: Wish
    findings: tuple[Finding, ...]
    decision: ChangeDecision | None = None

    @property
    def allowed(self) -> bool:
        """Whether nothing refuses it."""
        return not errors_of(self.findings)

    @property
    def to_status(self) -> EnrolmentStatus:
        """The status the record has afterwards; its present one where the change leaves it, or is refused."""
        if self.wish.undoes is not None:
            return EnrolmentStatus(self.wish.undoes.from_status)
        word = self.decision.to_status if self.decision else None
        return EnrolmentStatus.of(word) if word else EnrolmentStatus(self.wish.enrolment.status)


@dataclass(frozen=True, slots=True)
class AskedChange:
    """What an application asks of all its records alike."""

    change: str
    on: date
    school: School
    reason: str = ""
    is_undoing: bool = False


def registration_of(record: Enrolment) -> Registration | None:
    """Return what the register keeps of a record; None for one that a list of graduates founded."""
    return cast("Registration | None", getattr(record, "registration", None))


def programmes_of(school: School) -> dict[int, Programme]:
    """Return the programmes of a school by their keys, of those that are closed too: somebody may study them."""
    return {row.pk: row for row in Programme.objects.filter(school=school)}


def is_graduating(expected: str, on: date, view: PackView) -> bool:
    """Whether a day lies in the school year in which somebody is expected to graduate, or later."""
    starts = cast("int", view.value("school_year_starts"))
    ends = on.year + (on.month >= starts)
    return expected < f"{ends}-{starts:02d}"


def in_graduating_year(record: Enrolment, on: date, view: PackView) -> bool:
    """Whether somebody is in the graduating year on a day, as the register expects it; who has no registration is not."""
    registration = registration_of(record)
    return registration is not None and is_graduating(registration.expected_graduation, on, view)


def is_compulsory(record: Enrolment, on: date) -> bool:
    """Whether somebody has not completed compulsory schooling on a day; the last day of it belongs to it."""
    registration = registration_of(record)
    until = registration.compulsory_until if registration else None
    return until is not None and on <= until


def changes_of_law(view: PackView) -> tuple[str, ...]:
    """Return the changes that a law knows and that are applied for by one school."""
    known = view.keys("change")
    return tuple(name for name in KINDS_OF_CHANGE if name in known)


def judge_wishes(
    asked: AskedChange, wishes: Sequence[Wish], view: PackView, *, asks_values: bool = True
) -> list[JudgedWish]:
    """Return what the law says of each wish, in their order; a few statements, however many there are.

    Without `asks_values` only whether the change is allowed: nobody has typed anything yet.
    """
    records = [wish.enrolment for wish in wishes]
    latest, repeats = _history(records)
    elsewhere = _active_elsewhere(records) if asked.is_undoing or asked.change == REINSTATE else set()
    spec = view.entry("change", asked.change, ChangeSpec)
    programmes = programmes_of(asked.school)
    decide = cache(lambda facts: decide_change(facts, view))
    judged = []
    for wish in wishes:
        last = latest.get(wish.enrolment.pk)
        found = [*_order_problems(asked, wish, last, spec), *_double_problems(wish, elsewhere, spec)]
        decision = None
        if not asked.is_undoing:
            decision = decide(_facts(asked, wish, repeats.get(wish.enrolment.pk, 0), view))
            found = [*decision.findings, *found]
            if asks_values and decision.allowed:  # who may not have it is not asked for values
                found += value_problems(
                    asked.change, wish.enrolment, wish.wanted, asked.on, programmes=programmes, cites=spec.cites
                )
        judged.append(JudgedWish(wish, tuple(found), decision))
    return judged


def findings_by_name(judged: Iterable[JudgedWish]) -> list[Finding]:
    """Return the findings of many wishes, each once, led by the names of those it is about."""
    names: dict[Finding, list[str]] = {}
    for row in judged:
        for finding in row.findings:
            names.setdefault(finding, []).append(row.wish.enrolment.person.name)
    return [
        Finding(
            finding.rule, finding.severity, f"{_listed(whom)}：{finding.message}", finding.field, finding.remedy,
            finding.cites,
        )
        for finding, whom in names.items()
    ]  # fmt: skip


def readings_of_wishes(change: str, judged: Iterable[JudgedWish], view: PackView) -> list[Reading]:
    """Return every reading of the law on which the judgements rest, each once."""
    readings = [reading for row in judged if row.decision for reading in row.decision.readings]
    readings += view.readings_of(f"changes.{change}", "graduation")
    if change == CHANGE_PROGRAMME:
        readings += view.readings_of("values.school_year_starts")
    return list(dict.fromkeys(readings))


def _listed(names: Sequence[str]) -> str:
    more = f"等 {len(names)} 人" if len(names) > _NAMED else ""
    return "、".join(names[:_NAMED]) + more


def _facts(asked: AskedChange, wish: Wish, repeats: int, view: PackView) -> ChangeFacts:
    record = wish.enrolment
    leave = wish.wanted.get("leave_granted")
    return ChangeFacts(
        status=record.get_status_display(),
        change=asked.change,
        on=asked.on,
        from_school=VOCATIONAL,
        authority=territory_of(asked.school.authority.division_code, view),
        graduating_year=in_graduating_year(record, asked.on, view),
        compulsory=is_compulsory(record, asked.on),
        reason=asked.reason or None,
        absent_since=day_of(wish.wanted.get("absent_since")),
        leave_granted=None if leave is None else bool(leave),
        delayed_years=repeats,
        study_mode=record.study_mode,
    )


def _history(records: Sequence[Enrolment]) -> tuple[dict[UUID, StatusChange], dict[UUID, int]]:
    """Return the last change in force of each record, and how often it repeated a year."""
    latest: dict[UUID, StatusChange] = {}
    repeats: dict[UUID, int] = {}
    rows = StatusChange.objects.filter(
        enrolment__in=[record.pk for record in records], counters=None, countered_by=None
    )
    for change in rows.order_by("effective_on", "ordinal"):
        latest[change.enrolment_id] = change
        if change.kind == REPEAT:
            repeats[change.enrolment_id] = repeats.get(change.enrolment_id, 0) + 1
    return latest, repeats


def _active_elsewhere(records: Sequence[Enrolment]) -> set[UUID]:
    """Return the people among these who have an active record besides."""
    people = {record.person_id: record.pk for record in records}
    active = Enrolment.objects.filter(person__in=list(people), status__in=ACTIVE)
    return {record.person_id for record in active.only("person_id") if record.pk != people[record.person_id]}


def _order_problems(asked: AskedChange, wish: Wish, last: StatusChange | None, spec: ChangeSpec) -> list[Finding]:
    """Return what is wrong with the order of things: changes take effect one after the other, the last is undone first."""
    registration = registration_of(wish.enrolment)
    begins = registration.entered_on if registration else None
    if wish.undoes is not None and (last is None or last.pk != wish.undoes.pk):
        message = "要撤销的不是最近一次生效的异动"
        return [_error("status_change.last_undone_first", message, "undoes", "请先撤销后面的异动", spec)]
    if last is not None and asked.on < last.effective_on:
        message = f"生效日期早于上一次异动「{last.kind}」的生效日期 {last.effective_on:%Y-%m-%d}"
        return [_error("status_change.in_order", message, "effective_on", "生效日期不早于上一次异动", spec)]
    if begins is not None and asked.on < begins:
        message = f"生效日期早于办理入学手续的日期 {begins:%Y-%m-%d}"
        return [_error("status_change.in_order", message, "effective_on", "生效日期不早于入学", spec)]
    return []


def _double_problems(wish: Wish, elsewhere: set[UUID], spec: ChangeSpec) -> list[Finding]:
    if wish.enrolment.person_id not in elsewhere:
        return []
    if wish.undoes is not None and wish.undoes.from_status not in ACTIVE:
        return []
    message = "本人现有另一条在读或休学的学籍，不能再有第二条"
    return [_error("status_change.active_once", message, "status", "先由现就读的学校办理，或按转学办理", spec)]


def _error(rule: str, message: str, field: str, remedy: str, spec: ChangeSpec) -> Finding:
    return Finding(rule, Severity.ERROR, message, field, remedy, spec.cites)
