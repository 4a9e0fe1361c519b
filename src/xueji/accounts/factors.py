"""The second factor: its secrets lie sealed, each for its person, so that a copy of the database makes no codes and a secret put
into the row of somebody else opens nothing.

The library hands a secret over as a text alone and makes it before it says whose it is. So a text read from a row knows its
place (`PlacedSecret`), and a new one is sealed for its place when its row is stored (`receivers.py`).
"""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Any

from allauth.mfa.adapter import DefaultMFAAdapter
from django.db.models import Model

from xueji.sealing.texts import SealBroken, seal, unseal

PREFIX = "sealed:"
_TABLE, _COLUMN = "mfa_authenticator", "data"
_UNPLACED = "new"  # of a secret that no row holds yet; what is read from a row never has it


class PlacedSecret(str):
    """A sealed secret that knows the row it was read from (`place`)."""

    __slots__ = ("place",)
    place: str

    @classmethod
    def of(cls, text: str, place: str) -> PlacedSecret:
        """Return the text with its place."""
        placed = cls(text)
        placed.place = place
        return placed


class SealedFactors(DefaultMFAAdapter):  # type: ignore[misc]  # the library states no types
    """Seals the secrets of authenticator apps and the seeds of recovery codes with the data key."""

    def encrypt(self, text: str) -> str:
        """Return a secret sealed, as text, for no row yet."""
        return str(sealed_for(_UNPLACED, text))

    def decrypt(self, encrypted_text: str) -> str:
        """Return the secret; SealBroken for one that does not lie sealed, or was sealed for another row."""
        if not encrypted_text.startswith(PREFIX):
            raise SealBroken("二次验证的密钥没有密封，不能使用；请系统管理员移除后重新设置")
        place = encrypted_text.place if isinstance(encrypted_text, PlacedSecret) else _UNPLACED
        return unseal(base64.b64decode(encrypted_text.removeprefix(PREFIX)), table=_TABLE, column=_COLUMN, row=place)


def place_of(factor: Any) -> str:
    """Return what the secrets of a factor are sealed for: whose it is, and of which kind, known before the row has a key."""
    return f"{factor.user_id}:{factor.type}"


def sealed_for(place: str, text: str) -> PlacedSecret:
    """Return a secret sealed for a place."""
    sealed = base64.b64encode(seal(text, table=_TABLE, column=_COLUMN, row=place)).decode()
    return PlacedSecret.of(PREFIX + sealed, place)


def note_places(factor: Model) -> None:
    """Let the secrets of a row that was read know where they lie."""
    if "data" in factor.__dict__ and factor.pk is not None:
        place = place_of(factor)
        factor.data = with_secrets(factor.data, lambda text: PlacedSecret.of(text, place))  # type: ignore[attr-defined]  # see above


def bind_secrets(factor: Model) -> None:
    """Seal the secrets of a row about to be stored for its place, those that are not."""
    place = place_of(factor)

    def bound(text: str) -> str:
        if isinstance(text, PlacedSecret) and text.place == place:
            return text
        return sealed_for(place, SealedFactors().decrypt(text))

    factor.data = with_secrets(factor.data, bound)  # type: ignore[attr-defined]  # as above


def with_secrets(data: dict[str, Any], change: Callable[[str], str]) -> dict[str, Any]:
    """Return the data of a factor with each of its secrets changed."""
    changed: dict[str, Any] = {name: change(data[name]) for name in ("secret", "seed") if name in data}
    if "migrated_codes" in data:
        changed["migrated_codes"] = [change(code) for code in data["migrated_codes"]]
    return data | changed
