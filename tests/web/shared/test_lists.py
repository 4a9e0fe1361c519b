"""What every list can do: as many lines a page as a person likes, and the head stays in sight."""

from __future__ import annotations

from datetime import date
from io import BytesIO

import pytest
from django.test import Client
from django.utils import timezone
from python_calamine import CalamineWorkbook
from tests.factories.graduation import filled, setting
from tests.factories.institutions import ProgrammeFactory, staffed_city
from tests.factories.registry import EnrolmentFactory, PersonFactory, resident_id

from xueji.accounts.permissions import Permission
from xueji.institutions.models import Post
from xueji.institutions.posts import PERMISSIONS_OF
from xueji.institutions.queries import granted_by
from xueji.ledger.actions import record_event
from xueji.ledger.models import Event
from xueji.ledger.tags import EventTag

pytestmark = pytest.mark.django_db


@pytest.fixture
def city():
    return staffed_city()


def signed_in(user) -> Client:
    client = Client()
    client.force_login(user)
    return client


def peopled(school, count: int) -> None:
    programme = ProgrammeFactory(school=school)
    for serial in range(1, count + 1):
        EnrolmentFactory(programme=programme, person=PersonFactory(number=resident_id(serial), name=f"王小{serial}"))


def lines(client: Client, query: str = "") -> int:
    return client.get(f"/students/{query}").content.decode().count("data-row")


def test_a_person_chooses_how_long_pages_are_once_for_all_lists(city) -> None:
    peopled(city.county_school, 60)
    clerk = signed_in(city.clerk)
    assert lines(clerk) == 50
    assert lines(clerk, "?size=20&q=王小") == 20
    page = clerk.get("/students/?q=王小").content.decode()
    assert page.count("data-row") == 20  # kept, and filters stand beside it in every link
    assert '<b aria-current="true">20</b>' in page
    assert "q=%E7%8E%8B%E5%B0%8F&amp;size=100" in page
    assert lines(clerk, "?page=4") == 20  # beyond the end: the last page
    assert lines(clerk, "?size=100") == 60
    assert lines(signed_in(city.leader)) == 50  # of one's own


@pytest.mark.parametrize("size", ["0", "-1", "37", "100000", "9" * 400, "x", "٢٠", "20.0", ""])
def test_no_other_length_is_taken(city, size: str) -> None:
    peopled(city.county_school, 55)
    assert lines(signed_in(city.clerk), f"?size={size}") == 50


def test_a_short_list_offers_no_lengths(city) -> None:
    peopled(city.county_school, 3)
    assert "每页" not in signed_in(city.clerk).get("/students/").content.decode().partition("<main")[2]


def rows_of(answer) -> list[list[object]]:
    data = BytesIO(b"".join(answer.streaming_content))
    return [list(row) for row in CalamineWorkbook.from_filelike(data).get_sheet_by_index(0).to_python()]


def test_a_list_is_taken_as_a_workbook_narrowed_as_it_stands_and_that_is_on_record(city) -> None:
    peopled(city.county_school, 60)
    person = PersonFactory(number=resident_id(900), name="=1+1", birth_date=date(2008, 3, 1))
    EnrolmentFactory(programme=ProgrammeFactory(school=city.county_school), person=person)
    theirs = PersonFactory(number=resident_id(901), name="王小他")
    EnrolmentFactory(programme=ProgrammeFactory(school=city.city_school), person=theirs)
    clerk = signed_in(city.clerk)
    assert "export=xlsx" in clerk.get("/students/?q=王小").content.decode()
    answer = clerk.get("/students/?q=王小&size=20&page=2&export=xlsx")
    rows = rows_of(answer)
    assert len(rows) == 61  # all of it, whatever page was looked at; nobody of another school
    assert rows[0][2] == "证件号"
    assert answer["Cache-Control"] == "private, no-store"
    event = Event.objects.get(tag=EventTag.LIST_EXPORTED)
    assert (event.school_id, event.actor_id, event.after["lines"]) == (city.county_school.pk, city.clerk.pk, 60)
    every = rows_of(clerk.get("/students/?export=xlsx"))
    taken = next(row for row in every if row[0] == "=1+1")  # text, no formula
    assert taken[2] == person.resident_id[-4:]
    assert "2008" not in str(taken)
    officers = rows_of(signed_in(city.city_reviewer).get("/students/?export=xlsx"))
    line = next(row for row in officers if row[0] == "=1+1")
    assert officers[0][2] == "出生日期"
    assert line[2] == "2008-03-01"
    assert person.resident_id[-4:] not in str(line)


