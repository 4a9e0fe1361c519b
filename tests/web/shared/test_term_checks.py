"""The check of the register each term: every count leads to the list of as many, days are those of the law, all set-based."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from html import unescape

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from tests.factories.institutions import ProgrammeFactory, staffed_city
from tests.factories.registry import AttendanceNoteFactory, GuardianFactory, RegistrationFactory
from tests.factories.uploads import UploadFactory
from tests.web.school.test_new_student import client_of

from xueji.core.term_checks import LISTS, STATUS_CHECK, nearest_window
from xueji.institutions.queries import pack_of
from xueji.registry.models import Enrolment

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("S2-31", "S2-09")]
OPEN_DAY = datetime(2026, 5, 28, 4, tzinfo=UTC)


@pytest.fixture
def henan(monkeypatch):
    monkeypatch.setattr(timezone, "now", lambda: OPEN_DAY)
    return staffed_city("410100", "410102")


def student(school, *, guarded: bool = True, **more) -> Enrolment:
    given = {
        "enrolment__programme": ProgrammeFactory(school=school), "intake_year": 2024, "entered_on": date(2024, 9, 1),
        "expected_graduation": "2027-07", "national_on": date(2024, 9, 20), "national_source": "导出",
    }  # fmt: skip
    record = RegistrationFactory(**given | more).enrolment
    if guarded:
        GuardianFactory(person=record.person)
    return record


def test_the_days_are_those_of_the_law_and_the_last_day_is_one_of_them(henan) -> None:
    pack = pack_of(henan.county_school)

    def found(key: str, on: date) -> tuple[date, bool, int]:
        nearest = nearest_window(pack.on(on), key, on)
        return nearest.window.opens, nearest.is_open, nearest.days

    assert found(STATUS_CHECK, date(2026, 5, 19)) == (date(2026, 5, 20), False, 1)
    assert found(STATUS_CHECK, date(2026, 5, 20)) == (date(2026, 5, 20), True, 11)
    assert found(STATUS_CHECK, date(2026, 5, 30)) == (date(2026, 5, 20), True, 1)
    assert found(STATUS_CHECK, date(2026, 5, 31)) == (date(2026, 12, 20), False, 203)
    assert found(STATUS_CHECK, date(2026, 12, 31)) == (date(2027, 5, 20), False, 140)
    assert found(LISTS, date(2026, 6, 10)) == (date(2026, 6, 1), True, 1)


def test_every_count_leads_to_the_list_of_exactly_those(henan) -> None:
    school, today = henan.county_school, timezone.localdate()
    student(school, national_on=None, national_source="")  # not filed
    student(school, guarded=False)
    student(school, enrolment__person__resident_id="", enrolment__person__resident_id_index=None)
    gone = student(school)
    AttendanceNoteFactory(enrolment=gone, checked_on=today, absent_since=today - timedelta(days=120))
    student(henan.city_school)  # of another school
    clerk = client_of(henan.clerk)
    page = clerk.get(reverse("term_checks"))
    assert page.context["nearest"].days == 3
    counts = {task["label"]: (task["count"], task["url"]) for task in page.context["tasks"]}
    (work,) = clerk.get("/desk/").context["todo"]
    assert (work["count"], work["note"], work["url"]) == (7, "学期核查还有 3 天", reverse("term_checks"))
    assert {label: count for label, (count, _) in counts.items()} == {
        "已登记、没有备案": 4, "没有登记监护人": 1, "没有登记证件号": 1, "未请假离校达到退学期限、没有申请": 1,
    }  # fmt: skip
    for count, url in counts.values():
        if "problem=" in url:
            assert clerk.get(url).context["page"].paginator.count == count, url
    assert "第十六条" in page.text


def test_an_empty_list_says_so_and_a_law_without_checks_has_no_page(henan) -> None:
    assert "没有要处理的问题数据" in client_of(henan.clerk).get(reverse("term_checks")).text
    other = staffed_city()
    assert client_of(other.clerk).get(reverse("term_checks")).status_code == 404
    assert client_of(other.clerk).get(reverse("term_check", args=[henan.county_school.pk])).status_code == 404


def test_the_authority_sees_its_schools_most_first_without_a_statement_a_school(henan) -> None:
    for school, count in ((henan.county_school, 1), (henan.city_school, 3)):
        for _ in range(count):
            student(school)
    officer = client_of(henan.city_reviewer)
    officer.get(reverse("term_checks"))
    with CaptureQueriesContext(connection) as few:
        page = officer.get(reverse("term_checks"))
    assert [(row.school, row.total) for row, _ in page.context["rows"]] == [
        (henan.city_school, 3), (henan.county_school, 1),
    ]  # fmt: skip
    links = [unescape(link) for link in re.findall(r'href="([^"]*problem=unfiled)"', page.text)]
    assert [officer.get(link).context["page"].paginator.count for link in links] == [3, 1]
    assert len(few) <= 45


def test_what_another_entered_stands_on_the_desk_of_who_may_confirm_it(henan) -> None:
    upload = UploadFactory(
        kind="typed_student", school=henan.county_school, state="ready", needs_another=True, uploaded_by=henan.clerk
    )
    assert upload.pk
    assert "待我复核的录入" not in client_of(henan.clerk).get(reverse("desk")).text
    page = client_of(henan.leader).get(reverse("desk"))
    assert page.context["second_hand"]["count"] == 1
    assert reverse("uploads:typed_student", args=[upload.pk]) in page.text
    tasks = client_of(henan.leader).get(reverse("term_checks")).context["tasks"]
    assert [(task["label"], task["count"]) for task in tasks] == [("已录入、等待另一人复核", 1)]
