"""The clerk's pages from an open season to a submitted batch."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from tests.exchange.people import photos_of, write_photos, write_workbook
from tests.factories.graduation import filled, rows_of, season_of, setting, state_register, upload
from tests.factories.institutions import ProgrammeFactory, staffed_city

from xueji.cases.models import CaseState
from xueji.graduation.models import Batch, CandidateState
from xueji.jobs.testing import run_pending_jobs
from xueji.uploads.models import Upload, UploadState

pytestmark = pytest.mark.django_db


def signed_in(user) -> Client:
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def here():
    return setting()


def _files(folder: Path, rows) -> dict[str, SimpleUploadedFile]:
    workbook = write_workbook(folder / "名单.xlsx", rows).read_bytes()
    photos = write_photos(folder / "照片.zip", photos_of(rows_of(len(rows)))).read_bytes()
    return {
        "workbook": SimpleUploadedFile("名单.xlsx", workbook),
        "photos": SimpleUploadedFile("照片.zip", photos),
    }


@pytest.mark.requirement("S1-05", "S1-08")
def test_clerk_opens_fills_and_submits_a_batch_in_the_browser(tmp_path) -> None:
    city = staffed_city()
    ProgrammeFactory(school=city.county_school, name="护理")
    season = season_of(city)
    clerk = signed_in(city.clerk)
    listing = clerk.get(reverse("school:batches"))
    assert "2019届秋季毕业生验印已开放" in listing.content.decode()
    made = clerk.post(reverse("school:new_batch"), {"season": season.pk, "school": city.county_school.pk})
    batch = Batch.objects.get()
    assert made.headers["Location"] == reverse("school:batch", args=[batch.pk])

    rows = rows_of(3)
    sent = clerk.post(reverse("school:upload", args=[batch.pk]), _files(tmp_path, rows))
    intake = Upload.objects.get()
    assert sent.headers["Location"] == reverse("uploads:graduates", args=[intake.pk])
    assert "正在检查" in clerk.get(sent.headers["Location"]).content.decode()
    run_pending_jobs()
    page = clerk.get(sent.headers["Location"]).content.decode()
    assert "没有错误，可以确认入库" in page
    assert rows[0]["身份证号"] not in page

    clerk.post(reverse("uploads:graduates_confirmation", args=[intake.pk]))
    assert batch.candidates.count() == 3
    lines = {"line0-planned": "50", "line0-admitted": "40", "line0-remark": "", "form_filler": "王老师"}
    stored = clerk.post(reverse("school:register", args=[batch.pk]), lines)
    assert stored.status_code == 302
    clerk.post(reverse("school:submission", args=[batch.pk]))
    batch.case.refresh_from_db()
    assert batch.case.state == CaseState.IN_PROGRESS
    page = clerk.get(reverse("school:batch", args=[batch.pk])).content.decode()
    assert "学校负责人审核" in page
    assert "依据 · 渭南市教育局（陕西省）" in page  # the law is named, not the folder it lies in
    assert "edu/shaanxi-weinan" not in page


def test_season_of_another_city_cannot_be_opened(here) -> None:
    other = staffed_city("610300", "610302")
    answer = signed_in(other.clerk).post(
        reverse("school:new_batch"), {"season": here.season.pk, "school": here.batch.school.pk}
    )
    assert answer.status_code == 404
    assert Batch.objects.count() == 1


@pytest.mark.requirement("S1-08")
def test_template_is_a_workbook_with_the_columns_of_the_pack(here) -> None:
    answer = signed_in(here.clerk).get(reverse("school:template", args=[here.batch.pk]))
    body = b"".join(answer.streaming_content)
    assert "xl/workbook.xml" in zipfile.ZipFile(io.BytesIO(body)).namelist()
    assert answer.headers["Cache-Control"] == "private, no-store"


def test_batch_of_another_school_is_not_found(here) -> None:
    client = signed_in(here.city.city_clerk)
    for name in ("batch", "candidates", "upload", "register", "print_centre", "sealing", "template", "submission"):
        assert client.get(reverse(f"school:{name}", args=[here.batch.pk])).status_code == 404, name


def test_batch_pages_ask_few_queries_however_many_graduates(here, django_assert_max_num_queries) -> None:
    filled(here, rows_of(30))
    client = signed_in(here.clerk)
    for name, ceiling in (("batch", 32), ("candidates", 20), ("register", 22), ("submission", 26)):
        with django_assert_max_num_queries(ceiling):
            assert client.get(reverse(f"school:{name}", args=[here.batch.pk])).status_code == 200
    with django_assert_max_num_queries(16):
        client.get(reverse("school:batches"))


@pytest.mark.requirement("S1-08")
def test_missing_or_unreadable_upload_is_told(here) -> None:
    client = signed_in(here.clerk)
    url = reverse("school:upload", args=[here.batch.pk])
    assert client.post(url, {}).context["form"].errors["workbook"]
    assert not Upload.objects.exists()
    client.post(url, {"workbook": SimpleUploadedFile("名单.xlsx", b"not a workbook at all")})
    run_pending_jobs()
    page = client.get(reverse("uploads:graduates", args=[Upload.objects.get().pk])).content.decode()
    assert "检查没有完成" in page
    assert "文件内容是纯文本" in page


@pytest.mark.requirement("S1-06", "S1-10")
def test_findings_stand_by_severity_and_column_with_their_clause(here) -> None:
    rows = rows_of(3)
    rows[1]["身份证号"] = rows[1]["身份证号"][:17] + "A"
    intake = upload(here, rows, photo_rows=rows_of(2))
    client = signed_in(here.clerk)
    page = client.get(reverse("uploads:graduates", args=[intake.pk])).content.decode()
    assert "不能入库" in page
    assert "disabled" in page
    assert "渭教职成" in page
    part = client.get(
        reverse("uploads:graduates", args=[intake.pk]),
        {"severity": "error", "column": "身份证号"},
        headers={"HX-Request": "true", "HX-Target": "findings"},
    ).content.decode()
    assert part.lstrip().startswith('<div id="findings">')
    assert "照片" not in part.split("<tbody>")[1].split("</td>")[3]
    refused = client.post(reverse("uploads:graduates_confirmation", args=[intake.pk]))
    assert refused.status_code == 422
    assert here.batch.candidates.count() == 0
    marked = client.get(reverse("uploads:graduates_errors", args=[intake.pk]))
    assert marked.status_code == 200
    client.post(reverse("uploads:graduates_discard", args=[intake.pk]))
    intake.refresh_from_db()
    assert intake.state == UploadState.DISCARDED


def test_reupload_shows_new_changed_and_removed(here) -> None:
    filled(here, rows_of(3))
    rows = rows_of(4)[1:]
    rows[0]["专业"] = "会计"
    intake = upload(here, rows)
    page = signed_in(here.clerk).get(reverse("uploads:graduates", args=[intake.pk]))
    assert page.context["changes"] == {"new": 1, "changed": 1, "same": 1, "removed": 1}
    assert "不再出现" in page.content.decode()


@pytest.mark.requirement("S1-21")
def test_register_that_admits_fewer_than_it_graduates_is_refused_beside_the_form(here) -> None:
    filled(here)
    lines = {"line0-planned": "50", "line0-admitted": "1", "line0-remark": "", "form_filler": "王老师"}
    answer = signed_in(here.clerk).post(reverse("school:register", args=[here.batch.pk]), lines)
    assert answer.context["filler"].non_field_errors()
    assert here.batch.register_lines.get().admitted == 400


@pytest.mark.requirement("S1-06")
def test_batch_without_register_is_not_submitted_and_every_reason_is_shown(here) -> None:
    intake = upload(here, rows_of(3))
    client = signed_in(here.clerk)
    client.post(reverse("uploads:graduates_confirmation", args=[intake.pk]))
    answer = client.post(reverse("school:submission", args=[here.batch.pk]))
    assert answer.status_code == 422
    assert "未能提交" in answer.content.decode()
    here.batch.case.refresh_from_db()
    assert here.batch.case.state == CaseState.DRAFT


@pytest.mark.requirement("S1-14")
def test_withdrawn_graduate_leaves_with_the_reason_and_none_without(here) -> None:
    filled(here)
    candidate = here.batch.candidates.first()
    client = signed_in(here.clerk)
    url = reverse("school:withdrawal", args=[here.batch.pk])
    client.post(url, {"ids": [str(candidate.pk)], "reason": ""})
    candidate.refresh_from_db()
    assert candidate.state == CandidateState.LISTED
    client.post(url, {"ids": [str(candidate.pk)], "reason": "未修完课程"})
    candidate.refresh_from_db()
    assert (candidate.state, candidate.mark_reason) == (CandidateState.WITHDRAWN, "未修完课程")


def test_list_narrows_by_name_programme_and_state(here) -> None:
    filled(here, [*rows_of(2), *rows_of(1, start=2, 专业="会计")])
    state_register(here)
    client, url = signed_in(here.clerk), reverse("school:candidates", args=[here.batch.pk])
    assert len(client.get(url, {"programme": "会计"}).context["page"]) == 1
    assert len(client.get(url, {"state": "withdrawn"}).context["page"]) == 0
    name = here.batch.candidates.first().name
    assert {row.name for row in client.get(url, {"q": name}).context["page"]} == {name}


@pytest.mark.requirement("S1-08")
def test_timeline_counts_graduates_instead_of_listing_each(here) -> None:
    filled(here, rows_of(5))
    page = signed_in(here.clerk).get(reverse("school:batch", args=[here.batch.pk]))
    lines = [line["subject"] for line in page.context["events"] if line["label"] == "列入验印名单"]
    assert len(lines) == 1
    assert lines[0].endswith("等 5 人")
