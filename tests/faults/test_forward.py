"""A database made by the demo of a named earlier commit is carried forward: nothing in it changes, all sign in, a case goes on.

The ledger alone grows: by the event that takes in the rows from before the ledger vouched for them (docs/adr/0028).

`CARRIED_FROM` moves only to a later commit, when a release is made, and never past a migration that this drill has not
carried: what installs hold is carried, not made anew.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import psycopg
import pytest
from psycopg import sql
from tests.e2e.conftest import ROOT, Stack, start_stack, stop_stack
from tests.faults.rig import Rig, Visitor

from xueji.config import postgres
from xueji.demo.accounts import PASSWORD, accounts_table
from xueji.demo.provinces import PROVINCES

CARRIED_FROM = "711426d"

# Tables that a start writes to by itself: who is served, what waits in the queue, which steps were gone.
_OF_THE_START = ("django_migrations", "django_content_type", "auth_permission", "procrastinate_", "accounts_counter")

pytestmark = [pytest.mark.drill, pytest.mark.timeout(1800)]

# What may only be added to: compared as far as it went before; of what came after, the events are looked at.
_GROWING = ("ledger_event", "ledger_leaf")

Facts = dict[str, tuple[int, dict[str, str]]]  # table -> rows, column -> digest of its values in the order of the key


@dataclass
class Carried:
    """An install whose database was made by the earlier commit and brought up to date by this one."""

    stack: Stack
    before: Facts
    after: Facts
    events: list[str]  # tags of those that the way forward left
    people: set[str]  # who could sign in then


@pytest.fixture(scope="module")
def carried(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Carried]:
    """Make the demo with the earlier commit, in an environment of its own; migrate it, then serve it."""
    tree, home = tmp_path_factory.mktemp("earlier"), tmp_path_factory.mktemp("home")
    _lay_out(CARRIED_FROM, tree)
    environment = {
        k: v
        for k, v in os.environ.items()
        if k not in {"DATABASE_URL", "DJANGO_SETTINGS_MODULE", "XUEJI_TESTING", "XUEJI_TEST_DB"}
    }
    environment["XUEJI_HOME"] = str(home)
    _run(["make", "-s", "install"], tree, environment)
    _run([".venv/bin/xueji", "demo", "--no-serve"], tree, environment)
    cluster = postgres.start(home)
    before, people = facts_of(cluster.url()), _people_of(cluster.url())
    _run([sys.executable, "-m", "xueji.cli", "migrate"], ROOT, environment)
    after = facts_of(cluster.url(), first={table: before[table][0] for table in _GROWING})
    events = _events_after(cluster.url(), before["ledger_event"][0])
    (home / "town").touch()
    stack = start_stack(home)
    yield Carried(stack, before, after, events, people)
    stop_stack(stack)


def _lay_out(commit: str, tree: Path) -> None:
    known = subprocess.run(
        ["git", "cat-file", "-e", f"{commit}^{{commit}}"], cwd=ROOT, check=False, capture_output=True
    )
    assert known.returncode == 0, (
        f"commit {commit} is not in this clone: the drill needs the whole history (git fetch --unshallow)"
    )
    packed = subprocess.run(["git", "archive", commit], cwd=ROOT, check=True, capture_output=True).stdout
    subprocess.run(["tar", "-x", "-C", str(tree)], input=packed, check=True)


def _run(words: list[str], folder: Path, environment: dict[str, str]) -> None:
    done = subprocess.run(words, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-3000:]


def _events_after(url: str, count: int) -> list[str]:
    with psycopg.connect(url) as connection:
        return [tag for (tag,) in connection.execute("select tag from ledger_event order by id offset %s", [count])]


def _people_of(url: str) -> set[str]:
    with psycopg.connect(url) as connection:
        return {name for (name,) in connection.execute("select username from accounts_user where is_active")}


def facts_of(url: str, first: Mapping[str, int] | None = None) -> Facts:
    """Return the number of rows of every table and a digest of each of its columns, in the order of the whole row's key.

    `first`: of these tables no more than so many rows.
    """
    with psycopg.connect(url) as connection:
        tables = connection.execute(
            "select c.relname, array_agg(a.attname order by a.attnum) from pg_class c join pg_attribute a on a.attrelid = c.oid"
            " where c.relkind = 'r' and c.relnamespace = 'public'::regnamespace and a.attnum > 0 and not a.attisdropped group by 1"
        ).fetchall()
        return {
            table: _facts(connection, table, columns, (first or {}).get(table))
            for table, columns in tables
            if not table.startswith(_OF_THE_START)
        }


def _facts(
    connection: psycopg.Connection, table: str, columns: list[str], first: int | None
) -> tuple[int, dict[str, str]]:
    order = sql.Identifier(table, "id" if "id" in columns else columns[0])  # the column, not its text that is selected
    digests = {column: sha256() for column in columns}
    count = 0
    wanted = sql.SQL(", ").join(sql.SQL("{}::text").format(sql.Identifier(column)) for column in columns)
    query = sql.SQL("select {} from {} order by {} limit %s").format(wanted, sql.Identifier(table), order)
    for row in connection.execute(query, [first]):
        count += 1
        for digest, value in zip(digests.values(), row, strict=True):
            digest.update(repr(value).encode())
    return count, {column: digest.hexdigest() for column, digest in digests.items()}


def changes(before: Facts, after: Facts) -> list[str]:
    """Return every table that went or has another number of rows, and every column whose values are others."""
    found = []
    for table, (count, columns) in before.items():
        if table not in after:
            found.append(f"{table}: gone")
            continue
        now, others = after[table]
        if now != count:
            found.append(f"{table}: {count} rows, now {now}")
        found += [f"{table}.{name}" for name, digest in columns.items() if others.get(name) != digest]
    return found


def test_nothing_in_it_changes(carried: Carried) -> None:
    assert carried.before["certificates_certificate"][0] > 100
    assert changes(carried.before, carried.after) == []
    assert carried.before["ledger_event"][0] > 1000
    assert set(carried.events) == {"row:adopted"}


def test_a_changed_value_a_lost_row_and_a_lost_table_would_be_seen(carried: Carried) -> None:
    count, columns = carried.before["cases_case"]
    assert changes({"cases_case": (count, columns | {"title": "other"})}, carried.after) == ["cases_case.title"]
    assert changes({"cases_case": (count + 1, columns)}, carried.after) == [
        f"cases_case: {count + 1} rows, now {count}"
    ]
    assert changes({"cases_gone": (1, {})}, carried.after) == ["cases_gone: gone"]


def test_everybody_signs_in(carried: Carried) -> None:
    people = [account.username for account in accounts_table()]
    people += [f"{plan.key}_{name}" for plan in PROVINCES for name, *_ in plan.officers]
    outside, then = [], [username for username in people if username in carried.people]  # the demo of today has more
    for username in then:
        page = Visitor(carried.stack.url, username, PASSWORD).get("/desk/")
        if "退出登录" not in page:
            outside.append(username)
    assert not outside
    assert len(then) > 50


def test_somebody_with_a_wrong_password_does_not(carried: Carried) -> None:
    page = Visitor(carried.stack.url, "city01", f"{PASSWORD}-wrong").get("/desk/")
    assert "退出登录" not in page
    assert "工作人员登录" in page


def test_an_open_case_goes_on_and_everything_balances(carried: Carried) -> None:
    rig = Rig(carried.stack, {}, postgres.cluster(carried.stack.home), seed=0)
    step, case, username = rig.ask(
        "select s.id, s.case_id, u.username from cases_step s join institutions_appointment a"
        " on a.authority_id = s.authority_id and a.post = s.post join accounts_user u on u.id = a.user_id"
        " join cases_case c on c.id = s.case_id where s.state = 'current' and s.post = 'county_reviewer'"
        " and c.kind = 'graduation_batch' order by s.id limit 1"
    )
    with rig.hand_beside("approve", steps=[step], reviewer=username) as hand:
        hand.communicate("\n", timeout=120)
    assert rig.ask("select state from cases_step where id = %s", step) == ("approved",)
    assert rig.ask("select count(*) from cases_step where case_id = %s and state = 'current'", case) == (1,)
    rig.audit()
