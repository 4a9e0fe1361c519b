"""The engine knows verbs, packs know numbers: no territory's name in its code."""

from __future__ import annotations

import ast
import re

from tests.architecture.source import ROOT, SRC, module_of, parsed, python_files

TERRITORIES = re.compile(
    r"henan|shaanxi|weinan|fujian|guangxi|河南|陕西|渭南|福建|广西|郑州|福州|厦门|freedonia", re.IGNORECASE
)
# The synthetic city is data in Python; commands name a default pack in their help.
MAY_NAME_TERRITORIES = ("demo/",)


def test_no_code_of_the_engine_names_a_territory() -> None:
    named = []
    for path in python_files():
        module = module_of(path)
        if module.startswith(MAY_NAME_TERRITORIES):
            continue
        for node in ast.walk(parsed(path.read_text())):
            texts = (
                [node.value] if isinstance(node, ast.Constant) and isinstance(node.value, str) else
                [node.id] if isinstance(node, ast.Name) else []
            )  # fmt: skip
            named.extend(
                f"{module}:{node.lineno} {t[:60]}" for t in texts if TERRITORIES.search(t) and not _is_prose(t)
            )
    assert named == []


def _is_prose(text: str) -> bool:
    """Docstrings may explain with an example."""
    return "\n" in text or len(text) > 60


def test_nothing_reads_outside_the_project() -> None:
    outside = re.compile(r"\.\./shared|/work/|(?<![\w.])/(?:root|home)/")
    files = [p for p in ROOT.rglob("*") if p.suffix in {".py", ".toml", ".html", ".typ", ".md", ".css", ".js"}]
    named = [
        str(p.relative_to(ROOT))
        for p in files
        if not {".venv", ".local", "node_modules"} & set(p.parts)
        and p.name != "test_words.py"
        and outside.search(p.read_text())
    ]
    assert named == []


def test_every_page_template_is_used_or_included() -> None:
    everything = "\n".join(p.read_text() for p in [*SRC.rglob("*.py"), *SRC.rglob("*.html")])
    templates = SRC / "web" / "templates"
    names = {p.relative_to(templates).as_posix() for p in templates.rglob("*.html")}
    library = {
        n
        for n in names
        if n.split("/")[0] in {"account", "mfa", "allauth", "django"} or n in {"404.html", "500.html", "403_csrf.html"}
    }
    assert {n for n in names - library if n not in everything} == set()
