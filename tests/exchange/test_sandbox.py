"""The reading child dies alone, within its limits, and whatever it is given it answers with rows or a sentence."""

from __future__ import annotations

import os
import random
from contextlib import suppress
from datetime import date
from pathlib import Path

import pytest
from tests.exchange.people import HEADERS, people, photos_of, write_photos, write_workbook
from tests.exchange.raw import cell, plain_rows, write_xlsx

from xueji.core.errors import BadInput
from xueji.exchange.archives import iter_photos, open_photos
from xueji.exchange.cells import CellFault, column_index, column_letters, from_wire, to_wire
from xueji.exchange.sandbox import Limits, read_workbook


def test_typed_cells_come_back_as_they_are(tmp_path: Path):
    rows: list[dict[str, object]] = [dict(people(1)[0])]
    rows[0]["出生年月日"] = date(2001, 2, 3)
    rows[0]["学制"] = 3.5
    read = read_workbook(write_workbook(tmp_path / "a.xlsx", rows))
    cells = dict(zip(HEADERS, read.sheets[0].rows[1][1], strict=True))
    assert cells["出生年月日"] == date(2001, 2, 3)
    assert cells["学制"] == 3.5
    assert cells["身份证号"] == people(1)[0]["身份证号"]
    assert 0 < read.peak_kb < 100 * 1024


def test_upload_without_a_suffix_is_read_by_its_content(tmp_path: Path):
    path = write_workbook(tmp_path / "a.xlsx", people(2)).rename(tmp_path / "upload")
    assert read_workbook(path, name="名册.xlsx").format == "xlsx"


@pytest.mark.parametrize("value", ["张三", 3.5, True, None, date(2001, 2, 3), CellFault("error", "#N/A")], ids=str)
def test_wire_carries_every_type(value):
    assert from_wire(to_wire(value)) == value


@pytest.mark.parametrize(("index", "letters"), [(0, "A"), (25, "Z"), (26, "AA"), (701, "ZZ"), (16383, "XFD")])
def test_columns_have_the_letters_of_excel(index: int, letters: str):
    assert column_letters(index) == letters
    assert column_index(letters) == index


def _slow_rows() -> str:
    """Return rows on which the close look of the prescan takes minutes: cells that never end, after a far one."""
    return plain_rows(1) + '<c r="AAA9"></c></row>' + "<c>" * 300_000 + "</row>"


def test_child_over_its_cpu_time_is_told_as_slow(tmp_path: Path):
    path = write_xlsx(tmp_path / "a.xlsx", _slow_rows())
    with pytest.raises(BadInput, match="用时过长"):
        read_workbook(path, limits=Limits(cpu_seconds=1))


def test_child_over_its_wall_time_is_stopped(tmp_path: Path):
    path = write_xlsx(tmp_path / "a.xlsx", _slow_rows())
    with pytest.raises(BadInput, match="用时过长"):
        read_workbook(path, limits=Limits(wall_seconds=0.5))


def test_child_without_memory_is_told_so(tmp_path: Path):
    path = write_xlsx(tmp_path / "a.xlsx", plain_rows(1) + f'<row r="290000">{cell("IV290000", "x")}</row>')
    with pytest.raises(BadInput, match="内存"):
        read_workbook(path, limits=Limits(memory=256 * 1024 * 1024))


def test_child_that_says_too_much_is_cut_off(tmp_path: Path):
    path = write_workbook(tmp_path / "a.xlsx", people(200))
    with pytest.raises(BadInput, match="文字过多"):
        read_workbook(path, limits=Limits(answer_bytes=2000))


def test_child_sees_no_secret_of_the_server(monkeypatch):
    from xueji.exchange.sandbox import _child_environment

    monkeypatch.setenv("DATABASE_URL", "postgresql://secret")
    assert "DATABASE_URL" not in _child_environment()


def test_no_descriptor_and_no_child_is_left_behind(tmp_path: Path):
    path = write_workbook(tmp_path / "a.xlsx", people(2))
    read_workbook(path)
    before = _descriptors_and_children()
    for _ in range(3):
        read_workbook(path)
    assert _descriptors_and_children() == before


def _descriptors_and_children() -> tuple[int, set[str]]:
    """Other tests of the same process may keep a child of their own (a database server): only new ones count."""
    parent_line = f"\nPPid:\t{os.getpid()}\n"
    children = set()
    for status in Path("/proc").glob("[0-9]*/status"):
        with suppress(OSError):  # a process may end while it is looked at
            if parent_line in status.read_text():
                children.add(status.parent.name)
    return len(list(Path("/proc/self/fd").iterdir())), children


@pytest.mark.parametrize("seed", range(24))
def test_spoilt_workbook_is_read_or_refused_in_words(seed: int, tmp_path: Path):
    path = tmp_path / "a.xlsx"
    write_xlsx(path, plain_rows(20)) if seed % 2 else write_workbook(path, people(20))
    _spoil(path, seed)
    try:
        outcome = "、".join(sheet.name for sheet in read_workbook(path).sheets)
    except BadInput as refusal:
        outcome = refusal.message
    assert outcome


@pytest.mark.parametrize("seed", range(60))
def test_spoilt_archive_is_read_or_refused_in_words(seed: int, tmp_path: Path):
    path = write_photos(tmp_path / "a.zip", photos_of(people(3)))
    _spoil(path, seed)
    try:
        archive = open_photos(path)
        outcome = f"{len(archive.entries)} 张"
        assert len(list(iter_photos(archive))) == len(archive.entries)
    except BadInput as refusal:
        outcome = refusal.message
    assert outcome


def _spoil(path: Path, seed: int) -> None:
    """Overwrite, cut or double a few stretches, more often near the end, where the directory of a ZIP stands."""
    chance, body = random.Random(seed), bytearray(path.read_bytes())
    for _ in range(chance.randint(1, 6)):
        start = chance.randrange(len(body)) if chance.random() < 0.4 else max(0, len(body) - chance.randint(1, 900))
        length = chance.randint(1, 12)
        match chance.randrange(4):
            case 0:
                body[start : start + length] = chance.randbytes(length)
            case 1:
                body[start : start + length] = b"\xff" * length
            case 2:
                del body[start : start + length]
            case _:
                body[start:start] = body[start : start + length]
    path.write_bytes(bytes(body))
