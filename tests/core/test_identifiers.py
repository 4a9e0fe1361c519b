from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum.cn import ric

from xueji.core.identifiers import (
    IdKind,
    check_character,
    document_number_problem,
    normalise_resident_id,
    parse_resident_id,
    tail_of,
    upgrade_resident_id,
)

ON = date(2026, 11, 1)
births = st.dates(date(1900, 1, 1), ON)
serials = st.integers(0, 999).map(lambda n: f"{n:03d}")


def number_of(division: str, born: date, serial: str) -> str:
    seventeen = f"{division}{born:%Y%m%d}{serial}"
    return seventeen + check_character(seventeen)


@pytest.mark.parametrize("number", ["11010519491231002X", "440524188001010014"])
def test_the_check_characters_of_the_standards_samples_are_right(number):
    assert check_character(number[:17]) == number[17]


def test_the_sample_of_the_standard_tells_birth_sex_and_region():
    read = parse_resident_id("11010519491231002X", on=ON)
    assert (read.is_valid, read.birth_date, read.sex, read.division) == (True, date(1949, 12, 31), "女", "110105")


@given(births, serials)
def test_a_built_number_is_valid_here_and_by_the_oracle(born, serial):
    number = number_of("110105", born, serial)  # the oracle knows this region for every year
    read = parse_resident_id(number, on=ON)
    assert read.is_valid
    assert read.birth_date == born
    assert read.sex == ("男" if int(serial) % 2 else "女")
    assert ric.is_valid(number)


@given(st.from_regex(r"110105(19|20)[0-9]{2}[0-9]{7}[0-9X]", fullmatch=True))
def test_validity_agrees_with_the_oracle_up_to_births_in_the_future(number):
    read = parse_resident_id(number, on=date.max)
    assert read.is_valid == ric.is_valid(number)


@given(births, serials, st.integers(0, 17), st.sampled_from("0123456789"))
def test_one_wrong_digit_is_always_noticed(born, serial, place, digit):
    number = number_of("610502", born, serial)
    mistyped = number[:place] + digit + number[place + 1 :]
    assert mistyped == number or not parse_resident_id(mistyped, on=ON).is_valid


@given(births, serials, st.integers(0, 16))
def test_two_neighbours_exchanged_are_always_noticed(born, serial, place):
    number = number_of("610502", born, serial)
    swapped = number[:place] + number[place + 1] + number[place] + number[place + 2 :]
    assert swapped == number or not parse_resident_id(swapped, on=ON).is_valid


@pytest.mark.parametrize(
    ("number", "words"),
    [
        pytest.param(number_of("610502", ON + timedelta(days=1), "001"), "在将来", id="born tomorrow"),
        pytest.param("440524188001010014", "早于 1900", id="born 1880"),
        pytest.param("610502200102300015", "校验码|不存在", id="30 February"),
        pytest.param("610502２00105030021", "U+FF12", id="full-width digit"),
        pytest.param("61050220010503٠021", "U+0660", id="Arabic-Indic digit"),
        pytest.param("6105022001050300", "现为 16 位", id="sixteen"),
        pytest.param("", "现为 0 位", id="empty"),
        pytest.param("11010519491231002x", "大写 X", id="small x"),
        pytest.param("X10105194912310021", "17 位数字", id="X in front"),
    ],
)
def test_an_impossible_number_is_refused_with_the_reason(number, words):
    problem = parse_resident_id(number, on=ON).problem
    assert problem is not None
    assert any(word in problem for word in words.split("|"))


def test_the_birth_day_itself_is_not_in_the_future():
    assert parse_resident_id(number_of("610502", ON, "001"), on=ON).is_valid


@pytest.mark.parametrize("number", ["810000200101010011", "830000200101010015"])
def test_residence_permits_of_hong_kong_macao_and_taiwan_are_accepted(number):
    read = parse_resident_id(number, on=ON, divisions=frozenset({"610502"}))
    assert (read.is_valid, read.kind, read.doubts) == (True, IdKind.RESIDENCE_PERMIT, ())


