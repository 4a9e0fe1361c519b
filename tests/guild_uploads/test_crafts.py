"""A new kind of upload with its page is a registration: sent, read, shown, refused, corrected, confirmed, erased."""

from __future__ import annotations

import sys
from datetime import UTC, datetime, timedelta
from io import BytesIO

import openpyxl
import pytest
from django.test import Client
from django.urls import reverse
from tests.factories.institutions import ProgrammeFactory, StaffedCity, staffed_city
from tests.guild_uploads.pages import CRAFTS_PAGE

from xueji.core.errors import NotPermitted, RuleViolation
from xueji.jobs.testing import run_pending_jobs
from xueji.ledger.queries import timeline_of
from xueji.uploads.actions import confirm_upload, receive_upload
from xueji.uploads.actions.erasing import erase_due_uploads
from xueji.uploads.models import Upload
from xueji.web import upload_pages
from xueji.web.history import shown_events

pytestmark = pytest.mark.django_db
AT = datetime(2026, 7, 1, 1, tzinfo=UTC)


@pytest.fixture
def page(settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """The guild's page, registered for one test."""
    monkeypatch.setattr(upload_pages, "_pages", dict(upload_pages._pages))
    upload_pages.register_page(CRAFTS_PAGE)
    sys.modules.pop("tests.guild_uploads.urls", None)
    settings.ROOT_URLCONF = "tests.guild_uploads.urls"


def sent(city: StaffedCity, *crafts: tuple[str, str, str]) -> Upload:
    book, out = openpyxl.Workbook(), BytesIO()
    book.active.title = "技艺"
    for row in (("技艺", "代码", "年限"), *crafts):
        book.active.append(row)
    book.save(out)
    upload = receive_upload(
        kind="crafts", subject=city.county_school, workbook=("技艺.xlsx", out.getvalue()), by=city.clerk, at=AT
    )
    run_pending_jobs()
    upload.refresh_from_db()
    return upload


def test_a_kind_of_its_own_goes_the_whole_way() -> None:
    city = staffed_city()
    upload = sent(city, ("钟表", "9901", "3"), ("制锁", "9902", "2"))
    assert (upload.state, upload.row_count, upload.error_count) == ("ready", 2, 0), list(upload.findings.values())
    assert not city.county_school.programmes.exists()
    confirm_upload(upload=upload, by=city.clerk, at=AT)
    assert set(city.county_school.programmes.values_list("name", flat=True)) == {"钟表", "制锁"}
    shown = [event["label"] for event in shown_events(timeline_of(upload))]
    assert shown == ["上传技艺表", "检查技艺表", "确认技艺表入库"]
    assert erase_due_uploads(at=AT + timedelta(days=400)) == 1


def test_what_may_have_changed_is_asked_again_and_others_are_refused() -> None:
    city = staffed_city()
    upload = sent(city, ("钟表", "9901", "3"))
    ProgrammeFactory(school=city.county_school, name="钟表")
    with pytest.raises(RuleViolation):
        confirm_upload(upload=upload, by=city.clerk, at=AT)
    with pytest.raises(NotPermitted):
        confirm_upload(upload=upload, by=city.city_clerk, at=AT)


def test_its_page_shows_what_was_found_and_confirms(page) -> None:
    city = staffed_city()
    ProgrammeFactory(school=city.county_school, name="钟表")
    client = Client()
    client.force_login(city.clerk, backend="xueji.accounts.backends.Accounts")
    faulty = sent(city, ("钟表", "9901", "3"))
    shown = client.get(reverse("uploads:crafts", args=[faulty.pk])).content.decode()
    assert ["的技艺" in shown, "已传授这门技艺" in shown, "不能入库" in shown] == [True, True, True]
    assert b"".join(client.get(reverse("uploads:crafts_errors", args=[faulty.pk])).streaming_content)[:2] == b"PK"
    sound = sent(city, ("制锁", "9902", "2"))
    answer = client.post(reverse("uploads:crafts_confirmation", args=[sound.pk]), follow=True)
    assert "已传授 1 门技艺" in answer.content.decode()
    stranger = Client()
    stranger.force_login(city.city_clerk, backend="xueji.accounts.backends.Accounts")
    assert stranger.get(reverse("uploads:crafts", args=[sound.pk])).status_code == 404
