"""No clear birth date, no stored mask, no clear correction any more: what was sealed takes their names."""

from django.db import migrations, models

from xueji.sealing.fields import SealedDateField, SealedTextField

BOUND = {"bound_to": "change_id"}


class Migration(migrations.Migration):
    dependencies = [("registry", "0002_sealed_particulars")]

    operations = [
        migrations.RemoveIndex("person", "registry_pe_name_9568c9_idx"),
        migrations.RemoveField("person", "birth_date"),
        migrations.RemoveField("person", "resident_id_masked"),
        migrations.RenameField("person", "birth_date_sealed", "birth_date"),
        migrations.AlterField("person", "birth_date", SealedDateField("出生日期", place="birth_date")),
        migrations.RenameField("person", "resident_id_sealed", "resident_id"),
        migrations.AlterField("person", "resident_id", SealedTextField("证件号", place="resident_id")),
        migrations.AddIndex("person", models.Index(fields=["name"], name="registry_pe_name_b9f5b3_idx")),
        migrations.RemoveField("particularschangeitem", "before"),
        migrations.RemoveField("particularschangeitem", "after"),
        migrations.RemoveField("particularschangeitem", "after_sealed"),
        migrations.RenameField("particularschangeitem", "before_sealed", "before"),
        migrations.RenameField("particularschangeitem", "after_full", "after"),
        migrations.AlterField("particularschangeitem", "before", SealedTextField("变更前", place="before", **BOUND)),
        migrations.AlterField("particularschangeitem", "after", SealedTextField("变更后", place="after", **BOUND)),
    ]
