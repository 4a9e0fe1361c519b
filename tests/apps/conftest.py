"""What holds after every test of the apps, whatever it was about."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.conf import settings
from django.db import connection

from xueji.cli.audit_digests import digests


@pytest.fixture(autouse=True)
def _rows_fit_their_digests(request: pytest.FixtureRequest) -> Iterator[None]:
    """A way of writing that forgets the keyed digest of a row fails the test that went it; `forges` marks those that mean to."""
    database = next((name for name in ("transactional_db", "db") if name in request.fixturenames), None)
    if database is None and request.node.get_closest_marker("django_db"):
        database = "_django_db_helper"
    if database is None or request.node.get_closest_marker("forges"):
        yield
        return
    request.getfixturevalue(database)
    keys = dict(settings.DATA_KEYS)
    yield
    if not connection.needs_rollback:
        assert digests(keys | settings.DATA_KEYS)["mismatches"] == []
