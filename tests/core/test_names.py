from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xueji.core.names import name_doubts, name_problem, normalise_name


@pytest.mark.parametrize(
    "name", ["王小明", "欧阳一二三", "买买提·阿不都热依木", "𬱖", "王䶮", "李㛃", "陈𫖮", "赵𠅤", "张\U0003106c"]
)
def test_rare_and_long_names_are_accepted(name):
    assert name_problem(normalise_name(name)) is None


@pytest.mark.parametrize("dot", "‧•・．")
def test_every_kind_of_dot_becomes_the_one_dot(dot):
    assert normalise_name(f"买买提{dot}艾力") == "买买提·艾力"


def test_full_width_spaces_at_the_ends_go():
    assert normalise_name("\u3000 王小明\u3000\u00a0") == "王小明"


@pytest.mark.parametrize(
    ("name", "code_point"),
    [
        pytest.param("王\u200b小明", "U+200B", id="zero width space"),
        pytest.param("王\u200d明", "U+200D", id="zero width joiner"),
        pytest.param("王\ue000明", "U+E000", id="private use"),
        pytest.param("王\U000f0001明", "U+F0001", id="private use plane"),
        pytest.param("王\u0007明", "U+0007", id="control"),
        pytest.param("王\ufeff明", "U+FEFF", id="byte order mark"),
        pytest.param("王\u202e明", "U+202E", id="right to left override"),
        pytest.param("张\u3000三", "U+3000", id="padding between characters"),
    ],
)
def test_a_character_that_cannot_be_kept_is_refused_by_its_code_point(name, code_point):
    assert code_point in (name_problem(normalise_name(name)) or "")


def test_an_empty_and_an_endless_name_are_refused():
    assert name_problem("") is not None
    assert name_problem("王" * 36) is None
    assert name_problem("王" * 37) is not None
    assert name_problem("a" * 37) is not None


@pytest.mark.parametrize(
    ("name", "word"),
    [("王1明", "数字"), ("Wang", "拉丁"), ("王（小）明", "标点"), ("·王明", "间隔号"), ("王", "一个字")],
)
def test_unusual_names_are_doubted_and_not_refused(name, word):
    assert name_problem(name) is None
    assert any(word in doubt for doubt in name_doubts(name))


def test_a_usual_name_raises_no_doubt():
    assert name_doubts("买买提·阿不都热依木") == ()


@given(st.text(max_size=40))
def test_normalising_twice_changes_nothing_more(text):
    once = normalise_name(text)
    assert normalise_name(once) == once
