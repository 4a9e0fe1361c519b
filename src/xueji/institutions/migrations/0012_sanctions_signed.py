"""A measure against a school is under a keyed digest of its own: what is there gets it here, once; later an empty one is a forged one."""

from django.db import migrations

import xueji.sealing.rows


def fill(apps, schema_editor):
    xueji.sealing.rows.fill_digests(apps.get_model("institutions", "Sanction"))


class Migration(migrations.Migration):

    dependencies = [
        ('institutions', '0011_closing_and_planned_principals'),
    ]

    operations = [
        migrations.AddField(
            model_name='sanction',
            name='digest',
            field=xueji.sealing.rows.RowDigestField(covers=('school_id', 'kind', 'reason', 'document_number', 'imposed_by_id', 'imposed_at', 'lifted_by_id', 'lifted_at', 'lifted_reason'), default='', editable=False, max_length=80),
        ),
        migrations.RunPython(fill, migrations.RunPython.noop),
    ]
