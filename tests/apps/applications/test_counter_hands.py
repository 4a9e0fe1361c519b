"""What one officer at a counter cannot do alone, and what any officer of the same counter can go on with."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from tests.factories.accounts import ApplicantFactory
from tests.factories.applications import FACTS, PAPERS, CounterEntryFactory, picture, province
from tests.factories.applying import AT, submitted
from tests.factories.institutions import appointed

from xueji.accounts.applicant_actions import open_applicant_at_counter, record_identity_at_counter
from xueji.applications.actions import add_material, state_facts, withdraw_application
from xueji.applications.counter_actions import Agent, PersonAtCounter, receive_at_counter
from xueji.applications.models import Application
from xueji.applications.review_actions import DefectFound, ask_for_supplement
from xueji.applications.review_queries import document_of
from xueji.applications.submission_actions import submit_application
from xueji.applications.supplement_actions import answer_defect, resubmit_application
from xueji.cases.actions import decide_step
from xueji.cases.queries import open_step_of
from xueji.core.errors import BadInput, Conflict, NotPermitted
from xueji.core.identifiers import check_character
from xueji.institutions.models import Post
from xueji.ledger.models import Event
from xueji.ledger.tags import EventTag

pytestmark = pytest.mark.django_db
NUMBER = "41010219680712345" + check_character("41010219680712345")
ABROAD = PersonAtCounter("王小明", "护照", "E12345678", sex="男", birth_date=date(1984, 7, 1))
OTHER_PHONE = "13700000001"


@pytest.fixture
def centre():
    return province()


@pytest.fixture
def clerk(centre):
    return appointed(Post.PROVINCE_REVIEWER, centre)


@pytest.fixture
def given(centre, clerk):
    return {"counter": centre, "kind": "replacement", "centre": centre, "by": clerk, "at": AT}


def filled_in(given) -> Application:
    """Return an application of a counter with everything in it, not yet submitted."""
    entered, by = receive_at_counter(person=ABROAD, **given), given["by"]
    state_facts(application=entered, facts=FACTS, by=by, at=AT)
    for n, paper in enumerate(PAPERS):
        data = picture(portrait=paper == "portrait_red", seed=n)
        add_material(application=entered, paper=paper, data=data, by=by, at=AT)
    return entered


def signed_in(client, officer):
    client.force_login(officer, backend="xueji.accounts.backends.Accounts")
    return client


def _holder_of(applicant, **more: str) -> PersonAtCounter:
    return PersonAtCounter(applicant.name, applicant.document_kind, applicant.document_number, **more)


def test_a_proven_account_keeps_its_phone_whatever_an_officer_types(centre, clerk, given, client):
    holder = ApplicantFactory(proven=True)
    before = (holder.phone, bytes(holder.phone_index), None)
    entered = receive_at_counter(person=_holder_of(holder, phone=OTHER_PHONE), **given)
    holder.refresh_from_db()
    assert (entered.applicant, (holder.phone, bytes(holder.phone_index), holder.released_at)) == (holder, before)
    assert not Event.objects.filter(tag=EventTag.APPLICANT_PHONE_CHANGED).exists()
    typed = {
        "procedure": "replacement", "school_centre": centre.pk, "name": holder.name, "document_kind": holder.document_kind,
        "document_number": holder.document_number, "phone": OTHER_PHONE,
    }  # fmt: skip
    assert "手机号没有改" in signed_in(client, clerk).post("/office/counter/", typed, follow=True).text
    newcomer = open_applicant_at_counter(phone=OTHER_PHONE, by=clerk, at=AT)
    record_identity_at_counter(
        applicant=newcomer, name=holder.name, document_kind=holder.document_kind, number=holder.document_number, by=clerk, at=AT
    )  # fmt: skip
    holder.refresh_from_db()
    assert (holder.phone, bytes(holder.phone_index), holder.released_at) == before


def test_an_account_without_a_phone_takes_the_one_that_is_typed(given):
    first = receive_at_counter(person=ABROAD, **given)
    again = receive_at_counter(person=replace(ABROAD, phone=OTHER_PHONE), **given)
    assert again.applicant == first.applicant
    assert again.applicant.phone == OTHER_PHONE


def test_a_number_of_another_proven_person_is_not_taken_at_a_counter(given):
    stranger = ApplicantFactory(proven=True)
    with pytest.raises(Conflict, match=r"另一人.*不填"):
        receive_at_counter(person=replace(ABROAD, phone=stranger.phone), **given)
    stranger.refresh_from_db()
    assert stranger.released_at is None


def test_the_ledger_says_which_officer_withdrew(clerk, given):
    entered = filled_in(given)
    sent = submit_application(application=entered, key="k" * 32, by=clerk, at=AT)
    withdraw_application(application=sent, by=clerk, at=AT)
    withdrawn = Event.objects.filter(tag=EventTag.APPLICATION_WITHDRAWN, subject_id=str(sent.pk))
    assert withdrawn.filter(actor_id=clerk.pk).count() == 1
    case_event = Event.objects.get(tag=EventTag.CASE_WITHDRAWN)
    assert clerk.full_name in case_event.note


def test_what_the_letter_asks_is_stated_anew_until_it_is_sent_back(centre, clerk, given, client):
    sent = submit_application(application=filled_in(given), key="k" * 32, by=clerk, at=AT)
    found = [DefectFound("programme", "毕业证明写的是会计")]
    ask_for_supplement(step=open_step_of(sent.case), defects=found, by=appointed(Post.PROVINCE_REVIEWER, centre), at=AT)
    sent.refresh_from_db()
    state_facts(application=sent, facts={"programme": "会记"}, by=clerk, at=AT)
    state_facts(application=sent, facts={"programme": "会计"}, by=clerk, at=AT)
    sent.refresh_from_db()
    assert sent.programme == "会计"
    assert 'name="programme"' in signed_in(client, clerk).get(f"/office/counter/{sent.pk}/").text
    resubmit_application(application=sent, letter=1, by=clerk, at=AT)
    with pytest.raises(Conflict):
        state_facts(application=sent, facts={"programme": "会记"}, by=clerk, at=AT)


def test_any_officer_of_the_counter_goes_on_and_whoever_did_decides_nothing(centre, clerk, given, client):
    sent = submit_application(application=filled_in(given), key="k" * 32, by=clerk, at=AT)
    second, third = (appointed(Post.PROVINCE_REVIEWER, centre) for _ in range(2))
    found = [DefectFound("other", "请说明校名")]
    ask_for_supplement(step=open_step_of(sent.case), defects=found, by=third, at=AT)
    assert sent.receipt in signed_in(client, second).get("/office/counter/", {"q": sent.receipt}).text
    assert sent.receipt in client.get("/office/counter/", {"q": "小明"}).text
    assert sent.receipt not in client.get("/office/counter/", {"q": "没有这个人"}).text
    assert client.get(f"/office/counter/{sent.pk}/").status_code == 200
    answer_defect(defect=sent.defects.get(), words="一职中", by=second, at=AT)
    resubmit_application(application=sent, letter=1, by=second, at=AT)
    step = open_step_of(sent.case)
    for hand in (clerk, second):
        with pytest.raises(NotPermitted, match="双岗"):
            decide_step(step=step, verdict="approve", by=hand, at=AT)
    elsewhere = appointed(Post.PROVINCE_REVIEWER, province("420000"))
    assert signed_in(client, elsewhere).get(f"/office/counter/{sent.pk}/").status_code == 404
    decide_step(step=step, verdict="approve", by=third, at=AT)


def test_a_number_proven_under_another_name_says_the_way_on(given):
    holder = ApplicantFactory(proven=True)
    with pytest.raises(BadInput, match="公安机关"):
        receive_at_counter(person=replace(_holder_of(holder), name="王大明"), **given)


def test_the_number_of_an_identity_card_is_of_an_identity_card(given):
    with pytest.raises(BadInput, match="证件类型"):
        receive_at_counter(person=replace(ABROAD, document_kind="身份证", number=NUMBER), **given)
    with pytest.raises(BadInput, match="请选「居民身份证」"):
        receive_at_counter(person=replace(ABROAD, number=NUMBER), **given)


def test_no_officer_is_the_agent_or_gives_their_own_phone(clerk, given):
    with pytest.raises(NotPermitted, match="代办人与您同名"):
        receive_at_counter(person=ABROAD, agent=Agent(clerk.full_name, NUMBER, picture()), **given)
    clerk.phone = "+86 137-0000-0001"
    clerk.save()
    with pytest.raises(NotPermitted, match="手机号是您"):
        receive_at_counter(person=replace(ABROAD, phone=OTHER_PHONE), **given)


@pytest.mark.parametrize("shared", ["agent", "phone"])
def test_an_officer_who_may_be_the_agent_decides_nothing(centre, given, shared):
    applicant = ApplicantFactory(proven=True, phone=OTHER_PHONE)
    sent = submitted(applicant, centre)
    CounterEntryFactory(application=sent, authority=centre, agent_name="王大明", power=sent.materials.all()[0].file)
    other = appointed(Post.PROVINCE_REVIEWER, centre)
    other.full_name, other.phone = ("王大明", "") if shared == "agent" else (other.full_name, "137-0000-0001")
    other.save()
    with pytest.raises(NotPermitted, match="双岗"):
        decide_step(step=open_step_of(sent.case), verdict="approve", by=other, at=AT)


def test_of_a_portal_application_only_what_a_counter_read_before_counts(centre, clerk, given):
    entered = receive_at_counter(person=ABROAD, **given)
    applicant = entered.applicant
    sent = submitted(applicant, centre)
    assert document_of(sent).birth_date == ABROAD.birth_date
    later = {**given, "at": AT + timedelta(days=1)}
    receive_at_counter(person=replace(ABROAD, birth_date=date(1999, 1, 1)), **later)
    assert document_of(sent).birth_date == ABROAD.birth_date
    withdraw_application(application=entered, by=clerk, at=AT)
    assert document_of(sent).birth_date is None


def test_a_page_from_before_the_letter_submits_nothing(centre, clerk, given, client):
    sent = submit_application(application=filled_in(given), key="k" * 32, by=clerk, at=AT)
    found = [DefectFound("other", "请说明校名")]
    ask_for_supplement(step=open_step_of(sent.case), defects=found, by=appointed(Post.PROVINCE_REVIEWER, centre), at=AT)
    page = f"/office/counter/{sent.pk}/"
    early = signed_in(client, clerk).post(
        f"{page}submission/", {"letter": "0"}, HTTP_REFERER=f"http://testserver{page}"
    )
    assert (early.status_code, "没有提交" in early.text) == (409, True)
    assert "先保存填写的内容" in client.get(page).text
