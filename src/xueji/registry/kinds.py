"""The case kind of particulars changes: what is checked when the school submits one, what happens when it is approved."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from xueji.accounts.models import User
from xueji.cases import kinds
from xueji.cases.clocks import view_of
from xueji.cases.models import Case
from xueji.core.errors import RuleViolation
from xueji.core.findings import Citation, Finding, Severity
from xueji.core.identifiers import mask_resident_id, parse_resident_id
from xueji.core.names import name_problem
from xueji.institutions.models import Programme
from xueji.ledger.actions import record_event
from xueji.ledger.tags import EventTag
from xueji.registry.changes import KIND, claimed_values, tell_followers, wanted_values
from xueji.registry.models import Enrolment, ParticularsChange, Person
from xueji.registry.privacy import blind_index, seal


def check_change(case: Case) -> list[Finding]:
    """Return what stands in the way: no evidence, impossible values, a number that is somebody else's."""
    change = ParticularsChange.objects.select_related("enrolment__person", "enrolment__programme").get(case=case)
    cites = view_of(case).workflow(KIND).cites
    problems = (
        []
        if case.evidence.exists()
        else [("particulars.evidence_given", "evidence", "须附证明材料（如户口簿、身份证、录取审批表）")]
    )
    problems += _value_problems(change)
    return [Finding(rule, Severity.ERROR, message, name, cites=cites) for rule, name, message in problems]


def _value_problems(change: ParticularsChange) -> list[tuple[str, str, str]]:
    """Return (rule, field, message) for the particulars as they would be after the change."""
    enrolment = change.enrolment
    wanted = wanted_values(change)
    after = {**claimed_values(enrolment), **wanted}
    problems = []
    if problem := name_problem(after["name"]):
        problems.append(("particulars.name_acceptable", "name", problem))
    if after["sex"] not in {"男", "女"}:
        problems.append(("particulars.sex_known", "sex", "性别请填「男」或「女」"))
    if enrolment.person.id_document_type == "居民身份证":
        problems += _number_problems(after)
    if "resident_id" in wanted:
        holder = Person.objects.filter(resident_id_index=blind_index(after["resident_id"]))
        if holder.exclude(pk=enrolment.person_id).exists():
            problems.append(("particulars.resident_id_free", "resident_id", "该证件号码已登记在另一人名下"))
    if {"programme", "duration_years"} & set(wanted) and _programme_of(enrolment, after) is None:
        said = f"本校没有登记「{after['programme']}」{after['duration_years']} 年制专业"
        problems.append(("particulars.programme_registered", "programme", said))
    return problems


def _number_problems(after: dict[str, str]) -> list[tuple[str, str, str]]:
    read = parse_resident_id(after["resident_id"])
    if read.problem:
        return [("particulars.resident_id_valid", "resident_id", read.problem)]
    problems = []
    if read.birth_date and read.birth_date.isoformat() != after["birth_date"]:
        said = f"更正后的出生日期 {after['birth_date']} 与身份证号不一致，请一并更正"
        problems.append(("particulars.birth_date_matches_id", "birth_date", said))
    if read.sex and read.sex != after["sex"]:
        problems.append(
            ("particulars.sex_matches_id", "sex", f"更正后的性别「{after['sex']}」与身份证号不一致，请一并更正")
        )
    return problems


def _programme_of(enrolment: Enrolment, values: dict[str, str]) -> Programme | None:
    return Programme.objects.filter(
        school_id=enrolment.school_id, name=values["programme"], duration_years=Decimal(values["duration_years"])
    ).first()


def apply_change(case: Case, by: User, at: datetime) -> None:
    """Correct the person and the record, and have those who hold copies of them follow."""
    change = ParticularsChange.objects.get(case=case)
    enrolment = (
        Enrolment.objects.select_for_update(of=("self",))
        .select_related("person", "programme")
        .get(pk=change.enrolment_id)
    )
    change.enrolment = enrolment
    person = Person.objects.select_for_update().get(pk=enrolment.person_id)
    enrolment.person = person
    if problems := _value_problems(change):  # the world may have changed since it was submitted
        cites: tuple[Citation, ...] = view_of(case).workflow(KIND).cites
        raise RuleViolation(
            [Finding(rule, Severity.ERROR, message, name, cites=cites) for rule, name, message in problems]
        )
    wanted = wanted_values(change)
    shown = {item.field: {"before": item.before, "after": item.after} for item in change.items.all()}
    _correct_person(person, wanted)
    _correct_enrolment(enrolment, wanted, at)
    change.applied_at = at
    change.save(update_fields=["applied_at"])
    record_event(
        tag=EventTag.PARTICULARS_CHANGE_APPLIED, subject=enrolment, parent=case, by=by, at=at, school_id=case.school_id,
        view=view_of(case), after=shown, note=change.document_number,
    )  # fmt: skip
    tell_followers(change, by, at)


def _correct_person(person: Person, wanted: dict[str, str]) -> None:
    person.name = wanted.get("name", person.name)
    person.sex = wanted.get("sex", person.sex)
    if "birth_date" in wanted:
        person.birth_date = date.fromisoformat(wanted["birth_date"])
    if number := wanted.get("resident_id"):
        person.resident_id_sealed = seal(number, table="registry_person", column="resident_id", row=person.pk)
        person.resident_id_index, person.resident_id_masked = blind_index(number), mask_resident_id(number)
    person.save()


def _correct_enrolment(enrolment: Enrolment, wanted: dict[str, str], at: datetime) -> None:
    if {"programme", "duration_years"} & set(wanted):
        programme = _programme_of(enrolment, {**claimed_values(enrolment), **wanted})
        assert programme is not None, "checked just before"
        enrolment.programme, enrolment.duration_years = programme, programme.duration_years
    enrolment.entry_month = wanted.get("entry_month", enrolment.entry_month)
    enrolment.confirmed_at = enrolment.confirmed_at or at  # an authority has examined it now
    enrolment.save()


PARTICULARS_CHANGE = kinds.CaseKind(
    kind=KIND,
    label="毕业生信息更正",
    check=check_change,
    apply=apply_change,
    url_name="school:case",
)
