"""Texts that only look right are folded or named, and nothing else is touched."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xueji.core.texts import drop_unseen, fold_lookalikes, lost_in, masked_in, radicals_in, trim, unseen_in


def test_every_kangxi_radical_has_its_character():
    radicals = "".join(map(chr, range(0x2F00, 0x2FD6)))
    folded = fold_lookalikes(radicals)
    assert len(folded) == len(radicals)
    assert radicals_in(folded) == ()
    assert all("\u4e00" <= character <= "\u9fff" for character in folded)


@pytest.mark.parametrize(("written", "meant"), [("⺠⽤", "民用"), ("⻋⼯", "车工"), ("⻥", "鱼"), ("⽕⻋", "火车")])
def test_radicals_of_both_blocks_are_folded(written, meant):
    assert fold_lookalikes(written) == meant


@given(st.text(alphabet=st.characters(min_codepoint=0x4E00, max_codepoint=0x9FFF)))
def test_characters_are_left_alone(text):
    assert fold_lookalikes(text) == drop_unseen(text) == trim(text) == text
    assert (lost_in(text), masked_in(text), radicals_in(text), unseen_in(text)) == ("", "", (), ())


@given(st.text())
def test_what_is_dropped_is_gone(text):
    assert unseen_in(drop_unseen(text)) == ()


@pytest.mark.parametrize("text", ["护理\ufffd", "护〓", "\ue123理", "\U000f1234", "锟斤拷", "\ufffc"])
def test_a_lost_character_is_certain(text):
    assert lost_in(text)


@pytest.mark.parametrize("text", ["护?", "？理", "护□理", "?", "□□", "某××厂", "张＊"])
def test_a_sign_in_place_of_a_character_is_seen(text):
    assert masked_in(text)


@pytest.mark.parametrize("text", ["CAD/CAM (3D)", "3×4", "A*", "2.5*2", "护理（高级）", "90", "C#"])
def test_a_sign_among_figures_and_letters_is_a_sign(text):
    assert not masked_in(text)
