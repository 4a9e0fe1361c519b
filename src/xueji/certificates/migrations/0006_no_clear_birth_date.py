"""No clear birth date, no stored mask, no unkeyed hash on a certificate any more."""

import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models

from xueji.sealing.fields import SealedDateField, SealedTextField

BOUND = {"bound_to": "certificate_case_id"}


class Migration(migrations.Migration):
    dependencies = [("certificates", "0005_sealed_and_keyed")]

    operations = [
        pgtrigger.migrations.RemoveTrigger("certificate", "content_unchangeable"),
        migrations.RemoveField("certificate", "holder_birth_date"),
        migrations.RemoveField("certificate", "holder_id_masked"),
        migrations.RemoveField("certificate", "content_hash"),
        migrations.RenameField("certificate", "holder_birth_date_sealed", "holder_birth_date"),
        migrations.AlterField(
            "certificate", "holder_birth_date", SealedDateField("出生日期", place="holder_birth_date")
        ),
        migrations.RenameField("certificate", "holder_id_sealed", "holder_id"),
        migrations.AlterField("certificate", "holder_id", SealedTextField("证件号", place="holder_id")),
        migrations.AlterField("certificate", "content_digest", models.CharField(max_length=64)),
        migrations.AlterField("certificate", "content_key_id", models.PositiveIntegerField()),
        migrations.RemoveField("certificatecaseitem", "before"),
        migrations.RemoveField("certificatecaseitem", "after"),
        migrations.RemoveField("certificatecaseitem", "after_sealed"),
        migrations.RenameField("certificatecaseitem", "before_sealed", "before"),
        migrations.RenameField("certificatecaseitem", "after_full", "after"),
        migrations.AlterField("certificatecaseitem", "before", SealedTextField("原内容", place="before", **BOUND)),
        migrations.AlterField("certificatecaseitem", "after", SealedTextField("更正为", place="after", **BOUND)),
        pgtrigger.migrations.AddTrigger(
            model_name='certificate',
            trigger=pgtrigger.compiler.Trigger(name='content_unchangeable', sql=pgtrigger.compiler.UpsertTriggerSql(func="\n            IF ROW(OLD.id, OLD.kind, OLD.number_id, OLD.person_id, OLD.enrolment_id, OLD.school_id, OLD.holder_name, OLD.holder_sex, OLD.school_name, OLD.principal, OLD.programme_name, OLD.specialisation, OLD.details, OLD.duration_years, OLD.study_mode, OLD.entry_month, OLD.graduation_month, OLD.issue_date, OLD.photo_id, OLD.pack, OLD.pack_hash, OLD.issued_by_id, OLD.issued_at, OLD.predecessor_id) IS DISTINCT FROM ROW(NEW.id, NEW.kind, NEW.number_id, NEW.person_id, NEW.enrolment_id, NEW.school_id, NEW.holder_name, NEW.holder_sex, NEW.school_name, NEW.principal, NEW.programme_name, NEW.specialisation, NEW.details, NEW.duration_years, NEW.study_mode, NEW.entry_month, NEW.graduation_month, NEW.issue_date, NEW.photo_id, NEW.pack, NEW.pack_hash, NEW.issued_by_id, NEW.issued_at, NEW.predecessor_id)\n            THEN RAISE EXCEPTION 'what was issued is never changed: void it and issue anew'; END IF;\n            RETURN NEW;\n        ", hash='c41cb6139dc9462d805131cd4edebd69133545a4', operation='UPDATE', pgid='pgtrigger_content_unchangeable_ea252', table='certificates_certificate', when='BEFORE')),
        ),
    ]
