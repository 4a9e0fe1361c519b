"""Who releases the numbers chooses the date of issue; batches that stand are taken in with that none was chosen (docs/adr/0028)."""

import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models
from django.utils import timezone

_COLUMNS = "t.case_id, t.form_filler, t.is_late, t.issue_id, {chosen}t.school_id, t.season_id"
_FORMER = {"graduation_batch": _COLUMNS.format(chosen="")}  # what entered the digest of a row until now
_BATCHES = {"graduation_batch": _COLUMNS.format(chosen="extract(epoch from t.issue_on), ")}


def _adopt(apps, schema_editor) -> None:
    from xueji.ledger.rewriting import adopt_rows

    adopt_rows(_BATCHES, event=apps.get_model("ledger", "Event"), at=timezone.now(), former=_FORMER)


class Migration(migrations.Migration):

    dependencies = [
        ('graduation', '0006_seasons_closed'),
    ]

    operations = [
        pgtrigger.migrations.RemoveTrigger(
            model_name='batch',
            name='vouched_added',
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='batch',
            name='vouched_changed',
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='batch',
            name='vouched_removed',
        ),
        migrations.AddField(
            model_name='batch',
            name='issue_on',
            field=models.DateField(null=True, verbose_name='选定的发证日期'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='batch',
            trigger=pgtrigger.compiler.Trigger(name='vouched_added', sql=pgtrigger.compiler.UpsertTriggerSql(declare='DECLARE note bigint;', func="\n    INSERT INTO ledger_writtenrows (source, keys, digests, before)\n    SELECT TG_TABLE_NAME, array_agg(n.id::text), string_agg(sha256(convert_to(ROW(n.case_id, n.form_filler, n.is_late, n.issue_id, extract(epoch from n.issue_on), n.school_id, n.season_id)::text, 'UTF8')), ''), ''::bytea FROM new_rows n HAVING count(*) > 0 RETURNING id INTO note;\n    IF note IS NOT NULL THEN\n      PERFORM set_config('app.unvouched', concat_ws(',', nullif(current_setting('app.unvouched', true), ''), note), true);\n    END IF;\n    RETURN NULL;", hash='d51d8a44b2b35952f16d412b8faeb037dc8fe8f7', level='STATEMENT', operation='INSERT', pgid='pgtrigger_vouched_added_4a242', referencing='REFERENCING NEW TABLE AS new_rows ', table='graduation_batch', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='batch',
            trigger=pgtrigger.compiler.Trigger(name='vouched_changed', sql=pgtrigger.compiler.UpsertTriggerSql(declare='DECLARE note bigint;', func="\n    INSERT INTO ledger_writtenrows (source, keys, digests, before)\n    SELECT TG_TABLE_NAME, array_agg(n.id::text), string_agg(sha256(convert_to(ROW(n.case_id, n.form_filler, n.is_late, n.issue_id, extract(epoch from n.issue_on), n.school_id, n.season_id)::text, 'UTF8')), ''), string_agg(sha256(convert_to(ROW(o.case_id, o.form_filler, o.is_late, o.issue_id, extract(epoch from o.issue_on), o.school_id, o.season_id)::text, 'UTF8')), '') FROM new_rows n LEFT JOIN old_rows o ON o.id = n.id WHERE o.id IS NULL OR ROW(o.case_id, o.form_filler, o.is_late, o.issue_id, extract(epoch from o.issue_on), o.school_id, o.season_id) IS DISTINCT FROM ROW(n.case_id, n.form_filler, n.is_late, n.issue_id, extract(epoch from n.issue_on), n.school_id, n.season_id) HAVING count(*) > 0 RETURNING id INTO note;\n    IF note IS NOT NULL THEN\n      PERFORM set_config('app.unvouched', concat_ws(',', nullif(current_setting('app.unvouched', true), ''), note), true);\n    END IF;\n    RETURN NULL;", hash='9212ca8d4bf1a743fefac8cfb15b5a5f27fec303', level='STATEMENT', operation='UPDATE', pgid='pgtrigger_vouched_changed_2fdd0', referencing='REFERENCING OLD TABLE AS old_rows  NEW TABLE AS new_rows ', table='graduation_batch', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='batch',
            trigger=pgtrigger.compiler.Trigger(name='vouched_removed', sql=pgtrigger.compiler.UpsertTriggerSql(declare='DECLARE note bigint;', func="\n    INSERT INTO ledger_writtenrows (source, keys, digests, before)\n    SELECT TG_TABLE_NAME, array_agg(o.id::text), decode(repeat('00', 32 * count(*)::int), 'hex'), string_agg(sha256(convert_to(ROW(o.case_id, o.form_filler, o.is_late, o.issue_id, extract(epoch from o.issue_on), o.school_id, o.season_id)::text, 'UTF8')), '') FROM old_rows o HAVING count(*) > 0 RETURNING id INTO note;\n    IF note IS NOT NULL THEN\n      PERFORM set_config('app.unvouched', concat_ws(',', nullif(current_setting('app.unvouched', true), ''), note), true);\n    END IF;\n    RETURN NULL;", hash='0966fe0f99efd9a3f25ad450235942e42f81d17b', level='STATEMENT', operation='DELETE', pgid='pgtrigger_vouched_removed_22e17', referencing='REFERENCING OLD TABLE AS old_rows ', table='graduation_batch', when='AFTER')),
        ),
        migrations.RunPython(_adopt, migrations.RunPython.noop),
    ]
