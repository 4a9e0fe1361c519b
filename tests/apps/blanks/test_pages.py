"""The pages of the book: from request to receipt by hand, refusals that name serials, the balance sheet, few queries."""

from __future__ import annotations

from datetime import date

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from tests.documents.documents_data import page_texts
from tests.factories.blanks import AT, KIND, Province

from xueji.accounts.models import User
from xueji.blanks.actions import dispense_blanks, spoil_blanks
from xueji.blanks.models import Blank, BlankRequest
from xueji.core.serials import SerialRange
from xueji.policy import get_library

pytestmark = pytest.mark.django_db


def browser(person: User) -> Client:
    client = Client()
    client.force_login(person, backend="xueji.accounts.backends.Accounts")
    return client


def text_of(answer: HttpResponse) -> str:
    return answer.text


@pytest.mark.requirement("S3-05", "S3-15", "S3-23")
def test_request_draw_and_receipt_by_the_pages_alone(world: Province) -> None:
    keeper, clerk, issuer = browser(world.keeper), browser(world.clerk), browser(world.issuer)
    sent = keeper.post(
        reverse("authority:blank_intake"),
        {"act": "receive", "kind": KIND, "serials": "A0000001-A0000050", "reason": "印刷厂 送货单 7"},
    )
    assert sent.status_code == 302
    made = clerk.post(
        reverse("school:new_blank_request"), {"kind": KIND, "year": 2019, "term": "spring", "count": 3, "reason": ""}
    )
    request = BlankRequest.objects.get()
    assert made["Location"] == reverse("school:blank_request", args=[request.pk])
    assert clerk.post(reverse("school:blank_submission", args=[request.pk])).status_code == 302
    leader = browser(world.leader)
    step = request.case.steps.get(state="current")
    assert "学院毕业证书" in text_of(leader.get(reverse("school:decision", args=[step.pk])))
    world.decide(request, world.leader)
    step = request.case.steps.get(state="current")
    assert "学院毕业证书" in text_of(browser(world.reviewer).get(reverse("authority:step", args=[step.pk])))
    world.decide(request, world.reviewer)
    page = text_of(issuer.get(reverse("authority:blank_dispensing", args=[request.pk])))
    assert "A0000001—A0000003" in page
    drawn = issuer.post(
        reverse("authority:blank_dispensing", args=[request.pk]), {"serials": "A0000001\nA0000002\nA0000003"}
    )
    assert drawn["Location"] == reverse("authority:blank_issuing")
    assert "有 3 本空白证书待签收" in text_of(clerk.get(reverse("school:blanks")))
    desk = {"act": "confirm", "kind": KIND, "serials": "A0000001-A0000002", "missing": "A0000003", "reason": "少一本"}
    assert clerk.post(reverse("school:blank_desk"), desk).status_code == 302
    assert dict(Blank.objects.filter(number__lte=3).values_list("serial", "state")) == {
        "A0000001": "stock", "A0000002": "stock", "A0000003": "lost",
    }  # fmt: skip


@pytest.mark.requirement("S3-03")
def test_serial_answers_where_it_is_and_who_signed_last(world: Province) -> None:
    world.stocked(1, 3)
    for person, portal in ((world.clerk, "school"), (world.reviewer, "authority")):
        answer = browser(person).get(reverse(f"{portal}:blanks"), {"serial": "a0000002"}, follow=True)
        page = text_of(answer)
        assert answer.redirect_chain
        assert "自由技师学院" in page
        assert f"{world.clerk.full_name}（签收" in page
        assert world.issuer.full_name in page
    page = text_of(browser(world.school_clerk).get(reverse("school:blanks"), {"serial": "A0000002"}))
    assert "账上没有流水码「A0000002」" in page


def test_refused_serials_are_named_with_their_reason_beside_the_field(world: Province) -> None:
    world.stocked(1, 3)
    desk = {"act": "return", "kind": KIND, "serials": "A0000002 A0000099", "reason": ""}
    answer = browser(world.clerk).post(reverse("school:blank_desk"), desk)
    assert answer.status_code == 422
    page = text_of(answer)
    assert "现为「在库」" in page
    assert "账上没有这个流水码" in page
    assert "A0000002 A0000099" in page  # what was typed stays
    unread = browser(world.clerk).post(reverse("school:blank_desk"), {**desk, "serials": "Z12"})
    assert "不是「学院毕业证书」的流水码" in text_of(unread)


