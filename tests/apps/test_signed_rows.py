"""Signed rows carry a keyed digest: made whichever way they are stored, kept after a change of keys."""

from __future__ import annotations

import os

import pytest
from django.db import connection
from tests.factories.accounts import UserFactory
from tests.factories.cases import DecisionFactory
from tests.factories.graduation import CandidateFactory
from tests.factories.registry import PersonFactory

from xueji.cases.models import Decision
from xueji.cli.audit_digests import digests
from xueji.cli.reseal import steps
from xueji.graduation.models import Candidate
from xueji.registry.models import Person
from xueji.sealing.rows import RowDigestField, is_as_written
from xueji.sealing.texts import SealBroken

FIELD = Decision._meta.get_field("digest")
assert isinstance(FIELD, RowDigestField)


def rewritten(row: Decision, **columns: object) -> None:
    """Write past the product, as the owner of the database."""
    with connection.cursor() as cursor:
        cursor.execute("set constraints all immediate")
        cursor.execute("alter table cases_decision disable trigger all")
        for name, value in columns.items():
            cursor.execute(f"update cases_decision set {name} = %s where id = %s", [value, row.pk])
        cursor.execute("alter table cases_decision enable trigger all")


def reseal() -> int:
    return sum(steps()["cases.Decision 的摘要"]())


@pytest.mark.django_db
def test_rows_stored_one_by_one_and_together_fit_their_digests(settings):
    decision = DecisionFactory()
    Decision.objects.bulk_create(
        [Decision(step=decision.step, verdict="approve", reasons="同意", by=decision.by, at=decision.at)]
    )
    assert [FIELD.fits(row) for row in Decision.objects.all()] == [True, True]
    assert digests(settings.DATA_KEYS)["mismatches"] == []
    assert digests(settings.DATA_KEYS)["looked_at"] == 4  # with the school behind them, and as party of their case


@pytest.mark.forges
@pytest.mark.django_db
@pytest.mark.parametrize("digest", ["", "1:", "1:" + "0" * 64, "x", "7:" + "0" * 64])
def test_a_digest_that_nobody_with_the_key_made_is_named(settings, digest):
    decision = DecisionFactory()
    rewritten(decision, digest=digest)
    assert digests(settings.DATA_KEYS)["mismatches"] == [f"审核意见 {decision.pk}：与写入时不一致"]


@pytest.mark.django_db
def test_after_a_change_of_keys_nothing_needs_the_old_one(settings):
    decision = DecisionFactory()
    old = dict(settings.DATA_KEYS)
    settings.DATA_KEYS, settings.DATA_KEY_ACTIVE = {**old, 9: os.urandom(32)}, 9
    assert reseal() == 1
    assert reseal() == 0
    assert sum(steps()["institutions.School 的摘要"]()) == 1
    assert sum(steps()["cases.CaseParty 的摘要"]()) == 1
    settings.DATA_KEYS = {9: settings.DATA_KEYS[9]}
    assert FIELD.fits(Decision.objects.get(pk=decision.pk))
    assert digests(settings.DATA_KEYS)["mismatches"] == []


@pytest.mark.forges
@pytest.mark.django_db
def test_a_change_of_keys_does_not_make_a_forged_row_good(settings):
    decision = DecisionFactory()
    rewritten(decision, by_id=UserFactory().pk)
    settings.DATA_KEYS, settings.DATA_KEY_ACTIVE = {**settings.DATA_KEYS, 9: os.urandom(32)}, 9
    with pytest.raises(SealBroken, match="与写入时不一致"):
        reseal()


@pytest.mark.django_db
def test_numbers_and_details_mean_the_same_however_they_came(settings):
    """«3» of a form is «3.0» in the table, and an object has no order."""
    candidate = CandidateFactory(duration_years=3, details={"b": "乙", "a": "甲"})
    assert is_as_written(Candidate.objects.get(pk=candidate.pk))
    assert digests(settings.DATA_KEYS)["mismatches"] == []
    Candidate.objects.filter(pk=candidate.pk).update(details={"a": "甲", "b": "丙"})
    assert not is_as_written(Candidate.objects.get(pk=candidate.pk))
    candidate.save()


@pytest.mark.django_db
def test_sealing_anew_leaves_the_digest_of_a_person_good(settings):
    person = PersonFactory()
    old = Person.objects.get(pk=person.pk)
    settings.DATA_KEYS, settings.DATA_KEY_ACTIVE = {**settings.DATA_KEYS, 9: os.urandom(32)}, 9
    sum(steps()["registry.Person.resident_id"]())
    assert is_as_written(Person.objects.get(pk=person.pk))
    assert Person.objects.get(pk=person.pk).digest == old.digest
    assert sum(steps()["registry.Person 的摘要"]()) == 1
    assert Person.objects.get(pk=person.pk).digest.startswith("9:")
    assert is_as_written(Person.objects.get(pk=person.pk))
