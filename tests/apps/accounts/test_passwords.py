"""Passwords: what everybody here would guess is refused, in Chinese; what somebody thought of is not."""

from __future__ import annotations

import pytest
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from tests.factories.accounts import UserFactory

from xueji.accounts.actions import draw_password

GUESSED = [
    "Weinan2026", "xueji12345", "Passw0rd123", "Aa123456789", "weinanjiaoyu", "leader26leader26", "xueji-demo-2019",
    "qwertyuiop12", "1qaz2wsx3edc", "guangxi@2026", "fuzhou88888888", "biyezhengshu1", "aaaaaaaaaaaa", "abcabcabcabc",
    "Admin@123456", "82736450192837", "linwei2026", "20260101xueji",
]  # fmt: skip
OWN = ["walnut-terrace-81", "seven old ferries", "竹篮打水一场空就走了", "kT9wzr4HqPm2", "river7stone!lamp"]


@pytest.mark.parametrize("password", GUESSED)
def test_what_is_put_together_from_known_words_is_refused(password: str) -> None:
    user = UserFactory.build(username="leader26", full_name="李四")
    with pytest.raises(ValidationError) as refusal:
        validate_password(password, user)
    assert all("\u4e00" <= text[0] <= "\u9fff" for text in refusal.value.messages)


@pytest.mark.parametrize("password", OWN)
def test_what_somebody_thought_of_is_taken(password: str) -> None:
    validate_password(password, UserFactory.build(username="leader26", full_name="李四"))


def test_too_short_is_said_in_chinese() -> None:
    with pytest.raises(ValidationError, match="密码至少 10 位，现在只有 6 位"):
        validate_password("kT9wzr", UserFactory.build())


def test_drawn_passwords_pass_their_own_rule() -> None:
    for _ in range(300):
        validate_password(draw_password(), UserFactory.build(username="leader26", full_name="李四"))
