"""A graduate's page: photograph, history, full number on a stated reason; corrections and special cases."""

from __future__ import annotations

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from tests.factories.graduation import at_the_city, filled, rows_of, setting

from xueji.cases.models import Case, CaseState
from xueji.graduation.actions import refuse_candidates
from xueji.graduation.models import SpecialCase
from xueji.ledger.models import Event
from xueji.registry.models import ParticularsChange, Reveal

pytestmark = pytest.mark.django_db
PDF = b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF"


def signed_in(user) -> Client:
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def here():
    return filled(setting())


def test_page_masks_the_number_and_shows_the_history(here, django_assert_max_num_queries) -> None:
    candidate = here.batch.candidates.first()
    client = signed_in(here.clerk)
    with django_assert_max_num_queries(20):
        page = client.get(reverse("school:candidate", args=[candidate.pk])).content.decode()
    assert rows_of()[0]["身份证号"] not in page
    assert f"尾号 {candidate.person.resident_id[-4:]}" in page
    assert candidate.birth_date.isoformat() not in page
    assert "列入验印名单" in page


def test_full_number_is_shown_once_on_a_reason_and_recorded(here) -> None:
    candidate = here.batch.candidates.order_by("ordinal").first()
    client, url = signed_in(here.clerk), reverse("school:identity", args=[candidate.pk])
    refused = client.post(url, {"reason": ""})
    assert refused.status_code == 422
    assert not Reveal.objects.exists()
    shown = client.post(url, {"reason": "核对身份证原件"})
    assert rows_of()[0]["身份证号"] in shown.content.decode()
    assert "no-store" in shown.headers["Cache-Control"]
    assert Event.objects.filter(tag="resident_id:revealed", note="核对身份证原件").count() == 1


@pytest.mark.requirement("S1-10")
def test_photograph_goes_to_the_school_and_to_nobody_else(here) -> None:
    url = reverse("candidate_photo", args=[here.batch.candidates.first().pk])
    answer = signed_in(here.clerk).get(url)
    assert answer.headers["Content-Type"] == "image/jpeg"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert signed_in(here.city.city_clerk).get(url).status_code == 404
    assert Client().get(url).status_code == 302


@pytest.mark.requirement("S1-07")
def test_correction_goes_with_evidence_to_the_leader(here) -> None:
    candidate = here.batch.candidates.first()
    client = signed_in(here.clerk)
    url = reverse("school:new_change", args=[candidate.pk])
    nothing = client.post(url, {"document_number": "临职〔2019〕8号", "reason": "录错"})
    assert nothing.status_code == 422
    client.post(url, {"document_number": "临职〔2019〕8号", "reason": "录错", "name": "张改名"})
    case = ParticularsChange.objects.get().case
    assert "张改名" in client.get(reverse("school:case", args=[case.pk])).content.decode()
    wrong = {"kind": "户口簿", "file": SimpleUploadedFile("户口簿.pdf", b"not a pdf")}
    assert client.post(reverse("school:evidence", args=[case.pk]), wrong).status_code == 422
    right = {"kind": "户口簿", "file": SimpleUploadedFile("户口簿.pdf", PDF)}
    assert client.post(reverse("school:evidence", args=[case.pk]), right).status_code == 302
    file = case.evidence.get()
    assert client.get(reverse("school:evidence_file", args=[case.pk, file.pk])).status_code == 200
    client.post(reverse("school:case_submission", args=[case.pk]))
    case.refresh_from_db()
    assert case.state == CaseState.IN_PROGRESS
    step = case.steps.get(state="current")
    leader = signed_in(here.city.leader)
    assert "张改名" in leader.get(reverse("school:decision", args=[step.pk])).content.decode()
    assert case.title in client.get(reverse("school:changes")).content.decode()


def test_correction_of_another_school_is_not_found(here) -> None:
    candidate = here.batch.candidates.first()
    stranger = signed_in(here.city.city_clerk)
    assert stranger.get(reverse("school:new_change", args=[candidate.pk])).status_code == 404
    assert stranger.get(reverse("school:case", args=[here.batch.case.pk])).status_code == 404


@pytest.mark.requirement("S1-14")
def test_refused_graduate_is_argued_for_by_formal_document(here) -> None:
    step = at_the_city(here)
    candidate = here.batch.candidates.first()
    refuse_candidates(step=step, refusals={candidate.pk: "学籍存疑"}, by=here.city.city_reviewer, at=step.opened_at)
    client = signed_in(here.clerk)
    url = reverse("school:new_special_case", args=[here.batch.pk])
    assert "学籍存疑" in client.get(url).content.decode()
    form = {"document_number": "临职〔2019〕9号", "ids": [str(candidate.pk)]}
    form |= {f"class-{candidate.pk}": "系统录入差错", f"why-{candidate.pk}": "转入手续齐全"}
    client.post(url, form)
    special = SpecialCase.objects.get()
    page = client.get(reverse("school:case", args=[special.case_id])).content.decode()
    assert "转入手续齐全" in page
    client.post(reverse("school:case_withdrawal", args=[special.case_id]))
    assert Case.objects.get(pk=special.case_id).state == CaseState.WITHDRAWN
    assert special.case.title in client.get(reverse("school:special_cases")).content.decode()
