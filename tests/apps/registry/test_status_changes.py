"""Changes of status: many at once, held together by the database, undone by a change of their own."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from tests.factories.accounts import UserFactory
from tests.factories.institutions import ProgrammeFactory
from tests.factories.registry import EnrolmentFactory, PersonFactory, RegistrationFactory

from xueji.cli.audit_asking import all_rows
from xueji.cli.audit_rows import ROW_BALANCES
from xueji.core.errors import Conflict
from xueji.ledger.models import Event
from xueji.registry.actions import Move, record_status_changes, undo_status_changes
from xueji.registry.models import Enrolment, EnrolmentStatus, Registration, StatusChange
from xueji.registry.queries.histories import changes_of, record_on

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("S2-19")]
AT = datetime(2024, 3, 8, 1, tzinfo=UTC)
LATER = datetime(2024, 3, 20, 1, tzinfo=UTC)


@pytest.fixture
def clerk():
    return UserFactory()


def _suspend(records, by, **more):
    moves = [Move(record, EnrolmentStatus.SUSPENDED, {"expected_graduation": "2027-07"}, "因病") for record in records]
    given = {"kind": "休学", "moves": moves, "effective_on": date(2024, 3, 1), "by": by, "at": AT} | more
    return record_status_changes(**given)


def _records(count: int) -> list[Enrolment]:
    return [RegistrationFactory().enrolment for _ in range(count)]


def _checked() -> None:
    """Have the database ask now what it asks at the end of a transaction."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


def test_many_records_change_together_each_with_its_row_and_its_event(clerk) -> None:
    records = _records(3)
    _suspend(records, clerk)
    _checked()
    assert set(Enrolment.objects.values_list("status", flat=True)) == {"suspended"}
    assert set(Registration.objects.values_list("expected_graduation", flat=True)) == {"2027-07"}
    assert Event.objects.filter(tag="enrolment:changed").count() == 3
    change = changes_of(records[0])[0]
    assert (change.before, change.after) == ({"expected_graduation": "2026-07"}, {"expected_graduation": "2027-07"})


def test_who_changed_meanwhile_is_named_and_nothing_is_stored(clerk) -> None:
    records = _records(2)
    stale = Enrolment.objects.get(pk=records[1].pk)
    _suspend([stale], clerk)
    with pytest.raises(Conflict, match=f"{records[1].person.name}（现为休学）"):
        _suspend(records, clerk)
    assert StatusChange.objects.count() == 1
    assert Enrolment.objects.get(pk=records[0].pk).status == "studying"


def test_undoing_is_a_change_and_the_record_is_told_as_it_was_known(clerk) -> None:
    (record,) = _records(1)
    (change,) = _suspend([record], clerk)
    undo_status_changes(changes=[change], reason="录错学生", effective_on=date(2024, 3, 20), by=clerk, at=LATER)
    _checked()
    record.refresh_from_db()
    assert record.status == "studying"
    assert Registration.objects.get(pk=record.pk).expected_graduation == "2026-07"
    assert [c.counters_id for c in changes_of(record)] == [None, change.pk]
    then = record_on(record, date(2024, 3, 10), known=datetime(2024, 3, 10, tzinfo=UTC))
    assert (then.status, then.values["expected_graduation"]) == (EnrolmentStatus.SUSPENDED, "2027-07")
    now = record_on(record, date(2024, 3, 10))
    assert (now.status, now.values["expected_graduation"]) == (EnrolmentStatus.STUDYING, "2026-07")
    assert record_on(record, date(2023, 8, 31)).status is None


def test_only_the_last_change_is_undone(clerk) -> None:
    (record,) = _records(1)
    (first,) = _suspend([record], clerk)
    record.refresh_from_db()
    moves = [Move(record, EnrolmentStatus.STUDYING)]
    record_status_changes(kind="复学", moves=moves, effective_on=date(2024, 3, 10), by=clerk, at=LATER)
    with pytest.raises(Conflict, match="只能撤销最近一次"):
        undo_status_changes(changes=[first], reason="录错", effective_on=date(2024, 3, 20), by=clerk, at=LATER)


def test_a_status_nobody_decided_is_not_committed() -> None:
    (record,) = _records(1)
    with pytest.raises(IntegrityError, match="its changes come to"), transaction.atomic():
        Enrolment.objects.filter(pk=record.pk).update(status="graduated")
        _checked()


def test_a_record_does_not_begin_as_graduated() -> None:
    with pytest.raises(IntegrityError, match="no change that says so"), transaction.atomic():
        EnrolmentFactory(status="graduated")
        _checked()


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"from_status": "suspended"}, "starts from"),
        ({"ordinal": 1}, "change_place_of_enrolment"),
        ({"effective_on": date(2024, 2, 1)}, "before the one ahead"),
        ({"moves_to": True}, "moves_to_when_transferred"),
    ],
)
def test_the_database_refuses_a_change_that_does_not_fit(clerk, wrong, message) -> None:
    (record,) = _records(1)
    record_status_changes(
        kind="留级", moves=[Move(record, EnrolmentStatus.STUDYING, {"grade": 2024})], effective_on=date(2024, 3, 1),
        by=clerk, at=AT,
    )  # fmt: skip
    given = {
        "enrolment": record, "ordinal": 2, "kind": "休学", "from_status": "studying", "to_status": "suspended",
        "effective_on": date(2024, 3, 2), "recorded_at": LATER, "by": clerk,
    } | wrong  # fmt: skip
    if "moves_to" in wrong:
        given["moves_to"] = _records(1)[0]
    with pytest.raises(DatabaseError, match=message), transaction.atomic():
        StatusChange.objects.create(**given)


@pytest.mark.requirement("S2-16")
def test_one_active_record_a_person_counts_who_is_suspended(clerk) -> None:
    (record,) = _records(1)
    _suspend([record], clerk)
    with pytest.raises(IntegrityError, match="one_active_enrolment"), transaction.atomic():
        EnrolmentFactory(person=record.person)
    claimed = EnrolmentFactory(person=record.person, status="claimed")
    assert claimed.get_status_display() == "待查重处理"


def test_a_programme_changes_with_the_record_of_what_it_was(clerk) -> None:
    (record,) = _records(1)
    was, other = record.programme_id, ProgrammeFactory(school=record.school, name="会计")
    moves = [Move(record, EnrolmentStatus.STUDYING, {"programme_id": other.pk})]
    record_status_changes(kind="转专业", moves=moves, effective_on=date(2024, 3, 1), by=clerk, at=AT)
    assert Enrolment.objects.get(pk=record.pk).programme_id == other.pk
    assert record_on(Enrolment.objects.get(pk=record.pk), date(2024, 2, 1)).values["programme_id"] == was


def test_a_number_is_of_one_person_and_none_of_many() -> None:
    assert (
        PersonFactory(resident_id="", resident_id_index=None).pk
        != PersonFactory(resident_id="", resident_id_index=None).pk
    )


@pytest.mark.forges
def test_the_audit_recomputes_the_status_and_names_the_record(clerk) -> None:
    (record,) = _records(1)
    _suspend([record], clerk)
    _checked()
    sql = ROW_BALANCES["registry.status"][1]
    assert all_rows(sql) == []
    with connection.cursor() as cursor:
        cursor.execute("set session_replication_role = replica")
        cursor.execute("update registry_enrolment set status = 'studying' where id = %s", [record.pk])
        cursor.execute("set session_replication_role = default")
    assert [(f"学籍 {record.pk}：现为 studying，异动办下来应为 suspended",)] == all_rows(sql)
