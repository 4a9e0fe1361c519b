"""Rows of a school's list beside what the register knows: matched and compared in a few queries, nothing written.

The list may found a record, and correct one that nobody has examined yet (`confirmed_at` empty). A record that was
examined once is changed by a decided case alone (S1-07): a row that disagrees with it is a finding.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from django.utils import timezone

from xueji.core.facts import GraduateFacts
from xueji.core.findings import Citation, Finding, Severity
from xueji.core.status_specs import ClosingSpec
from xueji.institutions.models import Programme, School
from xueji.institutions.queries import pack_of
from xueji.registry.models import ACTIVE, Enrolment, EnrolmentStatus, Person, Registration
from xueji.sealing.texts import blind_index

PERSON_FIELDS = {"name": "姓名", "sex": "性别", "birth_date": "出生日期"}
_ENROLMENT_FIELDS = {"programme": "专业", "duration_years": "学制", "entry_month": "入学年月"}
LOOSE_FIELDS = ("ethnicity", "political_status")  # not among what the notice has compared; the newest list counts
_ENDED = (EnrolmentStatus.WITHDRAWN, EnrolmentStatus.CANCELLED, EnrolmentStatus.TRANSFERRED, EnrolmentStatus.DIED)


@dataclass(frozen=True, slots=True)
class Match:
    """What the register knows about one row: the person, their live or latest record at this school, and the findings."""

    facts: GraduateFacts
    index: bytes
    programme: Programme | None
    person: Person | None
    enrolment: Enrolment | None
    findings: tuple[Finding, ...] = ()

    @property
    def is_free_to_correct(self) -> bool:
        """Whether the row itself may still correct the record: nobody has examined it."""
        return self.enrolment is None or self.enrolment.confirmed_at is None


@dataclass(frozen=True, slots=True)
class _Known:
    """What is stored about the rows, looked up at once."""

    programmes: Mapping[tuple[str, Decimal], Programme]
    persons: Mapping[bytes, Person]
    at_school: Mapping[object, Enrolment]  # person id -> record at this school
    elsewhere: Mapping[object, Enrolment]  # person id -> active record at another school
    examined: frozenset[object] = field(default_factory=frozenset)  # persons with an examined record anywhere


def match_rows(
    rows: Sequence[GraduateFacts],
    *,
    school: School,
    cites: tuple[Citation, ...] = (),
) -> list[Match]:
    """Compare rows with the register, four queries whatever their number; rows without an ID number match nobody.

    A school learns that somebody studies elsewhere, never where.
    """
    indexes = [blind_index(facts.resident_id) if facts.resident_id else b"" for facts in rows]
    known = _look_up(school, indexes)
    return [_matched(facts, index, known, cites) for facts, index in zip(rows, indexes, strict=True)]


def _look_up(school: School, indexes: Iterable[bytes]) -> _Known:
    persons = {
        bytes(p.resident_id_index or b""): p
        for p in Person.objects.filter(resident_id_index__in={i for i in indexes if i})
    }
    ids = [p.pk for p in persons.values()]
    records = list(
        Enrolment.objects.filter(person__in=ids)
        .select_related("school__authority", "programme", "registration")
        .defer("registration__form")
        .order_by("entry_month")
    )
    active_last = sorted(records, key=lambda e: e.status in ACTIVE)  # the last of a person stays in the mapping
    return _Known(
        programmes={(p.name, p.duration_years): p for p in Programme.objects.filter(school=school)},
        persons=persons,
        at_school={e.person_id: e for e in active_last if e.school_id == school.pk},
        elsewhere={e.person_id: e for e in records if e.school_id != school.pk and e.status in ACTIVE},
        examined=frozenset(e.person_id for e in records if e.confirmed_at is not None),
    )


def _matched(facts: GraduateFacts, index: bytes, known: _Known, cites: tuple[Citation, ...]) -> Match:
    programme = known.programmes.get((facts.programme or "", facts.duration_years or Decimal(0)))
    person = known.persons.get(index)
    enrolment = known.at_school.get(person.pk) if person else None
    findings: list[Finding] = []
    if facts.programme and facts.duration_years and programme is None:
        message = f"本校没有登记「{facts.programme}」{facts.duration_years.normalize():f} 年制专业"
        findings.append(
            _finding(
                "registry.programme_registered", message, "programme", "请核对专业和学制，或请主管部门登记该专业", cites
            )
        )
    if person and person.pk in known.elsewhere:
        findings.append(
            _finding("registry.studies_at_one_school", "该生已在其他学校在读，一人只能有一个学籍", "resident_id",
                     "请核对身份证号；确属本校学生的，请向主管部门报告", cites)
        )  # fmt: skip
    if enrolment and enrolment.status in _ENDED:
        message = f"该生学籍为「{enrolment.get_status_display()}」，不能列入毕业名单"
        remedy = "请从名单中删去；学籍有误的，先办理恢复学籍"
        findings.append(_finding("registry.has_status", message, "resident_id", remedy, cites))
    if enrolment and (unfiled := _unfiled(enrolment)):
        findings.append(unfiled)
    if person and enrolment and enrolment.status == EnrolmentStatus.GRADUATED:
        findings.append(
            _finding(
                "registry.not_graduated_before",
                f"该生已于本校毕业（{enrolment.entry_month} 入学）",
                "resident_id",
                "请从名单中删去",
                cites,
            )
        )
    if person:
        findings += _disagreements(facts, person, enrolment, known, cites)
    return Match(facts, index, programme, person, enrolment, tuple(findings))


def _unfiled(enrolment: Enrolment) -> Finding | None:
    """Return that a registered student is not filed: in no batch, and no number (S2-13); None where there is no register."""
    registration = getattr(enrolment, "registration", None)
    if registration is None or registration.filing == Registration.Filing.FILED:
        return None
    specs = pack_of(enrolment.school).on(timezone.localdate()).every("closing", ClosingSpec)
    cites = next((spec.cites for spec in specs if spec.key == "filing"), ())
    message = f"该生学籍{registration.get_filing_display()}，没有备案的不能办理毕业证书"
    return _finding("registry.filed", message, "resident_id", "请先完成学籍备案；截止以后不再办理", cites)


def _disagreements(
    facts: GraduateFacts, person: Person, enrolment: Enrolment | None, known: _Known, cites: tuple[Citation, ...]
) -> list[Finding]:
    """Return where a row differs from an examined record (S1-06): the remedy is a particulars change (S1-07)."""
    remedy = "请与证件核对：名单填错的改名单；学籍信息有误的，先办理信息更正"
    differing = differences(facts, person, enrolment if enrolment and enrolment.confirmed_at else None)
    if person.pk not in known.examined:
        return []
    return [
        _finding("registry.agrees_with_record", _disagreement(name, label, old, new), name, remedy, cites)
        for name, label, old, new in differing
    ]


def _disagreement(name: str, label: str, old: str, new: str) -> str:
    """Return the sentence; a birth date is named, not repeated: the record's is not the school's to read here."""
    return f"{label}与学籍登记的不一致" if name == "birth_date" else f"{label}「{new}」与学籍登记的「{old}」不一致"


def differences(facts: GraduateFacts, person: Person, enrolment: Enrolment | None) -> list[tuple[str, str, str, str]]:
    """Return (field, label, stored, claimed) for every particular of the notice in which row and record differ."""
    found = []
    for name, label in PERSON_FIELDS.items():
        old, new = getattr(person, name), getattr(facts, name)
        if new and old != new:
            found.append((name, label, str(old), str(new)))
    if enrolment is not None:
        for name, label in _ENROLMENT_FIELDS.items():
            old, new = _record_value(enrolment, name), _claimed_value(facts, name)
            if new and old != new:
                found.append((name, label, old, new))
    return found


def _record_value(enrolment: Enrolment, name: str) -> str:
    if name == "programme":
        return enrolment.programme.name
    return f"{enrolment.duration_years.normalize():f}" if name == "duration_years" else enrolment.entry_month


def _claimed_value(facts: GraduateFacts, name: str) -> str:
    value = getattr(facts, name)
    return f"{value.normalize():f}" if isinstance(value, Decimal) else str(value or "")


def _finding(rule: str, message: str, name: str, remedy: str, cites: tuple[Citation, ...]) -> Finding:
    return Finding(rule, Severity.ERROR, message, name, remedy, cites)
