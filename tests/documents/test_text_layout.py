"""Fitting texts, Chinese numerals, and the calibration of printers."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.documents.documents_data import LONG_NAME

from xueji.core.errors import BadInput
from xueji.documents.alignment import EXACT, Alignment, line_deviations, solve_calibration
from xueji.documents.fonts import text_width
from xueji.documents.layout import MM, capital_number, chinese_date, chinese_duration, chinese_number, fit_text

NAMES = st.text(st.sampled_from("尼格买提热合曼阿布都依木江·张伟abcABC0123（）"), min_size=1, max_size=40)


@pytest.mark.requirement("S1-09")
@given(NAMES, st.floats(10, 80), st.floats(7, 18), st.sampled_from([None, 7.2, 8.4]))
def test_a_fitted_text_never_leaves_its_width_and_loses_nothing(text, width, size, height) -> None:
    fitted = fit_text(text, width, size, height_mm=height)
    assert "".join(fitted.lines) == text
    assert fitted.size <= size
    assert all(text_width(line) * fitted.size <= width * MM for line in fitted.lines)
    assert fitted.shrunk == (fitted.size < size)


def test_a_long_name_takes_two_lines_at_the_middle_dot() -> None:
    fitted = fit_text(LONG_NAME, 26, 9.5, height_mm=7.2)
    assert fitted.lines == ("尼格买提·热合曼·", "阿布都热依木江")
    assert fitted.size > 8


def test_a_short_name_is_left_alone() -> None:
    fitted = fit_text("张伟", 26, 9.5, height_mm=7.2)
    assert (fitted.lines, fitted.size, fitted.shrunk) == (("张伟",), 9.5, False)


@pytest.mark.parametrize(
    ("day", "text"),
    [
        (date(2019, 7, 8), "二〇一九年七月八日"),
        (date(2020, 10, 10), "二〇二〇年十月十日"),
        (date(2021, 12, 21), "二〇二一年十二月二十一日"),
        (date(2030, 1, 30), "二〇三〇年一月三十日"),
    ],
)
def test_dates_in_chinese_numerals(day, text) -> None:
    assert chinese_date(day) == text


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (0, "零"), (7, "柒"), (10, "壹拾"), (19, "壹拾玖"), (105, "壹佰零伍"), (1050, "壹仟零伍拾"), (2001, "贰仟零壹"),
        (10000, "壹万"), (10010, "壹万零壹拾"), (12000, "壹万贰仟"), (20304050, "贰仟零叁拾万肆仟零伍拾"),
    ],
)  # fmt: skip
def test_counts_in_capital_numerals(number, words) -> None:
    assert capital_number(number) == words


def test_lengths_of_schooling() -> None:
    assert [chinese_duration(Decimal(d)) for d in ("1", "3", "3.5", "0.5")] == ["一年", "三年", "三年半", "半年"]
    with pytest.raises(ValueError, match="100"):
        chinese_number(100)


errors = st.floats(-8, 8)
stretches = st.floats(0.98, 1.02)


@pytest.mark.requirement("S1-09")
@given(errors, errors, stretches, stretches, st.floats(0, 297), st.floats(0, 210))
def test_calibrated_print_lands_on_the_spot(bx, by, ax, ay, x, y) -> None:
    def printer(point: tuple[float, float]) -> tuple[float, float]:
        return ax * point[0] + bx, ay * point[1] + by

    crosses = ((20.0, 20.0), (280.0, 180.0))
    found = solve_calibration(crosses, [printer(c) for c in crosses])
    u, v = printer(found.apply(x, y))
    assert (u, v) == pytest.approx((x, y), abs=0.02)


@pytest.mark.parametrize(
    ("measured", "word"),
    [
        pytest.param(((20, 20), (270, 173)), "100%", id="fit-to-page"),
        pytest.param(((40, 20), (300, 180)), "方向", id="paper-wrong-way"),
        pytest.param(((20, 20), (20, 180)), "两个十字", id="same-column"),
    ],
)
def test_an_impossible_measurement_is_refused_with_what_to_do(measured, word) -> None:
    with pytest.raises(BadInput) as refusal:
        solve_calibration(((20, 20), (280, 180)), measured)
    assert word in refusal.value.message


@pytest.mark.requirement("S1-09")
def test_half_a_line_off_is_named() -> None:
    baselines = [("姓名", 200.0, 68.0)]
    for within in (Alignment(), Alignment(dy=-5.4)):
        assert all(deviation.is_within for deviation in line_deviations(within, baselines, 11.0))
    (problem,) = line_deviations(Alignment(dy=-5.6), baselines, 11.0)
    assert not problem.is_within
    assert "姓名：偏下 5.6 毫米，超过半行" in problem.words


@pytest.mark.requirement("S3-17")
@pytest.mark.parametrize(
    ("error", "off", "is_within", "words"),
    [
        pytest.param(EXACT, 0.0, True, "正在行上，不超过半行（5.5 毫米）", id="exact"),
        pytest.param(Alignment(dy=-5.5), 5.5, True, "偏下 5.5 毫米，不超过半行", id="half-a-line-is-allowed"),
        pytest.param(Alignment(dy=5.6), -5.6, False, "偏上 5.6 毫米，超过半行", id="more-is-not"),
        pytest.param(Alignment(sy=0.9), 68 / 0.9 - 68, False, "偏下 7.6 毫米", id="stretched"),
    ],
)
def test_the_deviation_from_the_line_is_computed(error, off, is_within, words) -> None:
    (deviation,) = line_deviations(error, [("姓名", 200.0, 68.0)], 11.0)
    assert deviation.off_mm == pytest.approx(off, abs=0.001)
    assert deviation.is_within is is_within
    assert words in deviation.words


@pytest.mark.requirement("S3-17")
def test_what_a_second_sheet_still_shows_is_the_remaining_error() -> None:
    remaining = solve_calibration(((20, 20), (277, 180)), ((20.1, 20.4), (277.1, 180.4)))
    deviations = line_deviations(remaining, [("姓名", 60.0, 68.0), ("专业", 60.0, 90.0)], 11.0)
    assert [deviation.off_mm for deviation in deviations] == [0.4, 0.4]
    assert all(deviation.is_within for deviation in deviations)
