"""Whether a graduate is listed, marked, refused comes under the digest of the row; one that did not fit before gets no new one."""

from django.db import migrations

import xueji.sealing.rows
from xueji.sealing.texts import SealBroken


def check(apps, schema_editor):
    model = apps.get_model("graduation", "Candidate")
    field = model._meta.get_field("digest")
    if forged := [row.pk for row in model.objects.order_by().iterator(500) if not field.fits(row)]:
        raise SealBroken(f"名册上的毕业生 {forged[0]} 等 {len(forged)} 行与写入时不一致，没有升级；请先用原版本运行 xueji audit")


def fill(apps, schema_editor):
    xueji.sealing.rows.fill_digests(apps.get_model("graduation", "Candidate"))


class Migration(migrations.Migration):

    dependencies = [
        ('graduation', '0009_none_at_a_closed_school'),
        ('production', '0006_rows_signed'),  # gives the rows their first digest
    ]

    operations = [
        migrations.RunPython(check, migrations.RunPython.noop),
        migrations.AlterField(
            model_name='candidate',
            name='digest',
            field=xueji.sealing.rows.RowDigestField(covers=('id', 'batch_id', 'person_id', 'enrolment_id', 'name', 'sex', 'birth_date', 'political_status', 'programme_name', 'specialisation', 'duration_years', 'study_mode', 'entry_month', 'graduation_month', 'overall_mark', 'conduct_mark', 'internship_mark', 'details', 'outcome', 'remark', 'photo_id', 'state', 'mark_reason'), default='', editable=False, max_length=80),
        ),
        migrations.RunPython(fill, migrations.RunPython.noop),
    ]
