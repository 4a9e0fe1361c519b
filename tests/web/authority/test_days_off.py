"""A day declared off after a school had booked it: both sides see it, and what to do. A year's notice taken back."""

from __future__ import annotations

from datetime import date

import pytest
from django.urls import reverse
from tests.factories.institutions import staffed_city
from tests.factories.production import SealingAppointmentFactory, approved_batch, round_of

from xueji.institutions.models import CalendarDay, PublishedYear
from xueji.ledger.models import Event
from xueji.production.bookings import displaced_for

pytestmark = pytest.mark.django_db
DAY = date(2019, 7, 10)  # a Wednesday of the round


@pytest.fixture
def booked(city):
    batch = approved_batch(city, count=1)
    return SealingAppointmentFactory(
        issue=batch.issue, round=round_of(batch), day=DAY, half="am", booked_by=city.clerk, place_in_half=1
    )


def declare(client, day: date = DAY):
    data = {"day": day.isoformat(), "kind": "holiday", "note": "市政发〔2019〕8号"}
    return client.post(reverse("authority:declare_day"), data, follow=True).text


def test_a_booking_on_a_day_declared_off_is_shown_to_both_sides_until_the_day_is_given_back(city, as_user, booked):
    name = booked.issue.school.name
    school = [reverse("desk"), reverse("school:sealing", args=[booked.issue.batch.pk]), reverse("school:appointments")]
    office = [reverse("desk"), reverse("authority:round", args=[booked.round_id])]

    def shown() -> list[bool]:
        clerk, officer = as_user(city.clerk), as_user(city.city_reviewer)
        return ["不是工作日" in clerk.get(address).text for address in school] + [
            "不是工作日" in officer.get(address).text for address in office
        ]

    assert shown() == [False] * 5
    declared = declare(as_user(city.city_reviewer))
    assert name in declared
    assert "通知学校改约" in declared
    assert shown() == [True] * 5
    page = as_user(city.clerk).get(school[1]).text
    assert "市政发〔2019〕8号" in page
    assert "请取消原预约" in page
    assert "须改约" in as_user(city.city_reviewer).get(office[1]).text
    day = CalendarDay.objects.get()
    as_user(city.city_reviewer).post(reverse("authority:remove_day", args=[day.pk]))
    assert shown() == [False] * 5


def test_what_is_sealed_already_or_booked_on_another_day_is_not_told(city, as_user, booked):
    assert "预约验印" not in declare(as_user(city.city_reviewer), date(2019, 7, 11))
    assert displaced_for(city.clerk) == []
    declare(as_user(city.city_reviewer))
    assert [booking.appointment for booking in displaced_for(city.clerk)] == [booked]
    booked.issue.sealed_at = booked.booked_at
    booked.issue.save()
    assert displaced_for(city.clerk) == []


def test_a_stranger_learns_of_no_booking_and_the_school_books_anew(city, as_user, booked):
    declare(as_user(city.city_reviewer))
    far = staffed_city(division_code="110100", county_code="110101")
    assert displaced_for(far.city_reviewer) == []
    assert displaced_for(far.clerk) == []
    clerk = as_user(city.clerk)
    assert clerk.post(reverse("school:cancellation", args=[booked.issue.batch.pk])).status_code == 302
    assert displaced_for(city.clerk) == []


def test_a_published_year_is_taken_back_by_its_own_authority_with_a_reason(city, as_user):
    officer, far = as_user(city.city_reviewer), staffed_city(division_code="110100", county_code="110101")
    officer.post(reverse("authority:publish_year"), {"year": 2027, "notice": "国办发明电"})
    published = PublishedYear.objects.get()
    address = reverse("authority:take_back_year", args=[published.pk])
    assert address in officer.get(reverse("authority:calendar")).text
    assert as_user(far.city_reviewer).post(address, {"reason": "错"}).status_code == 404
    assert as_user(city.city_leader).post(address, {"reason": "错"}).status_code == 403
    officer = as_user(city.city_reviewer)
    assert officer.post(address, {"reason": " "}).status_code == 400
    assert PublishedYear.objects.exists()
    assert "已撤销 2027 年放假通知的登记" in officer.post(address, {"reason": "登记成了征求意见稿"}, follow=True).text
    assert not PublishedYear.objects.exists()
    event = Event.objects.get(tag="published_year:withdrawn")
    assert (event.note, event.before["notice"]) == ("登记成了征求意见稿", "国办发明电")
    assert event.authority_id == city.city.pk
    assert officer.post(address, {"reason": "再来"}).status_code == 404
