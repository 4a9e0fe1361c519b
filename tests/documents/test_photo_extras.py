"""What is kept and printed of a photograph is the picture alone, whatever program wrote its file."""

from __future__ import annotations

import io
import struct

import numpy as np
import pikepdf
import pytest
from PIL import Image, ImageCms, JpegImagePlugin
from tests.documents.documents_data import ISSUED_ON, PHOTO, diploma, jpeg, portrait

from xueji.documents.diplomas import render_diplomas
from xueji.documents.jpegs import bare, segments_of
from xueji.documents.photos import check_photo
from xueji.documents.pictures import photograph

RESIDENT_ID = "61050220010309002X"
SECRET = b"Lat 34.50 Lon 109.51 by Li Si"
XMP = b"http://ns.adobe.com/xap/1.0/\0<x:xmpmeta>" + SECRET + b"</x:xmpmeta>"


def segment(marker: int, body: bytes) -> bytes:
    return b"\xff" + bytes([marker]) + struct.pack(">H", len(body) + 2) + body


def with_first(extra: bytes, data: bytes = PHOTO) -> bytes:
    """The file with something behind its start, where cameras and editors write."""
    return data[:2] + extra + data[2:]


def with_last(extra: bytes, data: bytes = PHOTO) -> bytes:
    """The file with something between its last scan and its end."""
    assert data.endswith(b"\xff\xd9")
    return data[:-2] + extra + b"\xff\xd9"


def between_scans(extra: bytes) -> bytes:
    """A progressive file with something between two of its scans."""
    data = jpeg(portrait(), progressive=True)
    place = data.index(b"\xff\xda")
    second = data.index(b"\xff\xda", place + 2)
    table = data.rfind(b"\xff\xc4", place, second)
    return data[: table if table > 0 else second] + extra + data[table if table > 0 else second :]


DRESSED = {
    "xmp": with_first(segment(0xE1, XMP)),
    "xmp behind jfif": PHOTO[:20] + segment(0xE1, XMP) + PHOTO[20:],
    "extended xmp": with_first(segment(0xE1, b"http://ns.adobe.com/xmp/extension/\0" + SECRET)),
    "photoshop and iptc": with_first(segment(0xED, b"Photoshop 3.0\0008BIM\x04\x04" + SECRET)),
    "vendor of a phone": with_first(segment(0xE5, b"HUAWEI\0" + SECRET)),
    "vendor of another": with_first(segment(0xEA, SECRET)),
    "more pictures": with_first(segment(0xE2, b"MPF\0" + SECRET)),
    "flashpix": with_first(segment(0xE2, b"FPXR\0" + SECRET)),
    "thumbnail of jfif": b"\xff\xd8" + segment(0xE0, b"JFIF\0\x01\x02\0\0\1\0\1\x03\x03" + SECRET[:27].ljust(27)) + PHOTO[20:],
    "thumbnail beside jfif": PHOTO[:20] + segment(0xE0, b"JFXX\0\x10" + SECRET) + PHOTO[20:],
    "adobe with a tail": with_first(segment(0xEE, b"Adobe\0\x64\0\0\0\0\x01" + SECRET)),
    "comment": with_first(segment(0xFE, SECRET)),
    "comment behind the scan": with_last(segment(0xFE, SECRET)),
    "xmp between scans": between_scans(segment(0xE1, XMP)),
    "file hung on behind": PHOTO + SECRET,
    "exif with a place": jpeg(portrait(), exif=b"Exif\0\0" + b"MM\0*\0\0\0\x08\0\0\0\0\0\0" + SECRET),
}  # fmt: skip


def pixels(data: bytes) -> np.ndarray:
    return np.asarray(JpegImagePlugin.JpegImageFile(io.BytesIO(data)).convert("RGB")).astype(int)


@pytest.fixture
def check(view):
    return lambda data: check_photo(
        data, view.photo_profile("diploma"), file_name=f"{RESIDENT_ID}.jpg", resident_id=RESIDENT_ID
    )


@pytest.mark.parametrize("data", DRESSED.values(), ids=DRESSED.keys())
def test_what_travels_with_a_picture_is_told_and_taken_out(data, check):
    assert SECRET[:9] in data
    report = check(data)
    assert [problem.code for problem in report.problems] == ["extra_data"]
    assert report.is_acceptable
    assert report.re_encoded is not None
    assert SECRET[:9] not in report.re_encoded
    assert (pixels(report.re_encoded) == pixels(data)).all()
    assert check(report.re_encoded).problems == ()


