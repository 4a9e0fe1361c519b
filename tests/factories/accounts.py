"""People who sign in."""

from __future__ import annotations

from datetime import UTC, datetime

import factory
from django.utils import timezone

from xueji.accounts.applicants import PHONE_PURPOSE
from xueji.accounts.models import Applicant, CredentialGrant, Factor, SentForm, SignIn, SignInCode, User
from xueji.core.identifiers import check_character
from xueji.sealing.indexes import keyed_index
from xueji.sealing.texts import blind_index


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


def _document(n: int) -> str:
    """Return the number of the identity card of a person of their own."""
    first = f"41010219680712{n % 1000:03d}"
    return first + check_character(first)


class ApplicantFactory(factory.django.DjangoModelFactory):
    """An applicant with a phone number; nobody has proven who it is."""

    class Meta:
        model = Applicant

    class Params:
        proven = factory.Trait(
            name="王小明", document_kind="居民身份证", document_number=factory.Sequence(_document), proof="real_name",
            proven_at=datetime(2026, 3, 2, 1, 0, tzinfo=UTC),
            document_index=factory.LazyAttribute(lambda row: blind_index(row.document_number)),
        )  # fmt: skip

    user = factory.SubFactory(UserFactory, password="!", full_name="申请人")
    phone = factory.Sequence(lambda n: f"139{n:08d}")
    phone_index = factory.LazyAttribute(lambda row: keyed_index(PHONE_PURPOSE, row.phone))
    document_number = ""
    opened_at = datetime(2026, 3, 1, 1, 0, tzinfo=UTC)


class SignInCodeFactory(factory.django.DjangoModelFactory):
    """A code on its way to a phone number."""

    class Meta:
        model = SignInCode

    phone_index = factory.Sequence(lambda n: n.to_bytes(16, "big"))
    address_index = factory.Sequence(lambda n: n.to_bytes(16, "big"))
    code_index = factory.Sequence(lambda n: n.to_bytes(16, "big"))
    sent_at = datetime(2026, 3, 1, 1, 0, tzinfo=UTC)
    expires_at = datetime(2026, 3, 1, 1, 5, tzinfo=UTC)
