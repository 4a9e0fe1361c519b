"""A row forged in the database gets no diploma, however good it looks: it lacks the digest only the product can make."""

from __future__ import annotations

import pytest
from django.db import connection
from tests.factories.graduation import approved, at_the_city, decide, filled, setting

from xueji.certificates.models import Certificate
from xueji.core.errors import Conflict
from xueji.graduation.models import Candidate
from xueji.registry.models import Person

FORGERIES = {
    "name": (Candidate, {"name": "张伪造"}),
    "programme": (Candidate, {"specialisation": "急救"}),
    "digest left out": (Candidate, {"digest": ""}),
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
    assert here.batch.numbered_at is None


@pytest.mark.django_db
def test_rows_of_the_product_are_released():
    assert Certificate.objects.count() == 0
    batch = approved(filled(setting()))
    assert Certificate.objects.count() == batch.candidates.count() > 0
