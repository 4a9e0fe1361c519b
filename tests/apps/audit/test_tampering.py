"""What the owner of the database can rewrite, kind by kind, and by which check the audit names it; and what it cannot know.

Triggers are switched off and on again, as only the owner can; each kind is done in a savepoint and taken back.
"""

from __future__ import annotations

import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.db import connection, transaction

from xueji.cli import audit, audit_log
from xueji.institutions.models import School
from xueji.ledger.actions import record_event
from xueji.ledger.models import Leaf
from xueji.ledger.notes import Checkpoint, signed
from xueji.ledger.sequencing import folder, head, sequence_events
from xueji.ledger.tags import EventTag
from xueji.ledger.tiles import Tiles

FIRST = "(select c.id from certificates_certificate c join certificates_certificatenumber n on n.id = c.number_id order by n.serial limit 1)"
OFF = "alter table {0} disable trigger all; {1}; alter table {0} enable trigger all"

# kind -> (the check that names it, table, what is done to it; table None: the statement by itself)
NOTICED: dict[str, tuple[str, str | None, str]] = {
    "certificate: name": ("certificates.content", "certificates_certificate", f"update certificates_certificate set holder_name = '张伪造' where id = {FIRST}"),
    "certificate: name, with a plain hash recomputed": ("certificates.content", "certificates_certificate", f"update certificates_certificate set holder_name = '张伪造', content_digest = encode(sha256('张伪造'), 'hex') where id = {FIRST}"),
    "certificate: digest of another one": ("certificates.content", "certificates_certificate", f"update certificates_certificate set content_digest = (select content_digest from certificates_certificate where id <> {FIRST} limit 1) where id = {FIRST}"),
    "certificate: ID numbers exchanged": ("certificates.content", "certificates_certificate", f"update certificates_certificate set holder_id = (select holder_id from certificates_certificate where id <> {FIRST} limit 1) where id = {FIRST}"),
    "certificate: sealed without a sealing": ("sealing.sessions", "certificates_certificate", "update certificates_certificate set state = 'sealed', sealed_at = now() where state = 'issued' and id = (select c.id from certificates_certificate c where state = 'issued' and not exists (select from production_sealingrefusal r where r.certificate_id = c.id) limit 1)"),
    "certificate: a voided one valid again": ("certificates.state", "certificates_certificate", "update certificates_certificate set state = 'issued', voided_at = null, void_reason = '' where state = 'void'; alter table certificates_certificatenumber disable trigger all; update certificates_certificatenumber set state = 'issued' where state = 'void'; alter table certificates_certificatenumber enable trigger all"),
    "certificate: one refused at the seal sealed a second later": ("sealing.sessions", "certificates_certificate", "update certificates_certificate c set state = 'sealed', sealed_at = (select sealed_at + interval '1 second' from production_sealingsession) from production_sealingrefusal r where r.certificate_id = c.id"),
    "certificate: sealed at another time than its batch": ("sealing.sessions", "certificates_certificate", f"update certificates_certificate set sealed_at = sealed_at + interval '1 second' where id = {FIRST}"),
    "upload: of another batch": ("uploads.subject", "uploads_upload", "update uploads_upload set subject_id = subject_id + 1000000"),
    "case: a review taken out": ("cases.steps", "cases_step", "alter table cases_decision disable trigger all; delete from cases_decision where step_id = (select id from cases_step where ordinal = 2 order by id limit 1); alter table cases_decision enable trigger all; delete from cases_step where id = (select id from cases_step where ordinal = 2 order by id limit 1)"),
    "certificate: sealed by hand, with the event of another": ("rows.digests", "certificates_certificate", "update certificates_certificate set state = 'sealed', sealed_at = now() where state = 'issued'; insert into ledger_event (tag, at, actor_label, subject_type, subject_id, subject_label, parent_type, parent_id, pack, pack_hash, rules, note, wrote, digest) select 'certificate:sealed', now(), '', 'certificates.Certificate', id::text, '', '', '', '', '', '[]', '', '{}', '' from certificates_certificate where state = 'sealed'"),
    "certificate: another reason why it is void": ("rows.digests", "certificates_certificate", "update certificates_certificate set void_reason = '遗失' where state = 'void'"),
    "case: the last review taken out": ("cases.steps", "cases_step", "alter table cases_decision disable trigger all; delete from cases_decision where step_id = (select max(id) from cases_step); alter table cases_decision enable trigger all; delete from cases_step where id = (select max(id) from cases_step)"),
    "candidate: a mark taken off": ("candidates.state", "graduation_candidate", "update graduation_candidate set state = 'listed', mark_reason = '' where state = 'marked'"),
    "sanction: lifted by hand": ("rows.digests", "institutions_sanction", "update institutions_sanction set lifted_at = now(), lifted_by_id = imposed_by_id, lifted_reason = '已整改'"),
    "sanction: withholds nothing any more": ("rows.digests", "institutions_sanction", "update institutions_sanction set withholds = '[]'"),
    "sanction: deleted": ("ledger.sanctions", "institutions_sanction", "delete from institutions_sanction"),
    "obligation: another term": ("rows.digests", "obligations_obligation", "update obligations_obligation set due_on = due_on + 30"),
    "obligation: deleted": ("ledger.obligations", "obligations_obligation", "delete from obligations_obligation where id = (select min(id) from obligations_obligation)"),
    "obligation: done, as no event says": ("ledger.obligations", "obligations_obligation", "update obligations_obligation set done_at = now(), done_by_id = (select max(id) from accounts_user)"),
    "obligation: done by nobody": ("rows.digests", "obligations_obligation", "update obligations_obligation set done_at = now(), done_by_id = (select max(id) from accounts_user)"),
    "archive: a copy lodged deleted": ("ledger.copies", "production_archivecopy", "delete from production_archivecopy"),
    "archive: its event deleted": ("ledger.copies", "ledger_event", "delete from ledger_event where tag = 'archive_copy:lodged'"),
    "school: renamed": ("institutions.names", "institutions_school", "update institutions_school set name = '伪造学校' where id in (select school_id from institutions_amendment)"),
    "school: another principal": ("institutions.names", "institutions_school", "update institutions_school set principal = '李伪造' where id in (select school_id from institutions_amendment)"),
    "post: given by hand": ("rows.digests", "institutions_appointment", "update institutions_appointment set post = 'city_reviewer' where school_id is null and id = (select max(id) from institutions_appointment where school_id is null)"),
    "post: given, used and taken away again": ("cases.posts", "institutions_appointment", "delete from institutions_appointment where user_id = (select by_id from cases_decision order by id limit 1)"),
    "school: another principal, never renamed": ("rows.digests", "institutions_school", "update institutions_school set principal = '李伪造' where id in (select school_id from graduation_batch)"),
    "school: not closed": ("rows.digests", "institutions_school", "update institutions_school set closed_on = '2019-01-01'"),
    "candidate: taken off the list": ("candidates.listed", "graduation_candidate", "delete from graduation_candidate where state = 'marked'"),
    "candidate: approved before it was": ("rows.digests", "graduation_candidate", "update graduation_candidate set state = 'approved' where state = 'marked'"),
    "account: made a superuser": ("accounts.powers", "accounts_user", "update accounts_user set is_superuser = true where id = (select max(id) from accounts_user)"),
    "certificate: deleted": ("database.references", "certificates_certificate", f"delete from certificates_certificate where id = {FIRST}"),
    "number: another one on the certificate": ("certificates.content", "certificates_certificatenumber", "update certificates_certificatenumber set number = '99999999999' where serial = 1"),
    "number: set free": ("numbers.certificate", "certificates_certificatenumber", "update certificates_certificatenumber set state = 'free' where serial = 1"),
    "number: deleted": ("numbers.block", "certificates_certificatenumber", "delete from certificates_certificatenumber where serial = 2"),
    "number: counter set back": ("numbers.counter", "certificates_numbercounter", "update certificates_numbercounter set last_serial = last_serial - 1"),
    "candidate: name": ("candidates.content", "graduation_candidate", f"update graduation_candidate set name = '张伪造' where certificate_id = {FIRST}"),
    "candidate: programme": ("candidates.content", "graduation_candidate", f"update graduation_candidate set programme_name = '会计' where certificate_id = {FIRST}"),
    "candidate: photograph": ("candidates.content", "graduation_candidate", f"update graduation_candidate set photo_id = null where certificate_id = {FIRST}"),
    "candidate: deleted": ("batches.numbers", "graduation_candidate", f"delete from graduation_candidate where certificate_id = {FIRST}"),
    "candidate: another person": ("candidates.content", "graduation_candidate", f"update graduation_candidate set person_id = (select o.person_id from graduation_candidate o where o.batch_id <> graduation_candidate.batch_id limit 1) where certificate_id = {FIRST}"),
    "person: name": ("rows.digests", "registry_person", "update registry_person set name = '张伪造' where id = (select max(id::text)::uuid from registry_person)"),
    "person: sex": ("rows.digests", "registry_person", "update registry_person set sex = case sex when '男' then '女' else '男' end where id = (select max(id::text)::uuid from registry_person)"),
    "person: written by hand": ("rows.digests", "registry_person", "insert into registry_person (id, id_document_type, resident_id, resident_id_index, name, sex, birth_date, ethnicity, political_status, digest) select gen_random_uuid(), id_document_type, resident_id, '\\x0102'::bytea, '张伪造', sex, birth_date, '', '', digest from registry_person limit 1"),
    "candidate: marks": ("rows.digests", "graduation_candidate", "update graduation_candidate set overall_mark = '优秀' where id = (select max(id::text)::uuid from graduation_candidate)"),
    "candidate: no certificate yet, name": ("rows.digests", "graduation_candidate", "update graduation_candidate set name = '张伪造', certificate_id = null where certificate_id is not null"),
    "candidate: digest of another": ("rows.digests", "graduation_candidate", f"update graduation_candidate set digest = (select digest from graduation_candidate where certificate_id <> {FIRST} limit 1) where certificate_id = {FIRST}"),
    "person: ID numbers exchanged": ("persons.content", "registry_person", "update registry_person p set resident_id = (select resident_id from registry_person o where o.id <> p.id order by o.id limit 1) where p.id = (select max(id::text)::uuid from registry_person)"),
    "person: index of somebody unknown": ("persons.content", "registry_person", "update registry_person set resident_id_index = '\\x00'::bytea where id = (select max(id::text)::uuid from registry_person)"),
    "decision: other words": ("rows.digests", "cases_decision", "update cases_decision set reasons = '同意。' where id = (select min(id) from cases_decision)"),
    "decision: another officer, everywhere": ("rows.digests", "cases_decision", "update cases_decision set by_id = (select max(by_id) from cases_decision)"),
    "decision: another officer, in the ledger too": ("rows.digests", "cases_decision", "update cases_decision set by_id = (select max(id) from accounts_user) where id = (select min(id) from cases_decision); alter table ledger_event disable trigger all; update ledger_event set actor_id = (select max(id) from accounts_user) where subject_type = 'cases.Step'; alter table ledger_event enable trigger all"),
    "decision: a day earlier": ("rows.digests", "cases_decision", "update cases_decision set at = at - interval '1 day'"),
    "decision: deleted": ("cases.decisions", "cases_decision", "delete from cases_decision where id = (select min(id) from cases_decision)"),
    "decision: written by hand": ("rows.digests", "cases_decision", "insert into cases_decision (step_id, verdict, reasons, by_id, at, digest) select step_id, verdict, '', by_id, at, '' from cases_decision limit 1"),
    "case: approved by nobody": ("cases.fold", "cases_step", "update cases_step set state = 'waiting' where id = (select max(s.id) from cases_step s join cases_case c on c.id = s.case_id where c.state = 'approved')"),
    "sealing: who sealed": ("rows.digests", "production_sealingsession", "update production_sealingsession set sealed_by_id = (select max(id) from accounts_user)"),
    "sealing: who watched": ("rows.digests", "production_sealingsession", "update production_sealingsession set supervised_by_id = (select min(id) from accounts_user)"),
    "sealing: all a year earlier": ("rows.digests", "production_sealingsession", "update production_sealingsession set sealed_at = sealed_at - interval '1 year'; alter table certificates_issue disable trigger all; update certificates_issue set sealed_at = sealed_at - interval '1 year'; alter table certificates_issue enable trigger all; alter table certificates_certificate disable trigger all; update certificates_certificate set sealed_at = sealed_at - interval '1 year'; alter table certificates_certificate enable trigger all"),
    "sealing: deleted": ("sealing.sessions", "production_sealingsession", "delete from production_sealingsession"),
    "sealing: a refusal deleted": ("sealing.sessions", "production_sealingrefusal", "delete from production_sealingrefusal"),
    "sealing: another reason of a refusal": ("rows.digests", "production_sealingrefusal", "update production_sealingrefusal set reason = '无'"),
    "sealing: another diploma refused": ("rows.digests", "production_sealingrefusal", f"update production_sealingrefusal set certificate_id = {FIRST}"),
    "blanks: who moved them": ("rows.digests", "blanks_blankmovement", "update blanks_blankmovement set by_id = (select max(id) from accounts_user)"),
    "blanks: more of them": ("rows.digests", "blanks_blankmovement", "update blanks_blankmovement set numbers = int8range(lower(numbers), upper(numbers) + 1)"),
    "ledger: events of a certificate deleted": ("ledger.certificates", "ledger_event", f"delete from ledger_event where subject_id = {FIRST}::text"),
    "ledger: who decided": ("ledger.actors", "ledger_event", "update ledger_event set actor_id = 0 where subject_type = 'cases.Step'"),
    "ledger: who sealed": ("ledger.sealing", "ledger_event", "update ledger_event set actor_id = 0 where tag = 'sealing:done'"),
    "ledger: sequence set back": ("database.counters", None, "alter sequence ledger_event_id_seq restart with 1"),
    "file: its row deleted": ("database.references", "documents_storedfile", "delete from documents_storedfile where sha256 = (select photo_id from graduation_candidate where photo_id is not null limit 1)"),
    "file: another size": ("files.content", "documents_storedfile", "update documents_storedfile set size = size + 1"),
    "schema: trigger off": ("database.schema", None, "alter table ledger_event disable trigger user"),
    "schema: body of a trigger replaced": ("database.schema", None, "do $$ declare f text; begin select tgfoid::regproc::text into f from pg_trigger where tgrelid = 'ledger_event'::regclass and tgname like 'pgtrigger_append%' limit 1; execute format('create or replace function %I() returns trigger language plpgsql as %L', f, 'begin return new; end'); end $$"),
    "schema: foreign keys asleep": ("database.schema", None, "alter table graduation_candidate disable trigger all"),
    "schema: unique constraint of numbers dropped": ("database.schema", None, "do $$ declare c text; begin select conname into c from pg_constraint where conrelid = 'certificates_certificatenumber'::regclass and contype = 'u' limit 1; execute format('alter table certificates_certificatenumber drop constraint %I', c); end $$"),
    "schema: check dropped": ("database.schema", None, "alter table production_sealingsession drop constraint sealing_two_persons"),
    "schema: not null dropped": ("database.schema", None, "alter table cases_decision alter column by_id drop not null"),
    "schema: a trigger more": ("database.schema", None, "create function quiet() returns trigger language plpgsql as 'begin return null; end'; create trigger quiet before insert on ledger_event for each row execute function quiet()"),
    "schema: a rule that swallows": ("database.schema", None, "create rule quiet as on insert to ledger_event do instead nothing"),
    "rights: everybody may change the ledger": ("database.privileges", None, "grant update on ledger_event to public"),
    "rights: a role of PostgreSQL that may write everywhere": ("database.privileges", None, "create role xueji_test_writer; grant select on cases_case to xueji_test_writer; grant pg_write_all_data to xueji_test_writer"),
    "rights: of a group": ("database.privileges", None, "create role xueji_test_group; grant update on ledger_event to xueji_test_group; create role xueji_test_member login in role xueji_test_group"),
    "rights: a sequence": ("database.privileges", None, "create role xueji_test_setter; grant update on sequence ledger_event_id_seq to xueji_test_setter"),
    "rights: a child table elsewhere": ("database.schema", None, "create schema aside; create table aside.more () inherits (cases_case)"),
    "rights: somebody may empty a table": ("database.privileges", None, "create role xueji_test_somebody; grant truncate on cases_case to xueji_test_somebody"),
    "ledger: newest event deleted": ("ledger.log", "ledger_event", "delete from ledger_event where id = (select max(id) from ledger_event where tag not in ('sealing:done') and subject_type not in ('certificates.Certificate', 'cases.Step', 'certificates.NumberBlock', 'blanks.BlankMovement'))"),
    "ledger: newest events deleted, and their leaves": ("ledger.log", "ledger_event", "delete from ledger_event where id > (select max(id) - 5 from ledger_event); alter table ledger_leaf disable trigger all; delete from ledger_leaf where index > (select max(index) - 5 from ledger_leaf); alter table ledger_leaf enable trigger all"),
    "ledger: words of an event": ("rows.digests", "ledger_event", "update ledger_event set note = '改过' where id = (select min(id) from ledger_event)"),
    "ledger: an event of another day": ("rows.digests", "ledger_event", "update ledger_event set at = at - interval '1 day' where id = (select min(id) from ledger_event)"),
    "ledger: an event written by hand": ("rows.digests", "ledger_event", "insert into ledger_event (tag, at, actor_label, subject_type, subject_id, subject_label, parent_type, parent_id, pack, pack_hash, rules, note, wrote, digest) select tag, at, actor_label, subject_type, subject_id, subject_label, parent_type, parent_id, pack, pack_hash, rules, '另有说明', wrote, digest from ledger_event order by id limit 1"),
    "ledger: an event copied in among the old ones": ("ledger.log", "ledger_event", "insert into ledger_event (tag, at, actor_id, actor_label, subject_type, subject_id, subject_label, parent_type, parent_id, school_id, authority_id, pack, pack_hash, rules, before, after, note, wrote, digest, transaction_id) select tag, at, actor_id, actor_label, subject_type, subject_id, subject_label, parent_type, parent_id, school_id, authority_id, pack, pack_hash, rules, before, after, note, wrote, digest, 1 from ledger_event order by id limit 1"),
    "ledger: two events exchanged": ("ledger.log", "ledger_event", "do $$ declare a bigint; b bigint; begin select min(id), max(id) into a, b from ledger_event; update ledger_event set id = -1 where id = a; update ledger_event set id = a where id = b; update ledger_event set id = b where id = -1; end $$"),
    "ledger: an event with the digest of another": ("rows.digests", "ledger_event", "update ledger_event set digest = (select digest from ledger_event order by id desc limit 1) where id = (select min(id) from ledger_event)"),
    "log: a leaf deleted": ("ledger.log", "ledger_leaf", "delete from ledger_leaf where index = 3"),
    "log: two leaves exchanged": ("ledger.log", "ledger_leaf", "do $$ declare a bigint; b bigint; begin select event_id into a from ledger_leaf where index = 3; select event_id into b from ledger_leaf where index = 4; update ledger_leaf set event_id = -1 where index = 3; update ledger_leaf set event_id = a where index = 4; update ledger_leaf set event_id = b where index = 3; end $$"),
    "ledger: an event copied in under a new id": ("ledger.log", "ledger_event", "insert into ledger_event (tag, at, actor_id, actor_label, subject_type, subject_id, subject_label, parent_type, parent_id, school_id, authority_id, pack, pack_hash, rules, before, after, note, wrote, digest, transaction_id) select tag, at, actor_id, actor_label, subject_type, subject_id, subject_label, parent_type, parent_id, school_id, authority_id, pack, pack_hash, rules, before, after, note, wrote, digest, pg_current_xact_id()::text::bigint from ledger_event order by id limit 1"),
    "log: a leaf for an event that is not there": ("ledger.log", "ledger_leaf", "insert into ledger_leaf (index, event_id, horizon) select max(index) + 1, 1000000000, 0 from ledger_leaf"),
    "log: a restore said at its end": ("ledger.log", "ledger_leaf", "insert into ledger_leaf (index, restored, horizon) select max(index) + 1, '{\"from\": 3, \"to\": 9, \"events\": [], \"lineage\": \"x\"}', 0 from ledger_leaf"),
    "log: a leaf said to be a restore": ("ledger.log", "ledger_leaf", "update ledger_leaf set event_id = null, restored = '{}' where index = 3"),
    "case: the events of it deleted": ("ledger.log", "ledger_event", "delete from ledger_event where subject_type = 'cases.Case'"),
    "archive: a copy lodged, row and event deleted together": ("ledger.log", "production_archivecopy", "delete from production_archivecopy; alter table ledger_event disable trigger all; delete from ledger_event where tag = 'archive_copy:lodged'; alter table ledger_event enable trigger all"),
    "enrolment: month of entry": ("rows.vouched", "registry_enrolment", "update registry_enrolment set entry_month = '2015-09'"),
    "register: another plan": ("rows.vouched", "graduation_registerline", "update graduation_registerline set planned = planned + 1"),
    "account: another name": ("rows.vouched", "accounts_user", "update accounts_user set full_name = '张冒名' where id = (select by_id from cases_decision order by id limit 1)"),
    "authority: another division": ("rows.vouched", "institutions_authority", "update institutions_authority set division_code = '610599' where id = (select max(id) from institutions_authority)"),
    "programme: another name": ("rows.vouched", "institutions_programme", "update institutions_programme set name = name || '（伪）'"),
    "step: another post": ("rows.vouched", "cases_step", "update cases_step set label = label || '（伪）'"),
    "case: another kind": ("rows.vouched", "cases_case", "update cases_case set title = title || '（伪）'"),
    "season: another day of the law": ("rows.vouched", "graduation_season", "update graduation_season set legal_date = legal_date - 1"),
    "account: when the password handed over was used": ("rows.vouched", "accounts_user", "update accounts_user set password_used_at = now() where id = (select max(id) from accounts_user)"),
    "factor: laid by hand": ("rows.vouched", "mfa_authenticator", "insert into mfa_authenticator (user_id, type, data, created_at) select max(id), 'totp', '{}', now() from accounts_user"),
    "counter: another ceiling": ("rows.vouched", "certificates_numbercounter", "update certificates_numbercounter set ceiling = ceiling - 1"),
    "account: another password": ("rows.vouched", "accounts_user", "update accounts_user set password = 'x'"),
}  # fmt: skip
# kind -> (why nothing in the database gives it away, table, what is done to it)
NOT_YET_KNOWN: dict[str, tuple[str, str, str]] = {
    "account: when its person signed in last": ("no act on the account", "accounts_user", "update accounts_user set last_login = now()"),
}  # fmt: skip


