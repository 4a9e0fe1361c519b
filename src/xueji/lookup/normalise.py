"""Reading what people type from a diploma: full-width digits, blanks, unseen marks, and the many dots of a name."""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
import re
import unicodedata
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import replace

from xueji.core.errors import BadInput
from xueji.core.names import normalise_name
from xueji.core.numbering import NumberShape, format_number, parse_number
from xueji.core.texts import drop_unseen, fold_lookalikes

MAX_NUMBER = 40
MAX_NAME = 100
_DASHES = {"Pd", "Cc", "Cf", "Mn", "Me"}


_NAMED = re.compile(r"(\{[^}]*\})")  # a part named in an affix
_LABEL = re.compile(r"[\u4e00-\u9fff]{0,8}(?:编号|证号|号码):?|NO[.:\s]*(?=\d)")
_NOTHING = re.compile(r"[\s_'\"‘’“”`´,，.。．·•;；~～∼]")


def read_number(typed: str) -> str:
    """Return the number as stored: half-width, upper case, without blanks, dashes, unseen marks, and what stood around it."""
    folded = drop_unseen(unicodedata.normalize("NFKC", fold_lookalikes(drop_unseen(typed[: MAX_NUMBER * 4])))).upper()
    return _bare(_strip_label(folded.strip()))[:MAX_NUMBER]


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


def read_name(typed: str) -> str:
    """Return the name for comparison: its letters alone, in one case, radicals as characters.

    No two people differ by a dot, a blank or a mark nobody sees, and no keyboard has the dot that is printed.
    """
    folded = unicodedata.normalize("NFKC", normalise_name(drop_unseen(typed[: MAX_NAME * 4]))).casefold()
    return "".join(c for c in folded if unicodedata.category(c)[0] not in "PSZC")[:MAX_NAME]


def keyed_index(kind: str, text: str, key: bytes) -> bytes:
    """Return the fingerprint (16 bytes) under which the access log counts an address or a number without storing it."""
    return hmac.new(key, f"lookup.{kind}:{text}".encode(), hashlib.sha256).digest()[:16]


def network_of(address: str) -> str:
    """Return what counts as one address: an IPv4 address, or the /64 of an IPv6 one, which a single home holds."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return "unreadable"
    if parsed.version == 6 and parsed.ipv4_mapped:
        parsed = parsed.ipv4_mapped
    if parsed.version == 4:
        return str(parsed)
    return str(ipaddress.ip_network(f"{parsed}/64", strict=False))
