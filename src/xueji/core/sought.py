"""What somebody typed to find a person, a paper or a place: read once, as it may be meant."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from xueji.core.identifiers import normalise_resident_id
from xueji.core.names import normalise_name
from xueji.core.texts import drop_unseen, trim

LONGEST = 100
SHORTEST = 2  # characters of a name by which a whole area is asked: one alone begins thousands of them
_TAIL = re.compile(r"[0-9]{3}[0-9X]")
_STUDENT_NUMBER = re.compile(r"[GJL][0-9]{17}[0-9X]")
_NUMBER = re.compile(r"[A-Z]{0,3}[0-9]{7,18}[0-9X]?")
# A passport, a permit or a card of any office, alone or after words: seven characters or more, five of them digits. It may
# as well be a serial or the number of a certificate: what cannot be told apart is not repeated.
_CLOSED = re.compile(r"(?=(?:[A-Z]*[0-9]){5})[A-Z0-9]{7}")
_PADDING = re.compile(r"(?<=[^\x00-\x7f])\s+(?=[^\x00-\x7f])")


class SoughtKind(StrEnum):
    """What the words look like; a number may be that of a document, of a certificate or of a blank."""

    TAIL = "tail"
    STUDENT_NUMBER = "student_number"
    NUMBER = "number"
    WORDS = "words"


@dataclass(frozen=True, slots=True)
class Sought:
    """The words as they were typed, as a number is written, and as a name is kept."""

    words: str
    number: str  # half-width, without blanks, letters in upper case
    name: str
    kind: SoughtKind

    @property
    def is_short(self) -> bool:
        """Whether too little was typed to be asked of a whole area."""
        return len(self.name) < SHORTEST

    @property
    def is_closed(self) -> bool:
        """Whether the words are somebody's whole ID number, or hold what may be one: no page repeats it."""
        return bool(_CLOSED.search(self.number))


def read_sought(typed: str) -> Sought:
    """Read what was typed: full-width digits, blanks, a small x, unseen marks and radicals mean what they mean elsewhere."""
    words = trim(drop_unseen(typed))[:LONGEST]
    number = normalise_resident_id(words)
    name = _PADDING.sub("", normalise_name(words))
    shapes = ((SoughtKind.TAIL, _TAIL), (SoughtKind.STUDENT_NUMBER, _STUDENT_NUMBER), (SoughtKind.NUMBER, _NUMBER))
    kind = next((kind for kind, shape in shapes if shape.fullmatch(number)), SoughtKind.WORDS)
    return Sought(words, number, name, kind)
