"""An app of the tests' own is installed by standing there, and the audit sees the product's tables alone."""

from __future__ import annotations

import pytest
from django.apps import apps
from django.db import connection
from tests import packages
from tests.guild.models import Move

from xueji.cli.audit_schema import schema


def test_a_folder_of_the_tests_with_an_apps_file_is_installed():
    assert "tests.guild" in packages.names()
    assert apps.get_app_config("guild").name == "tests.guild"


@pytest.mark.django_db
def test_its_tables_are_used_and_stand_apart_from_the_products():
    assert Move.objects.count() == 0
    with connection.cursor() as cursor:
        cursor.execute("select table_schema from information_schema.tables where table_name = 'guild_move'")
        assert cursor.fetchall() == [(packages.SCHEMA,)]
    assert schema()["mismatches"] == []
