"""Pictures of papers taken with a phone: opened, turned, shrunk, without anything that travelled with them, and judged in words.

What is no picture is refused; what looks poor is kept with its remark, because whoever sends it may have no better one.
"""

from __future__ import annotations

import io
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from xueji.core.errors import BadInput
from xueji.documents.likeness import small
from xueji.documents.photos import background_of, kind_of_file

MAX_SNAPSHOT_PIXELS = 60_000_000  # judged from the header, before anything is decoded
_LONG_SIDE, _QUALITY = 2400, 85
_LEAST_SIDE = 600  # of a paper that is to be read
_LEAST_PORTRAIT = (295, 413)  # an inch of 25 × 35 mm at 300 dots
_SHARP, _SHARP_SIDE = 45.0, 1000  # variance of the Laplacian at this size; below it print cannot be read
_DARK, _PALE = 55, 8  # mean brightness; spread of brightness
_RED_LEAD = 45  # how far red leads the other colours of a red background
_FORMATS = ("JPEG", "PNG")


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A picture as it is kept (JPEG), its size, and what was remarked about it."""

    data: bytes
    width: int
    height: int
    remarks: tuple[str, ...]


def take_snapshot(data: bytes, *, is_portrait: bool = False) -> Snapshot:
    """Return a picture ready to be kept; BadInput, in words, for what is none or shows too little.

    `is_portrait`: a photograph of a person before a red background.
    """
    image = _opened(data)
    width, height = image.size
    if is_portrait:
        if width < _LEAST_PORTRAIT[0] or height < _LEAST_PORTRAIT[1]:
            raise BadInput(
                f"照片只有 {width}×{height} 像素，至少要 {_LEAST_PORTRAIT[0]}×{_LEAST_PORTRAIT[1]}：请用原图，不要用截图"
            )
        if width > height:
            raise BadInput("证件照应为竖幅：请重新裁剪后上传")
    elif min(width, height) < _LEAST_SIDE:
        raise BadInput(f"图片只有 {width}×{height} 像素，字迹看不清：请靠近一些重新拍，或上传原图")
    remarks = tuple(_remarks(image, is_portrait=is_portrait))
    image.thumbnail((_LONG_SIDE, _LONG_SIDE), Image.Resampling.LANCZOS)
    out = io.BytesIO()
    image.info = {}
    image.save(out, "JPEG", quality=_QUALITY, optimize=True)
    return Snapshot(out.getvalue(), *image.size, remarks)


def _opened(data: bytes) -> Image.Image:
    """Return the picture upright and in RGB."""
    try:
        with Image.open(io.BytesIO(data), formats=_FORMATS) as source:
            if source.width * source.height > MAX_SNAPSHOT_PIXELS:
                raise BadInput(f"图片有 {source.width}×{source.height} 像素，过大：请用手机普通模式重拍")
            source.load()
            upright = ImageOps.exif_transpose(source)
            if upright.mode in {"RGBA", "LA", "P"}:
                upright = upright.convert("RGBA")
                paper = Image.new("RGBA", upright.size, "white")
                return Image.alpha_composite(paper, upright).convert("RGB")
            return upright.convert("RGB")
    except UnidentifiedImageError as error:
        raise BadInput(
            f"这是{kind_of_file(data)}，不是照片：请上传 JPG 或 PNG，苹果手机可在「设置—相机—格式」选「兼容性最佳」"
        ) from error
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise BadInput("图片损坏或没有传完：请重新拍照上传") from error


def _remarks(image: Image.Image, *, is_portrait: bool) -> list[str]:
    grey = ImageOps.grayscale(image)
    grey.thumbnail((_SHARP_SIDE, _SHARP_SIDE), Image.Resampling.BILINEAR)
    dots = np.asarray(grey, dtype=np.float32)
    remarks = []
    if dots.mean() < _DARK:
        remarks.append("图片太暗：请在光线好的地方重拍")
    elif dots.std() < _PALE:
        remarks.append("图片几乎是一片空白：请确认拍的是要上传的材料")
    elif not is_portrait and _sharpness(dots) < _SHARP:
        remarks.append("图片模糊，文字可能看不清：请拿稳手机、对焦后重拍")
    if is_portrait and not _is_red(background_of(small(image))):
        remarks.append("背景看来不是红色：应为近期正面免冠红底照片，请核对")
    return remarks


def _sharpness(dots: np.ndarray[tuple[int, int], np.dtype[np.float32]]) -> float:
    """Return the variance of the Laplacian: what edges there are."""
    inner = dots[1:-1, 1:-1]
    edges = dots[:-2, 1:-1] + dots[2:, 1:-1] + dots[1:-1, :-2] + dots[1:-1, 2:] - 4 * inner
    return float(edges.var())


def _is_red(colour: tuple[int, int, int]) -> bool:
    red, green, blue = colour
    return red - max(green, blue) >= _RED_LEAD
