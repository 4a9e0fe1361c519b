"""What tells this database from every other, a restored copy of it included."""

from __future__ import annotations

from django.db import connection

# The cluster, the database in it, and the ledger's table, which every restore lays anew.
LINEAGE_SQL = """(SELECT system_identifier FROM pg_control_system()) || ':'
    || (SELECT oid FROM pg_database WHERE datname = current_database()) || ':' || 'ledger_event'::regclass::oid"""


def lineage() -> str:
    """Return the lineage of the database in use."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {LINEAGE_SQL}")
        return str(cursor.fetchone()[0])
