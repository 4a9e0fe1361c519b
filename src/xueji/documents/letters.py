"""A letter of one page: the wording of the pack with its facts underlined, a photograph, signature and places of seals.

A fact that nobody stated is a line to write on; without any it is the blank form.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from xueji.core.errors import PolicyError
from xueji.core.packs import LETTER, DocumentSpec, PackView
from xueji.documents.baseforms import PrintedText, finish, require_printable, setting, template_of, text_list
from xueji.documents.binding import bind_pages
from xueji.documents.layout import chinese_date
from xueji.documents.pictures import photograph
from xueji.documents.records import RenderedDocument
from xueji.documents.workshop import compile_document

_FACT = re.compile(r"\{(\w+)\}")
_SCHOOL_SEAL, _OTHER_SEAL = (152.0, 208.0, 20.0), (66.0, 208.0, 20.0)  # centre and radius in mm
_PHOTO_SEAL_MM = 12.0

Piece = tuple[str, bool]


@dataclass(frozen=True, slots=True)
class LetterData:
    """What fills a letter; `facts` by the names in its wording. Without a photograph there is room to paste one."""

    facts: Mapping[str, str]
    signer: str = ""
    issued_on: date | None = None
    number: str = ""
    photo: bytes | None = None
    has_steel_seal: bool = False
    other_seal: str = ""  # who seals besides, with room of its own
    labels: Mapping[str, str] = field(default_factory=dict)  # what a fact is called in a message


def render_letter(spec: DocumentSpec, data: LetterData, *, issued_on: date) -> RenderedDocument:
    """Print a letter; RenderFailed names what no font can print, PolicyError a fact its wording asks for that it has no line for."""
    stated = {name: text for name, text in {**data.facts, "signer": data.signer}.items() if text}
    facts = {**_lines_of(spec), **stated}
    wording = pieces_of(spec, str(setting(spec, "wording")), facts)
    rest = {
        name: [pieces_of(spec, text, facts) for text in text_list(spec, name)]
        for name in ("paragraphs", "lines", "closing", "sign", "foot")
    }
    substituted = require_printable(
        [PrintedText(0, name, data.labels.get(name, name), text) for name, text in facts.items()]
    )
    frame = _photo_frame(spec)
    page = compile_document(
        template_of(spec),
        {
            "title": spec.title,
            "number": f"{setting(spec, 'number_label')}{data.number}" if data.number else "",
            "wording": wording,
            **rest,
            "day": chinese_date(data.issued_on) if data.issued_on else str(setting(spec, "no_day")),
            "photo": {**frame, "is_there": data.photo is not None, "place": str(setting(spec, "photo_place"))} if frame else None,
            "seals": _seals(spec, data, frame),
        },
        issued_on=issued_on,
    )  # fmt: skip
    pictures = [[photograph(data.photo, **frame)]] if data.photo is not None and frame else []
    pdf, pages = bind_pages([page], pictures=pictures)
    return finish(pdf, pages, (), substituted)


def letters_of(view: PackView) -> list[str]:
    """Return the keys of the letters that are forms of papers, which bear their keys: those anybody may print and fill in."""
    papers = set(view.keys("paper"))
    return [key for key in view.keys("document") if key in papers and view.document(key).template == LETTER]


def pieces_of(spec: DocumentSpec, text: str, facts: Mapping[str, str]) -> list[Piece]:
    """Split a wording into its own words and the facts put into it."""
    pieces: list[Piece] = []
    for place, part in enumerate(_FACT.split(text)):
        if place % 2 and part not in facts:
            raise PolicyError(
                f"{spec.folder or '-'}/../documents.toml",
                f"{spec.key}.settings",
                f"{{{part}}} is no fact of this letter",
            )
        words = facts[part] if place % 2 else part
        if words:
            pieces.append((words, bool(place % 2)))
    return pieces


def _lines_of(spec: DocumentSpec) -> Mapping[str, str]:
    """Return what stands for each fact that is not stated: room to write it, of the length the form gives it."""
    lines = setting(spec, "blanks")
    assert isinstance(lines, dict)
    return lines


def _photo_frame(spec: DocumentSpec) -> dict[str, float]:
    """Return where the photograph is; nothing for a letter without."""
    if "photo" not in spec.settings:
        return {}
    given = setting(spec, "photo")
    assert isinstance(given, dict)
    return {name: float(given[name]) for name in ("x", "y", "width", "height")}


def _seals(spec: DocumentSpec, data: LetterData, frame: Mapping[str, float]) -> list[list[object]]:
    """Return the places of seals: on the signature, across the photograph (of steel, or the plain one in its stead), of another office."""
    seals: list[list[object]] = []
    if spec.seals:
        seals.append([*_SCHOOL_SEAL, ""])  # the signature says whose seal it is
    if frame:
        across = str(setting(spec, "steel_seal" if data.has_steel_seal else "plain_seal"))
        seals.append([frame["x"], frame["y"] + frame["height"], _PHOTO_SEAL_MM, across])
    if data.other_seal:
        seals.append([*_OTHER_SEAL, data.other_seal])
    return seals
