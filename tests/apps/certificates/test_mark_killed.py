"""A process that is really killed (`kill -9`) around a mark and its commit: no number twice, none lost, nobody held up."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from urllib.parse import quote

import pytest
from django.conf import settings
from django.db import connection
from tests.apps.certificates.test_marks import PACK, lines, release
from tests.factories.accounts import UserFactory
from tests.factories.certificates import range_of
from tests.factories.institutions import SchoolFactory

from xueji.certificates import marks
from xueji.certificates.models import CertificateNumber
from xueji.cli.audit import audit

pytestmark = pytest.mark.django_db(transaction=True)

# Gives out forty numbers, and kills itself at an instant.
_VICTIM = """
import os, signal, sys
from xueji.cli.bootstrap import set_up
set_up(quiet=True, migrate=False)
from tests.factories.certificates import AT, range_of, view_of
from xueji.accounts.models import User
from xueji.certificates import markfiles, marks
from xueji.certificates.actions import release_numbers
from xueji.institutions.models import School

instant, school, person = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
intend, write = marks.intend, os.write

def die(*_, **__):
    os.kill(os.getpid(), signal.SIGKILL)

def tear(handle, text):
    write(handle, text[: len(text) // 2])
    os.fdatasync(handle)
    die()

def intend_and_die(**said):
    intend(**said)
    die()

if instant == "in the intent":
    markfiles.os.write = tear
elif instant == "before the commit":
    marks.intend = intend_and_die
elif instant == "after the commit":
    marks._confirm = die
release_numbers(
    view=view_of(), kind="graduation", parts={"year": 2019}, count=40, school=School.objects.get(pk=school),
    purpose="测试", by=User.objects.get(pk=person), at=AT,
)
"""


def release_and_be_killed(instant: str) -> None:
    """Let another process give out numbers, and expect that it did not live to tell."""
    database = connection.settings_dict
    url = f"postgresql://{database['USER']}@/{database['NAME']}?host={quote(database['HOST'], safe='')}"
    more = {"DATABASE_URL": url, "XUEJI_MARKS": str(settings.MARKS)}
    words = [instant, str(SchoolFactory().pk), str(UserFactory().pk)]
    done = subprocess.run(
        [sys.executable, "-c", _VICTIM, *words], env=os.environ | more, capture_output=True, text=True, check=False
    )
    assert done.returncode == -signal.SIGKILL, done.stderr[-2000:]


@pytest.mark.parametrize("first", [3, 0])
@pytest.mark.parametrize(
    ("instant", "given", "marked"),
    [("in the intent", 0, 0), ("before the commit", 0, 40), ("after the commit", 40, 40)],
)
def test_killed_around_the_commit(first: int, instant: str, given: int, marked: int) -> None:
    marks.adopt()  # as the first start does
    if first:
        release(first)
    release_and_be_killed(instant)
    assert CertificateNumber.objects.count() == first + given
    intents = [line["last"] for line in whole_lines() if "last" in line]
    assert intents[-1:] == ([first + marked] if first + marked else [])
    assert marks.held_counters(PACK) == []
    serial = first + given
    assert range_of(release(2)) == (f"2019060{serial + 1:04}", f"2019060{serial + 2:04}")
    assert CertificateNumber.objects.count() == len({*CertificateNumber.objects.values_list("number", flat=True)})
    wrong = {check["check"]: check["mismatches"] for check in audit() if check["mismatches"]}
    assert {name for name in wrong if name.startswith(("numbers.", "ledger.numbers"))} == set()


def whole_lines() -> list[dict]:
    """Return the lines of the counter's mark but for one that was torn."""
    path = next(marks.folder().glob("counter+*2019*.mark"))
    whole = path.with_suffix(".whole")
    whole.write_text("".join(line for line in path.read_text().splitlines(keepends=True) if line.endswith("}\n")))
    try:
        return lines(whole)
    finally:
        whole.unlink()
