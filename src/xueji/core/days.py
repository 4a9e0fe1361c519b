"""How far a day that somebody types may lie from today, by what the day means: one table, for forms and for actions.

A slip of the keys makes 0209 or 20199 of 2019. Such a day moves deadlines of years nobody has seen, stands on amendments
that nobody can read afterwards, or overflows where a day is counted on; so it is refused where it is typed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from xueji.core.errors import BadInput

_Day = Callable[[date], date]  # from today


@dataclass(frozen=True, slots=True)
class DayBounds:
    """What a day is called, and the first and the last one that are taken on a given today.

    A refusal repeats the day that was typed, but for those which no message repeats.
    """

    label: str
    first: _Day
    last: _Day
    is_repeated: bool = True

    def span(self, today: date) -> tuple[date, date]:
        """Return both ends."""
        return self.first(today), self.last(today)


def _since(day: date) -> _Day:
    return lambda _today: day


def _back(years: int) -> _Day:
    return lambda today: date(today.year - years, 1, 1)


def _ahead(years: int) -> _Day:
    return lambda today: date(today.year + years, 12, 31)


def _in_days(count: int) -> _Day:
    return lambda today: today + timedelta(days=count)


DAYS: Mapping[str, DayBounds] = {
    "day_off": DayBounds(
        "放假或调休的日期", _since(date(2004, 1, 1)), _ahead(3)
    ),  # the working days on record begin there
    "amended": DayBounds("生效日期", _back(30), _in_days(0)),
    "succeeded": DayBounds("生效日期", _since(date(1949, 10, 1)), _in_days(0)),  # whose files somebody still keeps
    "admission": DayBounds("办理入学手续日期", _back(7), _in_days(0)),  # no record of the register lasts longer
    "national": DayBounds("全国系统注册日期", _back(7), _in_days(0)),
    "taken_up": DayBounds("任职日期", _in_days(1), _ahead(3)),
    "closed": DayBounds("停办日期", _back(30), _ahead(3)),
    "programme_closed": DayBounds("停止招生日期", _back(30), _ahead(3)),
    "legal": DayBounds("适用日期", _since(date(2000, 1, 1)), _ahead(3)),
    "sealing": DayBounds("验印日期", _since(date(2000, 1, 1)), _ahead(3)),
    "issued": DayBounds("发证日期", _in_days(-366), _in_days(366)),  # the pack says how near it must be
    "handed_on": DayBounds("领取日期", _since(date(2000, 1, 1)), _in_days(0)),
    "born": DayBounds("出生日期", _back(100), _ahead(-10), is_repeated=False),
    "study": DayBounds("入学、毕业年月", _since(date(1980, 1, 1)), _ahead(3)),
    "found": DayBounds("原证书寻回日期", _back(3), _in_days(0)),
    "changed": DayBounds("异动生效日期", _back(30), _in_days(0)),
    "suspended_until": DayBounds("休学期满日期", _back(30), _ahead(6)),
    "absent": DayBounds("离校日期", _back(10), _in_days(0)),
    "checked": DayBounds("核查日期", _back(1), _in_days(0)),
    "served": DayBounds("送达日期", _back(1), _in_days(0)),
    "back": DayBounds("返校日期", _back(10), _in_days(0)),
    "leave": DayBounds("准假的最后一天", _back(10), _ahead(3)),
    "notice": DayBounds("公布到的日期", _in_days(0), _in_days(366)),
    "event": DayBounds("查询日期", _since(date(2000, 1, 1)), _ahead(1)),
    "standing": DayBounds("查询日期", _since(date(1949, 10, 1)), _in_days(0)),  # how a record stood on it
    "restricted_until": DayBounds("截止日期", _in_days(0), _ahead(3)),
    "law": DayBounds("查询日期", _since(date(1990, 1, 1)), _ahead(3)),
}


def refusal_of_day(meaning: str, day: date, today: date) -> str | None:
    """Return why a day cannot be meant, with the days that can; None when it can."""
    bounds = DAYS[meaning]
    first, last = bounds.span(today)
    if first <= day <= last:
        return None
    typed = f"，填写的是 {day.isoformat()}" if bounds.is_repeated else ""
    return f"{bounds.label}应在 {first.isoformat()} 至 {last.isoformat()} 之间{typed}，请核对年份"


def refusal_of_class(year: int, today: date) -> str | None:
    """Return why a year cannot be that of a graduating class: its law would be of a day that cannot be meant; None when it can."""
    first, last = (day.year for day in DAYS["legal"].span(today))
    if first <= year <= last:
        return None
    return f"毕业届次的年份应在 {first} 至 {last} 之间，填写的是 {year}，请核对"


def require_day(meaning: str, day: date, today: date) -> None:
    """Raise BadInput for a day that cannot be meant."""
    refusal = refusal_of_day(meaning, day, today)
    if refusal is not None:
        raise BadInput(refusal)