def named() -> set[str]:
    """Return the checks that name something."""
    return {found["check"] for found in audit.audit() if found["mismatches"]}


def after(table: str | None, statement: str) -> set[str]:
    """Return what the audit names after a tampering, which is then taken back."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("set constraints all immediate")
            cursor.execute(OFF.format(table, statement) if table else statement)
        found = named()
        transaction.set_rollback(True)
    return found


@pytest.mark.long
@pytest.mark.django_db
def test_every_kind_of_tampering_is_named_by_its_check(city):
    assert len(NOTICED) >= 30
    assert named() == set()
    missed = {}
    for kind, (check, table, statement) in NOTICED.items():
        if check not in (found := after(table, statement)):
            missed[kind] = (check, found)
    assert missed == {}
    assert named() == set()


@pytest.mark.django_db
def test_what_only_a_log_outside_could_tell_is_listed_by_name(city):
    """A kind that becomes known moves up into the other list: this test then fails."""
    assert {kind: found for kind, (_, table, what) in NOT_YET_KNOWN.items() if (found := after(table, what))} == {}


@pytest.mark.django_db
def test_what_only_a_head_kept_outside_shows_is_named_from_which_leaf_on(city, tmp_path):
    """Whoever has database, files and an older signed head of ours can go back to it: the audit alone then says nothing."""
    old = tmp_path / "old"
    shutil.copytree(folder(), old)
    size = Leaf.objects.count()
    with transaction.atomic():
        record_event(tag=EventTag.JOB_RETRIED, subject=School.objects.latest("pk"), by=None, at=datetime.now(UTC))
    sequence_events()
    kept = tmp_path / "head.txt"
    kept.write_text(head().note)
    assert named() == set()
    assert mismatches_against(kept) == []
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("set constraints all immediate")
            for table, key in (
                ("ledger_event", "id in (select event_id from ledger_leaf where index >= %s)"),
                ("ledger_leaf", "index >= %s"),
            ):
                cursor.execute(
                    f"alter table {table} disable trigger all; delete from {table} where {key}; alter table {table} enable trigger all",
                    [size],
                )
        shutil.rmtree(folder())
        shutil.copytree(old, folder())
        (mismatched,) = mismatches_against(kept)
        assert f"现在的日志只有 {size} 条：自第 {size} 条起不见了" in mismatched
        transaction.set_rollback(True)


def mismatches_against(*heads: Path) -> list[str]:
    """Return what the comparison with heads kept outside names."""
    return audit_log.log(heads)["mismatches"]


@pytest.mark.django_db
def test_a_log_rewritten_with_its_own_key_is_named_between_the_heads_that_fit_and_do_not(city, tmp_path):
    whole = head()
    first, second = tmp_path / "1.txt", tmp_path / "2.txt"
    tiles = Tiles(folder(), 10)
    first.write_text(str(signed(Checkpoint(whole.origin, 10, tiles.root()))))
    second.write_text(whole.note)
    entries = list(whole.tiles.entries())
    entries[20] = b"event 20 \n"
    shutil.rmtree(folder() / "tile")
    forged = Tiles(folder(), 0).grown(entries)
    (folder() / "checkpoint").write_text(str(signed(Checkpoint(whole.origin, forged.size, forged.root()))))
    assert [text for text in mismatches_against(first, second) if "之间有改写" in text] == [
        f"日志头 {second}：第 10 条至第 {whole.tiles.size - 1} 条之间有改写，现在的日志不是那时的延续"
    ]


@pytest.mark.django_db
@pytest.mark.parametrize(
    "what", ["tile", "entries", "head of another key", "files torn", "no head", "no entry of ours"]
)
def test_files_of_the_log_that_were_touched_are_named(city, what, settings):
    checkpoint = folder() / "checkpoint"
    tile = max((folder() / "tile" / "entries").rglob("*"), key=lambda path: path.is_file())
    if what == "tile":
        tile.write_bytes(tile.read_bytes().replace(b"event", b"evemt", 1))
    elif what == "entries":
        tile.write_bytes(tile.read_bytes().replace(b"event 1", b"event 2", 1))
        tile.write_bytes(tile.read_bytes()[:-3] + b"000")
    elif what == "head of another key":
        settings.LOG_KEY, log_key = bytes(32), settings.LOG_KEY
        checkpoint.write_text(str(signed(Checkpoint.parse(checkpoint.read_text()))))
        settings.LOG_KEY = log_key
    elif what == "no entry of ours":
        now = head()
        grown = now.tiles.grown([b"restored {}\n", b"event x y\n", b"\xff\n"])
        checkpoint.write_text(str(signed(Checkpoint(now.origin, grown.size, grown.root()))))
        mismatched = audit_log.log()["mismatches"]
        assert [f"日志第 {now.tiles.size + at} 条：不是本平台写的条目" for at in range(3)] == mismatched[:3]
    elif what == "files torn":
        tile.write_bytes(tile.read_bytes()[:-20])
    else:
        checkpoint.unlink()
    assert named() == {"ledger.log"}
