"""Signed rows stand under a keyed digest; those that are there get it where all tables have the column (production 0006)."""

from django.db import migrations

import xueji.sealing.rows


class Migration(migrations.Migration):

    dependencies = [
        ("blanks", "0002_signed_by_statement"),
    ]

    operations = [
        migrations.AddField(
            model_name='blankmovement',
            name='digest',
            field=xueji.sealing.rows.RowDigestField(covers=('act', 'authority_id', 'kind', 'numbers', 'from_state', 'to_state', 'from_holder_id', 'to_holder_id', 'from_school_id', 'to_school_id', 'from_request_id', 'request_id', 'given_by_id', 'received_by_id', 'by_id', 'at', 'reason'), default='', editable=False, max_length=80),
        ),
    ]
