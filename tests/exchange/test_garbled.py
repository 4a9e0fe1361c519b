"""Texts that were read in the wrong encoding are refused with what they seem to have been; no right name is."""

from __future__ import annotations

import random
from datetime import date
from pathlib import Path

import pytest
from tests.exchange.people import people, write_workbook

from xueji.core.texts import ungarbled
from xueji.exchange.graduates import check_graduates
from xueji.policy import get_library


@pytest.mark.parametrize("name", ["程砚秋", "张伟", "王明", "欧阳娜娜", "护理"])
def test_a_garbled_text_is_known_in_every_direction(name):
    written = name.encode()
    for garbled in (
        written.decode("gb18030", "ignore"),
        name.encode("gbk").decode("latin-1"),
        written.decode("latin-1"),
    ):
        assert len(ungarbled(garbled)) >= 2
        assert name.startswith(ungarbled(garbled))


def test_no_name_of_common_or_rare_characters_looks_garbled():
    chance = random.Random(7)
    common = [bytes([high, low]).decode("gb2312") for high in range(0xB0, 0xD7) for low in range(0xA1, 0xFF)]
    rare = [chr(code) for code in range(0x4E00, 0x9FA6)]
    for _ in range(20_000):
        name = chance.choice(common) + chance.choice(rare) + "".join(chance.choices(common, k=chance.randrange(3)))
        assert not ungarbled(name), name
    assert [ungarbled(name) for name in ("José", "Müller", "𬱖明", "䶮", "阿依古丽·买买提", "Zoë")] == [""] * 6


def test_a_garbled_name_is_an_error_at_its_cell(tmp_path: Path):
    row = people(1)[0]
    path = tmp_path / "名册.csv"
    text = "\n".join(
        ",".join(line) for line in (row, {**row, "姓名": "程砚秋".encode().decode("gb18030", "ignore")}.values())
    )
    path.write_text(text, encoding="utf-8")
    report = check_graduates(path, None, get_library().pack("edu/shaanxi-weinan").on(date(2019, 7, 1)), name="名册.csv")
    assert [(f.row, f.column, "程砚" in f.message) for f in report.findings if f.rule == "reading.garbled"] == [
        (2, "姓名", True)
    ]


def test_a_wholly_garbled_list_is_not_told_to_have_no_header(tmp_path: Path):
    row = people(1)[0]
    garbled = [text.encode().decode("gb18030", "ignore") for text in row]
    path = write_workbook(tmp_path / "名册.xlsx", [], headers=tuple(garbled))
    report = check_graduates(path, None, get_library().pack("edu/shaanxi-weinan").on(date(2019, 7, 1)))
    assert [f.rule for f in report.findings if f.is_error] == ["reading.garbled"]
