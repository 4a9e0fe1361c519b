"""Drawn portraits meet the photo profile of the pack, differ from one another and are quick to make."""

from __future__ import annotations

import hashlib
import time

import pytest

from xueji.demo import faces
from xueji.demo.city import PACK
from xueji.demo.face_parts import parts
from xueji.documents.photos import check_photo
from xueji.policy import get_library


def test_every_portrait_is_acceptable_without_a_word():
    from datetime import date

    profile = get_library().pack(PACK).on(date(2026, 7, 8)).photo_profile("diploma")
    number = "11010519491231002X"
    for index in range(80):
        body = faces.portrait(3, index, "男女"[index % 2])
        report = check_photo(body, profile, file_name=f"{number}.jpg", resident_id=number)
        assert report.problems == ()
        assert (report.width, report.height) == (150, 200)


def test_same_seed_and_index_give_the_same_bytes():
    assert faces.portrait(9, 4, "女") == faces.portrait(9, 4, "女")
    assert faces.portrait(9, 4, "女") != faces.portrait(10, 4, "女")


def test_four_hundred_portraits_are_four_hundred_pictures():
    assert len({hashlib.sha256(faces.portrait(1, i, "男女"[i % 2])).digest() for i in range(400)}) == 400


def test_a_thousand_faces_take_seconds():
    parts()
    started = time.process_time()
    for index in range(60):
        faces.portrait(2, index, "女")
    assert 60 / (time.process_time() - started) > 150  # 600 on an idle core; the bound leaves room for a busy one


def test_a_picture_that_never_fits_the_bytes_is_a_bug_said_aloud():
    from PIL import Image

    with pytest.raises(ValueError, match="leaves the bounds"):
        faces.encode(Image.new("RGB", (150, 200), (67, 142, 219)))
