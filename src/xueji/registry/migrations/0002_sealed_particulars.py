"""The birth date of a person and both sides of a correction, sealed beside their clear copies."""

from django.db import migrations

from xueji.sealing.fields import SealedDateField, SealedTextField, fill_sealed
from xueji.sealing.texts import unseal


def seal_all(apps, _schema_editor):
    def person(row):
        row.birth_date_sealed = row.birth_date

    def item(row):
        row.before_sealed = row.before
        row.after_full = row.after
        if row.after_sealed is not None:
            row.after_full = unseal(
                row.after_sealed, table="registry_particularschangeitem", column="after", row=row.change_id
            )

    fill_sealed(apps.get_model("registry", "Person"), ["birth_date_sealed"], person)
    fill_sealed(apps.get_model("registry", "ParticularsChangeItem"), ["before_sealed", "after_full"], item)


class Migration(migrations.Migration):
    dependencies = [("registry", "0001_initial")]

    operations = [
        migrations.AddField("person", "birth_date_sealed", SealedDateField(place="birth_date", null=True)),
        migrations.AddField(
            "particularschangeitem", "before_sealed", SealedTextField(place="before", bound_to="change_id", null=True)
        ),
        migrations.AddField(
            "particularschangeitem", "after_full", SealedTextField(place="after", bound_to="change_id", null=True)
        ),
        migrations.RunPython(seal_all, migrations.RunPython.noop, elidable=True),
    ]
