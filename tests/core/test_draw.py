from __future__ import annotations

import shutil
import subprocess
from collections import Counter
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xueji.core.draw import METHOD, commitment_of, draw, list_hash_of, sample_size, seed_of
from xueji.core.errors import BadInput

pytestmark = pytest.mark.requirement("S4-02")
SECRET, CONTEXT = "乘风破浪 2022-04-20", "某职业学校 2022届春季"
LIST = [f"2022{number:04d}" for number in range(1, 101)]
lines = st.text(st.characters(codec="utf-8", exclude_characters="\r\n"), max_size=12)


def sha256sum(text: str) -> str:
    """The program anybody has, not Python."""
    return (
        subprocess.run([shutil.which("sha256sum")], input=text.encode(), capture_output=True, check=True)
        .stdout[:64]
        .decode()
    )


def test_anybody_can_recompute_it_with_sha256sum():
    seed = sha256sum(f"{SECRET}\n{sha256sum(''.join(f'{item}' + chr(10) for item in LIST))}\n{CONTEXT}")
    ranked = sorted(LIST, key=lambda item: sha256sum(f"{seed}\n{item}"))
    assert seed == seed_of(SECRET, list_hash_of(LIST), CONTEXT)
    assert draw(LIST, 5, seed) == tuple(ranked[:5])
    assert commitment_of(SECRET) == sha256sum(SECRET)


@given(st.sets(lines, max_size=30), st.integers(0, 30), lines)
def test_the_order_of_the_list_and_more_places_change_nothing(items, count, seed):
    count = min(count, len(items))
    drawn = draw(sorted(items), count, seed)
    assert draw(sorted(items, reverse=True), count, seed) == drawn
    assert len(set(drawn)) == count
    assert set(drawn) <= items
    assert draw(sorted(items), len(items), seed)[:count] == drawn


def test_whoever_is_drawn_is_drawn_about_equally_often():
    times = Counter(item for number in range(2_000) for item in draw(LIST, 5, seed_of(str(number), "", CONTEXT)))
    assert all(60 <= times[item] <= 145 for item in LIST)  # 100 on average, more than four standard deviations


@pytest.mark.parametrize("change", ["secret", "list", "context"])
def test_each_side_moves_the_seed(change):
    given_facts = {"secret": SECRET, "list": list_hash_of(LIST), "context": CONTEXT}
    other = {**given_facts, change: given_facts[change] + "x"}
    assert seed_of(*given_facts.values()) != seed_of(*other.values())


@pytest.mark.parametrize(
    ("population", "percent", "rounding", "size"),
    [
        (100, 5, "up", 5),
        (101, 5, "up", 6),
        (101, 5, "half_up", 5),
        (110, 5, "half_up", 6),
        (119, 5, "down", 5),
        (1, 5, "up", 1),
        (1, 5, "down", 0),
        (0, 5, "up", 0),
        (200, Decimal("2.5"), "up", 5),
        (30, "10", "up", 3),
        (40, 100, "up", 40),
    ],
)
def test_the_size_follows_the_reading(population, percent, rounding, size):
    assert sample_size(population, percent, rounding) == size


def test_an_unknown_rounding_names_the_choices():
    with pytest.raises(BadInput, match="up、half_up、down"):
        sample_size(10, 5, "nearest")


@pytest.mark.parametrize(("population", "percent"), [(-1, 5), (10, -1), (10, 101)])
def test_an_impossible_share_is_a_bug(population, percent):
    with pytest.raises(ValueError, match="no share"):
        sample_size(population, percent, "up")


def test_what_would_make_two_lists_look_alike_is_a_bug():
    with pytest.raises(ValueError, match="twice"):
        draw(["a", "a"], 1, "")
    with pytest.raises(ValueError, match="cannot be drawn"):
        draw(["a"], 2, "")
    with pytest.raises(ValueError, match="line break"):
        list_hash_of(["a\nb"])
    with pytest.raises(ValueError, match="line break"):
        seed_of("a\n", "b", "c")


def test_the_method_tells_each_step_in_words():
    assert all(word in METHOD for word in ("承诺值", "名单值", "种子", "sha256sum", "由小到大"))
