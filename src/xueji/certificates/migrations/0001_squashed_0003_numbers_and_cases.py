"""The tables of this app as they stand, in one step for a new database; what it replaces is for the older ones."""

import django.contrib.postgres.constraints
import django.contrib.postgres.fields.ranges
import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
import uuid
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    replaces = [('certificates', '0001_initial'), ('certificates', '0002_four_jurisdictions'), ('certificates', '0003_numbers_and_cases')]

    initial = True

    dependencies = [
        ('accounts', '__first__'),
        ('cases', '0001_squashed_0002_four_jurisdictions'),
        ('documents', '0001_initial'),
        ('institutions', '0001_squashed_0004_installation'),
        ('registry', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='NumberCounter',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(max_length=30)),
                ('scope', models.CharField(max_length=80)),
                ('last_serial', models.BigIntegerField(default=0)),
                ('ceiling', models.BigIntegerField()),
                ('key_id', models.PositiveIntegerField(editable=False, null=True)),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('kind', 'scope'), name='counter_once_per_scope'), models.CheckConstraint(condition=models.Q(('last_serial__gte', 0), ('last_serial__lte', models.F('ceiling'))), name='counter_within_ceiling')],
            },
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='numbercounter',
            trigger=pgtrigger.compiler.Trigger(name='never_deleted', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;", hash='e74a4281674c31a3e72e514e16ef34dc9e9dcdff', operation='DELETE', pgid='pgtrigger_never_deleted_24a06', table='certificates_numbercounter', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='numbercounter',
            trigger=pgtrigger.compiler.Trigger(name='never_truncated', sql=pgtrigger.compiler.UpsertTriggerSql(func="\n                IF current_setting('app.allow_truncate', true) = 'on' THEN RETURN NULL; END IF;\n                RAISE EXCEPTION 'this table is kept for good';\n            ", hash='b96ef4ded9ca1f1f35aba3f08ec741768c7955ef', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_never_truncated_c43f2', table='certificates_numbercounter', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='numbercounter',
            trigger=pgtrigger.compiler.Trigger(name='content_unchangeable', sql=pgtrigger.compiler.UpsertTriggerSql(func="\n            IF ROW(OLD.kind, OLD.scope, OLD.ceiling, OLD.key_id) IS DISTINCT FROM ROW(NEW.kind, NEW.scope, NEW.ceiling, NEW.key_id)\n            THEN RAISE EXCEPTION 'what was issued is never changed: void it and issue anew'; END IF;\n            RETURN NEW;\n        ", hash='1a876864c21b5fe98bf8c4846177ea06842cb38a', operation='UPDATE', pgid='pgtrigger_content_unchangeable_6ac96', table='certificates_numbercounter', when='BEFORE')),
        ),
        migrations.CreateModel(
            name='NumberBlock',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('serials', django.contrib.postgres.fields.ranges.BigIntegerRangeField()),
                ('purpose', models.CharField(max_length=200)),
                ('released_at', models.DateTimeField()),
                ('released_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('school', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='number_blocks', to='institutions.school')),
                ('counter', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='blocks', to='certificates.numbercounter')),
            ],
            options={
                'ordering': ['id'],
                'constraints': [django.contrib.postgres.constraints.ExclusionConstraint(expressions=[('counter', '='), ('serials', '&&')], name='number_blocks_do_not_overlap')],
            },
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='numberblock',
            trigger=pgtrigger.compiler.Trigger(name='never_deleted', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;", hash='36c3a075d06910f5e2c241b6acc90ef7de372c1a', operation='DELETE', pgid='pgtrigger_never_deleted_e28f3', table='certificates_numberblock', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='numberblock',
            trigger=pgtrigger.compiler.Trigger(name='never_truncated', sql=pgtrigger.compiler.UpsertTriggerSql(func="\n                IF current_setting('app.allow_truncate', true) = 'on' THEN RETURN NULL; END IF;\n                RAISE EXCEPTION 'this table is kept for good';\n            ", hash='1130bb1e6a9ebd14f1f3f8b3576e4c286305345f', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_never_truncated_25bb5', table='certificates_numberblock', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='numberblock',
            trigger=pgtrigger.compiler.Trigger(name='content_unchangeable', sql=pgtrigger.compiler.UpsertTriggerSql(func="\n            IF ROW(OLD.counter_id, OLD.serials, OLD.school_id, OLD.released_by_id, OLD.released_at) IS DISTINCT FROM ROW(NEW.counter_id, NEW.serials, NEW.school_id, NEW.released_by_id, NEW.released_at)\n            THEN RAISE EXCEPTION 'what was issued is never changed: void it and issue anew'; END IF;\n            RETURN NEW;\n        ", hash='c1122be686d841702f5ebcce9439cc7e262675bb', operation='UPDATE', pgid='pgtrigger_content_unchangeable_e696c', table='certificates_numberblock', when='BEFORE')),
        ),
        migrations.CreateModel(
            name='CertificateNumber',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('serial', models.BigIntegerField()),
                ('number', models.CharField(max_length=40, unique=True, verbose_name='证书编号')),
                ('state', models.CharField(choices=[('free', '未用'), ('reserved', '预留'), ('issued', '已发'), ('returned', '退回'), ('void', '作废')], default='free', max_length=10)),
                ('block', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='numbers', to='certificates.numberblock')),
            ],
            options={
                'ordering': ['block', 'serial'],
                'constraints': [models.UniqueConstraint(fields=('block', 'serial'), name='serial_once_per_block')],
            },
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='certificatenumber',
            trigger=pgtrigger.compiler.Trigger(name='never_deleted', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;", hash='6203ada0684f5a7c0323d960e56ff72a73e557fa', operation='DELETE', pgid='pgtrigger_never_deleted_1f3ec', table='certificates_certificatenumber', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='certificatenumber',
            trigger=pgtrigger.compiler.Trigger(name='never_truncated', sql=pgtrigger.compiler.UpsertTriggerSql(func="\n                IF current_setting('app.allow_truncate', true) = 'on' THEN RETURN NULL; END IF;\n                RAISE EXCEPTION 'this table is kept for good';\n            ", hash='223905f2a1b60571c0fcb80f2a003756232e2ce2', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_never_truncated_ab150', table='certificates_certificatenumber', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='certificatenumber',
            trigger=pgtrigger.compiler.Trigger(name='content_unchangeable', sql=pgtrigger.compiler.UpsertTriggerSql(func="\n            IF ROW(OLD.block_id, OLD.serial, OLD.number) IS DISTINCT FROM ROW(NEW.block_id, NEW.serial, NEW.number)\n            THEN RAISE EXCEPTION 'what was issued is never changed: void it and issue anew'; END IF;\n            RETURN NEW;\n        ", hash='6148639e91a564d91e56d5ba02cc15699c06d22c', operation='UPDATE', pgid='pgtrigger_content_unchangeable_12d21', table='certificates_certificatenumber', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='certificatenumber',
            trigger=pgtrigger.compiler.Trigger(name='state_forward_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="\n            IF OLD.state <> NEW.state AND (OLD.state::text, NEW.state::text) NOT IN (('free', 'reserved'), ('free', 'issued'), ('free', 'returned'), ('free', 'void'), ('reserved', 'issued'), ('reserved', 'returned'), ('reserved', 'void'), ('issued', 'void'))\n            THEN RAISE EXCEPTION 'the state moves forward only: % to %', OLD.state, NEW.state; END IF;\n            RETURN NEW;\n        ", hash='f8c7c740ba9b1c2db0210ad2f8fcb00621577f0b', operation='UPDATE OF "state"', pgid='pgtrigger_state_forward_only_5bbf4', table='certificates_certificatenumber', when='BEFORE')),
        ),
        migrations.CreateModel(
            name='Certificate',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('kind', models.CharField(default='graduation', max_length=20)),
                ('holder_name', models.CharField(max_length=100, verbose_name='姓名')),
                ('holder_sex', models.CharField(max_length=1, verbose_name='性别')),
                ('holder_birth_date', models.DateField(verbose_name='出生日期')),
                ('holder_id_sealed', models.BinaryField()),
                ('holder_id_masked', models.CharField(max_length=20)),
                ('school_name', models.CharField(max_length=100, verbose_name='学校')),
                ('principal', models.CharField(blank=True, max_length=40, verbose_name='校长')),
                ('programme_name', models.CharField(max_length=80, verbose_name='专业')),
                ('duration_years', models.DecimalField(decimal_places=1, max_digits=3, verbose_name='学制')),
                ('study_mode', models.CharField(max_length=20, verbose_name='学习形式')),
                ('entry_month', models.CharField(max_length=7, verbose_name='入学年月')),
                ('graduation_month', models.CharField(max_length=7, verbose_name='毕业年月')),
                ('issue_date', models.DateField(verbose_name='发证日期')),
                ('content_hash', models.CharField(max_length=64)),
                ('pack', models.CharField(max_length=80)),
                ('pack_hash', models.CharField(max_length=64)),
                ('state', models.CharField(choices=[('issued', '已编号，未验印'), ('sealed', '有效'), ('void', '已作废')], default='issued', max_length=10)),
                ('issued_at', models.DateTimeField()),
                ('sealed_at', models.DateTimeField(null=True)),
                ('voided_at', models.DateTimeField(null=True)),
                ('void_reason', models.CharField(blank=True, max_length=200, verbose_name='作废原因')),
                ('enrolment', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='certificates', to='registry.enrolment')),
                ('issued_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('person', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='certificates', to='registry.person')),
                ('photo', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='documents.storedfile')),
                ('predecessor', models.OneToOneField(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='successor', to='certificates.certificate')),
                ('school', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='certificates', to='institutions.school')),
                ('number', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='certificate', to='certificates.certificatenumber')),
                ('details', models.JSONField(blank=True, default=dict, verbose_name='其他')),
                ('specialisation', models.CharField(blank=True, max_length=80, verbose_name='专业技能方向')),
            ],
            options={
                'indexes': [models.Index(fields=['school', 'state'], name='certificate_school__1703e3_idx'), models.Index(fields=['holder_name'], name='certificate_holder__49efe3_idx')],
                'constraints': [models.UniqueConstraint(condition=models.Q(('state', 'void'), _negated=True), fields=('enrolment', 'kind'), name='one_live_certificate_per_enrolment'), models.CheckConstraint(condition=models.Q(models.Q(('state', 'void'), ('voided_at__isnull', False), models.Q(('void_reason', ''), _negated=True)), models.Q(models.Q(('state', 'void'), _negated=True), ('voided_at__isnull', True)), _connector='OR'), name='certificate_void_has_time_and_reason'), models.CheckConstraint(condition=models.Q(models.Q(('state', 'sealed'), _negated=True), ('sealed_at__isnull', False), _connector='OR'), name='certificate_sealed_has_time')],
            },
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='certificate',
            trigger=pgtrigger.compiler.Trigger(name='never_deleted', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;", hash='661bb70e2de5c62cc059b65ecb471d9a12fa7fb8', operation='DELETE', pgid='pgtrigger_never_deleted_14df9', table='certificates_certificate', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='certificate',
            trigger=pgtrigger.compiler.Trigger(name='never_truncated', sql=pgtrigger.compiler.UpsertTriggerSql(func="\n                IF current_setting('app.allow_truncate', true) = 'on' THEN RETURN NULL; END IF;\n                RAISE EXCEPTION 'this table is kept for good';\n            ", hash='296e674ef74e62115380713957f26a7b446a7bda', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_never_truncated_4793c', table='certificates_certificate', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='certificate',
            trigger=pgtrigger.compiler.Trigger(name='state_forward_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="\n            IF array_position(ARRAY['issued', 'sealed', 'void'], NEW.state::text) < array_position(ARRAY['issued', 'sealed', 'void'], OLD.state::text)\n            THEN RAISE EXCEPTION 'the state moves forward only: % to %', OLD.state, NEW.state; END IF;\n            RETURN NEW;\n        ", hash='1b8f269a1b89347c03d5469893cdde50cb5c3f80', operation='UPDATE OF "state"', pgid='pgtrigger_state_forward_only_a08ee', table='certificates_certificate', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='certificate',
            trigger=pgtrigger.compiler.Trigger(name='content_unchangeable', sql=pgtrigger.compiler.UpsertTriggerSql(func="\n            IF ROW(OLD.id, OLD.kind, OLD.number_id, OLD.person_id, OLD.enrolment_id, OLD.school_id, OLD.holder_name, OLD.holder_sex, OLD.holder_birth_date, OLD.holder_id_masked, OLD.school_name, OLD.principal, OLD.programme_name, OLD.specialisation, OLD.details, OLD.duration_years, OLD.study_mode, OLD.entry_month, OLD.graduation_month, OLD.issue_date, OLD.photo_id, OLD.content_hash, OLD.pack, OLD.pack_hash, OLD.issued_by_id, OLD.issued_at, OLD.predecessor_id) IS DISTINCT FROM ROW(NEW.id, NEW.kind, NEW.number_id, NEW.person_id, NEW.enrolment_id, NEW.school_id, NEW.holder_name, NEW.holder_sex, NEW.holder_birth_date, NEW.holder_id_masked, NEW.school_name, NEW.principal, NEW.programme_name, NEW.specialisation, NEW.details, NEW.duration_years, NEW.study_mode, NEW.entry_month, NEW.graduation_month, NEW.issue_date, NEW.photo_id, NEW.content_hash, NEW.pack, NEW.pack_hash, NEW.issued_by_id, NEW.issued_at, NEW.predecessor_id)\n            THEN RAISE EXCEPTION 'what was issued is never changed: void it and issue anew'; END IF;\n            RETURN NEW;\n        ", hash='d0587b1d4f42f6680d9da9c092f67cf049cb35de', operation='UPDATE', pgid='pgtrigger_content_unchangeable_ea252', table='certificates_certificate', when='BEFORE')),
        ),
        migrations.CreateModel(
            name='CertificateCase',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('reason', models.TextField(verbose_name='原因')),
                ('applied_at', models.DateTimeField(null=True, verbose_name='办结时间')),
                ('case', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='certificate_case', to='cases.case')),
                ('certificate', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='certificate_cases', to='certificates.certificate')),
            ],
            options={
                'ordering': ['-id'],
            },
        ),
        migrations.CreateModel(
            name='CertificateCaseItem',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('field', models.CharField(max_length=30, verbose_name='项目')),
                ('before', models.CharField(max_length=100, verbose_name='原内容')),
                ('after', models.CharField(max_length=100, verbose_name='更正为')),
                ('after_sealed', models.BinaryField(null=True)),
                ('certificate_case', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='items', to='certificates.certificatecase')),
            ],
            options={
                'ordering': ['id'],
                'constraints': [models.UniqueConstraint(fields=('certificate_case', 'field'), name='one_item_per_field')],
            },
        ),
    ]
