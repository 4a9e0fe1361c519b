"""A closed school opens no batch, whoever asks: until here only the action said so."""

import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ('graduation', '0008_rows_signed'),
    ]

    operations = [
        pgtrigger.migrations.AddTrigger(
            model_name='batch',
            trigger=pgtrigger.compiler.Trigger(name='none_at_a_closed_school', sql=pgtrigger.compiler.UpsertTriggerSql(declare='DECLARE closed date; opened date;', func="\n        SELECT closed_on INTO closed FROM institutions_school WHERE id = NEW.school_id FOR SHARE;\n        SELECT (opened_at AT TIME ZONE 'Asia/Shanghai')::date INTO opened FROM cases_case WHERE id = NEW.case_id;\n        IF closed <= opened THEN RAISE EXCEPTION 'a school that is closed opens no batch'; END IF;\n        RETURN NEW;\n    ", hash='f36be2a08da18bf846b30eae15ee220c5c6d32a5', operation='INSERT', pgid='pgtrigger_none_at_a_closed_school_6aada', table='graduation_batch', when='BEFORE')),
        ),
    ]
