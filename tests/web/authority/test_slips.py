"""Slips of first passwords: printed once, of one's own area, all or none; each signs in once and is to be changed."""

from __future__ import annotations

import re
from io import BytesIO

import pypdfium2
import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from tests.factories.accounts import UserFactory
from tests.factories.institutions import AuthorityFactory, SchoolFactory, appointed

from xueji.accounts.models import CredentialGrant, User
from xueji.core.errors import BadInput, Conflict, NotPermitted
from xueji.institutions import account_actions
from xueji.institutions.account_actions import MOST_AT_ONCE, hand_out_passwords
from xueji.institutions.models import Post, School
from xueji.ledger.models import Event
from xueji.ledger.tags import EventTag

pytestmark = pytest.mark.django_db
URL = "/office/accounts/slips/"


@pytest.fixture
def school() -> School:
    return SchoolFactory(name="秦川职业学校")


@pytest.fixture
def administrator(school: School) -> User:
    return appointed(Post.ADMINISTRATOR, school.authority)


def registered(school: School, name: str, username: str, post: Post = Post.SCHOOL_CLERK) -> User:
    person = UserFactory(full_name=name, username=username)
    person.set_unusable_password()
    person.save()
    return appointed(post, school, person)


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user, backend="xueji.accounts.backends.Accounts")
    return client


def text_of(data: bytes) -> tuple[str, int]:
    document = pypdfium2.PdfDocument(BytesIO(data))
    return "\n".join(page.get_textpage().get_text_bounded() for page in document), len(document)


def printed(client: Client, *users: User) -> bytes:
    answer = client.post(URL, {"ids": [user.pk for user in users]})
    assert answer.status_code == 200
    assert answer["Content-Type"] == "application/pdf"
    assert "no-store" in answer["Cache-Control"]
    return b"".join(answer.streaming_content)


def passwords_in(text: str) -> list[str]:
    lines = re.findall(r"密\u3000码([^\r\n]+)", text)
    return [re.sub(r"\s", "", line) for line in lines]


def test_each_slip_has_its_person_place_name_and_a_password_that_signs_in(school: School, administrator: User) -> None:
    people = [registered(school, f"秦生{n}", f"qin{n}") for n in range(9)]
    client = signed_in(administrator)
    page = client.get(URL).text
    assert "还没有密码的账号 9 个" in page
    text, pages = text_of(printed(client, *people))
    assert pages == 2  # eight on a page
    drawn = passwords_in(text)
    assert len(set(drawn)) == 9
    for person in people:
        person.refresh_from_db()
        assert any(person.check_password(word) for word in drawn)
        assert person.full_name in text
        assert person.username in text
        assert person.password_expires_at is not None
        assert person.must_change_password
    assert "秦川职业学校" in text
    assert "72 小时" in text
    assert "还没有密码的账号 0 个" in client.get(URL).text


def test_no_readable_password_is_kept_and_each_is_on_record_until_a_superior_confirms(
    school: School, administrator: User
) -> None:
    person = registered(school, "秦生", "qin")
    text, _ = text_of(printed(signed_in(administrator), person))
    (word,) = passwords_in(text)
    assert CredentialGrant.objects.get(user=person).by == administrator
    assert Event.objects.filter(tag=EventTag.PASSWORD_RESET, subject_id=str(person.pk)).count() == 1
    assert not any(word in str(row) for row in Event.objects.values())
    assert word not in str(User.objects.filter(pk=person.pk).values().get())


def test_the_same_slips_are_not_printed_twice(school: School, administrator: User) -> None:
    person, other = registered(school, "秦生", "qin"), registered(school, "渭生", "wei")
    client = signed_in(administrator)
    printed(client, person)
    again = client.post(URL, {"ids": [person.pk, other.pk]})
    assert again.status_code == 422
    assert "已经有密码" in again.text
    other.refresh_from_db()
    assert not other.has_usable_password()  # all or none
    with pytest.raises(Conflict, match="秦生"):
        hand_out_passwords(users=[person, other], by=administrator, at=timezone.now())


def test_nobody_ticked_is_told_and_nothing_happens(school: School, administrator: User) -> None:
    person = registered(school, "秦生", "qin")
    answer = signed_in(administrator).post(URL, {})
    assert answer.status_code == 422
    assert "没有勾选任何人" in answer.text
    person.refresh_from_db()
    assert not person.has_usable_password()


def test_accounts_are_locked_in_one_order_however_they_were_ticked(school: School, administrator: User) -> None:
    """Two administrators with overlapping lists wait for each other; in the order of the ticks both would wait for ever."""
    people = [registered(school, f"秦生{n}", f"qin{n}") for n in range(3)]
    with CaptureQueriesContext(connection) as asked:
        slips = hand_out_passwords(users=people[::-1], by=administrator, at=timezone.now())
    locking = next(query["sql"] for query in asked if "FOR UPDATE" in query["sql"] and " IN (" in query["sql"])
    assert 'ORDER BY "accounts_user"."id" ASC' in locking
    assert [slip.user.pk for slip in slips] == [person.pk for person in people[::-1]]  # printed as they were ticked


def test_others_people_are_neither_listed_nor_printed(school: School, administrator: User) -> None:
    far = registered(SchoolFactory(authority=AuthorityFactory(division_code="410100")), "豫生", "yu")
    client = signed_in(administrator)
    assert "豫生" not in client.get(URL).text
    assert client.post(URL, {"ids": [far.pk]}).status_code == 422
    with pytest.raises(NotPermitted):
        hand_out_passwords(users=[far], by=administrator, at=timezone.now())
    assert signed_in(appointed(Post.CITY_REVIEWER, school.authority)).get(URL).status_code == 403


def test_a_name_no_font_can_print_changes_nobodys_account(school: School, administrator: User) -> None:
    person = registered(school, "秦\U000f0000生", "qin")
    answer = signed_in(administrator).post(URL, {"ids": [person.pk]})
    assert answer.status_code >= 400
    assert "有字无法打印" in answer.text
    person.refresh_from_db()
    assert not person.has_usable_password()


def test_at_most_so_many_at_once_and_at_least_one(
    school: School, administrator: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    people = [registered(school, f"秦生{n}", f"qin{n}") for n in range(3)]
    monkeypatch.setattr(account_actions, "MOST_AT_ONCE", 2)
    assert MOST_AT_ONCE == 48
    assert len(hand_out_passwords(users=people[:2], by=administrator, at=timezone.now())) == 2
    for users in ([], people):
        with pytest.raises(BadInput, match="一次"):
            hand_out_passwords(users=users, by=administrator, at=timezone.now())


def test_the_list_is_narrowed_by_place_and_costs_a_fixed_number_of_statements(
    school: School, administrator: User, django_assert_max_num_queries
) -> None:
    for n in range(20):
        registered(school, f"秦生{n}", f"qin{n}")
    registered(SchoolFactory(name="渭河学校", authority=school.authority), "渭生", "wei")
    client = signed_in(administrator)
    page = client.get(URL, {"q": "渭河"}).text
    assert "渭生" in page
    assert "秦生1" not in page
    with django_assert_max_num_queries(20):
        client.get(URL)
