"""Signed rows stand under a keyed digest; those that are there get it where all tables have the column (production 0006)."""

from django.db import migrations

import xueji.sealing.rows


class Migration(migrations.Migration):

    dependencies = [
        ("cases", "0002_four_jurisdictions"),
    ]

    operations = [
        migrations.AddField(
            model_name='decision',
            name='digest',
            field=xueji.sealing.rows.RowDigestField(covers=('step_id', 'verdict', 'reasons', 'by_id', 'at'), default='', editable=False, max_length=80),
        ),
    ]
