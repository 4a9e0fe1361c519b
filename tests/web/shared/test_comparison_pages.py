"""The two systems compared: from a national export to a finding that begins and ends by it; the school sees it first (FM5)."""

from __future__ import annotations

from datetime import timedelta
from io import BytesIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from openpyxl import Workbook, load_workbook
from tests.factories.institutions import ProgrammeFactory, staffed_city
from tests.factories.registry import RegistrationFactory, resident_id
from tests.factories.supervision import SystemComparisonFactory
from tests.web.school.test_bulk_pages import XLSX, body
from tests.web.school.test_new_student import NOW, client_of

from xueji.jobs.testing import run_pending_jobs
from xueji.ledger.models import Event
from xueji.supervision.models import ListedFinding, SystemComparison
from xueji.uploads.models import Upload

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("S2-49", "S2-04")]
HEAD_45 = ["身份证号", "姓名", "性别", "入学年月", "修读专业", "学制", "备注"]
HEAD_73 = ["姓名", "性别", "身份证件类型", "身份证件号", "学号", "学习形式", "入学年月", "专业简称", "学制"]


@pytest.fixture
def henan(monkeypatch):
    monkeypatch.setattr("django.utils.timezone.now", lambda: NOW)
    return staffed_city("410100", "410102")


@pytest.fixture
def students(henan):
    programme = ProgrammeFactory(school=henan.county_school, name="护理")
    return [
        RegistrationFactory(enrolment__programme=programme, enrolment__entry_month="2025-09").enrolment
        for _ in range(4)
    ]


def export(head: list[str], rows: list[dict[str, str]]) -> SimpleUploadedFile:
    book, out = Workbook(), BytesIO()
    book.active.append(head)
    for row in rows:
        book.active.append([row.get(name, "") for name in head])
    book.save(out)
    return SimpleUploadedFile("导出.xlsx", out.getvalue(), XLSX)


def row_of(record, **other: str) -> dict[str, str]:
    person = record.person
    number = {"身份证号": person.resident_id, "身份证件号": person.resident_id, "身份证件类型": "居民身份证"}
    studies = {"修读专业": "护理", "专业简称": "护理", "学制": "三年制", "学习形式": "全日制", "入学年月": "202509"}
    return {"姓名": person.name, "性别": person.sex, **number, **studies, **other}


def sent(client, school, file: SimpleUploadedFile) -> Upload:
    answer = client.post(reverse("school_comparisons", args=[school.pk]), {"workbook": file})
    assert answer.status_code == 302, answer.text
    run_pending_jobs()
    return Upload.objects.latest("pk")


def test_an_export_becomes_a_finding_that_ends_with_the_next_one_and_the_school_sees_it_first(henan, students) -> None:
    school, first, second = henan.county_school, students[0], students[1]
    clerk, county = client_of(henan.clerk), client_of(henan.county_reviewer)
    stranger = {"姓名": "别处的人", "身份证号": resident_id(4711), "性别": "女", "修读专业": "护理"}
    rows = [row_of(first, 修读专业="会计"), row_of(second, 姓名="另一名字"), row_of(students[2]), stranger]
    upload = sent(clerk, school, export(HEAD_45, rows))
    page = clerk.get(reverse("uploads:comparison", args=[upload.pk]))
    figures = page.context["figures"]
    assert (figures.differing, figures.total, figures.not_compared) == (4, 5, ("学习形式",))
    assert figures.counts | {} == {
        "same": 1, "differs": 2, "missing_here": 1, "missing_there": 1, "number_wrong": 0, "superseded": 0, "possible_same": 0,
    }  # fmt: skip
    words = ("80%", "本系统为「护理」，全国系统为「会计」", "本系统有此人，全国系统没有", "全国系统第 5 行有此人")
    assert [word for word in words if word not in page.text] == []
    assert "甲表" not in page.text
    assert first.person.resident_id not in page.text
    (sheet, *_) = load_workbook(
        BytesIO(body(clerk.get(reverse("uploads:comparison_errors", args=[upload.pk]))))
    ).worksheets
    assert [cell.value for cell in sheet[2]][:2] == ["2", first.person.name]
    assert not SystemComparison.objects.exists()
    for other in (county, client_of(henan.city_clerk)):  # what the school looks at is its own
        assert other.get(reverse("uploads:comparison", args=[upload.pk])).status_code == 404
    confirmation = reverse("uploads:comparison_confirmation", args=[upload.pk])
    assert clerk.post(confirmation).status_code == 302
    assert clerk.post(confirmation).status_code == 409  # clicked twice
    row = SystemComparison.objects.get()
    assert (row.differing, row.total, row.place) == (4, 5, school.name)
    assert "会计" not in str(row.rows)
    assert first.person.name not in str(row.rows)
    assert Event.objects.get(tag="system:compared").after["differing"] == 4
    finding = ListedFinding.objects.get(item="FM5")
    assert finding.facts == {"differing": 4, "total": 5}
    shown = reverse("comparison", args=[row.pk])
    assert "超过负面清单FM5的限度" in clerk.get(shown).text
    assert county.get(shown).status_code == 404
    again = sent(clerk, school, export(HEAD_73, [row_of(record, 学号="G1") for record in students]))
    clerk.post(reverse("uploads:comparison_confirmation", args=[again.pk]))
    finding.refresh_from_db()
    assert finding.ended_at is not None
    latest = SystemComparison.objects.latest("pk")
    assert (latest.differing, latest.total, latest.counts["same"], latest.share) == (0, 4, 4, "0%")


def test_an_authority_compares_for_a_school_and_others_find_nothing(henan, students, monkeypatch) -> None:
    school = henan.county_school
    county, clerk = client_of(henan.county_reviewer), client_of(henan.clerk)
    page = reverse("school_comparisons", args=[school.pk])
    assert client_of(henan.city_clerk).get(page).status_code == 404
    assert client_of(henan.city_clerk).post(page, {"workbook": export(HEAD_45, [])}).status_code == 404
    upload = sent(county, school, export(HEAD_45, [row_of(record) for record in students]))
    assert clerk.get(reverse("uploads:comparison_by_authority", args=[upload.pk])).status_code == 404
    county.post(reverse("uploads:comparison_by_authority_confirmation", args=[upload.pk]))
    row = SystemComparison.objects.get()
    assert (row.place, row.differing) == (school.authority.name, 0)
    for user in (henan.clerk, henan.county_reviewer):
        assert client_of(user).get(reverse("comparison", args=[row.pk])).status_code == 200
    hidden = SystemComparisonFactory(school=school, shown_on=NOW.date() + timedelta(days=3), compared_on=NOW.date())
    assert county.get(reverse("comparison", args=[hidden.pk])).status_code == 404
    other = sent(clerk, school, export(HEAD_45, [{"姓名": "别处的人", "身份证号": resident_id(4712)}]))
    assert "没有一名本校在籍的学生" in clerk.get(reverse("uploads:comparison", args=[other.pk])).text
    nameless = sent(clerk, school, export(["姓名", "性别"], [{"姓名": "无号"}]))
    assert "无法逐人核对" in clerk.get(reverse("uploads:comparison", args=[nameless.pk])).text
    city = client_of(henan.city_reviewer)
    with CaptureQueriesContext(connection) as asked:
        assert city.get(reverse("comparisons")).status_code == 200
    assert len(asked) <= 10  # of ever so many schools
