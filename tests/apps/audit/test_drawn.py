"""Tamperings drawn by lot: every table that is vouched for, every way to write past the product, each named with its row.

Whoever does it owns the database, so triggers sleep while it is done; what is asked is whether `xueji audit` names the row. A
seed draws tables, rows and columns; a part runs with the fast suite, more than two hundred as a drill.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

import pytest
from allauth.mfa.totp.internal.auth import TOTP
from django.db import DatabaseError, connection, transaction
from tests import vouched
from tests.factories.accounts import UserFactory
from tests.factories.applications import (
    BlacklistActFactory,
    CounterEntryFactory,
    DefectFactory,
    PaperPictureFactory,
    ReferralFactory,
)
from tests.factories.attestations import CounterSealFactory
from tests.factories.cases import ClockPauseFactory, EvidenceFactory, ProposalFactory
from tests.factories.correction_requests import CorrectionRequestFactory
from tests.factories.delivery import PrintSheetFactory
from tests.factories.institutions import CustodyFactory, RegisterOfficeFactory, SuccessionFactory, TeachingSiteFactory
from tests.factories.licences import LicenceFactory
from tests.factories.obligations import ObligationFactory
from tests.factories.production import PrintRunFactory
from tests.factories.registry import (
    AdmissionDayFactory,
    ArrivalFactory,
    AttendanceNoteFactory,
    DuplicateAnswerFactory,
    DuplicateReminderFactory,
    FilingEntryFactory,
    GuardianFactory,
    HandOverItemFactory,
    IdentityDocumentFactory,
    MovedRecordFactory,
    PersonNameFactory,
    RegistrationFactory,
    StatusChangeFactory,
    StudentNumberFactory,
    TwoPersonsFactory,
)
from tests.factories.replacements import DeliveryFactory, press
from tests.factories.supervision import (
    FindingActFactory,
    RatingActFactory,
    RestrictionBypassFactory,
    StewardPostFactory,
    SystemComparisonFactory,
)

from xueji.accounts.actions import reset_second_factor
from xueji.cases.models import Case
from xueji.certificates.models import Certificate
from xueji.cli import audit_digests, audit_vouched
from xueji.cli.audit_log import log
from xueji.cli.audit_schema import schema
from xueji.ledger.actions import record_event
from xueji.ledger.sequencing import sequence_events
from xueji.ledger.tags import EventTag

AT = datetime(2019, 7, 20, tzinfo=UTC)
_SEED = 20190720
# Vouched for, but no row of them is laid in the city, and none below: not drawn yet, each with its reason.
_NOT_DRAWN: set[str] = set()
# The same under a digest in the row, so that the change says something else: what a column is changed to, by its type.
_OTHER = {
    "character varying": "left({0}, greatest(0, {1} - 1)) || '伪'", "text": "{0} || '伪'", "bigint": "{0} + 1", "integer": "{0} + 1",
    "smallint": "{0} + 1", "numeric": "{0} + 1", "boolean": "not {0}", "date": "{0} - 1", "timestamp with time zone": "{0} - interval '1 day'",
    "int8range": "int8range(lower({0}), upper({0}) + 1)", "daterange": "daterange(lower({0}) - 1, upper({0}))", "jsonb": "'[\"伪\"]'::jsonb",
}  # fmt: skip
# What no act of the city writes is laid twice each, with all it hangs on; the register, applications, attestations, licences, successions.
_LAID = (
    AdmissionDayFactory, ArrivalFactory, AttendanceNoteFactory, BlacklistActFactory, CorrectionRequestFactory, CounterEntryFactory, CounterSealFactory, CustodyFactory, DefectFactory, DuplicateAnswerFactory,
    DuplicateReminderFactory, FilingEntryFactory, FindingActFactory, GuardianFactory, HandOverItemFactory, IdentityDocumentFactory, LicenceFactory, MovedRecordFactory,
    PaperPictureFactory, PersonNameFactory, RatingActFactory, ReferralFactory, RestrictionBypassFactory, StatusChangeFactory, StewardPostFactory, StudentNumberFactory, SuccessionFactory, SystemComparisonFactory,
    TeachingSiteFactory,
)  # fmt: skip


@dataclass(frozen=True)
class Table:
    """A table that is vouched for: its name, what its rows are called, its columns with their types."""

    name: str
    key: str
    label: str
    reported: str  # SQL of what enters the digest
    columns: dict[str, tuple[str, int]]

    def row_keys(self) -> list[str]:
        return [key for (key,) in rows(f"select {self.key}::text from {self.name} order by 1")]


def tables() -> list[Table]:
    found = []
    for model, forms, free in vouched.models():
        name, key = model._meta.db_table, model._meta.pk.column
        reported = ", ".join(form.format(f"t.{column}") for column, form in forms.items())
        types = rows(
            "select column_name, data_type, udt_name, coalesce(character_maximum_length, 0) from information_schema.columns"
            " where table_schema = 'public' and table_name = %s order by 1",
            name,
        )
        usable = {
            column: (udt if kind == "USER-DEFINED" else kind, size)
            for column, kind, udt, size in types
            if column not in (key, "digest", "content_digest") and column not in free and kind in _OTHER
        }
        found.append(Table(name, key, audit_vouched._TABLES[name][0], reported, usable))
    return found


def rows(sql: str, *values: object) -> list[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(sql, values or None)
        return cursor.fetchall() if cursor.description else []


def past(table: str, *statements: str) -> None:
    """Do it with every trigger of the table asleep; what a constraint refuses is not there to be named."""
    rows("set constraints all immediate")
    rows(f"alter table {table} disable trigger all")
    for statement in statements:
        with connection.cursor() as cursor:
            cursor.execute(statement)
            assert cursor.rowcount != 0, statement
    rows(f"alter table {table} enable trigger all")


def drawn_change(table: Table, dice: random.Random, key: str) -> str:
    """Return the statement that changes one drawn column of a row to something else; LookupError when all are empty."""
    for column in dice.sample(sorted(table.columns), len(table.columns)):
        kind, size = table.columns[column]
        ((is_empty,),) = rows(f"select {column} is null from {table.name} where {table.key}::text = %s", key)
        if not is_empty:
            return f"update {table.name} set {column} = {_OTHER[kind].format(column, size)} where {table.key}::text = '{key}'"
    raise LookupError(table.name)


def update(table: Table, dice: random.Random, key: str) -> None:
    past(table.name, drawn_change(table, dice, key))


def delete(table: Table, dice: random.Random, key: str) -> None:  # all kinds are called alike
    past(table.name, f"delete from {table.name} where {table.key}::text = '{key}'")


def recompute(table: Table, dice: random.Random, key: str) -> None:
    """Change the row and the SHA-256 in the newest note of it: both agree, the event does not."""
    update(table, dice, key)
    past(
        "ledger_writtenrows",
        f"""update ledger_writtenrows w set digests = overlay(w.digests placing (select sha256(convert_to(row({table.reported})::text, 'UTF8'))
              from {table.name} t where t.{table.key}::text = '{key}') from 32 * (array_position(w.keys, '{key}') - 1) + 1 for 32)
            where w.id = (select max(id) from ledger_writtenrows where source = '{table.name}' and '{key}' = any (keys))""",
    )


def note_by_hand(table: Table, dice: random.Random, key: str) -> None:
    """Change the row and add a note that fits it: no event vouches for that."""
    update(table, dice, key)
    past(
        "ledger_writtenrows",
        f"""insert into ledger_writtenrows (source, keys, digests) select '{table.name}', array['{key}'],
            sha256(convert_to(row({table.reported})::text, 'UTF8')) from {table.name} t where t.{table.key}::text = '{key}'""",
    )


def acted_upon(table: Table, dice: random.Random, key: str) -> None:
    """Change the row, then let an act write it: the last note of it fits."""
    update(table, dice, key)
    _write_by_act(table, dice, key)


def put_back(table: Table, dice: random.Random, key: str) -> None:
    """Let the row be changed by an act, then put it back as it was, keyed digest and all."""
    columns = ", ".join(f"{column} = o.{column}" for column in [*table.columns, *_digest_of(table)])
    rows(f"create temp table before on commit drop as select * from {table.name} where {table.key}::text = %s", key)
    _write_by_act(table, dice, key)
    past(table.name, f"update {table.name} t set {columns} from before o where t.{table.key} = o.{table.key}")


def _write_by_act(table: Table, dice: random.Random, key: str) -> None:
    rows("set constraints all immediate")
    rows(
        f"alter table {table.name} disable trigger all; alter table {table.name} enable trigger pgtrigger_{_trigger(table)}"
    )
    rows(drawn_change(table, dice, key))
    if _digest_of(table):
        rows(f"update {table.name} set digest = 'of the act' where {table.key}::text = %s", key)
    rows(f"alter table {table.name} enable trigger all")
    _act()


def _digest_of(table: Table) -> list[str]:
    return ["digest"] if "t.digest" in table.reported else []


def _trigger(table: Table) -> str:
    ((name,),) = rows(
        "select tgname from pg_trigger where tgrelid = %s::regclass and tgname like 'pgtrigger_vouched_changed%%'",
        table.name,
    )
    return str(name).removeprefix("pgtrigger_")


def exchange(table: Table, dice: random.Random, key: str) -> None:
    """Exchange two rows, each getting everything of the other but its key."""
    other = dice.choice([row for row in table.row_keys() if row != key] or [key])
    columns = ", ".join(f"{column} = o.{column}" for column in table.columns)
    differ = " or ".join(f"t.{column} is distinct from o.{column}" for column in table.columns)
    past(
        table.name,
        f"""update {table.name} t set {columns} from {table.name} o
            where t.{table.key}::text in ('{key}', '{other}') and o.{table.key}::text in ('{key}', '{other}')
              and t.{table.key} <> o.{table.key} and ({differ})""",
    )


def unnoted(table: Table, dice: random.Random, key: str) -> None:
    """Take every note of the row away with the row changed: it looks as if it had never been written."""
    update(table, dice, key)
    past("ledger_writtenrows", f"delete from ledger_writtenrows where source = '{table.name}' and '{key}' = any (keys)")


KINDS: tuple[Callable[[Table, random.Random, str], None], ...] = (
    update, delete, recompute, note_by_hand, acted_upon, put_back, exchange, unnoted,
)  # fmt: skip


def complaints() -> list[str]:
    """Return what the checks of rows, events, log and schema name."""
    from django.conf import settings

    found = [audit_vouched.vouched(), audit_digests.digests(settings.DATA_KEYS), log(), schema()]
    return [text for check in found for text in check["mismatches"]]


def is_named(table: Table, key: str, found: list[str]) -> bool:
    """Whether the row is named by what it is called and its key, or the note of it by its table."""
    return any(text.startswith((f"{table.label} {key}", f"{table.label}：写入记录")) for text in found) or any(
        key in text and label in text
        for text in found
        for label in (table.label, audit_digests._TABLES.get(table.name, ("—",))[0])
    )


def _act() -> None:
    with transaction.atomic():
        record_event(tag=EventTag.JOB_RETRIED, subject=UserFactory._meta.model.objects.latest("pk"), by=None, at=AT)


@pytest.fixture
def whole(city) -> list[Table]:
    """The city, with rows in every table that is vouched for, everything in the log."""
    rows("set constraints all deferred")  # a tampering before may have asked them at once
    case, certificate = Case.objects.latest("pk"), Certificate.objects.latest("pk")
    EvidenceFactory(case=case)
    ClockPauseFactory(step=case.steps.latest("pk"))
    ProposalFactory(step=case.steps.latest("pk"))
    RegisterOfficeFactory(school=case.school)
    ObligationFactory(case=case, school=case.school)
    loaded = PrintRunFactory(issue=certificate.issue, document="diploma_overlay", is_loaded=True)
    PrintSheetFactory(run=loaded, certificate=certificate)
    for user in (UserFactory(), UserFactory()):
        reset_second_factor(user=user, reason="手机遗失", by=UserFactory(), at=AT)
        TOTP.activate(user, "JBSWY3DPEHPK3PXP")
    for factory in _LAID:
        factory.create_batch(2)
    TwoPersonsFactory()
    office = press()
    for place in (1, 2):
        DeliveryFactory(replacement=office.queued(place), code=f"0000000{place}")
    RegistrationFactory(enrolment__entry_month="2023-09")
    _act()
    sequence_events()
    found = [table for table in tables() if table.row_keys()]
    assert {table.name for table in tables()} - {table.name for table in found} <= _NOT_DRAWN
    return found


def drawn(found: list[Table], count: int, seed: int) -> Iterator[tuple[Table, Callable[..., None], str, random.Random]]:
    """Yield what is done to which row: every kind on every table before any comes again."""
    dice = random.Random(seed)
    pairs = [(table, kind) for table in found for kind in KINDS]
    order = dice.sample(pairs, len(pairs))
    for place in range(count):
        table, kind = order[place % len(order)]
        yield table, kind, dice.choice(table.row_keys()), random.Random(dice.random())


def tampered(found: list[Table], count: int, seed: int) -> tuple[Counter[str], Counter[str], list[str]]:
    """Do so many; return by kind what was named, what the database itself refused, and in words what went unnoticed."""
    named, refused, missed = Counter(), Counter(), []
    for table, kind, key, dice in drawn(found, count, seed):
        label = f"{table.name}: {kind.__name__}"
        with transaction.atomic():
            try:
                with transaction.atomic():
                    kind(table, dice, key)
            except (DatabaseError, LookupError, AssertionError) as error:
                refused[f"{label} ({type(error).__name__})"] += 1
            else:
                if is_named(table, key, complaints()):
                    named[label] += 1
                else:
                    missed.append(f"{label} {key}")
            transaction.set_rollback(True)
    return named, refused, missed


@pytest.mark.django_db
@pytest.mark.forges
def test_a_drawn_part_is_named_with_its_rows(whole):
    assert complaints() == []
    named, _, missed = tampered(whole, 24, _SEED)
    assert missed == []
    assert named.total() >= 15


@pytest.mark.drill
@pytest.mark.django_db
@pytest.mark.forges
def test_every_kind_on_every_table_is_named_with_its_row(whole):
    named, refused, missed = tampered(whole, len(whole) * len(KINDS), _SEED + 1)
    for label, count in sorted(named.items()):
        print(f"{label:<60}{count}")
    print("refused by the database:", *sorted(refused), sep="\n  ")
    assert missed == []
    assert named.total() >= 200
    assert len(named) >= 90
