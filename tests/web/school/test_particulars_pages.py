"""信息变更 of students in the register: of one on a page, of many by a workbook; who may is said before anybody types (S2 第十四条)."""

from __future__ import annotations

from io import BytesIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from openpyxl import load_workbook
from tests.factories.institutions import staffed_city
from tests.factories.registry import ended, resident_id
from tests.web.school.test_bulk_pages import XLSX, body
from tests.web.school.test_status_pages import students

from xueji.cases.models import Case
from xueji.jobs.testing import run_pending_jobs
from xueji.ledger.models import Event
from xueji.registry.models import Enrolment, EnrolmentStatus, ParticularsChange
from xueji.registry.particulars_list_queries import FORM
from xueji.uploads.models import Upload

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("S2-19"), pytest.mark.requirement("S2-28")]
COLUMN = {column.field: number for number, column in enumerate(FORM.columns, 1)}
ASKED = {"document_number": "校函〔2024〕3号", "reason": "户籍更名"}


@pytest.fixture
def henan():
    return staffed_city("410100", "410102")


@pytest.fixture
def clerk(henan) -> Client:
    client = Client()
    client.force_login(henan.clerk, backend="xueji.accounts.backends.Accounts")
    return client


def workbook(clerk, **more: str):
    return load_workbook(BytesIO(body(clerk.get(reverse("school:particulars_workbook"), ASKED | more))))


def sent(clerk, book) -> Upload:
    out = BytesIO()
    book.save(out)
    file = SimpleUploadedFile("名册.xlsx", out.getvalue(), XLSX)
    answer = clerk.post(reverse("school:bulk_particulars"), {"workbook": file})
    run_pending_jobs()
    upload = Upload.objects.latest("pk")
    assert answer.url == reverse("uploads:particulars", args=[upload.pk])
    return upload


def test_the_file_of_a_student_leads_to_a_change_of_particulars(clerk, henan) -> None:
    (record,) = students(henan, 1)
    page = reverse("school:new_student_change", args=[record.pk])
    assert page in clerk.get(reverse("student", args=[record.pk])).text
    shown = clerk.get(page).text
    assert "户口簿" in shown
    kept = clerk.post(page, {"name": "新名字"} | ASKED | {"document_number": ""})
    assert (kept.status_code, "新名字" in kept.text) == (422, True)
    opened = clerk.post(page, {"name": "新名字"} | ASKED)
    change = ParticularsChange.objects.get(enrolment=record)
    assert opened.url == reverse("school:case", args=[change.case_id])
    again = clerk.post(page, {"name": "又一个"} | ASKED)
    assert (again.status_code, "有信息变更正在办理" in again.text) == (422, True)
    cancelled = ended(students(henan, 1, enrolment__programme=record.programme)[0], EnrolmentStatus.CANCELLED)
    refused = clerk.post(reverse("school:new_student_change", args=[cancelled.pk]), {"name": "新"} | ASKED)
    assert (refused.status_code, "第十一条" in refused.text) == (422, True)
    assert ParticularsChange.objects.count() == 1
    other = Client()
    other.force_login(henan.city_clerk, backend="xueji.accounts.backends.Accounts")
    assert other.get(page).status_code == 404


def test_a_workbook_of_many_opens_a_case_for_each_row_that_passes(clerk, henan) -> None:
    records = students(henan, 7)
    ended(records[6], EnrolmentStatus.CANCELLED)
    page = clerk.get(reverse("school:bulk_particulars"), ASKED).text
    assert "可以办理 6 人，不能办理 1 人" in page
    book = workbook(clerk)
    sheet = book.worksheets[0]
    assert [sheet.max_row, book.worksheets[1].max_row] == [7, 2]
    assert "第十一条" in str(book.worksheets[1].cell(2, 5).value)
    assert Event.objects.get(tag="list:downloaded").after["persons"] == 7
    number = resident_id(990 + 900 * 3000)  # of another birth date than anybody's here
    rows = {
        2: {"new_name": "新名字"},
        3: {"resident_id": number},  # brings birth date and sex along
        4: {"resident_id": number},
        5: {},
        6: {"new_name": "甲", "papers": "口头说明"},
        7: {"birth_date": "2009-01-02", "name": "别人"},
    }
    for row, values in rows.items():
        for field, value in values.items():
            sheet.cell(row, COLUMN[field]).value = value
    upload = sent(clerk, book)
    rules = set(upload.findings.values_list("rule", "row"))
    for expected in (("number_once", 4), ("something", 5), ("papers", 6), ("compared", 7)):
        assert (f"bulk_particulars.{expected[0]}", expected[1]) in rules
    assert (upload.row_count, upload.left_out_count) == (2, 4)
    assert not any(number in message for message in upload.findings.values_list("message", flat=True))
    clerk.post(reverse("uploads:particulars_confirmation", args=[upload.pk]))
    clerk.post(reverse("uploads:particulars_confirmation", args=[upload.pk]))  # clicked twice
    changes = {change.enrolment_id: change for change in ParticularsChange.objects.all()}
    named, numbered = (Enrolment.objects.get(pk=sheet.cell(row, COLUMN["record"]).value) for row in (2, 3))
    assert set(changes) == {named.pk, numbered.pk}
    assert {item.field: item.after for item in changes[named.pk].items.all()} == {"name": "新名字"}
    assert {item.field for item in changes[numbered.pk].items.all()} >= {"resident_id", "birth_date"}
    assert "证明材料：派出所" in changes[named.pk].reason
    assert Case.objects.filter(kind="particulars_change", state="draft").count() == 2
    assert "可以办理 4 人，不能办理 3 人" in clerk.get(reverse("school:bulk_particulars"), ASKED).text


def test_who_was_cancelled_between_check_and_confirmation_is_named_and_nothing_is_opened(clerk, henan) -> None:
    first, second = students(henan, 2)
    book = workbook(clerk)
    for row in (2, 3):
        book.worksheets[0].cell(row, COLUMN["new_name"]).value = "新名字"
    upload = sent(clerk, book)
    ended(second, EnrolmentStatus.CANCELLED)
    answer = clerk.post(reverse("uploads:particulars_confirmation", args=[upload.pk]), follow=True)
    assert second.person.name in answer.text
    assert not ParticularsChange.objects.exists()
    assert first.person.name


def test_at_another_school_and_where_the_law_knows_none_there_is_no_page(clerk, henan) -> None:
    weinan = staffed_city("610500", "610502")
    client = Client()
    client.force_login(weinan.clerk, backend="xueji.accounts.backends.Accounts")
    assert client.get(reverse("school:bulk_particulars")).status_code == 404
    elsewhere = {"school": henan.city_school.pk}
    assert clerk.get(reverse("school:bulk_particulars"), elsewhere).status_code == 404
    assert clerk.get(reverse("school:particulars_workbook"), ASKED | elsewhere).status_code == 404
