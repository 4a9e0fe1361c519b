"""An administrator registers an area by one workbook, on pages: the form, the findings, the confirmation, the passwords to come."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from tests.apps.directory.workbooks import SOUND, book, changed
from tests.factories.institutions import appointed, staffed_city

from xueji.accounts.models import User
from xueji.cli.template import main
from xueji.directory.columns import FORMS
from xueji.institutions.models import Post, School
from xueji.jobs.testing import run_pending_jobs
from xueji.ledger.models import Event
from xueji.uploads.models import Upload

SHEETS = [spec.sheet for spec in FORMS.values()]


def signed_in(person: User) -> Client:
    client = Client()
    client.force_login(person, backend="xueji.accounts.backends.Accounts")
    return client


def send(client: Client, authority_id: int, body: bytes) -> Upload:
    file = SimpleUploadedFile("登记表.xlsx", body)
    answer = client.post(reverse("authority:send_directory", args=[authority_id]), {"workbook": file})
    run_pending_jobs()
    upload = Upload.objects.latest("pk")
    assert answer["Location"] == reverse("uploads:directory", args=[upload.pk])
    return upload


@pytest.mark.django_db
def test_from_the_empty_form_to_accounts_that_wait_for_their_passwords() -> None:
    city = staffed_city()
    client = signed_in(city.administrator)
    link = reverse("authority:send_directory", args=[city.city.pk])
    assert link in client.get(reverse("authority:institutions")).content.decode()
    page = client.get(link).content.decode()
    assert all(sheet in page for sheet in SHEETS)
    empty = b"".join(client.get(reverse("authority:directory_template")))
    assert openpyxl.load_workbook(BytesIO(empty)).sheetnames == [*SHEETS, "填写说明"]

    faulty = send(client, city.city.pk, book(changed("人员", 2, 岗位="局长")))
    page = client.get(reverse("uploads:directory", args=[faulty.pk])).content.decode().partition("<main")[2]
    assert ["没有「局长」" in page, "不能入库" in page, "证件号" in page] == [True, True, False]
    assert client.post(reverse("uploads:directory_confirmation", args=[faulty.pk])).status_code == 422
    marked = client.get(reverse("uploads:directory_errors", args=[faulty.pk]))
    assert b"".join(marked.streaming_content)[:2] == b"PK"
    assert Event.objects.filter(tag="list:downloaded", subject_id=faulty.pk).count() == 1

    sound = send(client, city.city.pk, book(SOUND))
    faulty.refresh_from_db()
    assert faulty.state == "discarded"  # replaced
    answer = client.post(reverse("uploads:directory_confirmation", args=[sound.pk]), follow=True)
    listed = answer.content.decode()
    assert School.objects.filter(code="3610522001").exists()
    assert [name in listed for name in ("赵经办", "钱负责", "孙审核", city.clerk.full_name)] == [
        True,
        True,
        True,
        False,
    ]


@pytest.mark.django_db
def test_nobody_else_comes_near_it() -> None:
    city, far = staffed_city(), staffed_city(division_code="610400", county_code="610401")
    upload = send(signed_in(city.administrator), city.city.pk, book(SOUND))
    link, page = (
        reverse("authority:send_directory", args=[city.city.pk]),
        reverse("uploads:directory", args=[upload.pk]),
    )
    below = appointed(Post.ADMINISTRATOR, city.county)
    for person, status in ((city.clerk, 403), (city.city_reviewer, 403), (far.administrator, 404), (below, 404)):
        assert [signed_in(person).get(url).status_code for url in (link, page)] == [status, status]
        act = reverse("uploads:directory_confirmation", args=[upload.pk])
        assert signed_in(person).post(act).status_code == status
    assert not School.objects.filter(code="3610522001").exists()


def test_the_program_writes_the_empty_form_without_a_database(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--kind", "directory", "-o", str(tmp_path / "登记表.xlsx")]) == 0
    made = openpyxl.load_workbook(tmp_path / "登记表.xlsx")
    assert [cell.value for cell in made["人员"][1]] == ["姓名", "用户名", "单位", "岗位", "联系电话"]
    assert "登记表.xlsx" in capsys.readouterr().out
    assert main(["--pack", "edu/shaanxi-weinan", "-o", str(tmp_path / "名册.xlsx")]) == 0
    assert (tmp_path / "名册.xlsx").exists()
