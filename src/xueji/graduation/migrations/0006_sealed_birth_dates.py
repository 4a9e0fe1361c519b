"""Birth dates of candidates and both sides of a status change, sealed beside their clear copies."""

from django.db import migrations, models

from xueji.sealing.fields import SealedDateField, SealedTextField, fill_sealed
from xueji.sealing.indexes import keyed_index


def seal_all(apps, _schema_editor):
    def candidate(row):
        row.birth_date_sealed = row.birth_date

    def line(row):
        row.before_sealed, row.after_sealed = row.before, row.after
        row.content_index = keyed_index("status change", row.before, row.after)

    fill_sealed(apps.get_model("graduation", "Candidate"), ["birth_date_sealed"], candidate)
    fill_sealed(
        apps.get_model("graduation", "StatusChangeLine"), ["before_sealed", "after_sealed", "content_index"], line
    )


class Migration(migrations.Migration):
    dependencies = [("graduation", "0005_free_stuck_uploads")]

    operations = [
        migrations.AddField("candidate", "birth_date_sealed", SealedDateField(place="birth_date", null=True)),
        migrations.AddField(
            "statuschangeline", "before_sealed", SealedTextField(place="before", max_length=100, null=True)
        ),
        migrations.AddField(
            "statuschangeline", "after_sealed", SealedTextField(place="after", max_length=100, null=True)
        ),
        migrations.AddField("statuschangeline", "content_index", models.BinaryField(max_length=16, null=True)),
        migrations.RunPython(seal_all, migrations.RunPython.noop, elidable=True),
    ]
