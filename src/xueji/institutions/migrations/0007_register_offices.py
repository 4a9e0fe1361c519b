"""What the institution that keeps the register is called, at an office or a school."""

import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
import xueji.sealing.rows
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('institutions', '0006_programmes_adopted'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='RegisterOffice',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=100, verbose_name='机构名称')),
                ('document_number', models.CharField(blank=True, max_length=100, verbose_name='设立文号')),
                ('named_at', models.DateTimeField()),
                ('digest', xueji.sealing.rows.RowDigestField(covers=('authority_id', 'school_id', 'name', 'document_number', 'named_by_id', 'named_at'), default='', editable=False, max_length=80)),
                ('authority', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='register_offices', to='institutions.authority')),
                ('named_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('school', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='register_offices', to='institutions.school')),
            ],
            options={
                'ordering': ['-id'],
                'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('authority__isnull', True), ('school__isnull', False)), models.Q(('authority__isnull', False), ('school__isnull', True)), _connector='OR'), name='register_office_of_one_place'), models.CheckConstraint(condition=models.Q(('name', ''), _negated=True), name='register_office_is_named')],
            },
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='registeroffice',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='03186f122d55031678580242d77addb80c29e8fa', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_63c51', table='institutions_registeroffice', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='registeroffice',
            trigger=pgtrigger.compiler.Trigger(name='no_truncate', sql=pgtrigger.compiler.UpsertTriggerSql(func="\n                IF current_setting('app.allow_truncate', true) = 'on' THEN RETURN NULL; END IF;\n                RAISE EXCEPTION 'append-only table cannot be truncated';\n            ", hash='f0cc03bfec025ffe1bb85c2132018fc4bb19d27c', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_no_truncate_4602e', table='institutions_registeroffice', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='registeroffice',
            trigger=pgtrigger.compiler.Trigger(name='vouched_added', sql=pgtrigger.compiler.UpsertTriggerSql(declare='DECLARE note bigint;', func="\n    INSERT INTO ledger_writtenrows (source, keys, digests, before)\n    SELECT TG_TABLE_NAME, array_agg(n.id::text), string_agg(sha256(convert_to(ROW(n.digest)::text, 'UTF8')), ''), ''::bytea FROM new_rows n HAVING count(*) > 0 RETURNING id INTO note;\n    IF note IS NOT NULL THEN\n      PERFORM set_config('app.unvouched', concat_ws(',', nullif(current_setting('app.unvouched', true), ''), note), true);\n    END IF;\n    RETURN NULL;", hash='ae8711d283cc9edc0e260e18a57eeb57e8ecd7c3', level='STATEMENT', operation='INSERT', pgid='pgtrigger_vouched_added_9288b', referencing='REFERENCING NEW TABLE AS new_rows ', table='institutions_registeroffice', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='registeroffice',
            trigger=pgtrigger.compiler.Trigger(name='vouched_changed', sql=pgtrigger.compiler.UpsertTriggerSql(declare='DECLARE note bigint;', func="\n    INSERT INTO ledger_writtenrows (source, keys, digests, before)\n    SELECT TG_TABLE_NAME, array_agg(n.id::text), string_agg(sha256(convert_to(ROW(n.digest)::text, 'UTF8')), ''), string_agg(sha256(convert_to(ROW(o.digest)::text, 'UTF8')), '') FROM new_rows n LEFT JOIN old_rows o ON o.id = n.id WHERE o.id IS NULL OR ROW(o.digest) IS DISTINCT FROM ROW(n.digest) HAVING count(*) > 0 RETURNING id INTO note;\n    IF note IS NOT NULL THEN\n      PERFORM set_config('app.unvouched', concat_ws(',', nullif(current_setting('app.unvouched', true), ''), note), true);\n    END IF;\n    RETURN NULL;", hash='b8963459664cafae0e262bf26480fbe6820e60f2', level='STATEMENT', operation='UPDATE', pgid='pgtrigger_vouched_changed_859db', referencing='REFERENCING OLD TABLE AS old_rows  NEW TABLE AS new_rows ', table='institutions_registeroffice', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='registeroffice',
            trigger=pgtrigger.compiler.Trigger(name='vouched_removed', sql=pgtrigger.compiler.UpsertTriggerSql(declare='DECLARE note bigint;', func="\n    INSERT INTO ledger_writtenrows (source, keys, digests, before)\n    SELECT TG_TABLE_NAME, array_agg(o.id::text), decode(repeat('00', 32 * count(*)::int), 'hex'), string_agg(sha256(convert_to(ROW(o.digest)::text, 'UTF8')), '') FROM old_rows o HAVING count(*) > 0 RETURNING id INTO note;\n    IF note IS NOT NULL THEN\n      PERFORM set_config('app.unvouched', concat_ws(',', nullif(current_setting('app.unvouched', true), ''), note), true);\n    END IF;\n    RETURN NULL;", hash='595a8d1508fc246951b6651bfaee036d729528ef', level='STATEMENT', operation='DELETE', pgid='pgtrigger_vouched_removed_8ec0b', referencing='REFERENCING OLD TABLE AS old_rows ', table='institutions_registeroffice', when='AFTER')),
        ),
    ]
