"""The pages of sign-in and second factor speak the words of the product, not those of their library."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse
from tests.factories.institutions import staffed_city

from xueji.accounts.permissions import Sight
from xueji.web.identity import WORDS, shown_tail


@pytest.fixture
def client(db) -> Client:
    made = Client()
    made.force_login(staffed_city().clerk, backend="xueji.accounts.backends.Accounts")
    return made


def test_the_second_factor_is_called_as_everywhere_else(client) -> None:
    shown = client.get(reverse("mfa_index")).content.decode()
    assert "<h1>二次验证</h1>" in shown
    assert "双因素" not in shown.split("<h1>")[1]


def test_who_is_asked_again_is_told_why_and_not_of_the_public_check(client) -> None:
    shown = client.get(reverse("account_reauthenticate")).content.decode()
    assert "请再次确认是您本人" in shown
    assert "查询记录仅用于防止滥用" not in shown
    assert "查询记录仅用于防止滥用" in Client().get(reverse("public:home")).content.decode()


def test_a_row_does_not_say_its_word_twice() -> None:
    assert "尾号" in shown_tail("11010519491231002X")
    assert "尾号" not in WORDS[Sight.TAIL]
