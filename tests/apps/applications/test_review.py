"""The office's review: every check once, all that is wanting in one letter, the answers of the applicant, the refusal on a ground."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import DatabaseError, transaction
from django.urls import reverse
from tests.factories.accounts import ApplicantFactory
from tests.factories.applications import DefectFactory, picture, province
from tests.factories.applying import AT, submitted
from tests.factories.institutions import appointed

from xueji.applications.actions import add_material, state_facts, withdraw_application
from xueji.applications.models import Application, Defect
from xueji.applications.queries import grounds_of, letter_of, standing_of
from xueji.applications.review_actions import DefectFound, ask_for_supplement, refuse_on_grounds
from xueji.applications.review_queries import sections_of
from xueji.applications.supplement_actions import answer_defect, resubmit_application
from xueji.cases.actions import decide_step
from xueji.cases.queries import open_step_of
from xueji.core.errors import BadInput, Conflict, NotPermitted, RuleViolation
from xueji.institutions.models import Post
from xueji.messaging.models import Message

pytestmark = pytest.mark.django_db
FOUND = [
    DefectFound("id_card", "身份证照片反光，请重拍"),
    DefectFound("programme", "毕业证明写的是计算机应用技术", on_paper="计算机应用技术"),
    DefectFound(Defect.OTHER, "请说明 1999 年以前的校名"),
]


@pytest.fixture
def centre():
    return province()


@pytest.fixture
def sent(centre) -> Application:
    return submitted(ApplicantFactory(proven=True), centre)


@pytest.fixture
def officer(centre):
    return appointed(Post.PROVINCE_REVIEWER, centre)


def returned(sent, officer) -> list[Defect]:
    """Ask for everything of `FOUND`, and return the items."""
    ask_for_supplement(step=open_step_of(sent.case), defects=FOUND, by=officer, at=AT)
    sent.refresh_from_db()
    return [item.defect for item in letter_of(sent)]


@pytest.mark.requirement("S0-19")
def test_everything_wanting_is_asked_in_one_letter_and_each_item_answered_its_own_way(sent, officer) -> None:
    person, place = sent.applicant.user, sent.place
    card, programme, other = returned(sent, officer)
    assert [item.answered_by for item in letter_of(sent)] == ["paper", "fact", "words"]
    assert "henan-2019-266" in card.cites[0]
    assert "补正 3 项" in Message.objects.get(template="application_returned").text
    assert "一次性告知，须补正 3 项" in standing_of(sent).reasons
    with pytest.raises(RuleViolation) as refused:
        resubmit_application(application=sent, letter=1, by=person, at=AT)
    assert len([row for row in refused.value.findings if row.rule == "application.defect_answered"]) == 3
    with pytest.raises(BadInput, match="列明的事项"):
        state_facts(application=sent, facts={"school_name": "别的学校"}, by=person, at=AT)
    with pytest.raises(NotPermitted):
        answer_defect(defect=other, words="x", by=officer, at=AT)
    add_material(application=sent, paper="id_card", data=picture(seed=9), by=person, at=AT)
    state_facts(application=sent, facts={"programme": "计算机应用技术"}, by=person, at=AT)
    answer_defect(defect=other, words="郑州市一职中", by=person, at=AT)
    again = answer_defect(defect=other, words="郑州市第一职业中专", by=person, at=AT + timedelta(hours=1))
    assert (again.answer, again.answered_at) == ("郑州市第一职业中专", AT)  # written anew until it is sent back
    again = resubmit_application(application=sent, letter=1, by=person, at=AT)
    assert (
        resubmit_application(application=sent, letter=1, by=person, at=AT).case.round == 2
    )  # a second press: done once
    with pytest.raises(Conflict, match="没有退回"):
        answer_defect(defect=other, words="再说一次", by=person, at=AT)
    assert (again.place, again.programme, again.case.round) == (place, "计算机应用技术", 2)
    assert all(item.is_answered for item in letter_of(again))
    assert open_step_of(again.case).authority == sent.office
    with pytest.raises(DatabaseError), transaction.atomic():
        Defect.objects.filter(pk=programme.pk).update(remark="从来没有问过")
    with pytest.raises(DatabaseError), transaction.atomic():
        Defect.objects.filter(pk=card.pk).delete()


def test_what_is_given_back_in_a_sentence_is_the_one_item_of_its_letter(sent, officer) -> None:
    decide_step(step=open_step_of(sent.case), verdict="return", reasons="请重拍毕业证明", by=officer, at=AT)
    (item,) = letter_of(sent)
    assert (item.defect.aspect, item.defect.remark, item.answered_by) == (Defect.OTHER, "请重拍毕业证明", "words")


def test_what_is_returned_may_be_withdrawn_and_a_whole_section_sent_again_with_what_was_asked(sent, officer) -> None:
    person = sent.applicant.user
    wrong = DefectFound("programme", "与毕业证明不一致")
    ask_for_supplement(step=open_step_of(sent.case), defects=[wrong], by=officer, at=AT)
    whole = {"school_name": sent.school_name, "category": sent.category, "programme": "会计", "delivery": "mail"}
    state_facts(application=sent, facts=whole, by=person, at=AT)
    sent.refresh_from_db()
    assert (sent.programme, sent.delivery) == ("会计", "mail")
    withdraw_application(application=sent, by=person, at=AT)
    sent.refresh_from_db()
    assert (sent.state, sent.case.state) == ("withdrawn", "withdrawn")


@pytest.mark.requirement("S0-33")
def test_a_refusal_names_its_ground_with_the_clause_and_the_way_to_object(sent, officer) -> None:
    step = open_step_of(sent.case)
    with pytest.raises(BadInput, match="哪一种情形"):
        refuse_on_grounds(step=step, defects=FOUND, by=officer, at=AT)
    with pytest.raises(BadInput, match="没有这个"):
        refuse_on_grounds(step=step, defects=[DefectFound("id_card", "x", ground="mood")], by=officer, at=AT)
    with pytest.raises(BadInput, match="至少列明"):
        ask_for_supplement(step=step, defects=[], by=officer, at=AT)
    final = DefectFound("attestation", "公章是伪造的", ground="forged")
    refuse_on_grounds(step=step, defects=[final, FOUND[0]], by=officer, at=AT)
    sent.refresh_from_db()
    (ground,) = grounds_of(sent)
    assert (sent.state, ground.ground, ground.cites) == ("refused", "forged", ["henan-2019-266 三（四）3"])
    assert "行政复议" in standing_of(sent).reasons
    assert "申请人伪造材料" in standing_of(sent).reasons


def review(sent: Application, **results: str) -> dict[str, str]:
    """Return the form of the review with every check in order, but for what is given."""
    sent.refresh_from_db()
    keys = [check.key for section in sections_of(sent) for check in section.checks]
    return {f"result-{key}": "sound" for key in keys} | {"version": str(sent.case.version)} | results


@pytest.mark.requirement("S0-19", "S0-39")
def test_the_page_of_the_review_offers_the_one_outcome_its_results_come_to(
    sent, officer, client, django_assert_max_num_queries
) -> None:
    client.force_login(officer, backend="xueji.accounts.backends.Accounts")
    step = open_step_of(sent.case)
    page = reverse("authority:application_review", args=[step.pk])
    with django_assert_max_num_queries(40):
        shown = client.get(page).text
    assert all(
        word in shown for word in ("申请人填写", "证书登记", "计算机应用", "材料上的记载", "不予办理：申请人伪造材料")
    )
    assert (
        "退回"
        not in client.get(reverse("authority:step", args=[step.pk])).text.split("<legend")[1].split("</fieldset>")[0]
    )
    differs = review(sent, **{"paper-programme": "会计"})
    refused = client.post(page, differs)
    assert refused.status_code == 422
    assert "不能选无误" in refused.text
    assert 'value="会计"' in refused.text
    assert "各项无误，同意" in client.post(page, review(sent)).text
    forged = {"result-attestation": "forged", "remark-attestation": "公章是伪造的"}
    assert "确认不予办理" in client.post(page, review(sent, **forged)).text
    wanting = review(sent, **{"result-id_card": "curable", "remark-id_card": "反光，请重拍"})
    asked = client.post(page, wanting)
    assert "一次性告知补正 1 项" in asked.text
    assert client.post(page, wanting | {"confirmed": "1"}).status_code == 302
    assert letter_of(sent)[0].defect.remark == "反光，请重拍"
    assert client.get(page).status_code == 302  # it lies with the applicant now


def test_a_defect_is_made_by_the_factory_for_whoever_needs_one() -> None:
    assert DefectFactory().answered_at is None
