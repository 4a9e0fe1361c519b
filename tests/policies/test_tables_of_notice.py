"""The tables of 教办职成〔2019〕266号 held against `xueji ask`: an oracle that reads them as data and never the pack."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from itertools import product
from pathlib import Path

import pytest

from xueji.ask import ask
from xueji.policy import get_library

LIBRARY = get_library()
NOTICE = tomllib.loads((Path(__file__).parent / "notice_2019_266.toml").read_text())
# a county without an office of its own asks its prefecture's: one such county of each sort beside the offices themselves
PLACES = {code: code for code in NOTICE["offices"] if code != "410000"} | {"410122": "410100", "411722": "411700"}
SUMMER = range(5, 10)  # the notice names no months: the product's reading, shown with its answers


def answer_to(question: str, facts: dict[str, object]) -> dict:
    """Return the answer of a question about services."""
    reply = ask({"pack": "edu/henan", "question": question, "facts": facts}, LIBRARY)
    assert "answer" in reply, (facts, reply)
    return reply["answer"]


def cases() -> Iterator[tuple[dict[str, object], str]]:
    """Yield every kind, season or year, place and seal, with the level the notice gives it."""
    for kind, basis, last, is_seal_first in NOTICE["table"]:
        periods = [f"{year}-{season}" for year in range(1949, 2026) for season in ("spring", "autumn")]
        for period in periods if basis == "entered" else [str(year) for year in range(1949, 2026)]:
            by_table = "province" if last == "all" or (last != "none" and _is_until(period, last)) else "city"
            for place, seal in product(PLACES, (None, "province", "city")):
                level = seal if seal and is_seal_first else by_table
                asked = {basis: period if basis == "entered" else f"{period}-07"}
                yield {"category": kind, "place": place, **asked, **({"sealed_by": seal} if seal else {})}, level


def _is_until(period: str, last: str) -> bool:
    year, _, season = period.partition("-")
    last_year, _, last_season = last.partition("-")
    return (int(year), season != "spring") <= (int(last_year), last_season != "spring")


@pytest.mark.requirement("S0-07", "S0-08", "S0-09")
def test_every_kind_year_place_and_seal_goes_to_the_office_of_the_table() -> None:
    wrong = []
    for asked, level in cases():
        answer = answer_to("authority", asked)
        office = "410000" if level == "province" else PLACES[str(asked["place"])]
        if (answer["level"], answer["territory"]) != (level, office):
            wrong.append((asked, level, office, answer["level"], answer["territory"]))
    assert not wrong, (len(wrong), wrong[:5])


def _is_open(lines: list[str], at: datetime) -> bool:
    for line in lines:
        days, hours, *season = line.split()
        opens, closes = (tuple(map(int, end.split(":"))) for end in hours.split("-"))
        is_season = not season or (season == ["s"]) == (at.month in SUMMER)
        if is_season and str(at.isoweekday()) in days and opens <= (at.hour, at.minute) <= closes:
            return True
    return False


@pytest.mark.requirement("S0-10")
@pytest.mark.parametrize("first", [date(2022, 3, 7), date(2022, 7, 4)], ids=["winter", "summer"])
def test_every_office_is_open_in_its_hours_and_in_no_others(first: date) -> None:
    assert len(NOTICE["offices"]) == 29
    start = datetime.combine(first, datetime.min.time())
    for code, (addresses, phones, *lines) in NOTICE["offices"].items():
        for half_hour in range(14 * 48):
            at = start + timedelta(minutes=30 * half_hour)
            answer = answer_to("office", {"territory": code, "at": f"{at:%Y-%m-%dT%H:%M}"})
            assert answer["open"] == _is_open(lines, at), (code, at)
        assert (len(answer["addresses"]), len(answer["phones"])) == (addresses, phones), code


@pytest.mark.requirement("S0-10")
@pytest.mark.parametrize(
    ("code", "minute", "is_open"),
    [("410300", "14:09", False), ("410300", "14:10", True), ("411500", "03:00", False), ("411500", "15:00", True)],
)
def test_hours_written_as_of_the_clock_are_of_the_afternoon(code: str, minute: str, is_open: bool) -> None:
    assert answer_to("office", {"territory": code, "at": f"2022-03-07T{minute}"})["open"] is is_open
