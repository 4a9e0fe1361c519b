"""Rows that matter agree with the last event that wrote them: noted by the database, vouched for by events (docs/adr/0028)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime

import pytest
from django.apps import apps
from django.db import DatabaseError, connection, transaction
from tests import vouched
from tests.factories.accounts import UserFactory
from tests.factories.cases import DecisionFactory
from tests.factories.institutions import AuthorityFactory, ProgrammeFactory
from tests.factories.registry import EnrolmentFactory, PersonFactory

from xueji.cli import audit_vouched
from xueji.institutions.models import Authority, Programme
from xueji.ledger.actions import event_of, record_event, record_events, record_rewritten
from xueji.ledger.copying import copy_rows
from xueji.ledger.models import Event, WrittenRows
from xueji.ledger.rewriting import adopt_rows
from xueji.ledger.tags import EventTag
from xueji.registry.models import Person

AT = datetime(2019, 7, 8, tzinfo=UTC)


def act(subject: object) -> Event:
    """Write an event, as every action does."""
    with transaction.atomic():
        return record_event(tag=EventTag.PROGRAMME_AMENDED, subject=subject, by=None, at=AT)


def noted(event: Event) -> dict[str, set[str]]:
    """Return the rows an event vouches for, by table."""
    found: dict[str, set[str]] = {}
    for note in WrittenRows.objects.filter(pk__in=event.wrote):
        assert len(note.digests) == 32 * len(note.keys)
        found.setdefault(note.source, set()).update(note.keys)
    return found


def wrong() -> list[str]:
    return audit_vouched.vouched()["mismatches"]


@pytest.fixture
def programme(db: None) -> Programme:
    """A programme the ledger knows."""
    row = ProgrammeFactory(closed_on=None)
    act(row)
    return row


def _save(row: Programme) -> None:
    row.name = "会计"
    row.save()


def _sql(row: Programme) -> None:
    with connection.cursor() as cursor:
        cursor.execute("update institutions_programme set name = '会计' where id = %s", [row.pk])


WAYS: dict[str, Callable[[Programme], object]] = {
    "save": _save,
    "update": lambda row: Programme.objects.filter(pk=row.pk).update(name="会计"),
    "bulk_update": lambda row: (setattr(row, "name", "会计"), Programme.objects.bulk_update([row], ["name"])),
    "upsert": lambda row: Programme.objects.bulk_create(
        [Programme(pk=row.pk, school=row.school, code=row.code, name="会计", duration_years=3, education_level="中专")],
        update_conflicts=True, update_fields=["name"], unique_fields=["pk"],
    ),
    "statement": _sql,
    "delete": lambda row: Programme.objects.filter(pk=row.pk).delete(),
}  # fmt: skip


@pytest.mark.parametrize("way", WAYS)
def test_whatever_way_a_row_is_written_the_next_event_vouches_for_it(programme, way):
    key = str(programme.pk)
    WAYS[way](programme)
    assert wrong() == [f"专业：写入记录 {WrittenRows.objects.latest('pk').pk} 没有履历作证"]
    event = act(programme.school)
    assert noted(event) == {"institutions_programme": {key}}
    assert wrong() == []


def tamper(sql: str, *values: object, table: str = "institutions_programme") -> None:
    """Write past every trigger, as the owner of the database can."""
    with connection.cursor() as cursor:
        cursor.execute("set constraints all immediate")
        cursor.execute(f"alter table {table} disable trigger all")
        cursor.execute(sql, values or None)
        cursor.execute(f"alter table {table} enable trigger all")


def test_what_was_changed_between_two_acts_is_named_after_the_second(programme):
    first = Event.objects.latest("pk")
    tamper("update institutions_programme set name = '伪造' where id = %s", programme.pk)
    Programme.objects.filter(pk=programme.pk).update(code="660100")
    second = act(programme)
    assert wrong() == [
        f"专业 {programme.pk}：在履历（第 {first.pk} 条，{first.tag}）与（第 {second.pk} 条，{second.tag}）之间被改动，没有履历记过"
    ]
    programme.delete()
    act(programme.school)
    assert [text for text in wrong() if f"第 {second.pk} 条" in text and "之间被改动" in text] == wrong()


def test_a_row_laid_by_hand_is_named_after_an_act_on_it_and_so_is_one_put_in_the_place_of_another(programme):
    tamper(
        """insert into institutions_programme (school_id, code, name, duration_years, education_level)
           select school_id, '999999', '伪造', 3, education_level from institutions_programme"""
    )
    forged = Programme.objects.get(code="999999")
    Programme.objects.filter(pk=forged.pk).update(name="护理")
    event = act(programme)
    assert wrong() == [f"专业 {forged.pk}：履历（第 {event.pk} 条，{event.tag}）写入它时已在册，没有写入它的记录"]


def test_a_row_that_came_back_unseen_is_named_when_it_goes_by_an_act(programme):
    row = Programme.objects.get(pk=programme.pk)
    programme.delete()
    act(row.school)
    tamper(
        "insert into institutions_programme (id, school_id, code, name, duration_years, education_level) values (%s, %s, 'x', 'x', 3, '中专')",
        row.pk, row.school_id,
    )  # fmt: skip
    Programme.objects.filter(pk=row.pk).delete()
    act(row.school)
    assert [("之间被改动" in text) for text in wrong()] == [True]


def test_a_note_that_does_not_say_what_it_met_is_named(programme):
    _sql(programme)
    note = WrittenRows.objects.latest("pk").pk
    tamper("update ledger_writtenrows set before = null where id = %s", note, table="ledger_writtenrows")
    act(programme)
    assert f"专业：写入记录 {note} 没有记下写入前的内容" in wrong()


def test_what_a_note_met_stands_under_its_event(programme):
    _sql(programme)
    event = act(programme)
    (note,) = event.wrote
    tamper(
        "update ledger_writtenrows set before = sha256('x'::bytea) where id = %s", int(note), table="ledger_writtenrows"
    )
    assert f"专业：写入记录 {note} 与履历 {event.pk} 所记不一致" in wrong()


def test_rows_copied_in_are_noted_and_the_last_of_many_events_vouches(programme):
    rows = [PersonFactory.build() for _ in range(3)]
    copy_rows(rows)
    with transaction.atomic():
        record_events([event_of(tag=EventTag.PROGRAMME_AMENDED, subject=programme, by=None, at=AT) for _ in range(2)])
    first, last = Event.objects.order_by("pk")[1:]
    assert first.wrote == {}
    assert noted(last) == {"registry_person": {str(row.pk) for row in rows}}
    assert wrong() == []


def test_what_changes_no_column_that_matters_is_not_noted(programme):
    user = UserFactory()
    act(programme)
    user.last_login = AT
    user.save()
    programme.save()
    Programme.objects.filter(pk=programme.pk).update(name=programme.name)
    assert act(programme).wrote == {}


def test_no_event_at_all_vouches_for_nothing_and_the_rows_wait_for_the_next(programme):
    _sql(programme)
    with transaction.atomic():
        record_events([])
    assert wrong() != []
    act(programme)
    assert wrong() == []


def test_a_savepoint_taken_back_takes_its_notes_with_it(programme):
    with pytest.raises(DatabaseError), transaction.atomic():
        _sql(programme)
        with connection.cursor() as cursor:
            cursor.execute("select 1 / 0")
    assert act(programme).wrote == {}
    assert wrong() == []


def test_an_event_of_one_act_vouches_for_nothing_of_the_next(programme):
    _sql(programme)
    first = act(programme)
    Programme.objects.filter(pk=programme.pk).update(name="护理")
    second = act(programme)
    assert first.wrote.keys().isdisjoint(second.wrote)
    assert wrong() == []


@pytest.fixture
def as_in_production(transactional_db: None):
    """What the tests' own settings allow to factories, the product does not."""
    with connection.cursor() as cursor:
        cursor.execute("set app.allow_unvouched = 'off'")
    yield
    with connection.cursor() as cursor:
        cursor.execute("set app.allow_unvouched = 'on'")


