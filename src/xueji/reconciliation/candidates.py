"""Which pairs are worth weighing: those that share something a slip of the hand leaves standing.

Each way of meeting is one join. A slip in a number touches one place or two that lie together, so of four windows one
holds it, and the rest of the number stands; a photograph saved again keeps one of its four quarters.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from xueji.core.identifiers import eighteen_digits
from xueji.core.linkage import NEAR_PHOTO, Link, LinkRecord, LinkVerdict, weigh
from xueji.reconciliation.memory import Connection, load_rows

_COLUMNS = ("place", "number", "name", "birth", "phone", "guardian", "photo")
_BATCH = 50_000
_CROWD = 200  # so many on one side who share something, and it says nothing about anybody


@dataclass(frozen=True, slots=True)
class LinkedPair:
    """Two places, in our list and in the other, and what was found of them."""

    ours: int
    theirs: int
    link: Link


# name of a way → what both sides must share; each expression is null where it does not apply
_KEYS = {
    "number": "number",
    "without_first": "CASE WHEN length(number) >= 17 THEN right(number, 12) END",
    "without_second": "CASE WHEN length(number) = 18 THEN left(number, 4) || substr(number, 11) END",
    "without_third": "CASE WHEN length(number) = 18 THEN left(number, 8) || substr(number, 15) END",
    "without_last": "CASE WHEN length(number) >= 17 THEN left(number, 12) || left(name, 1) END",
    "name_and_birth": "CASE WHEN name <> '' AND birth IS NOT NULL THEN name || birth END",
    "name_and_month": "CASE WHEN name <> '' AND length(birth) = 8 THEN name || left(birth, 6) || left(number, 6) END",
    "phone": "CASE WHEN phone IS NOT NULL THEN phone || left(name, 1) END",
    "guardian_and_month": "CASE WHEN guardian IS NOT NULL AND length(birth) = 8 THEN guardian || left(birth, 6) || left(name, 1) END",
    "name_and_guardian": "CASE WHEN guardian IS NOT NULL AND name <> '' THEN guardian || name END",
}
_PHOTO = " UNION ALL ".join(
    f"SELECT o.place AS ours, t.place AS theirs FROM ours o JOIN theirs t"
    f" ON (o.photo >> {shift}) & 65535 = (t.photo >> {shift}) & 65535 WHERE bit_count(xor(o.photo, t.photo)::BIT) <= {NEAR_PHOTO}"
    for shift in (0, 16, 32, 48)
)


def link_lists(
    connection: Connection, ours: Sequence[LinkRecord], theirs: Sequence[LinkRecord]
) -> Iterator[LinkedPair]:
    """Yield every pair of two lists that is not of two different people; places count from 0."""
    for side, people in (("ours", ours), ("theirs", theirs)):
        rows = (
            (place, eighteen_digits(p.number), p.name, p.birth, p.phone, p.guardian, p.photo)
            for place, p in enumerate(people)
        )
        load_rows(connection, "arrived", _COLUMNS, rows)
        connection.execute(
            f"CREATE OR REPLACE TABLE {side} AS SELECT place::INT AS place, number, coalesce(name, '') AS name, birth, phone, guardian, "
            "photo::UBIGINT AS photo FROM arrived"
        )
    connection.execute("DROP TABLE arrived")
    yield from _weigh_candidates(connection, ours, theirs)


def _weigh_candidates(
    connection: Connection, ours: Sequence[LinkRecord], theirs: Sequence[LinkRecord]
) -> Iterator[LinkedPair]:
    """Weigh the pairs of the loaded tables `ours` and `theirs` that meet in some way."""
    ways = [_meet(key) for key in _KEYS.values()]
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE met AS SELECT DISTINCT ours, theirs FROM ({' UNION ALL '.join([*ways, _PHOTO])})"
    )
    cursor = connection.execute(
        "WITH bearers AS (SELECT name, count(*) AS n FROM (SELECT name FROM ours UNION ALL SELECT name FROM theirs) GROUP BY name) "
        "SELECT met.ours, met.theirs, bearers.n FROM met JOIN ours o ON o.place = met.ours JOIN bearers ON bearers.name = o.name "
        "ORDER BY met.ours, met.theirs"
    )
    links = [link for link in _weighed(cursor, ours, theirs) if link.link.verdict is not LinkVerdict.DIFFERENT]
    yield from _without_the_proven(links)


def _weighed(cursor: Connection, ours: Sequence[LinkRecord], theirs: Sequence[LinkRecord]) -> Iterator[LinkedPair]:
    while rows := cursor.fetchmany(_BATCH):
        for our_place, their_place, namesakes in rows:
            yield LinkedPair(our_place, their_place, weigh(ours[our_place], theirs[their_place], namesakes=namesakes))


def _without_the_proven(links: Sequence[LinkedPair]) -> Iterator[LinkedPair]:
    """Yield the pairs without those that ask about somebody who is proven to be somebody else of the other list."""
    proven = [pair for pair in links if pair.link.verdict is LinkVerdict.SAME]
    ours, theirs = {pair.ours for pair in proven}, {pair.theirs for pair in proven}
    for pair in links:
        if pair.link.verdict is LinkVerdict.SAME or (pair.ours not in ours and pair.theirs not in theirs):
            yield pair


def _meet(key: str) -> str:
    """Return the pairs that share a key which is not shared by a crowd."""
    keyed = f"(SELECT place, {key} AS k FROM {{side}} WHERE k IS NOT NULL QUALIFY count(*) OVER (PARTITION BY k) <= {_CROWD})"
    return f"SELECT o.place AS ours, t.place AS theirs FROM {keyed.format(side='ours')} o JOIN {keyed.format(side='theirs')} t USING (k)"
