"""The page of a change of many: choose, fetch the workbook, send it back, confirm; nothing of it grows with the students."""

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
from tests.factories.institutions import ProgrammeFactory, staffed_city
from tests.factories.registry import ended
from tests.web.school.test_status_pages import students

from xueji.jobs.testing import run_pending_jobs
from xueji.ledger.models import Event
from xueji.registry.models import StatusApplication
from xueji.uploads.models import Upload

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("S2-19")]
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@pytest.fixture
def henan():
    return staffed_city("410100", "410102")


@pytest.fixture
def clerk(henan) -> Client:
    client = Client()
    client.force_login(henan.clerk, backend="xueji.accounts.backends.Accounts")
    return client


def asked(change: str, **more: str) -> dict[str, str]:
    return {"change": change, "effective_on": timezone.localdate().isoformat(), "statement": "集体申请", **more}


def body(answer) -> bytes:
    return b"".join(answer.streaming_content) if answer.streaming else answer.content


def test_a_class_is_chosen_fetched_sent_back_and_confirmed(clerk, henan) -> None:
    records = students(henan, 3)
    ended(records[2])
    page = clerk.get(reverse("school:bulk_change"), asked("退学"))
    assert "可以办理 2 人，不能办理 1 人" in page.text
    assert "第十一条" in page.text or "第十三条" in page.text
    fetched = clerk.get(reverse("school:bulk_workbook"), asked("退学"))
    book = load_workbook(BytesIO(body(fetched)))
    assert [sheet.max_row for sheet in book.worksheets[:2]] == [3, 2]
    look = Event.objects.get(tag="list:downloaded")
    assert (look.actor_id, look.after["persons"]) == (henan.clerk.pk, 3)
    book.worksheets[0].cell(2, 2).value = "别人"
    out = BytesIO()
    book.save(out)
    sent = clerk.post(
        reverse("school:bulk_change"), {"workbook": SimpleUploadedFile("名册.xlsx", out.getvalue(), XLSX)}
    )
    run_pending_jobs()
    upload = Upload.objects.get()
    assert sent.url == reverse("uploads:status_changes", args=[upload.pk])
    checked = clerk.get(sent.url)
    assert "其余 1 行没有错误，可以确认入库" in checked.text
    assert "与学籍登记不一致" in checked.text
    confirmed = clerk.post(reverse("uploads:status_changes_confirmation", args=[upload.pk]))
    application = StatusApplication.objects.get()
    assert confirmed.url == reverse("school:case", args=[application.case_id])
    assert application.applicants.count() == 1
    assert "由此建立的申请" in clerk.get(sent.url).text


def test_a_choice_that_cannot_be_keeps_what_was_typed(clerk, henan) -> None:
    students(henan, 1)
    page = clerk.get(reverse("school:bulk_change"), asked("休学", reason="expulsion"))
    assert page.status_code == 422
    assert "原因类别只用于退学" in page.text
    assert "集体申请" in page.text
    assert clerk.get(reverse("school:bulk_workbook"), asked("休学", reason="expulsion")).status_code == 404
    assert clerk.get(reverse("school:bulk_workbook")).status_code == 404


def test_where_no_change_is_known_and_at_another_school_there_is_no_page(henan, clerk) -> None:
    weinan = staffed_city("610500", "610502")
    client = Client()
    client.force_login(weinan.clerk, backend="xueji.accounts.backends.Accounts")
    assert client.get(reverse("school:bulk_change")).status_code == 404
    assert clerk.get(reverse("school:bulk_change"), {"school": weinan.county_school.pk}).status_code == 404


def test_the_page_asks_no_more_for_more_students(clerk, henan) -> None:
    counts = []
    programme = ProgrammeFactory(school=henan.county_school, name="会计")
    for more in (2, 10):
        students(henan, more, enrolment__programme=programme)
        with CaptureQueriesContext(connection) as page:
            clerk.get(reverse("school:bulk_change"), asked("休学"))
        with CaptureQueriesContext(connection) as workbook:
            clerk.get(reverse("school:bulk_workbook"), asked("休学"))
        counts.append([len(page), len(workbook)])
    assert all(many <= few for few, many in zip(*counts, strict=True)), counts
    assert all(many <= most for many, most in zip(counts[1], (32, 32), strict=True)), counts
