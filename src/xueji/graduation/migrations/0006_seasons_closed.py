"""A class may be closed; those that stand are taken in with that they are not (docs/adr/0028)."""

import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models
from django.utils import timezone

_COLUMNS = (
    "t.authority_id, {closed}extract(epoch from t.legal_date), extract(epoch from t.opened_at), t.opened_by_id, t.pack,"
    " t.term, t.year"
)
_FORMER = {"graduation_season": _COLUMNS.format(closed="")}  # what entered the digest of a row until now
_SEASONS = {"graduation_season": _COLUMNS.format(closed="extract(epoch from t.closed_at), t.closed_by_id, ")}


def _adopt(apps, schema_editor) -> None:
    from xueji.ledger.rewriting import adopt_rows

    adopt_rows(_SEASONS, event=apps.get_model("ledger", "Event"), at=timezone.now(), former=_FORMER)


class Migration(migrations.Migration):

    dependencies = [
        ('graduation', '0005_seasons_vouched'),
        ('institutions', '0007_register_offices'),
        ('ledger', '0005_later_rows_adopted'),  # which takes seasons in as they were until here
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        pgtrigger.migrations.RemoveTrigger(
            model_name='season',
            name='vouched_added',
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='season',
            name='vouched_changed',
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='season',
            name='vouched_removed',
        ),
        migrations.AddField(
            model_name='season',
            name='closed_at',
            field=models.DateTimeField(null=True, verbose_name='截止上报'),
        ),
        migrations.AddField(
            model_name='season',
            name='closed_by',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='season',
            trigger=pgtrigger.compiler.Trigger(name='vouched_added', sql=pgtrigger.compiler.UpsertTriggerSql(declare='DECLARE note bigint;', func="\n    INSERT INTO ledger_writtenrows (source, keys, digests, before)\n    SELECT TG_TABLE_NAME, array_agg(n.id::text), string_agg(sha256(convert_to(ROW(n.authority_id, extract(epoch from n.closed_at), n.closed_by_id, extract(epoch from n.legal_date), extract(epoch from n.opened_at), n.opened_by_id, n.pack, n.term, n.year)::text, 'UTF8')), ''), ''::bytea FROM new_rows n HAVING count(*) > 0 RETURNING id INTO note;\n    IF note IS NOT NULL THEN\n      PERFORM set_config('app.unvouched', concat_ws(',', nullif(current_setting('app.unvouched', true), ''), note), true);\n    END IF;\n    RETURN NULL;", hash='5307aa49a0bd053fea8845204b3157e149adc42b', level='STATEMENT', operation='INSERT', pgid='pgtrigger_vouched_added_62d32', referencing='REFERENCING NEW TABLE AS new_rows ', table='graduation_season', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='season',
            trigger=pgtrigger.compiler.Trigger(name='vouched_changed', sql=pgtrigger.compiler.UpsertTriggerSql(declare='DECLARE note bigint;', func="\n    INSERT INTO ledger_writtenrows (source, keys, digests, before)\n    SELECT TG_TABLE_NAME, array_agg(n.id::text), string_agg(sha256(convert_to(ROW(n.authority_id, extract(epoch from n.closed_at), n.closed_by_id, extract(epoch from n.legal_date), extract(epoch from n.opened_at), n.opened_by_id, n.pack, n.term, n.year)::text, 'UTF8')), ''), string_agg(sha256(convert_to(ROW(o.authority_id, extract(epoch from o.closed_at), o.closed_by_id, extract(epoch from o.legal_date), extract(epoch from o.opened_at), o.opened_by_id, o.pack, o.term, o.year)::text, 'UTF8')), '') FROM new_rows n LEFT JOIN old_rows o ON o.id = n.id WHERE o.id IS NULL OR ROW(o.authority_id, extract(epoch from o.closed_at), o.closed_by_id, extract(epoch from o.legal_date), extract(epoch from o.opened_at), o.opened_by_id, o.pack, o.term, o.year) IS DISTINCT FROM ROW(n.authority_id, extract(epoch from n.closed_at), n.closed_by_id, extract(epoch from n.legal_date), extract(epoch from n.opened_at), n.opened_by_id, n.pack, n.term, n.year) HAVING count(*) > 0 RETURNING id INTO note;\n    IF note IS NOT NULL THEN\n      PERFORM set_config('app.unvouched', concat_ws(',', nullif(current_setting('app.unvouched', true), ''), note), true);\n    END IF;\n    RETURN NULL;", hash='f2e1b2226697644ea922bec511cec10d4f6569d6', level='STATEMENT', operation='UPDATE', pgid='pgtrigger_vouched_changed_67559', referencing='REFERENCING OLD TABLE AS old_rows  NEW TABLE AS new_rows ', table='graduation_season', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='season',
            trigger=pgtrigger.compiler.Trigger(name='vouched_removed', sql=pgtrigger.compiler.UpsertTriggerSql(declare='DECLARE note bigint;', func="\n    INSERT INTO ledger_writtenrows (source, keys, digests, before)\n    SELECT TG_TABLE_NAME, array_agg(o.id::text), decode(repeat('00', 32 * count(*)::int), 'hex'), string_agg(sha256(convert_to(ROW(o.authority_id, extract(epoch from o.closed_at), o.closed_by_id, extract(epoch from o.legal_date), extract(epoch from o.opened_at), o.opened_by_id, o.pack, o.term, o.year)::text, 'UTF8')), '') FROM old_rows o HAVING count(*) > 0 RETURNING id INTO note;\n    IF note IS NOT NULL THEN\n      PERFORM set_config('app.unvouched', concat_ws(',', nullif(current_setting('app.unvouched', true), ''), note), true);\n    END IF;\n    RETURN NULL;", hash='00318da406f5092067862e8ae5f3bdfdb465cf1f', level='STATEMENT', operation='DELETE', pgid='pgtrigger_vouched_removed_b1307', referencing='REFERENCING OLD TABLE AS old_rows ', table='graduation_season', when='AFTER')),
        ),
        migrations.AddConstraint(
            model_name='season',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('closed_at__isnull', True), ('closed_by__isnull', True)), models.Q(('closed_at__isnull', False), ('closed_by__isnull', False)), _connector='OR'), name='season_closed_by_and_at'),
        ),
        migrations.RunPython(_adopt, migrations.RunPython.noop),
    ]
