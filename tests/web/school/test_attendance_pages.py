"""The pages of attendance: a class is checked, a refused form keeps what was typed, who is proposed is chosen and applied for."""

from __future__ import annotations

from datetime import timedelta
from io import BytesIO
from urllib.parse import urlencode

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from openpyxl import load_workbook
from tests.factories.institutions import ProgrammeFactory, staffed_city
from tests.web.school.test_bulk_pages import XLSX, body
from tests.web.school.test_status_pages import students

from xueji.jobs.testing import run_pending_jobs
from xueji.registry.models import AttendanceNote, StatusApplication
from xueji.uploads.models import Upload

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("S2-27")]


@pytest.fixture
def henan():
    return staffed_city("410100", "410102")


@pytest.fixture
def clerk(henan) -> Client:
    client = Client()
    client.force_login(henan.clerk, backend="xueji.accounts.backends.Accounts")
    return client


def class_page(record) -> str:
    chosen = urlencode({"grade": record.registration.grade, "class_name": record.registration.class_name})
    return f"{reverse('school:attendance_class')}?{chosen}"


def test_a_class_is_checked_and_the_proposed_are_applied_for(clerk, henan) -> None:
    today = timezone.localdate()
    first, second = students(henan, 2)
    away = {
        "checked_on": today.isoformat(), f"absent_since_{first.pk}": (today - timedelta(days=120)).isoformat(),
        f"contacts_{first.pk}": "监护人称不再返校",
    }  # fmt: skip
    refused = clerk.post(class_page(first), away | {f"contacts_{second.pk}": "已联系"})
    assert refused.status_code == 422
    assert "在校的学生各栏都不填" in refused.text
    assert "监护人称不再返校" in refused.text
    assert not AttendanceNote.objects.exists()
    assert clerk.post(class_page(first), away).status_code == 302
    page = clerk.get(reverse("school:attendance"))
    assert "1 人，其中拟按退学处理 1 人" in page.text
    assert "监护人称不再返校" in page.text
    assert "第十三条" in page.text
    assert f'value="{first.pk}"' in page.text
    carried = clerk.get(class_page(first)).text  # who was away stands in the next check as noted
    assert (today - timedelta(days=120)).isoformat() in carried
    sent = clerk.post(reverse("school:absence_withdrawals"), {"record": str(first.pk), "statement": "未请假离校"})
    application = StatusApplication.objects.get()
    assert sent.url == reverse("school:case", args=[application.case_id])
    assert "监护人称不再返校" in clerk.get(sent.url).text  # the evidence, on the page of the case
    again = clerk.post(reverse("school:absence_withdrawals"), {"record": str(second.pk), "statement": "未请假离校"})
    assert again.status_code in (400, 422)
    assert StatusApplication.objects.count() == 1


def test_the_workbook_is_fetched_sent_back_and_confirmed(clerk, henan) -> None:
    students(henan, 2)
    fetched = clerk.get(reverse("school:attendance_names"))
    book = load_workbook(BytesIO(body(fetched)))
    assert book.worksheets[0].max_row == 3
    sent = clerk.post(
        reverse("school:attendance_upload"), {"workbook": SimpleUploadedFile("考勤.xlsx", body(clerk.get(reverse("school:attendance_names"))), XLSX)}
    )  # fmt: skip
    run_pending_jobs()
    upload = Upload.objects.get()
    assert sent.url == reverse("uploads:attendance", args=[upload.pk])
    assert "退学只由系统提出建议" in clerk.get(sent.url).text
    done = clerk.post(reverse("uploads:attendance_confirmation", args=[upload.pk]))
    assert done.url.startswith(reverse("school:attendance"))
    assert AttendanceNote.objects.count() == 2


def test_where_nobody_is_withdrawn_for_absence_there_is_no_page(henan, clerk) -> None:
    weinan = staffed_city("610500", "610502")
    client = Client()
    client.force_login(weinan.clerk, backend="xueji.accounts.backends.Accounts")
    assert client.get(reverse("school:attendance")).status_code == 404
    assert clerk.get(reverse("school:attendance"), {"school": weinan.county_school.pk}).status_code == 404


def test_the_page_asks_no_more_for_more_students(clerk, henan) -> None:
    counts, today = [], timezone.localdate()
    programme = ProgrammeFactory(school=henan.county_school, name="会计")
    for more in (2, 8):
        records = students(henan, more, enrolment__programme=programme)
        given = {"checked_on": today.isoformat()} | {
            f"absent_since_{record.pk}": (today - timedelta(days=120)).isoformat() for record in records
        }
        assert clerk.post(class_page(records[0]), given).status_code == 302
        with CaptureQueriesContext(connection) as page:
            clerk.get(reverse("school:attendance"))
        with CaptureQueriesContext(connection) as of_class:
            clerk.get(class_page(records[0]))
        counts.append([len(page), len(of_class)])
    assert all(many <= few for few, many in zip(*counts, strict=True)), counts
    assert all(many <= most for many, most in zip(counts[1], (32, 24), strict=True)), counts
