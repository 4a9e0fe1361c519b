"""The sealer's and the supervisor's posts were called after the city before provinces sealed, too: their holders keep them."""

from django.db import migrations

_RENAME = """
    UPDATE institutions_appointment a SET post = '{after}' WHERE post = '{before}' AND NOT EXISTS (
        SELECT FROM institutions_appointment o WHERE o.user_id = a.user_id AND o.post = '{after}' AND o.days && a.days);
"""
RENAMES = [
    _RENAME.format(before="city_sealer", after="sealer"),
    _RENAME.format(before="city_seal_supervisor", after="seal_supervisor"),
]


class Migration(migrations.Migration):
    dependencies = [
        ("institutions", "0008_amendments"),
    ]

    operations = [migrations.RunSQL(RENAMES, migrations.RunSQL.noop)]
