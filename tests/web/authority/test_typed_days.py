"""Every day that a form takes has bounds that fit what it means; the actions behind hold them for whoever calls."""

from __future__ import annotations

import importlib
import pkgutil
import re
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime

import pytest
from django import forms
from django.core.exceptions import ValidationError
from django.urls import reverse
from django.utils import timezone
from tests.architecture.source import SRC, python_files
from tests.factories.graduation import filled, rows_of, setting
from tests.factories.institutions import ProgrammeFactory, StaffedCity
from tests.factories.production import class_of

import xueji.web
from xueji.core.days import DAYS
from xueji.core.errors import BadInput
from xueji.graduation.actions import open_season
from xueji.institutions.actions_closing import close_school, plan_principal
from xueji.institutions.actions_particulars import amend_authority, amend_school, close_programme
from xueji.institutions.calendar_actions import declare_calendar_day, publish_year
from xueji.institutions.models import CalendarDay
from xueji.ledger.models import Event
from xueji.production.actions import open_round
from xueji.registry.actions import open_particulars_change
from xueji.web.forms import DayField

SLIPS = ["0001-01-01", "0209-07-01", "1900-01-01", "2109-07-01", "9999-12-31"]
AT = datetime(2019, 7, 1, 1, tzinfo=UTC)


def forms_of_the_product() -> Iterator[type[forms.BaseForm]]:
    for module in pkgutil.walk_packages(xueji.web.__path__, "xueji.web."):
        if ".migrations" not in module.name:
            importlib.import_module(module.name)
    waiting = [forms.BaseForm]
    while waiting:
        for kind in waiting.pop().__subclasses__():
            waiting.append(kind)
            if kind.__module__.startswith("xueji."):
                yield kind


def day_fields() -> dict[str, forms.DateField]:
    return {
        f"{kind.__name__}.{name}": field
        for kind in forms_of_the_product()
        for name, field in getattr(kind, "base_fields", {}).items()
        if isinstance(field, forms.DateField | forms.DateTimeField)
    }


def test_every_field_for_a_day_says_what_the_day_means() -> None:
    found = day_fields()
    assert {"DayForm.day", "AmendSchoolForm.effective_on", "SeasonForm.legal_date", "ChangeForm.birth_date"} <= set(
        found
    )
    assert [name for name, field in found.items() if not isinstance(field, DayField)] == []


@pytest.mark.parametrize("name", sorted(day_fields()))
def test_a_slip_of_the_keys_is_refused_with_both_bounds_and_todays_work_is_taken(name: str) -> None:
    field = day_fields()[name]
    assert isinstance(field, DayField)
    first, last = DAYS[field.meaning].span(timezone.localdate())
    for typed in SLIPS:
        with pytest.raises(ValidationError, match=f"应在 {first} 至 {last} 之间"):
            field.clean(typed)
    assert field.clean(last.isoformat()) == last
    shown = field.widget.render("day", None)
    assert (f'min="{first}"' in shown, f'max="{last}"' in shown) == (True, True)


def test_days_that_templates_ask_for_themselves_have_bounds() -> None:
    pages = [path.read_text(encoding="utf-8") for path in (SRC / "web").rglob("*.html")]
    inputs = [tag for page in pages for tag in re.findall(r"<input[^>]*type=\"date\"[^>]*>", page)]
    assert inputs
    assert [tag for tag in inputs if "min=" not in tag or "max=" not in tag] == []


def test_every_meaning_is_meant_somewhere() -> None:
    texts = [path.read_text(encoding="utf-8") for path in python_files() if path.name != "days.py"]
    assert [meaning for meaning in DAYS if not any(f'"{meaning}"' in text for text in texts)] == []


# -- the actions behind

