"""Keyed digests of what a row says: whoever can write to the database, but has no key, cannot make a false row fit.

A digest stands over meaning, never over ciphertext: sealing the same values again changes nothing. Its key is derived
from a data key for one purpose, so a digest of one table is none in another; the key's id is stored beside it.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping

from django.conf import settings

from xueji.sealing.texts import derived_key


def active_key_id() -> int:
    """Return the id of the data key with which new digests are made."""
    return int(settings.DATA_KEY_ACTIVE)


def keyed_digest(values: Mapping[str, str], *, purpose: str, key_id: int | str) -> str:
    """Return the HMAC-SHA-256 of the values as JSON with sorted keys, no spaces, UTF-8: the same on every machine."""
    canonical = json.dumps(dict(values), ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hmac.new(derived_key(key_id, purpose), canonical.encode(), hashlib.sha256).hexdigest()


def digest_fits(stored: str, values: Mapping[str, str], *, purpose: str, key_id: int | str) -> bool:
    """Tell whether values are those a stored digest was made of; compared in constant time."""
    return hmac.compare_digest(stored.encode(), keyed_digest(values, purpose=purpose, key_id=key_id).encode())
