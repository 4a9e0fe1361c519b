"""Pages of records, receipts, spot checks and rates: the path a clerk and an officer walk, and one refusal each."""

from __future__ import annotations

import csv
import hashlib
import io
import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from tests.apps.records.files import line, stored, workbook
from tests.factories.institutions import appointed
from tests.factories.records import RateLineFactory, RatePublicationFactory, StatusChangeLineFactory
from tests.journeys.world import LATER, found

from xueji.demo.provinces import FUJIAN, GUANGXI, HENAN
from xueji.graduation.actions import submit_batch
from xueji.graduation.models import Receipt, SpotCheck, VocationalCertificate
from xueji.graduation.records.actions.spot_checks import checking_authority
from xueji.graduation.records.eligibility import is_spot_checked
from xueji.institutions.models import Post
from xueji.jobs.testing import run_pending_jobs
from xueji.uploads.queries import uploads_of

pytestmark = pytest.mark.django_db
ID_NUMBER = re.compile(r"(?<![0-9])[1-9][0-9]{5}(?:19|20)[0-9]{9}[0-9X](?![0-9])")


def signed_in(user) -> Client:
    client = Client()
    client.force_login(user, backend="xueji.accounts.backends.Accounts")
    return client


@pytest.mark.requirement("S3-13", "S3-10")
def test_clerk_uploads_looks_and_confirms(settings) -> None:
    world = found(FUJIAN)
    batch = world.listed(count=3)
    clerk = signed_in(world.user("school_clerk"))
    page = clerk.get(reverse("school:records", args=[batch.pk]))
    assert ["职业资格证书" in page.text, "就业情况" in page.text, "0 / 3" in page.text] == [True, True, True]
    here = reverse("school:record_lines", args=[batch.pk, "vocational"])
    assert "职业（工种）" in clerk.get(here).text
    template = clerk.get(reverse("school:record_template", args=[batch.pk, "vocational"]))
    assert b"".join(template.streaming_content)[:2] == b"PK"
    candidate = batch.candidates.first()
    rows = [
        line(candidate, **{"职业（工种）": "电工", "等级": "中级工", "证书编号": "X1"}),
        {**line(candidate), "姓名": "不对"},
    ]
    sent = SimpleUploadedFile("证书.xlsx", workbook(rows))
    answer = clerk.post(reverse("school:record_upload", args=[batch.pk, "vocational"]), {"workbook": sent})
    run_pending_jobs()
    page = clerk.get(answer["Location"])
    assert ["不能入库" in page.text, "姓名与学籍不符" in page.text, "fujian" in page.text] == [True, True, False]
    assert not ID_NUMBER.search(page.text)
    intake = uploads_of(batch, "vocational").get()
    errors = clerk.get(reverse("uploads:records_errors", args=[intake.pk]))
    assert b"".join(errors.streaming_content)[:2] == b"PK"
    refused = clerk.post(reverse("uploads:records_confirmation", args=[intake.pk]))
    assert refused.status_code == 422
    clerk.post(reverse("uploads:records_discard", args=[intake.pk]))
    stored(batch, "vocational", rows[:1], world.user("school_clerk"))
    page = clerk.get(here)
    assert ["X1" in page.text, "删去" in page.text] == [True, True]
    certificate = VocationalCertificate.objects.get()
    for odd in ("²", "x", "9" * 30, "00000000-0000-4000-8000-000000000007"):
        drop = reverse("school:record_drop", args=[batch.pk, "vocational"])
        assert clerk.post(drop, {"record": odd, "reason": "填错"}).status_code == 409
    clerk.post(
        reverse("school:record_drop", args=[batch.pk, "vocational"]), {"record": certificate.pk, "reason": "填错"}
    )
    assert not VocationalCertificate.objects.exists()
    leader = signed_in(world.user("school_leader")).get(here)
    assert "上传并检查" not in leader.text
    assert clerk.get(reverse("school:record_lines", args=[batch.pk, "college"])).status_code == 400


@pytest.mark.requirement("S4-14")
def test_the_page_of_changes_shows_also_who_left_and_stands_on_no_list() -> None:
    world = found(GUANGXI)
    batch = world.listed(count=3)
    left = StatusChangeLineFactory(batch=batch, candidate=None, name="转走的人", change_type="转出")
    StatusChangeLineFactory(
        batch=batch, upload=left.upload, candidate=batch.candidates.first(), name="留下的人", change_type="留级"
    )
    page = signed_in(world.user("school_clerk")).get(reverse("school:record_lines", args=[batch.pk, "changes"]))
    assert page.status_code == 200
    assert [name in page.text for name in ("转走的人", "留下的人")] == [True, True]


@pytest.mark.parametrize("province", [FUJIAN, GUANGXI, HENAN], ids=lambda kind: kind.key)
def test_the_register_is_no_page_where_the_notice_has_none(province) -> None:
    world = found(province)
    batch = world.listed(count=2)
    clerk = signed_in(world.user("school_clerk"))
    address = reverse("school:register", args=[batch.pk])
    assert clerk.get(address).status_code == 404
    assert address not in clerk.get(reverse("desk")).text


