"""Persons and enrolments from the rows of a school's list: matched, compared, founded; all in a few statements.

The list may found a record, and correct one that nobody has examined yet (`confirmed_at` empty). A record that was
examined once is changed by a decided case alone (S1-07): a row that disagrees with it is a finding.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from django.db import transaction
from django.db.models import Exists, OuterRef

from xueji.accounts.models import User
from xueji.core.errors import RuleViolation
from xueji.core.facts import GraduateFacts
from xueji.core.findings import Citation, Finding, Severity
from xueji.core.identifiers import mask_resident_id
from xueji.institutions.models import Programme, School
from xueji.ledger.actions import event_of, record_events
from xueji.ledger.tags import EventTag
from xueji.registry.models import Enrolment, EnrolmentStatus, Person, Reveal
from xueji.registry.privacy import blind_index, seal

_PERSON_FIELDS = {"name": "姓名", "sex": "性别", "birth_date": "出生日期"}
_ENROLMENT_FIELDS = {"programme": "专业", "duration_years": "学制", "entry_month": "入学年月"}
_LOOSE_FIELDS = ("ethnicity", "political_status")  # not among what the notice has compared; the newest list counts


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
    own: Mapping[object, Enrolment]  # person id -> record at this school
    elsewhere: Mapping[object, Enrolment]  # person id -> live record at another school
    examined: frozenset[object] = field(default_factory=frozenset)  # persons with an examined record anywhere


def match_rows(
    rows: Sequence[GraduateFacts],
    *,
    school: School,
    cites: tuple[Citation, ...] = (),
    names_other_school: bool = False,
) -> list[Match]:
    """Compare rows with the register, four queries whatever their number; rows without an ID number match nobody.

    `names_other_school` tells an authority where somebody already studies; the school itself learns only that they do.
    """
    indexes = [blind_index(facts.resident_id) if facts.resident_id else b"" for facts in rows]
    known = _look_up(school, indexes)
    return [
        _matched(facts, index, known, cites, names_other_school=names_other_school)
        for facts, index in zip(rows, indexes, strict=True)
    ]


def _look_up(school: School, indexes: Iterable[bytes]) -> _Known:
    persons = {
        bytes(p.resident_id_index): p for p in Person.objects.filter(resident_id_index__in={i for i in indexes if i})
    }
    ids = [p.pk for p in persons.values()]
    records = list(
        Enrolment.objects.filter(person__in=ids).select_related("school", "programme").order_by("entry_month")
    )
    live_first = sorted(records, key=lambda e: e.status == EnrolmentStatus.STUDYING)
    return _Known(
        programmes={(p.name, p.duration_years): p for p in Programme.objects.filter(school=school)},
        persons=persons,
        own={e.person_id: e for e in live_first if e.school_id == school.pk and e.status != EnrolmentStatus.LEFT},
        elsewhere={
            e.person_id: e for e in records if e.school_id != school.pk and e.status == EnrolmentStatus.STUDYING
        },
        examined=frozenset(e.person_id for e in records if e.confirmed_at is not None),
    )


def _matched(
    facts: GraduateFacts, index: bytes, known: _Known, cites: tuple[Citation, ...], *, names_other_school: bool
) -> Match:
    programme = known.programmes.get((facts.programme or "", facts.duration_years or Decimal(0)))
    person = known.persons.get(index)
    enrolment = known.own.get(person.pk) if person else None
    findings: list[Finding] = []
    if facts.programme and facts.duration_years and programme is None:
        said = f"本校没有登记「{facts.programme}」{facts.duration_years.normalize():f} 年制专业"
        findings.append(
            _finding(
                "registry.programme_registered", said, "programme", "请核对专业和学制，或请主管部门登记该专业", cites
            )
        )
    if person and person.pk in known.elsewhere:
        other = known.elsewhere[person.pk]
        where = (
            f"{other.school.name}（{other.programme.name}，{other.entry_month} 入学）"
            if names_other_school
            else "其他学校"
        )
        findings.append(
            _finding("registry.studies_at_one_school", f"该生已在{where}在读，一人只能有一个学籍", "resident_id",
                     "请核对身份证号；确属本校学生的，请向主管部门报告", cites)
        )  # fmt: skip
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


def _disagreements(
    facts: GraduateFacts, person: Person, enrolment: Enrolment | None, known: _Known, cites: tuple[Citation, ...]
) -> list[Finding]:
    """Return where a row differs from an examined record (S1-06): the remedy is a particulars change (S1-07)."""
    remedy = "请与证件核对：名单填错的改名单；学籍信息有误的，先办理信息更正"
    differing = differences(facts, person, enrolment if enrolment and enrolment.confirmed_at else None)
    if person.pk not in known.examined:
        return []
    return [
        _finding("registry.agrees_with_record", f"{label}「{new}」与学籍登记的「{old}」不一致", name, remedy, cites)
        for name, label, old, new in differing
    ]


def differences(facts: GraduateFacts, person: Person, enrolment: Enrolment | None) -> list[tuple[str, str, str, str]]:
    """Return (field, label, stored, claimed) for every particular of the notice in which row and record differ."""
    found = []
    for name, label in _PERSON_FIELDS.items():
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


def found_graduates(
    rows: Sequence[GraduateFacts], *, school: School, by: User, at: datetime, cites: tuple[Citation, ...] = ()
) -> list[Enrolment]:
    """Store the persons and records of a list; return the records in its order. RuleViolation names every conflict.

    New ones are founded, those nobody has examined are corrected, examined ones stay as they are.
    """
    with transaction.atomic():
        matches = match_rows(rows, school=school, cites=cites)
        conflicts = [finding for match in matches for finding in match.findings]
        if conflicts:
            raise RuleViolation(conflicts)
        persons = _store_persons(matches)
        return _store_enrolments(matches, persons, school=school, by=by, at=at)


def _store_persons(matches: Sequence[Match]) -> list[Person]:
    examined = set(
        Person.objects.filter(
            Exists(Enrolment.objects.filter(person=OuterRef("pk"), confirmed_at__isnull=False)),
            pk__in=[m.person.pk for m in matches if m.person],
        ).values_list("pk", flat=True)
    )
    persons, new, changed = [], [], []
    for match in matches:
        person = match.person or _new_person(match)
        before = {name: getattr(person, name) for name in (*_PERSON_FIELDS, *_LOOSE_FIELDS)}
        if match.person is None:
            new.append(person)
        else:
            _claim(person, match.facts, all_fields=person.pk not in examined)
            if before != {name: getattr(person, name) for name in before}:
                changed.append(person)
        persons.append(person)
    Person.objects.bulk_create(new)
    Person.objects.bulk_update(changed, [*_PERSON_FIELDS, *_LOOSE_FIELDS], batch_size=500)
    return persons


def _new_person(match: Match) -> Person:
    number = match.facts.resident_id or ""
    person = Person(
        id_document_type=match.facts.id_document_type or "居民身份证",
        resident_id_index=match.index,
        resident_id_masked=mask_resident_id(number),
    )
    person.resident_id_sealed = seal(number, table="registry_person", column="resident_id", row=person.pk)
    _claim(person, match.facts, all_fields=True)
    return person


def _claim(person: Person, facts: GraduateFacts, *, all_fields: bool) -> None:
    for name in (*_PERSON_FIELDS, *_LOOSE_FIELDS) if all_fields else _LOOSE_FIELDS:
        value = getattr(facts, name)
        if value:
            setattr(person, name, value)


def _store_enrolments(
    matches: Sequence[Match], persons: Sequence[Person], *, school: School, by: User, at: datetime
) -> list[Enrolment]:
    enrolments, new, changed = [], [], []
    for match, person in zip(matches, persons, strict=True):
        facts = match.facts
        enrolment = match.enrolment or Enrolment(person=person, school=school)
        if match.is_free_to_correct and (match.enrolment is None or differences(facts, person, enrolment)):
            enrolment.programme, enrolment.duration_years = match.programme, facts.duration_years
            enrolment.entry_month, enrolment.study_mode = str(facts.entry_month), facts.study_mode or "全日制"
            (new if match.enrolment is None else changed).append(enrolment)
        enrolments.append(enrolment)
    Enrolment.objects.bulk_create(new)
    Enrolment.objects.bulk_update(changed, ["programme", "duration_years", "entry_month", "study_mode"], batch_size=500)
    founded = [
        event_of(tag=EventTag.ENROLMENT_FOUNDED, subject=e, parent=e.person, by=by, at=at, school_id=school.pk)
        for e in new
    ]
    corrected = [
        event_of(tag=EventTag.ENROLMENT_CHANGED, subject=e, parent=e.person, by=by, at=at, school_id=school.pk)
        for e in changed
    ]
    record_events([*founded, *corrected])
    return enrolments


def drop_unexamined(enrolments: Iterable[object]) -> int:
    """Delete records that only a list ever claimed and no list claims any more, and persons left without any; return how many.

    Nothing an authority examined, no record with a correction or a certificate, and nobody whose number was looked at
    is touched.
    """
    doomed = Enrolment.objects.filter(
        pk__in=list(enrolments), confirmed_at__isnull=True, candidacies__isnull=True, certificates__isnull=True,
        particulars_changes__isnull=True,
    )  # fmt: skip
    ids, people = list(doomed.values_list("pk", flat=True)), list(doomed.values_list("person_id", flat=True))
    Enrolment.objects.filter(pk__in=ids).delete()
    Person.objects.filter(
        ~Exists(Reveal.objects.filter(person=OuterRef("pk"))), pk__in=people, enrolments__isnull=True,
        candidacies__isnull=True, certificates__isnull=True,
    ).delete()  # fmt: skip
    return len(ids)
