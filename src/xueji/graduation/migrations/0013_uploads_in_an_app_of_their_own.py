"""Uploads moved into an app of their own (ADR 0023): what lay here was never released and is not carried over."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('graduation', '0012_lots_by_draws'),
        ('uploads', '0001_initial'),
    ]

    operations = [
        migrations.RemoveField(
            model_name='intake',
            name='batch',
        ),
        migrations.RemoveField(
            model_name='intake',
            name='confirmed_by',
        ),
        migrations.RemoveField(
            model_name='intake',
            name='error_workbook',
        ),
        migrations.RemoveField(
            model_name='intake',
            name='job',
        ),
        migrations.RemoveField(
            model_name='intake',
            name='photos',
        ),
        migrations.RemoveField(
            model_name='intake',
            name='uploaded_by',
        ),
        migrations.RemoveField(
            model_name='intake',
            name='workbook',
        ),
        migrations.RemoveField(
            model_name='intakefinding',
            name='intake',
        ),
        migrations.RemoveField(
            model_name='intakerow',
            name='intake',
        ),
        migrations.RemoveField(
            model_name='intakerow',
            name='photo',
        ),
        migrations.RemoveField(
            model_name='recordfinding',
            name='intake',
        ),
        migrations.RemoveField(
            model_name='recordintake',
            name='batch',
        ),
        migrations.RemoveField(
            model_name='recordintake',
            name='confirmed_by',
        ),
        migrations.RemoveField(
            model_name='recordintake',
            name='error_workbook',
        ),
        migrations.RemoveField(
            model_name='recordintake',
            name='job',
        ),
        migrations.RemoveField(
            model_name='recordintake',
            name='uploaded_by',
        ),
        migrations.RemoveField(
            model_name='recordintake',
            name='workbook',
        ),
        migrations.RemoveField(
            model_name='vocationalcertificate',
            name='intake',
        ),
        migrations.RemoveField(
            model_name='statuschangeline',
            name='intake',
        ),
        migrations.RemoveField(
            model_name='employmentrecord',
            name='intake',
        ),
        migrations.RemoveField(
            model_name='efilestate',
            name='intake',
        ),
        migrations.RemoveField(
            model_name='collegeentry',
            name='intake',
        ),
        migrations.RemoveField(
            model_name='recordrow',
            name='intake',
        ),
        migrations.RemoveField(
            model_name='subjectresult',
            name='intake',
        ),
        migrations.AddField(
            model_name='collegeentry',
            name='upload',
            field=models.ForeignKey(default=0, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='uploads.upload'),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name='efilestate',
            name='upload',
            field=models.ForeignKey(default=0, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='uploads.upload'),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name='employmentrecord',
            name='upload',
            field=models.ForeignKey(default=0, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='uploads.upload'),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name='statuschangeline',
            name='upload',
            field=models.ForeignKey(default=0, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='uploads.upload'),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name='subjectresult',
            name='upload',
            field=models.ForeignKey(default=0, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='uploads.upload'),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name='vocationalcertificate',
            name='upload',
            field=models.ForeignKey(default=0, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='uploads.upload'),
            preserve_default=False,
        ),
        migrations.DeleteModel(
            name='IntakeFinding',
        ),
        migrations.DeleteModel(
            name='Intake',
        ),
        migrations.DeleteModel(
            name='IntakeRow',
        ),
        migrations.DeleteModel(
            name='RecordFinding',
        ),
        migrations.DeleteModel(
            name='RecordRow',
        ),
        migrations.DeleteModel(
            name='RecordIntake',
        ),
    ]
