"""Pictures of papers go when their term is over; what was stated and decided stays."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.db import DatabaseError, transaction
from django.urls import reverse
from tests.factories.accounts import ApplicantFactory
from tests.factories.applications import province
from tests.factories.applying import AT, drafted, submitted
from tests.factories.institutions import SchoolFactory, appointed
from tests.factories.replacements import press
from tests.web.applicants import signed_in_applicant

from xueji.applications.actions import sign_commitment, withdraw_application
from xueji.applications.forgetting_actions import erase_due_papers, over_since
from xueji.applications.models import Application
from xueji.applications.review_actions import DefectFound, refuse_on_grounds
from xueji.cases.actions import decide_step
from xueji.cases.queries import open_step_of
from xueji.documents.storage import stored_path
from xueji.institutions.models import Post
from xueji.ledger.models import Event
from xueji.replacements.actions import hand_over, withdraw_replacement
from xueji.replacements.models import Replacement

pytestmark = pytest.mark.django_db
DAYS = 210  # edu/henan, our reading


def after(days: int, since: datetime = AT) -> datetime:
    return since + timedelta(days=days)


def refused(application: Application) -> Application:
    """Refuse an application where it lies."""
    officer = appointed(Post.PROVINCE_REVIEWER, application.centre)
    step = open_step_of(application.case)
    refuse_on_grounds(step=step, defects=[DefectFound("attestation", "公章系伪造", ground="forged")], by=officer, at=AT)
    application.refresh_from_db()
    return application


@pytest.mark.requirement("S0-32")
def test_pictures_of_a_refused_application_go_after_the_term_and_the_record_stays(
    django_capture_on_commit_callbacks,
) -> None:
    application = refused(submitted(ApplicantFactory(proven=True), province()))
    pictures = list(application.materials.select_related("file"))
    assert len(pictures) > 3
    assert erase_due_papers(at=after(DAYS)) == 0
    with django_capture_on_commit_callbacks(execute=True):
        assert erase_due_papers(at=after(DAYS + 1)) == 1
    assert erase_due_papers(at=after(DAYS + 2)) == 0
    assert not any(stored_path(picture.file.address).exists() for picture in pictures)
    application.refresh_from_db()
    assert (application.forgotten_at, application.school_name) == (after(DAYS + 1), "郑州市第一职业中等专业学校")
    assert list(application.materials.values_list("pk")) == [(picture.pk,) for picture in pictures]
    event = Event.objects.get(tag="material:erased")
    assert (event.actor_id, len(event.after["files"]), event.after["over_since"]) == (None, len(pictures), "2026-03-02")
    # the page says so, and no address shows what is gone
    mine = signed_in_applicant(application.applicant)
    page = mine.get(reverse("applicant:application", args=[application.pk])).text
    assert "按期删除" in page
    assert reverse("applicant:picture", args=[pictures[0].pk]) not in page
    answer = mine.get(reverse("applicant:picture", args=[pictures[0].pk]))
    assert answer.status_code == 404
    assert "按期删除" in answer.text


def test_an_application_under_way_keeps_its_pictures_however_old_it_is() -> None:
    sent = submitted(ApplicantFactory(proven=True), province())
    drafted(ApplicantFactory(proven=True), sent.centre)
    assert erase_due_papers(at=after(3000)) == 0


def test_a_signature_and_what_was_withdrawn_go_too() -> None:
    application = submitted(ApplicantFactory(proven=True), province())
    withdraw_application(application=application, by=application.applicant.user, at=AT)
    draft = drafted(ApplicantFactory(proven=True), application.centre)
    signature = b"\x89PNG\r\n\x1a\n" + b"0" * 900
    draft = sign_commitment(application=draft, drawing=signature, by=draft.applicant.user, at=AT)
    withdraw_application(application=draft, by=draft.applicant.user, at=AT)
    assert erase_due_papers(at=after(DAYS + 1)) == 2
    draft.refresh_from_db()
    assert draft.signature.erased_at == after(DAYS + 1)


def test_after_an_approval_the_term_begins_when_the_certificate_is_in_the_holders_hands() -> None:
    office = press()
    office.stock(1, 9)
    SchoolFactory(authority=office.city, name="郑州市第一职业中等专业学校")
    sent = submitted(ApplicantFactory(proven=True), office.province)
    officer = appointed(Post.CITY_REVIEWER if sent.office == office.city else Post.PROVINCE_REVIEWER, sent.office)
    decide_step(step=open_step_of(sent.case), verdict="approve", by=officer, at=AT)
    queued = Replacement.objects.get(case=sent.case)
    sent.refresh_from_db()
    assert (sent.state, over_since(sent)) == ("approved", None)
    assert erase_due_papers(at=after(3000)) == 0
    office.sealed(office.printed("豫X0000001"))
    delivery = queued.deliveries.get()
    hand_over(delivery=delivery, code=str(delivery.code), document="居民身份证", by=office.printer, at=after(30))
    assert over_since(sent) == after(30)
    assert erase_due_papers(at=after(30 + DAYS)) == 0
    assert erase_due_papers(at=after(30 + DAYS + 1)) == 1
    queued.refresh_from_db()
    assert queued.photo.erased_at is None  # the certificate's own


def test_what_is_taken_out_of_the_queue_is_over_on_that_day() -> None:
    office = press()
    SchoolFactory(authority=office.city, name="郑州市第一职业中等专业学校")
    sent = submitted(ApplicantFactory(proven=True), office.province)
    officer = appointed(Post.CITY_REVIEWER if sent.office == office.city else Post.PROVINCE_REVIEWER, sent.office)
    decide_step(step=open_step_of(sent.case), verdict="approve", by=officer, at=AT)
    withdraw_replacement(
        replacement=Replacement.objects.get(case=sent.case), reason="原证书寻回", by=office.printer, at=after(5)
    )  # fmt: skip
    sent.refresh_from_db()
    assert over_since(sent) == after(5)


def test_nothing_goes_where_the_law_sets_no_term(monkeypatch) -> None:
    refused(submitted(ApplicantFactory(proven=True), province()))
    monkeypatch.setattr("xueji.applications.forgetting_actions.KEPT_DAYS", "supplement_days_of_nowhere")
    assert erase_due_papers(at=after(3000)) == 0


def test_the_database_refuses_an_application_forgotten_before_its_end() -> None:
    application = submitted(ApplicantFactory(proven=True), province())
    with pytest.raises(DatabaseError, match="application_forgotten_after_its_end"), transaction.atomic():
        Application.objects.filter(pk=application.pk).update(forgotten_at=after(9))
