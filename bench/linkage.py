"""Finding people who are recorded twice: precision and recall for each kind of slip, on lists made from a seed.

The lists (`_linkage_people.py`) were written before the matcher. A pair counts as found when the matcher brings it to a
person or takes it for proven; of the strangers (twins, namesakes, siblings, new people) none may be found.
"""

from __future__ import annotations

import argparse
import resource
import time
from collections import Counter
from collections.abc import Sequence

from bench._linkage_people import EXACT_KINDS, HARD_KINDS, STRANGERS, TWICE, Somebody, make_lists
from xueji.core.identifiers import eighteen_digits, parse_resident_id
from xueji.core.linkage import LinkRecord, LinkVerdict
from xueji.reconciliation.candidates import LinkedPair, link_lists
from xueji.reconciliation.memory import open_memory

PEOPLE, OF_EACH_KIND = 300_000, 1000


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add what this bench asks for."""
    parser.add_argument("--seed", type=int, default=1, help="哪一组人")
    parser.add_argument("--people", type=int, default=PEOPLE, help="名册有多少人")
    parser.add_argument("--each", type=int, default=OF_EACH_KIND, help="每一种情形多少人")


def run(chosen: argparse.Namespace | None = None) -> dict[str, object]:
    """Make the lists, link them, and return precision and recall."""
    seed, people, each = (chosen.seed, chosen.people, chosen.each) if chosen else (1, PEOPLE, OF_EACH_KIND)
    lists = make_lists(people=people, of_each_kind=each, seed=seed)
    register = [record_of(row) for row in lists.register]
    arriving = [record_of(row) for row in lists.arriving]
    began = time.perf_counter()
    with open_memory() as connection:
        pairs = list(link_lists(connection, register, arriving))
    seconds = time.perf_counter() - began
    return {
        "seed": seed,
        "register": people,
        "arriving": len(arriving),
        "seconds": round(seconds, 2),
        "peak_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
        **figures(lists.arriving, pairs),
    }


def figures(arriving: Sequence[Somebody], pairs: Sequence[LinkedPair]) -> dict[str, object]:
    """Return for each kind how many were found, of them rightly, and how many strangers were taken for somebody."""
    right, wrong, proven_wrong = Counter(), Counter(), 0
    for pair in pairs:
        row = arriving[pair.theirs]
        is_right = row.of == pair.ours
        (right if is_right else wrong)[row.kind] += 1
        proven_wrong += not is_right and pair.link.verdict is LinkVerdict.SAME
    of = Counter(row.kind for row in arriving)
    kinds = {kind: _rates(right[kind], wrong[kind], of[kind]) for kind in TWICE}
    strangers = sum(wrong[kind] for kind in STRANGERS)
    hard = sum(right[kind] for kind in HARD_KINDS)
    return {
        "kinds": kinds,
        "exact": _rates(
            sum(right[k] for k in EXACT_KINDS), sum(wrong[k] for k in EXACT_KINDS), sum(of[k] for k in EXACT_KINDS)
        ),
        "hard": _rates(hard, sum(wrong[k] for k in HARD_KINDS) + strangers, sum(of[k] for k in HARD_KINDS)),
        "strangers_found": {kind: wrong[kind] for kind in STRANGERS},
        "wrong_by_itself": proven_wrong,
    }


def _rates(right: int, wrong: int, of: int) -> dict[str, float]:
    return {"precision": round(right / (right + wrong), 4) if right + wrong else 1.0, "recall": round(right / of, 4)}


def record_of(row: Somebody) -> LinkRecord:
    """Return what a list tells of somebody; a number that is wrong tells no birth date."""
    born = parse_resident_id(eighteen_digits(row.number)).birth_date
    birth = f"{born:%Y%m%d}" if born and parse_resident_id(row.number).is_valid else ""
    return LinkRecord(row.number, row.name, birth, row.phone, row.guardian, row.photo)
