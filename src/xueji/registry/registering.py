"""New students beside what the register knows: matched in a few queries, every doubt a finding, nothing written.

A school learns that somebody is registered elsewhere, never where.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from uuid import UUID

from xueji.cases.models import Case
from xueji.core.calendar import deadline_by_clock
from xueji.core.enrolment_facts import EnrolmentFacts
from xueji.core.findings import Citation, Finding, Severity
from xueji.core.intakes import Intake
from xueji.core.new_students import NewStudent
from xueji.core.packs import PackView
from xueji.core.status_specs import ClosingSpec
from xueji.institutions.models import Programme, School
from xueji.registry.bar_kinds import REGISTER, NewcomerAct, bar_findings
from xueji.registry.models import ACTIVE, Enrolment, EnrolmentStatus, Guardian, Person, StudentNumber
from xueji.registry.queries.documents import other_documents
from xueji.sealing.texts import blind_index

_KNOWN = {"name": "姓名", "sex": "性别", "birth_date": "出生日期"}


@dataclass(frozen=True, slots=True)
class Admission:
    """Who registers whom: the school, the intake, the day of 入学手续, under which law, on which day."""

    school: School
    intake: Intake
    entered_on: date
    view: PackView
    on: date


@dataclass(frozen=True, slots=True)
class Came:
    """What the way somebody came decides, where the programme and the form do not: origin, duration, class, end of studies."""

    origin: str  # a key of `core.status_words.ORIGINS`
    years: Decimal
    to_study: Decimal  # years from the day they came
    grade: int
    class_name: str
    compulsory_until: date | None
    filed_by: Case


@dataclass(frozen=True, slots=True)
class NewPlace:
    """A row with what the register knows of it: whose it is, which programme, whether it is only a claim."""

    student: NewStudent
    index: bytes
    number_index: bytes
    programme: Programme | None
    person: Person | None
    is_claimed: bool
    has_number: bool
    has_guardians: bool
    findings: tuple[Finding, ...] = ()
    came: Came | None = None

    @property
    def errors(self) -> list[Finding]:
        """Return what refuses the row."""
        return [finding for finding in self.findings if finding.is_error]


@dataclass(frozen=True, slots=True)
class _Known:
    """What is stored about the rows, looked up at once."""

    programmes: Mapping[tuple[str, Decimal], Programme]
    persons: Mapping[bytes, Person]
    records: Mapping[UUID, list[Enrolment]]  # of a person, those that count: active ones, and claims
    numbers: Mapping[bytes, StudentNumber]
    numbered: Mapping[UUID, bytes]
    guarded: frozenset[UUID] = field(default_factory=frozenset)
    twice: frozenset[bytes] = field(default_factory=frozenset)  # numbers that two rows give


def place_students(rows: Sequence[EnrolmentFacts], admission: Admission, *, asks_terms: bool = True) -> list[NewPlace]:
    """Compare rows with the register, whatever their number in six queries; findings name what stands against each.

    The terms of an intake are those of new students: they are not asked of who comes from another school.
    """
    view = admission.view
    letter = str(view.value("student_number_letter"))
    students = [NewStudent.of(facts, view) for facts in rows]
    indexes = [blind_index(student.number) if student.number else b"" for student in students]
    carried = [blind_index(number) if (number := student.number_to_give(letter)) else b"" for student in students]
    known = _look_up(admission.school, indexes, carried)
    late = late_findings(admission) if asks_terms else []
    places = [
        _placed(student, (index, number), known, admission, late)
        for student, index, number in zip(students, indexes, carried, strict=True)
    ]
    return _barred(places, admission) if asks_terms else places


def _barred(places: Sequence[NewPlace], admission: Admission) -> list[NewPlace]:
    """Add what bars the school from registering each of these new students."""
    wanted = [
        NewcomerAct(
            REGISTER, admission.intake, place.programme.pk if place.programme else None,
            place.student.facts.text("teaching_site")[:60],
        )
        for place in places
    ]  # fmt: skip
    barred = bar_findings(admission.school, wanted, admission.on)
    return [
        replace(place, findings=(*place.findings, *found)) if found else place
        for place, found in zip(places, barred, strict=True)
    ]


def late_findings(admission: Admission) -> list[Finding]:
    """Return what there is to say of a registration on a day: terms of 第六条 that have passed."""
    view, intake, on = admission.view, admission.intake, admission.on
    term, clock = view.entry("closing", "registration", ClosingSpec), view.clock("efile_created")
    filing = view.entry("closing", "filing", ClosingSpec)
    last, found = deadline_by_clock(admission.entered_on, clock, view.calendar).on, []
    if on > filing.day_for(intake):
        words = f"本届备案已于 {filing.day_for(intake):%Y-%m-%d} 截止，不再登记新生"
        found.append(
            _finding(
                "registration.before_filing_closes", words, None, "核实去向；确属本届的，请报告主管部门", filing.cites
            )
        )
    elif on > term.day_for(intake):
        words = f"本届{term.label}已于 {term.day_for(intake):%Y-%m-%d} 截止"
        remedy = "须在截止以前已在全国系统注册；登记以后请填写注册日期和来源"
        found.append(_warning("registration.before_closing", words, remedy, term.cites))
    if on > last:
        words = f"{clock.label}的期限为 {last:%Y-%m-%d}，已经超过"
        found.append(_warning("registration.within_term", words, "请尽快登记，并说明原因", clock.cites))
    return found


def _look_up(school: School, indexes: Sequence[bytes], carried: Sequence[bytes]) -> _Known:
    wanted = {index for index in indexes if index}
    persons = {bytes(p.resident_id_index or b""): p for p in Person.objects.filter(resident_id_index__in=wanted)}
    earlier = other_documents(wanted - persons.keys())
    persons |= {bytes(document.number_index): document.person for document in earlier}
    ids = [person.pk for person in persons.values()]
    records: dict[UUID, list[Enrolment]] = {}
    counted = (*ACTIVE, EnrolmentStatus.CLAIMED)
    for record in Enrolment.objects.filter(person__in=ids, status__in=counted).only("person_id", "school_id", "status"):
        records.setdefault(record.person_id, []).append(record)
    numbers = {
        bytes(n.number_index): n for n in StudentNumber.objects.filter(number_index__in={c for c in carried if c})
    }
    of_persons = StudentNumber.objects.filter(person__in=ids).values_list("person_id", "number_index")
    guarded = Guardian.objects.filter(person__in=ids, ended_on__isnull=True).values_list("person_id", flat=True)
    return _Known(
        {(p.name, p.duration_years): p for p in Programme.objects.filter(school=school)},
        persons, records, numbers, {key: bytes(index) for key, index in of_persons}, frozenset(guarded),
        frozenset(number for number, count in Counter(carried).items() if number and count > 1),
    )  # fmt: skip


def _placed(
    student: NewStudent, indexes: tuple[bytes, bytes], known: _Known, admission: Admission, late: Sequence[Finding]
) -> NewPlace:
    (index, number), view = indexes, admission.view
    facts = student.facts
    programme = known.programmes.get((facts.text("programme"), student.years or Decimal(0)))
    person = known.persons.get(index) if index else None
    records = known.records.get(person.pk, []) if person else []
    found = [*late, *_row_findings(student, programme, admission.intake, view)]
    found += _person_findings(student, person, records, admission)
    has_number = person is not None and person.pk in known.numbered
    found += _number_findings(student, number, person, known, view)
    return NewPlace(
        student, index, number, programme, person, any(r.status in ACTIVE for r in records), has_number,
        person is not None and person.pk in known.guarded, tuple(found),
    )  # fmt: skip


def _row_findings(student: NewStudent, programme: Programme | None, intake: Intake, view: PackView) -> list[Finding]:
    facts, found = student.facts, []
    if facts.text("programme") and student.years and programme is None:
        words = f"本校没有登记「{facts.text('programme')}」{student.years.normalize():f} 年制专业"
        found.append(
            _finding("registration.programme_registered", words, "programme",
                     "请按登记的专业名称填写；没有登记的，请主管部门登记", _cites(view, "filing"))
        )  # fmt: skip
    if facts.intake is not None and facts.intake != intake:
        found.append(
            _finding("registration.of_the_intake", "入学年月不属于本次登记的招生年份和季节", "entry_month",
                     "请核对入学年月；不是本届的，请在另一届中登记", _cites(view, "registration"))
        )  # fmt: skip
    if facts.text("name") and facts.text("resident_id") and student.birth_date is None:
        found.append(
            _finding("registration.birth_date_known", "没有出生日期，证件号中也读不出", "birth_date",
                     "请按证件填写出生日期", _cites(view, "registration"))
        )  # fmt: skip
    return found


def _person_findings(
    student: NewStudent, person: Person | None, records: Sequence[Enrolment], admission: Admission
) -> list[Finding]:
    if person is None:
        return []
    cites, found = admission.view.clock("duplicate_decided").cites, []
    if any(record.school_id == admission.school.pk for record in records):
        found.append(
            _finding("registration.once_at_a_school", "该生已在本校登记学籍", "resident_id", "请从名册中删去", cites)
        )
    elif any(record.status in ACTIVE for record in records):
        words = "该生已有其他学校的学籍，登记为「待查重处理」，查清以前不能备案"
        found.append(
            _warning("registration.one_active", words, "请提供实际就读的证明材料，发起学籍查重", cites, "resident_id")
        )
    given = {"name": student.facts.text("name"), "sex": student.facts.text("sex"), "birth_date": student.birth_date}
    differing = [label for name, label in _KNOWN.items() if given[name] and getattr(person, name) != given[name]]
    if differing:
        words = f"{'、'.join(differing)}与该证件号已登记的不一致"
        remedy = "请与证件原件核对；名册无误的，请主管部门查明已登记的是谁"
        found.append(_finding("registry.agrees_with_record", words, "resident_id", remedy, cites))
    return found


def _number_findings(
    student: NewStudent, number: bytes, person: Person | None, known: _Known, view: PackView
) -> list[Finding]:
    """Return what speaks against a 学籍号 that is carried on: it stays for life, and is one person's."""
    cites = view.clock("duplicate_decided").cites
    stored = known.numbers.get(number) if number else None
    if number in known.twice:
        words = "学籍号在名册中重复"
    elif stored is not None and (person is None or stored.person_id != person.pk):
        words = "学籍号已登记在另一名学生名下"
    elif student.carried and person is not None and known.numbered.get(person.pk, number) != number:
        words = "学籍号与该生已登记的不一致，学籍号终身不变"
    else:
        return []
    return [_finding("registration.number_of_one_person", words, "student_number", "请核对学籍号和证件号", cites)]


def _cites(view: PackView, closing: str) -> tuple[Citation, ...]:
    return view.entry("closing", closing, ClosingSpec).cites


def _finding(rule: str, message: str, name: str | None, remedy: str, cites: tuple[Citation, ...]) -> Finding:
    return Finding(rule, Severity.ERROR, message, name, remedy, cites)


def _warning(rule: str, message: str, remedy: str, cites: tuple[Citation, ...], name: str | None = None) -> Finding:
    return Finding(rule, Severity.WARNING, message, name, remedy, cites)
