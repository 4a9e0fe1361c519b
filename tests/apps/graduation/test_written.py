"""A row forged in the database gets no diploma, however good it looks: it lacks the digest only the product can make."""

from __future__ import annotations

import pytest
from django.db import connection
from tests.factories.graduation import approved, at_the_city, decide, filled, setting

from xueji.certificates.models import Certificate
from xueji.core.errors import Conflict
from xueji.graduation.models import Candidate
from xueji.institutions.models import School
from xueji.registry.models import Person

FORGERIES = {
    "name": (Candidate, {"name": "张伪造"}),
    "programme": (Candidate, {"specialisation": "急救"}),
    "digest left out": (Candidate, {"digest": ""}),
    "approved beforehand": (Candidate, {"state": "approved"}),
    "person": (Person, {"ethnicity": "回族"}),
}


@pytest.mark.forges
@pytest.mark.django_db
@pytest.mark.parametrize("kind", FORGERIES)
def test_a_forged_row_stops_the_release_by_name_and_nothing_is_written(kind):
    here = filled(setting())
    at_the_city(here)
    model, values = FORGERIES[kind]
    chosen = here.batch.candidates.order_by("ordinal")[1]
    model.objects.filter(pk=chosen.pk if model is Candidate else chosen.person_id).update(**values)
    chosen.refresh_from_db()
    with pytest.raises(Conflict, match=f"与系统写入时不一致，不能发证：{chosen.name}。"):
        decide(here.batch.case, here.city)
    assert not connection.needs_rollback
    assert Certificate.objects.count() == 0
    here.batch.refresh_from_db()
    assert here.batch.issue.numbered_at is None


@pytest.mark.forges
@pytest.mark.django_db
def test_a_graduate_taken_out_of_the_table_stops_the_release_by_name():
    here = filled(setting())
    at_the_city(here)
    chosen = here.batch.candidates.order_by("ordinal")[1]
    name = chosen.name
    chosen.delete()
    with pytest.raises(Conflict, match=f"列入过名单，数据库中已没有，也没有退出的记录，不能发证：{name}。"):
        decide(here.batch.case, here.city)
    assert Certificate.objects.count() == 0


@pytest.mark.forges
@pytest.mark.django_db
def test_a_principal_nobody_entered_is_printed_on_nothing():
    here = filled(setting())
    at_the_city(here)
    School.objects.filter(pk=here.batch.school_id).update(principal="假校长")
    with pytest.raises(Conflict, match="登记的资料（名称、校长等）与系统写入时不一致，不能发证"):
        decide(here.batch.case, here.city)
    assert Certificate.objects.count() == 0


@pytest.mark.django_db
def test_rows_of_the_product_are_released():
    assert Certificate.objects.count() == 0
    batch = approved(filled(setting()))
    assert Certificate.objects.count() == batch.candidates.count() > 0
