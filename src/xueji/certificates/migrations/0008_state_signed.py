"""How a certificate stands is under a keyed digest of its own: what is there gets it here, once; later an empty one is a forged one."""

from django.db import migrations

import xueji.sealing.rows


def fill(apps, schema_editor):
    xueji.sealing.rows.fill_digests(apps.get_model("certificates", "Certificate"))


class Migration(migrations.Migration):

    dependencies = [
        ('certificates', '0007_order_sealed'),
    ]

    operations = [
        migrations.AddField(
            model_name='certificate',
            name='digest',
            field=xueji.sealing.rows.RowDigestField(covers=('id', 'state', 'issued_at', 'sealed_at', 'voided_at', 'void_reason'), default='', editable=False, max_length=80),
        ),
        migrations.RunPython(fill, migrations.RunPython.noop),
    ]
