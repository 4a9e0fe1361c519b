"""The corpus of bad and odd files: for each how it is made, what the clerk must be told, and whether it is refused whole."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

Maker = Callable[[Path], Path]


@dataclass(frozen=True)
class Odd:
    """One file: `says` must stand in the refusal or in a finding; `rule` names the finding; `file` is its name."""

    name: str
    make: Maker
    says: str
    file: str = "名册.xlsx"
    rule: str = ""
    row: int | None = None
    column: str | None = None


WORKBOOKS: list[Odd] = []
ARCHIVES: list[Odd] = []
PHOTOS: list[Odd] = []
TOLERATED: list[Odd] = []
TOLERATED_PHOTOS: list[Odd] = []


def _adder(into: list[Odd]) -> Callable[..., Callable[[Maker], Maker]]:
    def named(name: str, says: str, **more: object) -> Callable[[Maker], Maker]:
        def add(make: Maker) -> Maker:
            into.append(Odd(name, make, says, **more))
            return make

        return add

    return named


workbook = _adder(WORKBOOKS)
archive = _adder(ARCHIVES)
photo = _adder(PHOTOS)
tolerated = _adder(TOLERATED)
tolerated_photo = _adder(TOLERATED_PHOTOS)
