"""How often the public may ask before a question costs something. Nobody is ever shut out: asking gets slower, never closed.

A limit that refuses is a weapon: five wrong names typed by a stranger once closed a diploma for its own holder. So what
is beyond a limit is answered after a small task, and what strangers elsewhere did makes the holder's task small.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

PER_ADDRESS = 20  # answers to one network within ADDRESS_SPAN; a school's whole office sits behind one address
ADDRESS_SPAN = timedelta(minutes=10)
WRONG_PER_NETWORK = 5  # wrong names for one number from one network within TARGET_SPAN
WRONG_PER_TARGET = 20  # wrong names for one number from everywhere
TARGET_SPAN = timedelta(days=1)
PER_MINUTE = 2_000  # answers to everybody together within GLOBAL_SPAN
GLOBAL_SPAN = timedelta(minutes=1)

LEAST_BITS = 16  # some 65,000 hashes: well under a second on a telephone
# How far a task may grow: by what the asker's own network did, and by what others did, which is not the asker's fault.
MOST_BITS_BY_OWN, MOST_BITS_BY_OTHERS = 22, 17
WAIT_SECONDS, MOST_WAIT_SECONDS = 15, 120  # instead of the task, where no script runs
WAIT_APART = timedelta(seconds=10)  # one network gets an answer by waiting this often
TASK_LASTS = timedelta(minutes=15)
COUNTED_UP_TO = 1 << 7  # so many times a limit is counted exactly; beyond, a task no longer grows


@dataclass(frozen=True, slots=True)
class Asked:
    """What was answered before: to this network, wrongly at this number (from it, from everywhere), to everybody."""

    by_address: int
    wrong_from_network: int
    wrong_at_target: int
    together: int


def bits_for(asked: Asked) -> int:
    """Return how hard the task before the next answer is, in leading zero bits; 0 for none."""
    bits = max(_grown(asked.by_address, PER_ADDRESS), _grown(asked.wrong_from_network, WRONG_PER_NETWORK))
    others = max(_grown(asked.wrong_at_target, WRONG_PER_TARGET), _grown(asked.together, PER_MINUTE))
    return max(min(bits, MOST_BITS_BY_OWN), min(others, MOST_BITS_BY_OTHERS))


def _grown(count: int, limit: int) -> int:
    """Return the least task at a limit, one bit more at each doubling of it, nothing below."""
    return LEAST_BITS + (count // limit).bit_length() - 1 if count >= limit else 0


def wait_for(bits: int) -> int:
    """Return the seconds to wait instead of a task of so many bits."""
    return min(WAIT_SECONDS * (1 + bits - LEAST_BITS), MOST_WAIT_SECONDS)
