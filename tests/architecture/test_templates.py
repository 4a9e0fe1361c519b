"""Templates and views say where something is said; what the law says comes from the packs (docs/adr/0002)."""

from __future__ import annotations

import re

import pytest
from tests.architecture.source import SRC, python_files

PAGES = SRC / "web"
TEMPLATES, TABLES = PAGES / "templates", PAGES / "tables"
LONGEST = 400  # lines
WIDEST = 160  # characters; the elements of the sign-in library are one tag each
# Words that only a notice can say: sizes, copies, seals, defects, days, papers. A page that needs one asks the pack.
LAW_WORDS = re.compile(
    r"两寸|二寸|蓝底|蓝色背景|免冠|[一二三四五六七八九十两]式[一二三四五六七八九十两]份|各[一二三]份|[一二三五十]+个工作日|\d+ ?个工作日"
    r"|公章|校长印章|涂改|刮擦|串行|重叠|经办人签名|携带|逾期不予|规范整洁|正式文件向|实际在校情况|规定工作日"
    r"|省统一印制|市、县、校|职成科|教职成"
)


def templates() -> list[str]:
    found = [path for folder in (TEMPLATES, TABLES) for path in folder.rglob("*.html")]
    return sorted(path.relative_to(PAGES).as_posix() for path in found)


def test_pages_and_tables_are_found() -> None:
    assert {"templates/base.html", "tables/queue.html"} <= set(templates())


@pytest.mark.requirement("S1-09", "S1-15")
@pytest.mark.parametrize("name", templates())
def test_templates_have_no_words_of_the_law(name: str) -> None:
    text = (PAGES / name).read_text(encoding="utf-8")
    assert LAW_WORDS.findall(text) == []


def test_views_have_no_words_of_the_law() -> None:
    views = [path for path in python_files() if "web" in path.relative_to(SRC).parts]
    found = {
        path.relative_to(SRC).as_posix(): words
        for path in views
        if (words := LAW_WORDS.findall(_without_docstrings(path.read_text(encoding="utf-8"))))
    }
    assert found == {}


def _without_docstrings(source: str) -> str:
    """Docstrings may explain with an example."""
    return re.sub(r'"""[\s\S]*?"""', "", source)


@pytest.mark.parametrize("name", [name for name in templates() if not name.startswith("templates/allauth/")])
def test_templates_are_read_line_by_line(name: str) -> None:
    lines = (PAGES / name).read_text(encoding="utf-8").splitlines()
    assert len(lines) <= LONGEST
    assert [number for number, line in enumerate(lines, start=1) if len(line) > WIDEST] == []


def test_every_number_a_form_takes_has_an_upper_bound() -> None:
    """The database has one: a number beyond it is refused beside its field, not by a query."""
    calls = [
        (path.relative_to(SRC).as_posix(), call)
        for path in python_files()
        if "web" in path.relative_to(SRC).parts
        for call in re.findall(r"forms\.IntegerField\(([^\n]*)", path.read_text(encoding="utf-8"))
    ]
    assert len(calls) > 10
    assert [one for one in calls if "max_value=" not in one[1]] == []
