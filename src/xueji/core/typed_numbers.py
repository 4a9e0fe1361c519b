"""Numbers of certificates as people type, copy and scan them: full-width digits, blanks, dashes, labels, unseen marks."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import replace

from xueji.core.errors import BadInput
from xueji.core.numbering import NumberShape, format_number, parse_number
from xueji.core.texts import drop_unseen, fold_lookalikes

MAX_NUMBER = 40
_DASHES = {"Pd", "Cc", "Cf", "Mn", "Me"}
_NAMED = re.compile(r"(\{[^}]*\})")  # a part named in an affix
_LABEL = re.compile(r"[\u4e00-\u9fff]{0,8}(?:编号|证号|号码):?|NO[.:\s]*(?=\d)")
_NOTHING = re.compile(r"[\s_'\"‘’“”`´,，.。．·•;；~～∼/\\]")
_IN_BRACKETS = re.compile(r"[(\[【〔《<]([^()\[\]【】〔〕《》<>]+)[)\]】〕》>]$")


def read_number(typed: str) -> str:
    """Return the number as stored: half-width, upper case, without blanks, dashes, unseen marks, and what stood around it."""
    folded = drop_unseen(unicodedata.normalize("NFKC", fold_lookalikes(drop_unseen(typed[: MAX_NUMBER * 4])))).upper()
    number = _strip_label(folded.strip())
    bracketed = _IN_BRACKETS.match(number)
    return _bare(bracketed[1] if bracketed else number)[:MAX_NUMBER]


def _bare(text: str) -> str:
    """Return a text without blanks, points and dashes: who types a number leaves them out, or puts in others."""
    return "".join(c for c in _NOTHING.sub("", text) if unicodedata.category(c) not in _DASHES and c not in "−─━ー|")


def _strip_label(text: str) -> str:
    """Return a number without the words that forms print before it («编号：», «No.»)."""
    label = _LABEL.match(text)
    return text[label.end() :] if label else text


_BRACKETS = ("()", "（）", "〔〕", "[]")
_OPENING, _CLOSING = ("".join(pair[side] for pair in _BRACKETS) for side in (0, 1))


def spellings_of(number: str) -> tuple[str, ...]:
    """Return a typed number with each kind of brackets in the place of its own: paper has «（2022）», a keyboard «(2022)»."""
    return tuple(
        dict.fromkeys(
            number.translate(dict.fromkeys(map(ord, _OPENING), pair[0]) | dict.fromkeys(map(ord, _CLOSING), pair[1]))
            for pair in _BRACKETS
        )
    )


def printed_forms(number: str, shapes: Iterable[NumberShape]) -> tuple[str, ...]:
    """Return what a typed number may be on paper: its spellings, and where a shape bears dashes the number with them."""
    found = list(spellings_of(number))
    for shape in shapes:
        bare = replace(shape, prefix=_bare_affix(shape.prefix), suffix=_bare_affix(shape.suffix))
        if bare == shape:
            continue
        for spelling in spellings_of(number):
            with suppress(BadInput):  # of another shape
                found.append(format_number(shape, parse_number(bare, spelling)))
    return tuple(dict.fromkeys(found))


def _bare_affix(affix: str) -> str:
    return "".join(piece if piece.startswith("{") else _bare(piece) for piece in _NAMED.split(affix))


def parse_typed(shape: NumberShape, typed: str) -> dict[str, str]:
    """Split a number as it is printed, or as people copy and type it; BadInput says what does not fit."""
    try:
        return parse_number(shape, typed)
    except BadInput:
        for number in printed_forms(read_number(typed), (shape,)):
            with suppress(BadInput):  # another of its spellings
                return parse_number(shape, number)
        raise
