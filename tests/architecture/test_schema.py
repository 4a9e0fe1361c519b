"""What the audit compares the database with is what the migrations make now, on every PostgreSQL that is supported."""

from __future__ import annotations

import pytest
from django.db import connection

from xueji.cli.audit_schema import EXPECTED, facts, schema


@pytest.mark.django_db
def test_the_written_schema_is_that_of_the_migrations():
    written = EXPECTED.read_text(encoding="utf-8").splitlines()
    assert facts() == written, "the migrations changed: run `make schema`"


@pytest.mark.django_db
def test_a_column_more_would_be_seen():
    with connection.cursor() as cursor:
        cursor.execute("alter table cases_decision add column whatever text")
    assert schema()["mismatches"] == ["cases_decision：列不是迁移所建：whatever text"]
