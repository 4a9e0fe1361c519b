"""Who has which part in replacement and verification (S0 二（一）, 二（二）, 三（二）, 三（四）3): each does its own, and nobody another's."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse
from tests.factories.accounts import ApplicantFactory
from tests.factories.applications import BlacklistEntryFactory, RefusedApplicationFactory, province
from tests.factories.applying import AT, submitted
from tests.factories.institutions import appointed
from tests.factories.replacements import press
from tests.web.applicants import signed_in_applicant

from xueji.applications.actions import withdraw_application
from xueji.applications.blacklist_paper_queries import filled_letter
from xueji.applications.facts import decide_materials, law_for
from xueji.applications.models import Application
from xueji.cases.actions import decide_step
from xueji.cases.queries import open_step_of
from xueji.core.errors import NotFound, NotPermitted
from xueji.institutions.models import Post
from xueji.replacements.actions import print_next

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("S0-06")]


@pytest.fixture
def centre():
    return province()


def test_the_applicant_applies_and_the_office_the_table_names_decides(centre) -> None:
    city = centre.children.get()
    of_province, of_city = appointed(Post.PROVINCE_REVIEWER, centre), appointed(Post.CITY_REVIEWER, city)
    older = submitted(ApplicantFactory(proven=True), centre)
    newer = submitted(ApplicantFactory(proven=True), centre, entered="2005-09", graduated="2008-07")
    assert (older.office, newer.office) == (centre, city)
    for sent, wrong, right in ((older, of_city, of_province), (newer, of_province, of_city)):
        with pytest.raises(NotPermitted):
            withdraw_application(application=sent, by=right, at=AT)  # the applicant's alone
        with pytest.raises((NotPermitted, NotFound)):  # not even in its sight
            decide_step(step=open_step_of(sent.case), verdict="approve", by=wrong, at=AT)
        decide_step(step=open_step_of(sent.case), verdict="approve", by=right, at=AT)
        assert Application.objects.get(pk=sent.pk).state == "approved"


def test_the_centre_prints_and_a_city_does_not() -> None:
    office = press()
    office.queued(1)
    office.stock(1, 2)
    with pytest.raises(NotPermitted):
        print_next(authority=office.city, serials="豫X0000001", by=office.printer, at=AT)
    with pytest.raises(NotPermitted):
        print_next(authority=office.province, serials="豫X0000001", by=office.reviewer, at=AT)
    assert len(print_next(authority=office.province, serials="豫X0000001", by=office.printer, at=AT)) == 1


@pytest.mark.parametrize(
    ("facts", "origins"),
    [
        ({}, {"applicant", "school"}),
        (
            {"category": "普通中专", "is_health": True, "entered": "2002-09", "graduated": "2005-07", "admission_form": "lost"},
            {"applicant", "school", "admission_office", "health_authority"},
        ),
        ({"mismatch": ["name"], "identity_changed": True}, {"applicant", "school", "police"}),
    ],
)  # fmt: skip
def test_school_admission_office_health_authority_and_police_give_the_papers_that_are_theirs(
    centre, facts, origins
) -> None:
    sent = submitted(ApplicantFactory(proven=True), centre)
    for name, value in facts.items():
        setattr(sent, name, value)
    papers = decide_materials(sent, law_for(sent)).papers
    assert {paper.spec.origin for paper in papers} == origins


def test_employer_and_discipline_organ_are_written_to_and_have_no_desk(centre) -> None:
    entry = BlacklistEntryFactory(
        application=RefusedApplicationFactory(office=centre), employer="某某公司", school_name="某某学校", discipline_organ="某市教育局纪检监察组",
    )  # fmt: skip
    letters = {key: dict(filled_letter(entry, key).facts) for key in ("blacklist_employer", "blacklist_discipline")}
    assert letters["blacklist_employer"]["employer"] == "某某公司"
    assert letters["blacklist_discipline"]["discipline_organ"] == "某市教育局纪检监察组"
    assert not any(facts["resident_id"] for facts in letters.values())
    page = reverse("authority:blacklist_entry", args=[entry.pk])
    for visitor in (Client(), signed_in_applicant(ApplicantFactory(proven=True))):
        assert visitor.get(page).status_code == 302  # sent to sign in
