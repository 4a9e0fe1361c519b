"""The small task before an answer beyond a limit: numbers to be tried by the page's script, or a wait where none runs.

Nothing is stored: the task is a signed text that goes to the asker and comes back. It belongs to one question (number
and name) of one network, known to it by keyed hashes alone; whoever tries another name begins another task.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from math import ceil
from secrets import token_hex

from django.core import signing

from xueji.lookup import limits

_SALT = "xueji.lookup.task"
_LONGEST_TOKEN, _LONGEST_ANSWER = 400, 20


@dataclass(frozen=True, slots=True)
class LookupQuestion:
    """Who asks what, as keyed hashes: the network, the number, the name."""

    origin: bytes
    target: bytes
    name: bytes

    @property
    def mark(self) -> str:
        """One text for all three."""
        return hashlib.sha256(self.origin + self.target + self.name).hexdigest()[:32]


@dataclass(frozen=True, slots=True)
class Task:
    """A task as the page shows it: find a number whose hash behind `challenge` begins with `bits` zeros, or wait."""

    token: str
    bits: int
    given_at: datetime

    @property
    def challenge(self) -> str:
        """What the number is put behind; short, so that a trial is one block of the hash."""
        return hashlib.sha256(self.token.encode()).hexdigest()[:32]

    def seconds_left(self, at: datetime) -> int:
        """Return how long who does not compute has still to wait."""
        due = self.given_at + timedelta(seconds=limits.wait_for(self.bits))
        return max(0, ceil((due - at).total_seconds()))

    def seconds_to_show(self, at: datetime) -> int:
        """Return what a page asks for: the rest of the wait, or a moment more where somebody else came first."""
        return self.seconds_left(at) or int(limits.WAIT_APART.total_seconds())

    def is_solved_by(self, answer: str) -> bool:
        """Whether a number was found."""
        if not (answer.isascii() and answer.isdigit() and len(answer) <= _LONGEST_ANSWER):
            return False
        found = hashlib.sha256(f"{self.challenge}:{answer}".encode()).digest()
        return int.from_bytes(found, "big") >> (256 - self.bits) == 0


def give_task(question: LookupQuestion, bits: int, at: datetime) -> Task:
    """Return a new task for a question."""
    given = int(at.timestamp())
    token = signing.dumps([question.mark, bits, given, token_hex(8)], salt=_SALT)
    return Task(token, bits, datetime.fromtimestamp(given, UTC))


def read_task(token: str, question: LookupQuestion, at: datetime) -> Task | None:
    """Return the task that came back; None for one that is not ours, of another question, or too old."""
    if not token or len(token) > _LONGEST_TOKEN:
        return None
    try:
        mark, bits, given, _ = signing.loads(token, salt=_SALT)
    except (signing.BadSignature, ValueError):
        return None
    given_at = datetime.fromtimestamp(given, UTC)
    is_fresh = timedelta(seconds=-60) <= at - given_at <= limits.TASK_LASTS
    return Task(token, bits, given_at) if mark == question.mark and is_fresh else None
