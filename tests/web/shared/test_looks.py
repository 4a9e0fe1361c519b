"""Who looked at what and took it away is in the ledger, whichever portal they came through."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse
from tests.web.world import World, build

from xueji.cases.models import Evidence
from xueji.ledger.models import Event

pytestmark = pytest.mark.django_db


@pytest.fixture
def world() -> World:
    return build()


def visit(user, name, keys, *kwargs) -> int:
    client = Client()
    client.force_login(user, backend="xueji.accounts.backends.Accounts")
    answer = client.get(reverse(name, kwargs={key: keys[key] for key in kwargs}))
    assert b"".join(answer.streaming_content) if answer.streaming else answer.content
    return answer.status_code


@pytest.mark.parametrize("portal", ["school", "authority"])
def test_evidence_is_looked_at_on_record_through_either_portal(world, portal) -> None:
    """An officer went through the school's address and left no trace."""
    keys, officer = world.keys["own"], world.people["county_reviewer"]
    assert visit(officer, f"{portal}:evidence_file", keys, "case_id", "evidence_id") == 200
    event = Event.objects.get(tag="evidence:viewed")
    evidence = Evidence.objects.get(pk=keys["evidence_id"])
    assert (event.actor_id, event.subject_id) == (officer.pk, str(evidence.pk))
    assert (event.parent_id, event.school_id) == (str(evidence.case_id), evidence.case.school_id)


def test_what_may_not_be_seen_leaves_no_look(world) -> None:
    clerk = world.people["school_clerk"]
    assert visit(clerk, "school:evidence_file", world.keys["other_city"], "case_id", "evidence_id") == 404
    assert not Event.objects.filter(tag="evidence:viewed").exists()


@pytest.mark.parametrize("portal", ["school", "authority"])
@pytest.mark.parametrize(("post", "status"), [("seal_supervisor", 403), ("sealer", 403), ("city_leader", 200)])
def test_evidence_goes_to_posts_that_fetch_papers(world, portal, post, status) -> None:
    """Copies of identity cards went to whoever sees the batch; who decides on them must be able to read them."""
    keys = world.keys["own"]
    assert visit(world.people[post], f"{portal}:evidence_file", keys, "case_id", "evidence_id") == status
    assert Event.objects.filter(tag="evidence:viewed").count() == (status == 200)
    page = Client()
    page.force_login(world.people[post], backend="xueji.accounts.backends.Accounts")
    shown = page.get(reverse("school:case", args=[keys["case_id"]])).content.decode()
    link = reverse("school:evidence_file", args=[keys["case_id"], keys["evidence_id"]])
    assert (link in shown) == (status == 200)


def test_a_balance_sheet_is_on_record(world) -> None:
    clerk = Client()
    clerk.force_login(world.people["school_clerk"], backend="xueji.accounts.backends.Accounts")
    assert clerk.get(reverse("school:balance"), {"file": "pdf"}).status_code == 200
    assert Event.objects.filter(tag="list:downloaded", after__title="平衡表.pdf").count() == 1


@pytest.mark.requirement("S4-08")
@pytest.mark.parametrize(
    ("name", "key"),
    [("uploads:graduates_errors", "graduates_upload_id"), ("uploads:records_errors", "records_upload_id")],
)
def test_a_list_taken_away_is_on_record(world, name, key) -> None:
    clerk = world.people["school_clerk"]
    assert visit(clerk, name, world.keys["own"], key) == 200
    assert Event.objects.get(tag="list:downloaded").actor_id == clerk.pk


def test_the_photographs_of_a_page_are_one_look(world) -> None:
    keys, clerk = world.keys["own"], world.people["school_clerk"]
    client = Client()
    client.force_login(clerk, backend="xueji.accounts.backends.Accounts")
    for _ in range(4):
        assert client.get(reverse("candidate_photo", args=[keys["candidate_id"]])).status_code == 200
    assert visit(clerk, "candidate_photo", keys, "candidate_id") == 200  # at the same time from another browser
    assert visit(world.people["county_reviewer"], "candidate_photo", keys, "candidate_id") == 200
    looked = Event.objects.filter(tag="photo:viewed")
    assert sorted(look.actor_id for look in looked) == sorted([clerk.pk, world.people["county_reviewer"].pk])
    assert {look.subject_id for look in looked} == {str(keys["batch_id"])}
