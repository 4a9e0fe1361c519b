"""The counter: who stands there, for whom; entered by one officer, decided by another, never by somebody who may be the applicant."""

from __future__ import annotations

from datetime import date

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from tests.factories.accounts import ApplicantFactory
from tests.factories.applications import FACTS, PAPERS, CounterEntryFactory, picture, province
from tests.factories.applying import AT, submitted
from tests.factories.institutions import appointed

from xueji.applications.actions import state_facts
from xueji.applications.counter_actions import Agent, PersonAtCounter, receive_at_counter
from xueji.applications.models import Application, CounterEntry
from xueji.applications.review_actions import DefectFound, ask_for_supplement
from xueji.cases.actions import decide_step
from xueji.cases.queries import open_step_of
from xueji.core.errors import BadInput, NotPermitted
from xueji.core.identifiers import check_character
from xueji.institutions.models import Post
from xueji.replacements.models import Replacement

pytestmark = pytest.mark.django_db
NUMBER = "41010219680712345" + check_character("41010219680712345")
ABROAD = PersonAtCounter("王小明", "护照", "E12345678", sex="男", birth_date=date(1984, 7, 1))
SECTIONS = {
    "diploma": "lost", "category": "职业中专", "holder_name": "王小明", "is_number_lost": "on", "school_name": FACTS["school_name"],
    "place_code": "410100", "school_state": "operating", "programme": "计算机应用", "study_mode": "全日制", "entered": "1999-09",
    "graduated": "2002-07", "duration_years": "3", "admission_form": "held", "delivery": "pick_up",
}  # fmt: skip


@pytest.fixture
def centre():
    return province()


@pytest.fixture
def clerk(centre):
    return appointed(Post.PROVINCE_REVIEWER, centre)


def scan(**more: object) -> SimpleUploadedFile:
    return SimpleUploadedFile("扫描.jpg", picture(**more), "image/jpeg")


@pytest.mark.requirement("S0-16", "S0-17", "S0-19", "S0-20")
def test_somebody_without_phone_or_identity_card_is_served_from_the_counter_to_the_queue_of_the_printer(
    centre, clerk, client
):
    client.force_login(clerk, backend="xueji.accounts.backends.Accounts")
    person = {
        "procedure": "replacement", "school_centre": centre.pk, "name": "王小明", "document_kind": "护照", "document_number": "E12345678",
        "agent_name": "王大明", "agent_number": NUMBER,
    }  # fmt: skip
    assert "上传委托书" in client.post("/office/counter/", person).text
    unread = client.post(
        "/office/counter/", person | {"power": scan()}, HTTP_REFERER="http://testserver/office/counter/"
    )
    assert (unread.status_code, "读不出性别和出生日期" in unread.text) == (400, True)
    person |= {"sex": "男", "born_on": "1984-07-01"}
    page = client.post("/office/counter/", person | {"power": scan()})["Location"]
    entered = Application.objects.get()
    assert (entered.applicant.proven_by, entered.applicant.proof, entered.counter.agent_name) == (
        clerk,
        "counter",
        "王大明",
    )
    assert client.post(page, SECTIONS | {"programme": ""}).status_code == 422
    assert client.post(page, SECTIONS).status_code == 302
    for n, paper in enumerate(PAPERS):
        sent = {"pictures": [scan(portrait=paper == "portrait_red", seed=n)]}
        assert client.post(f"{page}papers/{paper}/", sent)["Location"] == page, paper
    for _ in range(2):
        assert client.post(f"{page}submission/", {"letter": "0"})["Location"] == f"{page}receipt/"
    entered.refresh_from_db()
    receipt = client.get(f"{page}receipt/").text
    assert entered.receipt in receipt
    assert f"经办人 {clerk.full_name}" in receipt
    step = open_step_of(entered.case)
    with pytest.raises(NotPermitted, match="由您在窗口录入"):
        decide_step(step=step, verdict="approve", by=clerk, at=AT)
    other = appointed(Post.PROVINCE_REVIEWER, centre)
    client.force_login(other, backend="xueji.accounts.backends.Accounts")
    power = f"/office/cases/{entered.case_id}/power/"
    shown = client.get(f"/office/steps/{step.pk}/").text
    assert ("王大明" in shown, f"{clerk.full_name} " in shown, power in shown) == (True, True, True)
    assert ("护照，男，出生日期" in shown, "1984-07-01" in shown, "5678" in shown) == (True, True, False)
    assert client.get(power)["Content-Type"] == "image/jpeg"
    client.force_login(
        appointed(Post.PROVINCE_REVIEWER, province("420000")), backend="xueji.accounts.backends.Accounts"
    )
    assert client.get(power).status_code == 404
    client.force_login(clerk, backend="xueji.accounts.backends.Accounts")
    ask_for_supplement(step=step, defects=[DefectFound("other", "请说明校名")], by=other, at=AT)
    item = entered.defects.get()
    assert "请说明校名" in client.get(page).text
    client.post(f"{page}items/{item.pk}/", {"words": "一职中"})
    client.post(f"{page}submission/", {"letter": "1"})
    entered.refresh_from_db()
    decide_step(step=open_step_of(entered.case), verdict="approve", by=other, at=AT)
    printed = Replacement.objects.get()
    assert (printed.name, printed.sex, printed.birth_date, printed.place) == (
        "王小明",
        "男",
        date(1984, 7, 1),
        entered.place,
    )
    assert client.get(page).status_code == 200
    client.force_login(other, backend="xueji.accounts.backends.Accounts")
    assert client.get(page).status_code == 200  # of the same counter


