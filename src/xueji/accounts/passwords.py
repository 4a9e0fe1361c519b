"""Which passwords are refused: short ones, common ones, ones put together from what everybody here knows."""

from __future__ import annotations

import re
from functools import cache
from typing import Any

from django.contrib.auth.password_validation import CommonPasswordValidator
from django.core.exceptions import ValidationError

from xueji.policy import get_library

_SHORTEST = 10
_OWN, _DIFFERENT = 8, 5  # what must remain once everything guessable is taken out: characters, different ones
_WORDS = (
    "password", "passwd", "welcome", "letmein", "admin", "administrator", "root", "login", "user", "demo", "test",
    "xueji", "xuexiao", "xuesheng", "laoshi", "biye", "biyezheng", "zhengshu", "yanyin", "jiaoyu", "jiaoyuju", "jiaoyuting",
    "zhiye", "zhongzhi", "zhongzhuan", "school", "leader", "county", "city", "province", "sealer", "supervisor", "auditor",
    "clerk", "teacher", "student", "nihao", "woaini", "zhongguo", "china", "abc",
)  # fmt: skip
_ROWS = (
    "qwertyuiop",
    "asdfghjkl",
    "zxcvbnm",
    "1234567890",
    "abcdefghijklmnopqrstuvwxyz",
    "1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik",
)
_RUN = 3  # neighbours on the keyboard or in the alphabet that count as one character's worth of guessing
_LOOK_ALIKE = str.maketrans("@4301!$57", "aaeoiisst")
_YEAR = re.compile(r"(?:19|20)\d\d")


class LongEnough:
    """At least ten characters, said in Chinese."""

    def validate(self, password: str, user: Any = None) -> None:  # noqa: ARG002  # Django's signature
        """Refuse a shorter one."""
        if len(password) < _SHORTEST:
            raise ValidationError(f"密码至少 {_SHORTEST} 位，现在只有 {len(password)} 位", code="too_short")

    def get_help_text(self) -> str:
        """Say what is asked."""
        return f"至少 {_SHORTEST} 位。"


class NotCommon(CommonPasswordValidator):
    """Not on Django's list of twenty thousand."""

    def validate(self, password: str, user: Any = None) -> None:
        """Refuse one that is on the list."""
        try:
            super().validate(password, user)
        except ValidationError as error:
            raise ValidationError("这个密码太常见，容易被猜到", code="common") from error

    def get_help_text(self) -> str:
        """Say what is asked."""
        return "不能是常见密码。"


class NotGuessable:
    """Not put together from user name, place, product, years, keyboard rows and repeated characters."""

    def validate(self, password: str, user: Any = None) -> None:
        """Refuse one in which too little remains once those are taken out."""
        if password.isdigit():
            raise ValidationError("密码不能全是数字", code="digits")
        rest = _remaining(password, user)
        if len(rest) < _OWN or len(set(rest)) < _DIFFERENT:
            raise ValidationError(
                "密码中的用户名、姓名、地名、常用词、年份、连续或重复的字符不算在内，"
                f"其余至少要有 {_OWN} 位；建议用几个互不相关的词", code="guessable",
            )  # fmt: skip

    def get_help_text(self) -> str:
        """Say what is asked."""
        return "不能由用户名、姓名、地名、常用词、年份或键盘上连续的字符拼成，不能全是数字。"


class NotTheOld:
    """Another one than before: the password handed over is known to who handed it over."""

    def validate(self, password: str, user: Any = None) -> None:
        """Refuse the present one."""
        if getattr(user, "pk", None) and user.check_password(password):
            raise ValidationError("新密码不能与现在的密码相同", code="same")

    def get_help_text(self) -> str:
        """Say what is asked."""
        return "不能与现在的密码相同。"


def _remaining(password: str, user: Any) -> str:
    """Return what is left of a password without everything guessable."""
    own = [str(getattr(user, field, "") or "").lower() for field in ("username", "full_name", "phone")]
    own += [part for name in own for part in re.split(r"[\W_\d]+", name)]
    words = {*_WORDS, *_places(), *(word for word in own if len(word) >= _RUN)}
    rest = _without_runs(_YEAR.sub(" ", _without(password.lower(), words)))
    spelled = _without(rest.translate(_LOOK_ALIKE), words)
    rest = rest if spelled == rest.translate(_LOOK_ALIKE) else spelled
    return re.sub(r"(.)\1+", r"\1", re.sub(r"[\W_]+", "", rest))


def _without(text: str, words: set[str]) -> str:
    for word in sorted(words, key=len, reverse=True):
        text = text.replace(word, " ")
    return text


def _without_runs(text: str) -> str:
    """Take out pieces of keyboard rows and of the alphabet, in either direction."""
    for row in _ROWS:
        for line in (row, row[::-1]):
            for size in range(len(line), _RUN - 1, -1):
                for start in range(len(line) - size + 1):
                    text = text.replace(line[start : start + size], " ")
    return text


@cache
def _places() -> frozenset[str]:
    """Return the names by which the packs go: those of their provinces and cities."""
    parts = (part for pack in get_library().packs() for part in re.split(r"[^a-z]+", pack.id.lower()))
    return frozenset(part for part in parts if len(part) > _RUN)
