"""A round arranged wrongly is refused while it is typed, or moved and cancelled until something is sealed in it."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from django.urls import reverse
from tests.factories.institutions import AuthorityFactory, appointed
from tests.factories.production import SealingAppointmentFactory, approved_batch, class_of, round_of, season_of
from tests.web.reading import forms_of

from xueji.core.errors import BadInput, Conflict, NotPermitted
from xueji.institutions.models import Level, Post
from xueji.ledger.models import Event
from xueji.production.actions import book_appointment, cancel_round, extend_round, move_round, open_round, seal_issue
from xueji.production.bookings import displaced_for
from xueji.production.form_data import certificates_of
from xueji.production.models import SealingAppointment, SealingRound

pytestmark = pytest.mark.django_db
NOW = datetime(2027, 6, 1, 9, tzinfo=ZoneInfo("Asia/Shanghai"))
FIRST, LAST = date(2027, 7, 5), date(2027, 7, 9)


@pytest.fixture(autouse=True)
def in_june(monkeypatch):
    monkeypatch.setattr("django.utils.timezone.now", lambda: NOW)


@pytest.fixture
def booked(city) -> SealingAppointment:
    """A batch of 2027 booked on the Monday of days that the notice of 2027 does not set."""
    batch = approved_batch(city, count=1, season=season_of(city, year=2027, day=date(2027, 6, 1)))
    sealing_round = SealingRound.objects.create(
        **class_of(batch.season), opens_on=FIRST, closes_on=LAST, place="职成科"
    )
    return SealingAppointmentFactory(
        issue=batch.issue, round=sealing_round, day=FIRST, half="am", booked_by=city.clerk, place_in_half=1
    )


def post(client, name: str, sealing_round: SealingRound, **data):
    """Send a form of the round's page, and go on past the question where there is one."""
    url = reverse(f"authority:{name}", args=[sealing_round.pk])
    asked = client.post(url, data)
    if asked.status_code != 200:
        return asked, asked
    return asked, client.post(url, data | {"confirmed": "1"}, follow=True)


def test_a_round_wholly_past_is_refused_and_one_that_still_runs_is_taken(city, as_user) -> None:
    season = season_of(city, year=2027, day=date(2027, 6, 1))
    client, data = as_user(city.city_reviewer), {"season": season.pk, "place": "职成科", "schools_per_half_day": 3}
    url = reverse("authority:rounds")
    past = client.post(url, data | {"opens_on": "2026-07-06", "closes_on": "2026-07-10"})
    assert past.status_code == 400
    assert "已经全部过去：填写的是 2026-07-06 至 2026-07-10，今天是 2027-06-01" in past.text
    assert not SealingRound.objects.exists()
    assert client.post(url, data | {"opens_on": "2027-05-31", "closes_on": "2027-06-01"}).status_code == 302
    with pytest.raises(BadInput, match="通知定的是 2019-07-08 至 2019-07-12"):
        open_round(**class_of(season_of(city)), place="职成科", by=city.city_reviewer, at=NOW)


def test_the_office_moves_a_round_and_both_sides_see_which_booking_is_displaced(city, as_user, booked) -> None:
    officer, clerk = as_user(city.city_reviewer), as_user(city.clerk)
    asked, moved = post(
        officer, "move_round", booked.round, opens_on="2027-07-12", closes_on="2027-07-16", place="市政务大厅"
    )
    assert booked.issue.school.name in asked.text
    assert "2027-07-12 至 2027-07-16，市政务大厅" in asked.text
    booked.round.refresh_from_db()
    assert (booked.round.opens_on, booked.round.place) == (date(2027, 7, 12), "市政务大厅")
    for page in (moved.text, officer.get(reverse("desk")).text, clerk.get(reverse("desk")).text):
        assert "不在改期后的验印时间内（2027-07-12" in page
    assert "改期后不在验印时间内，须改约" in clerk.get(reverse("school:appointments")).text
    assert "请取消原预约" in clerk.get(reverse("school:sealing", args=[booked.issue.batch.pk])).text
    event = Event.objects.get(tag="sealing_round:moved")
    assert (event.before["opens_on"], event.after["opens_on"]) == ("2027-07-05", "2027-07-12")
    clerk.post(reverse("school:cancellation", args=[booked.issue.batch.pk]))
    book_appointment(issue=booked.issue, round=booked.round, day=date(2027, 7, 13), half="am", by=city.clerk, at=NOW)
    assert displaced_for(city.clerk) == []


def test_days_that_keep_a_booking_displace_nothing(city, booked) -> None:
    moved = move_round(
        round=booked.round, opens_on=FIRST, closes_on=date(2027, 7, 30), place="职成科", by=city.city_reviewer, at=NOW
    )
    assert (moved, displaced_for(city.clerk)) == ([], [])


@pytest.mark.parametrize(("days", "message"), [
    (("2027-04-05", "2027-04-09"), "已经全部过去"),
    (("2027-07-16", "2027-07-12"), "截止日期早于开始日期"),
    (("2029-07-09", "2029-07-13"), "应在 2026-01-01 至 2028-12-31 之间"),
])  # fmt: skip
def test_wrong_days_are_refused_before_the_question(city, as_user, booked, days, message) -> None:
    _, refused = post(
        as_user(city.city_reviewer), "move_round", booked.round, opens_on=days[0], closes_on=days[1], place="职成科"
    )
    assert refused.status_code == 400
    assert message in refused.text
    assert not Event.objects.filter(tag="sealing_round:moved").exists()


