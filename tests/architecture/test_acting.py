"""The guard of the ledger itself: what it calls silent, and that it looks at every action."""

from __future__ import annotations

import pytest
from django.utils import timezone
from tests import acting
from tests.factories.accounts import UserFactory

from xueji.accounts.models import User
from xueji.graduation.records.actions import publish_rates
from xueji.ledger.actions import record_event
from xueji.ledger.copying import copy_rows
from xueji.ledger.tags import EventTag


def saves_alone(*, by: User) -> None:
    by.full_name = "改名"
    by.save()


def copies_alone(*, by: User) -> None:
    copy_rows([User(id=990_001, username="copied", full_name="抄入", password="!")])  # no password at all


def updates_alone(*, by: User) -> None:
    User.objects.filter(pk=by.pk).update(full_name="改名")


def saves_and_records(*, by: User) -> None:
    by.save()
    record_event(tag=EventTag.ACCOUNT_REACTIVATED, subject=by, by=by, at=timezone.now())


def reads_alone(*, by: User) -> None:
    assert User.objects.filter(pk=by.pk).exists()


@pytest.mark.django_db
@pytest.mark.parametrize("act", [saves_alone, copies_alone, updates_alone])
def test_an_act_that_writes_without_an_event_is_named_with_its_tables(act):
    by = UserFactory()
    acting.watched(act)(by=by)
    named, acting.WATCH.silent[:] = list(acting.WATCH.silent), []
    assert named == [f"{act.__module__}.{act.__name__} wrote accounts_user and no event"]


@pytest.mark.django_db
@pytest.mark.parametrize("act", [saves_and_records, reads_alone])
def test_an_act_with_its_event_and_one_that_writes_nothing_pass(act):
    acting.watched(act)(by=UserFactory())
    assert acting.WATCH.silent == []


@pytest.mark.django_db
def test_every_action_is_found_and_watched_where_it_is_used():
    found = acting.labels()
    assert len(found) > 100
    assert "xueji.graduation.records.actions.rates.publish_rates" in found
    assert publish_rates.__wrapped__ is not None


def test_every_exception_is_an_action_that_is_there():
    assert acting.SILENT.keys() <= acting.labels()
