"""Photographs: each way a file is wrong is named with what to do, and what is kept is nothing but pixels."""

from __future__ import annotations

import io
import zipfile

import pytest
from PIL import Image
from tests.documents.documents_data import PHOTO, jpeg, portrait

from xueji.core.findings import Severity
from xueji.documents.photos import PhotoReport, check_photo

RESIDENT_ID = "61050220010309002X"
GPS = 0x8825


def png() -> bytes:
    out = io.BytesIO()
    portrait().save(out, "PNG")
    return out.getvalue()


def exif(orientation: int = 1, *, place: bool = False) -> Image.Exif:
    data = Image.Exif()
    data[0x0112] = orientation
    data[0x010F] = "Phone"
    if place:
        data.get_ifd(GPS)[2] = (34.0, 30.0, 0.0)
    return data


def zip_bytes() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("a.txt", "hidden")
    return out.getvalue()


@pytest.fixture
def check(view):
    def run(data: bytes, file_name: str = f"{RESIDENT_ID}.jpg") -> PhotoReport:
        return check_photo(data, view.photo_profile("diploma"), file_name=file_name, resident_id=RESIDENT_ID)

    return run


def codes(report: PhotoReport) -> set[str]:
    return {problem.code for problem in report.problems}


@pytest.mark.requirement("S1-10")
def test_a_right_photograph_has_no_problem(check) -> None:
    report = check(PHOTO)
    assert report.problems == ()
    assert report.is_acceptable
    assert (report.width, report.height, report.size) == (150, 200, len(PHOTO))
    assert report.re_encoded is None


def test_what_was_in_order_is_not_decoded_again_but_its_name_is_read(check, monkeypatch) -> None:
    first, wrong = check(PHOTO), png()
    assert "not_jpeg" in codes(check(wrong))
    monkeypatch.setattr("xueji.documents.photos._open", lambda *_: pytest.fail("decoded again"))
    assert check(PHOTO) == first
    assert codes(check(PHOTO, "别人.jpg")) == {"file_name"}
    with pytest.raises(pytest.fail.Exception):  # what was refused is judged anew
        check(wrong)


@pytest.mark.requirement("S1-10")
@pytest.mark.parametrize(
    ("data", "code", "word"),
    [
        pytest.param(lambda: PHOTO[: len(PHOTO) // 2], "damaged", "不完整", id="cut-in-half"),
        pytest.param(lambda: PHOTO[:-2], "damaged", "不完整", id="no-end"),
        pytest.param(lambda: PHOTO[:30], "damaged", "损坏", id="head-only"),
        pytest.param(lambda: b"\xff\xd8" + b"\x00" * 500, "damaged", "损坏", id="zeros"),
        pytest.param(png, "not_jpeg", "PNG", id="png-named-jpg"),
        pytest.param(zip_bytes, "not_jpeg", "压缩包", id="zip"),
        pytest.param(lambda: b"", "not_jpeg", "空文件", id="empty"),
        pytest.param(lambda: jpeg(Image.new("L", (2500, 2500))), "too_many_pixels", "400 万", id="bomb"),
        pytest.param(lambda: jpeg(portrait().convert("CMYK")), "cmyk", "RGB", id="cmyk"),
        pytest.param(lambda: b"\xff\xd8" + b"\xff" * 9_000_000, "file_too_large", "MB", id="too-many-bytes"),
    ],
)
def test_an_unusable_file_is_refused(check, data, code, word) -> None:
    report = check(data())
    assert codes(report) == {code}
    assert word in report.problems[0].message
    assert not report.is_acceptable
    assert report.re_encoded is None


@pytest.mark.requirement("S1-10")
def test_height_and_width_confused_is_named(check) -> None:
    report = check(jpeg(portrait(200, 150)))
    assert "landscape" in codes(report)
    assert "横竖颠倒" in report.problems[0].message
    assert report.re_encoded is None  # turning a face on its side would not mend it


@pytest.mark.requirement("S1-10")
def test_too_large_is_offered_re_encoded_within_the_profile(check) -> None:
    report = check(jpeg(portrait(600, 800), quality=97))
    assert {"wrong_size", "too_heavy"} <= codes(report)
    assert not report.is_acceptable
    assert report.re_encoded is not None
    assert check(report.re_encoded).is_acceptable
    assert Image.open(io.BytesIO(report.re_encoded)).size == (150, 200)


@pytest.mark.requirement("S1-10")
def test_too_light_is_named_and_not_inflated(check) -> None:
    report = check(jpeg(Image.new("RGB", (150, 200), (67, 142, 219)), quality=40))
    assert codes(report) == {"too_light"}
    assert report.re_encoded is None


@pytest.mark.parametrize(
    ("name", "code"),
    [
        pytest.param("61050220010309002x.jpg", "file_name_case", id="small-x"),
        pytest.param("610502200103090013.jpg", "file_name", id="another-person"),
        pytest.param("61050220010309002X.png", "file_name_ending", id="ending"),
        pytest.param("61050220010309002X", "file_name_ending", id="no-ending"),
    ],
)
@pytest.mark.requirement("S1-10")
def test_a_wrong_file_name_is_named(check, name, code) -> None:
    report = check(PHOTO, name)
    assert codes(report) == {code}
    assert RESIDENT_ID not in report.problems[0].message


def test_the_ending_may_be_capital_and_the_file_in_a_folder(check) -> None:
    assert check(PHOTO, f"三班/{RESIDENT_ID}.JPG").problems == ()


def test_camera_data_place_and_hidden_files_are_removed(check) -> None:
    dirty = jpeg(portrait(), exif=exif(place=True), comment=b"note") + zip_bytes()
    report = check(dirty)
    (advice,) = (p for p in report.problems if p.code == "extra_data")
    assert advice.severity is Severity.ADVICE
    for word in ("GPS", "EXIF", "注释", "多余数据"):
        assert word in advice.message
    clean = report.re_encoded
    assert clean is not None
    assert b"PK\x05\x06" not in clean
    assert b"Exif" not in clean
    assert b"note" not in clean
    assert check(clean).problems == ()


def test_a_turned_photograph_is_judged_as_shown(check) -> None:
    sideways = portrait().transpose(Image.Transpose.ROTATE_90)
    report = check(jpeg(sideways, exif=exif(orientation=6)))
    assert (report.width, report.height) == (150, 200)
    assert report.is_acceptable
    assert report.re_encoded is not None
    assert Image.open(io.BytesIO(report.re_encoded)).size == (150, 200)


@pytest.mark.requirement("S1-10")
def test_another_background_is_advice_only(check) -> None:
    report = check(jpeg(portrait(background=(200, 30, 30))))
    assert codes(report) == {"background"}
    assert report.is_acceptable
    assert report.background_rgb is not None
    assert report.background_rgb[0] > report.background_rgb[2]


def test_progressive_and_grey_files_are_read(check) -> None:
    assert check(jpeg(portrait(), progressive=True)).is_acceptable
    grey = codes(check(jpeg(portrait().convert("L"), quality=95)))
    assert "grey" in grey  # said, and read all the same
    assert grey <= {"grey", "background", "too_light"}
