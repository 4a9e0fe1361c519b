"""One law per matter: a city with a pack of its own below the province's, its batch from the list to the printed paper.

The season is opened by the province under the province's pack; the school stands under the city's. What is decided,
printed, sent and shown follows the city's, down to the pack that every event names.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from types import MappingProxyType

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from tests.factories.packs import ALWAYS, item, use_library
from tests.journeys.world import LATER, YEAR, World, found

from xueji.cases.queries import open_step_of
from xueji.certificates.models import Certificate, NumberCounter
from xueji.certificates.stating import packs_stated_by
from xueji.core.calendar import working_days_between
from xueji.core.packs import Pack
from xueji.demo.provinces import HENAN
from xueji.graduation.actions import submit_batch
from xueji.graduation.models import Batch
from xueji.institutions.calendars import working_calendar
from xueji.jobs.testing import run_pending_jobs
from xueji.ledger.models import Event
from xueji.policy import PackLibrary, get_library
from xueji.production.actions import request_print
from xueji.production.archive import copies_due

pytestmark = pytest.mark.django_db
CITY = "fictional/henan-city"
DAYS = 17  # of the city's clock; the province's has ten


@pytest.fixture
def henan(monkeypatch: pytest.MonkeyPatch) -> World:
    """Henan with a pack below it for the city of its first school: papers kept in city and school, a longer clock."""
    province = get_library().pack("edu/henan")
    clock = replace(province.on(date(YEAR, 6, 1)).clock("authority_review"), days=DAYS)
    city = Pack(
        id=CITY, title="虚构的省辖市", line="edu", territory="410100", parent=province, hash="c" * 64, dated=ALWAYS,
        sources=MappingProxyType({}), readings=(),
        items=(item("value", "archive_levels", ["city", "school"]), item("clock", "authority_review", clock)),
    )  # fmt: skip
    use_library(monkeypatch, PackLibrary([*get_library().packs(), city]))
    return found(HENAN)


def packs_named(batch: Batch) -> set[str]:
    """Return the packs that the events of a batch's school name, those of the season apart."""
    return set(Event.objects.filter(school_id=batch.school_id).exclude(pack="").values_list("pack", flat=True))


@pytest.mark.requirement("S2-54")
def test_approval_printing_and_pages_follow_the_city_and_nothing_the_province(henan: World) -> None:
    batch = henan.listed()
    assert (batch.season.law.pack.id, batch.law.pack.id) == ("edu/henan", CITY)
    submit_batch(batch=batch, by=henan.user("school_clerk"), at=LATER)
    case = henan.decide(batch.case)
    step = open_step_of(case)
    calendar = working_calendar(batch.law, step.authority)
    assert working_days_between(timezone.localdate(step.opened_at), step.due_on, calendar) == DAYS
    henan.approve(case)
    batch = Batch.objects.get(pk=batch.pk)
    assert set(Certificate.objects.values_list("pack", flat=True)) == {CITY}
    assert {copy.keeper for copy in copies_due(batch.issue)} == {"city", "school"}
    run = request_print(issue=batch.issue, document="graduate_list", by=henan.user("school_clerk"), at=LATER)
    run_pending_jobs()
    run.refresh_from_db()
    assert run.file_id
    assert packs_named(batch) == {CITY}
    page = Client()
    page.force_login(henan.user("school_clerk"), backend="xueji.accounts.backends.Accounts")
    shown = page.get(reverse("school:batch", args=[batch.pk])).content.decode()
    assert "虚构的省辖市" in shown


@pytest.mark.requirement("S2-54", "S2-34")
def test_a_city_counts_in_the_book_of_the_province_whose_numbering_it_inherits(henan: World) -> None:
    """A second book of the same shape would print a number twice wherever the counter spans more than the city."""
    below, beside = henan.listed(count=3), henan.listed("direct", count=3)
    for batch in (below, beside):
        henan.approved(batch)
    assert (Batch.objects.get(pk=below.pk).law.pack.id, beside.law.pack.id) == (CITY, "edu/henan")
    assert {counter.scope.split(" ")[0] for counter in NumberCounter.objects.all()} == {"edu/henan"}
    assert Certificate.objects.values("number__number").distinct().count() == 6
    assert packs_stated_by(henan.user("province")) == {"edu/henan": True}  # who states the last number on paper
    assert packs_stated_by(henan.user("city")) == {}
