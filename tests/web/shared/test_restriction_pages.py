"""Pages of restrictions: placed from a published D, met where a student is registered or filed, let by by two people, ended by C."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from tests.apps.supervision.test_ratings import Land
from tests.factories.institutions import ProgrammeFactory, appointed
from tests.factories.registry import RegistrationFactory
from tests.factories.supervision import RatingFactory, RestrictionFactory

from xueji.accounts.models import User
from xueji.institutions.models import Post
from xueji.institutions.queries import pack_of
from xueji.ledger.models import Event
from xueji.registry.filings import judge_students
from xueji.registry.models import Registration
from xueji.supervision.models import Restriction

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("S2-44")]


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user, backend="xueji.accounts.backends.Accounts")
    return client


@pytest.fixture
def land() -> Land:
    made = Land()
    made.leader = appointed(Post.CITY_LEADER, made.city)
    made.worst = RatingFactory(
        school=made.school, year=timezone.localdate().year - 1, state="published", rating="D", hits=["FM3"],
        proposed_by=made.first, decided_by=made.second, decided_at=timezone.now(), published_at=timezone.now(),
    )  # fmt: skip
    return made


def test_a_restriction_goes_from_the_rating_to_the_filing_it_stops_and_is_let_by(land) -> None:
    today = timezone.localdate()
    leader, first, second, clerk = (signed_in(user) for user in (land.leader, land.first, land.second, land.clerk))
    nursing, cooking = (ProgrammeFactory(school=land.school, name=name) for name in ("护理", "烹饪"))
    rating = reverse("rating", args=[land.worst.pk])
    address = reverse("new_restriction", args=[land.worst.pk])
    assert address in leader.get(rating).content.decode()
    assert address not in clerk.get(rating).content.decode()
    last = date(today.year, 12, 31)
    given = {"acts": ["register", "file"], "programme": nursing.pk, "until_on": last.isoformat(), "reason": "拒不删除"}
    assert leader.post(address, given | {"acts": []}).status_code == 422
    asked = leader.post(address, given).content.decode()
    assert ("限制新生学籍注册？" in asked, "护理" in asked, "拒不删除" in asked) == (True, True, True)
    refused = leader.post(address, given | {"is_whole": "on", "confirmed": "1"})
    text = refused.content.decode()
    assert (refused.status_code, "不能都选" in text, "拒不删除" in text) == (400, True, True)
    assert leader.post(address, given | {"confirmed": "1"}).status_code == 302
    row = Restriction.objects.get()
    page = reverse("restriction", args=[row.pk])
    message = Event.objects.get(tag="restriction:placed")
    assert "拒不删除" in clerk.get(reverse("inbox")).content.decode()
    assert clerk.get(reverse("inbox"), {"open": message.pk})["Location"] == page
    text = clerk.get(page).content.decode()
    assert ("限制中" in text, "第二十三条" in text, "放行，由另一人" in text) == (True, True, False)
    nurse, cook = (
        RegistrationFactory(enrolment__programme=p, enrolment__school=land.school) for p in (nursing, cooking)
    )
    assert _stopped(land, nurse, cook) == [True, False]
    bypass = {"until_on": today.isoformat(), "reason": "灾后安置"}
    assert leader.post(reverse("new_bypass", args=[row.pk]), bypass).status_code == 403
    early = first.post(
        reverse("new_bypass", args=[row.pk]), bypass | {"until_on": (today + timedelta(400)).isoformat()}
    )
    assert (early.status_code, "灾后安置" in early.content.decode()) == (400, True)
    assert first.post(reverse("new_bypass", args=[row.pk]), bypass).status_code == 302
    decision = reverse("bypass_decision", args=[row.pk, row.bypasses.get().pk])
    assert decision not in first.get(page).content.decode()
    assert decision in second.get(page).content.decode()
    assert second.post(decision, {"agrees": "yes", "reason": "同意"}).status_code == 302
    assert "已放行" in clerk.get(page).content.decode()
    assert _stopped(land, nurse, cook) == [False, False]
    end = reverse("restriction_end", args=[row.pk])
    assert end not in leader.get(page).content.decode()  # who placed it
    assert leader.post(end, {"reason": "处理有误"}).status_code == 403
    assert end in second.get(page).content.decode()
    assert second.post(end, {"reason": "处理有误"}).status_code == 302
    assert "处理有误" in clerk.get(rating).content.decode()


def _stopped(land: Land, *rows: Registration) -> list[bool]:
    today = timezone.localdate()
    judged = judge_students(rows, land.school, pack_of(land.school).on(today), today)
    return [any(f.rule == "registration.not_restricted" for f in row.findings) for row in judged]


def test_another_school_finds_none_and_a_better_rating_takes_none(land) -> None:
    better = RatingFactory(
        school=land.other, state="published", rating="C", proposed_by=land.first, decided_by=land.second,
        decided_at=timezone.now(), published_at=timezone.now(),
    )  # fmt: skip
    assert signed_in(land.leader).get(reverse("new_restriction", args=[better.pk])).status_code == 404
    row = RestrictionFactory(school=land.school, rating=land.worst)
    assert signed_in(land.neighbour).get(reverse("restriction", args=[row.pk])).status_code == 404
    assert "已到期" in signed_in(land.clerk).get(reverse("restriction", args=[row.pk])).content.decode()
