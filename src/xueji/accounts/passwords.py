"""Which passwords are refused: short ones, common ones, ones put together from what everybody here knows."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Any

from django.contrib.auth.password_validation import CommonPasswordValidator
from django.core.exceptions import ValidationError

from xueji.accounts.guessable import GAP, by_kind, pieces_of, runs_begun, ways_to_read
from xueji.policy import get_library

_SHORTEST = 10
_OWN, _DIFFERENT = 8, 5  # what must remain once everything guessable is taken out: pieces, different ones
_WORDS = (
    "password", "passwd", "welcome", "letmein", "admin", "administrator", "root", "login", "user", "demo", "test",
    "xueji", "xuexiao", "xuesheng", "laoshi", "biye", "biyezheng", "zhengshu", "yanyin", "jiaoyu", "jiaoyuju", "jiaoyuting",
    "zhiye", "zhongzhi", "zhongzhuan", "school", "leader", "county", "city", "province", "sealer", "supervisor", "auditor",
    "clerk", "teacher", "student", "nihao", "woaini", "zhongguo", "china", "abc", "iloveyou", "changeme", "helloworld",
    "教育局", "教育厅", "教育", "学校", "学籍", "职业", "中等", "技工", "毕业证书", "毕业", "证书", "验印", "密码", "老师", "学生", "校长",
    "管理员", "中国", "我爱你", "你好",
)  # fmt: skip
_WORD = 6  # letters of a word on a list of stolen passwords that is looked for inside a password
_NAME = 3  # letters of a name of one's own that is looked for
_READ = 72  # characters: what follows cannot mend what so many are made of
_LOOK_ALIKE = dict(zip("@4301!$57", "aaeoiisst", strict=True))
_SPELLED = str.maketrans(_LOOK_ALIKE)
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
    """Not put together from user name, place, product, years, keyboard rows, pinyin and everyday words."""

    def validate(self, password: str, user: Any = None) -> None:
        """Refuse one in which too little remains once what everybody knows is taken out and a syllable counts once."""
        if password.isdigit():
            raise ValidationError("密码不能全是数字", code="digits")
        if any(len(pieces) < _OWN or len(set(pieces)) < _DIFFERENT for pieces in _remaining(password, user)):
            raise ValidationError(
                "密码中的用户名、姓名、地名、年份和重复的部分不算在内；一个拼音音节、一个常用词、一段人人会背的话、键盘上连续的几个键、"
                f"两位数字各只算一位，其余至少要有 {_OWN} 位。建议用几个互不相关的少见的词，或 12 位以上随机的字符", code="guessable",
            )  # fmt: skip

    def get_help_text(self) -> str:
        """Say what is asked."""
        return "不能由用户名、姓名、地名（含拼音）、常用词、诗句和口号、年份或键盘上连续的字符拼成，不能全是数字。"


class NotTheOld:
    """Another one than before: the password handed over is known to who handed it over."""

    def validate(self, password: str, user: Any = None) -> None:
        """Refuse the present one."""
        if getattr(user, "pk", None) and user.check_password(password):
            raise ValidationError("新密码不能与现在的密码相同", code="same")

    def get_help_text(self) -> str:
        """Say what is asked."""
        return "不能与现在的密码相同。"


def _remaining(password: str, user: Any) -> Iterator[Sequence[str]]:
    """Yield what is left of a password without everything guessable, for each way in which it can be read.

    As it stands; its letters, digits and marks each for itself; with @ for a and 0 for o, where every kind of such a
    change is one more piece: who guesses tries them one by one.
    """
    personal_words = [str(getattr(user, field, "") or "").lower() for field in ("username", "full_name", "phone")]
    personal_words += [part for name in personal_words for part in re.split(r"[\W_\d]+", name)]
    words = {*_WORDS, *_places(), *(word for word in personal_words if len(word) >= _NAME)}
    for text in ways_to_read(password.lower()[:_READ]):
        yield by_kind(text)
        rest = runs_begun(_YEAR.sub(GAP, _without(text, words)))
        yield _pieces(rest)
        changed = "".join(sorted(set(rest) & _LOOK_ALIKE.keys()))
        yield [*_pieces(_without(rest.translate(_SPELLED), words)), *changed]


def _pieces(text: str) -> list[str]:
    return pieces_of(text, known=_divisions(), common=_stolen())


def _without(text: str, words: set[str]) -> str:
    for word in sorted(words, key=len, reverse=True):
        text = text.replace(word, GAP)
    return text


@cache
def _places() -> frozenset[str]:
    """Return the names by which the packs go: those of their provinces and cities."""
    parts = (part for pack in get_library().packs() for part in re.split(r"[^a-z]+", pack.id.lower()))
    return frozenset(part for part in parts if len(part) > _NAME)


@cache
def _divisions() -> frozenset[str]:
    """Return the names of counties, cities and provinces of the packs' tables of codes, in full and as they are called."""
    tables = (item.value for pack in get_library().packs() for item in pack.items if item.key == "divisions")
    names = {name for table in tables if isinstance(table, Mapping) for name in table.values()}
    return frozenset(names | {name[:-1] for name in names if len(name) > 2 and name[-1] in "省市县区旗"})


@cache
def _stolen() -> frozenset[str]:
    """Return the words on Django's list of stolen passwords."""
    return frozenset(word for word in CommonPasswordValidator().passwords if len(word) >= _WORD and word.isalpha())
