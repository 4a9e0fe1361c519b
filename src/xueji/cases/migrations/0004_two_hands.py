"""A step may take two people: one proposes, another confirms; steps that stand are taken in with how many they take (docs/adr/0028)."""

import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
import xueji.sealing.rows
from django.conf import settings
from django.db import migrations, models
from django.utils import timezone


_FORMER = {
    "cases_step": "t.authority_id, t.case_id, t.due_is_provisional, extract(epoch from t.due_on), t.key, t.label, t.level, extract(epoch from t.opened_at), t.ordinal, t.post, t.round, t.school_id, t.settles, t.state",
}  # what entered the digest of a row until now
_STEPS = {"cases_step": _FORMER["cases_step"].replace("t.key,", "t.hands, t.key,")}  # … and from now on


def _adopt(apps, schema_editor) -> None:
    from xueji.ledger.rewriting import adopt_rows

    adopt_rows(_STEPS, event=apps.get_model("ledger", "Event"), at=timezone.now(), former=_FORMER)


class Migration(migrations.Migration):

    dependencies = [
        ('cases', '0003_met_rows_noted'),
        ('institutions', '0003_met_rows_noted'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Proposal',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('verdict', models.CharField(choices=[('approve', '同意'), ('return', '退回'), ('refuse', '不同意'), ('defer', '暂缓'), ('resume', '恢复办理')], max_length=10)),
                ('reasons', models.TextField(blank=True, verbose_name='意见')),
                ('at', models.DateTimeField()),
                ('ending', models.CharField(blank=True, choices=[('confirmed', '已确认'), ('objected', '复核不同意'), ('withdrawn', '已收回'), ('lapsed', '随办件终止')], max_length=10, verbose_name='结果')),
                ('ended_at', models.DateTimeField(null=True)),
                ('objection', models.TextField(blank=True, verbose_name='不同意的理由')),
                ('digest', xueji.sealing.rows.RowDigestField(covers=('step_id', 'verdict', 'reasons', 'by_id', 'at', 'ending', 'ended_by_id', 'ended_at', 'objection'), default='', editable=False, max_length=80)),
            ],
            options={
                'ordering': ['id'],
            },
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='step',
            name='vouched_added',
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='step',
            name='vouched_changed',
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='step',
            name='vouched_removed',
        ),
        migrations.AddField(
            model_name='step',
            name='hands',
            field=models.PositiveSmallIntegerField(db_default=1, default=1, verbose_name='办理人数'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='decision',
            trigger=pgtrigger.compiler.Trigger(name='decision_by_as_many_as_the_step_takes', sql=pgtrigger.compiler.UpsertTriggerSql(func="\n                    IF (SELECT s.hands > 1 FROM cases_step s WHERE s.id = NEW.step_id) AND NOT EXISTS (\n                      SELECT FROM cases_proposal p WHERE p.step_id = NEW.step_id AND p.verdict = NEW.verdict\n                        AND p.ending = 'confirmed' AND p.ended_by_id = NEW.by_id AND p.ended_at = NEW.at)\n                    THEN RAISE EXCEPTION 'step % takes two people', NEW.step_id\n                      USING ERRCODE = 'integrity_constraint_violation';\n                    END IF;\n                    RETURN NEW;\n                ", hash='e908765e136e921d99b4462c4fff1494a23f5c60', operation='INSERT', pgid='pgtrigger_decision_by_as_many_as_the_step_takes_5b67a', table='cases_decision', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='step',
            trigger=pgtrigger.compiler.Trigger(name='vouched_added', sql=pgtrigger.compiler.UpsertTriggerSql(declare='DECLARE note bigint;', func="\n    INSERT INTO ledger_writtenrows (source, keys, digests, before)\n    SELECT TG_TABLE_NAME, array_agg(n.id::text), string_agg(sha256(convert_to(ROW(n.authority_id, n.case_id, n.due_is_provisional, extract(epoch from n.due_on), n.hands, n.key, n.label, n.level, extract(epoch from n.opened_at), n.ordinal, n.post, n.round, n.school_id, n.settles, n.state)::text, 'UTF8')), ''), ''::bytea FROM new_rows n HAVING count(*) > 0 RETURNING id INTO note;\n    IF note IS NOT NULL THEN\n      PERFORM set_config('app.unvouched', concat_ws(',', nullif(current_setting('app.unvouched', true), ''), note), true);\n    END IF;\n    RETURN NULL;", hash='e958a6d68818cca808ef609a7066190d9c49d36f', level='STATEMENT', operation='INSERT', pgid='pgtrigger_vouched_added_733aa', referencing='REFERENCING NEW TABLE AS new_rows ', table='cases_step', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='step',
            trigger=pgtrigger.compiler.Trigger(name='vouched_changed', sql=pgtrigger.compiler.UpsertTriggerSql(declare='DECLARE note bigint;', func="\n    INSERT INTO ledger_writtenrows (source, keys, digests, before)\n    SELECT TG_TABLE_NAME, array_agg(n.id::text), string_agg(sha256(convert_to(ROW(n.authority_id, n.case_id, n.due_is_provisional, extract(epoch from n.due_on), n.hands, n.key, n.label, n.level, extract(epoch from n.opened_at), n.ordinal, n.post, n.round, n.school_id, n.settles, n.state)::text, 'UTF8')), ''), string_agg(sha256(convert_to(ROW(o.authority_id, o.case_id, o.due_is_provisional, extract(epoch from o.due_on), o.hands, o.key, o.label, o.level, extract(epoch from o.opened_at), o.ordinal, o.post, o.round, o.school_id, o.settles, o.state)::text, 'UTF8')), '') FROM new_rows n LEFT JOIN old_rows o ON o.id = n.id WHERE o.id IS NULL OR ROW(o.authority_id, o.case_id, o.due_is_provisional, extract(epoch from o.due_on), o.hands, o.key, o.label, o.level, extract(epoch from o.opened_at), o.ordinal, o.post, o.round, o.school_id, o.settles, o.state) IS DISTINCT FROM ROW(n.authority_id, n.case_id, n.due_is_provisional, extract(epoch from n.due_on), n.hands, n.key, n.label, n.level, extract(epoch from n.opened_at), n.ordinal, n.post, n.round, n.school_id, n.settles, n.state) HAVING count(*) > 0 RETURNING id INTO note;\n    IF note IS NOT NULL THEN\n      PERFORM set_config('app.unvouched', concat_ws(',', nullif(current_setting('app.unvouched', true), ''), note), true);\n    END IF;\n    RETURN NULL;", hash='554053c1c969c60c528d26e3a3d978f5fd1d66b0', level='STATEMENT', operation='UPDATE', pgid='pgtrigger_vouched_changed_1d5f4', referencing='REFERENCING OLD TABLE AS old_rows  NEW TABLE AS new_rows ', table='cases_step', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='step',
            trigger=pgtrigger.compiler.Trigger(name='vouched_removed', sql=pgtrigger.compiler.UpsertTriggerSql(declare='DECLARE note bigint;', func="\n    INSERT INTO ledger_writtenrows (source, keys, digests, before)\n    SELECT TG_TABLE_NAME, array_agg(o.id::text), decode(repeat('00', 32 * count(*)::int), 'hex'), string_agg(sha256(convert_to(ROW(o.authority_id, o.case_id, o.due_is_provisional, extract(epoch from o.due_on), o.hands, o.key, o.label, o.level, extract(epoch from o.opened_at), o.ordinal, o.post, o.round, o.school_id, o.settles, o.state)::text, 'UTF8')), '') FROM old_rows o HAVING count(*) > 0 RETURNING id INTO note;\n    IF note IS NOT NULL THEN\n      PERFORM set_config('app.unvouched', concat_ws(',', nullif(current_setting('app.unvouched', true), ''), note), true);\n    END IF;\n    RETURN NULL;", hash='14ece4ef00d040e384d69211ae0886b30bbf464e', level='STATEMENT', operation='DELETE', pgid='pgtrigger_vouched_removed_0cdb5', referencing='REFERENCING OLD TABLE AS old_rows ', table='cases_step', when='AFTER')),
        ),
        migrations.AddConstraint(
            model_name='step',
            constraint=models.CheckConstraint(condition=models.Q(('hands__in', [1, 2])), name='step_takes_one_or_two'),
        ),
        migrations.AddField(
            model_name='proposal',
            name='by',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='proposal',
            name='ended_by',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='proposal',
            name='step',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='proposals', to='cases.step'),
        ),
        migrations.AddConstraint(
            model_name='proposal',
            constraint=models.UniqueConstraint(condition=models.Q(('ending', '')), fields=('step',), name='one_open_proposal_per_step'),
        ),
        migrations.AddConstraint(
            model_name='proposal',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('ended_at__isnull', True), ('ended_by__isnull', True), ('ending', '')), models.Q(models.Q(('ending', ''), _negated=True), ('ended_at__gte', models.F('at')), ('ended_at__isnull', False), ('ended_by__isnull', False)), _connector='OR'), name='proposal_ended_by_and_at'),
        ),
        migrations.AddConstraint(
            model_name='proposal',
            constraint=models.CheckConstraint(condition=models.Q(('ending__in', ['', 'lapsed']), models.Q(('ended_by', models.F('by')), ('ending', 'withdrawn')), models.Q(('ending__in', ['confirmed', 'objected']), models.Q(('ended_by', models.F('by')), _negated=True)), _connector='OR'), name='proposal_takes_another_person'),
        ),
        migrations.AddConstraint(
            model_name='proposal',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('ending', 'objected'), models.Q(('objection', ''), _negated=True)), models.Q(models.Q(('ending', 'objected'), _negated=True), ('objection', '')), _connector='OR'), name='proposal_objected_with_reasons'),
        ),
        migrations.AddConstraint(
            model_name='proposal',
            constraint=models.CheckConstraint(condition=models.Q(('verdict__in', ['approve', 'resume']), models.Q(('reasons', ''), _negated=True), _connector='OR'), name='proposal_no_without_reasons'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='proposal',
            trigger=pgtrigger.compiler.Trigger(name='vouched_added', sql=pgtrigger.compiler.UpsertTriggerSql(declare='DECLARE note bigint;', func="\n    INSERT INTO ledger_writtenrows (source, keys, digests, before)\n    SELECT TG_TABLE_NAME, array_agg(n.id::text), string_agg(sha256(convert_to(ROW(n.digest)::text, 'UTF8')), ''), ''::bytea FROM new_rows n HAVING count(*) > 0 RETURNING id INTO note;\n    IF note IS NOT NULL THEN\n      PERFORM set_config('app.unvouched', concat_ws(',', nullif(current_setting('app.unvouched', true), ''), note), true);\n    END IF;\n    RETURN NULL;", hash='0ef4ef152b290b79d28ae9ca77d281027fffd2f9', level='STATEMENT', operation='INSERT', pgid='pgtrigger_vouched_added_b817c', referencing='REFERENCING NEW TABLE AS new_rows ', table='cases_proposal', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='proposal',
            trigger=pgtrigger.compiler.Trigger(name='vouched_changed', sql=pgtrigger.compiler.UpsertTriggerSql(declare='DECLARE note bigint;', func="\n    INSERT INTO ledger_writtenrows (source, keys, digests, before)\n    SELECT TG_TABLE_NAME, array_agg(n.id::text), string_agg(sha256(convert_to(ROW(n.digest)::text, 'UTF8')), ''), string_agg(sha256(convert_to(ROW(o.digest)::text, 'UTF8')), '') FROM new_rows n LEFT JOIN old_rows o ON o.id = n.id WHERE o.id IS NULL OR ROW(o.digest) IS DISTINCT FROM ROW(n.digest) HAVING count(*) > 0 RETURNING id INTO note;\n    IF note IS NOT NULL THEN\n      PERFORM set_config('app.unvouched', concat_ws(',', nullif(current_setting('app.unvouched', true), ''), note), true);\n    END IF;\n    RETURN NULL;", hash='75a3bb22fe13bc03500665ec9e97937c99a10f8f', level='STATEMENT', operation='UPDATE', pgid='pgtrigger_vouched_changed_00d95', referencing='REFERENCING OLD TABLE AS old_rows  NEW TABLE AS new_rows ', table='cases_proposal', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='proposal',
            trigger=pgtrigger.compiler.Trigger(name='vouched_removed', sql=pgtrigger.compiler.UpsertTriggerSql(declare='DECLARE note bigint;', func="\n    INSERT INTO ledger_writtenrows (source, keys, digests, before)\n    SELECT TG_TABLE_NAME, array_agg(o.id::text), decode(repeat('00', 32 * count(*)::int), 'hex'), string_agg(sha256(convert_to(ROW(o.digest)::text, 'UTF8')), '') FROM old_rows o HAVING count(*) > 0 RETURNING id INTO note;\n    IF note IS NOT NULL THEN\n      PERFORM set_config('app.unvouched', concat_ws(',', nullif(current_setting('app.unvouched', true), ''), note), true);\n    END IF;\n    RETURN NULL;", hash='07cf16794a6a821ef137541359846b181ed31ec7', level='STATEMENT', operation='DELETE', pgid='pgtrigger_vouched_removed_41083', referencing='REFERENCING OLD TABLE AS old_rows ', table='cases_proposal', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='proposal',
            trigger=pgtrigger.compiler.Trigger(name='proposal_stays', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;", hash='6cf0218b59341f3be012ec134d9be021c54453d2', operation='DELETE', pgid='pgtrigger_proposal_stays_bcea4', table='cases_proposal', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='proposal',
            trigger=pgtrigger.compiler.Trigger(name='proposal_ended_once', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (NOT (OLD."ending" = \'\'))', func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;", hash='029abb3c566789ff72527e407df536642adff313', operation='UPDATE', pgid='pgtrigger_proposal_ended_once_e5125', table='cases_proposal', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='proposal',
            trigger=pgtrigger.compiler.Trigger(name='proposal_says_the_same', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."at" IS DISTINCT FROM (NEW."at") OR OLD."by_id" IS DISTINCT FROM (NEW."by_id") OR OLD."reasons" IS DISTINCT FROM (NEW."reasons") OR OLD."step_id" IS DISTINCT FROM (NEW."step_id") OR OLD."verdict" IS DISTINCT FROM (NEW."verdict"))', func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;", hash='42e3243c92785ef1e155a6e4ac425c9bb87a59fb', operation='UPDATE', pgid='pgtrigger_proposal_says_the_same_31bde', table='cases_proposal', when='BEFORE')),
        ),
        migrations.RunPython(_adopt, migrations.RunPython.noop),
    ]
