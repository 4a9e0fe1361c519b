"""Keyed indexes: by which something closed is found, or held to be unique, without being stored.

Only over what has too many possible values to be listed with the key at hand and one known row: never over a birth
date or the last digits of a number alone (some thousand of each), only together with a name or a school.
"""

from __future__ import annotations

import hashlib
import hmac

from django.conf import settings

_INDEX_BYTES = 16


def keyed_index(purpose: str, *parts: str) -> bytes:
    """Return the keyed fingerprint (16 bytes) of some texts for one purpose; the same texts elsewhere give another."""
    key = hmac.new(settings.INDEX_KEY, f"index:{purpose}".encode(), hashlib.sha256).digest()
    joined = b"".join(len(part.encode()).to_bytes(4, "big") + part.encode() for part in parts)
    return hmac.new(key, joined, hashlib.sha256).digest()[:_INDEX_BYTES]
