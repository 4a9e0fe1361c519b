"""Pages are tried as the role that serves them: not the owner of the tables, so a right that is missing is seen here."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.db import connection

from xueji.config.postgres import PRODUCT_ROLE
from xueji.config.privileges import grant


@pytest.fixture(scope="session", autouse=True)
def product_role(django_db_setup: None, django_db_blocker) -> str:
    """Make the product's role once, with its rights on the test database, before the first test's transaction."""
    with django_db_blocker.unblock(), connection.cursor() as cursor:
        cursor.execute(
            f"""do $$ begin create role {PRODUCT_ROLE} login;
                exception when duplicate_object or unique_violation then null; end $$"""
        )
        grant(PRODUCT_ROLE)
    return PRODUCT_ROLE


@pytest.fixture(autouse=True)
def _as_the_product(request: pytest.FixtureRequest, product_role: str) -> Iterator[None]:
    """Take the product's role for the length of a test; what lays and clears the tables stays the owner's."""
    marker = request.node.get_closest_marker("django_db")
    if marker is None and not {"db", "transactional_db"} & set(request.fixturenames):
        yield
        return
    request.getfixturevalue("transactional_db" if marker and marker.kwargs.get("transaction") else "db")
    with connection.cursor() as cursor:
        cursor.execute(f"set role {product_role}")
    yield
    if not connection.needs_rollback:  # else it is undone with the transaction
        with connection.cursor() as cursor:
            cursor.execute("reset role")
