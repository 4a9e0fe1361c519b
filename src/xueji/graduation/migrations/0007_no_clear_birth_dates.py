"""No clear birth date and no stored mask in batches, uploads and records any more."""

import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models

from xueji.sealing.fields import SealedDateField, SealedTextField


def _payload(model):
    return [
        migrations.RemoveField(model, "id_masked"),
        migrations.RenameField(model, "payload_sealed", "payload"),
        migrations.AlterField(model, "payload", SealedTextField(place="payload")),
    ]


class Migration(migrations.Migration):
    dependencies = [("graduation", "0006_sealed_birth_dates")]

    operations = [
        migrations.RemoveField("candidate", "birth_date"),
        migrations.RenameField("candidate", "birth_date_sealed", "birth_date"),
        migrations.AlterField("candidate", "birth_date", SealedDateField("出生日期", place="birth_date")),
        *_payload("intakerow"),
        *_payload("recordrow"),
        migrations.RemoveConstraint("statuschangeline", "status_change_line_once"),
        migrations.RemoveField("statuschangeline", "before"),
        migrations.RemoveField("statuschangeline", "after"),
        migrations.RemoveField("statuschangeline", "resident_id_masked"),
        migrations.RenameField("statuschangeline", "resident_id_sealed", "resident_id"),
        migrations.AlterField("statuschangeline", "resident_id", SealedTextField("证件号", place="resident_id")),
        migrations.RenameField("statuschangeline", "before_sealed", "before"),
        migrations.AlterField(
            "statuschangeline", "before", SealedTextField("异动前", place="before", max_length=100, blank=True)
        ),
        migrations.RenameField("statuschangeline", "after_sealed", "after"),
        migrations.AlterField(
            "statuschangeline", "after", SealedTextField("异动后", place="after", max_length=100, blank=True)
        ),
        migrations.AlterField("statuschangeline", "content_index", models.BinaryField(max_length=16)),
        migrations.AddConstraint(
            "statuschangeline",
            models.UniqueConstraint(
                fields=("batch", "resident_id_index", "change_type", "content_index"), name="status_change_line_once"
            ),
        ),
        pgtrigger.migrations.RemoveTrigger("drawcommitment", "content_unchangeable"),
        migrations.RenameField("drawcommitment", "secret_sealed", "secret"),
        migrations.AlterField("drawcommitment", "secret", SealedTextField(place="secret")),
        pgtrigger.migrations.AddTrigger(
            model_name='drawcommitment',
            trigger=pgtrigger.compiler.Trigger(name='content_unchangeable', sql=pgtrigger.compiler.UpsertTriggerSql(func="\n            IF ROW(OLD.batch_id, OLD.commitment, OLD.published_at) IS DISTINCT FROM ROW(NEW.batch_id, NEW.commitment, NEW.published_at)\n            THEN RAISE EXCEPTION 'what was issued is never changed: void it and issue anew'; END IF;\n            RETURN NEW;\n        ", hash='dbb7da37e8d4ea93817c1660dee196fd55247aab', operation='UPDATE', pgid='pgtrigger_content_unchangeable_2c4b3', table='graduation_drawcommitment', when='BEFORE')),
        ),
    ]
