"""What an officer enters at the counter: who stood there, for whom, with what in hand."""

import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
import uuid
import xueji.sealing.fields
import xueji.sealing.rows
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('applications', '0002_what_an_office_finds_wanting'),
        ('documents', '0001_initial'),
        ('institutions', '0007_register_offices'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='CounterEntry',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('entered_at', models.DateTimeField(verbose_name='窗口受理时间')),
                ('sex', models.CharField(blank=True, max_length=2, verbose_name='性别')),
                ('birth_date', xueji.sealing.fields.SealedDateField(null=True, place='birth_date', verbose_name='证件上的出生日期')),
                ('agent_name', models.CharField(blank=True, max_length=100, verbose_name='代办人')),
                ('agent_number', xueji.sealing.fields.SealedTextField(place='agent_number', verbose_name='代办人证件号')),
                ('digest', xueji.sealing.rows.RowDigestField(covers=('application_id', 'authority_id', 'entered_by_id', 'entered_at', 'sex', 'birth_date', 'agent_name', 'agent_number', 'power_id'), default='', editable=False, max_length=80)),
                ('application', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='counter', to='applications.application')),
                ('authority', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='institutions.authority')),
                ('entered_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('power', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='documents.storedfile')),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('agent_name', ''), ('power__isnull', True)), models.Q(models.Q(('agent_name', ''), _negated=True), ('power__isnull', False)), _connector='OR'), name='agent_has_a_power')],
            },
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='counterentry',
            trigger=pgtrigger.compiler.Trigger(name='vouched_added', sql=pgtrigger.compiler.UpsertTriggerSql(declare='DECLARE note bigint;', func="\n    INSERT INTO ledger_writtenrows (source, keys, digests, before)\n    SELECT TG_TABLE_NAME, array_agg(n.id::text), string_agg(sha256(convert_to(ROW(n.digest)::text, 'UTF8')), ''), ''::bytea FROM new_rows n HAVING count(*) > 0 RETURNING id INTO note;\n    IF note IS NOT NULL THEN\n      PERFORM set_config('app.unvouched', concat_ws(',', nullif(current_setting('app.unvouched', true), ''), note), true);\n    END IF;\n    RETURN NULL;", hash='be24ac8521deeb737426f08d6db27096f6b3d5b9', level='STATEMENT', operation='INSERT', pgid='pgtrigger_vouched_added_dde02', referencing='REFERENCING NEW TABLE AS new_rows ', table='applications_counterentry', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='counterentry',
            trigger=pgtrigger.compiler.Trigger(name='vouched_changed', sql=pgtrigger.compiler.UpsertTriggerSql(declare='DECLARE note bigint;', func="\n    INSERT INTO ledger_writtenrows (source, keys, digests, before)\n    SELECT TG_TABLE_NAME, array_agg(n.id::text), string_agg(sha256(convert_to(ROW(n.digest)::text, 'UTF8')), ''), string_agg(sha256(convert_to(ROW(o.digest)::text, 'UTF8')), '') FROM new_rows n LEFT JOIN old_rows o ON o.id = n.id WHERE o.id IS NULL OR ROW(o.digest) IS DISTINCT FROM ROW(n.digest) HAVING count(*) > 0 RETURNING id INTO note;\n    IF note IS NOT NULL THEN\n      PERFORM set_config('app.unvouched', concat_ws(',', nullif(current_setting('app.unvouched', true), ''), note), true);\n    END IF;\n    RETURN NULL;", hash='9fbdbcd50ea6da59748f03eb9ad3f3f5cf987d30', level='STATEMENT', operation='UPDATE', pgid='pgtrigger_vouched_changed_4c0b3', referencing='REFERENCING OLD TABLE AS old_rows  NEW TABLE AS new_rows ', table='applications_counterentry', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='counterentry',
            trigger=pgtrigger.compiler.Trigger(name='vouched_removed', sql=pgtrigger.compiler.UpsertTriggerSql(declare='DECLARE note bigint;', func="\n    INSERT INTO ledger_writtenrows (source, keys, digests, before)\n    SELECT TG_TABLE_NAME, array_agg(o.id::text), decode(repeat('00', 32 * count(*)::int), 'hex'), string_agg(sha256(convert_to(ROW(o.digest)::text, 'UTF8')), '') FROM old_rows o HAVING count(*) > 0 RETURNING id INTO note;\n    IF note IS NOT NULL THEN\n      PERFORM set_config('app.unvouched', concat_ws(',', nullif(current_setting('app.unvouched', true), ''), note), true);\n    END IF;\n    RETURN NULL;", hash='62e87d5182c419f5b661c566b55780967a40593d', level='STATEMENT', operation='DELETE', pgid='pgtrigger_vouched_removed_cf2cf', referencing='REFERENCING OLD TABLE AS old_rows ', table='applications_counterentry', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='counterentry',
            trigger=pgtrigger.compiler.Trigger(name='never_deleted', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;", hash='84eb656ae39eba0788fed03e03df6aadc18141b3', operation='DELETE', pgid='pgtrigger_never_deleted_fd8b9', table='applications_counterentry', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='counterentry',
            trigger=pgtrigger.compiler.Trigger(name='never_truncated', sql=pgtrigger.compiler.UpsertTriggerSql(func="\n                IF current_setting('app.allow_truncate', true) = 'on' THEN RETURN NULL; END IF;\n                RAISE EXCEPTION 'this table is kept for good';\n            ", hash='7e7f2113b265b7f51e5d10f973e8a5925ba57ca3', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_never_truncated_19e41', table='applications_counterentry', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='counterentry',
            trigger=pgtrigger.compiler.Trigger(name='content_unchangeable', sql=pgtrigger.compiler.UpsertTriggerSql(func="\n            IF ROW(OLD.application_id, OLD.authority_id, OLD.entered_by_id, OLD.entered_at, OLD.sex, OLD.agent_name, OLD.power_id) IS DISTINCT FROM ROW(NEW.application_id, NEW.authority_id, NEW.entered_by_id, NEW.entered_at, NEW.sex, NEW.agent_name, NEW.power_id)\n            THEN RAISE EXCEPTION 'what was issued is never changed: void it and issue anew'; END IF;\n            RETURN NEW;\n        ", hash='bc13f9caa0a9cb5d24b33160730e3ada81bbbe8f', operation='UPDATE', pgid='pgtrigger_content_unchangeable_69460', table='applications_counterentry', when='BEFORE')),
        ),
    ]