def test_a_list_too_long_for_a_workbook_says_so(city, monkeypatch) -> None:
    monkeypatch.setattr("xueji.web.list_export.MOST", 5)
    peopled(city.county_school, 5)
    clerk = signed_in(city.clerk)
    assert len(rows_of(clerk.get("/students/?export=xlsx"))) == 6
    EnrolmentFactory(
        programme=ProgrammeFactory(school=city.county_school), person=PersonFactory(number=resident_id(77))
    )
    refused = clerk.get("/students/?export=xlsx")
    assert refused.status_code == 400
    assert "超过 5 行" in refused.content.decode()
    assert Event.objects.filter(tag=EventTag.LIST_EXPORTED).count() == 1


def test_of_a_list_too_long_no_more_is_fetched_than_shows_it(city, monkeypatch, django_assert_max_num_queries) -> None:
    monkeypatch.setattr("xueji.web.list_export.MOST", 5)
    peopled(city.county_school, 9)
    with django_assert_max_num_queries(60) as asked:
        assert signed_in(city.clerk).get("/students/?export=xlsx").status_code == 400
    of_rows = [
        q["sql"] for q in asked.captured_queries if "ORDER BY" in q["sql"] and '"registry_person"."name"' in q["sql"]
    ]
    assert len(of_rows) == 1
    assert of_rows[0].endswith("LIMIT 6")


def test_a_post_that_fetches_no_papers_takes_no_list(city, monkeypatch) -> None:
    peopled(city.county_school, 2)
    without = {**PERMISSIONS_OF, Post.SCHOOL_LEADER: PERMISSIONS_OF[Post.SCHOOL_LEADER] - {Permission.FETCH_DOCUMENTS}}
    for post, granted in without.items():
        monkeypatch.setitem(PERMISSIONS_OF, post, granted)
    granted_by.cache_clear()
    leader = signed_in(city.leader)
    assert "export=xlsx" not in leader.get("/students/").content.decode()
    assert leader.get("/students/?export=xlsx").status_code == 403
    granted_by.cache_clear()


def test_who_has_not_reported_is_taken_as_a_workbook() -> None:
    here = filled(setting())
    officer = signed_in(here.city.city_reviewer)
    place = f"/office/reporting/?season={here.batch.season_id}"
    rows = rows_of(officer.get(f"{place}&export=xlsx"))
    assert rows[0][:2] == ["学校", "学校标识码"]
    assert here.batch.school.name in [row[0] for row in rows[1:]]
    assert Event.objects.get(tag=EventTag.LIST_EXPORTED).authority_id == here.city.city.pk


def test_an_auditor_searches_the_ledger_by_school_and_takes_it_and_that_is_in_it(city) -> None:
    elsewhere = staffed_city("110100", "110101")
    for school in (city.county_school, city.city_school, elsewhere.county_school):
        record_event(
            tag=EventTag.SCHOOL_REMINDED, subject=school, by=city.city_reviewer, at=timezone.now(), school_id=school.pk,
            note=f"催办{school.code}",
        )  # fmt: skip
    auditor = signed_in(city.auditor)
    text = auditor.get("/office/ledger/", {"school": city.county_school.name}).content.decode()
    assert f"催办{city.county_school.code}" in text
    assert f"催办{city.city_school.code}" not in text
    assert (
        f"催办{city.county_school.code}"
        in auditor.get("/office/ledger/", {"school": city.county_school.code}).content.decode()
    )
    other = auditor.get("/office/ledger/", {"school": elsewhere.county_school.name})
    assert "没有符合条件的记录" in other.content.decode()
    assert "export=xlsx" in text
    rows = rows_of(auditor.get("/office/ledger/", {"school": city.county_school.name, "export": "xlsx"}))
    assert [row[6] for row in rows[1:]] == [f"催办{city.county_school.code}"]
    assert rows[1][5] == city.county_school.name
    event = Event.objects.get(tag=EventTag.LEDGER_EXPORTED)
    assert (event.actor_id, event.after["lines"]) == (city.auditor.pk, 1)
    assert signed_in(city.clerk).get("/office/ledger/?export=xlsx").status_code == 403
