"""Days entered before they had an authority: carried to whoever entered them, else to every line."""

from __future__ import annotations

from datetime import date
from importlib import import_module

import pytest
from django.db import connection
from tests.factories.institutions import staffed_city

from xueji.institutions.calendar_actions import declare_calendar_day
from xueji.institutions.models import Authority, CalendarDay

pytestmark = pytest.mark.django_db


def test_days_go_to_who_entered_them_and_the_others_to_every_line():
    here, far = staffed_city(), staffed_city(division_code="110100", county_code="110101")
    entered = declare_calendar_day(
        authority=far.city,
        day=date(2019, 7, 1),
        kind="holiday",
        note="京",
        by=far.city_reviewer,
        at=here.clerk.date_joined,
    ).entry
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE institutions_calendarday ALTER COLUMN authority_id DROP NOT NULL")
        cursor.execute("UPDATE institutions_calendarday SET authority_id = NULL")
        cursor.execute(
            "INSERT INTO institutions_calendarday (day, kind, note) VALUES ('2019-07-02', 'makeup_workday', '旧')"
        )
        for statement in import_module("xueji.institutions.migrations.0006_calendar_of_an_authority").FILL:
            cursor.execute(statement)
    roots = set(Authority.objects.filter(parent=None).values_list("pk", flat=True))
    assert CalendarDay.objects.get(day=date(2019, 7, 1)).authority_id == far.city.pk
    assert CalendarDay.objects.get(day=date(2019, 7, 1)).pk == entered.pk
    old = CalendarDay.objects.filter(day=date(2019, 7, 2))
    assert set(old.values_list("authority", flat=True)) == roots
    assert set(old.values_list("kind", "note")) == {("makeup_workday", "旧")}
