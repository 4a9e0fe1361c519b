"""Columns that seal: by every way rows are written, found again, sealed again; and nothing gets in readable."""

from __future__ import annotations

import hmac
import json
from datetime import date

import pytest
from django.apps import apps
from django.core.exceptions import FieldError
from django.db import connection, transaction
from tests.factories.registry import EnrolmentFactory, PersonFactory

from xueji.graduation.models import Candidate
from xueji.ledger.copying import copy_rows
from xueji.registry.models import Enrolment, Person
from xueji.registry.models.enrolments import tail_index
from xueji.sealing.digests import digest_fits, keyed_digest
from xueji.sealing.fields import Sealed, SealedField, store_sealed
from xueji.sealing.indexes import keyed_index
from xueji.sealing.texts import SealBroken

pytestmark = pytest.mark.django_db
BORN = date(2003, 5, 6)


def stored(person: Person) -> bytes:
    with connection.cursor() as cursor:
        cursor.execute("select birth_date from registry_person where id = %s", [person.pk])
        return bytes(cursor.fetchone()[0])


@pytest.mark.parametrize("store", ["save", "bulk_create", "copy_rows"])
def test_a_birth_date_lies_closed_by_whatever_way_it_is_stored(store: str) -> None:
    person = PersonFactory.build(birth_date=BORN)
    ways = {
        "save": Person.save,
        "bulk_create": lambda person: Person.objects.bulk_create([person]),
        "copy_rows": lambda person: copy_rows([person]),
    }
    ways[store](person)
    assert b"2003" not in stored(person)
    assert Person.objects.get(pk=person.pk).birth_date == BORN
    assert Person.objects.only("name").get(pk=person.pk).birth_date == BORN
    assert person.birth_date == BORN


def test_what_a_field_makes_of_another_row_is_asked_before_the_copy_begins() -> None:
    """A record that has only the key of its person: asked in the midst of a COPY, the database waits for ever."""
    person, like = PersonFactory(), EnrolmentFactory()
    record = Enrolment(
        person_id=person.pk, school_id=like.school_id, programme_id=like.programme_id, entry_month=like.entry_month,
        duration_years=like.duration_years,
    )  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute("set local lock_timeout = '5s'; set local statement_timeout = '10s'")
    copy_rows([record])
    assert bytes(Enrolment.objects.get(pk=record.pk).tail_index) == tail_index(record.id_tail, like.school_id)


def test_a_value_never_gets_in_readable() -> None:
    person = PersonFactory()
    person.birth_date = BORN
    with pytest.raises(TypeError, match="sealed values only"), transaction.atomic():
        Person.objects.bulk_update([person], ["birth_date"])
    with pytest.raises(TypeError, match="sealed values only"), transaction.atomic():
        Person.objects.filter(pk=person.pk).update(birth_date=BORN)
    with pytest.raises(FieldError):
        Person.objects.filter(birth_date=BORN)
    store_sealed([person], "birth_date", "digest")
    assert Person.objects.get(pk=person.pk).birth_date == BORN


@pytest.mark.forges
def test_a_value_moved_to_another_row_does_not_open() -> None:
    person, other = PersonFactory(), PersonFactory()
    with connection.cursor() as cursor:
        cursor.execute("update registry_person set birth_date = %s where id = %s", [stored(person), other.pk])
    with pytest.raises(SealBroken):
        _ = Person.objects.get(pk=other.pk).birth_date


def test_what_is_read_in_bulk_stays_closed_and_prints_nothing() -> None:
    PersonFactory(birth_date=BORN)
    (value,) = Person.objects.values_list("birth_date", flat=True)
    assert isinstance(value, Sealed)
    assert f"{value} {[value]}" == "（已密封） [（已密封）]"


def sealed_fields() -> list[SealedField]:
    """Return every sealed column of the product."""
    fields = [field for model in apps.get_models() for field in model._meta.concrete_fields]
    return [field for field in fields if isinstance(field, SealedField)]


def test_no_index_stands_over_a_sealed_column() -> None:
    closed = {(field.model._meta.db_table, field.column) for field in sealed_fields()}
    assert (Candidate._meta.db_table, "birth_date") in closed
    for model in {field.model for field in sealed_fields()}:
        names = {field.name for field in model._meta.fields if isinstance(field, SealedField)}
        indexed = {name for index in model._meta.indexes for name in index.fields}
        unique = {name for constraint in model._meta.constraints for name in getattr(constraint, "fields", ())}
        assert not names & (indexed | unique)


def test_a_digest_is_one_of_its_purpose_its_key_and_its_values(settings) -> None:
    settings.DATA_KEYS = {1: b"a" * 32, 2: b"b" * 32}
    values = {"name": "王小明"}
    digest = keyed_digest(values, purpose="one", key_id=1)
    assert digest_fits(digest, values, purpose="one", key_id=1)
    assert not digest_fits(digest, values, purpose="other", key_id=1)
    assert not digest_fits(digest, values, purpose="one", key_id=2)
    assert not digest_fits(digest, values | {"name": "张伪造"}, purpose="one", key_id=1)
    assert not digest_fits("", values, purpose="one", key_id=1)


def test_a_digest_is_taken_over_the_json_that_anybody_can_write(settings) -> None:
    settings.DATA_KEYS = {1: b"a" * 32}
    values = {"姓名": '王\u2028小"明\\\x7f\x00', "b": "", "a": "😀/\n"}
    canonical = json.dumps(values, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
    key = hmac.digest(b"a" * 32, b"derived:one", "sha256")
    for _ in range(2):  # the second time the key is known
        assert keyed_digest(values, purpose="one", key_id=1) == hmac.digest(key, canonical, "sha256").hex()


def test_a_keyed_index_tells_purposes_and_parts_apart() -> None:
    made = {
        keyed_index("a", "x", "y"),
        keyed_index("b", "x", "y"),
        keyed_index("a", "xy", ""),
        keyed_index("a", "x", "y"),
    }
    assert len(made) == 3
