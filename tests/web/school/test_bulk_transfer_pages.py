"""A transfer of many by workbook: who may move is chosen and fetched, good rows go on as one case, bad ones come back marked (S2 第十二条)."""

from __future__ import annotations

from io import BytesIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from openpyxl import load_workbook
from tests.factories.institutions import ProgrammeFactory, SchoolFactory, staffed_city
from tests.factories.registry import ended
from tests.web.school.test_bulk_pages import XLSX, body
from tests.web.school.test_status_pages import students

from xueji.jobs.testing import run_pending_jobs
from xueji.ledger.models import Event
from xueji.registry.models import Enrolment, StatusApplication
from xueji.registry.transfer_list_queries import FORM
from xueji.uploads.models import Upload

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("S2-20")]
COLUMN = {column.field: number for number, column in enumerate(FORM.columns, 1)}


@pytest.fixture
def henan():
    return staffed_city("410100", "410102")


@pytest.fixture
def clerk(henan) -> Client:
    client = Client()
    client.force_login(henan.clerk, backend="xueji.accounts.backends.Accounts")
    return client


def asked(henan, **more: str) -> dict[str, str]:
    given = {
        "receiving": henan.city_school.name,
        "effective_on": timezone.localdate().isoformat(),
        "statement": "专业布局调整",
    }
    return given | more


def sent(clerk, book) -> Upload:
    out = BytesIO()
    book.save(out)
    file = SimpleUploadedFile("名册.xlsx", out.getvalue(), XLSX)
    answer = clerk.post(reverse("school:bulk_transfer"), {"workbook": file})
    run_pending_jobs()
    upload = Upload.objects.latest("pk")
    assert answer.url == reverse("uploads:transfers", args=[upload.pk])
    return upload


def test_who_may_move_is_fetched_sent_back_and_becomes_one_case_of_two_schools(clerk, henan) -> None:
    records = students(henan, 5)
    ended(records[4])
    name = records[0].programme.name
    taught = ProgrammeFactory(school=henan.city_school, name=name)
    page = clerk.get(reverse("school:bulk_transfer"), asked(henan)).text
    assert "可以转学 4 人，不能转学 1 人" in page
    fetched = clerk.get(reverse("school:transfer_workbook"), asked(henan))
    book = load_workbook(BytesIO(body(fetched)))
    sheet, others = book.worksheets[:2]
    assert [sheet.max_row, others.max_row] == [5, 2]
    assert "第" in str(others.cell(2, 5).value)  # its clause
    assert {sheet.cell(row, COLUMN["programme"]).value for row in range(2, 6)} == {name}
    assert Event.objects.get(tag="list:downloaded").after["persons"] == 5
    sheet.cell(2, COLUMN["name"]).value = "别人"
    sheet.cell(3, COLUMN["programme"]).value = "没有的专业"
    sheet.cell(4, COLUMN["receiving"]).value = SchoolFactory(authority=henan.city).code
    sheet.cell(5, COLUMN["receiving"]).value = henan.city_school.code  # its code is as good as its name
    upload = sent(clerk, book)
    found = set(upload.findings.values_list("rule", "row"))
    assert ("bulk_transfer.compared", 2) in found
    assert ("bulk_transfer.programme", 3) in found
    assert ("bulk_transfer.alike", 4) in found
    assert (upload.row_count, upload.left_out_count) == (1, 3)
    passing = Enrolment.objects.get(pk=sheet.cell(5, COLUMN["record"]).value)
    confirmed = clerk.post(reverse("uploads:transfers_confirmation", args=[upload.pk]))
    application = StatusApplication.objects.get()
    assert confirmed.url == reverse("school:case", args=[application.case_id])
    (applicant,) = application.applicants.all()
    assert (applicant.enrolment, applicant.wanted["programme_id"]) == (passing, taught.pk)
    roles = dict(application.case.parties.filter(school__isnull=False).values_list("role", "school"))
    assert roles == {"sending": henan.county_school.pk, "receiving": henan.city_school.pk}
    again = clerk.post(reverse("uploads:transfers_confirmation", args=[upload.pk]))  # clicked twice
    assert StatusApplication.objects.count() == 1
    assert again.status_code in {302, 409}
    page = clerk.get(reverse("school:bulk_transfer"), asked(henan)).text  # who has one under way is offered none
    assert "可以转学 3 人，不能转学 2 人" in page


def test_what_changed_between_the_check_and_the_confirmation_is_refused_with_the_name(clerk, henan) -> None:
    (record,) = students(henan, 1)
    ProgrammeFactory(school=henan.city_school, name=record.programme.name)
    book = load_workbook(BytesIO(body(clerk.get(reverse("school:transfer_workbook"), asked(henan)))))
    upload = sent(clerk, book)
    ended(record)
    answer = clerk.post(reverse("uploads:transfers_confirmation", args=[upload.pk]), follow=True)
    assert record.person.name in answer.text
    assert not StatusApplication.objects.exists()


@pytest.mark.parametrize("receiving", ["没有的学校", "itself"])
def test_a_school_nobody_can_move_to_keeps_what_was_typed(clerk, henan, receiving) -> None:
    students(henan, 1)
    typed = asked(henan, receiving=henan.county_school.name if receiving == "itself" else receiving)
    page = clerk.get(reverse("school:bulk_transfer"), typed)
    assert (page.status_code, "没有可以转入的学校" in page.text, "专业布局调整" in page.text) == (422, True, True)
    assert clerk.get(reverse("school:transfer_workbook"), typed).status_code == 404


def test_at_another_school_and_where_no_transfer_is_known_there_is_no_page(clerk, henan) -> None:
    weinan = staffed_city("610500", "610502")
    client = Client()
    client.force_login(weinan.clerk, backend="xueji.accounts.backends.Accounts")
    assert client.get(reverse("school:bulk_transfer")).status_code == 404
    elsewhere = {"school": henan.city_school.pk}
    assert clerk.get(reverse("school:bulk_transfer"), elsewhere).status_code == 404
    assert clerk.get(reverse("school:transfer_workbook"), asked(henan) | elsewhere).status_code == 404


def test_the_page_asks_no_more_for_more_students(clerk, henan) -> None:
    programme, counts = ProgrammeFactory(school=henan.county_school, name="会计"), []
    for more in (2, 10):
        students(henan, more, enrolment__programme=programme)
        with CaptureQueriesContext(connection) as page:
            clerk.get(reverse("school:bulk_transfer"), asked(henan))
        with CaptureQueriesContext(connection) as workbook:
            clerk.get(reverse("school:transfer_workbook"), asked(henan))
        counts.append([len(page), len(workbook)])
    assert all(many <= few for few, many in zip(*counts, strict=True)), counts
    assert max(counts[1]) <= 34, counts
