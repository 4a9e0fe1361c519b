"""Reading the facts of a question: each typed and named, so that what cannot be read is said in the question's own words."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from xueji.core.errors import BadInput
from xueji.core.intakes import Intake
from xueji.core.months import Month
from xueji.core.packs import PackView
from xueji.core.status.territories import Territory, territory_of

Facts = Mapping[str, Any]
LATEST = date.max  # a view on the last day there is shows what is in force with no end
_YEARS = range(1900, 9000)
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_MONTH = re.compile(r"[12][0-9]{3}-(0[1-9]|1[0-2])")
_LONGEST_DURATION = 20
_MOST = 1_000_000


def names(known: Iterable[str]) -> str:
    """Return names as a list in a sentence."""
    return "、".join(known) or "无"


def only(given: Mapping[str, object], known: Sequence[str], what: str = "facts") -> None:
    """Refuse what nobody asks for."""
    if unknown := [str(key) for key in given if key not in known]:
        raise BadInput(f"{what}中没有「{names(unknown)}」；可用：{names(known)}")


def day(facts: Facts, key: str, *, required: bool = False) -> date | None:
    """Return a day, None where none is given."""
    value = facts.get(key)
    if value is None and not required:
        return None
    if isinstance(value, str) and _DATE.fullmatch(value):
        try:
            found = date.fromisoformat(value)
        except ValueError as impossible:
            raise BadInput(f"「{key}」没有这一天：{value}") from impossible
        if found.year in _YEARS:
            return found
    raise BadInput(f"「{key}」应为日期，如 2024-09-24；现为 {value!r}")


def required_day(facts: Facts, key: str) -> date:
    """Return a day that must be given."""
    found = day(facts, key, required=True)
    assert found is not None
    return found


def word(facts: Facts, key: str, choices: Collection[str], default: str | None = None) -> str:
    """Return one of some words; BadInput names them."""
    value = facts.get(key)
    if value is None and default is not None:
        return default
    if not isinstance(value, str) or value not in choices:
        hint = "请给出" if value is None else f"现为 {value!r}；"
        raise BadInput(f"「{key}」{hint}{'，' if value is None else ''}可用：{names(choices)}")
    return value


def flag(facts: Facts, key: str) -> bool | None:
    """Return true, false, or None where nothing is given."""
    value = facts.get(key)
    if value is None or isinstance(value, bool):
        return value
    raise BadInput(f"「{key}」应为 true 或 false，现为 {value!r}")


def required_flag(facts: Facts, key: str) -> bool:
    """Return true or false, which must be given."""
    value = flag(facts, key)
    if value is None:
        raise BadInput(f"请给出「{key}」：true 或 false")
    return value


def years(facts: Facts, key: str, *, may_be_zero: bool = False) -> Decimal | None:
    """Return a number of years, None where none is given."""
    value = facts.get(key)
    if value is None:
        return None
    if isinstance(value, int | float | Decimal) and not isinstance(value, bool):
        read = Decimal(str(value))
        if read.is_finite() and (0 < read <= _LONGEST_DURATION or (may_be_zero and read == 0)):
            return read
    raise BadInput(f"「{key}」应为年数，如 3 或 3.5；现为 {value!r}")


def count(facts: Facts, key: str, default: int | None = None, least: int = 1) -> int | None:
    """Return a whole number, the default where none is given."""
    value = facts.get(key, default)
    if value is None:
        return default
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= _MOST:
        raise BadInput(f"「{key}」应为不小于 {least} 的整数，现为 {value!r}")
    return value


def intake(facts: Facts, key: str) -> Intake | None:
    """Return an intake, None where none is given."""
    value = facts.get(key)
    if value is None:
        return None
    try:
        read = Intake.parse(value if isinstance(value, str) else "")
    except ValueError as unreadable:
        raise BadInput(f"「{key}」应为季节或年月，如 2021-autumn 或 2021-09；现为 {value!r}") from unreadable
    if read.year not in _YEARS:
        raise BadInput(f"「{key}」应为季节或年月，如 2021-autumn 或 2021-09；现为 {value!r}")
    return read


def month(facts: Facts, key: str) -> Month | None:
    """Return a month, None where none is given; of a season none is told."""
    value = facts.get(key)
    if value is None:
        return None
    if not isinstance(value, str) or not _MONTH.fullmatch(value):
        raise BadInput(f"「{key}」应为年月，如 2021-07；现为 {value!r}")
    return Month.parse(value)


def month_of_intake(facts: Facts, key: str) -> Month | None:
    """Return the month an intake was given by, None where none or a season was given."""
    value = facts.get(key)
    return Month.parse(value) if isinstance(value, str) and _MONTH.fullmatch(value) else None


def words(facts: Facts, key: str, choices: Collection[str]) -> tuple[str, ...]:
    """Return some of a few words, each once."""
    value = facts.get(key, [])
    if not isinstance(value, list) or not all(isinstance(word, str) and word in choices for word in value):
        raise BadInput(f"「{key}」应为列表，取自 {names(choices)}；现为 {value!r}")
    return tuple(dict.fromkeys(value))


def required_intake(facts: Facts, key: str) -> Intake:
    """Return an intake that must be given."""
    found = intake(facts, key)
    if found is None:
        raise BadInput(f"请给出「{key}」：入学的季节或年月，如 2021-autumn 或 2021-09")
    return found


def place(facts: Facts, key: str, view: PackView) -> Territory | None:
    """Return a place by its code, None where none is given."""
    value = facts.get(key)
    if value is None:
        return None
    if not isinstance(value, str):
        raise BadInput(f"「{key}」应为六位行政区划代码，以文字给出；现为 {value!r}")
    return territory_of(value, view)