def test_who_serves_is_of_the_counter_and_nobody_the_applicant_may_be(centre, clerk):
    given = {"counter": centre, "kind": "replacement", "centre": centre, "at": AT}
    with pytest.raises(NotPermitted, match="本机构"):
        receive_at_counter(person=ABROAD, by=appointed(Post.SEALER, centre), **given)
    with pytest.raises(BadInput, match="身份证号码有误"):
        receive_at_counter(
            person=PersonAtCounter("王小明", "居民身份证", NUMBER[:-1] + ("0" if NUMBER[-1] != "0" else "1")),
            by=clerk,
            **given,
        )
    with pytest.raises(NotPermitted, match="同名"):
        receive_at_counter(person=PersonAtCounter(clerk.full_name, "居民身份证", NUMBER), by=clerk, **given)
    with pytest.raises(BadInput, match="委托书"):
        receive_at_counter(person=ABROAD, by=clerk, agent=Agent("王大明", NUMBER, b""), **given)
    entered = receive_at_counter(person=ABROAD, by=clerk, **given)
    assert CounterEntry.objects.get().application == entered
    with pytest.raises(NotPermitted, match="申请人本人"):
        state_facts(
            application=entered,
            facts={"programme": "会计"},
            by=appointed(Post.PROVINCE_REVIEWER, province("420000")),
            at=AT,
        )
    again = receive_at_counter(person=ABROAD, by=clerk, **given)
    assert again.applicant == entered.applicant  # one account a person


@pytest.mark.parametrize("shared", ["name", "phone"])
def test_an_officer_who_may_be_the_applicant_decides_nothing_of_theirs(centre, clerk, shared):
    applicant = ApplicantFactory(proven=True)
    sent = submitted(applicant, centre)
    step = open_step_of(sent.case)
    same = {"full_name": applicant.name} if shared == "name" else {"phone": applicant.phone}
    for field, value in same.items():
        setattr(clerk, field, value)
    clerk.save()
    with pytest.raises(NotPermitted, match="双岗"):
        decide_step(step=step, verdict="approve", by=clerk, at=AT)
    decide_step(step=step, verdict="approve", by=appointed(Post.PROVINCE_REVIEWER, centre), at=AT)


def test_an_entry_is_made_by_the_factory_for_whoever_needs_one():
    assert CounterEntryFactory().power is None
