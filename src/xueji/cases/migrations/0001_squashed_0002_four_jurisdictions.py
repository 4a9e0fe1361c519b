"""The tables of this app as they stand, in one step for a new database; what it replaces is for the older ones."""

import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    replaces = [('cases', '0001_initial'), ('cases', '0002_four_jurisdictions')]

    initial = True

    dependencies = [
        ('accounts', '__first__'),
        ('documents', '0001_initial'),
        ('institutions', '0001_squashed_0004_installation'),
    ]

    operations = [
        migrations.CreateModel(
            name='Case',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(max_length=40, verbose_name='种类')),
                ('title', models.CharField(max_length=200, verbose_name='标题')),
                ('pack', models.CharField(max_length=80)),
                ('pack_hash', models.CharField(max_length=64)),
                ('legal_date', models.DateField(verbose_name='适用日期')),
                ('state', models.CharField(choices=[('draft', '未提交'), ('in_progress', '办理中'), ('returned', '已退回'), ('approved', '已通过'), ('refused', '不予通过'), ('withdrawn', '已撤回')], default='draft', max_length=12)),
                ('round', models.PositiveSmallIntegerField(default=0, verbose_name='轮次')),
                ('version', models.PositiveIntegerField(default=0)),
                ('opened_at', models.DateTimeField()),
                ('submitted_at', models.DateTimeField(null=True)),
                ('closed_at', models.DateTimeField(null=True)),
                ('opened_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('school', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='cases', to='institutions.school')),
                ('submitted_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['-id'],
                'indexes': [models.Index(fields=['school', 'kind', 'state'], name='cases_case_school__7f36f1_idx')],
                'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('submitted_at__isnull', True), ('submitted_by__isnull', True)), models.Q(('submitted_at__isnull', False), ('submitted_by__isnull', False)), _connector='OR'), name='case_submitted_by_and_at'), models.CheckConstraint(condition=models.Q(models.Q(('closed_at__isnull', True), ('state__in', ['draft', 'in_progress', 'returned'])), models.Q(('closed_at__isnull', False), ('state__in', ['approved', 'refused', 'withdrawn'])), _connector='OR'), name='case_closed_when_over')],
            },
        ),
        migrations.CreateModel(
            name='Evidence',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(max_length=60, verbose_name='材料')),
                ('file_name', models.CharField(max_length=200)),
                ('added_at', models.DateTimeField()),
                ('added_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('case', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='evidence', to='cases.case')),
                ('file', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='documents.storedfile')),
            ],
            options={
                'ordering': ['id'],
            },
        ),
        migrations.CreateModel(
            name='Step',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('round', models.PositiveSmallIntegerField()),
                ('ordinal', models.PositiveSmallIntegerField()),
                ('key', models.CharField(max_length=40)),
                ('label', models.CharField(max_length=60, verbose_name='环节')),
                ('level', models.CharField(choices=[('school', '学校'), ('county', 'County'), ('city', 'City'), ('province', 'Province')], max_length=10)),
                ('post', models.CharField(choices=[('school_clerk', '学校经办人'), ('school_leader', '学校负责人'), ('county_reviewer', '县级审核人'), ('city_reviewer', '市级审核人'), ('city_leader', '市级主管领导'), ('province_reviewer', '省级审核人'), ('province_leader', '省级主管领导'), ('blank_keeper', '空白证书保管人'), ('blank_issuer', '空白证书发放人'), ('void_keeper', '作废证书保管人'), ('printer', '证书印制人'), ('sealer', '验印人'), ('seal_supervisor', '监印人'), ('auditor', '审计员'), ('administrator', '系统管理员')], max_length=30)),
                ('state', models.CharField(choices=[('waiting', '未到'), ('current', '办理中'), ('deferred', '暂缓'), ('approved', '同意'), ('returned', '退回'), ('refused', '不同意'), ('cancelled', '已终止')], default='waiting', max_length=10)),
                ('opened_at', models.DateTimeField(null=True)),
                ('due_on', models.DateField(null=True, verbose_name='办理期限')),
                ('due_is_provisional', models.BooleanField(default=False)),
                ('authority', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='steps', to='institutions.authority')),
                ('case', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='steps', to='cases.case')),
            ],
            options={
                'ordering': ['case', 'round', 'ordinal'],
                'indexes': [models.Index(condition=models.Q(('state__in', ['current', 'deferred'])), fields=['authority', 'post', 'due_on'], name='step_queue')],
                'constraints': [models.UniqueConstraint(fields=('case', 'round', 'ordinal'), name='step_place_in_round'), models.UniqueConstraint(condition=models.Q(('state__in', ['current', 'deferred'])), fields=('case',), name='one_open_step_per_case')],
            },
        ),
        migrations.CreateModel(
            name='Decision',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('verdict', models.CharField(choices=[('approve', '同意'), ('return', '退回'), ('refuse', '不同意'), ('defer', '暂缓'), ('resume', '恢复办理')], max_length=10)),
                ('reasons', models.TextField(blank=True, verbose_name='意见')),
                ('at', models.DateTimeField()),
                ('by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('step', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='decisions', to='cases.step')),
            ],
            options={
                'ordering': ['id'],
                'constraints': [models.CheckConstraint(condition=models.Q(('verdict__in', ['approve', 'resume']), models.Q(('reasons', ''), _negated=True), _connector='OR'), name='decision_no_without_reasons')],
            },
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='decision',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='f9ab6d16d8a50c5fadb1d40f9d7898632c7cc630', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_d3c21', table='cases_decision', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='decision',
            trigger=pgtrigger.compiler.Trigger(name='no_truncate', sql=pgtrigger.compiler.UpsertTriggerSql(func="\n                IF current_setting('app.allow_truncate', true) = 'on' THEN RETURN NULL; END IF;\n                RAISE EXCEPTION 'append-only table cannot be truncated';\n            ", hash='2de86b7edc839b56731acf05e9aea0aff6862a8c', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_no_truncate_9c829', table='cases_decision', when='BEFORE')),
        ),
    ]
