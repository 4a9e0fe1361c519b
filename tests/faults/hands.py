"""People at work in an install under fire, as a program: `python -m tests.faults.hands WORD …` answers one JSON line.

Everything goes through the product's own actions, in a process of its own, as a page or a command would.
"""

from __future__ import annotations

import hashlib
import json
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from xueji.cli.bootstrap import set_up

PASSWORD = "xueji-pass-1"  # of tests.factories.accounts.UserFactory
_BETWEEN_TRIES = 0.3  # seconds


def found(small: int, middle: int, large: int, faces: int) -> dict[str, Any]:
    """Found a city: `small` batches of 3 and `middle` of 60 waiting for the city, one of `large` approved, one empty.

    In one transaction, so that what the factories write past the actions is vouched for by the next event, the last by one here.
    """
    from django.db import transaction
    from django.utils import timezone

    from xueji.accounts.models import User
    from xueji.ledger.actions import record_event
    from xueji.ledger.tags import EventTag

    with transaction.atomic():
        answer = _found_city(small, middle, large, faces)
        record_event(tag=EventTag.JOB_RETRIED, subject=User.objects.latest("pk"), by=None, at=timezone.now())
    return answer


def _found_city(small: int, middle: int, large: int, faces: int) -> dict[str, Any]:
    from tests.factories import graduation as story
    from tests.factories.institutions import SchoolFactory, appointed, staffed_city

    from xueji.institutions.models import Post

    story.photograph = _few_faces(story.photograph, faces)
    city = staffed_city()
    waiting = []
    start = 0
    for place, count in enumerate([3] * small + [60] * middle + [large]):
        school = SchoolFactory(authority=city.county)
        city.county_school, city.clerk = school, appointed(Post.SCHOOL_CLERK, school)
        city.leader = appointed(Post.SCHOOL_LEADER, school)
        here = story.filled(story.setting(city, school=school), story.rows_of(count, start=start))
        start += count
        if place < small + middle:
            waiting.append(story.at_the_city(here).pk)
        else:
            story.approved(here)
    approved, printing = here.batch.pk, here.clerk.username
    school = SchoolFactory(authority=city.county)
    city.county_school, city.clerk = school, appointed(Post.SCHOOL_CLERK, school)
    empty = story.setting(city, school=school)
    return {
        "small": waiting[:small], "middle": waiting[small:], "approved": approved, "printing": printing,
        "empty": empty.batch.pk, "clerk": city.clerk.username, "reviewer": city.city_reviewer.username,
    }  # fmt: skip


def _few_faces(draw: Callable[[int], bytes], count: int) -> Callable[[int], bytes]:
    """Drawing is slow, and nobody compares faces here."""
    drawn: dict[int, bytes] = {}

    def photograph(seed: int) -> bytes:
        if seed % count not in drawn:
            drawn[seed % count] = draw(seed % count)
        return drawn[seed % count]

    return photograph


def upload(batch: int, clerk: str, folder: str) -> dict[str, Any]:
    """Send the workbook and photographs that lie in a folder."""
    from django.utils import timezone

    from xueji.graduation.models import Batch
    from xueji.uploads.actions import receive_upload

    files = {name: (name, (Path(folder) / name).read_bytes()) for name in ("名册.xlsx", "照片.zip")}
    intake = receive_upload(
        kind="graduates", subject=Batch.objects.get(pk=batch), workbook=files["名册.xlsx"], photos=files["照片.zip"],
        by=_person(clerk), at=timezone.now(),
    )  # fmt: skip
    return {"intake": intake.pk, "job": intake.job_id}


def digest(intake: int, clerk: str) -> dict[str, Any]:
    """Say what was read, as counts and as one hash over every opened row and every finding; then put it away."""
    from django.utils import timezone

    from xueji.documents.storage import hash_of
    from xueji.uploads.actions import discard_upload
    from xueji.uploads.models import Upload

    read = Upload.objects.select_related("error_workbook").get(pk=intake)
    hashed = hashlib.sha256()
    for row in read.rows.order_by("row_number"):
        text = row.payload
        hashed.update(repr((row.row_number, row.name, row.photo_id, row.change, text)).encode())
    for values in read.findings.order_by("id").values_list("row", "column", "severity", "rule", "message"):
        hashed.update(repr(values).encode())
    answer = {
        "state": read.state, "rows": read.rows.count(), "findings": read.findings.count(),
        "marked": read.error_workbook and hash_of(read.error_workbook), "hash": hashed.hexdigest(),
    }  # fmt: skip
    discard_upload(upload=read, by=_person(clerk), at=timezone.now())
    return answer


def print_diplomas(batch: int, clerk: str) -> dict[str, Any]:
    """Ask for the diplomas of a batch."""
    from django.utils import timezone

    from xueji.graduation.models import Batch
    from xueji.production.actions import request_print

    run = request_print(
        issue=Batch.objects.get(pk=batch).issue, document="diploma.sample", by=_person(clerk), at=timezone.now()
    )
    return {"run": run.pk, "job": run.job_id}


def approve(steps: list[int], reviewer: str) -> dict[str, Any]:
    """Approve steps one after another, saying «acked» after each; while the database is away, try the same step again."""
    from django.db import InterfaceError, OperationalError, connection
    from django.utils import timezone

    from xueji.cases.actions import decide_step
    from xueji.cases.models import Step
    from xueji.core.errors import AlreadyDecided

    by = _person(reviewer)
    ready(len(steps))
    counts: dict[str, int] = {"acked": 0, "already": 0, "lost": 0}
    for key in steps:
        while True:
            try:
                decide_step(step=Step.objects.get(pk=key), verdict="approve", by=by, at=timezone.now())
            except AlreadyDecided:
                counts["already"] += 1
                break
            except (OperationalError, InterfaceError):
                counts["lost"] += 1
                connection.close()
                threading.Event().wait(_BETWEEN_TRIES)
            else:
                _say({"acked": key})
                counts["acked"] += 1
                break
    return counts


def ready(what: object) -> None:
    """Say that everything is at hand, and wait for the word."""
    _say({"ready": what})
    sys.stdin.readline()


def _person(username: str) -> Any:
    from xueji.accounts.models import User

    return User.objects.get(username=username)


def _say(answer: dict[str, Any]) -> None:
    print(json.dumps(answer, ensure_ascii=False), flush=True)


if __name__ == "__main__":
    set_up(quiet=True, migrate=sys.argv[1].startswith("found"))
    from tests.faults.blankwork import act, found_paper, once

    words = {f.__name__: f for f in (found, upload, digest, print_diplomas, approve, found_paper, act, once)}
    _say(words[sys.argv[1]](**json.loads(sys.argv[2])))
