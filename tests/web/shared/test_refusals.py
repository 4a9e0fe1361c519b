"""Whoever is refused sees the clause: every form of both portals that a rule can refuse shows the notice's number."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from tests.factories.graduation import (
    AT,
    at_the_city,
    current_step,
    decide,
    filled,
    rows_of,
    season_of,
    setting,
    upload,
)
from tests.factories.institutions import SanctionFactory, staffed_city
from tests.factories.production import PrinterFactory, approved_batch, round_of

from xueji.graduation.actions import mark_candidates, refuse_candidates, submit_batch
from xueji.production.form_data import certificates_of

pytestmark = pytest.mark.django_db
NOTICE = "渭教职成〔2019〕22号"
NOON = datetime(2019, 7, 9, 12, tzinfo=ZoneInfo("Asia/Shanghai"))
BEFORE = datetime(2019, 7, 4, 12, tzinfo=ZoneInfo("Asia/Shanghai"))


def signed_in(user) -> Client:
    client = Client()
    client.force_login(user, backend="xueji.accounts.backends.Accounts")
    return client


def words_of(page) -> str:
    """Return a page with every run of white space as one blank, as a browser shows it."""
    return " ".join(page.content.decode().split())


def refused(answer, *words: str, clause: str, status: int = 422) -> None:
    """Check that an answer refuses in these words and quotes the clause."""
    assert answer.status_code == status
    shown = words_of(answer)
    for word in words:
        assert word in shown
    assert f"{NOTICE} {clause}" in shown
    assert "<blockquote>" in shown


@pytest.fixture
def city():
    return staffed_city()


@pytest.fixture
def here(city):
    return setting(city)


def at_noon(monkeypatch, day: datetime = NOON) -> None:
    monkeypatch.setattr("django.utils.timezone.now", lambda: day)


@pytest.mark.requirement("S1-07", "S1-08")
def test_submission_of_an_empty_batch(here) -> None:
    answer = signed_in(here.clerk).post(reverse("school:submission", args=[here.batch.pk]))
    refused(answer, "没有一名毕业生", clause="二（三）1")


@pytest.mark.requirement("S1-06")
def test_confirmation_of_an_upload_with_errors(here) -> None:
    intake = upload(here, rows_of(2, 毕业成绩总评="不及格"))
    assert intake.error_count
    answer = signed_in(here.clerk).post(reverse("uploads:graduates_confirmation", args=[intake.pk]))
    refused(answer, "不符合规定", clause="一")


@pytest.mark.requirement("S1-21")
def test_register_that_admits_fewer_than_it_graduates(here) -> None:
    filled(here)
    sent = {"line0-planned": "2", "line0-admitted": "1", "line0-remark": "", "form_filler": "王老师"}
    answer = signed_in(here.clerk).post(reverse("school:register", args=[here.batch.pk]), sent)
    refused(answer, "实际录取", clause="附件1")


@pytest.mark.requirement("S1-07")
def test_correction_without_evidence(here) -> None:
    filled(here)
    clerk = signed_in(here.clerk)
    candidate = here.batch.candidates.first()
    sent = {"name": "王大明", "document_number": "校发1号", "reason": "录入有误"}
    page = clerk.post(reverse("school:new_change", args=[candidate.pk]), sent)
    assert page.status_code == 302
    case = candidate.enrolment.particulars_changes.get().case
    refused(clerk.post(reverse("school:case_submission", args=[case.pk])), "证明材料", clause="二（二）")


@pytest.mark.requirement("S1-14")
def test_special_case_without_evidence(here) -> None:
    filled(here)
    step = at_the_city(here)
    candidate = here.batch.candidates.first()
    refuse_candidates(step=step, refusals={candidate.pk: "学籍不符"}, by=here.city.city_reviewer, at=AT)
    decide(here.batch.case, here.city)
    clerk = signed_in(here.clerk)
    url = reverse("school:new_special_case", args=[here.batch.pk])
    page = words_of(clerk.get(url))
    assert "转学或休学未及时办理" in page
    assert f"{NOTICE} 四（二）" in page
    sent = {
        "document_number": "校发2号",
        "ids": [str(candidate.pk)],
        f"class-{candidate.pk}": "其他特殊原因",
        f"why-{candidate.pk}": "转学",
    }
    case = clerk.post(url, sent).headers["Location"]
    refused(clerk.post(f"{case}submission/"), "正式文件和证明材料", clause="四（二）")


@pytest.mark.requirement("S1-08", "S1-18")
def test_leaders_approval_of_a_batch_with_marks_and_return_without_reasons(here) -> None:
    filled(here)
    submit_batch(batch=here.batch, by=here.clerk, at=AT)
    step = current_step(here.batch.case)
    mark_candidates(step=step, marks={here.batch.candidates.first().pk: "照片不符"}, by=here.city.leader, at=AT)
    leader, url = signed_in(here.city.leader), reverse("school:decision", args=[step.pk])
    step.case.refresh_from_db()
    assert f"{NOTICE} 附件1" in words_of(leader.get(url))
    answer = leader.post(url, {"verdict": "approve", "version": step.case.version, "confirmed": "1"})
    refused(answer, "标注退回", clause="二（三）1")
    silent = leader.post(url, {"verdict": "return", "reasons": "", "version": step.case.version, "confirmed": "1"})
    refused(silent, "请写明原因", clause="附件1")


@pytest.mark.requirement("S1-08")
def test_officers_approval_of_a_batch_with_marks(here) -> None:
    filled(here)
    submit_batch(batch=here.batch, by=here.clerk, at=AT)
    decide(here.batch.case, here.city)
    step = current_step(here.batch.case)
    officer = here.city.county_reviewer
    mark_candidates(step=step, marks={here.batch.candidates.first().pk: "照片不符"}, by=officer, at=AT)
    step.case.refresh_from_db()
    url = reverse("authority:step", args=[step.pk])
    assert f"{NOTICE} 附件1" in words_of(signed_in(officer).get(url))
    answer = signed_in(officer).post(url, {"verdict": "approve", "version": step.case.version, "confirmed": "1"})
    refused(answer, "标注退回", clause="二（三）1")
    many = signed_in(officer).post(
        reverse("authority:bulk_decision"), {"steps": [step.pk], f"version-{step.pk}": step.case.version}
    )
    refused(many, "未办成", "标注退回", clause="二（三）1", status=200)


@pytest.mark.requirement("S1-17")
def test_release_for_a_school_under_deferral(here) -> None:
    filled(here)
    step = at_the_city(here)
    SanctionFactory(school=here.batch.school, reason="弄虚作假待查")
    step.case.refresh_from_db()
    url = reverse("authority:step", args=[step.pk])
    answer = signed_in(here.city.city_reviewer).post(
        url, {"verdict": "approve", "version": step.case.version, "confirmed": "1"}
    )
    refused(answer, "弄虚作假待查", clause="四（五）")


@pytest.mark.requirement("S1-08", "S1-09")
def test_printing_before_approval_and_on_a_printer_not_calibrated(here, city) -> None:
    url = reverse("school:print_centre", args=[here.batch.pk])
    refused(signed_in(here.clerk).post(url, {"document": "register"}), "不能打印", clause="二（三）1")
    batch = approved_batch(city, school=city.city_school)
    printer = PrinterFactory(school=batch.school)
    url = reverse("school:print_centre", args=[batch.pk])
    sent = {"document": "diploma_overlay.overlay", "printer": printer.pk}
    refused(signed_in(city.city_clerk).post(url, sent), "还没有校准", clause="二（三）2")


@pytest.mark.requirement("S1-08", "S1-17")
def test_booking_before_approval_and_under_deferral(here, city, monkeypatch) -> None:
    at_noon(monkeypatch, BEFORE)
    batch = approved_batch(city, school=city.city_school)
    round_of(batch)
    sent = {"day": "2019-07-09", "half": "am"}
    url = reverse("school:sealing", args=[here.batch.pk])
    refused(signed_in(here.clerk).post(url, sent), "才能预约", clause="二（三）1")
    SanctionFactory(school=batch.school, reason="弄虚作假待查")
    url = reverse("school:sealing", args=[batch.pk])
    refused(signed_in(city.city_clerk).post(url, sent), "暂缓验印", clause="四（五）")


def sealed(city, batch, **changes):
    data = {
        "diplomas_counted": certificates_of(batch.issue).count(), "supervised_by": city.seal_supervisor.pk,
        "password": "xueji-pass-1", **changes,
    }  # fmt: skip
    return signed_in(city.sealer).post(reverse("authority:press", args=[batch.pk]), data)


@pytest.mark.requirement("S1-12", "S1-17", "S1-21")
def test_sealing_of_a_wrong_count_under_deferral_and_outside_the_days(city, monkeypatch) -> None:
    at_noon(monkeypatch)
    batch = approved_batch(city, count=2)
    round_of(batch)
    refused(sealed(city, batch, diplomas_counted=5), "相差 3", clause="附件1")
    SanctionFactory(school=batch.school, reason="弄虚作假待查")
    refused(sealed(city, batch), "弄虚作假待查", clause="四（五）")
    at_noon(monkeypatch, BEFORE)
    refused(sealed(city, batch), "不在验印时间内", clause="三")


@pytest.mark.requirement("S1-13")
def test_late_sealing_after_the_last_day(city) -> None:
    batch = approved_batch(city, count=1, is_late=True)
    round_of(batch)
    refused(sealed(city, batch), "逾期不予办理", clause="四（一）")


@pytest.mark.requirement("S1-13")
def test_late_batch_of_a_class_that_has_none_or_is_too_late(city) -> None:
    spring = season_of(city, "spring")
    sent = {"season": spring.pk, "school": city.county_school.pk, "late": "1"}
    assert timezone.localdate() > date(2019, 7, 12)
    refused(signed_in(city.clerk).post(reverse("school:new_batch"), sent), "逾期不予办理", clause="四（一）")


@pytest.mark.requirement("S1-06", "S1-09", "S1-10", "S1-15", "S1-16", "S1-17")
def test_pages_say_what_the_notice_says_with_its_clause(here, city) -> None:
    batch = approved_batch(city, school=city.city_school)
    round_of(batch)
    clerk, other = signed_in(here.clerk), signed_in(city.city_clerk)
    pages = [
        (clerk.get(reverse("school:submission", args=[here.batch.pk])), "实际在校情况核对一致", "二（二）"),
        (clerk.get(reverse("school:upload", args=[here.batch.pk])), "200 × 宽 150", "二（三）2"),
        (other.get(reverse("school:print_centre", args=[batch.pk])), "两寸蓝底免冠照片", "二（三）2"),
        (
            other.get(reverse("school:print_centre", args=[batch.pk])),
            "一式三份，校长、经办人签名，加盖学校公章",
            "附件1",
        ),
        (other.get(reverse("school:sealing", args=[batch.pk])), "验印名单一式三份", "四（三）"),
        (signed_in(city.city_leader).get(reverse("authority:sanctions")), "通报批评", "四（五）"),
    ]
    for page, words, clause in pages:
        assert words in words_of(page)
        assert f"{NOTICE} {clause}" in words_of(page)
