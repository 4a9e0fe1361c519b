"""Duplicates on their pages: both schools see both records side by side, no number in full, and what each may do next."""

from __future__ import annotations

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from tests.apps.registry.disputing import card, claimed, filed, found, mistyped, record_at, say
from tests.apps.registry.transferring import PAPER, Henan, build, step_of
from tests.factories.registry import PersonFactory

from xueji.accounts.models import User
from xueji.institutions.models import Post
from xueji.ledger.models import Event
from xueji.registry.models import Duplicate, DuplicateReminder, Enrolment

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("S2-16")]


@pytest.fixture
def land(db) -> Henan:
    return build()


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user, backend="xueji.accounts.backends.Accounts")
    return client


def main_of(answer) -> str:
    return answer.text[answer.text.index("<main") :]


def page(land: Henan, duplicate: Duplicate, post: Post = Post.SCHOOL_CLERK, place: str = "east") -> str:
    answer = signed_in(land.who(post, place)).get(reverse("duplicate", args=[duplicate.pk]))
    assert answer.status_code == 200
    return main_of(answer)


def sent(land: Henan, place: str, name: str, duplicate: Duplicate, **values: object):
    return signed_in(land.who(Post.SCHOOL_CLERK, place)).post(reverse(name, args=[duplicate.pk]), values)


def test_both_records_stand_side_by_side_and_what_differs_is_marked(land: Henan) -> None:
    right, other, duplicate = mistyped(land)
    text = page(land, duplicate)
    assert "学生照常上课" in text
    assert text.count('<mark class="differs">•</mark>') == 2  # the mistyped digit, told by its place alone
    assert right.person.resident_id not in text
    assert right.person.resident_id[-4:] in text.replace("\n", "")
    for word in (right.school.name, other.school.name, "身份证号只差一位", "同时在籍", "<rect"):
        assert word in text
    assert other.person.birth_date.isoformat() not in text


def test_a_reviewer_sees_birth_dates_and_no_tail(land: Henan) -> None:
    right, _, duplicate = mistyped(land)
    text = page(land, duplicate, Post.CITY_LEADER, "city")
    assert right.person.resident_id[-4:] not in text


def test_the_queue_says_how_many_days_are_left_and_to_whom(land: Henan) -> None:
    stands, claim, duplicate = claimed(land)
    say(land, duplicate, "east", "mine")
    url = reverse("duplicates")
    for post, place in (
        (Post.SCHOOL_CLERK, "east"),
        (Post.SCHOOL_CLERK, "west"),
        (Post.COUNTY_REVIEWER, "west county"),
    ):
        text = main_of(signed_in(land.who(post, place)).get(url))
        assert [
            word
            for word in (claim.person.name, stands.school.name, "已答复：是本校在读学生", "答复期限")
            if word not in text
        ] == []
    assert claim.person.name not in main_of(signed_in(land.who(Post.SCHOOL_CLERK, "far")).get(url))
    assert claim.person.name not in main_of(
        signed_in(land.who(Post.SCHOOL_CLERK, "east")).get(f"{url}?state=two_persons")
    )


def test_the_queue_asks_as_much_of_many_as_of_one(land: Henan) -> None:
    counts = []
    pairs = iter(range(100, 900, 4))
    for count in (1, 5):
        for serial in [next(pairs) for _ in range(count)]:
            places = (("west", serial), ("east", serial + 2))
            found(land, *(record_at(land, at, PersonFactory(number=card(n), name=f"名{serial}")) for at, n in places))
        client = signed_in(land.who(Post.SCHOOL_CLERK, "east"))
        client.get(reverse("duplicates"))
        with CaptureQueriesContext(connection) as asked:
            client.get(reverse("duplicates"))
        counts.append(len(asked))
    assert counts[0] == counts[1] <= 25


