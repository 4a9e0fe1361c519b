"""Reading what people type from a diploma: full-width digits, spaces, and the many dots of a name."""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
import unicodedata

from xueji.core.names import normalise_name

MAX_NUMBER = 40
MAX_NAME = 100


def read_number(typed: str) -> str:
    """Return the number as stored: half-width, upper case, without spaces and dashes."""
    folded = unicodedata.normalize("NFKC", typed[: MAX_NUMBER * 2]).upper()
    return "".join(c for c in folded if not c.isspace() and c not in "-‐‑–—_")[:MAX_NUMBER]


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


def read_name(typed: str) -> str:
    """Return the name for comparison: NFC, one dot «·», no spaces, Latin letters in one case.

    A full stop is a dot too: «阿依古丽.买买提» is what a Chinese keyboard gives first.
    """
    folded = normalise_name(typed[: MAX_NAME * 2]).replace(".", "·").replace("。", "·")
    return "".join(c for c in folded if not c.isspace() and unicodedata.category(c) != "Cf").casefold()[:MAX_NAME]


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
