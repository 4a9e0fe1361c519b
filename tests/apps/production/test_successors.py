"""A certificate put right after its batch was sealed gets a seal of its own, by two persons."""

from __future__ import annotations

import uuid

import pytest
from django.test import Client
from django.urls import reverse
from tests.factories.cases import EvidenceFactory
from tests.factories.graduation import AT, approved, decide, filled, rows_of, setting
from tests.factories.packs import certificate_cases, use

from xueji.cases.actions import submit_case
from xueji.cases.models import CaseState
from xueji.certificates.models import Certificate, Issue
from xueji.core.errors import BadInput, NotPermitted, RuleViolation
from xueji.graduation.actions import open_certificate_case
from xueji.production.actions.successors import seal_successors
from xueji.production.successors import waiting_at

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("S3-22")]


@pytest.fixture
def here(monkeypatch):
    use(monkeypatch, *certificate_cases())
    found = filled(setting(), rows_of(2))
    approved(found)
    opened = open_certificate_case(
        kind="certificate_correction", certificate=found.batch.candidates.get(ordinal=1).certificate, reason="错",
        changes={"name": "李改名"}, by=found.clerk, at=AT,
    )  # fmt: skip
    EvidenceFactory(case=opened.case)
    submit_case(case=opened.case, by=found.clerk, at=AT)
    while decide(opened.case, found.city).state != CaseState.APPROVED:
        pass
    return found


def sealed_batch(here) -> Certificate:
    """Let the batch be sealed, and return the successor that waits."""
    Issue.objects.filter(batch=here.batch).update(sealed_at=AT)
    return waiting_at([here.city.city]).get()


def seal(here, ids, sealed_by=None, supervised_by=None) -> int:
    return seal_successors(
        authority=here.city.city, certificates=ids, sealed_by=sealed_by or here.city.sealer,
        supervised_by=supervised_by or here.city.seal_supervisor, at=AT,
    )  # fmt: skip


def test_before_the_batch_is_sealed_nothing_waits_apart(here) -> None:
    assert not waiting_at([here.city.city]).exists()


def test_successor_is_sealed_once_by_two_persons_of_the_authority(here) -> None:
    certificate = sealed_batch(here)
    with pytest.raises(RuleViolation, match="两个人"):
        seal(here, [certificate.pk], supervised_by=here.city.sealer)
    with pytest.raises(NotPermitted):
        seal(here, [certificate.pk], sealed_by=here.city.city_reviewer)
    with pytest.raises(BadInput):
        seal(here, [certificate.pk, uuid.uuid4()])
    assert seal(here, [certificate.pk]) == 1
    certificate.refresh_from_db()
    assert (certificate.state, certificate.sealed_at) == ("sealed", AT)
    with pytest.raises(BadInput, match="已验印"):
        seal(here, [certificate.pk])


def test_page_lists_and_seals_with_the_supervisors_password(here) -> None:
    certificate = sealed_batch(here)
    here.city.seal_supervisor.set_password("a long password")
    here.city.seal_supervisor.save()
    client, url = Client(), reverse("authority:successors")
    client.force_login(here.city.sealer, backend="xueji.accounts.backends.Accounts")
    assert certificate.number.number in client.get(url).text
    chosen = {"ids": [str(certificate.pk)], "supervised_by": here.city.seal_supervisor.pk}
    assert client.post(url, {**chosen, "password": "wrong"}).status_code == 422
    assert client.post(url, {**chosen, "password": "a long password"}).status_code == 302
    certificate.refresh_from_db()
    assert certificate.state == "sealed"
    assert "没有等待验印" in client.get(url).text
