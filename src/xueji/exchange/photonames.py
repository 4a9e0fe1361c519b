"""Which number the name of a photograph stands for: the number alone, or one number among other things."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import PurePosixPath

from xueji.core.identifiers import normalise_resident_id, parse_resident_id
from xueji.core.texts import drop_unseen

PICTURES = (".jpg", ".jpeg")
_CAMERA = "(?!IMG|DSC|PIC|VID|MTX|MVI)"  # names that cameras give
_NUMBER = re.compile(rf"[0-9]{{17}}[0-9X]|[0-9]{{15}}|{_CAMERA}[A-Z]{{1,3}}[0-9]{{7,12}}")
# Permits of Taiwan are figures alone, passports figures and letters in any order.
_PERMIT = re.compile(rf"{_CAMERA}(?=(?:[A-Z]*[0-9]){{5}})[0-9A-Z]{{7,12}}")
_INSIDE = re.compile(r"(?<![0-9])([0-9]{17}[0-9X]|[0-9]{15})(?![0-9])")
_PERMIT_INSIDE = re.compile(rf"(?<![0-9A-Z]){_CAMERA}([A-Z]{{1,3}}[0-9]{{7,12}})(?![0-9A-Z])")
_FULL_WIDTH = {full: full - 0xFEE0 for full in range(0xFF01, 0xFF5F)}


@dataclass(frozen=True, slots=True)
class PhotoName:
    """A file name read: the number («» when there is none, or more than one), whether it stands alone, the ending."""

    number: str
    is_alone: bool
    stem: str
    suffix: str


def read_photo_name(name: str) -> PhotoName:
    """Read the name of a file: «610…», «张三610…», «610… (1)», «610… - 副本», «610….jpg»."""
    path = PurePosixPath(drop_unseen(name.replace("\\", "/")))
    stem, suffix = path.stem, path.suffix.lower()
    number = normalise_resident_id(stem)
    if _NUMBER.fullmatch(number) or _PERMIT.fullmatch(number):
        return PhotoName(number, True, stem, suffix)
    return PhotoName(_number_inside(stem), False, stem, suffix)


def _number_inside(stem: str) -> str:
    """Return the one number that stands in a name; an ordinal behind it («… (1)», «… 2») is none of its digits."""
    written = stem.translate(_FULL_WIDTH).upper()
    for text in (written, normalise_resident_id(stem)):
        numbers = {number for number in _INSIDE.findall(text) if parse_resident_id(number).birth_date}
        numbers = numbers or set(_PERMIT_INSIDE.findall(text))
        if numbers:
            return numbers.pop() if len(numbers) == 1 else ""
    return ""
