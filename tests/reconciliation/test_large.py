"""A text table too large to be read cell by cell gives the answers that a small one gives."""

from __future__ import annotations

import random

import pytest
from bench._reconcile_files import write_exports
from bench.duplicates import find_twice
from bench.reconcile import expect_all
from tests.reconciliation.lists import LI, WANG, ZHAO, number, only, person, write_csv

from xueji.core.errors import BadInput
from xueji.reconciliation import sides
from xueji.reconciliation.answers import Answer
from xueji.reconciliation.cli import run
from xueji.reconciliation.memory import load_rows, open_memory
from xueji.reconciliation.records import index_records


@pytest.fixture
def large(monkeypatch):
    monkeypatch.setattr(sides, "_LARGE", 0)


def _lists(seed: int, *, is_quoted: bool) -> tuple[list[dict[str, object]], list[dict[str, object]]]:
    """Return two lists with every kind of difference; quoted, an address runs over a line's end."""
    chance = random.Random(seed)
    ours, theirs = [], []
    for serial in range(300):
        address = f'"新郑路 {serial} 号\n东院, ""A""座"' if is_quoted and serial % 7 == 0 else f"新郑路 {serial} 号"
        row = person(
            f"王{chance.choice('伟芳娜敏')}{chance.choice('强军丽静')}",
            number("410105", f"2007{serial % 12 + 1:02}01", serial),
            家庭现地址=address,
        )
        other = dict(row)
        match chance.randrange(12):
            case 0:
                other["专业简称"] = "助产"
            case 1:
                other["身份证件号"] = str(row["身份证件号"])[:9] + "x" + str(row["身份证件号"])[10:]
            case 2:
                other["入学年月"] = "2023-09"
            case 3:
                other["身份证件号"] = f" {row['身份证件号']}"
            case 4:
                other = {}
            case 5:
                theirs.append(dict(row, 姓名="赵勇"))
        ours.append(row)
        if other:
            theirs.append(other)
    chance.shuffle(theirs)
    return ours, theirs


@pytest.mark.parametrize("is_quoted", [False, True])
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_large_and_small_tables_get_the_same_answers(tmp_path, monkeypatch, seed, is_quoted) -> None:
    ours, theirs = _lists(seed, is_quoted=is_quoted)
    here, other = write_csv(tmp_path / "甲.csv", ours), write_csv(tmp_path / "乙.csv", theirs)
    small = run(here, other)
    monkeypatch.setattr(sides, "_LARGE", 0)
    large = run(here, other)
    assert small.counts == large.counts
    assert small.rows == large.rows
    assert len(small.rows) > 50
    assert small.by_form == large.by_form > 10


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_rows_keep_their_numbers_over_titles_and_empty_lines(tmp_path, large, newline) -> None:
    head = ["\ufeff学籍核对", "", "姓名,身份证件号,专业简称"]
    lines = [*head, f"王小明,{WANG},护理", "", f"李芳,{LI},护理", "", f"赵勇,{ZHAO}"]
    here, other = tmp_path / "甲.csv", tmp_path / "乙.csv"
    here.write_bytes(newline.join(lines).encode())
    other.write_bytes(
        newline.join([*head, *lines[3:4], f"李芳,{LI},助产", f"赵勇,{ZHAO},"]).encode() + newline.encode()
    )
    row = only(run(here, other))
    assert row.here is not None
    assert row.there_spot is not None
    assert (row.name, row.here.row, row.there_spot.row) == ("李芳", 6, 5)


@pytest.mark.parametrize("encoding", ["gb18030", "utf-16", "utf-8-sig"])
def test_other_encodings_are_read(tmp_path, large, encoding) -> None:
    here = write_csv(tmp_path / "甲.csv", [person(), person("李芳", LI)])
    other = write_csv(tmp_path / "乙.csv", [person(), person("李芳", LI)], encoding=encoding)
    assert run(here, other).counts == {Answer.SAME: 2}


@pytest.mark.parametrize("is_even", [False, True])
def test_a_quotation_mark_without_its_partner_is_told_and_nobody_swallowed(tmp_path, large, is_even) -> None:
    last = '新郑路"' if is_even else ""
    here = write_csv(tmp_path / "甲.csv", [person(家庭现地址='"新郑路'), person("李芳", LI, 家庭现地址=last)])
    with pytest.raises(BadInput, match="引号"):
        run(here, here)


@pytest.mark.parametrize("length", [1, 2, 3, 7, 64])
def test_records_are_found_across_chunks(tmp_path, monkeypatch, length) -> None:
    monkeypatch.setattr("xueji.reconciliation.records._CHUNK", length)
    path = tmp_path / "甲.csv"
    path.write_text('a,b\n1,"x\ny"\n\n2,"""z"\r\n3,\n"\n\n",4', encoding="utf-8")
    index = index_records(path, skip=1, delimiter=",")
    assert [index.row(place) for place in range(len(index))] == [["1", "x\ny"], ["2", '"z'], ["3", ""], ["\n\n", "4"]]
    assert [index.number(place) for place in range(len(index))] == [2, 4, 5, 6]


def test_everything_the_bench_plants_is_found(tmp_path, large) -> None:
    here, other, planted = write_exports(tmp_path, 20_000, seed=5)
    report = run(here, other)
    expect_all({answer.value: count for answer, count in report.counts.items()}, planted)
    assert planted.differing == 202


def test_numbers_that_stand_twice_are_counted_exactly() -> None:
    numbers = [WANG, LI, WANG, ZHAO, LI, WANG]
    with open_memory() as connection:
        load_rows(connection, "people", ("number",), [(resident_id,) for resident_id in numbers])
        assert find_twice(connection, "people") == (2, 5)
