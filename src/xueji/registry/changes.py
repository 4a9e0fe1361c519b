"""What a particulars change may touch, how its values are read, and who else acts on one that was decided."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal, InvalidOperation

from xueji.accounts.models import User
from xueji.core.days import require_day
from xueji.core.errors import BadInput
from xueji.core.findings import Citation, Finding, Severity
from xueji.core.identifiers import normalise_resident_id, parse_resident_id
from xueji.core.months import Month
from xueji.core.names import name_problem, normalise_name
from xueji.core.new_students import ID_CARD
from xueji.institutions.models import Programme
from xueji.registry.models import Enrolment, ParticularsChange, Person
from xueji.registry.queries import resident_id_of
from xueji.sealing.texts import blind_index

KIND = "particulars_change"
FIELDS: Mapping[str, str] = {
    "name": "姓名",
    "sex": "性别",
    "birth_date": "出生日期",
    "resident_id": "证件号码",
    "programme": "专业",
    "duration_years": "学制",
    "entry_month": "入学年月",
}
CLOSED_FIELDS = frozenset({"birth_date", "resident_id"})  # what no ledger, message or summary repeats

Follower = Callable[[ParticularsChange, User, datetime], None]
_followers: list[Follower] = []


def follow(follower: Follower) -> None:
    """Have `follower` called, in the same transaction, after a correction took effect: for apps above this one."""
    if follower not in _followers:
        _followers.append(follower)


def notify_followers(change: ParticularsChange, by: User, at: datetime) -> None:
    """Call those who follow corrections."""
    for follower in _followers:
        follower(change, by, at)


def read_changes(changes: Mapping[str, str], today: date) -> dict[str, str]:
    """Return the values in the form in which they are stored; BadInput names a field or value that cannot be read."""
    unknown = set(changes) - set(FIELDS)
    if unknown:
        raise BadInput(f"不能更正「{'、'.join(sorted(unknown))}」；可用：{'、'.join(FIELDS)}")
    read = {name: _read(name, text.strip()) for name, text in changes.items()}
    if born := read.get("birth_date"):
        require_day("born", date.fromisoformat(born), today)
    if entry := read.get("entry_month"):
        require_day("study", Month.parse(entry).first_day(), today)
    return read


def _read(name: str, text: str) -> str:
    if not text:
        raise BadInput(f"「{FIELDS[name]}」没有填写更正后的内容")
    try:
        return _READERS[name](text)
    except (ValueError, InvalidOperation) as error:
        raise BadInput(f"「{FIELDS[name]}」读不懂：{text}") from error


_READERS: Mapping[str, Callable[[str], str]] = {
    "name": normalise_name,
    "sex": str,
    "birth_date": lambda text: date.fromisoformat(text).isoformat(),
    "resident_id": normalise_resident_id,
    "programme": str,
    "duration_years": lambda text: f"{Decimal(text).normalize():f}",
    "entry_month": lambda text: str(Month.parse(text)),
}


def claimed_values(enrolment: Enrolment) -> dict[str, str]:
    """Return the particulars as they stand, as text, the ID number in full."""
    person = enrolment.person
    return {
        "name": person.name,
        "sex": person.sex,
        "birth_date": person.birth_date.isoformat(),
        "resident_id": resident_id_of(person),
        "programme": enrolment.programme.name,
        "duration_years": f"{enrolment.duration_years.normalize():f}",
        "entry_month": enrolment.entry_month,
    }


def stale_fields(change: ParticularsChange) -> list[str]:
    """Return the items whose «before» is no longer what the record says: somebody corrected it since the request."""
    stands = claimed_values(change.enrolment)
    return [FIELDS.get(item.field, item.field) for item in change.items.all() if item.before != stands.get(item.field)]


def recorded_value(name: str, text: str) -> str:
    """Return a particular as the ledger may keep it: of a number or a birth date only that it was given."""
    return "（另存）" if name in CLOSED_FIELDS else text


def recorded_values(values: Mapping[str, str]) -> dict[str, str]:
    """Return particulars as the ledger may keep them."""
    return {name: recorded_value(name, text) for name, text in values.items()}


def wanted_values(change: ParticularsChange) -> dict[str, str]:
    """Return what a correction asks for, by field, the ID number in full."""
    return {item.field: item.after for item in change.items.all()}


def value_findings(change: ParticularsChange, cites: tuple[Citation, ...]) -> list[Finding]:
    """Return what is wrong with the particulars as they would be after the change; asked again when it is applied."""
    return particulars_findings(change.enrolment, wanted_values(change), cites)


def particulars_findings(enrolment: Enrolment, wanted: Mapping[str, str], cites: tuple[Citation, ...]) -> list[Finding]:
    """Return what is wrong with the particulars of a record as they would be with these values in place of its own."""
    return [
        Finding(rule, Severity.ERROR, message, name, cites=cites)
        for rule, name, message in _value_problems(enrolment, wanted)
    ]


def with_what_number_says(enrolment: Enrolment, wanted: Mapping[str, str]) -> dict[str, str]:
    """Return the values with the birth date and the sex that the number of an identity card among them says.

    One of the three alone would contradict the others: whoever asks for another number asks for all of it.
    """
    if "resident_id" not in wanted or enrolment.person.id_document_type != ID_CARD:
        return dict(wanted)
    read = parse_resident_id(wanted["resident_id"])
    says = {"birth_date": read.birth_date.isoformat() if read.birth_date else "", "sex": read.sex or ""}
    return {name: text for name, text in says.items() if text and not read.problem} | dict(wanted)


def _value_problems(enrolment: Enrolment, wanted: Mapping[str, str]) -> list[tuple[str, str, str]]:
    """Return (rule, field, message) for the particulars as they would be after the change."""
    after = {**claimed_values(enrolment), **wanted}
    problems = []
    if problem := name_problem(after["name"]):
        problems.append(("particulars.name_acceptable", "name", problem))
    if after["sex"] not in {"男", "女"}:
        problems.append(("particulars.sex_known", "sex", "性别请填「男」或「女」"))
    if enrolment.person.id_document_type == ID_CARD:
        problems += _number_problems(after)
    if "resident_id" in wanted:
        holder = Person.objects.filter(resident_id_index=blind_index(after["resident_id"]))
        if holder.exclude(pk=enrolment.person_id).exists():
            problems.append(("particulars.resident_id_free", "resident_id", "该证件号码已登记在另一人名下"))
    if {"programme", "duration_years"} & set(wanted) and programme_of(enrolment, after) is None:
        message = f"本校没有登记「{after['programme']}」{after['duration_years']} 年制专业"
        problems.append(("particulars.programme_registered", "programme", message))
    return problems


def _number_problems(after: dict[str, str]) -> list[tuple[str, str, str]]:
    read = parse_resident_id(after["resident_id"])
    if read.problem:
        return [("particulars.resident_id_valid", "resident_id", read.problem)]
    problems = []
    if read.birth_date and read.birth_date.isoformat() != after["birth_date"]:
        message = "更正后的出生日期与身份证号不一致，请一并更正"
        problems.append(("particulars.birth_date_matches_id", "birth_date", message))
    if read.sex and read.sex != after["sex"]:
        problems.append(
            ("particulars.sex_matches_id", "sex", f"更正后的性别「{after['sex']}」与身份证号不一致，请一并更正")
        )
    return problems


def programme_of(enrolment: Enrolment, values: Mapping[str, str]) -> Programme | None:
    """Return the school's programme of these values, or None."""
    return Programme.objects.filter(
        school_id=enrolment.school_id, name=values["programme"], duration_years=Decimal(values["duration_years"])
    ).first()
