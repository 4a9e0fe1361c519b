"""Pages of numbers applied for and of certificates put right: school, leader, authority, book."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse
from django.utils.html import strip_tags
from tests.factories.cases import EvidenceFactory
from tests.factories.graduation import approved, current_step, filled, rows_of, setting
from tests.factories.packs import certificate_cases, granted_in_blocks, process, school_county_city, use

from xueji.cases.models import CaseState
from xueji.certificates.models import CertificateCase, CertificateNumber
from xueji.graduation.models import NumberApplication

pytestmark = pytest.mark.django_db


def signed_in(user) -> Client:
    client = Client()
    client.force_login(user, backend="xueji.accounts.backends.Accounts")
    return client


@pytest.fixture
def here(monkeypatch):
    use(monkeypatch, granted_in_blocks(), school_county_city("number_application", "编号申请"), process(
        ("apply_numbers", ()), ("number", ("apply_numbers",))
    ))  # fmt: skip
    return filled(setting(), rows_of(2))


def opened(here) -> NumberApplication:
    clerk = signed_in(here.clerk)
    page = clerk.get(reverse("school:numbers"))
    assert "申请编号" in page.text
    clerk.post(reverse("school:new_number_application"), {"season": here.season.pk, "school": here.batch.school.pk})
    return NumberApplication.objects.get()


def decided(here, case) -> None:
    """Let every post approve its step on its own page."""
    people = {
        "school_leader": (here.city.leader, "school:decision"),
        "county_reviewer": (here.city.county_reviewer, "authority:step"),
        "city_reviewer": (here.city.city_reviewer, "authority:step"),
    }
    case.refresh_from_db()
    while case.state == CaseState.IN_PROGRESS:
        step = current_step(case)
        person, page = people[step.post]
        url = reverse(page, args=[step.pk])
        client = signed_in(person)
        assert client.get(url).status_code == 200
        answer = client.post(url, {"verdict": "approve", "version": case.version, "confirmed": "1"})
        assert answer.status_code == 302, answer.text[:2000]
        case.refresh_from_db()


@pytest.mark.requirement("S4-03", "S4-12")
def test_heads_are_stated_submitted_granted_and_shown_as_ranges(here, django_assert_max_num_queries) -> None:
    application = opened(here)
    clerk, url = signed_in(here.clerk), reverse("school:number_application", args=[application.pk])
    with django_assert_max_num_queries(45):
        page = clerk.get(url)
    assert "护理" in page.text
    programme = here.batch.school.programmes.get(name="护理").pk
    line = {
        "programme": [programme, ""], "entry_month": ["2016-09", ""], "study_mode": ["全日制", "全日制"],
        "admission_category": ["", ""], "outcome": ["graduation", "graduation"], "head_count": ["3", ""],
    }  # fmt: skip
    assert clerk.post(reverse("school:number_lines", args=[application.pk]), line).status_code == 302
    assert "申请 3 个编号，名单中尚无编号的毕业生 2 名" in clerk.get(url).text
    clerk.post(reverse("school:number_submission", args=[application.pk]))
    book = signed_in(here.city.city_reviewer).get(reverse("authority:number_book"))
    assert "办理中的编号申请" in book.text
    assert here.batch.school.name in book.text
    decided(here, application.case)
    shown = strip_tags(clerk.get(url).text)
    assert "字（2019）000001 至 字（2019）000003" in shown


def test_line_that_cannot_be_read_is_told_beside_the_form(here) -> None:
    application = opened(here)
    clerk = signed_in(here.clerk)
    answer = clerk.post(reverse("school:number_lines", args=[application.pk]), {"programme": "", "head_count": "3"})
    assert answer.status_code == 422
    assert "请为每一行选择专业" in answer.text
    clerk.post(reverse("school:number_lines", args=[application.pk]), {})
    answer = clerk.post(reverse("school:number_submission", args=[application.pk]))
    assert answer.status_code == 422
    assert "没有填写申请编号的人数" in answer.text


def test_left_over_numbers_are_given_back_and_the_book_shows_it(here) -> None:
    application = opened(here)
    clerk = signed_in(here.clerk)
    clerk.post(reverse("school:number_submission", args=[application.pk]))
    decided(here, application.case)
    answer = clerk.post(reverse("school:number_return", args=[application.pk]), {"reason": ""})
    assert answer.status_code == 400
    clerk.post(reverse("school:number_return", args=[application.pk]), {"reason": "本届停办"})
    assert set(CertificateNumber.objects.values_list("state", flat=True)) == {"returned"}
    reviewer = signed_in(here.city.city_reviewer)
    url = reverse("authority:number_book")
    assert "字（2019）000001" in reviewer.get(url, {"state": "returned", "season": here.season.pk}).text
    assert "没有符合条件" in reviewer.get(url, {"state": "issued"}).text
    assert "没有符合条件" in reviewer.get(url, {"school": "别的学校"}).text
    assert "字（2019）000001" in clerk.get(reverse("school:numbers")).text


def test_application_may_be_withdrawn_and_asked_anew(here) -> None:
    application = opened(here)
    signed_in(here.clerk).post(reverse("school:number_withdrawal", args=[application.pk]))
    application.case.refresh_from_db()
    assert application.case.state == CaseState.WITHDRAWN
    assert "申请编号" in signed_in(here.clerk).get(reverse("school:numbers")).text


def test_book_asks_as_many_queries_for_many_blocks_as_for_few(here, django_assert_max_num_queries) -> None:
    from tests.factories.certificates import CertificateNumberFactory

    for number in range(60):
        CertificateNumberFactory(number=f"9{number:05d}", block__school=here.batch.school)
    client = signed_in(here.city.city_reviewer)  # the page is measured, not the sign-in
    with django_assert_max_num_queries(20):
        page = client.get(reverse("authority:number_book"))
    assert "900059" in page.text


@pytest.mark.requirement("S3-22")
def test_certificate_is_put_right_on_the_pages_and_the_public_is_told(monkeypatch) -> None:
    use(monkeypatch, *certificate_cases())
    here = filled(setting(), rows_of(2))
    approved(here)
    candidate = here.batch.candidates.get(ordinal=1)
    old = candidate.certificate
    clerk, url = signed_in(here.clerk), reverse("school:new_certificate_case", args=[candidate.pk])
    assert url in clerk.get(reverse("school:candidate", args=[candidate.pk])).text
    assert old.number.number in clerk.get(url).text
    same = clerk.post(url, {"kind": "certificate_correction", "name": old.holder_name, "reason": "错"})
    assert same.status_code == 422
    assert "与证书所载相同" in same.text
    answer = clerk.post(url, {"kind": "certificate_correction", "name": "李改名", "reason": "姓名录错"})
    asked = CertificateCase.objects.get()
    assert answer["Location"] == reverse("school:case", args=[asked.case_id])
    EvidenceFactory(case=asked.case)
    assert "李改名" in clerk.get(reverse("school:case", args=[asked.case_id])).text
    assert asked.case.title in clerk.get(reverse("school:certificate_cases")).text
    clerk.post(reverse("school:case_submission", args=[asked.case_id]))
    decided(here, asked.case)
    public_answer = Client().post(reverse("public:check"), {"number": old.number.number, "name": old.holder_name})
    assert "本毕业证书已作废，由新证书代替" in public_answer.text
    candidate.refresh_from_db()
    assert candidate.certificate.number.number in public_answer.text
    listed = signed_in(here.city.city_reviewer).get(
        reverse("authority:certificates"), {"q": old.number.number, "kind": "certificate_correction"}
    )
    assert candidate.certificate.number.number in listed.text
    nothing = signed_in(here.city.city_reviewer).get(reverse("authority:certificates"), {"q": "没有"})
    assert "没有符合条件" in nothing.text


def test_graduate_without_a_certificate_has_nothing_to_put_right(here) -> None:
    url = reverse("school:new_certificate_case", args=[here.batch.candidates.first().pk])
    assert signed_in(here.clerk).get(url).status_code == 409
