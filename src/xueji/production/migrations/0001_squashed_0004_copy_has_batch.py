"""The tables of this app as they stand, in one step for a new database; what it replaces is for the older ones."""

import django.db.models.deletion
import django.db.models.expressions
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    replaces = [('production', '0001_initial'), ('production', '0002_four_jurisdictions'), ('production', '0003_forms_by_key'), ('production', '0004_copy_has_batch')]

    initial = True

    dependencies = [
        ('accounts', '__first__'),
        ('blanks', '0001_squashed_0002_signed_by_statement'),
        ('cases', '0001_squashed_0002_four_jurisdictions'),
        ('certificates', '0001_squashed_0003_numbers_and_cases'),
        ('documents', '0001_initial'),
        ('graduation', '0001_squashed_0004_records'),
        ('institutions', '0001_squashed_0004_installation'),
        ('jobs', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='Printer',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=60, verbose_name='打印机')),
                ('school', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='printers', to='institutions.school')),
                ('authority', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='printers', to='institutions.authority')),
            ],
            options={
                'ordering': ['name'],
                'constraints': [models.UniqueConstraint(fields=('school', 'name'), name='printer_once_per_school'), models.UniqueConstraint(fields=('authority', 'name'), name='printer_once_per_authority'), models.CheckConstraint(condition=models.Q(models.Q(('authority__isnull', False), ('school__isnull', True)), models.Q(('authority__isnull', True), ('school__isnull', False)), _connector='OR'), name='printer_at_one_place')],
            },
        ),
        migrations.CreateModel(
            name='SealingRound',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('is_late', models.BooleanField(default=False, verbose_name='补验印')),
                ('opens_on', models.DateField(verbose_name='开始')),
                ('closes_on', models.DateField(verbose_name='截止')),
                ('place', models.CharField(max_length=100, verbose_name='地点')),
                ('schools_per_half_day', models.PositiveSmallIntegerField(default=4, verbose_name='每半天学校数')),
                ('season', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='rounds', to='graduation.season')),
                ('draw_commitment', models.CharField(blank=True, max_length=64, verbose_name='抽查承诺值')),
                ('draw_secret', models.CharField(blank=True, max_length=64, verbose_name='抽查暗码')),
            ],
            options={
                'ordering': ['-opens_on'],
                'constraints': [models.UniqueConstraint(fields=('season', 'is_late'), name='round_once'), models.CheckConstraint(condition=models.Q(('opens_on__lte', models.F('closes_on'))), name='round_days_in_order')],
            },
        ),
        migrations.CreateModel(
            name='BlankPicture',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('document', models.CharField(max_length=40)),
                ('added_at', models.DateTimeField()),
                ('added_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('authority', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='institutions.authority')),
                ('file', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='documents.storedfile')),
                ('school', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='institutions.school')),
            ],
            options={
                'ordering': ['-id'],
                'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('authority__isnull', False), ('school__isnull', True)), models.Q(('authority__isnull', True), ('school__isnull', False)), _connector='OR'), name='blank_picture_at_one_place')],
            },
        ),
        migrations.CreateModel(
            name='Embossing',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('done_at', models.DateTimeField()),
                ('certificate', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='embossing', to='certificates.certificate')),
                ('done_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='embossing',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='96d3443e059abbf45a5e8797c0aa093347d147bc', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_a0a5e', table='production_embossing', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='embossing',
            trigger=pgtrigger.compiler.Trigger(name='no_truncate', sql=pgtrigger.compiler.UpsertTriggerSql(func="\n                IF current_setting('app.allow_truncate', true) = 'on' THEN RETURN NULL; END IF;\n                RAISE EXCEPTION 'append-only table cannot be truncated';\n            ", hash='66ca8fcae38fd80e6fee96c3c0e6ab356ccf409c', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_no_truncate_92344', table='production_embossing', when='BEFORE')),
        ),
        migrations.CreateModel(
            name='HandOut',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('received_by_name', models.CharField(max_length=100, verbose_name='领取人')),
                ('is_proxy', models.BooleanField(default=False, verbose_name='代领')),
                ('proxy_document', models.CharField(blank=True, max_length=100, verbose_name='代领凭证')),
                ('handed_on', models.DateField(verbose_name='领取日期')),
                ('recorded_at', models.DateTimeField()),
                ('reason', models.CharField(blank=True, max_length=200, verbose_name='更正原因')),
                ('certificate', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='hand_outs', to='certificates.certificate')),
                ('corrects', models.OneToOneField(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='correction', to='production.handout')),
                ('handed_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['id'],
                'constraints': [models.UniqueConstraint(condition=models.Q(('corrects__isnull', True)), fields=('certificate',), name='handed_out_once'), models.CheckConstraint(condition=models.Q(('is_proxy', False), models.Q(('proxy_document', ''), _negated=True), _connector='OR'), name='proxy_shows_document'), models.CheckConstraint(condition=models.Q(('corrects__isnull', True), models.Q(('reason', ''), _negated=True), _connector='OR'), name='correction_has_reason')],
            },
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='handout',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='e058d66b51866461b47627528b289a2c7df1e26b', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_41530', table='production_handout', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='handout',
            trigger=pgtrigger.compiler.Trigger(name='no_truncate', sql=pgtrigger.compiler.UpsertTriggerSql(func="\n                IF current_setting('app.allow_truncate', true) = 'on' THEN RETURN NULL; END IF;\n                RAISE EXCEPTION 'append-only table cannot be truncated';\n            ", hash='59f46f2bae3dec4af2422a9dfaaa367faabddfc3', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_no_truncate_f549e', table='production_handout', when='BEFORE')),
        ),
        migrations.CreateModel(
            name='Parcel',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('ordinal', models.PositiveSmallIntegerField(verbose_name='包号')),
                ('first_number', models.CharField(max_length=40, verbose_name='起号')),
                ('last_number', models.CharField(max_length=40, verbose_name='止号')),
                ('count', models.PositiveIntegerField(verbose_name='本数')),
                ('carrier', models.CharField(blank=True, max_length=100, verbose_name='交寄方式')),
                ('sent_at', models.DateTimeField()),
                ('received_at', models.DateTimeField(null=True)),
                ('note', models.CharField(blank=True, max_length=200, verbose_name='收件说明')),
                ('batch', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='parcels', to='graduation.batch')),
                ('received_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('sent_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['batch', 'ordinal'],
                'constraints': [models.UniqueConstraint(fields=('batch', 'ordinal'), name='parcel_once_per_batch'), models.CheckConstraint(condition=models.Q(('count__gt', 0)), name='parcel_holds_something'), models.CheckConstraint(condition=models.Q(models.Q(('received_at__isnull', True), ('received_by__isnull', True)), models.Q(('received_at__gte', models.F('sent_at')), ('received_at__isnull', False), ('received_by__isnull', False)), _connector='OR'), name='parcel_received_by_and_at')],
            },
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='parcel',
            trigger=pgtrigger.compiler.Trigger(name='never_deleted', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;", hash='5938e051c8e51423b6ee39ce3bba11225ad33e6c', operation='DELETE', pgid='pgtrigger_never_deleted_24cb6', table='production_parcel', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='parcel',
            trigger=pgtrigger.compiler.Trigger(name='never_truncated', sql=pgtrigger.compiler.UpsertTriggerSql(func="\n                IF current_setting('app.allow_truncate', true) = 'on' THEN RETURN NULL; END IF;\n                RAISE EXCEPTION 'this table is kept for good';\n            ", hash='df17b89bfb20d27b14b1496e84f13d4142f4b5b3', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_never_truncated_8f96c', table='production_parcel', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='parcel',
            trigger=pgtrigger.compiler.Trigger(name='content_unchangeable', sql=pgtrigger.compiler.UpsertTriggerSql(func="\n            IF ROW(OLD.batch_id, OLD.ordinal, OLD.first_number, OLD.last_number, OLD.count, OLD.sent_by_id, OLD.sent_at) IS DISTINCT FROM ROW(NEW.batch_id, NEW.ordinal, NEW.first_number, NEW.last_number, NEW.count, NEW.sent_by_id, NEW.sent_at)\n            THEN RAISE EXCEPTION 'what was issued is never changed: void it and issue anew'; END IF;\n            RETURN NEW;\n        ", hash='335bf2596a631f5294dfa893d306765209b8becf', operation='UPDATE', pgid='pgtrigger_content_unchangeable_3f380', table='production_parcel', when='BEFORE')),
        ),
        migrations.CreateModel(
            name='Reprint',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('reason', models.CharField(max_length=200, verbose_name='重打原因')),
                ('batch', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='reprints', to='graduation.batch')),
                ('case', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='reprint', to='cases.case')),
            ],
            options={
                'ordering': ['-id'],
            },
        ),
        migrations.CreateModel(
            name='Calibration',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('dx_mm', models.DecimalField(decimal_places=2, default=0, max_digits=5, verbose_name='横向偏移（毫米）')),
                ('dy_mm', models.DecimalField(decimal_places=2, default=0, max_digits=5, verbose_name='纵向偏移（毫米）')),
                ('scale_x', models.DecimalField(decimal_places=5, default=1, max_digits=7, verbose_name='横向比例')),
                ('scale_y', models.DecimalField(decimal_places=5, default=1, max_digits=7, verbose_name='纵向比例')),
                ('measured_at', models.DateTimeField()),
                ('measured_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('printer', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='calibrations', to='production.printer')),
            ],
            options={
                'ordering': ['-id'],
                'constraints': [models.CheckConstraint(condition=models.Q(('dx_mm__range', (-20, 20)), ('dy_mm__range', (-20, 20)), ('scale_x__range', ('0.95', '1.05')), ('scale_y__range', ('0.95', '1.05'))), name='calibration_plausible')],
            },
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='calibration',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='d53dd7668edaca94acdd91fd1a924a208179f723', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_08aa4', table='production_calibration', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='calibration',
            trigger=pgtrigger.compiler.Trigger(name='no_truncate', sql=pgtrigger.compiler.UpsertTriggerSql(func="\n                IF current_setting('app.allow_truncate', true) = 'on' THEN RETURN NULL; END IF;\n                RAISE EXCEPTION 'append-only table cannot be truncated';\n            ", hash='1bd1c8e20ae01061f31b21becd8779b4e069271d', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_no_truncate_fee13', table='production_calibration', when='BEFORE')),
        ),
        migrations.CreateModel(
            name='SealingAppointment',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('day', models.DateField(verbose_name='日期')),
                ('half', models.CharField(choices=[('am', '上午'), ('pm', '下午')], max_length=2)),
                ('place_in_half', models.PositiveSmallIntegerField()),
                ('booked_at', models.DateTimeField()),
                ('batch', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='appointment', to='graduation.batch')),
                ('booked_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('round', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='appointments', to='production.sealinground')),
            ],
            options={
                'ordering': ['day', 'half', 'place_in_half'],
                'constraints': [models.UniqueConstraint(fields=('round', 'day', 'half', 'place_in_half'), name='appointment_place_once')],
            },
        ),
        migrations.CreateModel(
            name='SealingSession',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('diplomas_counted', models.PositiveIntegerField(verbose_name='清点证书数')),
                ('register_total', models.PositiveIntegerField(verbose_name='登记册验印人数')),
                ('refused_count', models.PositiveIntegerField(default=0, verbose_name='不予验印数')),
                ('sealed_count', models.PositiveIntegerField(verbose_name='验印数')),
                ('first_number', models.CharField(max_length=40)),
                ('last_number', models.CharField(max_length=40)),
                ('sealed_at', models.DateTimeField()),
                ('note', models.CharField(blank=True, max_length=200)),
                ('batch', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='sealing', to='graduation.batch')),
                ('round', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='sessions', to='production.sealinground')),
                ('sealed_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('supervised_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('materials', models.JSONField(default=list, verbose_name='材料')),
            ],
            options={
                'ordering': ['-sealed_at'],
                'constraints': [models.CheckConstraint(condition=models.Q(('diplomas_counted', django.db.models.expressions.CombinedExpression(models.F('sealed_count'), '+', models.F('refused_count'))), ('register_total', django.db.models.expressions.CombinedExpression(models.F('sealed_count'), '+', models.F('refused_count')))), name='sealing_balances'), models.CheckConstraint(condition=models.Q(('sealed_by', models.F('supervised_by')), _negated=True), name='sealing_two_persons')],
            },
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='sealingsession',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='d3b61e77d0cd549baf48e058ae6bfbed47f10387', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_d95aa', table='production_sealingsession', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='sealingsession',
            trigger=pgtrigger.compiler.Trigger(name='no_truncate', sql=pgtrigger.compiler.UpsertTriggerSql(func="\n                IF current_setting('app.allow_truncate', true) = 'on' THEN RETURN NULL; END IF;\n                RAISE EXCEPTION 'append-only table cannot be truncated';\n            ", hash='08386195de5214944ac18ab1c925762eff2a93b9', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_no_truncate_2a4b3', table='production_sealingsession', when='BEFORE')),
        ),
        migrations.CreateModel(
            name='FileCheck',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('list_hash', models.CharField(max_length=64, verbose_name='名单值')),
                ('seed', models.CharField(max_length=64, verbose_name='种子')),
                ('population', models.PositiveIntegerField(verbose_name='毕业生数')),
                ('drawn_at', models.DateTimeField()),
                ('batch', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='file_check', to='graduation.batch')),
                ('drawn_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('round', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='file_checks', to='production.sealinground')),
            ],
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='filecheck',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='ae9538b5a8046e5b7c70459b04bec940211bebe5', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_dfc23', table='production_filecheck', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='filecheck',
            trigger=pgtrigger.compiler.Trigger(name='no_truncate', sql=pgtrigger.compiler.UpsertTriggerSql(func="\n                IF current_setting('app.allow_truncate', true) = 'on' THEN RETURN NULL; END IF;\n                RAISE EXCEPTION 'append-only table cannot be truncated';\n            ", hash='8a99905237b8da69da9861f464d739ccaba3f167', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_no_truncate_bddfa', table='production_filecheck', when='BEFORE')),
        ),
        migrations.CreateModel(
            name='ParcelItem',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('state', models.CharField(choices=[('sent', '在途'), ('received', '已收到'), ('missing', '短少'), ('damaged', '破损')], default='sent', max_length=10)),
                ('certificate', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='parcel_items', to='certificates.certificate')),
                ('parcel', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='items', to='production.parcel')),
            ],
            options={
                'ordering': ['parcel', 'id'],
                'constraints': [models.UniqueConstraint(condition=models.Q(('state__in', ['sent', 'received'])), fields=('certificate',), name='diploma_in_one_parcel')],
            },
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='parcelitem',
            trigger=pgtrigger.compiler.Trigger(name='never_deleted', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;", hash='fb1da1093f0de39cc9fb329ef6f9a6be223ae592', operation='DELETE', pgid='pgtrigger_never_deleted_9bb0e', table='production_parcelitem', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='parcelitem',
            trigger=pgtrigger.compiler.Trigger(name='never_truncated', sql=pgtrigger.compiler.UpsertTriggerSql(func="\n                IF current_setting('app.allow_truncate', true) = 'on' THEN RETURN NULL; END IF;\n                RAISE EXCEPTION 'this table is kept for good';\n            ", hash='ebd659a609ed19b982e49fece1d603cb2b9ef754', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_never_truncated_d0191', table='production_parcelitem', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='parcelitem',
            trigger=pgtrigger.compiler.Trigger(name='content_unchangeable', sql=pgtrigger.compiler.UpsertTriggerSql(func="\n            IF ROW(OLD.parcel_id, OLD.certificate_id) IS DISTINCT FROM ROW(NEW.parcel_id, NEW.certificate_id)\n            THEN RAISE EXCEPTION 'what was issued is never changed: void it and issue anew'; END IF;\n            RETURN NEW;\n        ", hash='e4e0d16f7b1826301b4a6f4602ef223431ee4768', operation='UPDATE', pgid='pgtrigger_content_unchangeable_498ad', table='production_parcelitem', when='BEFORE')),
        ),
        migrations.CreateModel(
            name='PrintRun',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('document', models.CharField(max_length=40)),
                ('first_number', models.CharField(blank=True, max_length=40)),
                ('last_number', models.CharField(blank=True, max_length=40)),
                ('sheet_count', models.PositiveIntegerField(default=0)),
                ('notes', models.JSONField(default=list)),
                ('requested_at', models.DateTimeField()),
                ('batch', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='print_runs', to='graduation.batch')),
                ('calibration', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='production.calibration')),
                ('file', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='documents.storedfile')),
                ('job', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='jobs.job')),
                ('printer', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='production.printer')),
                ('requested_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('format', models.CharField(choices=[('pdf', 'PDF'), ('xlsx', 'Excel')], default='pdf', max_length=4)),
                ('is_loaded', models.BooleanField(default=False, verbose_name='装纸打印')),
                ('mode', models.CharField(blank=True, choices=[('', '清单'), ('overlay', '套打'), ('full', '整版'), ('sample', '样张')], default='', max_length=10)),
                ('title', models.CharField(max_length=120)),
                ('tray_order', models.CharField(choices=[('first_on_top', '小号先进纸'), ('last_on_top', '大号先进纸')], default='first_on_top', max_length=12)),
            ],
            options={
                'ordering': ['-id'],
            },
        ),
        migrations.CreateModel(
            name='SealingRefusal',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('reason', models.CharField(max_length=200, verbose_name='原因')),
                ('certificate', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='sealing_refusal', to='certificates.certificate')),
                ('session', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='refusals', to='production.sealingsession')),
            ],
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='sealingrefusal',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='b2d39863dceb7fa116bc4a631327dab98f0ccf43', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_a4dd0', table='production_sealingrefusal', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='sealingrefusal',
            trigger=pgtrigger.compiler.Trigger(name='no_truncate', sql=pgtrigger.compiler.UpsertTriggerSql(func="\n                IF current_setting('app.allow_truncate', true) = 'on' THEN RETURN NULL; END IF;\n                RAISE EXCEPTION 'append-only table cannot be truncated';\n            ", hash='27675e30f78cc19d3d18980a81ead92aeccc0e6a', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_no_truncate_23601', table='production_sealingrefusal', when='BEFORE')),
        ),
        migrations.CreateModel(
            name='ArchiveCopy',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('keeper', models.CharField(choices=[('province', '省'), ('city', '市'), ('county', '县'), ('school', '校')], max_length=10)),
                ('document', models.CharField(max_length=40)),
                ('shelf_mark', models.CharField(max_length=60, verbose_name='档号')),
                ('received_at', models.DateTimeField()),
                ('received_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('session', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='archive_copies', to='production.sealingsession')),
                ('batch', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='archive_copies', to='graduation.batch')),
                ('title', models.CharField(max_length=120)),
            ],
            options={
                'ordering': ['id'],
                'constraints': [models.UniqueConstraint(fields=('batch', 'keeper', 'document'), name='archive_copy_once')],
            },
        ),
        migrations.CreateModel(
            name='FileCheckItem',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('ordinal', models.PositiveIntegerField(verbose_name='抽取次序')),
                ('outcome', models.CharField(choices=[('pending', '待核查'), ('graduated', '已做毕业处理'), ('not_graduated', '未做毕业处理')], default='pending', max_length=14)),
                ('note', models.CharField(blank=True, max_length=200, verbose_name='说明')),
                ('looked_at', models.DateTimeField(null=True)),
                ('certificate', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='file_check_item', to='certificates.certificate')),
                ('check_of', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='items', to='production.filecheck')),
                ('looked_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['check_of', 'ordinal'],
                'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('looked_at__isnull', True), ('looked_by__isnull', True), ('outcome', 'pending')), models.Q(models.Q(('outcome', 'pending'), _negated=True), ('looked_at__isnull', False), ('looked_by__isnull', False)), _connector='OR'), name='file_check_looked_by_and_at')],
            },
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='filecheckitem',
            trigger=pgtrigger.compiler.Trigger(name='never_deleted', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;", hash='4384f680f142e33e6b39d52a277d09f430e962b8', operation='DELETE', pgid='pgtrigger_never_deleted_38609', table='production_filecheckitem', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='filecheckitem',
            trigger=pgtrigger.compiler.Trigger(name='never_truncated', sql=pgtrigger.compiler.UpsertTriggerSql(func="\n                IF current_setting('app.allow_truncate', true) = 'on' THEN RETURN NULL; END IF;\n                RAISE EXCEPTION 'this table is kept for good';\n            ", hash='b49aeed9ece5ea29a2143e625f833241b71a70d3', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_never_truncated_df8cf', table='production_filecheckitem', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='filecheckitem',
            trigger=pgtrigger.compiler.Trigger(name='content_unchangeable', sql=pgtrigger.compiler.UpsertTriggerSql(func="\n            IF ROW(OLD.check_of_id, OLD.ordinal, OLD.certificate_id) IS DISTINCT FROM ROW(NEW.check_of_id, NEW.ordinal, NEW.certificate_id)\n            THEN RAISE EXCEPTION 'what was issued is never changed: void it and issue anew'; END IF;\n            RETURN NEW;\n        ", hash='3cda8ee64349e86ecd4df5b26163b9c414b96788', operation='UPDATE', pgid='pgtrigger_content_unchangeable_6a06f', table='production_filecheckitem', when='BEFORE')),
        ),
        migrations.CreateModel(
            name='PrintFile',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('ordinal', models.PositiveSmallIntegerField(verbose_name='份')),
                ('first_sheet', models.PositiveIntegerField(verbose_name='首张')),
                ('last_sheet', models.PositiveIntegerField(verbose_name='末张')),
                ('notes', models.JSONField(default=list)),
                ('file', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='documents.storedfile')),
                ('run', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='files', to='production.printrun')),
            ],
            options={
                'ordering': ['run', 'ordinal'],
                'constraints': [models.UniqueConstraint(fields=('run', 'ordinal'), name='print_file_once')],
            },
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='printfile',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='1b52da3af255f1224150555b0f894b70c063c3ad', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_b78ab', table='production_printfile', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='printfile',
            trigger=pgtrigger.compiler.Trigger(name='no_truncate', sql=pgtrigger.compiler.UpsertTriggerSql(func="\n                IF current_setting('app.allow_truncate', true) = 'on' THEN RETURN NULL; END IF;\n                RAISE EXCEPTION 'append-only table cannot be truncated';\n            ", hash='b05a07bc05538def5577f3d743eb81f995022383', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_no_truncate_8255f', table='production_printfile', when='BEFORE')),
        ),
        migrations.CreateModel(
            name='PrintSheet',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('ordinal', models.PositiveIntegerField(verbose_name='序号')),
                ('outcome', models.CharField(choices=[('pending', '待确认'), ('good', '完好'), ('spoiled', '作废'), ('unused', '未打印')], default='pending', max_length=8)),
                ('reason', models.CharField(blank=True, max_length=200, verbose_name='作废原因')),
                ('confirmed_at', models.DateTimeField(null=True)),
                ('blank', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='print_sheets', to='blanks.blank')),
                ('certificate', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='print_sheets', to='certificates.certificate')),
                ('confirmed_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('run', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='sheets', to='production.printrun')),
            ],
            options={
                'ordering': ['run', 'ordinal'],
                'constraints': [models.UniqueConstraint(fields=('run', 'ordinal'), name='sheet_place_in_run'), models.UniqueConstraint(condition=models.Q(('outcome__in', ['pending', 'good'])), fields=('certificate',), name='one_live_sheet_per_certificate'), models.UniqueConstraint(condition=models.Q(('outcome', 'unused'), _negated=True), fields=('blank',), name='one_sheet_per_blank'), models.CheckConstraint(condition=models.Q(models.Q(('confirmed_at__isnull', True), ('confirmed_by__isnull', True), ('outcome', 'pending')), models.Q(models.Q(('outcome', 'pending'), _negated=True), ('confirmed_at__isnull', False), ('confirmed_by__isnull', False)), _connector='OR'), name='sheet_confirmed_by_and_at'), models.CheckConstraint(condition=models.Q(models.Q(('outcome', 'spoiled'), _negated=True), models.Q(('reason', ''), _negated=True), _connector='OR'), name='sheet_spoiled_with_reason')],
            },
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='printsheet',
            trigger=pgtrigger.compiler.Trigger(name='never_deleted', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;", hash='e71fdd0113011e5d4f5ff0361c9d1e293a788af2', operation='DELETE', pgid='pgtrigger_never_deleted_baa99', table='production_printsheet', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='printsheet',
            trigger=pgtrigger.compiler.Trigger(name='never_truncated', sql=pgtrigger.compiler.UpsertTriggerSql(func="\n                IF current_setting('app.allow_truncate', true) = 'on' THEN RETURN NULL; END IF;\n                RAISE EXCEPTION 'this table is kept for good';\n            ", hash='a60c573b2986e4d9c969fcb484e87574f56fd653', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_never_truncated_ca135', table='production_printsheet', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='printsheet',
            trigger=pgtrigger.compiler.Trigger(name='content_unchangeable', sql=pgtrigger.compiler.UpsertTriggerSql(func="\n            IF ROW(OLD.run_id, OLD.ordinal, OLD.certificate_id, OLD.blank_id) IS DISTINCT FROM ROW(NEW.run_id, NEW.ordinal, NEW.certificate_id, NEW.blank_id)\n            THEN RAISE EXCEPTION 'what was issued is never changed: void it and issue anew'; END IF;\n            RETURN NEW;\n        ", hash='e69fbe3b0938efba1a0a03f0fdfff38ea2a997bd', operation='UPDATE', pgid='pgtrigger_content_unchangeable_6d334', table='production_printsheet', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='printsheet',
            trigger=pgtrigger.compiler.Trigger(name='outcome_never_back', sql=pgtrigger.compiler.UpsertTriggerSql(func="\n                    IF OLD.outcome <> NEW.outcome AND OLD.outcome <> 'pending'\n                       AND NOT (OLD.outcome = 'good' AND NEW.outcome = 'spoiled')\n                    THEN RAISE EXCEPTION 'a sheet is not taken back: % to %', OLD.outcome, NEW.outcome; END IF;\n                    RETURN NEW;\n                ", hash='2182ed3782d7cb9d0066e742f885ecfcde355dc4', operation='UPDATE OF "outcome"', pgid='pgtrigger_outcome_never_back_82a61', table='production_printsheet', when='BEFORE')),
        ),
        migrations.CreateModel(
            name='ReprintItem',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('reprint', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='items', to='production.reprint')),
                ('sheet', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='reprint_items', to='production.printsheet')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('reprint', 'sheet'), name='sheet_once_per_reprint')],
            },
        ),
    ]
