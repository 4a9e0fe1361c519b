"""Photographs and codes, laid on the finished pages as they are.

Typst would decode each photograph to set it; a PDF takes the JPEG bytes unchanged. On a diploma that saves a third of
the time. Colours are those of the page's output intent (sRGB), as PDF/A asks.
"""

from __future__ import annotations

import io
from dataclasses import dataclass

import numpy as np
import pikepdf
from PIL import Image, UnidentifiedImageError

from xueji.core.errors import RenderFailed
from xueji.documents.jpegs import bare
from xueji.documents.layout import MM
from xueji.documents.qr import QrImage

_SPACES = {"L": "/DeviceGray", "RGB": "/DeviceRGB"}


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture in a frame: the frame's upper left corner and size in mm; what overhangs it is cut off."""

    data: bytes
    pixels: tuple[int, int]
    space: str
    is_jpeg: bool
    x: float
    y: float
    width: float
    height: float

    def stream(self, book: pikepdf.Pdf) -> pikepdf.Object:
        """Return the picture as an object of the PDF; a code has one bit a module."""
        entries = pikepdf.Dictionary(
            Type=pikepdf.Name.XObject,
            Subtype=pikepdf.Name.Image,
            Width=self.pixels[0],
            Height=self.pixels[1],
            ColorSpace=pikepdf.Name(self.space),
            BitsPerComponent=8 if self.is_jpeg else 1,
        )
        if self.is_jpeg:
            entries.Filter = pikepdf.Name.DCTDecode
        return pikepdf.Stream(book, self.data, entries)

    def drawing(self, name: str, page_height: float) -> str:
        """Return the operators that draw it, filling its frame; `page_height` in points."""
        scale = max(self.width / self.pixels[0], self.height / self.pixels[1])
        wide, high = (side * scale * MM for side in self.pixels)
        left, right_up = self.x * MM, page_height - (self.y + self.height) * MM
        frame = f"{left:.3f} {right_up:.3f} {self.width * MM:.3f} {self.height * MM:.3f} re W n"
        x, y = left - (wide - self.width * MM) / 2, right_up - (high - self.height * MM) / 2
        return f"q {frame} {wide:.3f} 0 0 {high:.3f} {x:.3f} {y:.3f} cm {name} Do Q\n"


def photograph(jpeg: bytes, x: float, y: float, width: float, height: float) -> Picture:
    """Return a JPEG photograph in its frame; RenderFailed for another format or colour space."""
    try:
        plain = bare(jpeg) if jpeg.startswith(b"\xff\xd8") else jpeg  # what travels with an older file is not printed
        with Image.open(io.BytesIO(plain)) as image:
            size, mode, kind = image.size, image.mode, image.format
    except UnidentifiedImageError as error:
        raise RenderFailed("照片不是图像文件，无法打印") from error
    except ValueError as error:
        raise RenderFailed("照片文件不完整，无法打印") from error
    if kind != "JPEG" or mode not in _SPACES:
        raise RenderFailed(f"照片须为灰度或彩色（RGB）的 JPEG，这一张是 {kind} {mode}")
    return Picture(plain, size, _SPACES[mode], is_jpeg=True, x=x, y=y, width=width, height=height)


def code(image: QrImage, x: float, y: float, width: float) -> Picture:
    """Return a QR code in its square, one bit a module, so that its edges stay hard at any size."""
    modules = np.frombuffer(image.pixels, np.uint8).reshape(image.side, image.side)
    bits = np.packbits(modules > 127, axis=1).tobytes()
    return Picture(bits, (image.side, image.side), "/DeviceGray", is_jpeg=False, x=x, y=y, width=width, height=width)
