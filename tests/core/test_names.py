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


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("⾼⽴", "高立"),
        ("⻰小⾬", "龙小雨"),
        ("⻘⻛", "青风"),
        ("葛\U000e0100明", "葛明"),
        ("邓\ufe01辉", "邓辉"),
        ("㇐鸣", "一鸣"),
    ],
)
def test_radicals_and_selectors_are_the_character_that_is_seen(written, meant):
    assert normalise_name(written) == meant
    assert name_problem(meant) is None


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("刘?", "丢失"), ("刘？洋", "丢失"), ("刘\ufffd", "丢失"), ("刘□洋", "遮盖"), ("刘■", "遮盖"), ("刘*", "遮盖"), ("刘＊洋", "遮盖"),
        ("刘×洋", "遮盖"), ("刘〓", "丢失"), ("刘○", "U+3007"), ("刘◯洋", "U+3007"), ("刘▯", "丢失"), ("刘＃", "丢失"), ("刘\ufffc", "丢失"),
        ("刘\u3164洋", "看不见"), ("刘\u1160洋", "看不见"), ("刘\uffa0", "看不见"), ("刘\u2800洋", "看不见"), ("刘\u034f洋", "看不见"),
        ("⿰刘王", "拆字"), ("刘\u0301洋", "附加"), ("\u0301Anna", "附加"), ("刘\U000e0041洋", "格式字符"),
    ],
)  # fmt: skip
def test_a_name_with_a_lost_or_unseen_character_is_refused(name, message):
    assert message in (name_problem(normalise_name(name)) or "")


@pytest.mark.parametrize(("name", "script"), [("王ニ小", "假名"), ("王ㄅ", "注音"), ("王ㅇ", "谚文")])
def test_a_letter_of_another_script_in_a_name_is_doubted(name, script):
    assert name_problem(name) is None
    assert any(script in doubt for doubt in name_doubts(name))


def test_the_zero_that_is_a_character_stays_a_name():
    assert name_problem("王〇〇") is None
    assert name_doubts("王〇〇") == ()


@pytest.mark.parametrize("dot", "‧•・．⸳")
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