def test_the_new_card_of_foreign_residents_tells_the_birth_date():
    read = parse_resident_id("911124198108030024", on=ON)
    assert (read.is_valid, read.kind, read.birth_date) == (True, IdKind.FOREIGN_RESIDENT, date(1981, 8, 3))


def test_the_old_card_of_foreign_residents_is_accepted_and_tells_nothing():
    read = parse_resident_id("CAN110081080310", on=ON)
    assert (read.is_valid, read.kind, read.birth_date) == (True, IdKind.OLD_FOREIGN_RESIDENT, None)


@given(st.dates(date(1900, 1, 1), date(1999, 12, 31)), serials)
def test_an_old_number_upgrades_to_the_number_of_the_same_person(born, serial):
    fifteen = f"610502{born:%y%m%d}{serial}"
    assert upgrade_resident_id(fifteen) == number_of("610502", born, serial)
    read = parse_resident_id(fifteen, on=ON)
    assert (read.kind, read.birth_date) == (IdKind.OLD_RESIDENT, born)


def test_an_unknown_region_is_a_doubt_and_not_a_refusal():
    number = number_of("619999", date(2001, 5, 3), "002")
    read = parse_resident_id(number, on=ON, divisions=frozenset({"610502"}))
    assert read.is_valid
    assert "前六位" in read.doubts[0]
    assert parse_resident_id(number, on=ON).doubts == ()


def test_normalising_repairs_what_spreadsheets_do():
    assert normalise_resident_id("'６10502 20010503　002x\n") == "61050220010503002X"


@pytest.mark.parametrize(
    ("number", "tail"),
    [
        ("61050220010503002X", "002X"),
        ("610502010503002", "3002"),
        ("E12345678", "78"),
        ("C1234", ""),
        ("", ""),
    ],
)
def test_the_tail_is_four_characters_and_of_a_short_number_two(number, tail):
    assert tail_of(number) == tail


@given(births, serials, st.integers(0, 17), st.sampled_from("0123456789"))
def test_what_is_said_of_a_number_repeats_no_part_of_it(born, serial, place, digit):
    number = number_of("610502", born, serial)
    mistyped = number[:place] + digit + number[place + 1 :]
    read = parse_resident_id(mistyped, on=date(1990, 1, 1), divisions=frozenset({"110105"}))
    text = "".join((read.problem or "", *read.doubts))
    assert not [part for i in range(15) if (part := mistyped[i : i + 4]) in text.replace("1900 年", "")]


@pytest.mark.parametrize(
    ("shape", "number", "accepted"),
    [
        ("home_return_permit", "H12345678", True),
        ("home_return_permit", "X12345678", False),
        ("taiwan_permit", "01234567", True),
        ("taiwan_permit", "0123456", False),
        ("passport", "E12345678", True),
        ("passport", "E 12", False),
        ("residence_card", "USA110010112345", True),  # the older form
        ("residence_card", "US1100101123456", False),
        ("residence_card", number_of("911156", date(1985, 2, 3), "012"), True),  # the newer one
        ("residence_card", number_of("911156", date(1985, 2, 3), "012")[:-1] + "-", False),
        ("other", "（2019）第12号", True),
        ("other", "", False),
        ("other", "军字第0012号", True),
        ("other", "无", False),
        ("other", "不详", False),
        ("other", "第1号", False),
        ("other", "0000", False),
        ("passport", "ABCDEFGH", False),
    ],
)
def test_other_documents_are_checked_by_their_shape(shape, number, accepted):
    assert (document_number_problem(shape, number) is None) is accepted


@pytest.mark.parametrize("number", ["61050280010112", "6105028001011234", "61050280010112X"])
def test_only_a_number_of_fifteen_digits_is_lengthened(number):
    with pytest.raises(ValueError, match="not fifteen digits"):
        upgrade_resident_id(number)
