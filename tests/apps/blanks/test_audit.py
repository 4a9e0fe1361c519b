"""`xueji audit` is silent on a book that was kept by the product, and names each damage done past it."""

from __future__ import annotations

import pytest
from django.db import connection
from tests.factories.blanks import AT, KIND, Province
from tests.factories.certificates import CertificateFactory
from tests.factories.institutions import ProgrammeFactory

from xueji.blanks.actions import load_blanks, report_lost, return_blanks, spoil_blanks, stamp_void, use_blanks
from xueji.blanks.models import Blank
from xueji.cli.audit_blanks import BLANK_BALANCES

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("S3-03")]


@pytest.fixture
def kept(world: Province) -> Province:
    """A book with sheets in most states."""
    world.stocked(1, 6)
    certificate = CertificateFactory(serial=1, programme=ProgrammeFactory(school=world.college, name="护理"))
    school = {"holder": world.college, "kind": KIND, "by": world.clerk, "at": AT}
    load_blanks(serials=[1, 2], **school)
    use_blanks(certificates={1: certificate.pk}, **school)
    spoil_blanks(serials=[2, 3], reason="卡纸", **school)
    return_blanks(serials=[3], **school)
    stamp_void(authority=world.province, kind=KIND, serials=[3], by=world.void_keeper, at=AT)
    report_lost(serials=[4], reason="遗失", **school)
    Blank.objects.filter(state="used").get()
    return world


def mismatches() -> dict[str, list[str]]:
    found = {}
    with connection.cursor() as cursor:
        for name, (_, sql) in BLANK_BALANCES.items():
            cursor.execute(sql)
            found[name] = [row[0] for row in cursor.fetchall()]
    return {name: complaints for name, complaints in found.items() if complaints}


def damage(sql: str, table: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER ALL")
        cursor.execute(sql)
        assert cursor.rowcount > 0
        cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER ALL")


def test_audit_is_silent_on_a_book_kept_by_the_product(kept: Province) -> None:
    assert mismatches() == {}


@pytest.mark.forges
@pytest.mark.parametrize(
    ("sql", "table", "checks"),
    [
        ("DELETE FROM blanks_blank WHERE number = 6", "blanks_blank", {"blanks.received", "blanks.trail"}),
        ("UPDATE blanks_blank SET state = 'stock' WHERE number = 2", "blanks_blank", {"blanks.trail"}),
        ("UPDATE blanks_blank SET school_id = NULL WHERE number = 5", "blanks_blank", {"blanks.trail"}),
        (
            "UPDATE blanks_blankmovement SET by_id = given_by_id WHERE act = 'confirm'",
            "blanks_blankmovement", {"blanks.hands"},
        ),
        ("DELETE FROM blanks_blankmovement WHERE act = 'return'", "blanks_blankmovement", {"blanks.trail", "ledger.blanks"}),
        ("UPDATE blanks_blankrequest SET count = 5", "blanks_blankrequest", {"blanks.requests"}),
        ("UPDATE blanks_blank SET certificate_id = NULL, state = 'loaded' WHERE number = 1", "blanks_blank", {"blanks.trail"}),
    ],
)  # fmt: skip
def test_each_damage_is_named_and_nothing_else(kept: Province, sql: str, table: str, checks: set[str]) -> None:
    damage(sql, table)
    assert set(mismatches()) == checks
