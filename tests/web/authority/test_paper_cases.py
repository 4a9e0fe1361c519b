"""What is decided about a paper is on the page: which certificate, whose, on which blank, spoiled how, printed when."""

from __future__ import annotations

import pytest
from django.urls import reverse
from tests.apps.graduation.test_certificate_cases import asked
from tests.apps.production.test_runs import AT, loaded
from tests.factories.graduation import approved, filled, setting
from tests.factories.jurisdictions import FUJIAN, approve, jurisdiction

from xueji.cases.actions import submit_case
from xueji.cases.queries import open_step_of
from xueji.production.actions import confirm_sheets, open_reprint, spoil_sheet

pytestmark = pytest.mark.django_db


@pytest.fixture
def spoiled():
    """A certificate spoiled at printing, its reprint asked for, and the jurisdiction."""
    place = jurisdiction(FUJIAN)
    place.stock(1, 12)
    run = loaded(place, "C00000001-C00000003")
    confirm_sheets(run=run, first=1, last=2, by=place.clerk, at=AT)
    sheet = spoil_sheet(sheet=run.sheets.get(ordinal=3), reason="卡纸撕破", by=place.clerk, at=AT)
    made = open_reprint(issue=place.batch.issue, sheets=[sheet.pk], reason="只坏了一张", by=place.clerk, at=AT)
    submit_case(case=made.case, by=place.clerk, at=AT)
    return place, sheet, made


@pytest.mark.requirement("S3-04", "S3-22")
def test_a_reprint_shows_certificate_blank_defect_and_every_sheet_to_school_and_office(
    spoiled, as_user, django_assert_max_num_queries
):
    place, sheet, made = spoiled
    certificate = sheet.certificate
    expected = (certificate.number.number, certificate.holder_name, "C00000003", "卡纸撕破", "只坏了一张", "历次打印")
    page = as_user(place.leader).get(reverse("school:decision", args=[open_step_of(made.case).pk]))
    assert [shown.name for shown in page.context["panels"]] == ["reprint"]
    assert reverse("school:candidate", args=[certificate.candidate.pk]) in page.text
    for words in expected:
        assert words in page.text
    approve(made.case, place.leader)
    client = as_user(place.staff.city_reviewer)
    url = reverse("authority:step", args=[open_step_of(made.case).pk])
    with django_assert_max_num_queries(45):
        page = client.get(url)
    for words in expected:
        assert words in page.text
    assert reverse("school:candidate", args=[certificate.candidate.pk]) not in page.text
    assert certificate.person.resident_id not in page.text


def test_a_reprint_is_told_as_the_reader_s_post_may_see_it(spoiled, as_user):
    """Whoever sees the birth date sees no tail of the number, and the other way round."""
    place, sheet, made = spoiled
    tail, born = sheet.certificate.person.resident_id[-4:], sheet.certificate.person.birth_date.isoformat()
    page = as_user(place.leader).get(reverse("school:decision", args=[open_step_of(made.case).pk])).text
    assert (f"尾号 {tail}" in page) != (born in page)


def test_a_certificate_to_be_voided_is_shown_with_its_sheets_or_that_there_are_none(city, as_user):
    here = filled(setting(city))
    approved(here)
    certificate = here.batch.candidates.exclude(certificate=None).first().certificate
    opened = asked(here, "voiding", certificate)
    submit_case(case=opened.case, by=here.clerk, at=AT)
    page = as_user(here.city.leader).get(reverse("school:decision", args=[open_step_of(opened.case).pk]))
    assert [shown.name for shown in page.context["panels"]] == ["certificate_case", "sheets"]
    for words in (certificate.number.number, certificate.holder_name, certificate.programme_name, opened.reason):
        assert words in page.text
    assert "本系统没有这本证书装纸打印的记录，请另行核对" in page.text
