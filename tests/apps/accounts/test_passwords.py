"""Passwords: what everybody here would guess is refused, in Chinese; what somebody thought of is not."""

from __future__ import annotations

import random
import string
from datetime import UTC, datetime
from types import SimpleNamespace

import pytest
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from tests.factories.accounts import UserFactory

from xueji.accounts.actions import generate_password, issue_account
from xueji.accounts.guessable import GAP, by_kind, pieces_of, runs_begun, said_once, ways_to_read

GUESSED = [
    "Weinan2026", "xueji12345", "Passw0rd123", "Aa123456789", "weinanjiaoyu", "leader26leader26", "xueji-demo-2019",
    "qwertyuiop12", "1qaz2wsx3edc", "guangxi@2026", "fuzhou88888888", "biyezhengshu1", "aaaaaaaaaaaa", "abcabcabcabc",
    "Admin@123456", "82736450192837", "linwei2026", "20260101xueji",
    # pinyin of places and people, with years, numbers and letters that look alike
    "linweiqu2026", "dalixian888", "huayinshi-2026-xuexiao", "weinanshilinweiqujiaoyuju", "guangxizhuangzuzizhiqu",
    "zhangwei2026", "wanglijuan99", "zhang.wei.1990", "LiNa19880808", "ChenXiaoming@123", "ouyangxiu1007",
    "zhangwei13891234567", "zh@ngwei2026", "Ch3nXi@om1ng2026", "Xiaoming+Xiaohong", "woaibeijingtiananmen",
    # places and offices in characters
    "大荔县教育局2026", "渭南市临渭区教育局2026",
    # phrases that many choose
    "iloveyou2026", "iloveyouforever520", "mypassword2026", "thisismypassword", "password-school-2026", "nihaoshijie2026",
    "happynewyear2026", "nevergiveup2026", "sunshinedragon99", "woaiwojia1314",
    # parted by one mark, interleaved, doubled, said twice
    "1.2.3.4.5.6.7.8.9", "a.b.c.d.e.f.g.h.i", "a1b2c3d4e5f6", "aa1bb2cc3dd4", "1!2@3#4$5%6^", "z.h.a.n.g.w.e.i.2.0.2.6",
    "z1h2a3n4g5w6e7i8", "zhangwei zhangwei zhangwei", "zHaNgWeI2026", "zhang*wei#2026$", "1a1b1c1d1e1f", "abc!@#123XYZ",
    # learned by heart, in characters and in pinyin
    "一二三四五六七八九十", "富强民主文明和谐自由", "自由平等富强民主爱国敬业", "祝你生日快乐祝你生日快乐", "祝你生日快乐-祝你生日快乐",
    "床前明月光疑是地上霜", "2026床前明月光，疑是地上霜。", "锄禾日当午汗滴禾下土!", "yiersansiwuliuqibajiushi",
    "chuangqianmingyueguangyishidishangshuang",
]  # fmt: skip
OWN = [
    "walnut-terrace-81", "seven old ferries", "竹篮打水一场空就走了", "kT9wzr4HqPm2", "river7stone!lamp",
    "correct horse battery staple", "orange-quartz-violin-42", "mingtianqunanshanchishihuoguo", "tea.cup.bridge.37",
]  # fmt: skip


@pytest.mark.parametrize("password", GUESSED)
def test_what_is_put_together_from_known_words_is_refused(password: str) -> None:
    user = UserFactory.build(username="leader26", full_name="李四")
    with pytest.raises(ValidationError) as refusal:
        validate_password(password, user)
    assert all("\u4e00" <= text[0] <= "\u9fff" for text in refusal.value.messages)


@pytest.mark.parametrize("password", OWN)
def test_what_somebody_thought_of_is_taken(password: str) -> None:
    validate_password(password, UserFactory.build(username="leader26", full_name="李四"))


_LETTERS = string.ascii_letters + string.digits


@pytest.mark.parametrize(
    ("alphabet", "length", "at_most"),
    [
        (_LETTERS + string.punctuation, 12, 0.01),
        (_LETTERS, 12, 0.02),
        ("0123456789abcdef", 16, 0.02),
        (_LETTERS, 10, 0.1),
    ],
)
def test_what_chance_drew_is_taken(alphabet: str, length: int, at_most: float) -> None:
    """Also where letters happen to make a syllable, or digits a run; three hundred of each, always the same."""
    chance, user = random.Random(2026), UserFactory.build(username="leader26", full_name="李四")
    refused = []
    for _ in range(300):
        drawn = "".join(chance.choices(alphabet, k=length))
        try:
            validate_password(drawn, user)
        except ValidationError:
            refused.append(drawn)
    assert len(refused) <= at_most * 300, refused


