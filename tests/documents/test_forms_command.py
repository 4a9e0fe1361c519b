"""`xueji forms`: every form of a pack as a file, from made-up rows, without a database."""

from __future__ import annotations

import json
from pathlib import Path

import pikepdf
import pytest
from tests.documents.documents_data import page_texts

from xueji.cli import main
from xueji.cli.samples import DAY
from xueji.cli.specimens import specimen_diplomas
from xueji.policy import get_library

COMPARED = ("common/national", "hrss/fujian", "edu/guangxi", "edu/henan")
PACKS = [pack.id for pack in get_library().packs()]


@pytest.mark.parametrize("pack", PACKS)
def test_every_form_of_every_pack_is_written(pack: str, tmp_path: Path, capsys) -> None:
    assert main(["forms", pack, "--rows", "2", "--out", str(tmp_path / "out"), "--json"]) == 0
    forms = json.loads(capsys.readouterr().out)
    written = {path.name for path in (tmp_path / "out").iterdir()}
    assert {form["file"] for form in forms} == written
    assert {form["form"] for form in forms} == set(get_library().pack(pack).on(DAY).keys("document"))
    for form in forms:
        if form["pages"]:
            with pikepdf.open(tmp_path / "out" / form["file"]) as pdf:
                assert len(pdf.pages) == form["pages"]


def test_a_diploma_is_shown_in_all_its_variants(fujian) -> None:
    records = specimen_diplomas(fujian, fujian.document("diploma"), 40)
    shown = {(record.school_level, record.details["graduate_level"]) for record in records}
    assert {level for level, _ in shown} == {"技师学院", "高级技工学校", "技工学校"}
    assert ("技工学校", "高级工班") in shown
    assert ("技工学校", "预备技师班") not in shown  # the notice has no wording for it


def test_only_the_named_form_is_written_with_as_many_rows_as_asked(tmp_path: Path, capsys) -> None:
    assert main(["forms", "hrss/fujian", "--only", "roster", "--rows", "41", "--out", str(tmp_path)]) == 0
    assert sorted(path.name for path in tmp_path.iterdir()) == ["roster.pdf", "roster.xlsx"]
    texts = page_texts((tmp_path / "roster.pdf").read_bytes())
    assert len(texts) == 9  # three pages, three copies
    assert "roster.pdf" in capsys.readouterr().out


def test_every_form_is_compared_in_the_page_about_forms() -> None:
    page = (Path(__file__).parents[2] / "docs" / "forms.md").read_text()
    compared = page.partition("## 与通知对照")[2]
    keys = {key for pack in COMPARED for key in get_library().pack(pack).on(DAY).keys("document")}
    assert {key for key in keys if f"`{key}`" not in compared} == set()


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (["nowhere"], "政策包"),
        (["hrss/fujian", "--rows", "0"], "行数"),
        (["hrss/fujian", "--only", "rooster"], "roster"),
    ],
)
def test_what_cannot_be_shown_is_said(words: list[str], reason: str, tmp_path: Path, capsys) -> None:
    assert main(["forms", *words, "--out", str(tmp_path / "out")]) == 2
    assert reason in capsys.readouterr().err
