"""Events of no school, written before they named an authority, get the one they would name today."""

from django.db import migrations

# An authority itself; the place of an account's first post; else that of who acted.
_FILL = """
    ALTER TABLE ledger_event DISABLE TRIGGER pgtrigger_append_only_b44a2;
    WITH offices AS (
        SELECT DISTINCT ON (a.user_id) a.user_id, coalesce(a.authority_id, s.authority_id) AS authority_id
        FROM institutions_appointment a LEFT JOIN institutions_school s ON s.id = a.school_id
        ORDER BY a.user_id, a.id
    )
    UPDATE ledger_event e SET authority_id = coalesce(
        (SELECT id FROM institutions_authority WHERE e.subject_type = 'institutions.Authority' AND id::text = e.subject_id),
        (SELECT authority_id FROM offices WHERE e.subject_type = 'accounts.User' AND user_id::text = e.subject_id),
        (SELECT authority_id FROM offices WHERE user_id = e.actor_id))
    WHERE e.school_id IS NULL AND e.authority_id IS NULL;
    ALTER TABLE ledger_event ENABLE TRIGGER pgtrigger_append_only_b44a2;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("institutions", "0004_installation"),
        ("ledger", "0002_authority_of_an_event"),
    ]

    operations = [migrations.RunSQL(_FILL, migrations.RunSQL.noop)]
