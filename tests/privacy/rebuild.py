"""Putting ID numbers together from scraps: what somebody with a pencil would try, done to the end.

Scraps are looked for near a name: in the row of a table that holds it, or on a page whose heading it is. The region is
guessed from the schools at hand. Sex is known to whoever sees a list: it is half of the serial's last digit.
"""

from __future__ import annotations

import html
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from statistics import median

from xueji.core.identifiers import check_character

_FULL = re.compile(r"(?<![0-9])([1-9][0-9]{5})((?:19|20)[0-9]{6})([0-9]{3}[0-9X])(?![0-9A-Z])")
_TAIL = re.compile(r"(?:尾号 ?|\*{2,})([0-9]{3}[0-9X])(?![0-9])")
_DATE = re.compile(r"(?<![0-9])((?:19|20)[0-9]{2})[-./年]([0-9]{1,2})[-./月]([0-9]{1,2})(?![0-9])")
_COMPACT = re.compile(r"(?<![0-9])((?:19|20)[0-9]{2})([0-9]{2})([0-9]{2})(?![0-9])")
_WORD = re.compile(r"[\u3400-\u9fff·]+")
_ROW = re.compile(r"<tr\b.*?</tr>|<li\b.*?</li>", re.DOTALL)
_HEADING = re.compile(r"<(?:h1|title)\b.*?</(?:h1|title)>", re.DOTALL)
_TAG = re.compile(r"<[^>]*>")
BORN_FROM, BORN_TO = date(2000, 1, 1), date(2009, 12, 31)  # graduates of the years at hand are born between these


@dataclass
class Scraps:
    """What was found near one name."""

    tails: set[str] = field(default_factory=set)
    births: set[date] = field(default_factory=set)
    numbers: set[str] = field(default_factory=set)
    was_seen: bool = False

    def add(self, text: str) -> None:
        """Take every scrap of a piece of text."""
        self.tails.update(_TAIL.findall(text))
        for found in _FULL.finditer(text):
            self.numbers.add(found[0])
        for year, month, day in [*_DATE.findall(text), *_COMPACT.findall(text)]:
            try:
                born = date(int(year), int(month), int(day))
            except ValueError:
                continue
            if BORN_FROM <= born <= BORN_TO:
                self.births.add(born)


@dataclass(frozen=True)
class Truth:
    """One person as they are."""

    name: str
    sex: str
    number: str


def scraps_of(pages: Iterable[str], names: Collection[str]) -> dict[str, Scraps]:
    """Return what the pages give away near each name."""
    found = {name: Scraps() for name in names}
    lengths = {len(name) for name in names}
    odd = [name for name in names if not _WORD.fullmatch(name)]
    for page in pages:
        for piece in pieces_of(page):
            words = html.unescape(_TAG.sub(" ", piece))
            for name in {*_named_in(words, found, lengths), *(name for name in odd if name in words)}:
                found[name].add(words)
                found[name].was_seen = True
    return found


def _named_in(words: str, names: Mapping[str, Scraps], lengths: Collection[int]) -> Iterator[str]:
    """Yield the names that stand in a text, the longest where several begin: «王芳» is not seen in «王芳华»."""
    longest = sorted(lengths, reverse=True)
    for run in _WORD.findall(words):
        start = 0
        while start < len(run):
            piece = next((part for n in longest if (part := run[start : start + n]) in names), "")
            if piece:
                yield piece
            start += len(piece) or 1


def pieces_of(page: str) -> Iterator[str]:
    """Yield the rows of a page, and the whole page when its heading names somebody (every heading is looked at)."""
    yield from _ROW.findall(page)
    if "<html" not in page:
        yield from page.splitlines()
        return
    heading = " ".join(_HEADING.findall(page))
    without_rows = _ROW.sub(" ", page)
    yield heading + without_rows


def possible(scraps: Scraps, truth: Truth, regions: Collection[str]) -> set[str]:
    """Return every number that fits the scraps, the sex and one of the regions."""
    if scraps.numbers:
        return set(scraps.numbers)
    births = scraps.births or set(_days())
    parity = 1 if truth.sex == "男" else 0
    tails = scraps.tails or {f"{n:03d}" for n in range(1, 1000) if n % 2 == parity}
    found = set()
    for region in regions:
        for born in births:
            for tail in tails:
                first = f"{region}{born:%Y%m%d}{tail[:3]}"
                whole = first + check_character(first)
                if len(tail) == 3 or whole[-1] == tail[3]:
                    found.add(whole)
    return found


def left_of(pages: Iterable[str], people: Collection[Truth], regions: Mapping[str, Collection[str]]) -> dict[str, int]:
    """Return for each person how many numbers are left to choose from; 0 when the truth is not among them.

    `regions` are the guesses for each name. Without a scrap nothing is enumerated: everything is left.
    """
    return left_by(scraps_of(pages, {person.name for person in people}), people, regions)


def left_by(
    scraps: Mapping[str, Scraps], people: Collection[Truth], regions: Mapping[str, Collection[str]]
) -> dict[str, int]:
    """Return what `left_of` returns, of scraps that were found already."""
    left = {}
    for person in people:
        scrap = scraps[person.name]
        if not (scrap.tails or scrap.births or scrap.numbers):
            left[person.name] = 1_000_000
            continue
        fitting = possible(scrap, person, regions[person.name])
        left[person.name] = len(fitting) if person.number in fitting else 0
    return left


def figures(left: Mapping[str, int]) -> tuple[int, int]:
    """Return how many numbers were rebuilt (one is left, and it is right), and the median of what is left."""
    return sum(count == 1 for count in left.values()), int(median(left.values()))


def _days() -> Iterator[date]:
    for n in range((BORN_TO - BORN_FROM).days + 1):
        yield BORN_FROM + timedelta(days=n)
