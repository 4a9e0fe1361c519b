"""Words that are stored and can never be changed: each has one shape, so that a stranger reads a ledger of ten years' standing."""

from __future__ import annotations

import re

import pytest

from xueji.accounts.permissions import Permission
from xueji.ledger.tags import EventTag

NOUN = re.compile(r"[a-z]+(_[a-z]+)*")
IRREGULAR = {"made", "drawn", "read", "set", "reset", "sent", "sent_back", "lost", "withdrawn", "done", "given_up"}
# Singular though they end in «s», or a mass noun of the field.
SINGULAR = {"statistics"}


def badly_shaped(word: str, *, is_past: bool) -> bool:
    """Whether a stored word is anything but «noun:verb», singular, the verb in the past where an act is meant."""
    noun, _, verb = word.partition(":")
    if not NOUN.fullmatch(noun) or not NOUN.fullmatch(verb):
        return True
    if noun.endswith("s") and noun not in SINGULAR:
        return True
    first = verb.split("_")[0]
    return is_past and not (first.endswith("ed") or verb in IRREGULAR)


@pytest.mark.parametrize(
    "word", ["school:founding", "photos:viewed", "case", "calendar:day_declared:1", "candidate:List", "school:register"]
)
def test_a_word_of_another_shape_is_found(word) -> None:
    assert badly_shaped(word, is_past=True)


def test_every_tag_is_a_noun_and_a_past_participle() -> None:
    assert [tag for tag in EventTag.values if badly_shaped(tag, is_past=True)] == []
    assert len(set(EventTag.labels)) == len(EventTag.labels)


def test_every_permission_is_a_noun_and_a_verb() -> None:
    assert [word for word in Permission if badly_shaped(word, is_past=False)] == []


def test_nothing_is_founded_and_no_blank_is_drawn() -> None:
    """The field registers, enrols and dispenses; lots alone are drawn."""
    nouns = {tag.partition(":")[0] for tag in EventTag.values if tag.endswith(":drawn")}
    assert nouns <= {"spot_check", "file_check", "draw"}
    assert [tag for tag in EventTag.values if tag.endswith(("founded", "found", "told", "seen"))] == []
