"""The tables of this app as they stand, in one step for a new database; what it replaces is for the older ones."""

import django.contrib.postgres.constraints
import django.contrib.postgres.fields.ranges
import django.contrib.postgres.operations
import django.db.models.deletion
import django.utils.timezone
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    replaces = [('institutions', '0001_initial'), ('institutions', '0002_four_jurisdictions'), ('institutions', '0003_keeper_is_not_issuer'), ('institutions', '0004_installation')]

    initial = True

    dependencies = [
        ('accounts', '__first__'),
    ]

    operations = [
        django.contrib.postgres.operations.BtreeGistExtension(
        ),
        migrations.CreateModel(
            name='CalendarDay',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('day', models.DateField(unique=True, verbose_name='日期')),
                ('kind', models.CharField(choices=[('holiday', '放假'), ('makeup_workday', '调休上班')], max_length=20, verbose_name='性质')),
                ('note', models.CharField(max_length=200, verbose_name='依据')),
            ],
            options={
                'ordering': ['day'],
            },
        ),
        migrations.CreateModel(
            name='PublishedYear',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('year', models.PositiveSmallIntegerField(unique=True, verbose_name='年份')),
                ('notice', models.CharField(max_length=200, verbose_name='通知文号')),
            ],
        ),
        migrations.CreateModel(
            name='Authority',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=100, unique=True, verbose_name='名称')),
                ('short_name', models.CharField(max_length=40, verbose_name='简称')),
                ('level', models.CharField(choices=[('province', '省级'), ('city', '市级'), ('county', '县级')], max_length=10, verbose_name='层级')),
                ('line', models.CharField(default='edu', max_length=10, verbose_name='系统')),
                ('division_code', models.CharField(max_length=6, verbose_name='行政区划代码')),
                ('path', models.CharField(blank=True, db_index=True, max_length=200)),
                ('parent', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='children', to='institutions.authority')),
            ],
            options={
                'ordering': ['path'],
                'constraints': [models.UniqueConstraint(fields=('line', 'division_code', 'level'), name='authority_once_per_division')],
            },
        ),
        migrations.CreateModel(
            name='Installation',
            fields=[
                ('id', models.PositiveSmallIntegerField(default=1, primary_key=True, serialize=False)),
                ('is_practice', models.BooleanField(default=True, verbose_name='练习')),
                ('marked_at', models.DateTimeField(default=django.utils.timezone.now)),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('id', 1), ('is_practice', True)), name='one_installation_for_practice')],
            },
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='installation',
            trigger=pgtrigger.compiler.Trigger(name='mark_is_for_good', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='bed95c35452d400afc608ed4a73f32cbd91ce5eb', operation='UPDATE OR DELETE', pgid='pgtrigger_mark_is_for_good_1d5fb', table='institutions_installation', when='BEFORE')),
        ),
        migrations.CreateModel(
            name='School',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=100, unique=True, verbose_name='学校名称')),
                ('code', models.CharField(max_length=10, unique=True, verbose_name='学校标识码')),
                ('is_public', models.BooleanField(default=True, verbose_name='公办')),
                ('principal', models.CharField(blank=True, max_length=40, verbose_name='校长')),
                ('address', models.CharField(blank=True, max_length=200, verbose_name='地址')),
                ('phone', models.CharField(blank=True, max_length=40, verbose_name='电话')),
                ('authority', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='schools', to='institutions.authority', verbose_name='学籍主管部门')),
                ('level', models.CharField(blank=True, max_length=20, verbose_name='办学层次')),
                ('ordinal', models.CharField(blank=True, max_length=4, verbose_name='学校顺序号')),
            ],
            options={
                'ordering': ['authority__path', 'code'],
            },
        ),
        migrations.CreateModel(
            name='Sanction',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('sealing_deferred', '暂缓验印'), ('public_criticism', '通报批评')], max_length=20, verbose_name='处理')),
                ('reason', models.TextField(verbose_name='事由')),
                ('document_number', models.CharField(blank=True, max_length=60, verbose_name='文号')),
                ('imposed_at', models.DateTimeField()),
                ('lifted_at', models.DateTimeField(null=True)),
                ('lifted_reason', models.TextField(blank=True, verbose_name='解除事由')),
                ('imposed_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('lifted_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('school', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='sanctions', to='institutions.school')),
            ],
            options={
                'ordering': ['-imposed_at'],
                'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('lifted_at__isnull', True), ('lifted_by__isnull', True)), models.Q(('lifted_at__isnull', False), ('lifted_by__isnull', False)), _connector='OR'), name='sanction_lifted_by_and_at')],
            },
        ),
        migrations.CreateModel(
            name='Programme',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(max_length=6, verbose_name='专业代码')),
                ('name', models.CharField(max_length=60, verbose_name='专业名称')),
                ('duration_years', models.DecimalField(decimal_places=1, max_digits=3, verbose_name='学制')),
                ('education_level', models.CharField(default='中等职业教育', max_length=20, verbose_name='学历层次')),
                ('school', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='programmes', to='institutions.school')),
            ],
            options={
                'ordering': ['code', 'name', 'duration_years'],
                'constraints': [models.UniqueConstraint(fields=('school', 'name', 'duration_years'), name='programme_once_per_school'), models.CheckConstraint(condition=models.Q(('duration_years__gt', 0), ('duration_years__lte', 6)), name='programme_duration')],
            },
        ),
        migrations.CreateModel(
            name='Appointment',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('post', models.CharField(choices=[('school_clerk', '学校经办人'), ('school_leader', '学校负责人'), ('county_reviewer', '县级审核人'), ('city_reviewer', '市级审核人'), ('city_leader', '市级主管领导'), ('province_reviewer', '省级审核人'), ('province_leader', '省级主管领导'), ('blank_keeper', '空白证书保管人'), ('blank_issuer', '空白证书发放人'), ('void_keeper', '作废证书保管人'), ('printer', '证书印制人'), ('sealer', '验印人'), ('seal_supervisor', '监印人'), ('auditor', '审计员'), ('administrator', '系统管理员')], max_length=30, verbose_name='岗位')),
                ('days', django.contrib.postgres.fields.ranges.DateRangeField(verbose_name='任期')),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='appointments', to=settings.AUTH_USER_MODEL)),
                ('authority', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='appointments', to='institutions.authority')),
                ('school', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='appointments', to='institutions.school')),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('authority__isnull', True), ('school__isnull', False)), models.Q(('authority__isnull', False), ('school__isnull', True)), _connector='OR'), name='appointment_at_one_place'), django.contrib.postgres.constraints.ExclusionConstraint(expressions=[(models.F('user'), '='), (models.F('post'), '='), (models.Func(models.F('authority'), 0, function='COALESCE'), '='), (models.Func(models.F('school'), 0, function='COALESCE'), '='), (models.F('days'), '&&')], name='appointment_once_at_a_time'), django.contrib.postgres.constraints.ExclusionConstraint(condition=models.Q(('post__in', ['blank_keeper', 'blank_issuer'])), expressions=[(models.F('user'), '='), (models.F('authority'), '='), (models.F('days'), '&&')], name='keeper_of_blanks_is_not_issuer')],
            },
        ),
    ]
