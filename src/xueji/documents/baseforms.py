"""What all printed forms share: settings of the pack read as numbers, glyph checks, the finished document."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import cast

from xueji.core.errors import PolicyError, RenderFailed
from xueji.core.packs import DocumentSpec
from xueji.documents.fonts import SERIF, describe_uncovered, substitutions
from xueji.documents.records import RenderedDocument, Shrunk, Substituted


def setting(spec: DocumentSpec, key: str) -> object:
    """Return a setting of the form with plain numbers; PolicyError names the form and the key when it is missing."""
    if key not in spec.settings:
        raise PolicyError(f"{spec.folder or '-'}/../documents.toml", f"{spec.key}.settings.{key}", "is missing")
    return _plain(spec.settings[key])


def number_setting(spec: DocumentSpec, key: str) -> float:
    """Return a numeric setting."""
    value = setting(spec, key)
    if not isinstance(value, int | float):
        raise PolicyError(f"{spec.folder}/../documents.toml", f"{spec.key}.settings.{key}", "should be a number")
    return value


def list_setting(spec: DocumentSpec, key: str) -> list[dict[str, object]]:
    """Return a setting that is a list of tables."""
    return cast("list[dict[str, object]]", setting(spec, key))


def text_list(spec: DocumentSpec, key: str) -> list[str]:
    """Return a setting that is a list of texts."""
    return cast("list[str]", setting(spec, key))


def _plain(value: object) -> object:
    """Turn Decimal into float all the way down: CBOR would hand Typst a tagged fraction."""
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, Mapping):
        return {key: _plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(inner) for inner in value]
    return value


ENGINE_TEMPLATES = Path(__file__).parent / "templates"
ENGINE_MARK = "@"  # «@list.typ»: a template that comes with the engine, so that a pack needs none of its own


def template_of(spec: DocumentSpec) -> Path:
    """Return the Typst file of a form, the pack's own or the engine's; RenderFailed when it is not there."""
    if spec.template.startswith(ENGINE_MARK):
        path = ENGINE_TEMPLATES / spec.template.removeprefix(ENGINE_MARK)
    else:
        path = Path(spec.folder) / spec.template
    if not path.is_file():
        raise RenderFailed(f"找不到文书「{spec.title}」的版式文件 {spec.template}")
    return path


@dataclass(frozen=True, slots=True)
class PrintedText:
    """A text about to be printed: where it comes from and the style it is set in."""

    record: int
    field: str
    label: str
    text: str
    style: str = SERIF


def require_printable(texts: Sequence[PrintedText]) -> tuple[Substituted, ...]:
    """Return what substitute fonts print; RenderFailed names every character that no font of this machine has."""
    characters = set().union(*(t.text for t in texts)) if texts else set()
    odd = {
        style: {s.character: s.family for s in substitutions("".join(sorted(characters)), style)}
        for style in {t.style for t in texts}
    }
    bad = describe_uncovered((t.label, t.text) for t in texts if not _all_known(t.text))
    if bad:
        raise RenderFailed(f"有字无法打印：{bad}。请安装所缺字体（见字体报告），或核对该字的编码")
    return tuple(
        Substituted(t.record, t.field, character, odd[t.style][character])
        for t in texts
        if odd[t.style]
        for character in dict.fromkeys(t.text)
        if character in odd[t.style]
    )


_known: set[str] = set()  # characters found printable in this process: names repeat them by the thousand


def _all_known(text: str) -> bool:
    new = set(text) - _known
    if not new:
        return True
    if describe_uncovered((("", "".join(sorted(new))),)):
        return False
    _known.update(new)
    return True


def finish(pdf: bytes, pages: int, shrunk: Iterable[Shrunk], substituted: Iterable[Substituted]) -> RenderedDocument:
    """Return the finished document with its hash."""
    return RenderedDocument(pdf, hashlib.sha256(pdf).hexdigest(), pages, tuple(shrunk), tuple(substituted))
