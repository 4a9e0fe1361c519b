"""A staffed city with a submitted batch; clients signed in by role."""

from __future__ import annotations

import pytest
from django.test import Client
from tests.factories.institutions import staffed_city


@pytest.fixture
def city(db):
    return staffed_city()


@pytest.fixture
def as_user():
    def signed_in(user) -> Client:
        client = Client()
        client.force_login(user, backend="xueji.accounts.backends.Accounts")
        return client

    return signed_in
