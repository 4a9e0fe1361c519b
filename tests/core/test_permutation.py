from __future__ import annotations

from collections import Counter
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xueji.core.permutation import invert, permute

KEY, OTHER_KEY = b"a key of the authority".ljust(32), b"another key".ljust(32)
keys = st.binary(min_size=16, max_size=64)
pytestmark = pytest.mark.requirement("S2-34")


@pytest.mark.parametrize("size", [*range(1, 40), 99, 100, 101, 999, 2_000])
def test_every_place_is_taken_exactly_once(size):
    assert sorted(permute(serial, size, KEY) for serial in range(1, size + 1)) == list(range(1, size + 1))


@given(st.integers(1, 150), keys)
def test_it_is_a_bijection_whatever_the_key(size, key):
    assert {permute(serial, size, key) for serial in range(1, size + 1)} == set(range(1, size + 1))


@given(st.integers(1, 10**12).flatmap(lambda size: st.tuples(st.integers(1, size), st.just(size))), keys)
def test_inverting_undoes_permuting(case, key):
    serial, size = case
    place = permute(serial, size, key)
    assert 1 <= place <= size
    assert invert(place, size, key) == serial
    assert permute(invert(serial, size, key), size, key) == serial


@given(keys, keys)
def test_different_keys_give_different_orders(key, other):
    same = key == other
    orders = [[permute(serial, 9_999, k) for serial in range(1, 41)] for k in (key, other)]
    assert (orders[0] == orders[1]) is same


def test_the_order_does_not_change_between_releases_of_the_program():
    assert [permute(serial, 9_999, KEY) for serial in range(1, 6)] == [4832, 5183, 5393, 3558, 3416]


def test_neighbours_are_torn_apart_and_no_digit_is_favoured():
    size = 9_999
    places = [permute(serial, size, KEY) for serial in range(1, size + 1)]
    assert sum(abs(a - b) == 1 for a, b in pairwise(places)) < 10  # chance would give two
    first_thousand = Counter(place * 10 // (size + 1) for place in places[:1_000])
    assert all(60 <= first_thousand[tenth] <= 140 for tenth in range(10))


@pytest.mark.parametrize("serial", [0, -1, 11])
def test_a_serial_outside_the_space_is_a_bug(serial):
    with pytest.raises(ValueError, match=r"no serial of 1\.\.10"):
        permute(serial, 10, KEY)
    with pytest.raises(ValueError, match=r"no serial of 1\.\.10"):
        invert(serial, 10, KEY)


@pytest.mark.parametrize("key", [b"", b"short", b"x" * 65])
def test_a_key_of_a_wrong_length_is_a_bug(key):
    with pytest.raises(ValueError, match="a key has"):
        permute(1, 10, key)
