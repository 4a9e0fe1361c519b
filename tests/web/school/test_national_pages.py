"""The date of registration in the national system: by list or for one student, confirmed by another, beside the filing here."""

from __future__ import annotations

from datetime import date
from io import BytesIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from openpyxl import Workbook, load_workbook
from tests.factories.institutions import ProgrammeFactory, staffed_city
from tests.factories.registry import RegistrationFactory
from tests.web.school.test_bulk_pages import XLSX, body
from tests.web.school.test_new_student import NOW, client_of

from xueji.core.errors import BadInput
from xueji.jobs.testing import run_pending_jobs
from xueji.ledger.models import Event
from xueji.registry.actions import record_national_registrations
from xueji.registry.models import Registration, StudentNumber
from xueji.registry.national_columns import NationalDate
from xueji.sealing.texts import blind_index
from xueji.uploads.models import Upload

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("S2-04", "S2-09", "S2-10")]


@pytest.fixture
def henan(monkeypatch):
    monkeypatch.setattr("django.utils.timezone.now", lambda: NOW)
    return staffed_city("410100", "410102")


def students(henan, count: int, programme=None) -> list[Registration]:
    programme = programme or ProgrammeFactory(school=henan.county_school, name="护理")
    return [
        RegistrationFactory(
            enrolment__programme=programme, enrolment__entry_month="2025-09", intake_year=2025, intake_term="autumn",
            entered_on=date(2025, 9, 1), national_on=None, national_source="",
        )
        for _ in range(count)
    ]  # fmt: skip


def export(rows: list[list[object]]) -> SimpleUploadedFile:
    """A table as another system exports it: its own order and headers, nothing of ours."""
    book, out = Workbook(), BytesIO()
    for row in rows:
        book.active.append(row)
    book.save(out)
    return SimpleUploadedFile("导出.xlsx", out.getvalue(), XLSX)


def test_an_export_is_matched_by_number_or_card_bad_rows_come_back_and_another_person_confirms(henan) -> None:
    numbered, carded, late, unknown = students(henan, 4)
    number = "G410102201005039991"
    StudentNumber.objects.create(
        person=numbered.enrolment.person, number=number, number_index=blind_index(number), is_carried_on=False,
        given_on=date(2025, 9, 2),
    )  # fmt: skip
    sheet = export([
        ["注册时间", "学生姓名", "全国学籍号", "身份证号"],
        ["2025-09-05", numbered.enrolment.person.name, number, ""],
        ["2025-09-08", carded.enrolment.person.name, "", carded.enrolment.person.resident_id],
        ["2025-09-08", "另一个人", "", late.enrolment.person.resident_id],  # the number is of somebody else
        ["2025-09-08", unknown.enrolment.person.name, "G410102201005030000", ""],
        ["2025-09-11", unknown.enrolment.person.name, "", unknown.enrolment.person.resident_id],  # tomorrow
    ])  # fmt: skip
    clerk, leader = client_of(henan.clerk), client_of(henan.leader)
    page = reverse("school:national")
    sent = clerk.post(page, {"workbook": sheet})
    run_pending_jobs()
    upload = Upload.objects.get()
    assert (sent.url, upload.row_count, upload.left_out_count) == (reverse("uploads:national", args=[upload.pk]), 2, 3)
    kept = {finding.row: finding.message for finding in upload.findings.filter(severity="error")}
    assert sorted(kept) == [4, 5, 6]
    assert "名册中是「另一个人」" in kept[4]
    assert "没有登记这名学生" in kept[5]
    assert "全国系统注册日期应在" in kept[6]
    confirmation = reverse("uploads:national_confirmation", args=[upload.pk])
    assert clerk.post(confirmation).status_code == 403
    assert not Registration.objects.exclude(national_on=None).exists()
    assert reverse("uploads:national", args=[upload.pk]) in leader.get(page).text
    assert leader.post(confirmation).status_code == 302
    dates = dict(Registration.objects.exclude(national_on=None).values_list("pk", "national_on"))
    assert dates == {numbered.pk: date(2025, 9, 5), carded.pk: date(2025, 9, 8)}
    assert Event.objects.filter(tag="national_registration:recorded").count() == 2
    file = clerk.get(reverse("student", args=[carded.pk]), follow=True).text
    assert "2025-09-08（全国系统导出）" in file
    assert [(row.students, row.recorded, row.missing) for row in clerk.get(page).context["intakes"]] == [(4, 2, 2)]


def test_the_prefilled_list_holds_who_has_no_date_and_one_student_is_a_list_of_one(henan) -> None:
    with_date, without = students(henan, 2)
    by, at = henan.clerk, NOW
    given = {with_date.pk: NationalDate(date(2025, 9, 5), "学校填报")}
    assert len(record_national_registrations(school=henan.county_school, registered=given, by=by, at=at)) == 1
    assert record_national_registrations(school=henan.county_school, registered=given, by=by, at=at) == []
    with pytest.raises(BadInput, match="不是本校登记的"):
        record_national_registrations(school=henan.city_school, registered=given, by=henan.city_clerk, at=at)
    clerk = client_of(henan.clerk)
    names = body(clerk.get(reverse("school:national_names"), {"intake": "2025-autumn"}))
    rows = list(load_workbook(BytesIO(names)).worksheets[0].iter_rows(min_row=2, values_only=True))
    assert [row[0] for row in rows if row[0]] == [str(without.pk)]
    of_student = reverse("school:national_student", args=[with_date.pk])
    refused = clerk.post(of_student, {"national_on": "2025-09-11", "source": "全国系统导出"})
    assert refused.status_code == 422
    assert 'value="2025-09-11"' in refused.text
    clerk.post(of_student, {"national_on": "2025-08-30", "source": "全国系统导出"})
    run_pending_jobs()
    upload = Upload.objects.get()
    assert [finding.rule for finding in upload.findings.all()] == ["national.after_entry"]  # a warning
    assert "原为 2025-09-05（学校填报）" in upload.rows.get().change_summary
    leader = client_of(henan.leader)
    assert leader.post(reverse("uploads:national_confirmation", args=[upload.pk])).status_code == 302
    with_date.refresh_from_db()
    assert (with_date.national_on, with_date.national_source) == (date(2025, 8, 30), "全国系统导出")
    before = Event.objects.filter(tag="national_registration:recorded").latest("pk").before
    assert before["national_source"] == "学校填报"


def test_terms_that_had_passed_are_told_with_their_clause_and_refuse_nothing(henan, monkeypatch) -> None:
    monkeypatch.setattr("django.utils.timezone.now", lambda: NOW.replace(month=12))
    (record,) = students(henan, 1)
    clerk = client_of(henan.clerk)
    clerk.post(
        reverse("school:national_student", args=[record.pk]), {"national_on": "2025-11-21", "source": "全国系统导出"}
    )
    run_pending_jobs()
    found = list(Upload.objects.get().findings.values_list("severity", "message"))
    assert [severity for severity, _ in found] == ["warning", "warning"]  # 20 working days, and 11-20
    assert any("2025-11-20" in message for _, message in found)


def test_the_page_asks_no_more_for_more_students(henan) -> None:
    clerk, counts = client_of(henan.clerk), []
    programme = ProgrammeFactory(school=henan.county_school, name="护理")
    for more in (1, 5):
        students(henan, more, programme)
        with CaptureQueriesContext(connection) as asked:
            assert clerk.get(reverse("school:national")).status_code == 200
        counts.append(len(asked))
    assert counts[0] == counts[1] <= 16
