"""Photographs of graduates: checked to the pixel and the byte, cleaned of everything that is not the picture.

The file is judged by its content, not its name; it is decoded whole, because a JPEG cut in half otherwise passes and
prints half a face. What it carries besides the picture (EXIF, XMP, profiles, notes, files hung on behind) is taken out
without touching the picture; it is re-coded only where it must be turned, its colours converted, or its shape changed.
"""

from __future__ import annotations

import io
from dataclasses import dataclass, replace
from hashlib import sha256

import numpy as np
from PIL import Image, ImageCms, ImageOps, JpegImagePlugin

from xueji.core.findings import Severity
from xueji.core.packs import PhotoProfile
from xueji.documents.jpegs import Segment, bare, extras_of, profile_of, segments_of
from xueji.documents.likeness import signature_of, small

MAX_PIXELS = 4_000_000  # judged from the header, before anything is decoded: a small file may unpack to gigabytes
MAX_FILE_BYTES = 8 * 1024 * 1024
_COLOUR_DISTANCE = 110.0  # in RGB; scans and printers differ, so the background is advice only
_LEAST_COLOUR, _SHARE_OF_COLOUR = 16, 0.02  # between the strongest and the weakest of the three; the share of dots
_DAMAGED = "照片文件损坏或不完整（可能上传中断）：请用看图软件打开确认完整后重新上传"
_QUALITIES = (98, 95, 92, 88, 84, 80, 75, 70, 64, 58, 50, 42)
_KEPT = 20_000  # photographs in order that a process remembers, by their hash: a few megabytes
_in_order: dict[tuple[bytes, PhotoProfile], PhotoReport] = {}
_BACKGROUNDS = {"blue": "蓝色", "red": "红色", "white": "白色"}


@dataclass(frozen=True, slots=True)
class PhotoProblem:
    """One thing wrong with a photograph: what, where, what to do."""

    code: str
    severity: Severity
    message: str


@dataclass(frozen=True, slots=True)
class PhotoReport:
    """What was found. `re_encoded` is a clean file that meets the profile where one could be made, else None.

    `width` and `height` are as shown, after EXIF rotation; 0 when the file could not be read.
    """

    problems: tuple[PhotoProblem, ...]
    width: int
    height: int
    size: int
    re_encoded: bytes | None
    background_rgb: tuple[int, int, int] | None
    signature: bytes = b""  # what two files of one picture have in common (`likeness`); empty for an unusable file

    @property
    def is_acceptable(self) -> bool:
        """Whether nothing refuses the photograph as it is."""
        return not any(p.severity is Severity.ERROR for p in self.problems)


def check_photo(data: bytes, profile: PhotoProfile, *, file_name: str, resident_id: str) -> PhotoReport:
    """Judge a photograph against the profile of a pack; never raises for a bad file, the report says it.

    A corrected list comes back with the photographs of the first: what was seen to be in order is not decoded again.
    """
    named = _name_problems(file_name, resident_id)
    key = (sha256(data).digest(), profile)
    report = _in_order.get(key)
    if report is None:
        report = _seen(data, profile)
        if report.re_encoded is None and not report.problems:
            if len(_in_order) >= _KEPT:
                _in_order.clear()
            _in_order[key] = report
    return replace(report, problems=(*named, *report.problems))


def _seen(data: bytes, profile: PhotoProfile) -> PhotoReport:
    """Return what the file itself shows, whatever it is called."""
    try:
        picture = _open(data, profile)
    except _Unusable as refusal:
        return PhotoReport((refusal.problem,), 0, 0, len(data), None, None)
    image, found = picture.image, []
    width, height = image.size
    found += _size_problems(width, height, profile)
    found += _weight_problems(len(picture.bare) if picture.carries else len(data), profile)
    reduced = small(image)
    background = background_of(reduced)
    found += _background_problems(background, profile)
    if max(background) - min(background) <= _LEAST_COLOUR and _is_grey(reduced):
        message = "照片是黑白（灰度）的，应为彩色照片：请换用彩色原片，不要给黑白照片上色"
        found.append(_problem("grey", Severity.WARNING, message))
    if picture.carries:
        message = f"照片附带{'、'.join(picture.carries)}：保存时已自动去掉，只留图像"
        found.append(_problem("extra_data", Severity.ADVICE, message))
    clean = _clean(picture, profile, found)
    return PhotoReport(tuple(found), width, height, len(data), clean, background, signature_of(reduced))


def _clean(picture: _Picture, profile: PhotoProfile, found: list[PhotoProblem]) -> bytes | None:
    """Return the file to keep instead: without its extras, or cut and shrunk to the profile where that can be done."""
    image = picture.image
    if not any(p.severity is Severity.ERROR for p in found):
        if not picture.carries:
            return None
        return _re_encode(image, profile, must=True) if picture.is_changed else picture.bare
    right_shape = (image.width, image.height) == (profile.width_px, profile.height_px)
    if len(picture.bare) < profile.min_bytes or not (right_shape or not _is_landscape(image)):
        return None
    return _re_encode(image, profile)


