"""One picture is known in any file; other pictures are other pictures."""

from __future__ import annotations

import io

import pytest
from PIL import Image, ImageEnhance
from tests.exchange.people import photograph

from xueji.demo.faces import portrait
from xueji.documents.likeness import alike, signature_of


def opened(data: bytes) -> Image.Image:
    return Image.open(io.BytesIO(data)).convert("RGB")


def saved(image: Image.Image, quality: int = 80) -> Image.Image:
    out = io.BytesIO()
    image.save(out, "JPEG", quality=quality)
    return opened(out.getvalue())


FACES = [opened(portrait(3, index, "男" if index % 2 else "女")) for index in range(60)]


@pytest.mark.parametrize(
    "again",
    [
        lambda image: saved(image, 40), lambda image: saved(image, 95), lambda image: saved(image.resize((300, 400)), 85).resize((150, 200)),
        lambda image: saved(image.resize((120, 160)), 80), lambda image: saved(image.resize((358, 477)), 80),
        lambda image: saved(ImageEnhance.Brightness(image).enhance(1.02), 80),
    ],
    ids=["poorer", "richer", "enlarged and back", "shrunk", "another format", "lightened"],
)  # fmt: skip
def test_a_picture_saved_again_is_the_same(again):
    signatures = {n: signature_of(face) for n, face in enumerate(FACES)} | {99: signature_of(again(FACES[17]))}
    assert sorted(map(sorted, alike(signatures))) == [[17, 99]]


def test_faces_before_one_wall_are_not_alike():
    assert list(alike({n: signature_of(face) for n, face in enumerate(FACES)})) == []


def test_the_pictures_of_the_tests_are_not_alike():
    assert list(alike({n: signature_of(opened(photograph(n))) for n in range(300)})) == []


def test_many_of_one_picture_are_told_against_the_first_alone():
    signature = signature_of(FACES[0])
    pairs = list(alike(dict.fromkeys(range(1000), signature)))
    assert len(pairs) == 999
    assert {first for first, _ in pairs} == {0}


def test_no_picture_and_one_picture_have_no_likeness():
    assert list(alike({})) == list(alike({1: b""})) == list(alike({1: signature_of(FACES[0])})) == []
