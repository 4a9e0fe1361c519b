"""A text that yields to another where the two conflict: which entry stands, and what nothing contradicts."""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path

import pytest
from tests.policies.test_loading import FREEDONIA, packs, replace_in

from xueji.core.errors import PolicyError
from xueji.core.findings import Citation
from xueji.policy import get_library, load_packs

__all__ = ["packs"]  # a fixture

OLDER = """
[freedonia-0]
number = "自由国办〔1999〕1号"
title = "关于证书的补充通知"
issued = 1999-01-01
{relation}
[freedonia-0.clauses]
"1" = "三日内办结。"
"""


def with_older(packs: Path, relation: str, clock: str = "ministry_review") -> Path:
    """Write a text of before, and a term that rests on it and is written without an end."""
    folder = packs / "fictional/freedonia"
    replace_in(folder / "calendar.toml", "[clocks.ministry_review]", "[[clocks.ministry_review]]")
    for name, text in (
        ("sources.toml", OLDER.format(relation=relation)),
        ("calendar.toml", f"""
[[clocks.{clock}]]
in_force = 1999-01-01
label = "旧的期限"
days = 30
unit = "calendar_days"
cites = ["freedonia-0:1"]
"""),
    ):  # fmt: skip
        path = folder / name
        path.write_text(path.read_text(encoding="utf-8") + text, encoding="utf-8")
    return packs


@pytest.mark.requirement("S0-37")
def test_a_text_yields_where_it_conflicts_and_holds_where_it_does_not(packs):
    relation = 'yields_by = ["freedonia-1:5"]'
    pack = load_packs(with_older(packs, relation)).pack("fictional/freedonia")
    assert pack.on(date(2000, 6, 1)).clock("ministry_review").cites[0].source == "freedonia-1"
    assert pack.sources["freedonia-0"].yields_by == Citation("freedonia-1", "5")
    (older,) = [i for i in pack.items if i.kind == "clock" and i.value.label == "旧的期限"]
    assert older.dated.until == date(1999, 12, 31)  # the day before the other is in force


@pytest.mark.requirement("S0-37")
def test_where_no_text_yields_two_versions_are_refused_and_what_nothing_contradicts_stays(packs):
    silent = load_packs(with_older(packs, 'yields_by = ["freedonia-1:5"]', "some_other_term")).pack(
        "fictional/freedonia"
    )
    assert silent.on(date(2005, 6, 1)).clock("some_other_term").days == 30  # nothing conflicts with it
    shutil.rmtree(packs / "fictional/freedonia")
    shutil.copytree(FREEDONIA, packs / "fictional/freedonia")
    with pytest.raises(PolicyError, match="two versions"):
        load_packs(with_older(packs, ""))


@pytest.mark.requirement("S0-37")
def test_a_text_yields_by_a_clause_that_is_there(packs):
    with pytest.raises(PolicyError, match="99"):
        load_packs(with_older(packs, 'yields_by = ["freedonia-1:99"]'))


@pytest.mark.requirement("S0-37")
def test_the_letter_of_2018_yields_to_the_notice_of_2019():
    view = get_library().pack("edu/henan").on(date(2020, 1, 1))
    (source,) = [source for source in view.sources.values() if source.yields_by is not None]
    assert source.number == "教职成函〔2018〕30号"
    assert "有关规定与本通知不一致的，以本通知为准" in view.clause(source.yields_by)[1]
