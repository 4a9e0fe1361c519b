"""Sealed texts open at their own place, with their own key, and nowhere else."""

from __future__ import annotations

import pytest

from xueji.core.identifiers import upgrade_resident_id
from xueji.sealing.texts import SealBroken, blind_index, key_id_of, seal, unseal

NUMBER = "11010519491231002X"
PLACE = {"table": "registry_person", "column": "resident_id", "row": "7"}


@pytest.fixture(autouse=True)
def _keys(settings) -> None:
    settings.DATA_KEYS = {1: b"a" * 32, 2: b"b" * 32}
    settings.DATA_KEY_ACTIVE = 1
    settings.INDEX_KEY = b"i" * 32


def test_sealed_number_opens_at_its_place() -> None:
    sealed = seal(NUMBER, **PLACE)
    assert unseal(sealed, **PLACE) == NUMBER
    assert NUMBER.encode() not in sealed
    assert len(sealed) == 1 + 2 + 12 + 18 + 16


def test_same_number_sealed_twice_differs() -> None:
    assert seal(NUMBER, **PLACE) != seal(NUMBER, **PLACE)


@pytest.mark.parametrize("moved", [{"row": "8"}, {"column": "name"}, {"table": "certificates_certificate"}])
def test_moved_ciphertext_does_not_open(moved) -> None:
    sealed = seal(NUMBER, **PLACE)
    with pytest.raises(SealBroken, match="移动"):
        unseal(sealed, **{**PLACE, **moved})


def test_changed_ciphertext_does_not_open() -> None:
    sealed = bytearray(seal(NUMBER, **PLACE))
    sealed[-1] ^= 1
    with pytest.raises(SealBroken):
        unseal(bytes(sealed), **PLACE)


def test_text_without_the_format_does_not_open() -> None:
    with pytest.raises(SealBroken, match="格式"):
        unseal(b"\x02" + bytes(60), **PLACE)


def test_rotated_key_still_reads_what_the_old_one_sealed(settings) -> None:
    old = seal(NUMBER, **PLACE)
    settings.DATA_KEY_ACTIVE = 2
    new = seal(NUMBER, **PLACE)
    assert (key_id_of(old), key_id_of(new)) == (1, 2)
    assert unseal(old, **PLACE) == unseal(new, **PLACE) == NUMBER


def test_number_whose_key_is_gone_says_which_key(settings) -> None:
    sealed = seal(NUMBER, **PLACE)
    settings.DATA_KEYS = {2: b"b" * 32}
    with pytest.raises(SealBroken, match="缺少 1 号数据密钥"):
        unseal(sealed, **PLACE)


@pytest.mark.parametrize("written", [NUMBER, NUMBER.lower(), f" {NUMBER} ", "１１０１０５１９４９１２３１００２Ｘ"])
def test_ways_of_writing_one_number_share_their_index(written) -> None:
    assert blind_index(written) == blind_index(NUMBER)
    assert len(blind_index(written)) == 16


def test_old_number_shares_the_index_of_the_new_one() -> None:
    assert blind_index("110105491231002") == blind_index(upgrade_resident_id("110105491231002"))


def test_index_depends_on_its_key(settings) -> None:
    before = blind_index(NUMBER)
    settings.INDEX_KEY = b"j" * 32
    assert blind_index(NUMBER) != before
