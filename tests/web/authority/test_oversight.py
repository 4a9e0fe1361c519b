"""Duties, sanctions, the calendar, the law, the ledger, accounts, figures."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest
from django.urls import reverse
from tests.factories.institutions import SanctionFactory, staffed_city
from tests.factories.production import SEALING_DAY, approved_batch, round_of

from xueji.accounts.models import User
from xueji.institutions.models import CalendarDay, PublishedYear, Sanction
from xueji.ledger.models import Event
from xueji.obligations.actions import fulfil_obligation
from xueji.production.actions import seal_issue

pytestmark = pytest.mark.django_db


def sealed(city, **kwargs):
    batch = approved_batch(city, count=1, **kwargs)
    seal_issue(
        issue=batch.issue, round=round_of(batch), diplomas_counted=1, refused={}, sealed_by=city.sealer,
        supervised_by=city.seal_supervisor, at=SEALING_DAY,
    )  # fmt: skip
    return batch


@pytest.mark.requirement("S1-16")
def test_duties_count_down_and_overdue_ones_come_first(city, as_user, monkeypatch, django_assert_max_num_queries):
    batch = sealed(city)
    client = as_user(city.city_reviewer)
    monkeypatch.setattr("django.utils.timezone.now", lambda: datetime(2019, 7, 22, 9, tzinfo=ZoneInfo("Asia/Shanghai")))
    page = client.get(reverse("authority:duties"))
    assert "还剩 1 个工作日" in page.text
    monkeypatch.setattr("django.utils.timezone.now", lambda: datetime(2019, 7, 26, 9, tzinfo=ZoneInfo("Asia/Shanghai")))
    with django_assert_max_num_queries(25):
        late = client.get(reverse("authority:duties"), {"show": "overdue"})
    assert "已逾期 3 个工作日" in late.text
    assert late.context["schools_overdue"] == 1
    fulfil_obligation(obligation=batch.case.obligations.first(), by=city.clerk, at=SEALING_DAY)
    assert client.get(reverse("authority:duties"), {"show": "done"}).context["done"] == 1
    assert as_user(city.sealer).get(reverse("authority:duties")).status_code == 403


@pytest.mark.requirement("S1-17")
def test_a_deferral_is_imposed_and_lifted_by_the_leader(city, as_user):
    client = as_user(city.city_leader)
    data = {"school": city.county_school.pk, "kind": "sealing_deferred", "reason": "信息核对不准"}
    assert client.post(reverse("authority:sanctions"), data).status_code == 302
    imposed = Sanction.objects.get()
    again = client.post(reverse("authority:sanctions"), data)
    assert again.status_code == 409
    assert "已在暂缓验印中" in again.text
    url = reverse("authority:lifting", args=[imposed.pk])
    assert client.post(url, {"reason": ""}).status_code == 400
    assert client.post(url, {"reason": "已整改"}).status_code == 302
    imposed.refresh_from_db()
    assert imposed.lifted_reason == "已整改"
    assert as_user(city.city_reviewer).post(reverse("authority:sanctions"), data).status_code == 403


def test_measures_of_another_city_are_not_found(city, as_user):
    other = SanctionFactory()
    assert (
        as_user(city.city_leader).post(reverse("authority:lifting", args=[other.pk]), {"reason": "x"}).status_code
        == 404
    )


def test_a_declared_day_and_a_published_year_show_on_the_calendar(city, as_user):
    client = as_user(city.city_reviewer)
    before = client.get(reverse("authority:calendar"), {"year": "2031"})
    assert "还没有登记" in before.text
    assert (
        client.post(
            reverse("authority:declare_day"), {"day": "2019-07-10", "kind": "holiday", "note": "市政府通知"}
        ).status_code
        == 302
    )
    assert CalendarDay.objects.get().day == date(2019, 7, 10)
    assert "市政府通知" in client.get(reverse("authority:calendar"), {"year": "2019"}).text
    year = {"year": 2027, "notice": "国办发明电"}
    assert client.post(reverse("authority:publish_year"), year).status_code == 302
    assert PublishedYear.objects.get().year == 2027
    assert client.post(reverse("authority:publish_year"), year).status_code == 409
    assert (
        client.post(reverse("authority:declare_day"), {"day": "bad", "kind": "holiday", "note": ""}).status_code == 400
    )
    assert as_user(city.city_leader).get(reverse("authority:calendar")).status_code == 403


def test_a_day_is_taken_back_on_the_page_by_its_own_authority_alone(city, as_user):
    client = as_user(city.city_reviewer)
    client.post(reverse("authority:declare_day"), {"day": "2019-07-10", "kind": "holiday", "note": "市政府通知"})
    declared = CalendarDay.objects.get()
    address = reverse("authority:remove_day", args=[declared.pk])
    assert address in client.get(reverse("authority:calendar"), {"year": "2019"}).text
    far = staffed_city(division_code="110100", county_code="110101")
    assert as_user(far.city_reviewer).post(address).status_code == 404
    assert "市政府通知" not in as_user(far.city_reviewer).get(reverse("authority:calendar"), {"year": "2019"}).text
    assert as_user(city.city_reviewer).post(address).status_code == 302
    assert not CalendarDay.objects.exists()


@pytest.mark.requirement("S1-04")
@pytest.mark.requirement("S1-05")
def test_the_law_is_shown_with_clauses_and_readings(city, as_user):
    page = as_user(city.clerk).get(reverse("authority:policy"), {"pack": "edu/shaanxi-weinan", "on": "2019-07-01"})
    assert "渭教职成〔2019〕22号" in page.text
    assert "统一使用省教育厅印制的中等职业学校毕业证书" in page.text
    assert "学历证书电子认证系统" in page.text
    assert any("假定" in reading.text for reading in page.context["readings"])
    assert as_user(city.clerk).get(reverse("authority:policy"), {"pack": "nowhere"}).status_code == 400


def test_no_made_up_law_is_shown_in_a_real_installation(city, as_user, settings):
    clerk, page = as_user(city.clerk), reverse("authority:policy")
    assert "fictional/freedonia" in [pack.id for pack in clerk.get(page).context["packs"]]
    settings.PRODUCTION = True
    assert not [pack for pack in clerk.get(page).context["packs"] if pack.line == "fictional"]
    assert clerk.get(page, {"pack": "fictional/freedonia"}).status_code == 404


@pytest.mark.parametrize(
    ("pack", "words"),
    [
        pytest.param("hrss/fujian", ["空白毕业证申领", "行政区划代码 2 位", "技师学院毕业证书", "没有定下时段"], id="Fujian"),
        pytest.param("edu/guangxi", ["抽查毕业生成绩", "按申请核发号段", "百分比：5", "2022-06-20 至 2022-07-08"], id="Guangxi"),
        pytest.param("edu/henan", ["加盖学校钢印", "不按先后", "2022-06-11 至 2022-12-31"], id="Henan"),
    ],
)  # fmt: skip
def test_the_law_of_every_jurisdiction_is_shown_with_its_stages_and_numbers(city, as_user, pack, words):
    page = as_user(city.clerk).get(reverse("authority:policy"), {"pack": pack, "on": "2022-07-01"})
    assert [word for word in words if word not in page.text] == []
    assert "[&#x27;" not in page.text
    assert {w.season_year for w in page.context["windows"]} <= {2021, 2022, 2023}


def test_the_ledger_is_for_auditors_and_pages_by_id(city, as_user, django_assert_max_num_queries):
    sealed(city)
    client = as_user(city.auditor)
    with django_assert_max_num_queries(20):
        page = client.get(reverse("authority:ledger"))
    assert "验印" in page.text
    only = client.get(reverse("authority:ledger"), {"tag": "sealing:done"})
    assert [row["event"].tag for row in only.context["rows"]] == ["sealing:done"]
    newest = only.context["rows"][0]["event"].pk
    assert client.get(reverse("authority:ledger"), {"tag": "sealing:done", "before": newest}).context["rows"] == []
    assert as_user(city.city_reviewer).get(reverse("authority:ledger")).status_code == 403


def test_auditors_of_another_city_see_none_of_it(city, as_user):
    sealed(city)
    stranger = staffed_city("610300", "610302")
    page = as_user(stranger.auditor).get(reverse("authority:ledger"), {"tag": "sealing:done"})
    assert page.context["rows"] == []


def test_an_account_is_issued_with_its_post_and_its_password_shown_once(city, as_user):
    client = as_user(city.administrator)
    data = {
        "username": "zhang.san",
        "full_name": "张三",
        "post": "school_clerk",
        "place": f"school-{city.county_school.pk}",
    }
    answer = client.post(reverse("authority:new_account"), data)
    assert answer.status_code == 200
    assert "no-store" in answer["Cache-Control"]
    issued = User.objects.get(username="zhang.san")
    assert issued.check_password(answer.context["password"])
    assert issued.appointments.get().school == city.county_school
    assert answer.context["password"] not in client.get(reverse("authority:account", args=[issued.pk])).text
    assert "张三" in client.get(reverse("authority:accounts"), {"q": "张三"}).text
    assert client.post(reverse("authority:new_account"), data).status_code == 409
    wrong = client.post(reverse("authority:new_account"), {**data, "username": "li.si", "post": "sealer"})
    assert wrong.status_code in {400, 409, 422}
    assert not User.objects.filter(username="li.si").exists()  # account and post stand or fall together


def test_an_account_is_closed_and_opened_with_a_reason(city, as_user):
    client = as_user(city.administrator)
    url = reverse("authority:account", args=[city.clerk.pk])
    assert client.post(url, {"act": "deactivate", "reason": ""}).status_code == 400
    assert client.post(url, {"act": "deactivate", "reason": "调离"}).status_code == 302
    city.clerk.refresh_from_db()
    assert not city.clerk.is_active
    assert client.post(url, {"act": "reactivate", "reason": "回任"}).status_code == 302
    appointment = city.clerk.appointments.get()
    assert client.post(url, {"act": "end", "appointment": appointment.pk, "reason": "换岗"}).status_code == 302
    assert Event.objects.filter(tag="appointment:ended").exists()
    assert client.post(url, {"act": "nonsense"}).status_code == 400
    stranger = staffed_city("610300", "610302")
    assert client.get(reverse("authority:account", args=[stranger.clerk.pk])).status_code == 404
    assert as_user(city.city_reviewer).get(reverse("authority:accounts")).status_code == 403


def test_figures_cover_the_schools_within_reach(city, as_user, django_assert_max_num_queries):
    sealed(city)
    approved_batch(city, count=2, school=city.city_school, first_serial=30)
    client = as_user(city.city_leader)
    with django_assert_max_num_queries(25):
        page = client.get(reverse("authority:statistics"))
    assert (page.context["schools"], page.context["graduates"], page.context["sealed"]) == (2, 3, 1)
    assert "<svg" in page.text
    assert as_user(city.county_reviewer).get(reverse("authority:statistics")).context["schools"] == 1
    assert as_user(city.sealer).get(reverse("authority:statistics")).status_code == 403


def test_the_law_shows_what_acts_in_words_and_what_is_only_said_apart(city, as_user):
    page = as_user(city.clerk).get(reverse("authority:policy"), {"pack": "edu/guangxi", "on": "2022-07-01"})
    acting, quoted = page.text.split("<h2>参数</h2>")[1].split("<h2>条文引述</h2>")
    for words in ("哪一级验印", "省", "照收并标明逾期", "百分比：5；小数：进一；对象：学生手册", "列入补办批次"):
        assert words in acting
    assert not [code for code in ("late_batch", "province", "rounding", "completion") if code in acting]
    assert "只供查阅，系统不据以办理" in quoted
    assert "「教育厅办公楼（具体地点待定）」" in quoted
