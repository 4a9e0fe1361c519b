"""Drawn portraits: 150 wide × 200 high, before blue, within the bytes a diploma photograph may have; nobody's picture.

A face is a choice of parts and colours, pasted one over another through masks painted beforehand: about a
millisecond each. The same seed and index give the same bytes on the same Pillow.
"""

from __future__ import annotations

import io
import random
from functools import lru_cache

import numpy as np
from PIL import Image, ImageChops

from xueji.demo.face_parts import HEIGHT, WIDTH, Parts, parts

Colour = tuple[int, int, int]
LEAST_BYTES, MOST_BYTES = 5_000, 20_480
_BACKGROUND: Colour = (67, 142, 219)
_SKINS: tuple[Colour, ...] = ((250, 218, 190), (243, 205, 172), (236, 194, 158), (228, 182, 144), (248, 212, 186), (219, 170, 132))  # fmt: skip
_HAIRS: tuple[Colour, ...] = ((24, 20, 20), (34, 27, 25), (46, 34, 29), (20, 20, 26), (58, 42, 34))
_CLOTHES: tuple[Colour, ...] = ((238, 241, 245), (38, 56, 98), (52, 54, 62), (178, 40, 48), (42, 98, 150), (96, 120, 90), (226, 214, 196), (92, 70, 110), (30, 96, 92))  # fmt: skip
_TIES: tuple[Colour, ...] = ((150, 32, 42), (34, 50, 96), (40, 40, 44), (24, 104, 84))
_FRAMES: tuple[Colour, ...] = ((30, 30, 34), (92, 62, 44), (120, 124, 130))
_IRISES: tuple[Colour, ...] = ((44, 28, 20), (32, 22, 20), (62, 40, 26))
_LIPS: tuple[Colour, ...] = ((206, 92, 92), (196, 84, 90), (214, 108, 100))
_JACKET, _TRACKSUIT = 1, 2  # kinds of clothes, as face_parts orders the collars
_WHITE: Colour = (247, 249, 251)
_GRAIN_TILES = 6


def portrait(seed: int, index: int, sex: str) -> bytes:
    """Return the JPEG of face `index`; `sex` is 男 or 女."""
    return encode(paint_face(random.Random(f"face:{seed}:{index}:{sex}"), sex))


def encode(image: Image.Image) -> bytes:
    """Return the picture as JPEG within the bytes of the profile."""
    for quality in (86, 92, 96, 78):
        out = io.BytesIO()
        image.save(out, "JPEG", quality=quality, subsampling=0)
        if LEAST_BYTES + 200 <= out.tell() <= MOST_BYTES:
            return out.getvalue()
    raise ValueError("a drawn face never leaves the bounds at every quality")


def paint_face(chance: random.Random, sex: str) -> Image.Image:
    """Return a drawn face of parts and colours by chance."""
    have = parts()
    canvas = _backdrop().copy()
    skin, hair = chance.choice(_SKINS), chance.choice(_HAIRS)
    style = chance.choice([style for style in have.hairs if style.sex == sex])
    at = (chance.randint(-2, 2), chance.randint(-2, 3))
    if style.back:
        style.back.paint(canvas, _darker(hair, 0.82), at)
    _dress(canvas, have, skin, sex, chance)
    have.ears.paint(canvas, _darker(skin, 0.93), at)
    chance.choice(have.heads).paint(canvas, skin, at)
    have.jaw_shadow.paint(canvas, _darker(skin, 0.9), at)
    have.cheeks.paint(canvas, _blend(skin, (232, 130, 118), 0.34 if sex == "女" else 0.2), at)
    _features(canvas, have, at, skin, hair, sex, chance)
    style.front.paint(canvas, hair, at)
    style.shine.paint(canvas, _lighter(hair, 0.35), at)
    if chance.random() < 0.22:
        chance.choice(have.glasses).paint(canvas, chance.choice(_FRAMES), at)
    return ImageChops.add(canvas, chance.choice(_grain()), 1, -8)


