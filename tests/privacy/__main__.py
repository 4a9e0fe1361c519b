"""The crawl, the control and the scans over the configured install (`make demo` first): figures per post, as JSON lines.

`python -m tests.privacy [PAGES]`: so many pages are asked for as each post, the kinds of page in turn.
"""

from __future__ import annotations

import json
import logging
import random
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from statistics import median
from typing import Any

from xueji.cli.bootstrap import set_up

_ENUMERATED = 200  # people with one scrap, drawn to count what is left; whoever has both is always counted out
_EVALUATION = "demo/"  # workbooks for whoever evaluates, to be uploaded by hand: the synthetic city's own source


def main() -> int:
    """Print what is left per post and what lies readable; status 1 when a number was rebuilt or something lies readable."""
    set_up(migrate=False, quiet=True)
    from django.conf import settings

    settings.ALLOWED_HOSTS = ["*"]
    logging.disable(logging.WARNING)
    from xueji.registry.models import Person

    people = list(Person.objects.order_by("pk"))
    bad = _crawl(people, int(sys.argv[1]) if len(sys.argv) > 1 else 600)
    return 1 if bad + _scan(people) else 0


def _say(**figures: Any) -> None:
    print(json.dumps(figures, ensure_ascii=False), flush=True)


def _crawl(people: list[Any], pages: int) -> int:
    """Read as each post, and put together what can be; return how many numbers were rebuilt where none may be."""
    from django.urls import reverse
    from tests.privacy.crawl import Tally, read_by
    from tests.privacy.rebuild import Truth, figures, left_by, scraps_of
    from tests.web.test_matrix import OURS

    count = Counter(person.name for person in people)  # scraps are found by name: who shares one is left out
    truths = {
        person.name: Truth(person.name, person.sex, person.resident_id) for person in people if count[person.name] == 1
    }
    regions = {name: {truth.number[:6]} for name, truth in truths.items()}
    shown = (
        f"<tr><td>{person.name}</td><td>{person.resident_id[:6]}********{person.resident_id[-4:]}</td>"
        f"<td>{person.birth_date.isoformat()}</td></tr>"
        for person in people
    )
    rebuilt = figures(left_by(scraps_of(shown, count), list(truths.values()), regions))[0]
    _say(control="mask and birth date in one row", people=len(people), of_one_name=len(truths), rebuilt=rebuilt)
    bad = int(rebuilt != len(truths))
    starts = ["/desk/", *(reverse(url.name) for url in OURS if not url.keys)]
    for appointment in _posts():
        tally = Tally()
        scraps = scraps_of(read_by(appointment.user, starts, limit=pages, tally=tally), count)
        left = _left(scraps, truths, regions)
        bad += left["rebuilt"]
        _say(
            post=appointment.post, pages=tally.read.total(), kinds=len(tally.read), recorded=tally.recorded.total(), **left,
            most_read=dict(tally.read.most_common(4)),
        )  # fmt: skip
    return bad


def _posts() -> Iterator[Any]:
    """Yield of each kind of post the one with the most graduates in its area: who sees most."""
    from xueji.graduation.models import Candidate
    from xueji.institutions.models import Appointment

    def graduates(appointment: Any) -> int:
        if appointment.school_id:
            return Candidate.objects.filter(batch__school=appointment.school_id).count()
        return Candidate.objects.filter(batch__school__authority__path__startswith=appointment.authority.path).count()

    most: dict[str, tuple[int, Any]] = {}
    for appointment in Appointment.objects.select_related("user", "authority").order_by("pk"):
        if (count := graduates(appointment)) > most.get(appointment.post, (-1, None))[0]:
            most[appointment.post] = (count, appointment)
    yield from (appointment for _, (_, appointment) in sorted(most.items()))


def _left(scraps: Mapping[str, Any], truths: Mapping[str, Any], regions: Mapping[str, Any]) -> dict[str, Any]:
    """Return how many people were seen with what, how many numbers were put together, and how many are left to the rest."""
    from tests.privacy.rebuild import left_by

    seen = {name: scrap for name, scrap in scraps.items() if scrap.was_seen and name in truths}
    both = [name for name, scrap in seen.items() if scrap.numbers or (scrap.births and scrap.tails)]
    single = [name for name, scrap in seen.items() if name not in set(both) and (scrap.births or scrap.tails)]
    drawn = random.Random(0).sample(sorted(single), min(len(single), _ENUMERATED))  # no secret
    left = left_by(scraps, [truths[name] for name in [*both, *drawn]], regions)
    kept = [left[name] for name in drawn]
    return {
        "seen": len(seen),
        "with_birth_date": sum(bool(scrap.births) for scrap in seen.values()),
        "with_tail": sum(bool(scrap.tails) for scrap in seen.values()),
        "with_neither": sum(not (scrap.births or scrap.tails or scrap.numbers) for scrap in seen.values()),
        "rebuilt": sum(left[name] == 1 for name in both) + sum(count == 1 for count in kept),
        "untrue": sum(count == 0 for count in kept),
        "median_left": int(median(kept)) if kept else None,
        "least_left": min(kept) if kept else None,
    }


def _scan(people: list[Any]) -> int:
    """Search tables, files and a fresh backup; return how many things lie readable."""
    from tests.privacy.scan import forms_of, readable_in_dump, readable_in_files, readable_in_tables

    from xueji.cli import dumps
    from xueji.cli.backup import back_up
    from xueji.config.paths import state_dir

    numbers, births = {person.resident_id for person in people}, {person.birth_date for person in people}
    days = forms_of(births)
    tables = readable_in_tables(numbers, births)
    _say(scan="tables", readable=tables)
    kinds, files = readable_in_files(state_dir(), numbers, days, passed_over=[_EVALUATION])
    _say(scan="files of the home, logs and pages of the database", files=dict(kinds), readable=files)
    with tempfile.TemporaryDirectory() as folder:
        back_up(Path(folder))
        kinds, kept = readable_in_files(Path(folder), numbers, days)
        (dump,) = Path(folder).rglob(dumps.DUMP)
        kept += readable_in_dump(dump, dumps.program("pg_restore", dumps.server_major()), numbers, days)
    _say(scan="backup with its dump", files=dict(kinds), readable=kept)
    return len(tables) + len(files) + len(kept)


if __name__ == "__main__":
    sys.exit(main())
