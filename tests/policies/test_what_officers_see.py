"""A pack says what its officers see: panels the pages know, of that kind of case; papers with the clause that asks for them."""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path

import pytest

from xueji.core.errors import PolicyError
from xueji.core.pack_keys import PANELS
from xueji.policy import find_directory, get_library, load_packs

LABEL, VERDICTS = 'label = "报部核准"\n', 'verdicts = ["approve", "refuse"]'


@pytest.fixture
def workflows(tmp_path: Path) -> Path:
    """The workflows of a copy of the made-up pack."""
    folder = tmp_path / "fictional" / "freedonia"
    shutil.copytree(find_directory() / "fictional" / "freedonia", folder)
    return folder / "workflows.toml"


def written(workflows: Path, *, of_all: str = "", of_step: str = "") -> Path:
    """Add to the workflow and to its step; return the directory of the packs."""
    text = workflows.read_text(encoding="utf-8")
    text = text.replace(LABEL, LABEL + of_all + "\n", 1).replace(VERDICTS, VERDICTS + "\n" + of_step, 1)
    workflows.write_text(text, encoding="utf-8")
    return workflows.parents[2]


@pytest.mark.parametrize(
    ("of_all", "of_step", "words"),
    [
        pytest.param('shows = ["horoscope"]', "", ".shows", id="nobody draws it"),
        pytest.param('shows = ["on_list"]', "", ".shows", id="of another kind of case"),
        pytest.param('shows = ["totals", "totals"]', "", "each once", id="twice"),
        pytest.param("", 'shows = ["horoscope"]', "steps[1].shows", id="at a step"),
        pytest.param('on_paper = [{ what = "登记表" }]', "", "which clause", id="paper without a clause"),
        pytest.param('on_paper = [{ what = "登记表", cites = ["freedonia-1:99"] }]', "", "99", id="clause not quoted"),
    ],
)
def test_what_no_page_draws_and_what_no_clause_asks_for_is_refused(workflows, of_all, of_step, words):
    packs = written(workflows, of_all=of_all, of_step=of_step)
    with pytest.raises(PolicyError) as refused:
        load_packs(packs)
    assert words in str(refused.value)


def test_a_step_may_show_something_else_than_its_workflow(workflows):
    paper = 'on_paper = [{ what = "登记表", cites = ["freedonia-1:1"] }]'
    packs = written(workflows, of_all='shows = ["totals", "photos"]', of_step=f'shows = ["register"]\n{paper}')
    spec = load_packs(packs).pack("fictional/freedonia").on(date(2015, 1, 1)).workflow("graduation_batch")
    assert (spec.shows, spec.on_paper, spec.steps[0].shows) == (("totals", "photos"), (), ("register",))
    (check,) = spec.steps[0].on_paper
    assert (check.what, [cite.clause for cite in check.cites]) == ("登记表", ["1"])


def test_every_panel_is_asked_for_by_some_pack_and_every_real_pack_says_what_its_officers_see():
    views = [pack.on(date(2026, 6, 1)) for pack in get_library().packs() if not pack.id.startswith("fictional/")]
    specs = [view.workflow(kind) for view in views for kind in view.keys("workflow")]
    assert {name for spec in specs for name in spec.shows} == set(PANELS)
    assert [
        spec.label for spec in specs if spec.kind == "graduation_batch" and not (spec.shows and spec.on_paper)
    ] == []
