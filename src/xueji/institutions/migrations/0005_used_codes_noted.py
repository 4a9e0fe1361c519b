"""The codes schools have, and those they had before they were given others, are noted as used."""

from django.db import migrations

_NOW = "INSERT INTO institutions_usedschoolcode (code, school_id) SELECT code, id FROM institutions_school ON CONFLICT DO NOTHING"
_BEFORE = """
    INSERT INTO institutions_usedschoolcode (code, school_id)
    SELECT left(before, 10), school_id FROM institutions_amendment
    WHERE field = 'code' AND school_id IS NOT NULL AND before <> '' ORDER BY id ON CONFLICT DO NOTHING
"""


class Migration(migrations.Migration):
    dependencies = [("institutions", "0004_schools_over_time")]

    operations = [migrations.RunSQL([_NOW, _BEFORE], migrations.RunSQL.noop)]
