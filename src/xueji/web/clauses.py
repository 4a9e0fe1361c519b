"""Clauses as pages show them: number of the text, name of the clause, its words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache

from xueji.core.findings import Citation
from xueji.core.packs import PackView, Source
from xueji.policy import PackLibrary, get_library


@lru_cache(maxsize=1)
def _sources(library: PackLibrary) -> Mapping[str, Source]:
    """Every legal text of every pack by its key; packs do not change while the process runs."""
    return {key: source for pack in library.packs() for key, source in pack.sources.items()}


@lru_cache(maxsize=1)
def _titles(library: PackLibrary) -> Mapping[str, str]:
    return {pack.id: pack.title for pack in library.packs()}


def pack_title(pack_id: str) -> str:
    """Return what a pack is called; one no longer in use shows as it was stored."""
    return _titles(get_library()).get(pack_id, pack_id)


def shown_clauses(cites: Iterable[Citation | Mapping[str, str]]) -> list[dict[str, str]]:
    """Return number, clause and words of citations, given as dataclasses or as stored JSON."""
    shown = []
    sources = _sources(get_library())
    for cite in cites:
        stored = isinstance(cite, Mapping)
        key, clause = (cite.get("source", ""), cite.get("clause", "")) if stored else (cite.source, cite.clause)
        source = sources.get(key)
        shown.append({
            "number": source.number if source else key,
            "clause": clause,
            "words": source.clauses.get(clause, "") if source else "",
            "rule": cite.get("rule", "") if stored else "",
        })  # fmt: skip
    return shown


def yielding_texts(view: PackView) -> list[tuple[Source, dict[str, str]]]:
    """Return the texts of a law that yield to another where the two conflict, each with the clause that says so."""
    yielding = [source for source in view.sources.values() if source.yields_by is not None]
    return [(source, shown_clauses([source.yields_by])[0]) for source in yielding if source.yields_by is not None]