@pytest.mark.requirement("S4-10", "S4-13")
def test_city_files_the_receipt_and_the_school_sees_the_forms_side_by_side() -> None:
    world = found(GUANGXI)
    batch = world.listed()
    city, school = signed_in(world.user("city")), world.school()
    here = reverse("receipt", args=[world.province.season.pk])
    assert "填报" in city.get(reverse("receipts")).text
    page = city.get(here)
    assert 'value="12"' in page.text  # the head-count of the list is proposed
    assert f'aria-label="{school.name} 毕业生总数"' in page.text
    assert '<span class="who-place">南宁市教育局 · 市级审核人</span>' in page.text
    seasons = reverse("authority:seasons")  # opened by the province, so no page for the city
    assert seasons not in page.text
    assert seasons in signed_in(world.user("province")).get(reverse("desk")).text
    filled = {
        "contact_name": "王科长", "contact_phone": "0771-1", "address": "某路", f"graduates-{school.pk}": "13",
        f"contact-{school.pk}": "李老师 13800000000", f"address-{school.pk}": "某路 2 号",
    }  # fmt: skip
    assert city.post(here, {**filled, "address": ""}).status_code == 422
    assert city.post(here, filled)["Location"] == reverse("receipts")
    receipt = Receipt.objects.get()
    pdf = city.get(reverse("receipt_file", args=[receipt.pk]))
    assert b"".join(pdf.streaming_content)[:5] == b"%PDF-"
    sheet = city.get(reverse("receipt_file", args=[receipt.pk]), {"as": "xlsx"})
    assert b"".join(sheet.streaming_content)[:2] == b"PK"
    page = signed_in(world.user("school_clerk")).get(reverse("school:comparison", args=[batch.pk]))
    assert ["13" in page.text, "请核对人数" in page.text, "护理" in page.text] == [True, True, True]
    county_page = signed_in(world.user("direct_clerk")).get(here)
    assert county_page.status_code == 200  # their own receipt, not the city's
    assert "王科长" not in county_page.text


@pytest.mark.requirement("S4-02")
def test_officers_record_and_confirm_and_anybody_repeats_the_draw() -> None:
    world = found(GUANGXI)
    batch = world.listed(count=25)
    submit_batch(batch=batch, by=world.user("school_clerk"), at=LATER)
    check = SpotCheck.objects.get()
    draw = check.draw
    names = [item.spot_check_item.candidate.name for item in draw.items.all()]
    officer = signed_in(world.user("city"))
    assert batch.school.name in officer.get(reverse("authority:spot_checks")).text
    here = reverse("authority:spot_check", args=[batch.pk])
    assert all(name in officer.get(here).text for name in names)
    fields = {f"outcome-{item.pk}": "passed" for item in draw.items.all()}
    officer.post(reverse("authority:outcomes", args=[batch.pk]), fields)
    ids = [str(item.pk) for item in draw.items.all()]
    confirm = reverse("authority:spot_check_confirmation", args=[batch.pk])
    page = officer.get(here).text
    assert ["请另一人登录后复核" in page, "复核所选" in page] == [True, False]
    assert officer.post(confirm, {"item": ids}).status_code == 403
    assert not is_spot_checked(batch)
    other = signed_in(appointed(Post.CITY_REVIEWER, checking_authority(batch)))
    assert "复核所选" in other.get(here).text
    other.post(confirm, {"item": ids})
    assert is_spot_checked(batch)
    page = other.get(here).text
    assert ["复核所选" in page, "登记核验情况</button>" in page] == [False, False]
    public = Client()
    assert draw.context in public.get(reverse("public:spot_checks")).text
    page = public.get(reverse("public:spot_check", args=[check.pk])).text
    assert page.count("相符") == 5
    assert not any(name in page for name in names)
    listed = public.get(reverse("public:spot_check_list", args=[check.pk])).content
    assert hashlib.sha256(listed).hexdigest() == draw.list_hash
    assert public.get(reverse("public:spot_check", args=[0])).status_code == 404


@pytest.mark.requirement("S3-11")
def test_public_sees_rates_but_not_of_a_handful() -> None:
    publication = RatePublicationFactory(smallest_group=10)
    large = RateLineFactory(publication=publication)
    small = RateLineFactory(publication=publication, graduates=4, certified=1, employed=4)
    page = Client().get(reverse("public:rates")).text
    assert ["90.0%" in page, "95.0%" in page, large.school.name in page, small.school.name in page] == [True] * 4
    assert "25.0%" not in page
    answer = Client().get(reverse("public:rates_csv", args=[publication.pk]))
    rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
    rates = {row[0]: row[1:] for row in rows if len(row) == 6}
    assert rates[small.school.name] == ["4", "不公布", "不公布", "不公布", "不公布"]
    assert rates[large.school.name] == ["40", "36", "90.0%", "38", "95.0%"]


@pytest.mark.requirement("S3-11")
def test_province_publishes_from_its_page() -> None:
    world = found(FUJIAN)
    batch = world.listed(count=2)
    world.approved(batch)
    province = signed_in(world.user("province"))
    assert "发布" in province.get(reverse("authority:rates")).text
    province.post(reverse("authority:rates_publication", args=[batch.season_id]))
    assert batch.school.name in Client().get(reverse("public:rates")).text
