"""How sure two registrations are of one student: the same card, one digit apart, one name and birth date; twins never."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xueji.core.duplicates import (
    Alike,
    BarSpan,
    Certainty,
    NextAct,
    Particulars,
    Silence,
    compare_particulars,
    differing,
    mistyped_forms,
    next_act,
    spans_on_bar,
)
from xueji.core.identifiers import check_character, parse_resident_id

pytestmark = pytest.mark.requirement("S2-16")
BORN = date(2006, 5, 3)


def card(serial: int, born: str = "20060503") -> str:
    first = f"410102{born}{serial:03d}"
    return first + check_character(first)


def of(number: str, name: str = "王小明", sex: str = "男", born: date = BORN) -> Particulars:
    return Particulars(name, sex, born, number)


def mistyped(number: str, place: int) -> str:
    return number[:place] + str((int(number[place]) + 1) % 10) + number[place + 1 :]


@pytest.mark.parametrize(
    ("first", "other", "answer"),
    [
        (of(card(1)), of(card(1)), (Certainty.DEFINITE, Alike.SAME_DOCUMENT)),
        (of(card(1)), of(f" {card(1).lower()}"), (Certainty.DEFINITE, Alike.SAME_DOCUMENT)),
        (of("410102860503001"), of(card(1, "19860503")), (Certainty.DEFINITE, Alike.SAME_DOCUMENT)),
        (of(card(1)), of(mistyped(card(1), 9)), (Certainty.DEFINITE, Alike.MISTYPED)),
        (of(card(1)), of(mistyped(card(1), 9), name="李雷"), (Certainty.POSSIBLE, Alike.MISTYPED)),
        (of(card(1)), of("G12345678"), (Certainty.POSSIBLE, Alike.SAME_PARTICULARS)),
        (of(""), of(""), (Certainty.POSSIBLE, Alike.SAME_PARTICULARS)),
        (of(card(1)), of(card(3), sex="女"), (Certainty.NONE, Alike.NOTHING)),
        (of(card(1)), of(card(3), born=date(2006, 5, 4)), (Certainty.NONE, Alike.NOTHING)),
        (of(card(1)), of(card(3), name="王小亮"), (Certainty.NONE, Alike.NOTHING)),
    ],
)
def test_definite_possible_none(first, other, answer) -> None:
    assert compare_particulars(first, other) == compare_particulars(other, first) == answer


@given(st.integers(1, 997), st.sampled_from([1, 2]))
def test_twins_with_neighbouring_numbers_are_two(serial: int, apart: int) -> None:
    first, other = of(card(serial)), of(card(serial + apart), name="王小亮")
    assert compare_particulars(first, other)[0] is Certainty.NONE


@given(st.integers(1, 999), st.integers(0, 16))
def test_a_mistyped_number_is_among_the_forms_and_never_valid(serial: int, place: int) -> None:
    forms = list(mistyped_forms(card(serial)))
    assert mistyped(card(serial), place) in forms
    assert len(forms) == len(set(forms)) == 17 * 9 + 10
    assert all(parse_resident_id(form).problem for form in forms)
    assert list(mistyped_forms("G12345678")) == []


def test_what_differs_is_told_place_by_place() -> None:
    assert differing("王小明", "王晓明") == [("王", False), ("小", True), ("明", False)]
    assert differing("王小明", "王小") == [("王", False), ("小", False), ("明", True)]


@pytest.mark.parametrize(
    ("now", "act"),
    [
        (Silence(False, False, 0, BORN, 3), NextAct.ANSWER),
        (Silence(True, True, 0, BORN, 3), NextAct.FILE),
        (Silence(True, False, 2, BORN, 3), NextAct.REMIND),
        (Silence(True, False, 3, BORN, 3), NextAct.REPORT),
        (Silence(True, False, 3, BORN, 3, is_filed=True), NextAct.NOTHING),
    ],
)
def test_silence_past_its_term_proposes_the_next_act(now: Silence, act: NextAct) -> None:
    assert next_act(now, date(2006, 5, 4)) is act
    if act in (NextAct.REMIND, NextAct.REPORT):
        assert next_act(now, BORN) is NextAct.WAIT


def test_spans_and_their_overlap_on_one_bar() -> None:
    spans, overlap = spans_on_bar([(date(2023, 1, 1), date(2023, 7, 1)), (date(2023, 4, 1), date(2024, 1, 1))])
    assert spans == [BarSpan(0, 49), BarSpan(24, 76)]
    assert overlap == BarSpan(24, 25)
    assert spans_on_bar([(date(2023, 1, 1), date(2023, 4, 1)), (date(2023, 4, 1), date(2024, 1, 1))])[1] is None


def test_a_stretch_of_one_day_is_seen_and_stays_on_the_bar() -> None:
    begin, end = date(2020, 9, 1), date(2023, 7, 1)
    assert spans_on_bar([(begin, end), (end, end)]) == ([BarSpan(0, 100), BarSpan(99, 1)], None)
    assert spans_on_bar([(end, end), (end, end)]) == ([BarSpan(0, 1), BarSpan(0, 1)], None)