def _an_authority() -> Authority:
    return Authority.objects.create(
        name="某市教育局", short_name="某市", level="city", line="edu", division_code="610500", path="/1/"
    )


def test_rows_without_an_event_are_not_committed(as_in_production):
    with pytest.raises(DatabaseError, match="institutions_authority were written with no event that vouches for them"):
        _an_authority()
    assert not Authority.objects.exists()
    with transaction.atomic():
        authority = _an_authority()
        record_event(tag=EventTag.AUTHORITY_REGISTERED, subject=authority, by=None, at=AT)
    assert Authority.objects.get() == authority


def test_rows_written_after_the_last_event_are_not_committed(as_in_production):
    with pytest.raises(DatabaseError, match="no event that vouches"), transaction.atomic():
        authority = _an_authority()
        record_event(tag=EventTag.AUTHORITY_REGISTERED, subject=authority, by=None, at=AT)
        Authority.objects.update(short_name="渭南")
    assert not Authority.objects.exists()


def test_an_event_that_vouches_for_less_than_was_written_lets_nothing_pass(as_in_production):
    with pytest.raises(DatabaseError, match="no event that vouches"), transaction.atomic():
        event = event_of(tag=EventTag.AUTHORITY_REGISTERED, subject=_an_authority(), by=None, at=AT)
        event.save(force_insert=True)
    assert not Event.objects.exists()


def test_what_was_sealed_anew_is_vouched_for_by_an_event_of_the_system(programme):
    assert record_rewritten(tag=EventTag.ROWS_RESEALED, at=AT, note="姓名") is None
    _sql(programme)
    event = record_rewritten(tag=EventTag.ROWS_RESEALED, at=AT, note="姓名")
    assert (event.actor_id, event.note, noted(event)) == (None, "姓名", {"institutions_programme": {str(programme.pk)}})
    assert wrong() == []


