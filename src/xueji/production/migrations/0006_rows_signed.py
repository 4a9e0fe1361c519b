"""Signed rows stand under a keyed digest; those that are there get it here, once: later an empty one is a forged one.

It stands in the uppermost app, so that every table has its column, and after the texts were cleaned.
"""

from django.db import migrations

import xueji.sealing.rows


TABLES = (
    ("registry", "Person"),
    ("graduation", "Candidate"),
    ("cases", "Decision"),
    ("blanks", "BlankMovement"),
    ("production", "SealingSession"),
    ("production", "SealingRefusal"),
)


def fill(apps, schema_editor):
    for app, name in TABLES:
        model = apps.get_model(app, name)
        table = model._meta.db_table
        schema_editor.execute(f"alter table {table} disable trigger user")  # append-only but for this one column
        xueji.sealing.rows.fill_digests(model)
        schema_editor.execute(f"alter table {table} enable trigger user")


class Migration(migrations.Migration):

    dependencies = [
        ("blanks", "0003_rows_signed"),
        ("cases", "0003_rows_signed"),
        ("graduation", "0008_rows_signed"),
        ("production", "0005_no_masks_kept"),  # texts are cleaned there first
        ("registry", "0004_rows_signed"),
    ]

    operations = [
        migrations.AddField(
            model_name='sealingrefusal',
            name='digest',
            field=xueji.sealing.rows.RowDigestField(covers=('session_id', 'certificate_id', 'reason'), default='', editable=False, max_length=80),
        ),
        migrations.AddField(
            model_name='sealingsession',
            name='digest',
            field=xueji.sealing.rows.RowDigestField(covers=('batch_id', 'round_id', 'diplomas_counted', 'register_total', 'refused_count', 'sealed_count', 'first_number', 'last_number', 'sealed_by_id', 'supervised_by_id', 'sealed_at', 'materials', 'note'), default='', editable=False, max_length=80),
        ),
        migrations.RunPython(fill, migrations.RunPython.noop),
    ]
