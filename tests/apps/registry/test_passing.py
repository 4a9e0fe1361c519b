"""A school goes into another and its students go along: who does, from which day, who stays for now, what is taken back (S2 第二十条)."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from django.db import connection
from django.urls import reverse
from tests.factories.graduation import CandidateFactory
from tests.factories.institutions import ProgrammeFactory, StaffedCity, staffed_city
from tests.factories.registry import RegistrationFactory, ended

from xueji.accounts.models import User
from xueji.cases.actions import withdraw_case
from xueji.cli.audit_asking import all_rows
from xueji.cli.audit_rows import ROW_BALANCES
from xueji.core.errors import Conflict
from xueji.core.status_words import PASSED_ON
from xueji.institutions.actions_succession import (
    Part,
    hand_over_rest,
    merge_schools,
    split_school,
    withdraw_succession,
)
from xueji.institutions.kinds import count_of, staying_at
from xueji.institutions.models import Succession
from xueji.institutions.queries import sight_of
from xueji.ledger.models import Event
from xueji.registry.actions import Move, open_status_application, record_status_changes, undo_status_changes
from xueji.registry.models import Enrolment, EnrolmentStatus, StatusChange
from xueji.registry.queries.histories import changes_of, passed_from, record_on
from xueji.registry.queries.students import search_students, students_visible_to

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("S2-41")]
AT = datetime(2024, 3, 20, 1, tzinfo=UTC)
MERGED_ON = date(2024, 3, 4)
DOCUMENT = "教函〔2024〕5号"


@pytest.fixture
def henan() -> StaffedCity:
    return staffed_city("410100", "410102")


def students(henan, count: int = 1, **more) -> list[Enrolment]:
    school = henan.county_school
    programme = school.programmes.first() or ProgrammeFactory(school=school, name="护理")
    return [RegistrationFactory(enrolment__programme=programme, **more).enrolment for _ in range(count)]


def merge(henan) -> Succession:
    (row,) = merge_schools(
        schools=[henan.county_school], into=henan.city_school, effective_on=MERGED_ON, document_number=DOCUMENT,
        by=henan.administrator, at=AT,
    )  # fmt: skip
    checked()
    return row


def withdraw(henan, row: Succession) -> None:
    withdraw_succession(succession=row, document_number="教函〔2024〕6号", by=henan.administrator, at=AT)
    checked()


def checked() -> None:
    """Have the database ask now what it asks at the end of a transaction, and the audit whether all fits."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED")
    assert all_rows(ROW_BALANCES["registry.status"][1]) == []


def suspend(henan, record: Enrolment, on: date) -> StatusChange:
    moves = [Move(Enrolment.objects.get(pk=record.pk), EnrolmentStatus.SUSPENDED)]
    (change,) = record_status_changes(kind="休学", moves=moves, effective_on=on, by=henan.clerk, at=AT)
    return change


def asked(henan, record: Enrolment):
    return open_status_application(
        school=henan.county_school, change="退学", enrolments=[record], wanted={}, statement="本人申请",
        effective_on=date(2024, 3, 1), by=henan.clerk, at=AT,
    ).case  # fmt: skip


def test_who_studies_goes_along_as_they_stand_and_the_record_says_where_it_was_on_each_day(henan) -> None:
    old, into = henan.county_school, henan.city_school
    plain, suspended, late = students(henan, 3)
    suspend(henan, suspended, date(2024, 2, 1))
    suspend(henan, late, date(2024, 3, 10))  # decided before the merger was entered, for a day after it
    (gone,) = students(henan)
    ended(gone)
    row = merge(henan)
    assert row.handed_over == 3
    for record, status in ((plain, "studying"), (suspended, "suspended"), (late, "suspended")):
        record.refresh_from_db()
        assert (record.school, record.programme.school, record.programme.name) == (into, into, "护理")
        assert record.status == status
    gone.refresh_from_db()
    assert gone.school == old
    (change,) = changes_of(plain)
    assert (change.kind, change.effective_on, passed_from(change)) == (PASSED_ON, MERGED_ON, old.name)
    assert record_on(plain, date(2024, 3, 3)).values["school_id"] == old.pk
    assert record_on(plain, MERGED_ON).values["school_id"] == into.pk
    assert changes_of(late)[-1].effective_on == date(2024, 3, 10)
    assert Event.objects.filter(tag="enrolment:changed", after__school_id=into.pk).count() == 3
    clerk = User.objects.get(pk=henan.city_clerk.pk)
    tail = plain.person.resident_id[-4:]
    assert plain in search_students(students_visible_to(clerk), tail, clerk, sight_of(clerk))
    assert gone in students_visible_to(clerk)  # its files are kept there now