def test_a_long_password_is_read_in_no_time() -> None:
    """Nobody keeps a process busy with one: what it begins with decides."""
    with pytest.raises(ValidationError):
        validate_password("一二" * 50_000 + "kT9wzr4HqPm2", UserFactory.build())
    validate_password("kT9wzr4HqPm2" + "aB3$" * 50_000, UserFactory.build())


def test_too_short_is_said_in_chinese() -> None:
    with pytest.raises(ValidationError, match="密码至少 10 位，现在只有 6 位"):
        validate_password("kT9wzr", UserFactory.build())


def test_a_syllable_a_word_a_place_a_telephone_and_two_digits_are_one_piece_each() -> None:
    assert pieces_of("linweiqu") == ["lin", "wei", "qu"]
    assert pieces_of("ilove.you") == ["i", "love", "you"]
    assert pieces_of("zhang13891234567") == ["zhang", "13891234567"]
    assert pieces_of("zhang20157") == ["zhang", "20", "15", "7"]
    assert pieces_of("zhangzhang") == ["zhang"]
    assert pieces_of("大荔县城", known={"大荔县"}) == ["大荔县", "城"]
    assert len(pieces_of("sunshine", common={"sunshine"})) == 3
    assert pieces_of("kt9w") == ["k", "t", "9", "w"]


def test_a_mark_is_a_piece_unless_it_only_parts_the_words() -> None:
    assert pieces_of("li.wu.na") == ["li", "wu", "na"]
    assert pieces_of("li.wu+na") == ["li", "wu", "na", ".", "+"]


def test_two_letters_among_single_ones_are_no_syllable() -> None:
    assert pieces_of("klix") == ["k", "l", "i", "x"]
    assert pieces_of("liwu") == ["li", "wu"]


def test_what_is_said_twice_runs_on_or_fills_is_read_through() -> None:
    assert said_once("abcabc") == f"abc{GAP}"
    assert said_once("祝你好运啊祝你好运") == f"祝你好运啊{GAP}"
    assert said_once("kangxiang") == "kangxiang"  # «ang» twice is chance
    assert runs_begun("xqwertyx床前明月光") == f"xq{GAP}x床{GAP}"
    assert by_kind("a1b2c3!") == "a1!"
    assert "zhangwei" in ways_to_read("z.h.a.n.g.w.e.i")
    assert "zhang1" in ways_to_read("z1h2a3n4g5")


def test_drawn_passwords_pass_their_own_rule() -> None:
    user = UserFactory.build(username="leader26", full_name="李四")
    for _ in range(300):
        validate_password(generate_password(user), user)


def test_what_its_own_rule_refuses_is_drawn_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """Chance draws anything sooner or later: here what is easy to guess, and what is easy for this person alone."""
    user = UserFactory.build(username="wzrqpmt", full_name="李四")
    drawn = ["aaaaaaaaaaaaaa", "zhangweinan222", "kTwzrqpmt9wzrq", "kT9wzr4HqPm2Ws"]
    for refused in drawn[:3]:
        with pytest.raises(ValidationError):
            validate_password(refused, user)
    letters = iter("".join(drawn))
    monkeypatch.setattr("xueji.accounts.actions.secrets", SimpleNamespace(choice=lambda _: next(letters)))
    assert generate_password(user) == drawn[3]
    assert next(letters, None) is None


@pytest.mark.django_db
def test_a_password_that_is_handed_over_is_drawn_for_its_person(monkeypatch: pytest.MonkeyPatch) -> None:
    letters = iter("kTwzrqpmt9wzrq" + "kT9wzr4HqPm2Ws")
    monkeypatch.setattr("xueji.accounts.actions.secrets", SimpleNamespace(choice=lambda _: next(letters)))
    at = datetime(2026, 7, 1, tzinfo=UTC)
    assert issue_account(username="wzrqpmt", full_name="李四", by=None, at=at).password == "kT9wzr4HqPm2Ws"
