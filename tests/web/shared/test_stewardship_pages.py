"""代管 from the rating to its record, its end, and what the school and who acts for it see on the way."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from tests.apps.supervision.test_ratings import Land
from tests.factories.institutions import appointed
from tests.factories.supervision import RatingFactory, StewardshipFactory

from xueji.accounts.models import User
from xueji.institutions.models import Post
from xueji.ledger.models import Event
from xueji.supervision.models import Stewardship

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


def test_a_stewardship_goes_from_the_rating_to_the_desk_of_the_school_and_back(land) -> None:
    reviewer, leader, first, clerk, neighbour = (
        signed_in(user) for user in (land.city_reviewer, land.leader, land.first, land.clerk, land.neighbour)
    )
    rating, new = (reverse(name, args=[land.worst.pk]) for name in ("rating", "new_stewardship"))
    assert new in reviewer.get(rating).content.decode()
    assert new not in clerk.get(rating).content.decode()
    wrong = reviewer.post(new, {"steward": "没有这所学校", "reason": "拒不删除"})
    text = wrong.content.decode()
    assert (wrong.status_code, "没有叫这个名称" in text, "拒不删除" in text) == (422, True, True)
    self_named = reviewer.post(new, {"steward": land.school.name, "reason": "拒不删除"})
    assert (self_named.status_code, "代管自己" in self_named.content.decode()) == (400, True)
    assert reviewer.post(new, {"steward": land.other.code, "reason": "拒不删除"}).status_code == 302
    row = Stewardship.objects.get()
    page = reverse("stewardship", args=[row.pk])
    decision, record, lifting, end = (
        reverse(f"stewardship_{word}", args=[row.pk]) for word in ("decision", "record", "lifting", "end")
    )
    assert [decision in who.get(page).content.decode() for who in (reviewer, leader)] == [False, True]
    assert leader.post(decision, {"agrees": "yes"}).status_code == 422
    assert leader.post(decision, {"agrees": "yes", "reason": "同意代管"}).status_code == 302
    assert "代管（" not in clerk.get(reverse("desk")).content.decode()
    assert [record in who.get(page).content.decode() for who in (leader, first)] == [False, True]
    refused = leader.post(record, {"record_number": "豫教备〔2025〕1号"})
    assert (refused.status_code, "豫教备〔2025〕1号" in refused.content.decode()) == (403, False)
    assert first.post(record, {"record_number": "豫教备〔2025〕1号"}).status_code == 302
    desk = clerk.get(reverse("desk")).content.decode()
    assert f"{land.school.name}评为 D 级，由{land.other.name}代管" in desk
    recorded = Event.objects.filter(tag="stewardship:recorded")
    for client, school in ((clerk, land.school), (neighbour, land.other)):
        assert "拒不删除" in client.get(reverse("inbox")).content.decode()
        opened = client.get(reverse("inbox"), {"open": recorded.get(school_id=school.pk).pk})
        assert opened["Location"] == page
        text = client.get(page).content.decode()
        assert (land.school.name in text, land.other.name in text, "第二十三条" in text) == (True, True, True)
        assert (rating in text) is (client is clerk)
    assert land.school.name in leader.get(reverse("stewardships")).content.decode()
    assert land.school.name not in leader.get(reverse("stewardships"), {"state": "ended"}).content.decode()
    assert reviewer.post(lifting, {"reason": "已经整改"}).status_code == 302
    assert end not in reviewer.get(page).content.decode()
    assert leader.post(end, {"agrees": "yes", "reason": "核实"}).status_code == 302
    assert "评为 D 级，由" not in clerk.get(reverse("desk")).content.decode()
    assert "已经整改" in clerk.get(rating).content.decode()


def test_another_school_finds_none_and_a_better_rating_takes_none(land) -> None:
    better = RatingFactory(
        school=land.other, state="published", rating="C", proposed_by=land.first, decided_by=land.second,
        decided_at=timezone.now(), published_at=timezone.now(),
    )  # fmt: skip
    assert signed_in(land.leader).get(reverse("new_stewardship", args=[better.pk])).status_code == 404
    row = StewardshipFactory(school=land.school, rating=land.worst)
    assert signed_in(land.neighbour).get(reverse("stewardship", args=[row.pk])).status_code == 404
    assert "没有生效" in signed_in(land.clerk).get(reverse("stewardship", args=[row.pk])).content.decode()


def test_a_named_clerk_acts_in_the_name_of_the_school_whose_own_clerk_only_looks(land) -> None:
    row = StewardshipFactory(
        school=land.school, rating=land.worst, steward_authority=None, steward_school=land.other, authority=land.city,
        state="recorded", decided_by=land.leader, decided_at=timezone.now(), recorded_by=land.first,
        recorded_at=timezone.now(), record_number="1", proposed_by=land.city_reviewer,
    )  # fmt: skip
    leader, clerk, neighbour = (signed_in(user) for user in (land.leader, land.clerk, land.neighbour))
    page, people = reverse("stewardship", args=[row.pk]), reverse("stewardship_people", args=[row.pk])
    banner = f"以{land.school.name}名义办理（代管：{land.other.name}）"
    assert banner not in neighbour.get(reverse("desk")).content.decode()
    assert people in leader.get(page).content.decode()
    assert people not in clerk.get(page).content.decode()
    assert leader.post(people, {"person": "1:school_clerk"}).status_code == 422
    named = {"person": f"{land.neighbour.pk}:school_clerk"}
    assert clerk.post(people, named).status_code == 403
    assert leader.post(people, named).status_code == 302
    assert banner in neighbour.get(reverse("desk")).content.decode()
    assert "本校只能查看" in clerk.get(reverse("desk")).content.decode()
    admissions = reverse("school:admissions")
    assert land.school.name in neighbour.get(admissions).content.decode()
    for address, status in ((admissions, 200), (reverse("students"), 200), (reverse("school:national"), 403)):
        assert clerk.get(address).status_code == status
    assert neighbour.get(reverse("school:national")).status_code == 200
    withdrawal = reverse("steward_withdrawal", args=[row.pk, row.people.get().pk])
    assert withdrawal in leader.get(page).content.decode()
    assert leader.post(withdrawal).status_code == 302
    assert banner not in neighbour.get(reverse("desk")).content.decode()
    assert "撤回" in leader.get(page).content.decode()
