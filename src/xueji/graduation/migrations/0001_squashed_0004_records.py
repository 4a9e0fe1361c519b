"""The tables of this app as they stand, in one step for a new database; what it replaces is for the older ones."""

import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
import uuid
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    replaces = [('graduation', '0001_initial'), ('graduation', '0002_four_jurisdictions'), ('graduation', '0003_number_applications'), ('graduation', '0004_records')]

    initial = True

    dependencies = [
        ('accounts', '__first__'),
        ('cases', '0001_squashed_0002_four_jurisdictions'),
        ('certificates', '0001_squashed_0003_numbers_and_cases'),
        ('documents', '0001_initial'),
        ('institutions', '0001_squashed_0004_installation'),
        ('jobs', '0001_initial'),
        ('registry', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='Season',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('pack', models.CharField(max_length=80)),
                ('year', models.PositiveSmallIntegerField(verbose_name='届')),
                ('term', models.CharField(choices=[('spring', '春季'), ('autumn', '秋季')], max_length=6, verbose_name='季')),
                ('legal_date', models.DateField(verbose_name='适用日期')),
                ('opened_at', models.DateTimeField()),
                ('authority', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='seasons', to='institutions.authority')),
                ('opened_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['-year', 'term'],
                'constraints': [models.UniqueConstraint(fields=('authority', 'year', 'term'), name='season_once')],
            },
        ),
        migrations.CreateModel(
            name='Batch',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('is_late', models.BooleanField(default=False, verbose_name='补验印')),
                ('issue_date', models.DateField(null=True, verbose_name='发证日期')),
                ('sealed_at', models.DateTimeField(null=True, verbose_name='验印时间')),
                ('form_filler', models.CharField(blank=True, max_length=40, verbose_name='学校填表人')),
                ('case', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='batch', to='cases.case')),
                ('school', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='batches', to='institutions.school')),
                ('season', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='batches', to='graduation.season')),
                ('numbered_at', models.DateTimeField(null=True, verbose_name='编号时间')),
            ],
            options={
                'ordering': ['-id'],
                'constraints': [models.UniqueConstraint(fields=('season', 'school', 'is_late'), name='batch_once_per_school_and_season'), models.CheckConstraint(condition=models.Q(models.Q(('issue_date__isnull', True), ('numbered_at__isnull', True)), models.Q(('issue_date__isnull', False), ('numbered_at__isnull', False)), _connector='OR'), name='batch_numbers_and_date_together')],
            },
        ),
        migrations.CreateModel(
            name='NumberApplication',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('case', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='number_application', to='cases.case')),
                ('school', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='number_applications', to='institutions.school')),
                ('season', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='number_applications', to='graduation.season')),
            ],
            options={
                'ordering': ['-id'],
            },
        ),
        migrations.CreateModel(
            name='RatePublication',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('definition', models.TextField(verbose_name='统计口径')),
                ('smallest_group', models.PositiveIntegerField(verbose_name='最少公布人数')),
                ('published_at', models.DateTimeField(verbose_name='发布时间')),
                ('published_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('season', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='rate_publications', to='graduation.season')),
            ],
            options={
                'ordering': ['-published_at'],
            },
        ),
        migrations.CreateModel(
            name='Receipt',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('contact_name', models.CharField(max_length=40, verbose_name='联系人')),
                ('contact_phone', models.CharField(max_length=40, verbose_name='联系电话')),
                ('address', models.CharField(max_length=120, verbose_name='联系地址')),
                ('is_late', models.BooleanField(default=False, verbose_name='逾期报送')),
                ('filed_at', models.DateTimeField(verbose_name='报送时间')),
                ('authority', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='receipts', to='institutions.authority')),
                ('filed_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('school', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='receipts', to='institutions.school')),
                ('season', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='receipts', to='graduation.season')),
            ],
            options={
                'ordering': ['-filed_at'],
                'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('authority__isnull', False), ('school__isnull', True)), models.Q(('authority__isnull', True), ('school__isnull', False)), _connector='OR'), name='receipt_of_authority_or_school'), models.UniqueConstraint(fields=('season', 'authority'), name='receipt_once_per_authority'), models.UniqueConstraint(fields=('season', 'school'), name='receipt_once_per_school')],
            },
        ),
        migrations.CreateModel(
            name='Candidate',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('ordinal', models.PositiveIntegerField(verbose_name='序号')),
                ('name', models.CharField(max_length=100, verbose_name='姓名')),
                ('sex', models.CharField(max_length=1, verbose_name='性别')),
                ('birth_date', models.DateField(verbose_name='出生日期')),
                ('political_status', models.CharField(blank=True, max_length=20, verbose_name='政治面貌')),
                ('programme_name', models.CharField(max_length=80, verbose_name='专业')),
                ('duration_years', models.DecimalField(decimal_places=1, max_digits=3, verbose_name='学制')),
                ('study_mode', models.CharField(default='全日制', max_length=20, verbose_name='学习形式')),
                ('entry_month', models.CharField(max_length=7, verbose_name='入学年月')),
                ('graduation_month', models.CharField(max_length=7, verbose_name='毕业年月')),
                ('overall_mark', models.CharField(blank=True, max_length=10, verbose_name='毕业成绩总评')),
                ('conduct_mark', models.CharField(blank=True, max_length=10, verbose_name='操行总评')),
                ('internship_mark', models.CharField(blank=True, max_length=10, verbose_name='实习成绩')),
                ('remark', models.CharField(blank=True, max_length=100, verbose_name='备注')),
                ('state', models.CharField(choices=[('listed', '待审核'), ('marked', '被退回'), ('approved', '已通过'), ('refused', '审核未通过'), ('withdrawn', '已退出')], default='listed', max_length=10)),
                ('mark_reason', models.CharField(blank=True, max_length=200, verbose_name='退回原因')),
                ('batch', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='candidates', to='graduation.batch')),
                ('certificate', models.OneToOneField(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='candidate', to='certificates.certificate')),
                ('enrolment', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='candidacies', to='registry.enrolment')),
                ('person', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='candidacies', to='registry.person')),
                ('photo', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='documents.storedfile')),
                ('details', models.JSONField(blank=True, default=dict, verbose_name='其他')),
                ('outcome', models.CharField(choices=[('graduation', '毕业'), ('completion', '结业')], default='graduation', max_length=10, verbose_name='毕（结）业')),
                ('specialisation', models.CharField(blank=True, max_length=80, verbose_name='专业技能方向')),
            ],
            options={
                'ordering': ['batch', 'ordinal'],
                'indexes': [models.Index(fields=['batch', 'state'], name='graduation__batch_i_bdff66_idx'), models.Index(fields=['batch', 'programme_name'], name='graduation__batch_i_6e5a1f_idx')],
                'constraints': [models.UniqueConstraint(fields=('batch', 'person'), name='candidate_once_per_batch'), models.UniqueConstraint(condition=models.Q(('state__in', ['withdrawn', 'refused']), _negated=True), fields=('enrolment',), name='one_live_candidacy_per_enrolment'), models.CheckConstraint(condition=models.Q(models.Q(('state__in', ['marked', 'refused', 'withdrawn']), _negated=True), models.Q(('mark_reason', ''), _negated=True), _connector='OR'), name='candidate_no_with_reason'), models.CheckConstraint(condition=models.Q(('certificate__isnull', True), ('state', 'approved'), _connector='OR'), name='candidate_certificate_when_approved')],
            },
        ),
        migrations.CreateModel(
            name='Duty',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('submit_graduated', '在学籍管理系统提交毕业'), ('graduate_module', '填报毕业生管理模块'), ('employment_module', '填报就业管理模块')], max_length=20)),
                ('due_on', models.DateField(verbose_name='期限')),
                ('due_is_provisional', models.BooleanField(default=False)),
                ('done_at', models.DateTimeField(null=True)),
                ('note', models.CharField(blank=True, max_length=200, verbose_name='说明')),
                ('batch', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='duties', to='graduation.batch')),
                ('done_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['due_on', 'id'],
                'constraints': [models.UniqueConstraint(fields=('batch', 'kind'), name='duty_once_per_batch'), models.CheckConstraint(condition=models.Q(models.Q(('done_at__isnull', True), ('done_by__isnull', True)), models.Q(('done_at__isnull', False), ('done_by__isnull', False)), _connector='OR'), name='duty_done_by_and_at')],
            },
        ),
        migrations.CreateModel(
            name='Intake',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('workbook_name', models.CharField(max_length=200)),
                ('photos_name', models.CharField(blank=True, max_length=200)),
                ('state', models.CharField(choices=[('reading', '读取中'), ('ready', '待确认'), ('confirmed', '已入库'), ('discarded', '已放弃'), ('failed', '无法读取')], default='reading', max_length=10)),
                ('message', models.TextField(blank=True)),
                ('row_count', models.PositiveIntegerField(default=0)),
                ('error_count', models.PositiveIntegerField(default=0)),
                ('warning_count', models.PositiveIntegerField(default=0)),
                ('advice_count', models.PositiveIntegerField(default=0)),
                ('uploaded_at', models.DateTimeField()),
                ('confirmed_at', models.DateTimeField(null=True)),
                ('batch', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='intakes', to='graduation.batch')),
                ('confirmed_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('error_workbook', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='documents.storedfile')),
                ('job', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='jobs.job')),
                ('photos', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='documents.storedfile')),
                ('uploaded_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('workbook', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='documents.storedfile')),
            ],
            options={
                'ordering': ['-id'],
                'constraints': [models.UniqueConstraint(condition=models.Q(('state__in', ['reading', 'ready'])), fields=('batch',), name='one_open_intake_per_batch'), models.CheckConstraint(condition=models.Q(models.Q(('state', 'confirmed'), _negated=True), models.Q(('confirmed_at__isnull', False), ('error_count', 0)), _connector='OR'), name='intake_confirmed_without_errors')],
            },
        ),
        migrations.CreateModel(
            name='RegisterLine',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('programme_name', models.CharField(max_length=80, verbose_name='专业')),
                ('duration_years', models.DecimalField(decimal_places=1, max_digits=3, verbose_name='学制')),
                ('education_level', models.CharField(max_length=20, verbose_name='学历层次')),
                ('planned', models.PositiveIntegerField(verbose_name='招生计划')),
                ('admitted', models.PositiveIntegerField(verbose_name='实际录取')),
                ('remark', models.CharField(blank=True, max_length=100, verbose_name='备注')),
                ('batch', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='register_lines', to='graduation.batch')),
            ],
            options={
                'ordering': ['id'],
                'constraints': [models.UniqueConstraint(fields=('batch', 'programme_name', 'duration_years'), name='register_line_once')],
            },
        ),
        migrations.CreateModel(
            name='SpecialCase',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('document_number', models.CharField(max_length=60, verbose_name='正式文件文号')),
                ('batch', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='special_cases', to='graduation.batch')),
                ('case', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='special_case', to='cases.case')),
            ],
        ),
        migrations.CreateModel(
            name='BatchBlock',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('batch', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='batch_blocks', to='graduation.batch')),
                ('block', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='batch_block', to='certificates.numberblock')),
            ],
            options={
                'ordering': ['id'],
            },
        ),
        migrations.CreateModel(
            name='NumberLine',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('outcome', models.CharField(choices=[('graduation', '毕业'), ('completion', '结业')], default='graduation', max_length=10, verbose_name='毕（结）业')),
                ('programme_name', models.CharField(max_length=80, verbose_name='专业')),
                ('entry_month', models.CharField(max_length=7, verbose_name='入学年月')),
                ('duration_years', models.DecimalField(decimal_places=1, max_digits=3, verbose_name='学制')),
                ('study_mode', models.CharField(max_length=20, verbose_name='学习形式')),
                ('admission_category', models.CharField(blank=True, max_length=20, verbose_name='招生类别')),
                ('head_count', models.PositiveIntegerField(verbose_name='毕业人数')),
                ('application', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='lines', to='graduation.numberapplication')),
                ('block', models.OneToOneField(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='number_line', to='certificates.numberblock')),
            ],
            options={
                'ordering': ['outcome', 'programme_name', 'duration_years', 'entry_month', 'study_mode', 'admission_category'],
                'constraints': [models.UniqueConstraint(fields=('application', 'outcome', 'programme_name', 'entry_month', 'duration_years', 'study_mode', 'admission_category'), name='number_line_once')],
            },
        ),
        migrations.CreateModel(
            name='DrawCommitment',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('secret_sealed', models.BinaryField()),
                ('commitment', models.CharField(max_length=64, verbose_name='承诺值')),
                ('published_at', models.DateTimeField(verbose_name='公布时间')),
                ('batch', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='draw_commitments', to='graduation.batch')),
            ],
            options={
                'ordering': ['published_at', 'id'],
            },
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='drawcommitment',
            trigger=pgtrigger.compiler.Trigger(name='never_deleted', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;", hash='87d92d1e8976f84f2e52b6a734ab625452d55fe9', operation='DELETE', pgid='pgtrigger_never_deleted_2241b', table='graduation_drawcommitment', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='drawcommitment',
            trigger=pgtrigger.compiler.Trigger(name='never_truncated', sql=pgtrigger.compiler.UpsertTriggerSql(func="\n                IF current_setting('app.allow_truncate', true) = 'on' THEN RETURN NULL; END IF;\n                RAISE EXCEPTION 'this table is kept for good';\n            ", hash='049365ed46a28828e1a7fbde7d6809b5df5acc83', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_never_truncated_5061f', table='graduation_drawcommitment', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='drawcommitment',
            trigger=pgtrigger.compiler.Trigger(name='content_unchangeable', sql=pgtrigger.compiler.UpsertTriggerSql(func="\n            IF ROW(OLD.batch_id, OLD.secret_sealed, OLD.commitment, OLD.published_at) IS DISTINCT FROM ROW(NEW.batch_id, NEW.secret_sealed, NEW.commitment, NEW.published_at)\n            THEN RAISE EXCEPTION 'what was issued is never changed: void it and issue anew'; END IF;\n            RETURN NEW;\n        ", hash='1d2203628d54bc1b403cf48a3c28ef379ec82d97', operation='UPDATE', pgid='pgtrigger_content_unchangeable_2c4b3', table='graduation_drawcommitment', when='BEFORE')),
        ),
        migrations.CreateModel(
            name='RateLine',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('graduates', models.PositiveIntegerField(verbose_name='毕业生数')),
                ('certified', models.PositiveIntegerField(verbose_name='取得职业资格证书人数')),
                ('employed', models.PositiveIntegerField(verbose_name='就业人数')),
                ('school', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='rate_lines', to='institutions.school')),
                ('publication', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='lines', to='graduation.ratepublication')),
            ],
            options={
                'ordering': ['school__code'],
                'constraints': [models.UniqueConstraint(fields=('publication', 'school'), name='rate_line_once'), models.CheckConstraint(condition=models.Q(('certified__lte', models.F('graduates')), ('employed__lte', models.F('graduates'))), name='rate_parts_within_graduates')],
            },
        ),
        migrations.CreateModel(
            name='ReceiptLine',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('graduates', models.PositiveIntegerField(verbose_name='毕业生总数')),
                ('contact', models.CharField(max_length=60, verbose_name='学校联系人及手机号码')),
                ('address', models.CharField(max_length=120, verbose_name='学校地址')),
                ('receipt', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='lines', to='graduation.receipt')),
                ('school', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='receipt_lines', to='institutions.school')),
            ],
            options={
                'ordering': ['school__code'],
                'constraints': [models.UniqueConstraint(fields=('receipt', 'school'), name='receipt_line_once')],
            },
        ),
        migrations.CreateModel(
            name='RecordIntake',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('vocational', '职业资格证书'), ('employment', '就业情况'), ('results', '各科毕业成绩'), ('efile', '电子学籍档案毕业处理'), ('changes', '异动情况'), ('college', '高职对口招收')], max_length=12, verbose_name='表册')),
                ('workbook_name', models.CharField(max_length=200)),
                ('state', models.CharField(choices=[('reading', '读取中'), ('ready', '待确认'), ('confirmed', '已入库'), ('discarded', '已放弃'), ('failed', '无法读取')], default='reading', max_length=10)),
                ('message', models.TextField(blank=True)),
                ('row_count', models.PositiveIntegerField(default=0)),
                ('error_count', models.PositiveIntegerField(default=0)),
                ('warning_count', models.PositiveIntegerField(default=0)),
                ('advice_count', models.PositiveIntegerField(default=0)),
                ('uploaded_at', models.DateTimeField()),
                ('confirmed_at', models.DateTimeField(null=True)),
                ('batch', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='record_intakes', to='graduation.batch')),
                ('confirmed_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('error_workbook', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='documents.storedfile')),
                ('job', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='jobs.job')),
                ('uploaded_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('workbook', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='documents.storedfile')),
            ],
            options={
                'ordering': ['-id'],
                'constraints': [models.UniqueConstraint(condition=models.Q(('state__in', ['reading', 'ready'])), fields=('batch', 'kind'), name='one_open_record_intake_per_batch_and_kind'), models.CheckConstraint(condition=models.Q(models.Q(('state', 'confirmed'), _negated=True), models.Q(('confirmed_at__isnull', False), ('error_count', 0)), _connector='OR'), name='record_intake_confirmed_without_errors'), models.CheckConstraint(condition=models.Q(models.Q(('confirmed_at__isnull', True), ('confirmed_by__isnull', True)), models.Q(('confirmed_at__isnull', False), ('confirmed_by__isnull', False)), _connector='OR'), name='record_intake_confirmed_by_and_at')],
            },
        ),
        migrations.CreateModel(
            name='IntakeFinding',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('sheet', models.CharField(blank=True, max_length=60, verbose_name='工作表')),
                ('row', models.PositiveIntegerField(null=True, verbose_name='行')),
                ('column', models.CharField(blank=True, max_length=60, verbose_name='列')),
                ('severity', models.CharField(max_length=8)),
                ('rule', models.CharField(max_length=80)),
                ('message', models.TextField(verbose_name='问题')),
                ('remedy', models.TextField(blank=True, verbose_name='怎么办')),
                ('cites', models.JSONField(default=list)),
                ('intake', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='findings', to='graduation.intake')),
            ],
            options={
                'ordering': ['id'],
                'indexes': [models.Index(fields=['intake', 'severity', 'column'], name='graduation__intake__08c276_idx')],
            },
        ),
        migrations.CreateModel(
            name='IntakeRow',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('row_number', models.PositiveIntegerField()),
                ('name', models.CharField(blank=True, max_length=100)),
                ('id_masked', models.CharField(blank=True, max_length=20)),
                ('payload_sealed', models.BinaryField()),
                ('change', models.CharField(choices=[('new', '新增'), ('changed', '有变化'), ('same', '未变'), ('removed', '不再出现')], default='new', max_length=8)),
                ('change_summary', models.CharField(blank=True, max_length=300)),
                ('intake', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='rows', to='graduation.intake')),
                ('photo', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='documents.storedfile')),
            ],
            options={
                'ordering': ['intake', 'row_number'],
            },
        ),
        migrations.CreateModel(
            name='SpecialCaseItem',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('reason_class', models.CharField(max_length=40, verbose_name='原因类别')),
                ('explanation', models.TextField(verbose_name='说明')),
                ('candidate', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='special_case_items', to='graduation.candidate')),
                ('special_case', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='items', to='graduation.specialcase')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('special_case', 'candidate'), name='candidate_once_per_special_case')],
            },
        ),
        migrations.CreateModel(
            name='RecordFinding',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('sheet', models.CharField(blank=True, max_length=60, verbose_name='工作表')),
                ('row', models.PositiveIntegerField(null=True, verbose_name='行')),
                ('column', models.CharField(blank=True, max_length=60, verbose_name='列')),
                ('severity', models.CharField(max_length=8)),
                ('rule', models.CharField(max_length=80)),
                ('message', models.TextField(verbose_name='问题')),
                ('remedy', models.TextField(blank=True, verbose_name='怎么办')),
                ('cites', models.JSONField(default=list)),
                ('intake', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='findings', to='graduation.recordintake')),
            ],
            options={
                'ordering': ['id'],
                'indexes': [models.Index(fields=['intake', 'severity', 'column'], name='graduation__intake__aaff78_idx')],
            },
        ),
        migrations.CreateModel(
            name='EmploymentRecord',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('destination', models.CharField(max_length=30, verbose_name='就业去向')),
                ('employer', models.CharField(blank=True, max_length=100, verbose_name='就业单位')),
                ('position', models.CharField(blank=True, max_length=60, verbose_name='岗位')),
                ('location', models.CharField(blank=True, max_length=100, verbose_name='就业地点')),
                ('employed_on', models.DateField(null=True, verbose_name='就业日期')),
                ('candidate', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='%(class)ss', to='graduation.candidate')),
                ('intake', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='graduation.recordintake')),
            ],
            options={
                'ordering': ['candidate'],
                'constraints': [models.UniqueConstraint(fields=('candidate',), name='employment_once')],
            },
        ),
        migrations.CreateModel(
            name='EFileState',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('outcome', models.CharField(max_length=10, verbose_name='毕（结）业处理')),
                ('processed_on', models.DateField(null=True, verbose_name='处理日期')),
                ('candidate', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='%(class)ss', to='graduation.candidate')),
                ('intake', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='graduation.recordintake')),
            ],
            options={
                'ordering': ['candidate'],
                'constraints': [models.UniqueConstraint(fields=('candidate',), name='efile_state_once')],
            },
        ),
        migrations.CreateModel(
            name='CollegeEntry',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('college', models.CharField(max_length=80, verbose_name='高等职业院校')),
                ('college_programme', models.CharField(max_length=80, verbose_name='高职就读年级专业')),
                ('source_school', models.CharField(max_length=80, verbose_name='来源中职学校名称')),
                ('contact', models.CharField(blank=True, max_length=60, verbose_name='联系方式')),
                ('remark', models.CharField(blank=True, max_length=100, verbose_name='备注')),
                ('candidate', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='%(class)ss', to='graduation.candidate')),
                ('intake', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='graduation.recordintake')),
            ],
            options={
                'ordering': ['college', 'candidate__ordinal'],
                'constraints': [models.UniqueConstraint(fields=('candidate',), name='college_entry_once')],
            },
        ),
        migrations.CreateModel(
            name='RecordRow',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('row_number', models.PositiveIntegerField()),
                ('name', models.CharField(blank=True, max_length=100)),
                ('id_masked', models.CharField(blank=True, max_length=20)),
                ('payload_sealed', models.BinaryField()),
                ('change', models.CharField(choices=[('new', '新增'), ('changed', '有变化'), ('same', '未变')], default='new', max_length=8)),
                ('change_summary', models.CharField(blank=True, max_length=300)),
                ('intake', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='rows', to='graduation.recordintake')),
            ],
            options={
                'ordering': ['intake', 'row_number'],
            },
        ),
        migrations.CreateModel(
            name='SpotCheck',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('secret', models.CharField(max_length=64, verbose_name='暗码')),
                ('context', models.CharField(max_length=120, verbose_name='事由')),
                ('codes', models.TextField(verbose_name='名单')),
                ('list_hash', models.CharField(max_length=64, verbose_name='名单值')),
                ('seed', models.CharField(max_length=64, verbose_name='种子')),
                ('population', models.PositiveIntegerField(verbose_name='毕业生数')),
                ('percent', models.DecimalField(decimal_places=2, max_digits=5, verbose_name='比例')),
                ('rounding', models.CharField(max_length=8, verbose_name='取整')),
                ('size', models.PositiveIntegerField(verbose_name='抽取数')),
                ('drawn_at', models.DateTimeField(verbose_name='抽取时间')),
                ('batch', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='spot_checks', to='graduation.batch')),
                ('commitment', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='spot_check', to='graduation.drawcommitment')),
            ],
            options={
                'ordering': ['-drawn_at', '-id'],
                'constraints': [models.CheckConstraint(condition=models.Q(('size__lte', models.F('population'))), name='sample_within_population')],
            },
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='spotcheck',
            trigger=pgtrigger.compiler.Trigger(name='never_deleted', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;", hash='6cd8d0e7744524f6acd8a1c54d9e4556ee07f943', operation='DELETE', pgid='pgtrigger_never_deleted_cb77e', table='graduation_spotcheck', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='spotcheck',
            trigger=pgtrigger.compiler.Trigger(name='never_truncated', sql=pgtrigger.compiler.UpsertTriggerSql(func="\n                IF current_setting('app.allow_truncate', true) = 'on' THEN RETURN NULL; END IF;\n                RAISE EXCEPTION 'this table is kept for good';\n            ", hash='1d797c90bd02421d30af8571a7b34a8ecd2644c6', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_never_truncated_c6483', table='graduation_spotcheck', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='spotcheck',
            trigger=pgtrigger.compiler.Trigger(name='content_unchangeable', sql=pgtrigger.compiler.UpsertTriggerSql(func="\n            IF ROW(OLD.batch_id, OLD.commitment_id, OLD.secret, OLD.context, OLD.codes, OLD.list_hash, OLD.seed, OLD.size) IS DISTINCT FROM ROW(NEW.batch_id, NEW.commitment_id, NEW.secret, NEW.context, NEW.codes, NEW.list_hash, NEW.seed, NEW.size)\n            THEN RAISE EXCEPTION 'what was issued is never changed: void it and issue anew'; END IF;\n            RETURN NEW;\n        ", hash='75ecb4a2cf0e05447b173ee053d85168c6ecb3f5', operation='UPDATE', pgid='pgtrigger_content_unchangeable_3417f', table='graduation_spotcheck', when='BEFORE')),
        ),
        migrations.CreateModel(
            name='StatusChangeLine',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('name', models.CharField(max_length=100, verbose_name='姓名')),
                ('resident_id_sealed', models.BinaryField()),
                ('resident_id_index', models.BinaryField(max_length=16)),
                ('resident_id_masked', models.CharField(max_length=20)),
                ('programme', models.CharField(max_length=80, verbose_name='专业名称')),
                ('grade', models.CharField(max_length=20, verbose_name='年级')),
                ('duration_years', models.DecimalField(decimal_places=1, max_digits=3, null=True, verbose_name='学制')),
                ('before', models.CharField(blank=True, max_length=100, verbose_name='异动前')),
                ('after', models.CharField(blank=True, max_length=100, verbose_name='异动后')),
                ('change_type', models.CharField(max_length=20, verbose_name='异动类型')),
                ('batch', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='status_change_lines', to='graduation.batch')),
                ('candidate', models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='status_change_lines', to='graduation.candidate')),
                ('intake', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='graduation.recordintake')),
            ],
            options={
                'ordering': ['programme', 'name', 'change_type'],
                'constraints': [models.UniqueConstraint(fields=('batch', 'resident_id_index', 'change_type', 'before', 'after'), name='status_change_line_once')],
            },
        ),
        migrations.CreateModel(
            name='SubjectResult',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('subject', models.CharField(max_length=60, verbose_name='课程')),
                ('mark', models.CharField(max_length=10, verbose_name='成绩')),
                ('teacher', models.CharField(max_length=40, verbose_name='任课教师')),
                ('candidate', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='%(class)ss', to='graduation.candidate')),
                ('intake', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='graduation.recordintake')),
            ],
            options={
                'ordering': ['candidate', 'id'],
                'constraints': [models.UniqueConstraint(fields=('candidate', 'subject'), name='subject_once'), models.CheckConstraint(condition=models.Q(('teacher', ''), _negated=True), name='subject_result_with_teacher')],
            },
        ),
        migrations.CreateModel(
            name='VocationalCertificate',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('occupation', models.CharField(max_length=60, verbose_name='职业（工种）')),
                ('level', models.CharField(max_length=20, verbose_name='等级')),
                ('certificate_number', models.CharField(max_length=40, verbose_name='证书编号')),
                ('issued_on', models.DateField(null=True, verbose_name='发证日期')),
                ('candidate', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='%(class)ss', to='graduation.candidate')),
                ('intake', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='graduation.recordintake')),
            ],
            options={
                'ordering': ['candidate', 'issued_on', 'id'],
                'constraints': [models.UniqueConstraint(fields=('candidate', 'certificate_number'), name='vocational_once'), models.CheckConstraint(condition=models.Q(('certificate_number', ''), _negated=True), name='vocational_numbered')],
            },
        ),
        migrations.CreateModel(
            name='SpotCheckItem',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('place', models.PositiveIntegerField(verbose_name='抽取次序')),
                ('code', models.CharField(max_length=32, verbose_name='名单代码')),
                ('outcome', models.CharField(choices=[('pending', '待核验'), ('passed', '核验通过'), ('failed', '核验不通过')], default='pending', max_length=8)),
                ('note', models.CharField(blank=True, max_length=200, verbose_name='情况')),
                ('recorded_at', models.DateTimeField(null=True)),
                ('confirmed_at', models.DateTimeField(null=True)),
                ('candidate', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='spot_check_items', to='graduation.candidate')),
                ('check_run', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='items', to='graduation.spotcheck')),
                ('confirmed_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('recorded_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['check_run', 'place'],
                'constraints': [models.UniqueConstraint(fields=('check_run', 'code'), name='spot_check_item_once'), models.CheckConstraint(condition=models.Q(models.Q(('outcome', 'pending'), ('recorded_at__isnull', True), ('recorded_by__isnull', True)), models.Q(('recorded_at__isnull', False), ('recorded_by__isnull', False), models.Q(('outcome', 'pending'), _negated=True)), _connector='OR'), name='spot_check_recorded_by_and_at'), models.CheckConstraint(condition=models.Q(models.Q(('confirmed_at__isnull', True), ('confirmed_by__isnull', True)), models.Q(('confirmed_at__isnull', False), ('confirmed_by__isnull', False), ('recorded_by__isnull', False), models.Q(('confirmed_by', models.F('recorded_by')), _negated=True)), _connector='OR'), name='spot_check_confirmed_by_another'), models.CheckConstraint(condition=models.Q(models.Q(('outcome', 'failed'), _negated=True), models.Q(('note', ''), _negated=True), _connector='OR'), name='spot_check_failure_with_note')],
            },
        ),
    ]
