"""Whether two photographs show one picture: saved again, shrunk or lightened, but not another shot of the same person.

A signature is the picture at 15 × 20, less its mean brightness. Files of one picture differ by less than one grey level
in it, faces of different people before the same wall by five and more; nothing about a face can be read out of it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import groupby

import numpy as np
from PIL import Image

_WIDTH, _HEIGHT = 15, 20
_CELLS = _WIDTH * _HEIGHT
_SAME = 2.0  # grey levels, root of the mean square
_BLOCK_WIDTH, _BLOCK_HEIGHT = 3, 4  # cells averaged for a first look: never farther apart than the whole signatures
_AT_ONCE, _COMPARED_AT_ONCE = 512, 20_000
Array = np.ndarray[tuple[int, ...], np.dtype[np.float32]]
Places = np.ndarray[tuple[int, ...], np.dtype[np.int64]]


def small(image: Image.Image) -> Image.Image:
    """Return an RGB picture at twice the size of its signature: what signature and background are read from."""
    times = image.width // (2 * _WIDTH)
    if times and image.size == (2 * _WIDTH * times, 2 * _HEIGHT * times):
        return image.reduce(times)
    return image.resize((2 * _WIDTH, 2 * _HEIGHT), Image.Resampling.BOX)


def signature_of(image: Image.Image) -> bytes:
    """Return the signature of an RGB picture, whole or small."""
    return small(image).getchannel("G").reduce(2).tobytes()


def alike(signatures: Mapping[int, bytes]) -> Iterator[tuple[int, int]]:
    """Yield the pairs of keys whose pictures are one picture; each later key with the first it is like."""
    by_signature = sorted((signature, key) for key, signature in signatures.items() if signature)
    first: list[int] = []
    kinds: list[bytes] = []
    for signature, group in groupby(by_signature, key=lambda pair: pair[0]):
        keys = [key for _, key in group]
        first.append(keys[0])
        kinds.append(signature)
        yield from ((keys[0], other) for other in keys[1:])
    if len(kinds) > 1:
        yield from ((first[a], first[b]) for a, b in _near(kinds))


def _near(kinds: list[bytes]) -> Iterator[tuple[int, int]]:
    """Yield pairs of different signatures nearer than the limit: a coarse look at all, a fine one at what it leaves."""
    cells = np.frombuffer(b"".join(kinds), np.uint8).reshape(len(kinds), _CELLS).astype(np.float32)
    cells -= cells.mean(axis=1, keepdims=True)
    blocks = cells.reshape(-1, _HEIGHT // _BLOCK_HEIGHT, _BLOCK_HEIGHT, _WIDTH // _BLOCK_WIDTH, _BLOCK_WIDTH)
    coarse = blocks.mean(axis=(2, 4)).reshape(len(kinds), -1)
    is_paired = np.zeros(len(kinds), bool)  # once is enough: a thousand of one picture make no million pairs
    for start in range(0, len(kinds), _AT_ONCE):
        own_rows, others = _pairs_within(coarse, start)
        for first in range(0, len(own_rows), _COMPARED_AT_ONCE):
            left, right = own_rows[first : first + _COMPARED_AT_ONCE], others[first : first + _COMPARED_AT_ONCE]
            left, right = left[~is_paired[right]], right[~is_paired[right]]
            same = ((cells[left] - cells[right]) ** 2).mean(axis=1) < _SAME**2
            found, places = np.unique(right[same], return_index=True)
            is_paired[found] = True
            yield from zip(left[same][places].tolist(), found.tolist(), strict=True)


def _pairs_within(coarse: Array, start: int) -> tuple[Places, Places]:
    """Return the pairs of a block of rows with all later ones that a coarse look does not tell apart.

    One product gives the squares of all distances: (-2a, |a|², 1) · (b, 1, |b|²).
    """
    near, far = coarse[start : start + _AT_ONCE], coarse[start:]
    sizes = (far**2).sum(axis=1, keepdims=True)
    ones = np.ones_like(sizes)
    left = np.hstack([-2 * near, sizes[: len(near)], ones[: len(near)]])
    distances = left @ np.hstack([far, ones, sizes]).T
    places = np.flatnonzero(distances < _SAME**2 * coarse.shape[1])
    own_rows, others = places // len(far), places % len(far)
    later = others > own_rows
    return own_rows[later] + start, others[later] + start
