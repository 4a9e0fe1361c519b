"""The pages of licences: the province publishes from a table; a school sees its own lines, and what a version changed."""

from __future__ import annotations

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils.timezone import localdate
from tests.factories.institutions import AuthorityFactory, ProgrammeFactory, SchoolFactory, appointed

from xueji.institutions.models import Level, Post
from xueji.jobs.testing import run_pending_jobs
from xueji.licences.models import LicencePublication
from xueji.uploads.models import Upload

pytestmark = pytest.mark.django_db
HEADER = "学校代码,学校名称,专业名称,学制,招生年份,招生季节,校区,招生计划"


def table(*rows: str) -> SimpleUploadedFile:
    return SimpleUploadedFile("招生资质.csv", "\n".join([HEADER, *rows]).encode(), "text/csv")


@pytest.mark.requirement("S2-13")
def test_the_province_publishes_and_each_school_sees_its_own_with_what_changed(
    as_user, django_assert_max_num_queries
) -> None:
    province = AuthorityFactory(level=Level.PROVINCE, division_code="410000")
    county = AuthorityFactory(parent=province, division_code="410100")
    mine, other = SchoolFactory(authority=county), SchoolFactory(authority=county)
    for school in (mine, other):
        ProgrammeFactory(school=school, name="护理")
    reviewer = appointed(Post.PROVINCE_REVIEWER, province)
    send = reverse("authority:send_licences", args=[province.pk])
    for quota in (40, 60):
        client = as_user(reviewer)
        rows = [f"{school.code},{school.name},护理,3,2021,秋季,,{quota}" for school in (mine, other)]
        answer = client.post(send, {"workbook": table(*rows)})
        assert answer.status_code == 302
        run_pending_jobs()
        checked = client.get(answer["Location"]).text
        assert "整季代替上一版" in checked
        assert checked.index("<body") < checked.index("<h1>招生资质</h1>")
        upload = Upload.objects.latest("pk")
        confirmed = client.post(reverse("uploads:licences_confirmation", args=[upload.pk]), follow=True)
        assert "已公布 2 行招生资质" in confirmed.text
    newest = LicencePublication.objects.get(version=2)
    page = as_user(reviewer).get(reverse("licence_publications")).text
    assert page.count("现行") == 1
    assert "已被代替" in page
    client = as_user(appointed(Post.SCHOOL_CLERK, mine))
    with django_assert_max_num_queries(20):
        shown = client.get(reverse("licence_publication", args=[newest.pk])).text
    assert mine.name in shown
    assert other.name not in shown
    assert "计划调整" in shown
    found = as_user(reviewer).get(reverse("licence_publication", args=[newest.pk]), {"q": other.code}).text
    assert found.count(other.name) == 2  # the difference and the line
    asked = {"school": mine.code, "programme": "护理", "year": "2021", "season": "autumn", "on": str(localdate())}
    for programme, said_so in (("护理", "「护理」60 人"), ("机电", "没有：截至")):
        answered = as_user(reviewer).get(reverse("licence_publications"), asked | {"programme": programme}).text
        assert said_so in answered
    theirs = as_user(appointed(Post.SCHOOL_LEADER, mine)).get(
        reverse("licence_publications"), asked | {"school": other.name}
    )
    assert "管辖范围内没有" in theirs.text
    assert as_user(appointed(Post.CITY_REVIEWER, county)).get(send).status_code == 403
    assert (
        as_user(appointed(Post.PROVINCE_REVIEWER, AuthorityFactory(level=Level.PROVINCE))).get(send).status_code == 404
    )


def test_the_empty_form_has_the_columns_of_the_publication(as_user) -> None:
    reviewer = appointed(Post.PROVINCE_REVIEWER, AuthorityFactory(level=Level.PROVINCE, division_code="410000"))
    answer = as_user(reviewer).get(reverse("authority:licences_template"))
    assert answer.status_code == 200
    assert answer["Content-Disposition"].endswith(".xlsx") or "xlsx" in answer["Content-Disposition"]
