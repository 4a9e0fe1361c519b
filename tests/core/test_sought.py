"""What was typed into the search box: which of it no page may repeat."""

from __future__ import annotations

import pytest

from xueji.core.sought import read_sought


@pytest.mark.parametrize(
    "typed",
    [
        "11010519491231002X", "110105491231002", "G11010519491231002X", "身份证11010519491231002x", "证件 １１０１０５４９１２３１００２",
        "E12345678", "护照EA1234567", "H12345678", "M1234567890", "12345678", "ABC123456789012", "C01X00T47", "AB 123456",
    ],
)  # fmt: skip
def test_a_number_that_may_be_somebodys_is_closed(typed: str) -> None:
    assert read_sought(typed).is_closed


@pytest.mark.parametrize(
    "typed", ["王小明", "2026届春季", "渭河职业学校", "002X", "Alexandra", "2026届 渭河 3班", "Li Ming"]
)
def test_names_titles_and_tails_are_repeated(typed: str) -> None:
    assert not read_sought(typed).is_closed
