"""What a particulars change may touch, how its values are read, and who else acts on one that was decided."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal, InvalidOperation

from xueji.accounts.models import User
from xueji.core.errors import BadInput
from xueji.core.identifiers import normalise_resident_id
from xueji.core.months import Month
from xueji.core.names import normalise_name
from xueji.registry.models import Enrolment, ParticularsChange
from xueji.registry.privacy import unseal
from xueji.registry.queries import resident_id_of

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

Follower = Callable[[ParticularsChange, User, datetime], None]
_followers: list[Follower] = []


def follow(follower: Follower) -> None:
    """Have `follower` called, in the same transaction, after a correction took effect: for apps above this one."""
    if follower not in _followers:
        _followers.append(follower)


def tell_followers(change: ParticularsChange, by: User, at: datetime) -> None:
    """Call those who follow corrections."""
    for follower in _followers:
        follower(change, by, at)


def read_changes(changes: Mapping[str, str]) -> dict[str, str]:
    """Return the values in the form in which they are stored; BadInput names a field or value that cannot be read."""
    unknown = set(changes) - set(FIELDS)
    if unknown:
        raise BadInput(f"不能更正「{'、'.join(sorted(unknown))}」；可用：{'、'.join(FIELDS)}")
    return {name: _read(name, text.strip()) for name, text in changes.items()}


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


def current_value(enrolment: Enrolment, name: str) -> str:
    """Return one particular as it may be shown: the ID number masked."""
    return enrolment.person.resident_id_masked if name == "resident_id" else claimed_values(enrolment)[name]


def wanted_values(change: ParticularsChange) -> dict[str, str]:
    """Return what a correction asks for, by field, the ID number in full."""
    wanted = {}
    for item in change.items.all():
        wanted[item.field] = item.after
        if item.after_sealed is not None:
            wanted[item.field] = unseal(
                item.after_sealed, table="registry_particularschangeitem", column="after", row=change.pk
            )
    return wanted