@pytest.mark.requirement("S3-04")
def test_spoiled_returned_stamped_by_the_pages(world: Province) -> None:
    world.stocked(1, 3)
    clerk, void_keeper = browser(world.clerk), browser(world.void_keeper)
    for act, reason in (("spoil", "打印错位"), ("return", "")):
        sent = {"act": act, "kind": KIND, "serials": "A0000002", "reason": reason}
        assert clerk.post(reverse("school:blank_desk"), sent).status_code == 302
    assert "A0000002" in text_of(void_keeper.get(reverse("authority:blank_voids")))
    sent = {"act": "stamp", "kind": KIND, "serials": "A0000002", "reason": "3 号柜"}
    assert void_keeper.post(reverse("authority:blank_voids"), sent).status_code == 302
    assert Blank.objects.get(number=2).state == "void"


def test_keeper_has_no_issuers_desk_and_issuer_no_keepers(world: Province) -> None:
    assert browser(world.keeper).get(reverse("authority:blank_issuing")).status_code == 403
    assert browser(world.issuer).get(reverse("authority:blank_intake")).status_code == 403
    assert browser(world.clerk).get(reverse("authority:blanks")).status_code == 404


def test_balance_sheet_shows_rows_and_sums_in_few_queries(world: Province, django_assert_max_num_queries) -> None:
    world.stocked(1, 20)
    world.received(21, 60)
    dispense_blanks(
        request=world.granted(5, reason="试", year=2020), serials=[SerialRange(21, 25)], by=world.issuer, at=AT
    )
    spoil_blanks(holder=world.college, kind=KIND, serials=[3], reason="卡纸", by=world.clerk, at=AT)
    reviewer, clerk = browser(world.reviewer), browser(world.clerk)
    reviewer.get(reverse("authority:balance"))
    with django_assert_max_num_queries(24):
        page = text_of(reviewer.get(reverse("authority:balance")))
    assert "2019届春季" in page
    assert "2020届春季" in page
    assert "不平" not in page
    assert "自由省厅" not in text_of(clerk.get(reverse("school:balance"))).split("<tbody>")[1]
    only = text_of(reviewer.get(reverse("authority:balance"), {"year": 2020}))
    assert "2019届春季" not in only
    assert "A0000003" in text_of(reviewer.get(reverse("authority:blank_serials", args=[world.college.pk])))


def test_the_balance_sheet_of_a_school_on_paper_names_every_serial(world: Province, monkeypatch) -> None:
    forms = get_library().pack("common/national").on(date(2026, 6, 20))  # the pack of the world has no form for it
    monkeypatch.setattr("xueji.production.balances.pack_view_at", lambda *_: forms)
    world.stocked(21, 60)
    spoil_blanks(holder=world.college, kind=KIND, serials=[23], reason="卡纸", by=world.clerk, at=AT)
    answer = browser(world.clerk).get(reverse("school:balance"), {"file": "pdf"})
    assert answer["Content-Type"] == "application/pdf"
    numbers, blanks = page_texts(b"".join(answer.streaming_content))
    assert "证书编号与空白证书平衡表" in numbers
    assert "结论：平衡" in numbers
    assert "收入40" in blanks
    assert "A0000023" in blanks
    assert "A0000021—A0000022" in blanks
    assert "A0000024—A0000060" in blanks
    assert "结论：平衡" in blanks


def test_lists_ask_a_fixed_number_of_times(world: Province, django_assert_max_num_queries) -> None:
    world.stocked(1, 5)
    for start in range(10, 60, 2):
        world.received(start, start)
    reviewer, issuer = browser(world.reviewer), browser(world.issuer)
    with django_assert_max_num_queries(26):
        reviewer.get(reverse("authority:blanks"))
    with django_assert_max_num_queries(22):
        issuer.get(reverse("authority:blank_issuing"))
