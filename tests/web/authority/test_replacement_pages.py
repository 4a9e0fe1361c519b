"""The desk of replacement certificates as its people use it."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse
from tests.factories.replacements import Press, desk_of_replacements

from xueji.jobs.testing import run_pending_jobs
from xueji.replacements.models import Delivery, Replacement

pytestmark = pytest.mark.django_db
DESK, SEAL = "authority:replacements", "authority:replacement_seal"


@pytest.fixture
def office() -> Press:
    return desk_of_replacements()


@pytest.fixture
def desk(office, as_user) -> Client:
    return as_user(office.printer)


def send(desk: Client, act: str, **typed: str):
    """Send one form of the desk."""
    return desk.post(reverse(DESK), {"act": act, **{f"{act}-{name}": value for name, value in typed.items()}})


def states() -> list[str]:
    return list(Replacement.objects.order_by("place").values_list("state", flat=True))


@pytest.mark.requirement("S0-20", "S0-22")
def test_everything_on_the_desk_is_done_from_its_page(desk, office, django_assert_max_num_queries) -> None:
    assert states() == ["sealed", "sealed", "sealed", "started", "started", "waiting"]
    with django_assert_max_num_queries(45):
        page = desk.get(reverse(DESK)).text
    assert "豫X0000005" in page  # in the printer
    assert 'value="豫X0000006"' in page  # offered for the one that waits
    assert send(desk, "print", serials="豫X0000006").status_code == 302
    run_pending_jobs()
    sheet = Replacement.objects.get(place=5).certificate.print_sheets.get()
    assert send(desk, "spoil", which=str(sheet.pk), reason="卡纸").status_code == 302
    offered = desk.get(reverse(DESK)).text
    assert "打印作废，待重打" in offered
    assert f'value="{Replacement.objects.get(place=5).pk}"' in offered  # seen to be wrong, it may be taken out
    assert send(desk, "confirm", serials="豫X0000006").status_code == 302
    counter = Delivery.objects.get(way="pick_up", state="ready")
    refused = send(desk, "hand_over", which=str(counter.pk), code="0", document="居民身份证")
    assert refused.status_code == 400
    assert "取证码不对" in refused.text
    assert 'value="居民身份证"' in refused.text  # what was typed stays
    office.supervisor.set_password("xueji-pass-1")
    office.supervisor.save()
    changed = {
        "which": str(counter.pk), "reason": "本人到场", "document": "居民身份证", "watched_by": str(office.supervisor.pk),
        "password": "wrong",
    }  # fmt: skip
    assert "另一人密码不正确" in send(desk, "change", way="pick_up", **changed).text
    changed["password"] = "xueji-pass-1"
    refused = send(desk, "change", way="mail", recipient="张学生", **changed)
    assert (refused.status_code, "收件人和地址" in refused.text, 'value="张学生"' in refused.text) == (400, True, True)
    assert send(desk, "change", way="pick_up", **changed).status_code == 302
    assert "某市某路1号" in desk.get(reverse(DESK)).text  # where the parcel goes that waits for the post
    counter = Delivery.objects.get(way="pick_up", state="ready")
    send(desk, "hand_over", which=str(counter.pk), code=str(counter.code), document="居民身份证")
    posted = Delivery.objects.get(way="mail", state="ready")
    send(desk, "mail", which=str(posted.pk), carrier="邮政", tracking_number="EA2")
    send(desk, "parcel", which=str(posted.pk), outcome="arrived")
    parcel = Delivery.objects.get(way="mail", state="sent")
    send(desk, "parcel", which=str(parcel.pk), outcome="returned", note="查无此人")
    assert Delivery.objects.get(replacement=parcel.replacement, way="pick_up").state == "ready"
    number = Replacement.objects.get(place=3).certificate.number.number
    assert send(desk, "found", number=number, found_on="1999-01-01").status_code == 422
    office.queued(9)
    waiting = str(Replacement.objects.get(place=9).pk)
    send(desk, "withdraw", which=waiting, reason="申请人撤回")
    assert states() == ["sealed", "delivered", "delivered", "started", "started", "started", "withdrawn"]


@pytest.mark.requirement("S0-21")
def test_the_seal_takes_two_and_its_page_shows_only_what_is_printed(office, as_user) -> None:
    press = as_user(office.sealer)
    page = press.get(reverse(SEAL)).text
    printed = Replacement.objects.get(place=4)
    assert printed.certificate.number.number in page
    assert Replacement.objects.get(place=5).certificate.number.number not in page
    typed = {"ids": [str(printed.pk)], "supervised_by": str(office.supervisor.pk), "password": "wrong", "counted": "1"}
    assert press.post(reverse(SEAL), typed).status_code == 422
    office.supervisor.set_password("xueji-pass-1")
    office.supervisor.save()
    miscounted = press.post(reverse(SEAL), typed | {"password": "xueji-pass-1", "counted": "2"})
    assert "清点证书 2 份，选择盖章的 1 份" in miscounted.text
    assert press.post(reverse(SEAL), typed | {"password": "xueji-pass-1"}).status_code == 302
    assert states()[3] == "sealed"


def test_a_desk_is_of_its_own_authority_alone(office, as_user) -> None:
    assert as_user(office.reviewer).get(reverse(DESK)).status_code == 403