Act = Callable[[StaffedCity, date], object]
ACTS: dict[str, Act] = {
    "day off": lambda city, day: declare_calendar_day(
        authority=city.city, day=day, kind="holiday", note="市政发〔2019〕8号", by=city.city_reviewer, at=AT
    ),
    "year": lambda city, day: publish_year(
        authority=city.city, year=day.year, notice="国办发明电", by=city.city_reviewer, at=AT
    ),
    "school amended": lambda city, day: amend_school(
        school=city.county_school, values={"principal": "新校长"}, effective_on=day, document_number="任1号",
        by=city.administrator, at=AT,
    ),
    "authority amended": lambda city, day: amend_authority(
        authority=city.county, values={"short_name": "新区"}, effective_on=day, document_number="任1号",
        by=city.administrator, at=AT,
    ),
    "school closed": lambda city, day: close_school(
        school=city.county_school, closed_on=day, document_number="教函1号", by=city.administrator, at=AT
    ),
    "programme closed": lambda city, day: close_programme(
        programme=ProgrammeFactory(school=city.county_school), closed_on=day, by=city.administrator, at=AT
    ),
    "principal": lambda city, day: plan_principal(
        school=city.county_school, principal="郑后任", effective_on=day, document_number="任1号", by=city.administrator,
        at=AT,
    ),
    "season": lambda city, day: open_season(
        authority=city.city, year=2019, term="autumn", legal_date=day, by=city.city_reviewer, at=AT
    ),
}  # fmt: skip


@pytest.mark.django_db
@pytest.mark.parametrize("name", ACTS)
def test_actions_refuse_a_day_that_cannot_be_meant(name: str, city: StaffedCity) -> None:
    before = Event.objects.count()
    for typed in (date(1, 1, 1), date(1900, 1, 1), date(9999, 12, 31)):
        with pytest.raises(BadInput, match=r"之间|不能晚于今天|应在今天之后"):
            ACTS[name](city, typed)
    assert Event.objects.count() == before


@pytest.mark.django_db
def test_a_class_is_opened_and_sealed_in_its_own_years(city: StaffedCity) -> None:
    opening = {"authority": city.city, "term": "autumn", "by": city.city_reviewer, "at": AT}
    with pytest.raises(BadInput, match="2014届的适用日期应在 2013-01-01 至 2015-12-31 之间，填写的是 2019-07-01"):
        open_season(**opening, year=2014, legal_date=date(2019, 7, 1))
    season = open_season(**opening, year=2022, legal_date=date(2022, 6, 1))
    days = {**class_of(season), "place": "职成科", "by": city.city_reviewer, "at": AT}
    for opens, closes in ((date(222, 7, 4), date(2022, 7, 8)), (date(2022, 7, 4), date(2202, 7, 8))):
        with pytest.raises(BadInput, match="验印日期应在 2021-01-01 至 2023-12-31 之间"):
            open_round(**days, opens_on=opens, closes_on=closes)
    assert open_round(**days, opens_on=date(2022, 7, 4), closes_on=date(2022, 7, 8)).opens_on == date(2022, 7, 4)


@pytest.mark.django_db
def test_a_correction_takes_no_birth_date_and_no_month_of_another_age(city: StaffedCity) -> None:
    here = filled(setting(city), rows_of(1))
    asked = {"enrolment": here.batch.candidates.get().enrolment, "document_number": "校字1号", "reason": "错",
             "by": here.clerk, "at": AT}  # fmt: skip
    with pytest.raises(BadInput, match="出生日期应在") as refused:
        open_particulars_change(**asked, changes={"birth_date": "0200-03-15"})
    assert "0200" not in refused.value.message
    with pytest.raises(BadInput, match="年月应在"):
        open_particulars_change(**asked, changes={"entry_month": "1016-09"})
    assert open_particulars_change(**asked, changes={"entry_month": "2015-09"}).pk


@pytest.mark.django_db
def test_the_pages_say_the_bounds_and_keep_nothing(city: StaffedCity, as_user) -> None:
    officer = as_user(city.city_reviewer)
    refused = officer.post(
        reverse("authority:declare_day"), {"day": "9999-12-31", "kind": "holiday", "note": "市政发〔2019〕8号"}
    )
    assert refused.status_code == 400
    assert f"放假或调休的日期应在 2004-01-01 至 {timezone.localdate().year + 3}-12-31 之间" in refused.text
    assert not CalendarDay.objects.exists()
    law = officer.get(reverse("authority:policy"), {"on": "0001-01-01"})
    assert "查询日期应在 1990-01-01 至" in law.text
    assert "下面是今天有效的规定" in law.text
    assert "下面是今天有效的规定" not in officer.get(reverse("authority:policy"), {"on": "2019-07-01"}).text