def _problem(code: str, severity: Severity, message: str) -> PhotoProblem:
    return PhotoProblem(code, severity, message)


def _error(code: str, message: str) -> PhotoProblem:
    return PhotoProblem(code, Severity.ERROR, message)


def _name_problems(file_name: str, resident_id: str) -> list[PhotoProblem]:
    stem, _, ending = file_name.rpartition("/")[2].rpartition(".")
    if not stem or ending.lower() not in {"jpg", "jpeg"}:
        return [_error("file_name_ending", "照片文件名应以 .jpg 结尾：请另存为 JPG 格式，不要只改扩展名")]
    if stem == resident_id:
        return []
    if stem.upper() == resident_id.upper():
        return [_error("file_name_case", "照片文件名末位的 x 应为大写 X：请改名后重新上传")]
    return [_error("file_name", "照片文件名与身份证号码不一致：应为本人身份证号码，请核对是否放错人")]


class _Unusable(Exception):  # says what the file is
    """The file gives no picture to look at; carries the problem that says why."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.problem = _error(code, message)


@dataclass(frozen=True, slots=True)
class _Picture:
    """A file that gave a picture: upright and in RGB, what it carries besides, and the file without that.

    `is_changed`: the picture is not the file's own pixels; it was turned, or its colours converted.
    """

    image: Image.Image
    carries: list[str]
    bare: bytes
    is_changed: bool


def _open(data: bytes, profile: PhotoProfile) -> _Picture:
    """Return the decoded picture and what the file carries besides; _Unusable when there is none."""
    if len(data) > MAX_FILE_BYTES:
        wanted = f"请缩小到 {profile.max_bytes // 1024}K 以内"
        raise _Unusable("file_too_large", f"照片文件有 {len(data) / 1e6:.1f} MB，无法处理：{wanted}")
    if not data.startswith(b"\xff\xd8"):
        raise _Unusable(
            "not_jpeg", f"照片内容是{kind_of_file(data)}，不是 JPG：请用看图软件“另存为”JPG，不要只改扩展名"
        )
    try:
        source = JpegImagePlugin.JpegImageFile(io.BytesIO(data))
        if source.width * source.height > MAX_PIXELS:
            shape = f"{source.width}×{source.height} 像素，超过 400 万像素"
            raise _Unusable(
                "too_many_pixels", f"照片为 {shape}，未打开：请先缩小到 {profile.width_px}×{profile.height_px}"
            )
        read = segments_of(data)
        source.load()
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise _Unusable("damaged", _DAMAGED) from error
    if read is None:
        raise _Unusable("damaged", _DAMAGED)
    if source.mode == "CMYK":
        raise _Unusable("cmyk", "照片是印刷用的 CMYK 颜色：请在图像软件中转为 RGB 后另存为 JPG")
    return _as_shown(source, data, *read)


def picture_alone(data: bytes) -> bytes:
    """Return a photograph as the picture alone: the same bytes when nothing travels with it. ValueError for no picture.

    One that its notes turn or colour is coded anew as it is shown: without them it would lie on its side.
    """
    read = segments_of(data) if data.startswith(b"\xff\xd8") else None
    if read is None:
        raise ValueError("not a whole JPEG")
    if not extras_of(read[0], data[read[1] :]):
        return data
    try:
        picture = _as_shown(JpegImagePlugin.JpegImageFile(io.BytesIO(data)), data, *read)
    except (OSError, SyntaxError) as error:
        raise ValueError("not a picture") from error
    if not picture.is_changed:
        return picture.bare
    out = io.BytesIO()
    picture.image.save(out, "JPEG", quality=_QUALITIES[1], subsampling=0)
    return bare(out.getvalue())


def _as_shown(source: JpegImagePlugin.JpegImageFile, data: bytes, segments: list[Segment], end: int) -> _Picture:
    """Return the picture as a viewer shows it: turned as EXIF says, in the colours that its profile means."""
    carries = extras_of(segments, data[end:])
    if not carries:
        return _Picture(source.convert("RGB"), carries, data, is_changed=False)
    exif = source.getexif()
    if exif.get_ifd(0x8825):
        carries.insert(0, "拍摄地点（GPS）")
    upright = ImageOps.exif_transpose(source)
    image, is_converted = _in_srgb(upright, profile_of(segments))
    is_turned = exif.get(0x0112, 1) not in (0, 1)
    return _Picture(image, carries, bare(data), is_changed=is_turned or is_converted)


def _in_srgb(image: Image.Image, profile: bytes) -> tuple[Image.Image, bool]:
    """Return the picture in sRGB, which is what paper is printed from; whether its colours had to be converted."""
    plain = image.convert("RGB")
    if not profile or image.mode != "RGB":
        return plain, False
    try:
        embedded = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        if "srgb" in ImageCms.getProfileDescription(embedded).casefold():
            return plain, False
        converted = ImageCms.profileToProfile(plain, embedded, ImageCms.createProfile("sRGB"))
    except (ImageCms.PyCMSError, OSError):  # a profile nobody can read says nothing about the colours
        return plain, False
    return (plain, False) if converted is None else (converted, True)


def kind_of_file(data: bytes) -> str:
    """Name in Chinese what a file is that is no JPEG, by its first bytes."""
    signatures = {
        b"\x89PNG": " PNG 图片",
        b"GIF8": " GIF 图片",
        b"BM": " BMP 图片",
        b"%PDF": " PDF 文件",
        b"PK\x03\x04": "压缩包或 Office 文件",
    }
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return " WebP 图片"
    if data[4:8] == b"ftyp":
        return " HEIC 等手机格式"
    return next((name for head, name in signatures.items() if data.startswith(head)), "其他格式" if data else "空文件")


def _is_landscape(image: Image.Image) -> bool:
    return image.width > image.height


def _size_problems(width: int, height: int, profile: PhotoProfile) -> list[PhotoProblem]:
    asked = f"宽 {profile.width_px}×高 {profile.height_px} 像素"
    if (width, height) == (profile.width_px, profile.height_px):
        return []
    if (width, height) == (profile.height_px, profile.width_px):
        return [
            _error(
                "landscape",
                f"照片横竖颠倒：宽 {width}×高 {height}，应为{asked}（通知所写“高×宽”为 {profile.height_px}×{profile.width_px}），请改为竖幅",
            )
        ]
    if width > height:
        return [_error("wrong_size", f"照片是横幅（宽 {width}×高 {height}），应为竖幅{asked}：请重新裁剪")]
    return [_error("wrong_size", f"照片为宽 {width}×高 {height} 像素，应为{asked}：可使用系统生成的缩放版，或重新裁剪")]


def _weight_problems(size: int, profile: PhotoProfile) -> list[PhotoProblem]:
    least, most = profile.min_bytes, profile.max_bytes
    if size > most:
        return [
            _error(
                "too_heavy",
                f"照片文件 {size / 1024:.1f}K，应不超过 {most / 1024:.0f}K：可使用系统生成的压缩版，或降低 JPG 品质另存",
            )
        ]
    if size < least:
        return [
            _error(
                "too_light",
                f"照片文件只有 {size / 1024:.1f}K，应不小于 {least // 1000}K（画质过低）：请用原始照片重新导出，不要用截图或多次压缩的图",
            )
        ]
    return []


def background_of(image: Image.Image) -> tuple[int, int, int]:
    """Return the median colour of the two upper corners, where no head is; of a picture made small, which is as good."""
    rows, columns = max(1, image.height // 6), max(1, image.width // 8)
    pixels = np.asarray(image)[:rows]
    corners = np.concatenate([pixels[:, :columns].reshape(-1, 3), pixels[:, -columns:].reshape(-1, 3)])
    corners.sort(axis=0)
    red, green, blue = corners[len(corners) // 2].tolist()
    return red, green, blue


def _is_grey(image: Image.Image) -> bool:
    """Whether hardly a dot of a picture has a colour; skin and any background that is asked for have one."""
    pixels = np.asarray(image).astype(np.int16)
    spread = pixels.max(axis=2) - pixels.min(axis=2)
    return bool((spread > _LEAST_COLOUR).mean() < _SHARE_OF_COLOUR)


def _background_problems(colour: tuple[int, int, int], profile: PhotoProfile) -> list[PhotoProblem]:
    distances = [
        sum((a - b) ** 2 for a, b in zip(colour, target, strict=True)) ** 0.5 for target in profile.background_rgb
    ]
    if not distances or min(distances) <= _COLOUR_DISTANCE:
        return []
    wanted = _BACKGROUNDS.get(profile.background, profile.background)
    return [
        _problem(
            "background",
            Severity.ADVICE,
            f"照片背景看来不是{wanted}（上角颜色约为 RGB {colour[0]},{colour[1]},{colour[2]}）：请人工核对",
        )
    ]


def _re_encode(image: Image.Image, profile: PhotoProfile, *, must: bool = False) -> bytes | None:
    """Return the picture cut to the profile's shape and size, pixels only, within its bytes; None when it cannot be.

    `must`: what was in order as it came is kept at the best quality even where its bytes leave the bounds.
    """
    fitted = ImageOps.fit(image, (profile.width_px, profile.height_px), Image.Resampling.LANCZOS, centering=(0.5, 0.3))
    fitted.info = {}  # Pillow writes a kept comment back
    best = b""
    for quality in _QUALITIES:
        out = io.BytesIO()
        fitted.save(out, "JPEG", quality=quality, optimize=True)
        if profile.min_bytes <= out.tell() <= profile.max_bytes:
            return out.getvalue()
        best = best or out.getvalue()
    return best if must else None
