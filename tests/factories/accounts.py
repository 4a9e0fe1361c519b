"""People who sign in."""

from __future__ import annotations

from datetime import UTC, datetime

import factory
from django.utils import timezone

from xueji.accounts.models import CredentialGrant, Factor, SentForm, SignIn, User


class UserFactory(factory.django.DjangoModelFactory):
    """An active person without any post; password «xueji-pass-1»."""

    class Meta:
        model = User
        skip_postgeneration_save = True

    username = factory.Sequence(lambda n: f"person{n:05d}")
    full_name = factory.Sequence(lambda n: f"经办{n:05d}")
    password = factory.django.Password("xueji-pass-1")


class SentFormFactory(factory.django.DjangoModelFactory):
    """A form that was done."""

    class Meta:
        model = SentForm

    key = factory.Sequence(lambda n: f"{n:064x}")
    user = factory.SubFactory(UserFactory)
    sent_at = factory.LazyFunction(timezone.now)


class CredentialGrantFactory(factory.django.DjangoModelFactory):
    """A password reset by somebody else, unconfirmed."""

    class Meta:
        model = CredentialGrant

    user = factory.SubFactory(UserFactory)
    kind = CredentialGrant.Kind.PASSWORD
    by = factory.SubFactory(UserFactory)
    at = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)


class SignInFactory(factory.django.DjangoModelFactory):
    """A session that is open."""

    class Meta:
        model = SignIn

    user = factory.SubFactory(UserFactory)
    opened_at = last_seen_at = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)


class FactorFactory(factory.django.DjangoModelFactory):
    """A second factor of somebody: codes to recover with, none used."""

    class Meta:
        model = Factor

    user = factory.SubFactory(UserFactory)
    type = "recovery_codes"
    data = factory.LazyFunction(lambda: {"seed": "", "used_mask": 0})
