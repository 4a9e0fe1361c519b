"""A password from somebody else's hand: told to its owner and superior, marked on what the account then decides."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from tests.factories.accounts import UserFactory
from tests.factories.cases import CaseFactory, StepFactory
from tests.factories.graduation import BatchFactory, SeasonFactory
from tests.factories.institutions import appointed, staffed_city

from xueji.accounts.models import CredentialGrant
from xueji.cases.hands import unconfirmed_decisions, unconfirmed_hands
from xueji.cases.models import CaseState, Decision
from xueji.cli.audit import _BALANCES
from xueji.core.errors import Conflict, NotFound, NotPermitted
from xueji.institutions import account_actions as acts
from xueji.institutions.models import Post
from xueji.institutions.queries.staff import grant_to_confirm, grants_to_confirm
from xueji.ledger.models import Event

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture
def city():
    return staffed_city()


def reset(user, city) -> CredentialGrant:
    acts.reset_password(user=user, by=city.administrator, at=timezone.now())
    return CredentialGrant.objects.get(user=user)


def decided(city, at, *, with_batch=False):
    """A case the school's leader has approved; the county is next."""
    case = CaseFactory(
        kind="graduation_batch", school=city.county_school, state=CaseState.IN_PROGRESS, round=1,
        submitted_by=city.clerk, submitted_at=at,
    )  # fmt: skip
    if with_batch:
        BatchFactory(season=SeasonFactory(authority=city.city), school=city.county_school, case=case)
    own_step = StepFactory(
        case=case, ordinal=1, key="school", level="school", post=Post.SCHOOL_LEADER, authority=None, state="approved"
    )
    following = StepFactory(
        case=case, ordinal=2, key="county", level="county", post=Post.COUNTY_REVIEWER, authority=city.county
    )
    Decision.objects.create(step=own_step, verdict="approve", by=city.leader, at=at)
    return case, following


def page(user, name, *args):
    client = Client()
    client.force_login(user, backend="xueji.accounts.backends.Accounts")
    return client, client.get(reverse(name, args=args))


def audited() -> list[str]:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(_BALANCES["accounts.confirmed"][1])
        return [row[0] for row in cursor.fetchall()]


def test_owner_and_superior_are_told_on_the_desk(city):
    grant = reset(city.clerk, city)
    city.clerk.refresh_from_db()
    city.clerk.password_expires_at = None
    city.clerk.save()
    client, desk = page(city.clerk, "desk")
    assert f"被{city.administrator.full_name}重置" in desk.text
    client.post(reverse("grant_seen", args=[grant.pk]))
    assert "重置" not in client.get(reverse("desk")).text
    assert client.post(reverse("grant_seen", args=[grant.pk])).status_code == 404
    client, desk = page(city.leader, "desk")
    assert reverse("grant", args=[grant.pk]) in desk.text
    assert city.clerk.full_name in client.get(reverse("grant", args=[grant.pk])).text
    assert client.post(reverse("grant", args=[grant.pk])).status_code == 302
    grant.refresh_from_db()
    assert grant.confirmed_by == city.leader
    assert Event.objects.filter(tag="credential:confirmed", subject_id=str(city.clerk.pk)).exists()
    assert client.get(reverse("grant", args=[grant.pk])).status_code == 404


def test_neither_owner_nor_who_did_it_nor_a_stranger_confirms(city):
    grant, now = reset(city.leader, city), timezone.now()
    for person in (city.leader, city.administrator, city.clerk, city.county_reviewer):
        with pytest.raises(NotPermitted):
            acts.confirm_credentials(grant=grant, by=person, at=now)
        with pytest.raises(NotFound):
            grant_to_confirm(person, grant.pk, now)
    acts.confirm_credentials(grant=grant, by=city.city_leader, at=now)
    with pytest.raises(Conflict):
        acts.confirm_credentials(grant=grant, by=city.city_leader, at=now)


def test_an_account_itself_handed_out_confirms_nobody(city):
    """One administrator who has taken the leader's account over cannot clear the clerk's with it."""
    of_clerk, now = reset(city.clerk, city), timezone.now()
    of_leader = reset(city.leader, city)
    with pytest.raises(NotPermitted, match="尚未经上级确认"):
        acts.confirm_credentials(grant=of_clerk, by=city.leader, at=now)
    acts.confirm_credentials(grant=of_leader, by=city.city_leader, at=now)
    acts.confirm_credentials(grant=of_clerk, by=city.leader, at=now)


def test_what_waits_for_a_superior_is_asked_for_thirty_days(city):
    grant = reset(city.clerk, city)
    assert grants_to_confirm(city.leader, timezone.now()) == [grant]
    assert grants_to_confirm(city.leader, timezone.now() + 31 * DAY) == []
    assert grants_to_confirm(city.county_reviewer, timezone.now()) == []


def test_a_decision_after_a_reset_says_so_to_the_next_step_to_the_auditor_and_in_the_audit(city):
    other = appointed(Post.AUDITOR, staffed_city(division_code="610300", county_code="610302").city)
    grant = reset(city.leader, city)
    case, following = decided(city, timezone.now(), with_batch=True)
    assert [(hand.person, hand.grant) for hand in unconfirmed_hands([case])] == [(city.leader.full_name, grant)]
    assert "未经其上级确认" in page(city.county_reviewer, "authority:step", following.pk)[1].text
    assert city.leader.full_name in page(city.auditor, "authority:unconfirmed")[1].text
    assert list(unconfirmed_decisions(other)) == []
    assert len(audited()) == 1
    client = Client()
    client.force_login(city.county_reviewer, backend="xueji.accounts.backends.Accounts")
    preview = client.post(reverse("authority:bulk"), {"steps": [following.pk]}).text
    assert "未经上级确认" in preview
    acts.confirm_credentials(grant=grant, by=city.city_leader, at=timezone.now())
    assert unconfirmed_hands([case]) == []
    assert "未经其上级确认" not in page(city.county_reviewer, "authority:step", following.pk)[1].text
    assert list(unconfirmed_decisions(city.auditor)) == []
    assert audited() == []


def test_decisions_before_the_reset_and_long_after_it_carry_no_mark(city):
    before, _ = decided(city, timezone.now() - DAY)
    reset(city.leader, city)
    after, _ = decided(city, timezone.now() + 30 * DAY + timedelta(minutes=1))
    assert unconfirmed_hands([before, after]) == []
    assert list(unconfirmed_decisions(city.auditor)) == []
    assert audited() == []


def test_a_submission_from_a_reset_account_is_marked_too(city):
    reset(city.clerk, city)
    case, _ = decided(city, timezone.now())
    assert [hand.what for hand in unconfirmed_hands([case])] == ["提交"]


def test_a_first_issue_by_somebody_else_counts_as_a_set_up_does_not(city):
    made = acts.issue_account(username="newcomer", full_name="新人", by=city.administrator, at=timezone.now()).user
    assert CredentialGrant.objects.get(user=made).kind == "issue"
    first = acts.issue_account(username="admin", full_name="首任", by=None, at=timezone.now()).user
    assert not CredentialGrant.objects.filter(user=first).exists()
    assert first.must_change_password
    assert not CredentialGrant.objects.filter(user=UserFactory()).exists()
