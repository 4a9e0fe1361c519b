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
_COARSE = 5  # cells that are averaged for a first look, each way: never farther apart than the whole signatures
_AT_ONCE = 512
Array = np.ndarray[tuple[int, ...], np.dtype[np.float32]]


def signature_of(image: Image.Image) -> bytes:
    """Return the signature of an RGB picture."""
    green = image.getchannel("G")
    if green.width == _WIDTH * 10 and green.height == _HEIGHT * 10:
        return green.reduce(10).tobytes()
    return green.resize((_WIDTH, _HEIGHT), Image.Resampling.BOX).tobytes()


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
    coarse = cells.reshape(-1, _HEIGHT // _COARSE, _COARSE, _WIDTH // _COARSE, _COARSE).mean(axis=(2, 4))
    coarse = coarse.reshape(len(kinds), -1)
    for start in range(0, len(kinds), _AT_ONCE):
        rows = slice(start, start + _AT_ONCE)
        near = _distances(coarse[rows], coarse[start:]) < _SAME**2
        own, others = np.nonzero(near)
        later = others > own
        own, others = own[later], others[later]
        if not len(own):
            continue
        left, right = np.unique(own), np.unique(others)
        fine = _distances(cells[rows][left], cells[start:][right]) < _SAME**2
        for a, b in zip(*np.nonzero(fine), strict=True):
            if right[b] > left[a]:
                yield start + int(left[a]), start + int(right[b])


def _distances(left: Array, right: Array) -> Array:
    """Return the mean square differences of each of the left to each of the right."""
    sums = (left**2).sum(axis=1)[:, None] + (right**2).sum(axis=1)[None, :]
    distances: Array = (sums - 2 * (left @ right.T)) / left.shape[1]
    return distances
