"""A step that takes two, on its pages: proposed, waiting, confirmed or not agreed to; the queue and the bulk page tell it."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from django.urls import reverse
from tests.factories.institutions import staffed_city
from tests.factories.registry import EnrolmentFactory, PersonFactory, resident_id

from xueji.accounts.models import User
from xueji.cases.actions import attach_evidence, decide_step, submit_case
from xueji.cases.models import Case, Proposal
from xueji.cases.queries import open_step_of
from xueji.registry.actions import open_particulars_change

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("S2-09")]
AT = datetime(2024, 9, 2, 9, tzinfo=ZoneInfo("Asia/Shanghai"))
PDF = b"%PDF-1.4\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"
CEILING = 60  # queries of the page of a step


class Office:
    """A city of Henan with two reviewers, and corrections of particulars waiting for them."""

    def __init__(self) -> None:
        self.staff = staffed_city("410100", "410102")
        self.first, self.second = self.staff.city_reviewer, self.staff.second_city_reviewer

    def change(self, number: int = 5, name: str = "王小名") -> Case:
        """Return a correction that the school's leader sent up."""
        staff = self.staff
        enrolment = EnrolmentFactory(
            programme__school=staff.city_school, person=PersonFactory(number=resident_id(number), name=name)
        )
        change = open_particulars_change(
            enrolment=enrolment, document_number="校字〔2024〕3号", reason="录入错误", changes={"name": "王小明"},
            by=staff.city_clerk, at=AT, legal_date=AT.date(),
        )  # fmt: skip
        attach_evidence(case=change.case, kind="户口簿", file_name="户口簿.pdf", data=PDF, by=staff.city_clerk, at=AT)
        submit_case(case=change.case, by=staff.city_clerk, at=AT)
        decide_step(step=open_step_of(change.case), verdict="approve", by=staff.city_leader_of_school, at=AT)
        return Case.objects.get(pk=change.case_id)

    def url(self, case: Case) -> str:
        """Return the page of the step the case lies at."""
        return reverse("authority:step", args=[open_step_of(case).pk])


@pytest.fixture
def office() -> Office:
    return Office()


def send(client, url: str, case: Case, **values: str):
    case.refresh_from_db()
    return client.post(url, {"version": case.version, **values}, follow=True)


def proposed(office: Office, client, verdict: str = "approve", reasons: str = "") -> Case:
    case = office.change()
    send(client, office.url(case), case, verdict=verdict, reasons=reasons, confirmed="1")
    return case


def test_the_first_person_is_told_that_another_one_confirms(office, as_user):
    case = office.change()
    page, url = as_user(office.first), office.url(case)
    shown = page.get(url).text
    assert "本环节须两人办理：先办的人拟办，同一岗位的另一人确认后生效" in shown
    assert "提交拟办意见" in shown
    assert "第五条" in shown
    assert "我们的理解：第五条的「双岗」" in shown
    asked = send(page, url, case, verdict="approve", reasons="")
    assert "待同一岗位的另一人确认后生效" in asked.text
    assert not Proposal.objects.exists()
    done = send(page, url, case, verdict="approve", reasons="", confirmed="1")
    assert "已拟「同意」，待同一岗位的另一人确认后生效" in done.text
    assert open_step_of(case).key == "authority"


def test_the_second_person_sees_who_proposed_what_and_confirms_it(office, as_user, django_assert_max_num_queries):
    case = proposed(office, as_user(office.first))
    second, url = as_user(office.second), office.url(case)
    with django_assert_max_num_queries(CEILING):
        shown = second.get(url).text
    assert f"拟办：{office.first.full_name}于" in shown
    assert f"待{office.second.full_name}确认" in shown
    asked = send(second, url, case, verdict="approve", reasons="")
    assert "确认同意：请先核对" in asked.text
    assert office.first.full_name in asked.text
    send(second, url, case, verdict="approve", reasons="", confirmed="1")
    case.refresh_from_db()
    assert case.state == "approved"


def test_who_proposed_may_take_it_back_and_confirms_nothing(office, as_user):
    first = as_user(office.first)
    case = proposed(office, first)
    url = office.url(case)
    shown = first.get(url).text
    assert "收回拟办意见" in shown
    assert "确认「同意」" not in shown
    refused = send(first, url, case, verdict="approve", reasons="", confirmed="1")
    assert (refused.status_code, "教职成〔2021〕115号 第五条" in refused.text) == (403, True)
    assert "已收回拟办意见" in send(first, url, case, proposal="take_back").text
    assert Proposal.objects.get().ending == "withdrawn"


def test_who_disagrees_must_say_why_and_loses_no_words(office, as_user):
    case = proposed(office, as_user(office.first), "refuse", "证明不足")
    second, url = as_user(office.second), office.url(case)
    assert "意见：证明不足" in second.get(url).text
    assert "请写明不同意拟办意见的理由" in send(second, url, case, proposal="object", reasons=" ").text
    stale = second.post(url, {"version": 0, "proposal": "object", "reasons": "户口簿是真的"}, follow=True)
    assert "户口簿是真的" in stale.text
    assert "已不同意拟办意见" in send(second, url, case, proposal="object", reasons="户口簿是真的").text
    assert Proposal.objects.get().objection == "户口簿是真的"
    assert "户口簿是真的" in second.get(url).text  # in the record of the case


def test_an_office_with_one_reviewer_is_told_that_the_step_cannot_end(office, as_user):
    User.objects.filter(pk=office.second.pk).update(is_active=False)
    case = office.change()
    assert "没有第二人，本环节不能办结" in as_user(office.first).get(office.url(case)).text


def test_the_queue_tells_what_waits_for_the_second_and_narrows_to_it(office, as_user):
    case = proposed(office, as_user(office.first))
    other = office.change(6, "李小名")
    second, url = as_user(office.second), reverse("authority:queue")
    shown = second.get(url).text
    assert f"{office.first.full_name}拟同意" in shown
    assert (case.title in shown, other.title in shown) == (True, True)
    narrowed = second.get(url, {"state": "proposed"})
    assert [row["step"].case_id for row in narrowed.context["rows"]] == [case.pk]
    assert "须他人办理" in as_user(office.first).get(url, {"state": "proposed"}).text
    assert "待复核" in second.get(reverse("desk")).text


def test_in_bulk_the_first_proposes_and_the_second_confirms(office, as_user):
    cases = [office.change(5), office.change(6)]
    steps = [open_step_of(case) for case in cases]
    for officer, effect, result in ((office.first, "拟办；待", "已拟办，待另一人确认"), (office.second, "", "已同意")):
        client = as_user(officer)
        chosen = {"steps": [step.pk for step in steps]}
        preview = client.post(reverse("authority:bulk"), chosen)
        assert effect in preview.text
        versions = {f"version-{step.pk}": Case.objects.get(pk=step.case_id).version for step in steps}
        assert client.post(reverse("authority:bulk_decision"), {**chosen, **versions}).text.count(result) == len(cases)
    assert set(Case.objects.values_list("state", flat=True)) == {"approved"}


def test_in_bulk_nothing_is_approved_that_another_proposed_to_refuse(office, as_user):
    case = proposed(office, as_user(office.first), "refuse", "证明不足")
    preview = as_user(office.second).post(reverse("authority:bulk"), {"steps": [open_step_of(case).pk]})
    assert f"{office.first.full_name}已拟「不同意」：请逐件办理" in preview.text
