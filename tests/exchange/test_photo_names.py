"""A photograph belongs to the number in its file name, whatever else stands there; two numbers are nobody's."""

from __future__ import annotations

import io
from datetime import date
from pathlib import Path

import pytest
from PIL import Image
from tests.exchange.people import people, photograph, write_photos, write_workbook
from tests.exchange.raw import write_zip64

from xueji.core.errors import BadInput
from xueji.core.findings import Severity
from xueji.exchange.graduates import IntakeReport, check_graduates
from xueji.exchange.photonames import read_photo_name
from xueji.policy import get_library

ROWS = people(2)
(FIRST, SECOND), NAMES = (row["身份证号"] for row in ROWS), [row["姓名"] for row in ROWS]


def check(archive: Path, tmp_path: Path) -> IntakeReport:
    view = get_library().pack("edu/shaanxi-weinan").on(date(2019, 7, 1))
    return check_graduates(write_workbook(tmp_path / "名册.xlsx", ROWS), archive, view)


def named(form: str, tmp_path: Path) -> IntakeReport:
    files = {form.format(n=row["姓名"], i=row["身份证号"]): photograph(index) for index, row in enumerate(ROWS)}
    return check(write_photos(tmp_path / "照片.zip", files), tmp_path)


@pytest.mark.parametrize(
    "form",
    [
        "{n}{i}.jpg", "{i}{n}.jpg", "{i}-{n}.jpg", "{n}（{i}）.jpg", "{i} (1).jpg", "{i}(2).jpg", "{i} - 副本.jpg", "{i} 2.jpg", "{i}_01.jpg",
        "Copy of {i}.jpg", "2016级护理1班_{n}_{i}.jpg", "IMG_20190601_{i}.jpg", "微信图片_20190601123456_{i}.jpg", "{i}.jpg.jpg", "照片/{n}{i}.jpg",
    ],
)  # fmt: skip
def test_a_number_among_other_things_is_matched_and_told_once(form, tmp_path: Path):
    report = named(form, tmp_path)
    assert all(row.photo for row in report.rows)
    assert report.is_acceptable
    findings = [(f.rule, f.severity) for f in report.findings]
    assert findings == [("photo_archive.name_with_extra", Severity.WARNING)]


@pytest.mark.parametrize("form", ["\u202a{i}\u202c.jpg", "{i}\u200b.jpg"])
def test_unseen_marks_in_a_file_name_are_nothing(form, tmp_path: Path):
    assert not named(form, tmp_path).findings


@pytest.mark.parametrize(
    "name", [f"{FIRST}{SECOND}.jpg", f"{FIRST}和{SECOND}.jpg", f"1{FIRST}.jpg", f"{FIRST}7.jpg", "程砚秋.jpg"]
)
def test_two_numbers_or_a_longer_one_are_nobodys(name):
    assert not read_photo_name(name).number


def test_the_name_that_is_the_number_alone_is_kept_and_a_copy_does_no_harm(tmp_path: Path):
    files = {f"{FIRST} (1).jpg": photograph(0), f"{FIRST}.jpg": photograph(0), f"{SECOND}.jpg": photograph(1)}
    report = check(write_photos(tmp_path / "照片.zip", files), tmp_path)
    assert [row.photo.name for row in report.rows if row.photo] == [f"{FIRST}.jpg", f"{SECOND}.jpg"]
    assert report.is_acceptable
    files[f"{FIRST} (1).jpg"] = photograph(2)
    report = check(write_photos(tmp_path / "照片.zip", files), tmp_path)
    assert [f.rule for f in report.findings if f.is_error] == ["photo_archive.duplicate"]


def test_another_graduates_name_beside_the_number_is_told_at_the_graduate(tmp_path: Path):
    files = {f"{NAMES[1]}{FIRST}.jpg": photograph(0), f"{SECOND}.jpg": photograph(1)}
    report = check(write_photos(tmp_path / "照片.zip", files), tmp_path)
    assert [(f.row, NAMES[1] in f.message) for f in report.findings if f.rule == "photo.named_otherwise"] == [(2, True)]


@pytest.mark.parametrize("mode", ["L", "RGB"])
def test_a_grey_photograph_is_told(mode, tmp_path: Path):
    out = io.BytesIO()
    Image.open(io.BytesIO(photograph(0))).convert("L").convert(mode).save(out, "JPEG", quality=95)
    files = {f"{FIRST}.jpg": out.getvalue(), f"{SECOND}.jpg": photograph(1)}
    report = check(write_photos(tmp_path / "照片.zip", files), tmp_path)
    assert [(f.row, "黑白" in f.message) for f in report.findings if f.rule == "photo.grey"] == [(2, True)]


def test_a_small_archive_with_the_records_of_large_ones_is_read(tmp_path: Path):
    files = {f"{row['身份证号']}.jpg": photograph(index) for index, row in enumerate(ROWS)}
    report = check(write_zip64(tmp_path / "照片.zip", files), tmp_path)
    assert all(row.photo for row in report.rows)
    with pytest.raises(BadInput, match="个文件，一次最多"):
        check(write_zip64(tmp_path / "多.zip", files, count=9_000_000), tmp_path)


@pytest.mark.parametrize(
    "stem", ["12345678", "0123456789", "E12345678", "AB1234567", "1A2345678", "H12345678", "USA110010112345"]
)
def test_permits_and_passports_name_a_photograph_by_their_number_alone(stem: str) -> None:
    for name in (f"{stem}.jpg", f"照片/{stem}.JPG", f" {stem.lower()} .jpg"):
        assert read_photo_name(name).number == stem


@pytest.mark.parametrize("stem", ["IMG20240101", "DSC00012345", "张三", "1", "123456", "ABCDEFGH", "2019级1班"])
def test_what_a_camera_or_a_person_calls_a_picture_is_no_number(stem: str) -> None:
    assert not read_photo_name(f"{stem}.jpg").number
