"""Signed rows stand under a keyed digest; those that are there get it where all tables have the column (production 0006)."""

from django.db import migrations

import xueji.sealing.rows


class Migration(migrations.Migration):

    dependencies = [
        ('graduation', '0007_no_clear_birth_dates'),
    ]

    operations = [
        migrations.AddField(
            model_name='candidate',
            name='digest',
            field=xueji.sealing.rows.RowDigestField(covers=('id', 'batch_id', 'person_id', 'enrolment_id', 'name', 'sex', 'birth_date', 'political_status', 'programme_name', 'specialisation', 'duration_years', 'study_mode', 'entry_month', 'graduation_month', 'overall_mark', 'conduct_mark', 'internship_mark', 'details', 'outcome', 'remark', 'photo_id'), default='', editable=False, max_length=80),
        ),
    ]