def _features(  # noqa: PLR0917  # canvas, parts and place first, then the colours in the order they are painted
    canvas: Image.Image,
    have: Parts,
    at: tuple[int, int],
    skin: Colour,
    hair: Colour,
    sex: str,
    chance: random.Random,
) -> None:
    x, y = at[0], at[1] + chance.randint(-1, 1)
    eye = chance.randrange(len(have.whites))
    have.whites[eye].paint(canvas, _WHITE, (x, y))
    have.irises[eye].paint(canvas, chance.choice(_IRISES), (x, y))
    have.glints[eye].paint(canvas, _WHITE, (x, y))
    have.lids[eye].paint(canvas, _darker(hair, 0.8), (x, y))
    brow = _lighter(hair, 0.2 if sex == "女" else 0.08)
    chance.choice(have.brows).paint(canvas, brow, (x, y + chance.randint(-1, 1)))
    chance.choice(have.noses).paint(canvas, _darker(skin, 0.74), (x, y + chance.randint(-1, 1)))
    mouth, lower = chance.randrange(len(have.mouths)), chance.randint(-1, 2)
    lip = chance.choice(_LIPS) if sex == "女" else _blend(skin, (180, 80, 74), 0.5)
    have.lips[mouth].paint(canvas, lip, (x, y + lower))
    have.mouths[mouth].paint(canvas, _darker(lip, 0.62), (x, y + lower))


def _dress(canvas: Image.Image, have: Parts, skin: Colour, sex: str, chance: random.Random) -> None:
    """Paint neck and clothes: shirt and tie, jacket, school tracksuit, round neck or plain shirt."""
    kind = chance.choices(range(5), (3, 3, 5, 2, 3) if sex == "男" else (1, 3, 5, 3, 3))[0]
    cloth = chance.choice(_CLOTHES)
    light, dark = have.collars[kind]
    have.torso.paint(canvas, cloth)
    have.torso_shade.paint(canvas, _darker(cloth, 0.8))
    if kind == _JACKET:
        light.paint(canvas, _WHITE)
        dark.paint(canvas, _darker(cloth, 0.7))
    have.neck.paint(canvas, skin)
    have.neck_shadow.paint(canvas, _darker(skin, 0.8))
    if kind == _JACKET:
        have.collars[0][0].paint(canvas, _WHITE)
    elif kind == _TRACKSUIT:
        light.paint(canvas, _WHITE if sum(cloth) < 500 else _TIES[1])
        dark.paint(canvas, _darker(cloth, 0.72))
    else:
        light.paint(canvas, _lighter(cloth, 0.5) if kind else _WHITE)
        dark.paint(canvas, _darker(cloth, 0.75) if kind else chance.choice(_TIES))


def _darker(colour: Colour, factor: float) -> Colour:
    return _blend((0, 0, 0), colour, factor)


def _lighter(colour: Colour, share: float) -> Colour:
    return _blend(colour, (255, 255, 255), share)


def _blend(colour: Colour, other: Colour, share: float) -> Colour:
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(colour, other, strict=True))
    return red, green, blue


@lru_cache(maxsize=1)
def _backdrop() -> Image.Image:
    """Return the blue ground, a little lighter behind the head, as a studio lamp makes it."""
    rows, columns = np.mgrid[:HEIGHT, :WIDTH]
    glow = np.clip(1 - np.hypot((columns - 75) / 95, (rows - 95) / 125), 0, 1)[..., None]
    ground = np.array(_BACKGROUND) + glow * np.array((34, 28, 18))
    return Image.fromarray(ground.clip(0, 255).astype(np.uint8), "RGB")


@lru_cache(maxsize=1)
def _grain() -> tuple[Image.Image, ...]:
    """Return tiles of soft noise around 8: a camera is never as smooth as a pen, and a photograph has its bytes."""
    noise = np.random.default_rng(20190708)
    tiles = noise.normal(8, 2.0, (_GRAIN_TILES, HEIGHT, WIDTH, 1)).repeat(3, axis=3)
    return tuple(Image.fromarray(tile.clip(0, 16).astype(np.uint8), "RGB") for tile in tiles)
