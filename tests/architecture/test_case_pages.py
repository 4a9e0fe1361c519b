"""A kind of case brings its pages in one file: no page, menu or list asks a case what it is."""

from __future__ import annotations

import ast
import re

import pytest
from django.template.loader import get_template
from tests.architecture.source import SRC, python_files

from xueji.cases.kinds import registered_kinds
from xueji.cases.models import Case
from xueji.web import casepages

WEB, KINDS = SRC / "web", SRC / "web" / "kinds"


def names_of_subjects() -> set[str]:
    """Return by which names a case is asked for what it is about: the reverse one-to-one relations."""
    return {relation.get_accessor_name() for relation in Case._meta.related_objects if relation.one_to_one}


def asked_what_it_is(text: str, subjects: set[str], kinds: set[str]) -> list[str]:
    """Return where code asks a case for one of its subjects, or holds its kind against a word."""
    found = []
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Call) and ast.unparse(node.func) in ("getattr", "hasattr") and len(node.args) > 1:
            name = node.args[1]
            if isinstance(name, ast.Constant) and name.value in subjects:
                found.append(ast.unparse(node))
        elif isinstance(node, ast.Compare) and ast.unparse(node.left).endswith(".kind"):
            words = [comparator.value for comparator in node.comparators if isinstance(comparator, ast.Constant)]
            found += [ast.unparse(node) for word in words if word in kinds]
    return found


def test_no_page_asks_a_case_what_it_is():
    subjects, kinds = names_of_subjects(), {kind.kind for kind in registered_kinds()}
    assert {"batch", "particulars_change", "reprint"} <= subjects
    found = {
        path.relative_to(SRC).as_posix(): asked
        for path in python_files()
        if WEB in path.parents and KINDS not in path.parents
        and (asked := asked_what_it_is(path.read_text(encoding="utf-8"), subjects, kinds))
    }  # fmt: skip
    assert found == {}


def test_a_page_that_asks_is_seen():
    text = 'if getattr(case, "batch", None): pass\nx = step.case.kind == "graduation_batch"\ny = getattr(case, "title")'
    assert len(asked_what_it_is(text, {"batch"}, {"graduation_batch"})) == 2


def test_every_kind_has_a_page_and_every_panel_a_template():
    for kind in registered_kinds():
        assert casepages.find_casepage(kind.kind) is not None, kind.kind
    for panel in casepages._panels.values():
        assert get_template(panel.template)


def test_panels_a_kind_shows_are_drawn():
    for page in casepages.registered_pages():
        for name in (*page.panels, *page.usual):
            assert name in casepages._panels, (page.kinds, name)


def test_a_kind_is_listed_nowhere_but_in_its_file():
    """Imports of the kinds' files from outside are of what a page of that very kind needs."""
    importing = {
        path.relative_to(SRC).as_posix()
        for path in python_files()
        if KINDS not in path.parents and re.search(r"from xueji\.web\.kinds", path.read_text(encoding="utf-8"))
    }
    assert importing == {"web/school/numbers.py"}


def test_two_pages_for_a_kind_and_two_panels_of_a_name_are_refused():
    page = casepages.registered_pages()[0]
    with pytest.raises(ValueError, match="two pages"):
        casepages.register_page(casepages.CasePage(kinds=page.kinds[:1], panels=()))
    with pytest.raises(ValueError, match="registered twice"):
        casepages.panel("totals", "panels/totals.html")(lambda _look: {})


def test_the_start_fails_where_a_name_of_the_packs_is_drawn_by_nothing(monkeypatch):
    casepages.discover()
    monkeypatch.setitem(casepages.PANELS, "horoscope", casepages.PANELS["totals"])
    with pytest.raises(ValueError, match="horoscope"):
        casepages.discover()