def test_nothing_changed_and_days_that_the_notice_sets_are_refused(city, booked) -> None:
    by = {"by": city.city_reviewer, "at": NOW}
    with pytest.raises(BadInput, match="没有改动"):
        move_round(round=booked.round, opens_on=FIRST, closes_on=LAST, place="职成科", **by)
    with pytest.raises(BadInput, match="请填写验印地点"):
        move_round(round=booked.round, opens_on=FIRST, closes_on=LAST, place=" ", **by)
    before = datetime(2019, 7, 5, 2, tzinfo=UTC)
    fixed = open_round(**class_of(season_of(city)), place="职成科", by=city.city_reviewer, at=before)
    with pytest.raises(BadInput, match="由通知定为 2019-07-08 至 2019-07-12"):
        move_round(
            round=fixed, opens_on=date(2019, 7, 15), closes_on=date(2019, 7, 19), place="职成科",
            by=city.city_reviewer, at=before,
        )  # fmt: skip


def test_a_round_is_cancelled_with_its_bookings_and_arranged_anew(city, as_user, booked) -> None:
    officer = as_user(city.city_reviewer)
    asked, done = post(officer, "cancel_round", booked.round)
    assert booked.issue.school.name in asked.text
    assert "请通知学校" in done.text
    assert not SealingRound.objects.exists()
    assert not SealingAppointment.objects.exists()
    assert Event.objects.get(tag="sealing_round:cancelled").before["bookings"] == 1
    assert Event.objects.get(tag="sealing_appointment:cancelled").school_id == booked.issue.school_id
    again = {"season": booked.issue.batch.season_id, "place": "职成科", "schools_per_half_day": 3,
             "opens_on": "2027-07-12", "closes_on": "2027-07-16"}  # fmt: skip
    assert officer.post(reverse("authority:rounds"), again).status_code == 302
    with pytest.raises(Conflict, match="已被验印机关取消"):
        book_appointment(issue=booked.issue, round=booked.round, day=FIRST, half="am", by=city.clerk, at=NOW)


def test_once_something_is_sealed_the_round_stands(city, as_user, monkeypatch) -> None:
    batch = approved_batch(city, count=1)
    sealing_round = round_of(batch)
    on_the_day = datetime(2019, 7, 9, 1, tzinfo=UTC)
    seal_issue(
        issue=batch.issue, round=sealing_round, diplomas_counted=certificates_of(batch.issue).count(), refused={}, sealed_by=city.sealer,
        supervised_by=city.seal_supervisor, at=on_the_day,
    )  # fmt: skip
    with pytest.raises(Conflict, match="已有学校验印"):
        cancel_round(round=sealing_round, by=city.city_reviewer, at=on_the_day)
    officer = as_user(city.city_reviewer)
    page = officer.get(reverse("authority:round", args=[sealing_round.pk])).text
    assert "改期或取消" not in page
    assert post(officer, "cancel_round", sealing_round)[0].status_code == 409
    assert SealingRound.objects.filter(pk=sealing_round.pk).exists()


def test_nothing_is_sealed_in_a_round_cancelled_meanwhile(city) -> None:
    batch = approved_batch(city, count=1)
    sealing_round = round_of(batch)
    on_the_day = datetime(2019, 7, 9, 1, tzinfo=UTC)
    cancel_round(round=SealingRound.objects.get(), by=city.city_reviewer, at=on_the_day)
    with pytest.raises(Conflict, match="已被验印机关取消"):
        seal_issue(
            issue=batch.issue, round=sealing_round, diplomas_counted=1, refused={}, sealed_by=city.sealer,
            supervised_by=city.seal_supervisor, at=on_the_day,
        )  # fmt: skip


def test_only_the_office_of_the_season_changes_its_round(city, as_user, booked) -> None:
    above = AuthorityFactory(level=Level.PROVINCE, division_code="610000")
    city.city.parent, city.city.path = above, f"{above.path}{city.city.pk}/"
    city.city.save()
    watcher = appointed(Post.PROVINCE_REVIEWER, above)
    with pytest.raises(NotPermitted):
        cancel_round(round=booked.round, by=watcher, at=NOW)
    assert as_user(watcher).post(reverse("authority:cancel_round", args=[booked.round_id])).status_code == 403
    forms = forms_of(as_user(city.city_reviewer).get(reverse("authority:round", args=[booked.round_id])).text)
    assert reverse("authority:move_round", args=[booked.round_id]) in {
        form.tag.attributes.get("action") for form in forms
    }


def test_a_round_is_lengthened_even_after_something_was_sealed_and_only_by_its_own_office(
    booked, city, as_user
) -> None:
    sealing_round, later = booked.round, date(2027, 7, 16)
    officer = as_user(city.city_reviewer)
    seal_issue(
        issue=booked.issue, round=sealing_round, diplomas_counted=1, refused={}, sealed_by=city.sealer,
        supervised_by=city.seal_supervisor, at=datetime(2027, 7, 5, 1, tzinfo=UTC),
    )  # fmt: skip
    _, done = post(officer, "extend_round", sealing_round, closes_on="2027-07-16")
    sealing_round.refresh_from_db()
    assert (sealing_round.opens_on, sealing_round.closes_on) == (FIRST, later)
    assert done.status_code in {200, 302}
    booked.refresh_from_db()
    assert booked.day == FIRST
    with pytest.raises(BadInput, match="应晚于"):
        extend_round(round=sealing_round, closes_on=LAST, by=city.city_reviewer, at=NOW)
    far = appointed(Post.CITY_REVIEWER, AuthorityFactory(level=Level.CITY))
    with pytest.raises(NotPermitted):
        extend_round(round=sealing_round, closes_on=date(2027, 7, 20), by=far, at=NOW)
    assert Event.objects.get(tag="sealing_round:extended").before == {"closes_on": "2027-07-09"}