def test_what_is_in_hand_stays_until_it_is_done_and_then_goes_along(henan) -> None:
    free, busy, listed = students(henan, 3)
    case = asked(henan, busy)
    CandidateFactory(enrolment=listed, person=listed.person)
    programmes = [free.programme_id]
    assert (count_of(henan.county_school, programmes), staying_at(henan.county_school)) == ({"学籍": 1}, {"学籍": 2})
    row = merge(henan)
    assert row.handed_over == 1
    with pytest.raises(Conflict, match="现在没有可以移交的学籍"):
        hand_over_rest(succession=row, by=henan.administrator, at=AT)
    withdraw_case(case=case, by=henan.clerk, at=AT)
    assert hand_over_rest(succession=row, by=henan.administrator, at=AT) == {"学籍": 1}
    checked()
    busy.refresh_from_db()
    listed.refresh_from_db()
    assert (busy.school, listed.school) == (henan.city_school, henan.county_school)
    withdraw(henan, row)  # the rest comes back too
    assert set(Enrolment.objects.values_list("school", flat=True)) == {henan.county_school.pk}


def test_a_merger_that_was_wrong_gives_the_students_back_unless_something_happened_since(henan) -> None:
    moved, later = students(henan, 2)
    programme = moved.programme
    row = merge(henan)
    suspended = suspend(henan, later, date(2024, 3, 20))
    with pytest.raises(Conflict, match=f"{later.person.name}：只能撤销最近一次生效的异动"):
        withdraw(henan, row)
    row.refresh_from_db()
    assert row.withdrawn_at is None
    undo_status_changes(changes=[suspended], reason="录错", effective_on=date(2024, 3, 20), by=henan.clerk, at=AT)
    withdraw(henan, row)
    moved.refresh_from_db()
    assert (moved.school, moved.programme) == (henan.county_school, programme)
    assert [change.counters_id is None for change in changes_of(moved)] == [True, False]
    assert record_on(moved, date(2024, 3, 21)).values["school_id"] == henan.county_school.pk
    again = merge(henan)  # and entered anew, rightly: what was taken back before is not taken back twice
    assert again.handed_over == 2
    withdraw(henan, again)


def test_of_a_split_the_students_go_where_their_programme_goes(henan) -> None:
    (nurse,) = students(henan)
    other = ProgrammeFactory(school=henan.county_school, name="会计")
    clerk = RegistrationFactory(enrolment__programme=other).enrolment
    split_school(
        school=henan.county_school, parts=[Part(henan.city_school, (other,))], custodian=None, effective_on=MERGED_ON,
        document_number=DOCUMENT, by=henan.administrator, at=AT,
    )  # fmt: skip
    checked()
    nurse.refresh_from_db()
    clerk.refresh_from_db()
    assert (nurse.school, clerk.school) == (henan.county_school, henan.city_school)


def test_a_file_on_the_page_names_the_school_as_it_was_called_and_stands_open_to_the_successor_alone(
    henan, client
) -> None:
    (record,) = students(henan)
    before = henan.county_school.name
    page = reverse("student", args=[record.pk])
    client.force_login(henan.city_clerk, backend="xueji.accounts.backends.Accounts")
    assert client.get(page).status_code == 404
    merge(henan)
    text = client.get(page, {"on": "2024-03-01"}).text
    assert f"原在{before}" in text
    assert "随校移交" in text
    client.force_login(henan.clerk, backend="xueji.accounts.backends.Accounts")
    assert client.get(page).status_code == 404
