"""What messages say, by their key: a title for lists, and the words sent. Apps add their own when they are ready."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple


class Wording(NamedTuple):
    """One kind of message. A `secret` one opens something: no inbox shows it."""

    title: str
    text: str
    is_secret: bool = False


_wordings: dict[str, Wording] = {}


def register_wording(key: str, wording: Wording) -> None:
    """Make a kind of message known; other words under the same key are a bug."""
    if _wordings.setdefault(key, wording) != wording:
        raise ValueError(f"message {key!r} is registered twice")


def wording_of(key: str) -> Wording:
    """Return a kind of message; an unknown key is a bug."""
    if key not in _wordings:
        raise ValueError(f"message {key!r} is not registered; known: {', '.join(_wordings) or 'none'}")
    return _wordings[key]


def title_of(key: str) -> str:
    """Return the title of a kind of message; the key itself for one that is no longer sent."""
    return _wordings[key].title if key in _wordings else key


def secret_keys() -> tuple[str, ...]:
    """Return the kinds that no inbox shows."""
    return tuple(key for key, wording in _wordings.items() if wording.is_secret)


def written(key: str, values: Mapping[str, str]) -> str:
    """Return the words of a message with its values; KeyError when one is missing."""
    return wording_of(key).text.format_map(dict(values))
