"""Serials in an order that looks random and never collides: a keyed bijection of 1..size onto itself.

Where a notice asks for a number «made at random» (S2-34), drawing at random and trying again on a collision makes
releasing numbers slower the fuller the year is, and two offices must ask each other. Here the locked counter goes on
counting 1, 2, 3 …, and each serial is carried to its place by `permute`: as many different serials come out as go in.

Why it is a bijection. The serials 0..size-1 are written as pairs (left, right) with left < rows and right < columns,
rows x columns >= size. One round adds to one half, modulo its own size, something that depends on the other half
alone: subtracting the same undoes it, so each round, and the rounds after one another, are bijections of the whole
rectangle, whatever the keyed function is. The rectangle is up to `rows` cells larger than the space; from a cell
outside the space the walk goes on until it comes back in («cycle walking»): walking along the cycles of a
permutation and leaving out the outsiders gives a permutation of the insiders.

Construction: generalised Feistel network with cycle walking (J. Black, P. Rogaway, «Ciphers with Arbitrary Finite
Domains», CT-RSA 2002, methods 2 and 3), alternating and in ten rounds as FF1 of NIST SP 800-38G. The round function
is keyed BLAKE2b (RFC 7693). It hides the order of release, it is no cipher for secrets: a space of a few
thousand serials can be learned by whoever sees most of them.
"""

from __future__ import annotations

from functools import lru_cache
from hashlib import blake2b
from math import isqrt

_ROUNDS = 10
_SHORTEST_KEY, _LONGEST_KEY = 16, 64  # bytes; the upper is BLAKE2b's


def permute(serial: int, size: int, key: bytes) -> int:
    """Return the place of a serial in 1..size; for one size and key, different serials get different places.

    A serial outside 1..size or a key that is not 16 to 64 bytes long is a ValueError.
    """
    shape = _shape(serial, size, key)
    place = serial - 1
    while True:
        place = _forwards(place, shape, key)
        if place < size:
            return place + 1


def invert(place: int, size: int, key: bytes) -> int:
    """Return the serial that `permute` carries to this place."""
    shape = _shape(place, size, key)
    serial = place - 1
    while True:
        serial = _backwards(serial, shape, key)
        if serial < size:
            return serial + 1


def _shape(serial: int, size: int, key: bytes) -> tuple[int, int]:
    """Return rows and columns of the smallest near-square rectangle that holds the space."""
    if not 1 <= serial <= size:
        raise ValueError(f"no serial of 1..{size}: {serial}")
    if not _SHORTEST_KEY <= len(key) <= _LONGEST_KEY:
        raise ValueError(f"a key has {_SHORTEST_KEY} to {_LONGEST_KEY} bytes, not {len(key)}")
    columns = isqrt(size - 1) + 1
    return -(-size // columns), columns


def _forwards(cell: int, shape: tuple[int, int], key: bytes) -> int:
    rows, columns = shape
    left, right = divmod(cell, columns)
    for number in range(0, _ROUNDS, 2):
        left = (left + _mix(key, shape, number, right)) % rows
        right = (right + _mix(key, shape, number + 1, left)) % columns
    return left * columns + right


def _backwards(cell: int, shape: tuple[int, int], key: bytes) -> int:
    rows, columns = shape
    left, right = divmod(cell, columns)
    for number in range(_ROUNDS - 2, -1, -2):
        right = (right - _mix(key, shape, number + 1, left)) % columns
        left = (left - _mix(key, shape, number, right)) % rows
    return left * columns + right


@lru_cache(maxsize=65536)
def _mix(key: bytes, shape: tuple[int, int], number: int, half: int) -> int:
    """Return the keyed function of one half in one round; halves repeat, a block of serials asks for few of them."""
    payload = b"%d,%d,%d,%d" % (*shape, number, half)
    return int.from_bytes(blake2b(payload, digest_size=16, key=key, person=b"xueji.permute").digest(), "big")
