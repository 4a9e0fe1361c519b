"""The Markdown of the manual as pages: read where the clone or the installed package keeps it, rendered once a process."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from pathlib import Path
from urllib.parse import unquote

from django.utils.safestring import SafeString, mark_safe
from markdown_it import MarkdownIt
from markdown_it.token import Token

from xueji.core.errors import NotFound
from xueji.web.manual import MANUALS, Manual, address_of


@dataclass(frozen=True, slots=True)
class ManualPage:
    """A manual as it is shown: its title, the headings one jumps to, the text."""

    manual: Manual
    title: str
    headings: tuple[str, ...]
    text: SafeString


def find_directory() -> Path:
    """Return where the manual lies: beside the clone, or where an installed package put it."""
    above = (folder / "docs" / "manual" for folder in Path(__file__).resolve().parents)
    for folder in (*above, Path(sys.prefix) / "share" / "xueji" / "manual"):
        if folder.is_dir():
            return folder
    raise NotFound("这套安装没有带使用手册")


def page_of_manual(key: str, *, is_open: bool) -> ManualPage:
    """Return the page of a manual, of those read without signing in or of the others."""
    found = next((m for m in MANUALS if m.key == key and m.is_open == is_open), None)
    if found is None:
        raise NotFound("没有这本手册")
    return _rendered(found)


@cache
def _rendered(manual: Manual) -> ManualPage:
    reader = MarkdownIt("commonmark", {"html": False}).enable("table")
    tokens = reader.parse((find_directory() / manual.file).read_text(encoding="utf-8"))
    title, rest = tokens[1].content, tokens[3:]  # every file begins with its title: the page has its own heading
    headings = _name_headings(rest)
    for token in rest:
        _lead_inside(token)
        _close_lines(token)
    text = reader.renderer.render(rest, reader.options, {})
    return ManualPage(manual, title, tuple(headings), mark_safe(text))  # noqa: S308  # our own files, raw HTML off


def _name_headings(tokens: Sequence[Token]) -> list[str]:
    """Give every heading its own words as the name one jumps to; return those of the second level."""
    found = []
    for opening, words in pairwise(tokens):
        if opening.type == "heading_open":
            opening.attrSet("id", words.content)
            found += [words.content] if opening.tag == "h2" else []
    return found


def _close_lines(token: Token) -> None:
    """Let lines of one paragraph follow each other without the gap that Western words need."""
    for child in token.children or ():
        if child.type == "softbreak":
            child.type, child.content = "text", ""


def _lead_inside(token: Token) -> None:
    """Let a link to another file of the manual lead to its page; ours lead nowhere else."""
    for child in token.children or ():
        if child.type == "link_open":
            file = unquote(str(child.attrs["href"]))
            child.attrSet("href", address_of(next(m.key for m in MANUALS if m.file == file)))
