"""Whose an event is that speaks of no school: the ledger knows names of models, the app of institutions knows posts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.db.models import Model

Office = Callable[[Any], int | None]
Words = Callable[[Model, int | None], str]
_offices: dict[str, Office] = {}
_words: list[Words] = []


def register_office_of(label: str, office: Office) -> None:
    """Say how to find the authority of a model that does not name one itself: where an account's person works."""
    _offices[label] = office


def register_actor_words(words: Words) -> None:
    """Say how to find in whose name somebody acts at a school, where it is not their own."""
    _words[:] = [words]


def actor_label(by: Model, school_id: int | None) -> str:
    """Return what an event calls who acted: their name, and in whose name they did where it is not their own."""
    return str(by) + "".join(words(by, school_id) for words in _words)


def authority_of(*things: Model | None) -> int | None:
    """Return the authority of the first of the things that has one, or None: nobody's event but the installation's."""
    for thing in things:
        if thing is None:
            continue
        if model_label(thing) == "institutions.Authority":
            return int(thing.pk)
        if (authority_id := getattr(thing, "authority_id", None)) is not None:
            return int(authority_id)
        office = _offices.get(model_label(thing))
        if office is not None and (found := office(thing)) is not None:
            return found
    return None


def model_label(thing: Model) -> str:
    """Return the name of a model as the ledger keeps it: «graduation.Batch»."""
    return thing._meta.label  # noqa: SLF001  # Django's documented interface, in spite of the underscore
