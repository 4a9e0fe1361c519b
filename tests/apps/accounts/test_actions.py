"""Accounts: issued by name, closed and never deleted, passwords handed over once."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from allauth.mfa.models import Authenticator
from tests.factories.accounts import UserFactory

from xueji.accounts.actions import (
    deactivate,
    generate_password,
    issue_account,
    reactivate,
    reset_password,
    reset_second_factor,
)
from xueji.core.errors import BadInput, Conflict, NotPermitted
from xueji.ledger.models import Event
from xueji.ledger.queries import timeline_of

pytestmark = pytest.mark.django_db
AT = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)


def test_an_account_is_issued_with_a_drawn_password_that_works() -> None:
    administrator = UserFactory()
    user, password = issue_account(username="li.jingban", full_name="李经办", by=administrator, at=AT)
    assert user.check_password(password)
    assert len(password) == 14
    event = timeline_of(user)[-1]
    assert (event.tag, event.actor_id) == ("account:issued", administrator.pk)
    assert password not in str(Event.objects.values())


def test_drawn_passwords_differ_and_avoid_look_alikes() -> None:
    drawn = {generate_password() for _ in range(200)}
    assert len(drawn) == 200
    assert not set("".join(drawn)) & set("0O1lIi")


@pytest.mark.parametrize("username", ["", "Ab", "李四", "1abc", "a b c", "a" * 31, "abc\n"])
def test_usernames_are_plain(username: str) -> None:
    with pytest.raises(BadInput, match="用户名"):
        issue_account(username=username, full_name="李四", by=None, at=AT)


def test_accounts_are_named_and_usernames_unique() -> None:
    with pytest.raises(BadInput, match="姓名"):
        issue_account(username="lisi", full_name="  ", by=None, at=AT)
    issue_account(username="lisi", full_name="李四", by=None, at=AT)
    with pytest.raises(Conflict, match="已被使用"):
        issue_account(username="lisi", full_name="李四", by=None, at=AT)


@pytest.mark.parametrize("password", ["short1", "1234567890", "password123"])
def test_weak_passwords_are_refused_with_the_reason(password: str) -> None:
    with pytest.raises(BadInput) as refusal:
        issue_account(username="lisi", full_name="李四", by=None, at=AT, password=password)
    assert any("\u4e00" <= c <= "\u9fff" for c in refusal.value.message)


def test_a_reset_password_replaces_the_old_one_and_ends_sessions(client) -> None:
    user = UserFactory()
    client.force_login(user)
    before = user.get_session_auth_hash()
    password = reset_password(user=user, by=UserFactory(), at=AT)
    user.refresh_from_db()
    assert user.check_password(password)
    assert not user.check_password("xueji-pass-1")
    assert user.get_session_auth_hash() != before
    assert timeline_of(user)[-1].tag == "password:reset"


def test_an_account_is_closed_and_opened_again_with_reasons() -> None:
    user, administrator = UserFactory(), UserFactory()
    deactivate(user=user, reason="调离", by=administrator, at=AT)
    user.refresh_from_db()
    assert user.is_active is False
    with pytest.raises(Conflict):
        deactivate(user=user, reason="调离", by=administrator, at=AT)
    reactivate(user=user, reason="调回", by=administrator, at=AT)
    with pytest.raises(Conflict):
        reactivate(user=user, reason="调回", by=administrator, at=AT)
    assert [(e.tag, e.note) for e in timeline_of(user)] == [
        ("account:deactivated", "调离"),
        ("account:reactivated", "调回"),
    ]


def test_nobody_closes_their_own_account_or_drops_their_own_second_factor() -> None:
    administrator = UserFactory()
    with pytest.raises(NotPermitted):
        deactivate(user=administrator, reason="x", by=administrator, at=AT)
    with pytest.raises(NotPermitted):
        reset_second_factor(user=administrator, reason="x", by=administrator, at=AT)


def test_a_lost_second_factor_is_removed_and_recorded() -> None:
    user = UserFactory()
    Authenticator.objects.create(user=user, type=Authenticator.Type.TOTP, data={})
    reset_second_factor(user=user, reason="手机遗失", by=UserFactory(), at=AT)
    assert not Authenticator.objects.filter(user=user).exists()
    event = timeline_of(user)[-1]
    assert (event.tag, event.note, event.before) == ("second_factor:reset", "手机遗失", {"authenticators": 1})
