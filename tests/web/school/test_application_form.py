"""The printed application of a change: one form for every kind, a sheet a student, for the school that files it alone (S2-19)."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from tests.documents.documents_data import page_texts
from tests.factories.institutions import ProgrammeFactory, appointed, staffed_city
from tests.web.school.test_bulk_pages import body
from tests.web.school.test_status_pages import students

from xueji.institutions.models import Post
from xueji.ledger.models import Event
from xueji.registry import sheets_queries
from xueji.registry.actions import open_particulars_change, open_status_application, open_transfer

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("S2-19")]


@pytest.fixture
def henan():
    return staffed_city("410100", "410102")


def signed_in(user: Any) -> Client:
    client = Client()
    client.force_login(user, backend="xueji.accounts.backends.Accounts")
    return client


def of_status(henan, records):
    return open_status_application(
        school=henan.county_school, change="休学", enrolments=records, statement="因病住院治疗" * 20, by=henan.clerk,
        wanted={record.pk: {"until": f"{timezone.localdate().year + 1}-03-01"} for record in records},
        effective_on=timezone.localdate(), at=timezone.now(),
    ).case  # fmt: skip


def of_transfer(henan, records):
    taught = ProgrammeFactory(school=henan.city_school, name=records[0].programme.name)
    return open_transfer(
        enrolments=records, receiving=henan.city_school, programmes={record.pk: taught for record in records},
        statement="随父母迁居", effective_on=timezone.localdate(), by=henan.clerk, at=timezone.now(),
    ).case  # fmt: skip


def of_particulars(henan, records):
    return open_particulars_change(
        enrolment=records[0], document_number="校函〔2024〕3号", reason="户籍更名", changes={"name": "新名字"},
        by=henan.clerk, at=timezone.now(),
    ).case  # fmt: skip


@pytest.mark.parametrize(
    ("opened", "says"),
    [
        (of_status, ["休学申请表", "休学至", "因病住院治疗", "见办件"]),
        (of_transfer, ["转学申请表", "随父母迁居", "学生本人书写的转学申请"]),
        (of_particulars, ["信息变更申请表", "新名字", "户口簿户主页"]),
    ],
)
def test_each_kind_is_printed_from_its_page_with_what_stands_and_what_is_asked(henan, opened, says) -> None:
    (record,) = students(henan, 1)
    clerk, name = signed_in(henan.clerk), henan.county_school.name
    case = opened(henan, [record])
    address = reverse("school:application_form", args=[case.pk])
    assert address in clerk.get(reverse("school:case", args=[case.pk])).text
    answer = clerk.get(address)
    assert answer["Content-Type"] == "application/pdf"
    (text,) = page_texts(body(answer))
    for words in [*says, record.person.name, record.person.resident_id, "监护人", "学籍主管部门意见"]:
        assert words in text, words
    assert name in text
    look = Event.objects.filter(tag="list:downloaded").latest("pk")
    assert (look.actor_id, look.after["persons"]) == (henan.clerk.pk, 1)
    receiving = signed_in(henan.city_clerk)
    assert receiving.get(address).status_code == 404
    assert address not in receiving.get(reverse("school:case", args=[case.pk])).text
    other = appointed(Post.SCHOOL_CLERK, staffed_city("610500", "610502").county_school)
    assert signed_in(other).get(address).status_code == 404


def test_a_sheet_a_student_and_a_long_list_in_parts(henan, monkeypatch) -> None:
    records = students(henan, 3)
    case = of_status(henan, records)
    monkeypatch.setattr(sheets_queries, "MOST", 2)
    clerk, address = signed_in(henan.clerk), reverse("school:application_form", args=[case.pk])
    first, rest = (page_texts(body(clerk.get(address, {"from": start}))) for start in ("1", "3"))
    assert [len(first), len(rest)] == [2, 1]
    assert all(sum(record.person.resident_id in page for page in (*first, *rest)) == 1 for record in records)
    assert [clerk.get(address, {"from": start}).status_code for start in ("4", "0", "x")] == [404, 404, 200]
