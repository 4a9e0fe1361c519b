"""Whether a graduate is listed, marked, refused comes under the digest of the row; the rows get it where all tables have theirs (production 0007)."""

from django.db import migrations

import xueji.sealing.rows


class Migration(migrations.Migration):

    dependencies = [
        ('graduation', '0009_none_at_a_closed_school'),
    ]

    operations = [
        migrations.AlterField(
            model_name='candidate',
            name='digest',
            field=xueji.sealing.rows.RowDigestField(covers=('id', 'batch_id', 'person_id', 'enrolment_id', 'name', 'sex', 'birth_date', 'political_status', 'programme_name', 'specialisation', 'duration_years', 'study_mode', 'entry_month', 'graduation_month', 'overall_mark', 'conduct_mark', 'internship_mark', 'details', 'outcome', 'remark', 'photo_id', 'state', 'mark_reason'), default='', editable=False, max_length=80),
        ),
    ]