def test_rows_from_before_are_taken_in_as_they_stand(db):
    enrolments = [EnrolmentFactory() for _ in range(3)]
    with connection.cursor() as cursor:  # as a database of an earlier release is: no notes
        cursor.execute("set constraints all immediate; alter table ledger_writtenrows disable trigger user")
        cursor.execute("delete from ledger_writtenrows; select set_config('app.unvouched', '', true)")
        cursor.execute("alter table ledger_writtenrows enable trigger user")
    assert any("在册，履历中没有写入它的记录" in text for text in wrong())
    forms = {
        model._meta.db_table: ", ".join(form.format(f"t.{column}") for column, form in columns.items())
        for model, columns, _ in vouched.models()
    }  # fmt: skip
    adopt_rows(forms, event=Event, at=AT)
    event = Event.objects.get()
    assert noted(event)["registry_enrolment"] == {str(row.pk) for row in enrolments}
    assert wrong() == []
    adopt_rows({}, event=Event, at=AT)
    assert Event.objects.count() == 1


@pytest.mark.parametrize("is_touched", [False, True])
def test_rows_taken_in_anew_are_held_against_the_notes_until_then(programme, is_touched):
    forms = {
        model._meta.db_table: ", ".join(form.format(f"t.{column}") for column, form in columns.items())
        for model, columns, _ in vouched.models()
    }  # fmt: skip
    table = "institutions_programme"
    if is_touched:
        tamper("update institutions_programme set name = '伪造'")
    adopt_rows({table: forms[table]}, event=Event, at=AT, former=forms)
    assert [("之间被改动" in text) for text in wrong()] == [True] * is_touched
    assert bytes(WrittenRows.objects.latest("pk").before) != b""


def test_rows_taken_in_for_the_first_time_met_nothing(db):
    adopt_rows({}, event=Event, at=AT, former={})
    ProgrammeFactory()
    tamper("delete from ledger_writtenrows", table="ledger_writtenrows")
    adopt_rows({"institutions_programme": "t.name"}, event=Event, at=AT, former={})
    assert bytes(WrittenRows.objects.get().before) == b""


def test_the_audit_has_the_same_columns_in_a_list_of_its_own():
    product = {
        model._meta.db_table: " ".join(column + SHORT[form] for column, form in columns.items())
        for model, columns, _ in vouched.models()
    }
    assert product == {table: " ".join(words.split()) for table, (_, words) in audit_vouched._TABLES.items()}
    for model, _, _ in vouched.models():
        assert model._meta.pk.column == audit_vouched._KEYS.get(model._meta.db_table, "id")


SHORT = {"{}": "", "extract(epoch from {})": ":at", "encode({}, 'hex')": ":bytes", "({} - 'viewed_at')": ":unviewed"}


def test_the_document_is_what_the_models_say():
    assert vouched.DOCUMENT.read_text(encoding="utf-8") == vouched.document()


def test_the_rows_that_matter_are_all_there():
    tables = {model._meta.db_table for model, _, _ in vouched.models()}
    assert tables >= {
        "certificates_certificate", "certificates_certificatenumber", "certificates_numberblock", "graduation_candidate",
        "registry_person", "registry_enrolment", "cases_decision", "cases_step", "cases_evidence", "production_sealingsession",
        "production_sealingrefusal", "production_printsheet", "blanks_blank", "obligations_obligation", "institutions_sanction",
        "institutions_appointment", "accounts_user", "accounts_credentialgrant", "mfa_authenticator", "certificates_numbercounter",
        "graduation_season",
    }  # fmt: skip


def test_every_table_that_is_left_out_is_named_with_its_reason():
    kept = {model._meta.db_table for model, _, _ in vouched.models()}
    ours = {model._meta.db_table for model in apps.get_models() if model.__module__.startswith("xueji.")}
    assert {table for names in vouched.LEFT_OUT.values() for table in names.split()} == ours - kept


@pytest.mark.parametrize("zone", ["UTC", "Asia/Shanghai"])
def test_a_session_with_other_habits_computes_the_same(db, zone):
    act(DecisionFactory(at=datetime(2019, 7, 8, 1, 2, 3, 4567, tzinfo=UTC)))
    act(AuthorityFactory())
    ProgrammeFactory(closed_on=date(2019, 7, 1))
    act(Person.objects.first() or PersonFactory())
    with connection.cursor() as cursor:
        cursor.execute(f"set timezone = '{zone}'; set datestyle = 'German'; set bytea_output = 'escape'")
        cursor.execute("set extra_float_digits = 0; set intervalstyle = 'iso_8601'")
    try:
        assert wrong() == []
    finally:
        with connection.cursor() as cursor:
            cursor.execute("reset all")
