"""A transfer on its pages: both schools see the same case; the one that takes in reads the essentials until it accepts."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse
from tests.apps.registry.transferring import NOON, PAPER, Henan, build, step_of
from tests.factories.institutions import AmendmentFactory

from xueji.accounts.models import User
from xueji.cases.actions import attach_evidence, submit_case
from xueji.cases.models import CaseState
from xueji.institutions.models import Post
from xueji.registry.models import StatusApplicant
from xueji.registry.queries.transfers import hand_over_of
from xueji.web.identity import WORDS

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("S2-20")]


@pytest.fixture
def land(db) -> Henan:
    return build()


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user, backend="xueji.accounts.backends.Accounts")
    return client


def shown_to(land: Henan, post: Post, place: str, url: str) -> str:
    answer = signed_in(land.who(post, place)).get(url)
    assert answer.status_code == 200
    return answer.text[answer.text.index("<main") :]


def test_the_receiving_school_reads_essentials_until_it_accepted(land: Henan):
    (record,) = land.students()
    case = land.decided(land.submitted([record]), "approve")
    url = reverse("school:decision", args=[step_of(case).pk])
    text = shown_to(land, Post.SCHOOL_LEADER, "west", url)
    assert [word for word in (record.person.name, "护理", "2023", land.school("east").name) if word not in text] == []
    assert [word for word in (*WORDS.values(), "预计毕业") if word in text] == []
    assert "不同意…" in text
    land.decide(case)
    case_url = reverse("school:case", args=[case.pk])
    assert "预计毕业" in shown_to(land, Post.SCHOOL_LEADER, "west", case_url)


def test_the_school_that_sends_reads_everything_and_who_will_decide_before_it_submits(land: Henan):
    case = land.draft(land.students(), "far").case
    text = shown_to(land, Post.SCHOOL_CLERK, "east", reverse("school:case", args=[case.pk]))
    words = ("提交以后由谁办理", "升级至省", "10 个工作日", land.school("far").name, "预计毕业", "第十二条")
    assert [word for word in words if word not in text] == []
    near = land.draft(land.students(), "west").case
    assert "升级至省" not in shown_to(land, Post.SCHOOL_CLERK, "east", reverse("school:case", args=[near.pk]))


def test_the_page_names_the_paper_the_law_wants_until_it_is_there(land: Henan):
    clerk = land.who(Post.SCHOOL_CLERK, "east")
    application = land.draft(land.students())
    url, wanted = reverse("school:case", args=[application.case_id]), "学生本人书写的转学申请"
    answer = signed_in(clerk).get(url)
    assert (answer.context["papers"], answer.context["form"].initial["kind"]) == ([wanted], wanted)
    assert f"按规定提交：{wanted}" in answer.text
    attach_evidence(case=application.case, kind=wanted, file_name="一.pdf", data=PAPER, by=clerk, at=NOON)
    assert signed_in(clerk).get(url).context["form"].initial["kind"] == ""


def test_what_came_back_and_what_was_not_submitted_stand_on_the_desk_of_who_files_it(land: Henan):
    first, second = land.students(2)
    draft, returned = land.draft([first]).case, land.decided(land.submitted([second]), "return")
    rows = signed_in(land.who(Post.SCHOOL_CLERK, "east")).get(reverse("desk")).context["in_hand"]
    assert [(row["case"], row["case"].opinion, row["kind"]) for row in rows] == [
        (returned, "名额已满", "转学"), (draft, None, "转学"),
    ]  # fmt: skip
    text = shown_to(land, Post.SCHOOL_CLERK, "east", reverse("desk"))
    assert text.index(returned.title) < text.index("名额已满") < text.index(draft.title)
    land.decide(submit_case(case=draft, by=land.who(Post.SCHOOL_CLERK, "east"), at=NOON))
    assert draft.title not in shown_to(land, Post.SCHOOL_CLERK, "east", reverse("desk"))
    assert "待提交的申请" not in shown_to(land, Post.SCHOOL_CLERK, "west", reverse("desk"))


def test_both_schools_have_it_on_their_list_when_it_was_submitted(land: Henan):
    listing = reverse("school:case_list", args=["transfer"])
    case = land.draft(land.students()).case
    assert case.title in shown_to(land, Post.SCHOOL_CLERK, "east", listing)
    assert case.title not in shown_to(land, Post.SCHOOL_CLERK, "west", listing)
    signed_in(land.who(Post.SCHOOL_CLERK, "east")).post(reverse("school:case_submission", args=[case.pk]))
    case.refresh_from_db()
    assert case.state == CaseState.IN_PROGRESS
    assert case.title in shown_to(land, Post.SCHOOL_CLERK, "west", listing)
    assert case.title not in shown_to(land, Post.SCHOOL_CLERK, "neighbour", listing)


def test_for_others_it_is_not_there(land: Henan):
    case = land.submitted(land.students())
    step = step_of(case)
    for post, place in ((Post.SCHOOL_LEADER, "far"), (Post.SCHOOL_LEADER, "neighbour"), (Post.SCHOOL_CLERK, "far")):
        client = signed_in(land.who(post, place))
        assert client.get(reverse("school:case", args=[case.pk])).status_code == 404
    client = signed_in(land.who(Post.COUNTY_REVIEWER, "far county"))
    assert client.get(reverse("authority:step", args=[step.pk])).status_code == 404


def test_the_receiving_school_refuses_with_its_reason_which_both_read(land: Henan):
    case = land.decided(land.submitted(land.students()), "approve")
    url = reverse("school:decision", args=[step_of(case).pk])
    leader = signed_in(land.who(Post.SCHOOL_LEADER, "west"))
    sent = {"verdict": "refuse", "reasons": "名额已满", "version": case.version, "confirmed": "1"}
    assert leader.post(url, sent).status_code == 302
    case.refresh_from_db()
    if case.state != CaseState.REFUSED:  # where a step takes two people the second one confirms
        land.decide(case, "refuse")
    text = shown_to(land, Post.SCHOOL_CLERK, "east", reverse("school:case", args=[case.pk]))
    assert "名额已满" in text


def test_a_clerk_finds_the_other_school_by_a_former_name_and_opens_the_transfer(land: Henan):
    (record,) = land.students()
    west = land.school("west")
    AmendmentFactory(school=west, field="name", before="老城工业学校", after=west.name)
    programme = land.nursing("west")
    clerk = signed_in(land.who(Post.SCHOOL_CLERK, "east"))
    url = reverse("school:new_transfer", args=[record.pk])
    assert f"?school={west.pk}" in clerk.get(url, {"q": "老城工业"}).text
    chosen = f"{url}?school={west.pk}"
    sent = {"programme": programme.pk, "class_name": "2班", "effective_on": "2024-03-01", "statement": "随父母迁居"}
    kept = clerk.post(chosen, {**sent, "programme": ""})
    assert (kept.status_code, "随父母迁居" in kept.text) == (422, True)
    answer = clerk.post(chosen, sent)
    applied = StatusApplicant.objects.get(enrolment=record)
    assert answer["Location"] == reverse("school:case", args=[applied.application.case_id])
    again = clerk.post(chosen, sent)
    assert (again.status_code, "有异动正在办理" in again.text) == (422, True)


@pytest.mark.requirement("S2-21")
def test_that_it_goes_up_to_the_province_is_said_before_anything_is_opened(land: Henan):
    (record,) = land.students()
    clerk, url = signed_in(land.who(Post.SCHOOL_CLERK, "east")), reverse("school:new_transfer", args=[record.pk])
    for name, goes_up in (("far", True), ("west", False)):
        land.nursing(name)
        assert ("升级至省" in clerk.get(url, {"school": land.school(name).pk}).text) is goes_up


def test_a_record_of_another_school_is_not_there(land: Henan):
    (record,) = land.students()
    url = reverse("school:new_transfer", args=[record.pk])
    assert signed_in(land.who(Post.SCHOOL_CLERK, "west")).get(url).status_code == 404
    assert signed_in(land.who(Post.SCHOOL_LEADER, "east")).get(url).status_code == 403


def test_the_new_record_says_where_the_student_was_and_the_old_one_where_to(land: Henan):
    (record,) = land.students()
    change = StatusApplicant.objects.get(application__case=land.carried_out(land.submitted([record]))).done_by
    east, west = land.school("east").name, land.school("west").name
    for place, key, words in (
        ("west", change.moves_to_id, ("转入", f"原在{east}")), ("east", record.pk, (f"转入 {west}",)),
    ):  # fmt: skip
        url, clerk = reverse("student", args=[key]), signed_in(land.who(Post.SCHOOL_CLERK, place))
        clerk.post(reverse("student_purpose", args=[key]), {"purpose": "核对转学"})
        page = clerk.get(url).text
        shown = page[page.index("<h2>学籍异动</h2>") :]
        assert [word for word in words if word not in shown[: shown.index("</section>")]] == []
    assert "没有异动" not in page


def test_what_goes_along_is_ticked_on_the_page_of_the_case(land: Henan):
    case = land.carried_out(land.submitted(land.students()))
    page, tick = reverse("school:case", args=[case.pk]), reverse("school:transfer_items", args=[case.pk])
    giver, taker = (signed_in(land.who(Post.SCHOOL_CLERK, place)) for place in ("east", "west"))
    assert ("登记移交" in giver.get(page).text, "确认接收" in taker.get(page).text) == (True, False)
    items = [item.pk for item in hand_over_of(case)]
    assert giver.post(tick, {"act": "give", "items": items}).status_code == 302
    assert taker.post(tick, {"act": "take", "items": items[:2]}).status_code == 302
    assert "3 项没有交接完" in taker.get(page).text
    assert signed_in(land.who(Post.SCHOOL_CLERK, "far")).post(tick, {"act": "take", "items": items}).status_code == 404
