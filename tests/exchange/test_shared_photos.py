"""One photograph under two numbers is told at both, in whatever file it came."""

from __future__ import annotations

import io
from datetime import date
from pathlib import Path

import pytest
from PIL import Image
from tests.exchange.people import people, photograph, photos_of, write_photos, write_workbook

from xueji.core.findings import Severity
from xueji.exchange.graduates import check_graduates
from xueji.policy import get_library

ROWS = people(5)


@pytest.fixture(scope="module")
def view():
    return get_library().pack("edu/shaanxi-weinan").on(date(2019, 7, 1))


def name_of(index: int) -> str:
    return f"{ROWS[index]['身份证号']}.jpg"


def shared(files: dict[str, bytes], view, folder: Path):
    report = check_graduates(write_workbook(folder / "名册.xlsx", ROWS), write_photos(folder / "照片.zip", files), view)
    return [f for f in report.findings if f.rule == "photo.shared"]


def saved_again(data: bytes, **options) -> bytes:
    out = io.BytesIO()
    Image.open(io.BytesIO(data)).save(out, "JPEG", **options)
    return out.getvalue()


@pytest.mark.parametrize(
    ("again", "message"),
    [
        (lambda data: data, "同一张照片"),
        (lambda data: data[:2] + b"\xff\xfe\x00\x06note" + data[2:], "同一张照片"),
        (lambda data: data + b"behind", "同一张照片"),
        (lambda data: saved_again(data, quality=84), "看来相同"),
        (lambda data: saved_again(data, quality=95, progressive=True), "看来相同"),
    ],
    ids=["the same file", "another comment", "something behind", "poorer", "richer"],
)
def test_two_graduates_with_one_picture_are_both_told(again, message, view, tmp_path: Path):
    files = photos_of(ROWS)
    files[name_of(3)] = again(files[name_of(1)])
    found = shared(files, view, tmp_path)
    assert [(f.row, f.column, f.severity) for f in found] == [
        (3, "照片", Severity.WARNING),
        (5, "照片", Severity.WARNING),
    ]
    assert message in found[0].message
    assert f"第 5 行「{ROWS[3]['姓名']}」" in found[0].message
    assert f"第 3 行「{ROWS[1]['姓名']}」" in found[1].message
    assert all(f.remedy for f in found)
    assert not any(
        row["身份证号"][-4:] in f.message or row["身份证号"][6:14] in f.message for f in found for row in ROWS
    )


def test_everybody_with_one_picture_is_told(view, tmp_path: Path):
    found = shared({name_of(n): photograph(9) for n in range(5)}, view, tmp_path)
    assert [f.row for f in found] == [2, 3, 4, 5, 6]
    assert "等共 4 行" in next(f.message for f in found if "等共" in f.message)


def test_pictures_of_their_own_are_not_told(view, tmp_path: Path):
    assert shared(photos_of(ROWS), view, tmp_path) == []
