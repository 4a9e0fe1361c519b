"""A second factor opens for its person alone, and every change of one is vouched for by an event of its own transaction."""

from __future__ import annotations

import base64
import importlib
from datetime import UTC, datetime

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP
from django.apps import apps
from django.db import connection
from tests.factories.accounts import UserFactory

from xueji.accounts.actions import reset_second_factor
from xueji.accounts.factors import PREFIX, SealedFactors
from xueji.accounts.models import CredentialGrant, User
from xueji.accounts.session_actions import acknowledge_grant, open_sign_in
from xueji.cli import audit_vouched
from xueji.ledger.models import Event
from xueji.ledger.queries import timeline_of
from xueji.sealing.texts import SealBroken, seal

pytestmark = pytest.mark.django_db
AT = datetime(2019, 7, 8, tzinfo=UTC)
SECRET = "JBSWY3DPEHPK3PXP"


def past_triggers(table: str, sql: str, *values: object) -> None:
    with connection.cursor() as cursor:
        cursor.execute("set constraints all immediate")
        cursor.execute(f"alter table {table} disable trigger all")
        cursor.execute(sql, values)
        cursor.execute(f"alter table {table} enable trigger all")


def wrong(table: str) -> list[str]:
    return audit_vouched.vouched([table])["mismatches"]


def secret_of(user: User) -> str:
    return SealedFactors().decrypt(Authenticator.objects.get(user=user, type="totp").data["secret"])


@pytest.fixture
def pair() -> tuple[User, User]:
    """Two people, each with one-time codes and recovery codes."""
    users = UserFactory(), UserFactory()
    for user in users:
        TOTP.activate(user, SECRET)
        RecoveryCodes.activate(user)
    return users


def test_a_secret_in_the_row_of_another_opens_nothing_and_is_named(pair):
    mine, other = pair
    assert secret_of(mine) == secret_of(other) == SECRET
    assert wrong("mfa_authenticator") == []
    past_triggers(
        "mfa_authenticator",
        "update mfa_authenticator t set data = o.data from mfa_authenticator o where o.type = t.type and o.user_id = %s and t.user_id = %s",
        mine.pk, other.pk,
    )  # fmt: skip
    assert secret_of(mine) == SECRET
    with pytest.raises(SealBroken):
        secret_of(other)
    with pytest.raises(SealBroken):
        Authenticator.objects.get(user=other, type="recovery_codes").wrap().generate_codes()
    assert [text.split(" ")[0] for text in wrong("mfa_authenticator")] == ["二次验证"] * 2


def test_a_secret_of_another_kind_of_the_same_person_opens_nothing(pair):
    mine, _ = pair
    past_triggers(
        "mfa_authenticator",
        """update mfa_authenticator t set data = jsonb_build_object('seed', o.data -> 'secret', 'used_mask', 0)
           from mfa_authenticator o where o.user_id = t.user_id and o.type = 'totp' and t.type = 'recovery_codes' and t.user_id = %s""",
        mine.pk,
    )
    with pytest.raises(SealBroken):
        Authenticator.objects.get(user=mine, type="recovery_codes").wrap().generate_codes()


def test_a_factor_laid_by_hand_is_named(pair):
    somebody = UserFactory()
    past_triggers(
        "mfa_authenticator",
        "insert into mfa_authenticator (user_id, type, data, created_at) select %s, type, data, created_at from mfa_authenticator where type = 'totp' limit 1",
        somebody.pk,
    )
    (key,) = Authenticator.objects.filter(user=somebody).values_list("pk", flat=True)
    assert wrong("mfa_authenticator") == [f"二次验证 {key}：在册，履历中没有写入它的记录"]


def test_every_change_of_a_factor_has_its_event_and_a_look_needs_none(pair):
    mine, _ = pair
    codes = Authenticator.objects.get(user=mine, type="recovery_codes").wrap()
    codes.mark_as_viewed()
    Authenticator.objects.get(user=mine, type="totp").record_usage()
    assert wrong("mfa_authenticator") == []
    (code,) = codes.generate_codes()[:1]
    assert codes.validate_code(code)
    assert not Authenticator.objects.get(user=mine, type="recovery_codes").wrap().validate_code(code)
    Authenticator.objects.get(user=mine, type="totp").delete()
    assert wrong("mfa_authenticator") == []
    assert [event.tag for event in timeline_of(mine)] == [
        "second_factor:set", "second_factor:set", "recovery_code:used", "second_factor:removed",
    ]  # fmt: skip
    past_triggers("mfa_authenticator", "update mfa_authenticator set data = jsonb_set(data, '{used_mask}', '0') where user_id = %s and type = 'recovery_codes'", mine.pk)  # fmt: skip
    assert len(wrong("mfa_authenticator")) == 1


def test_a_reset_is_one_act_of_who_resets(pair):
    mine, _ = pair
    administrator = UserFactory()
    reset_second_factor(user=mine, reason="手机遗失", by=administrator, at=AT)
    *_, last = timeline_of(mine)
    assert (last.tag, last.actor_id, last.before) == ("second_factor:reset", administrator.pk, {"authenticators": 2})
    assert [event.tag for event in timeline_of(mine)].count("second_factor:removed") == 0
    assert wrong("mfa_authenticator") == []


def test_a_password_handed_over_is_not_made_good_once_more(django_user_model):
    user = UserFactory(password_expires_at=AT)
    open_sign_in(user=user, address=None, device="", at=AT)
    assert wrong("accounts_user") == []
    event = Event.objects.latest("pk")
    past_triggers("accounts_user", "update accounts_user set password_used_at = null where id = %s", user.pk)
    assert wrong("accounts_user") == [
        f"账号 {user.pk}：与最后写入它的履历（第 {event.pk} 条，account:signed_in）不一致"
    ]


def test_a_grant_confirmed_or_dated_by_hand_is_named():
    user, administrator = UserFactory(), UserFactory()
    reset_second_factor(user=user, reason="手机遗失", by=administrator, at=AT)
    grant = CredentialGrant.objects.get()
    acknowledge_grant(grant=grant, by=user, at=AT)
    assert wrong("accounts_credentialgrant") == []
    past_triggers(
        "accounts_credentialgrant",
        "update accounts_credentialgrant set at = at - interval '40 days' where id = %s",
        grant.pk,
    )
    assert [text.split("：")[0] for text in wrong("accounts_credentialgrant")] == [f"代为发放 {grant.pk}"]


def test_secrets_from_before_are_bound_to_their_rows_and_what_was_planted_stays_closed(pair, capsys):
    mine, other = pair
    for user, text in ((mine, _as_before(SECRET)), (other, "planted")):
        past_triggers(
            "mfa_authenticator",
            "update mfa_authenticator set data = jsonb_build_object('secret', %s::text) where type = 'totp' and user_id = %s",
            text, user.pk,
        )  # fmt: skip
    Authenticator.objects.filter(type="recovery_codes").delete()
    importlib.import_module("xueji.accounts.migrations.0004_secrets_bound")._bind(apps, None)
    assert secret_of(mine) == SECRET
    assert f"（账号 {other.pk}）" in capsys.readouterr().out
    with pytest.raises(SealBroken):
        secret_of(other)


def _as_before(text: str) -> str:
    return PREFIX + base64.b64encode(seal(text, table="mfa_authenticator", column="data", row="secret")).decode()
