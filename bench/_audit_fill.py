"""What the filled database of `load` lacks to balance: seals, events of every act, keyed digests, notes of rows, the log.

`load` measures pages and leaves out what no page shows. The audit asks for all of it, so it is laid here, still set-based, with
triggers off; the digests are made by the audit's own arithmetic, which tests hold equal to the product's.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable

import psycopg

from bench._load_fill import CITIES, YEARS

_EVENT = """insert into ledger_event (tag, at, actor_id, actor_label, subject_type, subject_id, subject_label, parent_type, parent_id,
    school_id, pack, pack_hash, rules, note, wrote, digest)"""
_REST = "'', '', '', null, '', '', '[]', '', '{}', ''"
STATEMENTS = (
    ("events of steps", f"""{_EVENT} select 'step:approved', d.at, d.by_id, '', 'cases.Step', d.step_id::text, {_REST}
        from cases_decision d"""),
    ("events of blocks", f"""{_EVENT} select 'number:released', b.released_at, b.released_by_id, '', 'certificates.NumberBlock', b.id::text, {_REST}
        from certificates_numberblock b"""),
    ("events of lists", f"""{_EVENT} select 'candidate:listed', now(), 300, '', 'graduation.Candidate', k.id::text, {_REST}
        from graduation_candidate k where k.state = 'listed'"""),
    ("rounds", f"""insert into production_sealinground (id, authority_id, year, term, is_late, place, legal_date, opens_on, closes_on, schools_per_half_day)
        select y * {CITIES} + c + 1, 2 + c, 2019 + y, 'autumn', false, '市教育局', make_date(2019 + y, 7, 1), make_date(2019 + y, 7, 8),
          make_date(2019 + y, 7, 12), 5 from generate_series(0, {len(YEARS) - 1}) y, generate_series(0, {CITIES - 1}) c"""),
    ("seals", """insert into production_sealingsession (issue_id, round_id, diplomas_counted, register_total, refused_count, sealed_count,
          first_number, last_number, sealed_by_id, supervised_by_id, sealed_at, materials, note, digest)
        select i.id, r.id, upper(b.serials) - lower(b.serials), upper(b.serials) - lower(b.serials), 0, upper(b.serials) - lower(b.serials),
          '', '', 198 + i.authority_id, 8 + i.authority_id, i.sealed_at, '[]', '', ''
        from certificates_issue i join certificates_issueblock g on g.issue_id = i.id join certificates_numberblock b on b.id = g.block_id
        join production_sealinground r on r.authority_id = i.authority_id and r.year = i.year"""),
    ("events of seals", f"""{_EVENT} select 'sealing:done', s.sealed_at, s.sealed_by_id, '', 'production.SealingSession', s.id::text, {_REST}
        from production_sealingsession s"""),
    ("changes of status", """insert into registry_statuschange (id, enrolment_id, ordinal, kind, from_status, to_status, effective_on, recorded_at, by_id,
          reason, before, after, digest)
        select gen_random_uuid(), id, 1, '毕业', 'studying', 'graduated', confirmed_at::date, confirmed_at, 300, '', '{}', '{}', ''
        from registry_enrolment where status = 'graduated'"""),
    ("events of certificates", f"""{_EVENT} select 'certificate:sealed', c.sealed_at, 0, '', 'certificates.Certificate', c.id::text, {_REST}
        from certificates_certificate c"""),
)  # fmt: skip


def complete(url: str, say: Callable[[str], None]) -> None:
    """Lay what is missing, sign every row, let two events vouch for all, put all events into the log."""
    from django.db import transaction
    from django.utils import timezone

    from xueji.cli import audit_digests, audit_vouched
    from xueji.ledger.models import Event
    from xueji.ledger.rewriting import adopt_rows
    from xueji.ledger.sequencing import sequence_events

    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("set session_replication_role = replica; set synchronous_commit = off")
        for name, statement in STATEMENTS:
            connection.execute(statement)
            say(name)
        connection.execute(
            "select setval(pg_get_serial_sequence('production_sealinground', 'id'), max(id)) from production_sealinground"
        )
        _index_persons(connection)
        say("indexes of persons")
        for table in audit_digests.DIGESTED:
            _sign(connection, table)
            say(f"digests of {table}")
    forms = {table: audit_vouched.entering(words) for table, (_, words) in audit_vouched._TABLES.items()}
    for former in ({}, forms):  # each row was laid, and written once more
        with transaction.atomic():
            adopt_rows(forms, event=Event, at=timezone.now(), former=former)
    say("notes")
    sequence_events()
    say("log")
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("vacuum analyze")
    say("statistics")


def _index_persons(connection: psycopg.Connection) -> None:
    """Give every person the index by which the number is found: what `load` lays there is none."""
    from django.conf import settings

    from xueji.cli.audit_asking import streamed
    from xueji.cli.audit_texts import open_sealed

    def rows():
        for key, sealed in streamed("select id::text, resident_id from registry_person"):
            number = open_sealed(bytes(sealed), f"registry_person.resident_id:{key}", settings.DATA_KEYS)
            yield key, hmac.digest(settings.INDEX_KEY, number.encode(), "sha256")[:16]

    _store(connection, "registry_person", "resident_id_index", rows())


def _sign(connection: psycopg.Connection, table: str) -> None:
    """Store the digest of every row of a table."""
    from django.conf import settings

    from xueji.cli.audit_digests import written

    number = "log" if table == "ledger_event" else str(settings.DATA_KEY_ACTIVE)
    secret = settings.LOG_KEY if table == "ledger_event" else settings.DATA_KEYS[settings.DATA_KEY_ACTIVE]
    key = hmac.digest(secret, f"derived:row {table}".encode(), "sha256")

    def rows():
        for ids, _, _, texts, _ in written(table, settings.DATA_KEYS):
            for row, text in zip(ids, texts, strict=True):
                yield row.decode(), f"{number}:{hmac.digest(key, text, 'sha256').hex()}"

    _store(connection, table, "digest", rows())


def _store(connection: psycopg.Connection, table: str, column: str, rows) -> None:
    """Copy keys and values in and update the table by them: triggers and foreign keys sleep in this session."""
    from xueji.cli.audit_digests import _KEYS

    key = _KEYS.get(table, "id")
    connection.execute(f"create temp table made as select {key} as key, {column} as value from {table} with no data")
    with connection.cursor() as cursor, cursor.copy("copy made from stdin") as copy:
        for row in rows:
            copy.write_row(row)
    connection.execute("analyze made")
    connection.execute(f"update {table} t set {column} = m.value from made m where t.{key} = m.key")
    connection.execute("drop table made")