def test_a_school_answers_and_what_it_typed_comes_back_when_refused(land: Henan) -> None:
    _, _, duplicate = claimed(land)
    answer = sent(land, "west", "duplicate_answer", duplicate, answer="mine", statement="在校上课")
    assert answer.status_code == 400
    assert "请上传证明材料" in answer.text
    assert "在校上课" in answer.text
    paper = SimpleUploadedFile("考勤.pdf", PAPER, "application/pdf")
    answer = sent(land, "west", "duplicate_answer", duplicate, answer="mine", statement="在校上课", file=paper)
    assert answer.status_code == 302
    row = duplicate.answers.get()
    assert (row.answer, row.file_name) == ("mine", "考勤.pdf")
    reader = signed_in(land.who(Post.SCHOOL_LEADER, "east"))
    sent_out = reader.get(reverse("duplicate_paper", args=[duplicate.pk, row.pk]))
    assert (sent_out.status_code, sent_out.getvalue()) == (200, PAPER)
    assert Event.objects.filter(tag="list:downloaded", actor_id=land.who(Post.SCHOOL_LEADER, "east").pk).count() == 1
    far = signed_in(land.who(Post.SCHOOL_CLERK, "far"))
    assert far.get(reverse("duplicate_paper", args=[duplicate.pk, row.pk])).status_code == 404


def test_a_silent_school_is_reminded_takes_note_and_the_case_goes_its_way(land: Henan) -> None:
    stands, claim, duplicate = claimed(land)
    say(land, duplicate, "east", "mine")
    assert f"催办{stands.school.name}" in page(land, duplicate)
    assert sent(land, "east", "duplicate_reminder", duplicate, school=stands.school_id).status_code == 302
    assert "未签收" in page(land, duplicate, place="west")
    assert sent(land, "west", "duplicate_receipt", duplicate).status_code == 302
    assert DuplicateReminder.objects.get().received_by == land.who(Post.SCHOOL_CLERK, "west")
    answer = sent(land, "east", "duplicate_filing", duplicate)
    case = duplicate.filings.get().case
    assert answer.url == reverse("school:case", args=[case.pk])
    decision = reverse("school:decision", args=[step_of(case).pk])
    text = main_of(signed_in(land.who(Post.SCHOOL_LEADER, "east")).get(decision))
    assert [word for word in (stands.school.name, "是本校在读学生", "在籍时间", "学籍注销") if word not in text] == []
    land.carried_out(case)
    assert "保留" in page(land, duplicate, place="west")
    record = signed_in(land.who(Post.SCHOOL_CLERK, "west")).get(reverse("student", args=[stands.pk]))
    assert record.status_code == 200
    assert Enrolment.objects.get(pk=claim.pk).status == "studying"


def test_a_decision_is_asked_back_from_its_page(land: Henan) -> None:
    _, _, duplicate = claimed(land)
    filing = filed(land, duplicate)
    land.carried_out(filing.case)
    assert "申请撤销认定" in page(land, duplicate, place="west")
    answer = sent(land, "west", "duplicate_undoing", duplicate, filing=filing.pk, statement="")
    assert answer.status_code == 422
    answer = sent(land, "west", "duplicate_undoing", duplicate, filing=filing.pk, statement="认定有误")
    undoing = duplicate.filings.exclude(pk=filing.pk).get()
    assert answer.url == reverse("school:case", args=[undoing.case_id])
    assert "申请撤销原来的认定" in main_of(signed_in(land.who(Post.SCHOOL_CLERK, "west")).get(answer.url))


def test_a_school_looks_over_its_students(land: Henan) -> None:
    record_at(land, "west", PersonFactory(number=card(1), name="王小明"))
    record_at(land, "east", PersonFactory(number=card(3), name="王小明"))
    clerk = signed_in(land.who(Post.SCHOOL_CLERK, "east"))
    answer = clerk.post(reverse("duplicate_search"), {"school": land.school("east").pk}, follow=True)
    assert "新查出 1 对" in answer.text
    assert clerk.post(reverse("duplicate_search"), {"school": land.school("west").pk}).status_code == 404
