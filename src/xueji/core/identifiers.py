"""Identity numbers: the resident ID of GB 11643 and its relatives, read with what is wrong or doubtful about them.

A reader never refuses by raising: it returns the number with a `problem` (it cannot be right) and `doubts`
(it may be right; a person looks). The region is only a doubt: numbers with codes that stand in no yearly list exist.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import lru_cache

_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECK_CHARACTERS = "10X98765432"
_EARLIEST_BIRTH = date(1900, 1, 1)
_RESIDENCE_PERMIT_PREFIXES = ("810000", "820000", "830000")
_EIGHTEEN = re.compile(r"[0-9]{17}[0-9X]")
_FIFTEEN = re.compile(r"[0-9]{15}")
_OLD_FOREIGN = re.compile(r"[A-Z]{3}[0-9]{12}")
_TEMPORARY = re.compile(r"999[0-9]{15}")
_REGISTER_NUMBER = re.compile(r"[GJL][0-9]{17}[0-9X]")
_NUMBER_INSIDE = re.compile(r"[0-9]{17}[0-9XxＸｘ]|[0-9]{15,18}")
NUMBER_WORDS = "（证件号）"  # what stands in the place of a number in any text that is kept or shown
_FULL_WIDTH = {full: full - 0xFEE0 for full in range(0xFF01, 0xFF5F)}


class IdKind(StrEnum):
    """Which card a number belongs to, told from the number alone."""

    RESIDENT = "resident"
    OLD_RESIDENT = "old_resident"  # fifteen digits, before 1999
    RESIDENCE_PERMIT = "residence_permit"  # Hong Kong, Macao, Taiwan
    FOREIGN_RESIDENT = "foreign_resident"  # eighteen digits that begin with 9, since 2023-12-01
    OLD_FOREIGN_RESIDENT = "old_foreign_resident"  # three letters and twelve digits
    TEMPORARY = "temporary"  # no card: what systems of registers give to who has none
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class ResidentId:
    """A number read: what it says about its holder, why it cannot be right, and what is doubtful about it."""

    number: str
    kind: IdKind
    division: str | None = None
    birth_date: date | None = None
    sex: str | None = None
    problem: str | None = None
    doubts: tuple[str, ...] = ()

    @property
    def is_valid(self) -> bool:
        """Whether nothing proves the number wrong."""
        return self.problem is None


def normalise_resident_id(text: str) -> str:
    """Return the number as cards print it: half-width, no spaces or leading apostrophe, letters in upper case."""
    if text.isascii() and text.isalnum():  # most are written so already
        return text.upper()
    return "".join(text.translate(_FULL_WIDTH).split()).lstrip("'").upper()


def tail_of(number: str) -> str:
    """Return the last four characters of a number, by which people in an office tell cards apart; of a short one two.

    Region and birth date are the rest: where a tail is shown, no birth date may be (`docs/privacy.md`).
    """
    if len(number) >= 10:
        return number[-4:]
    return number[-2:] if len(number) >= 6 else ""


def check_character(first_seventeen: str) -> str:
    """Return the 18th character of GB 11643-1999 (ISO 7064 MOD 11-2)."""
    total = sum(int(digit) * weight for digit, weight in zip(first_seventeen, _WEIGHTS, strict=True))
    return _CHECK_CHARACTERS[total % 11]


def upgrade_resident_id(fifteen: str) -> str:
    """Return the eighteen-digit form of an old number: the century 19 is put in, the check character added."""
    if not _FIFTEEN.fullmatch(fifteen):
        raise ValueError(f"not fifteen digits: {fifteen!r}")
    seventeen = f"{fifteen[:6]}19{fifteen[6:]}"
    return seventeen + check_character(seventeen)


def eighteen_digits(number: str) -> str:
    """Return a normalised number in the one form two cards of a person share: an old one of fifteen digits in eighteen."""
    return upgrade_resident_id(number) if len(number) == 15 and _FIFTEEN.fullmatch(number) else number


@lru_cache(maxsize=65536)
def _read(number: str, on: date | None) -> ResidentId:
    """Read a number by its shape; kept for the rules that each look at the same one."""
    if _TEMPORARY.fullmatch(number):
        problem = "身份证号是 999 开头的临时编号（无证件号的学生由系统编的），不是身份证号"
        return ResidentId(number, IdKind.TEMPORARY, problem=problem)
    if _REGISTER_NUMBER.fullmatch(number):
        problem = f"身份证号栏填的是学籍号（{number[0]} 加 18 位，共 19 位），不是身份证号"
        return ResidentId(number, IdKind.TEMPORARY, problem=problem)
    if _EIGHTEEN.fullmatch(number):
        return _read_eighteen(number, on)
    if _FIFTEEN.fullmatch(number):
        old = _read_eighteen(upgrade_resident_id(number), on)
        return ResidentId(number, IdKind.OLD_RESIDENT, old.division, old.birth_date, old.sex, old.problem, old.doubts)
    if _OLD_FOREIGN.fullmatch(number):
        return ResidentId(number, IdKind.OLD_FOREIGN_RESIDENT)
    return ResidentId(number, IdKind.UNKNOWN, problem=_shape_problem(number))


def parse_resident_id(text: str, *, on: date | None = None, divisions: Collection[str] | None = None) -> ResidentId:
    """Read a normalised number; `on` is the day after which nobody was born yet, `divisions` the known region codes."""
    read = _read(text, on)
    if divisions is None or read.division is None or read.kind not in (IdKind.RESIDENT, IdKind.OLD_RESIDENT):
        return read
    if read.division in divisions:
        return read
    doubt = "身份证号前六位不在行政区划代码表中"
    return ResidentId(
        read.number, read.kind, read.division, read.birth_date, read.sex, read.problem, (*read.doubts, doubt)
    )


def _read_eighteen(number: str, on: date | None) -> ResidentId:
    kind = _kind_of_eighteen(number)
    division, born, sex = number[:6], _birth_date(number[6:14]), "男" if int(number[16]) % 2 else "女"
    doubts: tuple[str, ...] = ()
    problem = None
    expected = check_character(number[:17])
    if number[17] != expected:
        problem = "身份证号校验码不对：末位与前 17 位不符"
    elif born is None and kind is IdKind.FOREIGN_RESIDENT:
        doubts = ("永久居留身份证号中的出生日期（第 7 至 14 位）读不出",)
    elif born is None:
        problem = "身份证号中的出生日期（第 7 至 14 位）不存在"
    elif born < _EARLIEST_BIRTH:
        problem = "身份证号中的出生日期（第 7 至 14 位）早于 1900 年"
    elif on is not None and born > on:
        problem = "身份证号中的出生日期（第 7 至 14 位）在将来"
    return ResidentId(number, kind, division, born, sex, problem, doubts)


def _kind_of_eighteen(number: str) -> IdKind:
    if number.startswith("9"):
        return IdKind.FOREIGN_RESIDENT
    return IdKind.RESIDENCE_PERMIT if number.startswith(_RESIDENCE_PERMIT_PREFIXES) else IdKind.RESIDENT


def _birth_date(digits: str) -> date | None:
    try:
        return date(int(digits[:4]), int(digits[4:6]), int(digits[6:]))
    except ValueError:
        return None


def _shape_problem(number: str) -> str:
    for position, character in enumerate(number, start=1):
        if not (character.isascii() and character.isalnum()):
            return f"身份证号第 {position} 个字符「{character}」（U+{ord(character):04X}）不是数字"
    if number[:-1].isdigit() and number.endswith("x"):
        return "身份证号末位的字母应为大写 X"
    if len(number) not in (15, 18):
        return f"身份证号应为 18 位，现为 {len(number)} 位"
    return "身份证号应为 17 位数字加 1 位校验码（数字或 X）"


_DOCUMENT_SHAPES: dict[str, tuple[re.Pattern[str], str]] = {
    "home_return_permit": (re.compile(r"[HM][0-9]{8}([0-9]{2})?"), "H 或 M 加 8 位（或 10 位）数字"),
    "taiwan_permit": (re.compile(r"[0-9]{8}([0-9]{2})?"), "8 位（或 10 位）数字"),
    "residence_card": (
        re.compile(r"[A-Z]{3}[0-9]{12}"),
        "3 位字母加 12 位数字（旧式），或以 9 开头的 18 位号码（新式）",
    ),
    "passport": (re.compile(r"[A-Z0-9]{5,20}"), "5 至 20 位字母和数字"),
    "other": (re.compile(r"[0-9A-Z（）()〔〕字第号\u4e00-\u9fff-]{1,40}"), "1 至 40 个字"),
}


# «无», «不详», «000»: what is written where there is no number. Every document has one, with a digit that is not nought.
_SOME_NUMBER = re.compile(r"(?=(?:.*[0-9A-Z]){3}).*[1-9]")


def document_number_problem(shape: str, number: str) -> str | None:
    """Return why a number does not fit a document other than the ID card, or None.

    `shape` is home_return_permit, taiwan_permit, residence_card, passport or other; which document type has which shape is a
    table of the pack. A ValueError means that the shape is unknown here.
    """
    if shape not in _DOCUMENT_SHAPES:
        raise ValueError(f"no such document shape: {shape}")
    if is_card_like(shape, number):
        return parse_resident_id(number).problem or None
    pattern, words = _DOCUMENT_SHAPES[shape]
    if not pattern.fullmatch(number):
        return f"证件号码的形式不对，应为{words}"
    if not _SOME_NUMBER.search(number):
        return "填的不是证件号码：号码里应有至少三位数字或字母，且不全是 0"
    return None


def is_card_like(shape: str | None, number: str) -> bool:
    """Whether a number is made and checked as that of the ID card: that of its kin, and of the newer residence card."""
    return shape == "resident" or (shape == "residence_card" and len(number) == 18)


def mask_numbers(text: str) -> str:
    """Return a text with a word in the place of every identity number: part of one is already too much beside others."""
    return _NUMBER_INSIDE.sub(NUMBER_WORDS, text)


def document_shapes() -> frozenset[str]:
    """Return the shapes that `document_number_problem` knows, besides «resident» for the ID card."""
    return frozenset(_DOCUMENT_SHAPES)
