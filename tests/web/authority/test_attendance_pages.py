"""Attendance of an area's schools, from the schools down to the student: who checked, who is away too long and nobody applied."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from tests.factories.institutions import ProgrammeFactory, staffed_city
from tests.factories.registry import AttendanceNoteFactory
from tests.web.school.test_status_pages import students

from xueji.registry.actions import open_absence_withdrawals

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("S2-27", "S2-48")]


@pytest.fixture
def henan():
    return staffed_city("410100", "410102")


def client_of(user) -> Client:
    client = Client()
    client.force_login(user, backend="xueji.accounts.backends.Accounts")
    return client


def noted(record, checked_on: date, since: date | None = None, **more) -> None:
    AttendanceNoteFactory(enrolment=record, checked_on=checked_on, absent_since=since, **more)


def test_schools_with_unanswered_absences_stand_first_and_lead_to_student_and_evidence(henan) -> None:
    today = timezone.localdate()
    gone, back, on_leave, applied, unchecked = students(henan, 5)
    long_ago = today - timedelta(days=120)
    noted(gone, today - timedelta(days=30), long_ago)
    noted(gone, today, long_ago, contacts="电话无人接听")
    noted(back, today - timedelta(days=2), long_ago)
    noted(back, today, long_ago, back_on=today - timedelta(days=1))  # the later check counts
    noted(on_leave, today, long_ago, leave_until=today)
    noted(applied, today, long_ago)
    open_absence_withdrawals(
        school=henan.county_school, records=[applied.pk], statement="未请假", by=henan.clerk, at=timezone.now()
    )
    officer = client_of(henan.county_reviewer)
    page = officer.get(reverse("authority:attendance"))
    assert [page.context[name] for name in ("schools", "away", "unanswered", "with_unanswered")] == [1, 3, 1, 1]
    (row,) = page.context["rows"]
    assert (row.of.school, row.students, row.unchecked, row.last) == (henan.county_school, 5, 1, today)
    of_school = reverse("authority:attendance_school", args=[henan.county_school.pk])
    assert of_school in page.text
    school = officer.get(of_school)
    assert "电话无人接听" in school.text
    assert "第十三条" in school.text
    assert "checkbox" not in school.text  # the school applies, not the office
    assert reverse("student", args=[gone.pk]) in school.text
    file = officer.get(reverse("student", args=[gone.pk])).text
    assert "每次核查的结果（2 次）" in file
    assert "每次核查的结果" not in officer.get(reverse("student", args=[unchecked.pk])).text
    city = client_of(henan.city_reviewer).get(reverse("authority:attendance"))
    assert [row.of.school for row in city.context["rows"]] == [henan.county_school, henan.city_school]


def test_whoever_watches_no_school_under_such_a_law_has_no_page(henan) -> None:
    weinan = staffed_city("610500", "610502")
    assert client_of(weinan.city_reviewer).get(reverse("authority:attendance")).status_code == 404
    elsewhere = reverse("authority:attendance_school", args=[weinan.county_school.pk])
    assert client_of(henan.city_reviewer).get(elsewhere).status_code == 404
    assert client_of(weinan.city_reviewer).get(elsewhere).status_code == 404


def test_the_pages_ask_no_more_for_more_students(henan) -> None:
    today, counts = timezone.localdate(), []
    officer = client_of(henan.city_reviewer)
    nursing = ProgrammeFactory(school=henan.county_school, name="护理")
    for more in (2, 6):
        for record in students(henan, more, enrolment__programme=nursing):
            noted(record, today, today - timedelta(days=120))
        counts.append([])
        for name, args in (("attendance", []), ("attendance_school", [henan.county_school.pk])):
            with CaptureQueriesContext(connection) as asked:
                assert officer.get(reverse(f"authority:{name}", args=args)).status_code == 200
            counts[-1].append(len(asked))
    assert counts[0] == counts[1]
    assert all(count <= most for count, most in zip(counts[1], (12, 24), strict=True)), counts