@pytest.mark.parametrize("data", DRESSED.values(), ids=DRESSED.keys())
def test_nothing_of_it_reaches_the_paper_even_from_a_file_kept_earlier(data):
    assert SECRET[:9] not in photograph(data, 0, 0, 26, 34).data


def test_no_pdf_of_a_diploma_carries_more_than_the_picture(form):
    records = [diploma(photo=data) for data in DRESSED.values()]
    body = render_diplomas(form("diploma"), records, mode="sample", issued_on=ISSUED_ON).pdf
    with pikepdf.open(io.BytesIO(body)) as book:
        streams = [stream.read_raw_bytes() for stream in book.objects if isinstance(stream, pikepdf.Stream)]
        jpegs = [raw for raw in streams if raw.startswith(b"\xff\xd8")]
    assert len(jpegs) >= 1
    for raw in jpegs:
        segments, end = segments_of(raw)
        assert end == len(raw)
        assert {s.marker for s in segments if s.is_extra} <= {0xE0, 0xEE}
    assert not any(SECRET[:9] in raw for raw in [body, *streams])


def test_a_picture_that_carries_nothing_is_kept_byte_for_byte(check):
    assert bare(PHOTO) == PHOTO
    assert check(PHOTO).re_encoded is None
    assert bare(bare(DRESSED["xmp between scans"])) == bare(DRESSED["xmp between scans"])


def srgb() -> bytes:
    return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def lab_like_wide() -> bytes:
    """A profile with its reds and greens exchanged: whoever passes it over shows it."""
    profile = bytearray(srgb())
    for name, other in ((b"rXYZ", b"gXYZ"),):
        table = {
            bytes(profile[132 + 12 * n : 136 + 12 * n]): 132 + 12 * n
            for n in range(struct.unpack(">I", profile[128:132])[0])
        }
        first, second = table[name], table[other]
        profile[first : first + 4], profile[second : second + 4] = (
            profile[second : second + 4],
            profile[first : first + 4],
        )
    return bytes(profile).replace("sRGB".encode("utf-16-be"), "own!".encode("utf-16-be")).replace(b"sRGB", b"own!")


def test_a_plain_profile_goes_and_the_pixels_stay(check):
    data = jpeg(portrait(), icc_profile=srgb())
    report = check(data)
    assert "ICC" in report.problems[0].message
    assert (pixels(report.re_encoded) == pixels(data)).all()


def test_colours_of_another_profile_are_converted_before_it_goes(check):
    data = jpeg(portrait(background=(60, 120, 220)), icc_profile=lab_like_wide())
    report = check(data)
    assert report.re_encoded is not None
    assert b"ICC_PROFILE" not in report.re_encoded
    corner, before = pixels(report.re_encoded)[3, 3], pixels(data)[3, 3]
    assert abs(corner - before).max() > 15


def test_an_unreadable_profile_goes_too(check):
    report = check(jpeg(portrait(), icc_profile=b"not a profile" * 20))
    assert report.is_acceptable
    assert b"ICC_PROFILE" not in report.re_encoded


def test_the_weight_is_that_of_the_picture(check, view):
    least = view.photo_profile("diploma").min_bytes
    small = jpeg(portrait().resize((15, 20)).resize((150, 200)), quality=40)
    assert len(small) < least
    heavy = with_first(segment(0xE1, XMP + b" " * 9_000), small)
    assert len(heavy) > least
    assert {problem.code for problem in check(heavy).problems} == {"extra_data", "too_light"}


def test_a_turned_picture_with_a_place_is_turned_and_bare(check):
    exif = Image.Exif()
    exif[0x0112] = 6
    exif.get_ifd(0x8825)[2] = (34.0, 30.0, 0.0)
    report = check(jpeg(portrait().transpose(Image.Transpose.ROTATE_90), exif=exif))
    assert "GPS" in report.problems[0].message
    assert Image.open(io.BytesIO(report.re_encoded)).size == (150, 200)
    assert bare(report.re_encoded) == report.re_encoded
