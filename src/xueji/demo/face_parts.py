"""The parts of a drawn face as soft masks, made once per process: painted four times too large, then shrunk.

Coordinates are those of the finished picture, 150 wide × 200 high.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from PIL import Image, ImageChops, ImageDraw, ImageFilter

WIDTH, HEIGHT = 150, 200
_SCALE = 4
Pen = ImageDraw.ImageDraw
Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Mask:
    """A soft mask cut to what it covers, and its upper left corner: small parts are pasted in no time."""

    image: Image.Image
    x: int
    y: int

    @classmethod
    def cut(cls, full: Image.Image) -> Mask:
        """Cut a mask of the whole picture to its ink."""
        box = full.getbbox() or (0, 0, 1, 1)
        return cls(full.crop(box), box[0], box[1])

    def whole(self) -> Image.Image:
        """Return the mask at the size of the picture."""
        full = Image.new("L", (WIDTH, HEIGHT))
        full.paste(self.image, (self.x, self.y))
        return full

    def within(self, other: Mask) -> Mask:
        """Return the part that lies within another mask."""
        return Mask.cut(ImageChops.multiply(self.whole(), other.whole()))

    def faint(self, share: float) -> Mask:
        """Return the mask weakened."""
        return Mask(self.image.point([round(value * share) for value in range(256)]), self.x, self.y)

    def paint(self, canvas: Image.Image, colour: tuple[int, int, int], at: tuple[int, int] = (0, 0)) -> None:
        """Paste a colour through the mask, moved by `at`."""
        canvas.paste(colour, (self.x + at[0], self.y + at[1]), self.image)


@dataclass(frozen=True, slots=True)
class HairStyle:
    """Hair before the face, the light on it, hair behind the face (None: nothing behind), and whose it is."""

    front: Mask
    shine: Mask
    back: Mask | None
    sex: str


@dataclass(frozen=True, slots=True)
class Parts:
    """Every part in its variants; a face is one of each."""

    heads: tuple[Mask, ...]
    neck: Mask
    ears: Mask
    neck_shadow: Mask
    cheeks: Mask
    jaw_shadow: Mask
    hairs: tuple[HairStyle, ...]
    brows: tuple[Mask, ...]
    whites: tuple[Mask, ...]
    irises: tuple[Mask, ...]
    lids: tuple[Mask, ...]
    glints: tuple[Mask, ...]
    noses: tuple[Mask, ...]
    mouths: tuple[Mask, ...]
    lips: tuple[Mask, ...]
    glasses: tuple[Mask, ...]
    torso: Mask
    torso_shade: Mask
    collars: tuple[tuple[Mask, Mask], ...]  # (light part, dark part) of each kind of clothes


def _painted(draw: Callable[[Pen], object], blur: float = 0.0) -> Mask:
    canvas = Image.new("L", (WIDTH * _SCALE, HEIGHT * _SCALE))
    draw(ImageDraw.Draw(canvas))
    if blur:
        canvas = canvas.filter(ImageFilter.GaussianBlur(blur * _SCALE))
    return Mask.cut(canvas.resize((WIDTH, HEIGHT), Image.Resampling.LANCZOS))


def _ellipse(  # noqa: PLR0917  # a place and a size
    pen: Pen, x: float, y: float, across: float, down: float, fill: int = 255
) -> None:
    pen.ellipse([(_SCALE * (x - across), _SCALE * (y - down)), (_SCALE * (x + across), _SCALE * (y + down))], fill=fill)


def _polygon(pen: Pen, points: Sequence[Point], fill: int = 255) -> None:
    pen.polygon([(_SCALE * x, _SCALE * y) for x, y in points], fill=fill)


def _line(pen: Pen, points: Sequence[Point], width: float, fill: int = 255) -> None:
    pen.line([(_SCALE * x, _SCALE * y) for x, y in points], fill=fill, width=round(_SCALE * width), joint="curve")
    for x, y in (points[0], points[-1]):
        _ellipse(pen, x, y, width / 2, width / 2, fill)


def curve(points: Sequence[Point], steps: int = 12) -> list[Point]:
    """Return a smooth closed line through the points (Catmull–Rom)."""
    smooth: list[Point] = []
    count = len(points)
    for index in range(count):
        (ax, ay), (bx, by), (cx, cy), (dx, dy) = (points[(index + k - 1) % count] for k in range(4))
        for step in range(steps):
            t = step / steps
            smooth.append((
                _catmull(ax, bx, cx, dx, t),
                _catmull(ay, by, cy, dy, t),
            ))  # fmt: skip
    return smooth


def _catmull(a: float, b: float, c: float, d: float, t: float) -> float:  # four points and a place
    return 0.5 * (2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t * t + (3 * b - a - 3 * c + d) * t**3)


def _mirrored(half: Sequence[Point]) -> list[Point]:
    """Return a closed outline from its right half, top to bottom."""
    return [*half, *((150 - x, y) for x, y in reversed(half) if x != 75)]


def _arc(x: float, y: float, across: float, rise: float) -> list[Point]:
    """Return an arch from left to right, `rise` pixels high in the middle (negative: it hangs)."""
    return [(x - across + 2 * across * t / 10, y - rise * math.sin(math.pi * t / 10)) for t in range(11)]


def _head(jaw: float, chin: float, cheek: float) -> Mask:
    half = [(75, 37), (96, 42), (75 + cheek - 1, 62), (75 + cheek, 84), (75 + jaw, 110), (75 + jaw * 0.5, chin - 5), (75, chin)]  # fmt: skip
    return _painted(lambda pen: _polygon(pen, curve(_mirrored(half))))


def _cap(top: float, side: float, low: float, fringe: Sequence[Point]) -> Mask:
    """Hair on the head: outline over the skull, sides down to `low`, the fringe line from right to left within."""
    half_right = [(75, top), (100, top + 7), (75 + side, 62), (75 + side, low)]
    left = [(150 - x, y) for x, y in reversed(half_right[1:])]
    outline = curve([*half_right, (75 + side - 6, low)], 8)[:33]
    outline += list(fringe)
    outline += curve([(75 - side + 6, low), *left, (75, top)], 8)[:33]
    return _painted(lambda pen: _polygon(pen, outline))


def _both(pen: Pen, draw: Callable[[Pen, float, float], object], apart: float, y: float) -> None:
    draw(pen, 75 - apart, y)
    draw(pen, 75 + apart, y)


_FRINGES: dict[str, list[Point]] = {
    "straight": [(108, 66), (100, 64), (75, 65), (50, 64), (42, 66)],
    "side_left": [(108, 70), (103, 60), (92, 54), (70, 55), (55, 62), (44, 72)],
    "side_right": [(106, 72), (95, 62), (80, 55), (58, 54), (47, 60), (42, 70)],
    "parted": [(107, 74), (100, 64), (86, 55), (75, 47), (64, 55), (50, 64), (43, 74)],
    "up": [(105, 66), (100, 55), (88, 50), (75, 49), (62, 50), (50, 55), (45, 66)],
    "soft": [(107, 74), (101, 66), (90, 62), (78, 65), (66, 61), (54, 64), (43, 74)],
    "short": [(104, 62), (96, 57), (84, 55), (75, 57), (66, 54), (54, 57), (46, 62)],
}


def _back(draw: Callable[[Pen], object]) -> Mask:
    return _painted(draw)


def _style(front: Mask, shine: Mask, back: Mask | None, sex: str) -> HairStyle:
    return HairStyle(front, shine.within(front).faint(0.55), back, sex)


def _hair_styles() -> tuple[HairStyle, ...]:
    shine = _painted(lambda pen: _line(pen, [(56, 46), (66, 40), (78, 38), (90, 41)], 4.5, 150), blur=3)
    long = _back(lambda pen: _polygon(pen, curve(_mirrored([(75, 28), (104, 36), (113, 70), (114, 110), (113, 146), (96, 152), (75, 150)]))))  # fmt: skip
    bob = _back(lambda pen: _polygon(pen, curve(_mirrored([(75, 28), (104, 36), (114, 70), (116, 100), (108, 119), (90, 118), (75, 116)]))))  # fmt: skip
    tail = _back(lambda pen: (_ellipse(pen, 103, 112, 10, 28), _ellipse(pen, 101, 88, 9, 12)))
    bun = _back(lambda pen: (_ellipse(pen, 75, 24, 16, 12), _ellipse(pen, 75, 33, 12, 8)))
    women = [
        _style(_cap(28, 37, 92, _FRINGES[fringe]), shine, back, "女")
        for fringe, back in (("straight", long), ("straight", bob), ("side_left", bob), ("side_right", long), ("parted", long), ("soft", bob), ("soft", long))
    ]  # fmt: skip
    women += [
        _style(_cap(28, 35, 80, _FRINGES["side_left"]), shine, tail, "女"),
        _style(_cap(29, 35, 78, _FRINGES["up"]), shine, bun, "女"),
    ]
    men = [
        _style(_cap(top, 35, low, _FRINGES[fringe]), shine, None, "男")
        for top, low, fringe in ((30, 80, "short"), (32, 76, "up"), (28, 82, "side_left"), (28, 82, "side_right"), (29, 80, "soft"), (28, 84, "parted"), (33, 72, "short"), (29, 80, "straight"))
    ]  # fmt: skip
    return (*women, *men)


_EYES = ((17, 8.2, 4.0), (17.5, 8.8, 3.3), (16.5, 7.8, 4.6), (18, 9.0, 3.8))  # apart, half width, half height
_EYE_LEVEL = 86.0


def _eye_masks() -> dict[str, tuple[Mask, ...]]:
    def almond(pen: Pen, x: float, y: float, across: float, down: float) -> None:
        upper = _arc(x, y, across, down)
        lower = [(px, py) for px, py in reversed(_arc(x, y + 0.6, across, -down * 0.7))]
        _polygon(pen, [*upper, *lower])

    whites, irises, lids, glints = [], [], [], []
    for apart, across, down in _EYES:
        whites.append(_painted(lambda pen, s=(apart, across, down): _both(pen, lambda p, x, y: almond(p, x, y, s[1], s[2]), s[0], _EYE_LEVEL)))  # fmt: skip
        irises.append(_painted(lambda pen, s=(apart, across, down): _both(pen, lambda p, x, y: _ellipse(p, x, y - 0.4, s[2] * 0.98, s[2] * 1.02), s[0], _EYE_LEVEL)))  # fmt: skip
        lids.append(_painted(lambda pen, s=(apart, across, down): _both(pen, lambda p, x, y: _line(p, _arc(x, y, s[1], s[2]), 1.7), s[0], _EYE_LEVEL)))  # fmt: skip
        glints.append(_painted(lambda pen, s=(apart, across, down): _both(pen, lambda p, x, y: _ellipse(p, x + 1.5, y - 1.7, 1.1, 1.1), s[0], _EYE_LEVEL)))  # fmt: skip
    return {"whites": tuple(whites), "irises": tuple(irises), "lids": tuple(lids), "glints": tuple(glints)}


def _brows() -> tuple[Mask, ...]:
    shapes = ((11, 2.4, 2.4), (10.5, 3.2, 1.8), (11, 1.4, 3.2), (10, 2.8, 2.8))  # half width, rise, weight
    return tuple(
        _painted(
            lambda pen, s=shape: _both(pen, lambda p, x, y: _line(p, _arc(x, y, s[0], s[1]), s[2]), 17.5, 75), blur=0.3
        ).faint(0.85)
        for shape in shapes
    )


def _noses() -> tuple[Mask, ...]:
    def nose(pen: Pen, wide: float, low: float) -> None:
        _line(pen, _arc(75, low, wide, -2.6), 1.6, 200)
        _ellipse(pen, 75 - wide, low - 1, 1.5, 1.2, 190)
        _ellipse(pen, 75 + wide, low - 1, 1.5, 1.2, 190)

    return tuple(
        _painted(lambda pen, s=shape: nose(pen, *s), blur=0.5) for shape in ((5.5, 103), (6.5, 104), (4.8, 102.5))
    )


_MOUTHS = ((10.5, 2.8), (9.0, 2.0), (11.5, 3.4), (9.5, 1.6))  # half width, smile


def _mouths() -> tuple[Mask, ...]:
    return tuple(_painted(lambda pen, s=shape: _line(pen, _arc(75, 114, s[0], -s[1]), 1.5)) for shape in _MOUTHS)


def _lips() -> tuple[Mask, ...]:
    def lips(pen: Pen, across: float, smile: float) -> None:
        line = _arc(75, 114, across, -smile)
        upper = [(75 + across * 0.45, 111.2), (75, 112.2), (75 - across * 0.45, 111.2)]
        _polygon(pen, [*line, *upper])
        _polygon(pen, [*line, *reversed(_arc(75, 114.4, across * 0.8, -smile - 3.6))])

    return tuple(_painted(lambda pen, s=shape: lips(pen, *s), blur=0.4).faint(0.8) for shape in _MOUTHS)


def _glasses() -> tuple[Mask, ...]:
    def frame(pen: Pen, *, rounded: bool) -> None:
        for x in (57.5, 92.5):
            box = [(_SCALE * (x - 13.5), _SCALE * 77), (_SCALE * (x + 13.5), _SCALE * 97)]
            if rounded:
                pen.ellipse(box, outline=255, width=6)
            else:
                pen.rounded_rectangle(box, radius=22, outline=255, width=7)
        _line(pen, _arc(75, 85, 4, 2), 1.6)
        _line(pen, [(44, 84), (38, 82)], 1.6)
        _line(pen, [(106, 84), (112, 82)], 1.6)

    return _painted(lambda pen: frame(pen, rounded=True)), _painted(lambda pen: frame(pen, rounded=False))


_TORSO = _mirrored([(75, 141), (88, 143), (104, 150), (128, 158), (143, 172), (148, 204), (75, 204)])


def _collars() -> tuple[tuple[Mask, Mask], ...]:
    empty = _painted(lambda _: None)
    shirt = _painted(lambda pen: (_polygon(pen, [(60, 140), (75, 160), (62, 168), (52, 147)]), _polygon(pen, [(90, 140), (75, 160), (88, 168), (98, 147)])))  # fmt: skip
    tie = _painted(lambda pen: (_polygon(pen, [(70, 160), (80, 160), (78, 168), (72, 168)]), _polygon(pen, [(72, 167), (78, 167), (82, 204), (68, 204)])))  # fmt: skip
    chest = _painted(lambda pen: _polygon(pen, [(60, 141), (90, 141), (92, 150), (75, 204), (58, 150)]))
    lapels = _painted(lambda pen: (_line(pen, [(58, 146), (73, 204)], 2.2), _line(pen, [(92, 146), (77, 204)], 2.2)))
    stripes = _painted(lambda pen: (_polygon(pen, curve(_mirrored([(75, 170), (110, 168), (150, 172), (150, 184), (110, 180), (75, 182)]))), _line(pen, [(75, 150), (75, 204)], 2)))  # fmt: skip
    band = _painted(lambda pen: _polygon(pen, [(57, 141), (75, 157), (93, 141), (99, 147), (75, 168), (51, 147)]))
    round_neck = _painted(lambda pen: _line(pen, _arc(75, 143, 21, -13), 3.4))
    return (shirt, tie), (chest, lapels), (stripes, band), (empty, round_neck), (shirt, empty)


_HEADS = ((27, 130, 32), (25, 132, 31), (29, 129, 33), (24, 129, 32), (27, 133, 31.5))  # jaw, chin, cheek
_NECK = _mirrored([(75, 112), (90, 112), (91, 146), (75, 159)])
_UNDER_CHIN = _mirrored([(75, 122), (91, 118), (90, 134), (75, 142)])
_FAR_SIDE = [(98, 52), (109, 84), (102, 112), (86, 129), (75, 131), (94, 108), (101, 80)]


@lru_cache(maxsize=1)
def parts() -> Parts:
    """Return every part, painted on the first call (about a third of a second)."""
    heads = tuple(_head(*shape) for shape in _HEADS)
    torso = _painted(lambda pen: _polygon(pen, curve(_TORSO)))
    neck = _painted(lambda pen: (_polygon(pen, _NECK), _ellipse(pen, 75, 146, 18, 13)))
    eyes = _eye_masks()
    sleeves = _painted(lambda pen: (_polygon(pen, [(0, 176), (22, 166), (30, 204), (0, 204)]), _polygon(pen, [(150, 176), (128, 166), (120, 204), (150, 204)])), blur=5)  # fmt: skip
    return Parts(
        heads=heads,
        neck=neck,
        ears=_painted(lambda pen: (_ellipse(pen, 43, 90, 5, 9.5), _ellipse(pen, 107, 90, 5, 9.5))),
        neck_shadow=_painted(lambda pen: _polygon(pen, curve(_UNDER_CHIN)), blur=2.5).within(neck).faint(0.75),
        cheeks=_painted(lambda pen: _both(pen, lambda p, x, y: _ellipse(p, x, y, 8, 5.5), 21, 101), blur=3.5),
        jaw_shadow=_painted(lambda pen: _polygon(pen, curve(_FAR_SIDE)), blur=4).within(heads[3]).faint(0.55),
        hairs=_hair_styles(),
        brows=_brows(),
        noses=_noses(),
        mouths=_mouths(),
        lips=_lips(),
        glasses=_glasses(),
        torso=torso,
        torso_shade=sleeves.within(torso).faint(0.7),
        collars=tuple((light.within(torso) if kind == 2 else light, dark) for kind, (light, dark) in enumerate(_collars())),
        whites=eyes["whites"],
        irises=tuple(iris.within(white) for iris, white in zip(eyes["irises"], eyes["whites"], strict=True)),
        lids=eyes["lids"],
        glints=eyes["glints"],
    )  # fmt: skip
