"""Drawing lots that neither side can choose and anybody can repeat: the spot check of handbooks (S4-02).

The authority publishes the SHA-256 of a secret before lists are filed; the school files its list; then the secret is
told. The seed depends on both, so the authority cannot shape the secret to a list it has not seen, and the school
cannot shape its list to a secret it does not know. `METHOD` says so in words, for the form to print.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_UP, Decimal
from types import MappingProxyType

from xueji.core.errors import BadInput

ROUNDINGS = MappingProxyType({"up": ROUND_CEILING, "half_up": ROUND_HALF_UP, "down": ROUND_FLOOR})

METHOD = (
    "抽取办法：（1）名单报送之前，核验机关公布暗码的 SHA-256 值（承诺值）；"
    "（2）学校报送名单，名单每名一行（UTF-8 编码，每行以换行符结束），整个名单的 SHA-256 值为名单值；"
    "（3）核验机关公开暗码，任何人可以核对暗码的 SHA-256 值与承诺值相同；"
    "（4）「暗码、换行、名单值、换行、事由」的 SHA-256 值为种子；"
    "（5）对名单上的每一行，计算「种子、换行、该行」的 SHA-256 值，由小到大排列，取前若干名。"
    "SHA-256 值均写成小写十六进制。用任何计算机上的 sha256sum 都可以重算，"
    "例如：printf '%s\\n%s' 种子 该行 | sha256sum。"
)


def sample_size(population: int, percent: Decimal | int | str, rounding: str) -> int:
    """Return how many are drawn; `rounding` (up, half_up, down) is the pack's reading of the notice.

    BadInput names the roundings there are; a negative population or a percentage outside 0..100 is a ValueError.
    """
    if rounding not in ROUNDINGS:
        raise BadInput(f"没有这种取整办法：{rounding}；可用：{'、'.join(ROUNDINGS)}")
    share = Decimal(percent)
    if population < 0 or not 0 <= share <= 100:
        raise ValueError(f"no share: {share} % of {population}")
    return int((share * population / 100).to_integral_value(ROUNDINGS[rounding]))


def commitment_of(secret: str) -> str:
    """Return what is published before lists are filed: the SHA-256 of the secret, in lower-case hexadecimal."""
    return _sha256(secret)


def list_hash_of(items: Sequence[str]) -> str:
    """Return the SHA-256 of the list as a text file, one item a line."""
    return _sha256("".join(f"{item}\n" for item in _lines(items)))


def seed_of(commitment_secret: str, list_hash: str, context: str) -> str:
    """Return the seed of a draw; `context` (school and season) keeps two draws from one secret apart."""
    return _sha256("\n".join(_lines([commitment_secret, list_hash, context])))


def draw(items: Sequence[str], count: int, seed: str) -> tuple[str, ...]:
    """Return the `count` items that are drawn, in the order of drawing; the order of the list does not matter.

    An item that stands in the list twice, or asking for more than there are, is a ValueError.
    """
    if not 0 <= count <= len(items):
        raise ValueError(f"{count} of {len(items)} cannot be drawn")
    if len(set(items)) != len(items):
        raise ValueError("an item stands in the list twice")
    return tuple(sorted(_lines(items), key=lambda item: _sha256(f"{seed}\n{item}"))[:count])


def _lines(items: Sequence[str]) -> Sequence[str]:
    """Refuse items that are not one line: joined by line breaks they could stand for another list."""
    if any("\n" in item or "\r" in item for item in items):
        raise ValueError("an item holds a line break")
    return items


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
