"""The register on pages: a student is found by what a clerk knows, within one's scope, and looks at minors are recorded."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from tests.factories.institutions import ProgrammeFactory, staffed_city
from tests.factories.registry import EnrolmentFactory, PersonFactory, RegistrationFactory, resident_id

from xueji.ledger.models import Event
from xueji.registry.actions import Move, record_status_changes
from xueji.registry.models import EnrolmentStatus, StudentNumber
from xueji.sealing.texts import blind_index

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("S2-40")]
AT = datetime(2024, 3, 8, 1, tzinfo=UTC)


@pytest.fixture
def city():
    return staffed_city()


def signed_in(user) -> Client:
    client = Client()
    client.force_login(user)
    return client


def _student(school, serial: int, **person):
    record = EnrolmentFactory(
        programme=ProgrammeFactory(school=school), person=PersonFactory(number=resident_id(serial), **person),
        entry_month="2023-09",
    )  # fmt: skip
    RegistrationFactory(enrolment=record)
    return record


def _text(client: Client, query: str) -> str:
    return client.get(f"/students/?{query}").content.decode()


def test_a_student_is_found_by_name_number_tail_and_student_number(city) -> None:
    wanted, other = _student(city.county_school, 1, name="王小明"), _student(city.county_school, 2, name="李晓红")
    number = wanted.person.resident_id
    index = blind_index(f"G{number}")
    StudentNumber.objects.create(
        person=wanted.person, number=f"G{number}", number_index=index, is_carried_on=True, given_on=date(2023, 9, 20)
    )
    clerk = signed_in(city.clerk)
    for words in ("王", "王小明", number, number.lower(), number[-4:], f"G{number}"):
        text = _text(clerk, f"q={words}")
        assert "王小明" in text
        assert other.person.name not in text
    assert "没有符合条件的学生" in _text(clerk, "q=赵")


def test_an_officer_finds_by_name_and_whole_number_and_not_by_the_tail(city) -> None:
    wanted = _student(city.county_school, 1, name="王小明")
    officer = signed_in(city.county_reviewer)
    number = wanted.person.resident_id
    assert "王小明" in _text(officer, f"q={number}")
    assert "不能按后四位查找" in _text(officer, f"q={number[-4:]}")


def test_the_tail_follows_a_corrected_number(city) -> None:
    record = _student(city.county_school, 1, name="王小明")
    record.person.resident_id = resident_id(7)
    record.save(update_fields=["tail_index"])
    clerk = signed_in(city.clerk)
    assert "王小明" in _text(clerk, f"q={resident_id(7)[-4:]}")
    assert "王小明" not in _text(clerk, f"q={resident_id(1)[-4:]}")


def test_nobody_sees_the_students_of_another_school(city) -> None:
    elsewhere = _student(city.city_school, 1, name="王小明")
    clerk = signed_in(city.clerk)
    assert "王小明" not in _text(clerk, f"q={elsewhere.person.resident_id}")
    assert clerk.get(f"/students/{elsewhere.pk}/").status_code == 404


def test_a_list_is_narrowed_by_status_and_filing(city) -> None:
    studying, suspended = _student(city.county_school, 1, name="王小明"), _student(city.county_school, 2, name="李晓红")
    moves = [Move(suspended, EnrolmentStatus.SUSPENDED)]
    record_status_changes(kind="休学", moves=moves, effective_on=date(2024, 3, 1), by=city.clerk, at=AT)
    clerk = signed_in(city.clerk)
    assert suspended.person.name in _text(clerk, "status=suspended")
    assert studying.person.name not in _text(clerk, "status=suspended")
    assert studying.person.name in _text(clerk, "filing=open")
    assert "没有符合条件" in _text(clerk, "filing=filed")


def test_a_list_asks_the_same_questions_however_long_it_is(city) -> None:
    clerk = signed_in(city.clerk)
    counts = []
    for serials in (range(1, 3), range(3, 23)):
        for serial in serials:
            _student(city.county_school, serial)
        _text(clerk, "")
        with CaptureQueriesContext(connection) as asked:
            _text(clerk, "")
        counts.append(len(asked))
    assert counts[0] == counts[1] <= 16


def test_the_file_tells_the_record_as_it_stood_and_as_it_was_known(city) -> None:
    record = _student(city.county_school, 1, name="王小明", birth_date=date(2000, 1, 1))
    moves = [Move(record, EnrolmentStatus.SUSPENDED, reason="因病")]
    record_status_changes(kind="休学", moves=moves, effective_on=date(2024, 3, 1), by=city.clerk, at=AT)
    clerk = signed_in(city.clerk)
    text = clerk.get(f"/students/{record.pk}/").content.decode()
    assert "2024-03-01 生效" in text
    assert "因病" in text
    then = clerk.get(f"/students/{record.pk}/?on=2024-02-01").context["then"]
    assert then["status"] == "在读"
    assert clerk.get(f"/students/{record.pk}/?on=2024-03-02").context["then"]["status"] == "休学"
    assert clerk.get(f"/students/{record.pk}/?on=2024-03-02&known=2024-03-05").context["then"]["status"] == "在读"
    refused = clerk.get(f"/students/{record.pk}/?on=0209-03-02")
    assert (refused.status_code, refused.context["then"]) == (200, None)
    assert "查询日期应在 1949-10-01 至" in refused.content.decode()


def test_the_file_of_a_minor_asks_what_for_once_and_records_each_look(city) -> None:
    born = timezone.localdate().replace(year=timezone.localdate().year - 16, day=1)
    minors = [_student(city.county_school, serial, birth_date=born) for serial in (1, 2)]
    clerk = signed_in(city.clerk)
    first, second = (f"/students/{record.pk}/" for record in minors)
    assert "查看用途" in clerk.get(first).content.decode()
    assert clerk.post(f"{first}purpose/", {"purpose": " "}).status_code == 422
    assert not Event.objects.filter(tag="student_file:viewed").exists()
    assert clerk.post(f"{first}purpose/", {"purpose": "学籍日常管理"}, follow=True).status_code == 200
    for _ in range(2):
        assert "学籍异动" in clerk.get(second).content.decode()
    seen = Event.objects.filter(tag="student_file:viewed").order_by("pk")
    assert [(event.subject_id, event.after["purpose"]) for event in seen] == [
        (str(record.pk), "学籍日常管理") for record in minors
    ]


def test_tail_and_birth_date_never_stand_together(city) -> None:
    record = _student(city.county_school, 1, birth_date=date(2000, 1, 1))
    for user, shown, hidden in (
        (city.clerk, record.person.resident_id[-4:], "2000-01-01"),
        (city.county_reviewer, "2000-01-01", record.person.resident_id[-4:]),
    ):
        for path in (f"/students/{record.pk}/", "/students/"):
            text = signed_in(user).get(path).content.decode()
            assert shown in text
            assert hidden not in text


def test_the_full_number_is_shown_on_a_reason_that_stays(city) -> None:
    record = _student(city.county_school, 1, birth_date=date(2000, 1, 1))
    clerk = signed_in(city.clerk)
    number = record.person.resident_id
    assert clerk.post(f"/students/{record.pk}/identity/", {"reason": "看"}).status_code == 422
    assert number in clerk.post(f"/students/{record.pk}/identity/", {"reason": "核对户口簿原件"}).content.decode()
    text = clerk.get(f"/students/{record.pk}/").content.decode()
    assert "核对户口簿原件" in text
    assert number not in text


def test_a_clerk_goes_on_from_the_file_to_changes_and_to_a_transfer_and_an_officer_does_not(city) -> None:
    record = _student(city.county_school, 1, birth_date=date(2000, 1, 1))
    links = (f"/school/status-changes/choices/?record={record.pk}", f"/school/students/{record.pk}/transfer/")
    text = signed_in(city.clerk).get(f"/students/{record.pk}/").content.decode()
    assert all(link in text for link in links)
    text = signed_in(city.county_reviewer).get(f"/students/{record.pk}/").content.decode()
    assert not any(link in text for link in links)


def test_a_long_list_is_counted_up_to_a_number(city, monkeypatch) -> None:
    for serial in range(1, 4):
        _student(city.county_school, serial)
    clerk = signed_in(city.clerk)
    assert "共 3 条<" in _text(clerk, "")
    monkeypatch.setattr("xueji.web.shared.students._MOST", 2)
    assert "共 2 条以上，请缩小范围" in _text(clerk, "")
