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
    assert [call for call in calls if "max_value=" not in call[1]] == []


# Tables of many columns that stay tables on a phone, each with its reason.
STAY_TABLES: dict[str, str] = {
    "templates/authority/calendar.html": "a month is a grid, and its seven columns of figures fit",
}
WIDE = 4  # columns of which the last ones would lie outside a phone


def wide_tables(text: str) -> list[str]:
    """Return the opening tags of tables with many columns that a phone would cut at its edge."""
    found = []
    for table in re.findall(r"<table\b.*?</table>", text, re.DOTALL):
        opening = re.match(r"<table\b[^>]*>", table)
        assert opening is not None
        if len(re.findall(r"<th\b", table)) >= WIDE and "as-cards" not in opening[0]:
            found.append(opening[0])
    return found


def test_tables_of_many_columns_stack_on_a_phone() -> None:
    found = {name for name in templates() if wide_tables((PAGES / name).read_text(encoding="utf-8"))}
    assert found == set(STAY_TABLES)


def test_a_table_that_would_be_cut_is_seen_and_one_that_stacks_is_not() -> None:
    heads = "<thead><tr>" + "<th>x</th>" * WIDE + "</tr></thead></table>"
    assert wide_tables(f'<table class="dense">{heads}') == ['<table class="dense">']
    assert wide_tables(f'<table class="dense as-cards">{heads}') == []
    assert wide_tables("<table><tr><th>x</th></tr></table>") == []


def test_cells_that_stack_say_what_they_are() -> None:
    """A row on a phone is a list: a cell without its column's name is a figure nobody can read."""
    page = (TEMPLATES / "panels/register.html").read_text(encoding="utf-8")
    body = re.search(r"<tbody>(.*?)</tbody>", page, re.DOTALL)
    assert body is not None
    assert re.findall(r'<td class="num"(?! data-label)', body[1]) == []
    assert 'data-label="验印人数"' in body[1]
