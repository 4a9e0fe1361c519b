"""The page of who comes from another kind of school: what is asked, what is refused with what was typed kept, what officers see."""

from __future__ import annotations

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from tests.apps.registry.test_applying import PDF
from tests.exchange.test_enrolments import number
from tests.factories.institutions import ProgrammeFactory, staffed_city

from xueji.cases.models import Case, CaseState
from xueji.registry.models import Arrival

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("S2-22")]


@pytest.fixture
def henan():
    made = staffed_city("410100", "410102")
    made.programme = ProgrammeFactory(school=made.county_school, name="护理")
    return made


@pytest.fixture
def clerk(henan) -> Client:
    client = Client()
    client.force_login(henan.clerk, backend="xueji.accounts.backends.Accounts")
    return client


def given(henan, **more) -> dict[str, object]:
    today = timezone.localdate()
    papers = {f"paper_{place}": SimpleUploadedFile(f"{place}.pdf", PDF, "application/pdf") for place in range(3)}
    return {
        "source": "junior_high_pupil", "former_school": "某某初中", "name": "王小明", "sex": "女",
        "resident_id": number("20120503", 2), "guardian": "王大", "relation": "父亲", "programme": henan.programme.pk,
        "grade": today.year, "class_name": "初职1班", "teachers": "李老师", "junior_term": 5,
        "entered_on": today.isoformat(), **papers,
    } | more  # fmt: skip


def test_a_pupil_is_asked_for_with_class_teachers_and_papers(clerk, henan) -> None:
    url = reverse("school:new_arrival", args=["junior_in"])
    page = clerk.get(url)
    assert all(words in page.text for words in ("专门教师", "就读初中的书面同意", "单独编班", "第十二条"))
    answer = clerk.post(url, given(henan))
    arrival = Arrival.objects.get()
    assert answer.url == reverse("school:case", args=[arrival.case_id])
    assert set(arrival.case.evidence.values_list("kind", flat=True)) == {
        "法定监护人的申请", "就读初中的书面同意", "原就读初中的有关材料（报批准机关备案，原件备查）"
    }  # fmt: skip
    case = clerk.get(answer.url)
    assert all(words in case.text for words in ("初职1班", "李老师", "某某初中", "王大（父亲）", "不得退学、开除"))
    assert number("20120503", 2) not in case.text
    assert clerk.post(reverse("school:case_submission", args=[arrival.case_id])).status_code == 302
    assert Case.objects.get(pk=arrival.case_id).state == CaseState.IN_PROGRESS


def test_a_refusal_keeps_what_was_typed_and_stores_nothing(clerk, henan) -> None:
    answer = clerk.post(reverse("school:new_arrival", args=["junior_in"]), given(henan, junior_term=4))
    assert answer.status_code == 422
    assert "现为第 4 学期" in answer.text
    assert "李老师" in answer.text
    assert not Case.objects.exists()


@pytest.mark.requirement("S2-23")
def test_the_other_way_asks_for_the_time_left_and_for_one_paper(clerk, henan) -> None:
    page = clerk.get(reverse("school:new_arrival", args=["transfer_in"]))
    assert "剩余学习时间" in page.text
    assert 'name="teachers"' not in page.text
    assert "原就读学校的学籍证明材料电子版" in page.text


def test_where_the_law_knows_no_such_way_there_is_no_page(henan, clerk) -> None:
    weinan = staffed_city("610500", "610502")
    client = Client()
    client.force_login(weinan.clerk, backend="xueji.accounts.backends.Accounts")
    assert client.get(reverse("school:new_arrival", args=["junior_in"])).status_code == 404
    assert clerk.get(reverse("school:new_arrival", args=["elsewhere"])).status_code == 404
