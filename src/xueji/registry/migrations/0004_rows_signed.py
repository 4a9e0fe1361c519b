"""Signed rows stand under a keyed digest; those that are there get it where all tables have the column (production 0006)."""

from django.db import migrations

import xueji.sealing.rows


class Migration(migrations.Migration):

    dependencies = [
        ('registry', '0003_no_clear_particulars'),
    ]

    operations = [
        migrations.AddField(
            model_name='person',
            name='digest',
            field=xueji.sealing.rows.RowDigestField(covers=('id', 'id_document_type', 'resident_id', 'name', 'sex', 'birth_date', 'ethnicity', 'political_status'), default='', editable=False, max_length=80),
        ),
    ]
