"""Students and guardians see their registration once it is proven who they are, and ask the school to put it right (S2 第二十条)."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from tests.factories.accounts import ApplicantFactory
from tests.factories.institutions import ProgrammeFactory, staffed_city
from tests.factories.registry import GuardianFactory, PersonFactory, RegistrationFactory, resident_id
from tests.web.applicants import signed_in_applicant
from tests.web.school.test_new_student import client_of

from xueji.core.errors import Conflict, NotFound
from xueji.core.identifiers import check_character
from xueji.ledger.models import Event
from xueji.messaging.models import Message
from xueji.registry.actions import request_correction
from xueji.registry.models import CorrectionRequest, Guardian

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("S2-40")]
NOW = datetime(2025, 9, 10, 2, tzinfo=UTC)
CHILD = "41010220100503123"  # of age on 2028-05-03


@pytest.fixture
def henan(monkeypatch):
    cache.clear()
    monkeypatch.setattr(timezone, "now", lambda: NOW)
    return staffed_city("410100", "410102")


@pytest.fixture
def record(henan):

    child = PersonFactory(name="王小明", number=CHILD + check_character(CHILD))
    return RegistrationFactory(
        enrolment__person=child, enrolment__programme=ProgrammeFactory(school=henan.county_school, name="护理")
    ).enrolment


def proven(name: str, number: str):
    return ApplicantFactory(proven=True, name=name, document_number=number)


def student_of(record):
    return proven(record.person.name, str(record.person.resident_id))


def looks(record) -> list[str]:
    return [
        event.after["purpose"] for event in Event.objects.filter(tag="own_record:viewed", subject_id=str(record.pk))
    ]


def assert_says_nothing_of(record, listed: str, words: str) -> None:
    """A list leads to the file of a minor and shows nothing of it: that would be a look nobody recorded."""
    assert reverse("applicant:own_record", args=[record.pk]) in listed
    assert words in listed
    for particular in (record.person.name, record.school.name, record.programme.name, record.get_status_display()):
        assert particular not in listed


def test_nothing_is_shown_before_the_identity_is_proven_and_nothing_of_another(record) -> None:
    page = reverse("applicant:own_record", args=[record.pk])
    unproven = signed_in_applicant(ApplicantFactory())
    assert "核验身份" in unproven.get(reverse("applicant:register")).text
    assert unproven.get(page).status_code == 404
    stranger = signed_in_applicant(ApplicantFactory(proven=True))
    assert record.school.name not in stranger.get(reverse("applicant:register")).text
    assert stranger.get(page).status_code == 404
    student = signed_in_applicant(student_of(record))
    assert_says_nothing_of(record, student.get(reverse("applicant:register")).text, "您的学籍")
    with CaptureQueriesContext(connection) as asked:
        answer = student.get(page)
    assert "护理" in answer.text
    assert str(record.person.resident_id) not in answer.text
    assert looks(record) == ["学生本人查询学籍"]
    assert len(asked) <= 40


def test_a_guardian_finds_the_minor_by_document_until_barred_ended_or_of_age(henan, record, monkeypatch) -> None:
    number = resident_id(7, "610521")
    GuardianFactory(person=record.person, name="王强", relation="父亲", ordinal=2, document_number="")
    mother = GuardianFactory(person=record.person, name="李梅", document_number=number, document_kind="居民身份证")
    guardian = proven("李梅", number)
    client = signed_in_applicant(guardian)
    page, search = reverse("applicant:own_record", args=[record.pk]), reverse("applicant:register")
    asked = {"name": "王小明", "number": str(record.person.resident_id)}
    assert "没有您可以查看的学籍" in client.post(search, asked | {"name": "王小红"}).text
    assert client.post(search, asked).headers["Location"] == page
    assert "监护人（母亲）" in client.get(page).text
    assert looks(record) == ["监护人（母亲）查询学籍"]
    assert_says_nothing_of(record, client.get(search).text, "学生的学籍（您是母亲）")
    assert len(looks(record)) == 1

    clerk, of_student = client_of(henan.clerk), [record.pk, mother.pk]
    session = clerk.session
    session["students_purpose"] = {"day": timezone.localdate().isoformat(), "text": "核对监护人", "seen": []}
    session.save()
    clerk.post(reverse("guardian_look", args=of_student), {"act": "bar", "because": ""})
    assert Guardian.objects.get(pk=mother.pk).barred_because == ""
    clerk.post(reverse("guardian_look", args=of_student), {"because": "没有写明限制还是恢复"})
    assert Guardian.objects.get(pk=mother.pk).barred_because == ""
    for _ in range(2):  # sent twice it still bars
        clerk.post(reverse("guardian_look", args=of_student), {"act": "bar", "because": "人身安全保护令"})
    assert client.get(page).status_code == 404
    assert client.post(search, asked).status_code == 422
    assert "人身安全保护令" in clerk.get(reverse("student", args=[record.pk])).text
    clerk.post(reverse("guardian_look", args=of_student), {"act": "readmit", "because": "保护令期满"})
    assert client.get(page).status_code == 200

    monkeypatch.setattr(timezone, "now", lambda: datetime(2028, 5, 3, 2, tzinfo=UTC))  # eighteen today
    client = signed_in_applicant(guardian)
    assert client.get(page).status_code == 404
    assert client.post(search, asked).status_code == 422
    assert record.school.name in signed_in_applicant(student_of(record)).get(search).text


def test_looking_for_a_ward_ends_after_ten_tries_a_day(record) -> None:
    client = signed_in_applicant(ApplicantFactory(proven=True))
    asked = {"name": "王小明", "number": str(record.person.resident_id)}
    for _ in range(10):
        assert "没有您可以查看的学籍" in client.post(reverse("applicant:register"), asked).text
    assert "次数已满" in client.post(reverse("applicant:register"), asked).text


def test_a_correction_lands_at_the_school_is_taken_up_and_the_student_hears_of_it(henan, record) -> None:
    applicant = student_of(record)
    client = signed_in_applicant(applicant)
    page, ask = reverse("applicant:own_record", args=[record.pk]), reverse("applicant:correction", args=[record.pk])
    wrong = client.post(ask, {"field": "name", "wanted": "王小明", "statement": "户口簿上不同"})
    assert "与学籍上的相同" in wrong.text
    assert "户口簿上不同" in wrong.text
    sent = {"field": "name", "wanted": "王晓明", "statement": "户口簿上是「晓」"}
    assert client.post(ask, sent).headers["Location"] == page
    assert "已经提出更正" in client.post(ask, sent).text

    clerk = client_of(henan.clerk)
    assert clerk.get(reverse("desk")).context["asked_corrections"] == 1
    (row,) = clerk.get(reverse("school:correction_requests")).context["rows"]
    asked, label, due = row
    assert (label, due.isoformat()) == ("姓名", "2025-09-24")  # ten working days (第十四条)
    task = reverse("school:correction_request", args=[asked.pk])
    assert clerk.post(task, {"decision": "take", "document_number": ""}).status_code == 422
    answer = clerk.post(task, {"decision": "take", "document_number": "校学〔2025〕3号"})
    asked.refresh_from_db()
    assert answer.headers["Location"] == reverse("school:case", args=[asked.change.case_id])
    assert asked.change.items.get().after == "王晓明"
    record.person.refresh_from_db()
    assert record.person.name == "王小明"  # nothing moves before it is decided
    assert "学校已启动信息变更" in client.get(page).text
    assert Message.objects.filter(template="correction_answered").count() == 1
    assert clerk.post(task, {"decision": "refuse", "answer": "不对"}).status_code == 422


def test_a_refusal_has_words_and_a_withdrawn_request_is_nobodys_task(henan, record) -> None:
    applicant = student_of(record)
    asked = [
        request_correction(
            applicant=applicant,
            enrolment=record,
            field=field,
            wanted=wanted,
            statement="见户口簿",
            by=applicant.user,
            at=NOW,
        )
        for field, wanted in (("name", "王晓明"), ("sex", "男" if record.person.sex == "女" else "女"))
    ]
    clerk, client = client_of(henan.clerk), signed_in_applicant(applicant)
    task = reverse("school:correction_request", args=[asked[0].pk])
    assert clerk.post(task, {"decision": "refuse", "answer": ""}).status_code == 422
    clerk.post(task, {"decision": "refuse", "answer": "户口簿与学籍一致"})
    assert "户口簿与学籍一致" in client.get(reverse("applicant:own_record", args=[record.pk])).text
    withdrawal = reverse("applicant:correction_withdrawal", args=[asked[1].pk])
    assert signed_in_applicant(ApplicantFactory(proven=True)).post(withdrawal, {"confirmed": "1"}).status_code == 404
    assert "撤回这件更正请求" in client.post(withdrawal).text
    client.post(withdrawal, {"confirmed": "1"})
    assert set(CorrectionRequest.objects.values_list("state", flat=True)) == {"refused", "withdrawn"}
    assert clerk.get(reverse("desk")).context["asked_corrections"] == 0
    assert client_of(staffed_city("410200", "410202").clerk).get(task).status_code == 404


def test_a_mere_claim_is_cleared_up_at_the_school_and_nobody_asks_for_another(record) -> None:
    applicant = student_of(record)
    other = ApplicantFactory(proven=True)
    asked = {"field": "name", "wanted": "王晓明", "statement": "见户口簿", "at": NOW}
    with pytest.raises(NotFound):
        request_correction(applicant=other, enrolment=record, by=other.user, **asked)
    claimed = RegistrationFactory(enrolment__person=record.person, enrolment__status="claimed").enrolment
    with pytest.raises(Conflict, match="待查重处理"):
        request_correction(applicant=applicant, enrolment=claimed, by=applicant.user, **asked)
