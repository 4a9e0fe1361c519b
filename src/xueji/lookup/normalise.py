"""Reading what people type from a diploma: the number, and a name with its many dots; and under which key each is counted."""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
import unicodedata

from xueji.core.names import normalise_name
from xueji.core.texts import drop_unseen
from xueji.core.typed_numbers import MAX_NUMBER, printed_forms, read_number, spellings_of

__all__ = (
    "MAX_NAME", "MAX_NUMBER", "keyed_index", "network_of", "printed_forms", "read_name", "read_number", "spellings_of",
)  # fmt: skip
MAX_NAME = 100


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
