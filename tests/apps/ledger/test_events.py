"""Events: written with their act or not at all, never changed, free of identity numbers."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from django.apps import apps
from django.db import DatabaseError, connection, transaction
from tests.factories.accounts import UserFactory
from tests.factories.cases import DecisionFactory
from tests.factories.institutions import ProgrammeFactory, SchoolFactory

from xueji.accounts.models import User
from xueji.core.findings import Citation, Finding, Severity
from xueji.institutions.models import School
from xueji.ledger.actions import Basis, event_of, mask_identity_numbers, record_event, record_events
from xueji.ledger.models import Event
from xueji.ledger.queries import search_events, timeline_of
from xueji.ledger.tags import EventTag
from xueji.policy import get_library

AT = datetime(2019, 7, 8, 1, 30, tzinfo=UTC)
ID_NUMBER = "11010519491231002X"


@pytest.fixture
def clerk(db: None) -> User:
    return UserFactory(full_name="王经办")


def test_an_event_tells_who_what_when_and_on_what_ground(clerk: User) -> None:
    view = get_library().pack("edu/shaanxi-weinan").on(date(2019, 7, 1))
    source = view.sources["weinan-2019-22"]
    clause = next(iter(source.clauses))
    programme = ProgrammeFactory()
    finding = Finding("graduate.age", Severity.WARNING, "年龄偏小", cites=(Citation(source.key, clause),))
    record_event(
        tag=EventTag.PROGRAMME_REGISTERED, subject=programme, parent=programme.school, by=clerk, at=AT, view=view,
        rules=[finding, Basis("form.plain")], before={"学制": Decimal("2.0")}, after={"学制": Decimal("3.0"), "起": date(2019, 7, 1)},
        note="按批文",
    )  # fmt: skip
    event = Event.objects.get()
    assert (event.tag, event.at, event.actor_id, event.actor_label) == ("programme:registered", AT, clerk.pk, "王经办")
    assert (event.subject_type, event.subject_id) == ("institutions.Programme", str(programme.pk))
    assert (event.parent_type, event.school_id) == ("institutions.School", programme.school_id)
    assert (event.pack, event.pack_hash) == ("edu/shaanxi-weinan", view.pack.hash)
    assert event.rules == [
        {"rule": "graduate.age", "source": source.key, "clause": clause},
        {"rule": "form.plain", "source": "", "clause": ""},
    ]
    assert (event.before, event.after) == ({"学制": "2.0"}, {"学制": "3.0", "起": "2019-07-01"})


def test_the_system_itself_may_act(clerk: User) -> None:
    event = record_event(tag=EventTag.JOB_FAILED, subject=clerk, by=None, at=AT)
    assert (event.actor_id, event.actor_label, event.school_id) == (None, "系统", None)


def test_an_event_of_a_school_belongs_to_that_school(clerk: User) -> None:
    school = SchoolFactory()
    assert record_event(tag=EventTag.SCHOOL_REGISTERED, subject=school, by=clerk, at=AT).school_id == school.pk


@pytest.mark.django_db(transaction=True)
def test_no_event_outside_a_transaction() -> None:
    user = UserFactory()
    with pytest.raises(AssertionError):
        record_event(tag=EventTag.ACCOUNT_ISSUED, subject=user, by=None, at=AT)
    with pytest.raises(AssertionError):
        record_events([event_of(tag=EventTag.ACCOUNT_ISSUED, subject=user, by=None, at=AT)])
    assert not Event.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_an_undone_act_leaves_no_event() -> None:
    user = UserFactory()
    with pytest.raises(RuntimeError, match="undo"), transaction.atomic():
        record_event(tag=EventTag.ACCOUNT_ISSUED, subject=user, by=None, at=AT)
        raise RuntimeError("undo")
    assert not Event.objects.exists()


def test_identity_numbers_never_enter_the_ledger(clerk: User) -> None:
    clerk.full_name = f"王{ID_NUMBER}"
    record_event(
        tag=EventTag.PERSON_CORRECTED, subject=clerk, by=None, at=AT, before={"证件号": ID_NUMBER},
        after=[ID_NUMBER.lower(), {"说明": f"应为{ID_NUMBER}。"}], note=f"更正{ID_NUMBER}",
    )  # fmt: skip
    row = str(Event.objects.values().get())
    assert "19491231" not in row
    assert "002X" not in row.upper()
    assert row.count("（证件号）") == 5


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("20190600001", id="certificate number of 11 digits"),
        pytest.param("2018410007500001", id="certificate number of 16 digits"),
        pytest.param("a110105194912310021", id="inside a hash"),
        pytest.param("110105194913310021", id="no such month"),
        pytest.param("1101051949123100210", id="19 digits"),
    ],
)
def test_other_numbers_are_left_alone(text: str) -> None:
    assert mask_identity_numbers(text) == text


@pytest.mark.parametrize(
    "model",
    [m for m in apps.get_models() if any(t.name == "no_truncate" for t in getattr(m._meta, "triggers", []))],
    ids=lambda m: m._meta.label,
)
def test_every_append_only_table_refuses_truncate_in_the_database(db: None, model) -> None:
    with pytest.raises(DatabaseError, match="cannot be truncated"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL app.allow_truncate = 'off'")
        cursor.execute(f'TRUNCATE "{model._meta.db_table}" CASCADE')


@pytest.mark.parametrize(
    "statement",
    [
        pytest.param("UPDATE ledger_event SET note = 'x'", id="update"),
        pytest.param(
            "UPDATE ledger_event SET actor_label = 'x' WHERE id = (SELECT max(id) FROM ledger_event)", id="update one"
        ),
        pytest.param("DELETE FROM ledger_event", id="delete"),
    ],
)
def test_events_refuse_update_and_delete_in_the_database(clerk: User, statement: str) -> None:
    record_event(tag=EventTag.ACCOUNT_ISSUED, subject=clerk, by=None, at=AT)
    with pytest.raises(DatabaseError, match="Cannot update or delete rows"), transaction.atomic():
        connection.cursor().execute(statement)
    assert Event.objects.filter(note="", actor_label="系统").count() == 1


def test_decisions_refuse_update_and_delete_in_the_database(db: None) -> None:
    decision = DecisionFactory()
    for statement in ("UPDATE cases_decision SET verdict = 'refuse', reasons = 'x'", "DELETE FROM cases_decision"):
        with pytest.raises(DatabaseError, match="Cannot update or delete rows"), transaction.atomic():
            connection.cursor().execute(statement)
    decision.refresh_from_db()
    assert decision.verdict == "approve"


def test_bulk_events_cost_as_much_as_one(clerk: User, django_assert_num_queries) -> None:
    events = [event_of(tag=EventTag.CANDIDATES_LISTED, subject=clerk, by=clerk, at=AT) for _ in range(500)]
    with django_assert_num_queries(2):  # what was written is asked, then the events are stored
        record_events(events)
    assert Event.objects.count() == 500


def test_a_timeline_holds_the_subject_and_what_belongs_to_it_in_order(clerk: User) -> None:
    school, other = SchoolFactory(), SchoolFactory()
    programme = ProgrammeFactory(school=school)
    acts: list[tuple[EventTag, object, School | None]] = [
        (EventTag.SCHOOL_REGISTERED, school, None),
        (EventTag.SCHOOL_REGISTERED, other, None),
        (EventTag.PROGRAMME_REGISTERED, programme, school),
        (EventTag.SCHOOL_AMENDED, school, None),
    ]
    for tag, subject, parent in acts:
        record_event(tag=tag, subject=subject, parent=parent, by=clerk, at=AT)
    assert [e.tag for e in timeline_of(school)] == ["school:registered", "programme:registered", "school:amended"]
    assert [e.tag for e in timeline_of(programme, other)] == ["school:registered", "programme:registered"]
    assert timeline_of() == []


def test_the_search_narrows_by_tag_person_subject_and_time(clerk: User) -> None:
    school = SchoolFactory(name="渭水职业学校")
    record_event(tag=EventTag.SCHOOL_REGISTERED, subject=school, by=clerk, at=AT)
    record_event(tag=EventTag.SCHOOL_AMENDED, subject=school, by=None, at=AT.replace(day=9))
    assert [e.tag for e in search_events()] == ["school:amended", "school:registered"]
    assert [e.tag for e in search_events(tags=[EventTag.SCHOOL_REGISTERED])] == ["school:registered"]
    assert [e.tag for e in search_events(actor="王经")] == ["school:registered"]
    assert search_events(subject="渭水").count() == 2
    assert [e.tag for e in search_events(since=AT.replace(day=9))] == ["school:amended"]
    assert [e.tag for e in search_events(until=AT.replace(day=9))] == ["school:registered"]


def test_every_tag_has_its_own_chinese_words() -> None:
    labels = [tag.label for tag in EventTag]
    assert len(set(labels)) == len(labels)
    assert all(any("\u4e00" <= c <= "\u9fff" for c in str(label)) for label in labels)
    assert all(tag.value.count(":") == 1 for tag in EventTag)
