"""The pages by which a school is closed and a principal entered ahead."""

from __future__ import annotations

from datetime import date

import pytest
from django.urls import reverse
from django.utils import timezone
from tests.factories.graduation import filled, rows_of, setting

from xueji.institutions.models import PlannedPrincipal, School

pytestmark = pytest.mark.django_db


def test_a_school_is_closed_on_a_page_that_names_its_open_work(city, as_user) -> None:
    here = filled(setting(city), rows_of(1))
    school, client = city.county_school, as_user(city.administrator)
    address = reverse("authority:close_school", args=[school.pk])
    assert here.batch.case.title in client.get(address).text
    refused = client.post(address, {"closed_on": "", "document_number": "教函〔2019〕5号"})
    assert (refused.status_code, "教函〔2019〕5号" in refused.text) == (422, True)
    day = timezone.localdate().isoformat()
    page = client.post(address, {"closed_on": day, "document_number": "教函〔2019〕5号"}, follow=True).text
    assert f"自 {day} 起停办" in page
    assert "撤销停办" in page
    assert "停办" in client.get(reverse("authority:institutions")).text
    undo = reverse("authority:reopen_school", args=[school.pk])
    assert "没有登记停办" not in client.post(undo, {"document_number": "教函〔2019〕6号"}, follow=True).text
    assert client.post(undo, {"document_number": "教函〔2019〕6号"}).status_code == 409


def test_a_principal_is_entered_ahead_and_taken_back_on_the_schools_page(city, as_user) -> None:
    school, client = city.county_school, as_user(city.administrator)
    address = reverse("authority:plan_principal", args=[school.pk])
    year = timezone.localdate().year + 1
    fields = {"principal": "郑后任", "effective_on": f"{year}-09-01", "document_number": f"任〔{year}〕1号"}
    page = client.post(address, fields, follow=True).text
    assert f"{year}年9月1日起校长为<b>郑后任</b>" in page
    planned = PlannedPrincipal.objects.get()
    undo = reverse("authority:withdraw_principal", args=[school.pk, planned.pk])
    assert undo in page
    assert as_user(city.clerk).post(undo).status_code == 403
    assert "已撤销" in as_user(city.administrator).post(undo, follow=True).text
    early = as_user(city.administrator).post(address, fields | {"effective_on": "2019-01-01"})
    assert "今天之后" in early.text
    assert "郑后任" in early.text


def test_a_school_that_closes_next_year_is_said_to_close_then(city, as_user) -> None:
    client, school = as_user(city.administrator), city.county_school
    pages = [reverse("authority:institutions"), reverse("authority:school", args=[school.pk]),
             reverse("authority:authority", args=[school.authority_id])]  # fmt: skip
    today = timezone.localdate()
    ahead = date(today.year + 1, 7, 1)
    for day, message in ((ahead, f"将于 {ahead.isoformat()} 停办"), (today, '<span class="tag bad">停办</span>')):
        School.objects.filter(pk=school.pk).update(closed_on=day)
        shown = [client.get(page).text for page in pages]
        assert [message in text for text in shown] == [True] * 3
        assert ["将于" in text for text in shown] == [day > today] * 3
