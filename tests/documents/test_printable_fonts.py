"""Which characters print, and with which font."""

from __future__ import annotations

import pytest
from tests.documents.documents_data import LONG_NAME, RARE_NAMES

from xueji.documents.fonts import SANS, SERIF, font_report, font_set, substitutions, text_width, uncovered

UNPRINTABLE = "\U0003ffff"  # a code point that is no character


@pytest.mark.requirement("S1-09")
@pytest.mark.parametrize("name", [*RARE_NAMES, LONG_NAME])
def test_names_print_with_the_fonts_that_come_with_the_program(name) -> None:
    assert uncovered(name) == ""
    assert substitutions(name, SERIF) == ()
    assert substitutions(name, SANS) == ()


def test_uncovered_returns_each_missing_character_once() -> None:
    assert uncovered(f"张{UNPRINTABLE}三{UNPRINTABLE}") == UNPRINTABLE


def test_a_character_of_extension_c_needs_hanamin_and_is_reported() -> None:
    if any(face.family == "HanaMinB" for face in font_set().missing):
        assert uncovered("𪻐") == "𪻐"
    else:
        assert [s.family for s in substitutions("张𪻐明")] == ["HanaMinB"]


def test_a_missing_optional_font_is_named_in_one_line(monkeypatch) -> None:
    from xueji.documents import fonts

    monkeypatch.setattr(fonts, "_SYSTEM_ROOTS", ())
    monkeypatch.delenv("XUEJI_FONTS", raising=False)
    font_set.cache_clear()
    try:
        report = font_report()
        assert "\n" not in report
        assert "HanaMinA、HanaMinB" in report
        assert "fonts-hanazono" in report
        assert uncovered("𪻐") == "𪻐"
    finally:
        font_set.cache_clear()


def test_widths_are_in_em() -> None:
    assert text_width("毕业证书") == pytest.approx(4.0)
    assert 0 < text_width("1") < 1


def test_advances_agree_with_fonttools() -> None:
    from fontTools.ttLib import TTFont

    for face in (font_set().serif[0], font_set().sans[0]):
        with TTFont(face.path, fontNumber=face.index, lazy=True) as font:
            named, metrics, scale = font.getBestCmap(), font["hmtx"].metrics, font["head"].unitsPerEm
            assert set(named) == set(face.advances)
            for code in list(named)[::997]:
                assert face.advances[code] == pytest.approx(metrics[named[code]][0] / scale)
