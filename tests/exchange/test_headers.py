"""A finding calls a fact as the form that was read does, whatever other forms the pack has or inherits."""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path

import openpyxl
import pytest
from tests.exchange.people import people, write_workbook

from xueji.core.errors import PolicyError
from xueji.core.facts_kinds import FactsKind, facts_kind_of, register_facts
from xueji.exchange.formreading import read_form
from xueji.exchange.graduates import check_graduates
from xueji.policy import find_directory, load_packs

WEINAN, DAY = "edu/shaanxi-weinan", date(2019, 7, 1)
EFILE = """
[workbooks.efile]
title = "电子学籍档案毕业处理"
sheet = "数据"
max_rows = 100
reading = "表册由国家系统导出"
columns = [
  { header = "姓名", field = "name", required = true, kind = "text" },
  { header = "身份证号", field = "resident_id", required = true, kind = "identifier" },
]
"""


@pytest.fixture
def packs(tmp_path: Path) -> Path:
    """A copy of the packs, to write into."""
    return Path(shutil.copytree(find_directory(), tmp_path / "policies"))


def messages(packs: Path, tmp_path: Path) -> set[str]:
    rows = people(1)
    rows[0] |= {"政治面貌": "红领巾", "毕业成绩总评": "还行"}
    view = load_packs(packs).pack(WEINAN).on(DAY)
    report = check_graduates(write_workbook(tmp_path / "名册.xlsx", rows), None, view)
    return {f.message for f in report.findings if f.rule in ("graduate.codes_known", "graduate.marks_readable")}


def test_a_form_of_the_parent_pack_changes_no_word_of_a_finding(packs: Path, tmp_path: Path) -> None:
    before = messages(packs, tmp_path)
    assert before >= {"毕业成绩总评「还行」读不懂"}
    (packs / "edu" / "national" / "workbooks.toml").write_text(EFILE, encoding="utf-8")
    assert load_packs(packs).pack(WEINAN).on(DAY).keys("workbook")[0] == "efile"
    assert messages(packs, tmp_path) == before


def test_a_form_nobody_reads_is_refused_with_the_forms_there_are(packs: Path) -> None:
    (packs / "edu" / "national" / "workbooks.toml").write_text(EFILE.replace("efile", "eflie"), encoding="utf-8")
    with pytest.raises(PolicyError, match=r"程序没有这一种.*efile.*graduates"):
        load_packs(packs)


def test_a_registered_kind_of_facts_is_read_by_its_form(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from xueji.core import facts_kinds
    from xueji.core.packs import ColumnSpec, WorkbookSpec

    monkeypatch.setattr(facts_kinds, "_kinds", dict(facts_kinds._kinds))
    kind = register_facts(FactsKind("apprentices", ("name", "master"), lambda values: tuple(values.items())))
    assert facts_kind_of("apprentices") is kind
    with pytest.raises(ValueError, match="registered twice"):
        register_facts(FactsKind("apprentices", (), dict))
    columns = (ColumnSpec("姓名", "name", True, "text"), ColumnSpec("师傅", "master", True, "text"))
    spec = WorkbookSpec("apprentices", "学徒", "数据", 10, columns)
    view = load_packs(find_directory()).pack(WEINAN).on(DAY)
    book = openpyxl.Workbook()
    for row in (("姓名", "师傅"), ("阿福", "老钟")):
        book.active.append(row)
    book.save(tmp_path / "学徒.xlsx")
    form = read_form(tmp_path / "学徒.xlsx", spec, view)
    assert form.facts == [(("name", "阿福"), ("master", "老钟"))]
