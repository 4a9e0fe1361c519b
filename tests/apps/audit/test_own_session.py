"""The audit asks under settings of its own: nothing that lies in the way of a name steers what it compares."""

from __future__ import annotations

import pytest
from django.db import connection
from tests.factories.institutions import ProgrammeFactory

from xueji.cli import audit_vouched
from xueji.cli.audit_asking import all_rows, session
from xueji.cli.audit_parts import results_of
from xueji.cli.audit_schema import shadows

pytestmark = pytest.mark.django_db
PATH = "select current_setting('search_path')"


def do(*statements: str) -> None:
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


def programmes() -> dict[str, object]:
    return audit_vouched.vouched(["institutions_programme"])


@pytest.fixture
def shadowed() -> None:
    """A schema before the others in which two digests never differ, and an altered programme."""
    row = ProgrammeFactory()
    do(
        "set constraints all immediate",
        "alter table institutions_programme disable trigger all",
        f"update institutions_programme set name = '伪造' where id = {row.pk}",
        "alter table institutions_programme enable trigger all",
        "create schema shade",
        "create table shade.ledger_writtenrows as select * from public.ledger_writtenrows with no data",
        "create table shade.institutions_programme as select * from public.institutions_programme with no data",
        "set local search_path = shade, public",
    )


def test_a_path_that_leads_past_the_tables_changes_nothing(shadowed):
    assert [text for text in programmes()["mismatches"] if text.startswith("专业 ")] == []  # so it would be led astray
    (found,) = results_of([programmes], 1)
    assert [text.split("：")[1][:5] for text in found["mismatches"] if text.startswith("专业 ")] == ["与最后写入"]
    assert all_rows(PATH) == [("shade, public",)]


def test_temporary_tables_are_not_asked(shadowed):
    do(
        "set local search_path = public",
        "create temp table institutions_programme on commit drop as select * from public.institutions_programme with no data",
    )
    assert all_rows("select count(*) from institutions_programme") == [(0,)]
    with session():
        assert all_rows("select count(*) from institutions_programme") == [(1,)]


NEVER = "create function public.never({0}, {1}) returns boolean language sql immutable as $$ select false $$"
SHADOWS = {
    "operator public.<>(character varying,text)": (
        NEVER.format("varchar", "text"),
        "create operator public.<> (leftarg = varchar, rightarg = text, function = public.never)",
    ),
    "function public.substr(bytea,bigint,integer)": (
        "create function public.substr(bytea, bigint, int) returns bytea language sql immutable as $$ select ''::bytea $$",
    ),
    "cast bigint as text": ("create cast (bigint as text) with inout as implicit",),
}


@pytest.mark.parametrize("name", SHADOWS)
def test_what_would_be_taken_in_the_place_of_the_catalogue_is_named(name):
    assert shadows()["mismatches"] == []
    do(*SHADOWS[name])
    assert shadows()["mismatches"] == [f"{name}：会顶替数据库自带的"]


def test_the_shadows_are_looked_for_with_the_catalogue_alone_in_sight():
    do(
        NEVER.format("oid", "regnamespace"),
        "create operator public.= (leftarg = oid, rightarg = regnamespace, function = public.never)",
    )
    assert all_rows("select count(*) from pg_operator where oprnamespace = 'public'::regnamespace") == [
        (0,)
    ]  # led astray
    assert len(shadows()["mismatches"]) == 1
    assert all_rows(PATH) != [("pg_catalog, pg_temp",)]
