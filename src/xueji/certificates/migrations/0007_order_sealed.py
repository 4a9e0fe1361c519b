"""The order of a permuted counter is sealed in its row, as it was derived so far: the data key it came from can go."""

from django.db import migrations

from xueji.sealing.fields import SealedTextField, fill_sealed
from xueji.sealing.texts import derived_key


def keep_order(apps, _schema_editor):
    def counter(row):
        row.name = f"{row.kind} {row.scope}"  # what it is sealed for; the model of today has it as a property
        if row.key_id is not None:
            row.order_key = derived_key(row.key_id, f"numbering:{row.kind}:{row.scope}").hex()

    fill_sealed(apps.get_model("certificates", "NumberCounter"), ["order_key"], counter)


class Migration(migrations.Migration):
    dependencies = [("certificates", "0006_no_clear_birth_date")]

    operations = [
        migrations.AddField(
            "numbercounter",
            "order_key",
            SealedTextField(bound_to="name", editable=False, null=True, place="order_key"),
        ),
        migrations.RunPython(keep_order, migrations.RunPython.noop, elidable=True),
    ]
