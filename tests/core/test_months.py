from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xueji.core.months import Month

months = st.builds(Month, st.integers(1000, 2999), st.integers(1, 12))


@pytest.mark.parametrize(
    "text",
    ["2019-07", "2019-7", "2019.7", "2019/07", "2019年7月", "201907", "20190708", "2019年7月8日", " 2019-07-08 "],
)
def test_the_usual_ways_to_write_a_month_are_read(text):
    assert Month.parse(text) == Month(2019, 7)


@pytest.mark.parametrize(
    "text", ["", "2019", "2019-13", "201913", "7-2019", "2019-07-08-09", "二〇一九年七月", "２０１９-07"]
)
def test_other_texts_are_not_months(text):
    with pytest.raises(ValueError, match=r"not a month|no such month"):
        Month.parse(text)


@given(months)
def test_writing_and_reading_are_inverse(month):
    assert Month.parse(str(month)) == month
    assert Month.of(month.first_day()) == month


@given(months, months)
def test_the_distance_has_a_sign_and_agrees_with_the_order(first, other):
    assert first.months_until(other) == -other.months_until(first)
    assert (first < other) == (first.months_until(other) > 0)


def test_a_month_is_a_month_of_a_day():
    assert Month.of(date(2019, 7, 31)) == Month(2019, 7)
    assert Month(2016, 9).months_until(Month(2019, 7)) == 34
