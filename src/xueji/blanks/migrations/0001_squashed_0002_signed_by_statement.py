"""The tables of this app as they stand, in one step for a new database; what it replaces is for the older ones."""

import django.contrib.postgres.constraints
import django.contrib.postgres.fields.ranges
import django.contrib.postgres.indexes
import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    replaces = [('blanks', '0001_initial'), ('blanks', '0002_signed_by_statement')]

    initial = True

    dependencies = [
        ('accounts', '__first__'),
        ('cases', '0001_squashed_0002_four_jurisdictions'),
        ('certificates', '0001_squashed_0003_numbers_and_cases'),
        ('institutions', '0001_squashed_0004_installation'),
    ]

    operations = [
        migrations.CreateModel(
            name='BlankRequest',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(max_length=40, verbose_name='证书种类')),
                ('year', models.PositiveSmallIntegerField(verbose_name='届')),
                ('term', models.CharField(max_length=6, verbose_name='季')),
                ('count', models.PositiveIntegerField(verbose_name='申领数量')),
                ('reason', models.CharField(blank=True, max_length=200, verbose_name='说明')),
                ('graduates', models.PositiveIntegerField(default=0, verbose_name='本届毕业生')),
                ('authority', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='institutions.authority')),
                ('case', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='blank_request', to='cases.case')),
                ('school', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='blank_requests', to='institutions.school')),
            ],
            options={
                'ordering': ['-id'],
                'constraints': [models.CheckConstraint(condition=models.Q(('count__gte', 1)), name='blank_request_of_some'), models.CheckConstraint(condition=models.Q(('term__in', ['spring', 'autumn'])), name='blank_request_term')],
            },
        ),
        migrations.CreateModel(
            name='BlankMovement',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('act', models.CharField(choices=[('receive', '入库'), ('draw', '发放'), ('move', '退还未用'), ('confirm', '签收'), ('load', '装机'), ('unload', '退出装机'), ('use', '使用'), ('spoil', '损坏'), ('return', '缴回'), ('stamp', '盖作废章保存'), ('lose', '报失'), ('find', '寻回')], max_length=10, verbose_name='事项')),
                ('kind', models.CharField(max_length=40, verbose_name='证书种类')),
                ('numbers', django.contrib.postgres.fields.ranges.BigIntegerRangeField(verbose_name='流水码')),
                ('from_state', models.CharField(blank=True, max_length=10)),
                ('to_state', models.CharField(choices=[('stock', '在库'), ('drawn', '在途'), ('loaded', '已装机'), ('used', '已使用'), ('spoiled', '损坏待缴回'), ('returned', '已缴回待盖章'), ('void', '作废保存'), ('lost', '已报失')], max_length=10)),
                ('at', models.DateTimeField(verbose_name='时间')),
                ('reason', models.CharField(blank=True, max_length=200, verbose_name='事由')),
                ('authority', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='institutions.authority')),
                ('by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('from_holder', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='institutions.authority')),
                ('from_school', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='institutions.school')),
                ('given_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('received_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('to_holder', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='institutions.authority')),
                ('to_school', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='institutions.school')),
                ('request', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='movements', to='blanks.blankrequest')),
                ('from_request', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='blanks.blankrequest')),
            ],
            options={
                'ordering': ['id'],
                'indexes': [django.contrib.postgres.indexes.GistIndex(fields=['kind', 'numbers'], name='blank_movement_numbers')],
                'constraints': [django.contrib.postgres.constraints.ExclusionConstraint(condition=models.Q(('act', 'receive')), expressions=[('authority', '='), ('kind', '='), ('numbers', '&&')], name='blanks_received_once'), models.CheckConstraint(condition=models.Q(models.Q(('act', 'receive'), ('from_state', ''), ('to_state', 'stock')), models.Q(('act', 'draw'), ('from_state', 'stock'), ('to_state', 'drawn')), models.Q(('act', 'move'), ('from_state', 'stock'), ('to_state', 'drawn')), models.Q(('act', 'confirm'), ('from_state', 'drawn'), ('to_state', 'stock')), models.Q(('act', 'load'), ('from_state', 'stock'), ('to_state', 'loaded')), models.Q(('act', 'unload'), ('from_state', 'loaded'), ('to_state', 'stock')), models.Q(('act', 'use'), ('from_state', 'loaded'), ('to_state', 'used')), models.Q(('act', 'spoil'), ('from_state', 'stock'), ('to_state', 'spoiled')), models.Q(('act', 'spoil'), ('from_state', 'loaded'), ('to_state', 'spoiled')), models.Q(('act', 'spoil'), ('from_state', 'used'), ('to_state', 'spoiled')), models.Q(('act', 'return'), ('from_state', 'spoiled'), ('to_state', 'returned')), models.Q(('act', 'stamp'), ('from_state', 'returned'), ('to_state', 'void')), models.Q(('act', 'lose'), ('from_state', 'stock'), ('to_state', 'lost')), models.Q(('act', 'lose'), ('from_state', 'drawn'), ('to_state', 'lost')), models.Q(('act', 'lose'), ('from_state', 'loaded'), ('to_state', 'lost')), models.Q(('act', 'lose'), ('from_state', 'used'), ('to_state', 'lost')), models.Q(('act', 'lose'), ('from_state', 'spoiled'), ('to_state', 'lost')), models.Q(('act', 'lose'), ('from_state', 'returned'), ('to_state', 'lost')), models.Q(('act', 'lose'), ('from_state', 'void'), ('to_state', 'lost')), models.Q(('act', 'find'), ('from_state', 'lost'), ('to_state', 'stock')), models.Q(('act', 'find'), ('from_state', 'lost'), ('to_state', 'spoiled')), _connector='OR'), name='blank_moves_along_edges'), models.CheckConstraint(condition=models.Q(('given_by__isnull', True), ('received_by__isnull', True), models.Q(('given_by', models.F('received_by')), _negated=True), _connector='OR'), name='blank_giver_is_not_receiver'), models.CheckConstraint(condition=models.Q(models.Q(('act__in', ['confirm', 'stamp']), _negated=True), models.Q(('given_by__isnull', False), ('received_by__isnull', False)), _connector='OR'), name='blank_hand_over_is_signed'), models.CheckConstraint(condition=models.Q(models.Q(('act__in', ['spoil', 'lose', 'find', 'move']), _negated=True), models.Q(('reason', ''), _negated=True), _connector='OR'), name='blank_mishap_has_reason'), models.CheckConstraint(condition=models.Q(('numbers__isempty', False), ('numbers__startswith__gte', 1)), name='blank_numbers_not_empty')],
            },
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='blankmovement',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='fbdf2d1d75ec7c28ed59eb6f1c7471a808b2e392', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_948ee', table='blanks_blankmovement', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='blankmovement',
            trigger=pgtrigger.compiler.Trigger(name='no_truncate', sql=pgtrigger.compiler.UpsertTriggerSql(func="\n                IF current_setting('app.allow_truncate', true) = 'on' THEN RETURN NULL; END IF;\n                RAISE EXCEPTION 'append-only table cannot be truncated';\n            ", hash='42b1237848cefa5fd921dfe52732ae95e059d7aa', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_no_truncate_d9aaa', table='blanks_blankmovement', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='blankmovement',
            trigger=pgtrigger.compiler.Trigger(name='whole_range_moved', sql=pgtrigger.compiler.UpsertTriggerSql(constraint='CONSTRAINT', declare='DECLARE found bigint;', func="\n            SELECT count(*) INTO found FROM blanks_blank b\n            WHERE b.authority_id = NEW.authority_id AND b.kind = NEW.kind AND b.last_movement_id >= NEW.id\n              AND b.number >= lower(NEW.numbers) AND b.number < upper(NEW.numbers);\n            IF found <> upper(NEW.numbers) - lower(NEW.numbers)\n            THEN RAISE EXCEPTION 'movement %: % sheets moved, not %', NEW.id, found, upper(NEW.numbers) - lower(NEW.numbers);\n            END IF;\n            RETURN NULL;\n        ", hash='dda8a3cba2257786db5ff4e20ebcc57b740c21ad', operation='INSERT', pgid='pgtrigger_whole_range_moved_3bf2c', table='blanks_blankmovement', timing='DEFERRABLE INITIALLY DEFERRED', when='AFTER')),
        ),
        migrations.CreateModel(
            name='Blank',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(max_length=40, verbose_name='证书种类')),
                ('number', models.BigIntegerField()),
                ('serial', models.CharField(max_length=40, verbose_name='流水码')),
                ('state', models.CharField(choices=[('stock', '在库'), ('drawn', '在途'), ('loaded', '已装机'), ('used', '已使用'), ('spoiled', '损坏待缴回'), ('returned', '已缴回待盖章'), ('void', '作废保存'), ('lost', '已报失')], default='stock', max_length=10, verbose_name='状态')),
                ('authority', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='institutions.authority')),
                ('certificate', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='blanks', to='certificates.certificate')),
                ('holder', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='institutions.authority')),
                ('school', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='blanks', to='institutions.school')),
                ('last_movement', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='blanks.blankmovement')),
                ('request', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='blanks', to='blanks.blankrequest')),
            ],
            options={
                'ordering': ['authority', 'kind', 'number'],
                'indexes': [models.Index(fields=['serial'], name='blanks_blan_serial_b87202_idx'), models.Index(fields=['holder', 'kind', 'state', 'number'], name='blanks_blan_holder__caf721_idx'), models.Index(fields=['school', 'kind', 'state', 'number'], name='blanks_blan_school__0004c3_idx'), models.Index(fields=['certificate'], name='blanks_blan_certifi_9e23df_idx')],
                'constraints': [models.UniqueConstraint(fields=('authority', 'kind', 'number'), name='blank_number_once'), models.UniqueConstraint(fields=('authority', 'serial'), name='blank_serial_once'), models.UniqueConstraint(condition=models.Q(('state', 'used')), fields=('certificate',), name='one_used_blank_per_certificate'), models.CheckConstraint(condition=models.Q(models.Q(('state', 'used'), _negated=True), ('certificate__isnull', False), _connector='OR'), name='blank_used_for_somebody')],
            },
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='blank',
            trigger=pgtrigger.compiler.Trigger(name='never_deleted', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;", hash='736cc4ec024f8d4548be75681eaf58e94c072689', operation='DELETE', pgid='pgtrigger_never_deleted_6799e', table='blanks_blank', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='blank',
            trigger=pgtrigger.compiler.Trigger(name='never_truncated', sql=pgtrigger.compiler.UpsertTriggerSql(func="\n                IF current_setting('app.allow_truncate', true) = 'on' THEN RETURN NULL; END IF;\n                RAISE EXCEPTION 'this table is kept for good';\n            ", hash='e6812b1e70cb1ab2ecd006d21115068c65675843', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_never_truncated_3ab2d', table='blanks_blank', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='blank',
            trigger=pgtrigger.compiler.Trigger(name='received_as_signed', sql=pgtrigger.compiler.UpsertTriggerSql(declare='DECLARE wrong text;', func="\n            SELECT min(n.serial) INTO wrong FROM new_rows n LEFT JOIN blanks_blankmovement m ON m.id = n.last_movement_id\n            WHERE (m.act = 'receive' AND m.authority_id = n.authority_id AND m.kind = n.kind AND m.numbers @> n.number\n              AND m.to_state = n.state AND m.to_holder_id = n.holder_id AND n.school_id IS NULL AND n.request_id IS NULL\n              AND n.certificate_id IS NULL) IS NOT TRUE;\n            IF wrong IS NOT NULL THEN RAISE EXCEPTION 'blank %: it was never received', wrong; END IF;\n            RETURN NULL;\n        ", hash='ac4c1d7ab96c1b050a66c669b3dfe6b61302f017', level='STATEMENT', operation='INSERT', pgid='pgtrigger_received_as_signed_a6afc', referencing='REFERENCING NEW TABLE AS new_rows ', table='blanks_blank', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='blank',
            trigger=pgtrigger.compiler.Trigger(name='moves_as_signed', sql=pgtrigger.compiler.UpsertTriggerSql(declare='DECLARE wrong text;', func="\n            EXECUTE $q$\n              SELECT min(s.serial || ': ' || s.why) FROM (\n              SELECT n.serial, CASE\n                WHEN ROW(o.authority_id, o.kind, o.number, o.serial) IS DISTINCT FROM ROW(n.authority_id, n.kind, n.number, n.serial)\n                  THEN 'what is printed on it is never changed'\n                WHEN (m.authority_id = n.authority_id AND m.kind = n.kind AND m.numbers @> n.number) IS NOT TRUE\n                  THEN 'the movement does not name it'\n                WHEN ROW(m.to_state, m.to_holder_id, m.to_school_id, m.request_id)\n                     IS DISTINCT FROM ROW(n.state, n.holder_id, n.school_id, n.request_id)\n                  THEN 'it is not where the movement says'\n                WHEN n.last_movement_id = o.last_movement_id\n                  THEN CASE WHEN o.certificate_id IS DISTINCT FROM n.certificate_id THEN 'nothing changes without a movement' END\n                WHEN n.last_movement_id < o.last_movement_id\n                     OR ROW(m.from_state, m.from_holder_id, m.from_school_id, m.from_request_id)\n                        IS DISTINCT FROM ROW(o.state, o.holder_id, o.school_id, o.request_id)\n                  THEN 'it was not where the movement comes from'\n                WHEN o.certificate_id IS NOT NULL AND o.certificate_id IS DISTINCT FROM n.certificate_id\n                  THEN 'its certificate stays'\n                WHEN m.act IN ('draw', 'confirm', 'stamp') AND p.by_id = m.by_id\n                  THEN 'who gives and who takes are two persons'\n                END AS why\n              FROM new_rows n LEFT JOIN old_rows o ON o.id = n.id\n                LEFT JOIN blanks_blankmovement m ON m.id = n.last_movement_id\n                LEFT JOIN blanks_blankmovement p ON p.id = o.last_movement_id) s\n            WHERE s.why IS NOT NULL $q$ INTO wrong;\n            IF wrong IS NOT NULL THEN RAISE EXCEPTION 'blank %', wrong; END IF;\n            RETURN NULL;\n        ", hash='eddc145a0b4e4f45c92cf20734be13397f42070c', level='STATEMENT', operation='UPDATE', pgid='pgtrigger_moves_as_signed_07634', referencing='REFERENCING OLD TABLE AS old_rows  NEW TABLE AS new_rows ', table='blanks_blank', when='AFTER')),
        ),
    ]
