"""A QR code on a page: one path of squares, drawn by the browser without a further request."""

from __future__ import annotations

from dataclasses import dataclass

from xueji.documents.qr import qr_image

_DARK = 128


@dataclass(frozen=True, slots=True)
class CodeShown:
    """A QR code: how many modules it is wide, and its dark ones as the path of an SVG."""

    side: int
    path: str


def qr_shown(text: str) -> CodeShown:
    """Return the code of a text."""
    image = qr_image(text)
    dark = (place for place, grey in enumerate(image.pixels) if grey < _DARK)
    return CodeShown(image.side, "".join(f"M{place % image.side} {place // image.side}h1v1h-1z" for place in dark))
