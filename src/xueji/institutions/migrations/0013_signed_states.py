"""Schools and posts are under keyed digests: what is there gets its first here; a post that does not fit gives no power."""

from django.db import migrations

import xueji.sealing.rows


def fill(apps, schema_editor):
    for name in ("School", "Appointment"):
        xueji.sealing.rows.fill_digests(apps.get_model("institutions", name))


class Migration(migrations.Migration):

    dependencies = [
        ('institutions', '0012_sanctions_signed'),
    ]

    operations = [
        migrations.AddField(
            model_name='appointment',
            name='digest',
            field=xueji.sealing.rows.RowDigestField(covers=('user_id', 'post', 'authority_id', 'school_id', 'days'), default='', editable=False, max_length=80),
        ),
        migrations.AddField(
            model_name='school',
            name='digest',
            field=xueji.sealing.rows.RowDigestField(covers=('name', 'code', 'authority_id', 'is_public', 'level', 'ordinal', 'principal', 'address', 'phone', 'closed_on'), default='', editable=False, max_length=80),
        ),
        migrations.RunPython(fill, migrations.RunPython.noop),
    ]
