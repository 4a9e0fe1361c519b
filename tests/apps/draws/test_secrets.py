"""The secret of a lot lies sealed: no table of the database holds it in the clear, before a draw, after it, and once told."""

from __future__ import annotations

import pytest
from django.db import connection
from tests.factories.draws import PUBLISHED
from tests.factories.jurisdictions import GUANGXI, jurisdiction
from tests.factories.production import class_of
from tests.journeys.world import LATER
from tests.journeys.world import found as founded

from xueji.demo.provinces import GUANGXI as GUANGXI_PLAN
from xueji.draws.actions import publish_commitment
from xueji.draws.models import Commitment
from xueji.graduation.actions import submit_batch
from xueji.production.actions import draw_files, open_round, record_files

pytestmark = pytest.mark.django_db


def where_readable(secret: str) -> list[str]:
    """Return the tables that hold a text, as text or as its bytes, in any column of any row."""
    forms = [secret, secret.encode().hex()]
    with connection.cursor() as cursor:
        tables = connection.introspection.table_names(cursor)
        found = []
        for table in tables:
            cursor.execute(f'select exists (select from "{table}" t where t::text like any (%s))',
                           [[f"%{form}%" for form in forms]])  # fmt: skip
            found += [table] if cursor.fetchone()[0] else []
    return found


def test_what_lies_readable_is_found() -> None:
    commitment = publish_commitment(at=PUBLISHED)
    assert where_readable(commitment.sha256) == ["draws_commitment"]


def test_the_secret_of_a_sealing_round_is_nowhere_readable() -> None:
    guangxi = jurisdiction(GUANGXI)
    at = PUBLISHED.replace(year=2022)
    sealing_round = open_round(**class_of(guangxi.batch.season), place="教育厅办公楼", by=guangxi.reviewer, at=at)
    assert where_readable(sealing_round.commitment.secret) == []
    check = draw_files(issue=guangxi.batch.issue, round=sealing_round, by=guangxi.sealer, at=at)
    outcomes = {item.pk: ("passed", "") for item in check.draw.items.all()}
    assert record_files(check=check, outcomes=outcomes, by=guangxi.sealer, at=at) == 1
    assert Commitment.objects.get().secret  # opened by whoever may tell it
    assert where_readable(Commitment.objects.get().secret) == []


def test_the_secret_of_a_spot_check_is_nowhere_readable_after_it_was_told() -> None:
    world = founded(GUANGXI_PLAN)
    batch = world.listed(count=3)
    promised = batch.draw_commitments.get().commitment
    assert where_readable(promised.secret) == []
    submit_batch(batch=batch, by=world.user("school_clerk"), at=LATER)
    check = batch.spot_checks.get()
    assert check.draw.commitment == promised
    assert check.draw.items.count() == 1
    assert [where_readable(commitment.secret) for commitment in Commitment.objects.all()] == [[], []]
