"""Every action that writes rows leaves an event, judged while the suite runs: by what the database counted, not by names.

An action is a public function of a module of actions that is told who acts (`by`). Each is wrapped once the tests are
collected; in a test with a database PostgreSQL's own counters of the transaction say, before and after every call, which
tables got rows. An action that returns having written some, but no event, fails the test that called it; so does one that
wrote rows after its last event, since an event vouches for what was written before it.
"""

from __future__ import annotations

import dataclasses
import functools
import importlib
import inspect
import pkgutil
import sys
import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.core.handlers.base import BaseHandler
from django.db import connection

EVENTS = "ledger_event"
# Tables whose rows are nobody's act, with why.
NOT_ACTS = {
    "ledger_writtenrows": "noted by the database itself, of rows that are counted in their own tables",
    "documents_storedfile": "storing a content is idempotent and belongs to the act that names the file",
    "django_session": "a session is no record",
    "accounts_counter": "counts for limits; the cache's own table",
    "institutions_inboxmark": "how far somebody has read is nobody's act upon anything",
    "lookup_lookupattempt": "the look-up's own append-only record",
    "jobs_job": "progress of a job; the act that starts it has its own event",
}
# Acts that write and leave no event of their own, with why.
_LOTS = "one part of an act of the app that draws, which leaves the event in its own words and is judged itself"
SILENT: dict[str, str] = {
    f"xueji.draws.actions.{name}": _LOTS for name in ("hold_draw", "record_outcomes", "confirm_outcomes")
}
_OURS = tuple(str(Path(__file__).resolve().parents[1] / folder) for folder in ("src", "tests"))
# Asked before and after every action, so it costs little: planned once a connection, over the tables there are by then.
_TABLES = """select string_agg(format('(%s::oid, %L)', oid, relname), ', ') from pg_class where relkind in ('r', 'p')
    and relnamespace not in ('pg_catalog'::regnamespace, 'information_schema'::regnamespace) and relname not like 'procrastinate%'"""
_PREPARED = """prepare acting as select relname, rows from (select relname, pg_stat_get_xact_tuples_inserted(oid)
        + pg_stat_get_xact_tuples_updated(oid) + pg_stat_get_xact_tuples_deleted(oid) as rows from (values {}) as t (oid, relname)) as c
    where rows > 0 union all select source, null from ledger_writtenrows where id = any (
        string_to_array(nullif(current_setting('app.unvouched', true), ''), ',')::bigint[])"""
_ASKED: weakref.WeakSet[Any] = weakref.WeakSet()  # the connections that know the question


class Watch:
    """What is being judged now: off outside tests that run in one transaction."""

    def __init__(self) -> None:
        self.is_on = False
        self.silent: list[str] = []
        self.depth = 0  # of actions called by actions
        self.called: set[str] = set()  # by any test of this process


WATCH = Watch()


@contextmanager
def judged(is_on: bool = True) -> Iterator[None]:
    """Judge what happens meanwhile: an action that wrote rows and no event fails whoever asked."""
    WATCH.silent.clear()
    WATCH.is_on = is_on
    try:
        yield
    finally:
        WATCH.is_on = False
    assert WATCH.silent == []


def written() -> tuple[dict[str, int], set[str]]:
    """Return how many rows of each table this transaction has touched, and of which no event vouches yet (docs/adr/0028).

    Past Django, whose queries tests count.
    """
    connection.ensure_connection()
    server = connection.connection
    if server not in _ASKED:
        (tables,) = server.execute(_TABLES).fetchone()
        server.execute(_PREPARED.format(tables))
        _ASKED.add(server)
    found = server.execute("execute acting").fetchall()
    return {table: count for table, count in found if count is not None}, {
        table for table, count in found if count is None
    }


def watched(act: Callable[..., Any]) -> Callable[..., Any]:
    """Return an action that notes when it wrote rows and no event."""
    label = label_of(act)

    @functools.wraps(act)
    def acting(*args: Any, **kwargs: Any) -> Any:
        WATCH.called.add(label)
        if not WATCH.is_on or not connection.in_atomic_block or connection.needs_rollback:
            return act(*args, **kwargs)
        before, open_before = written()
        WATCH.depth += 1
        try:
            result = act(*args, **kwargs)
        finally:
            WATCH.depth -= 1
        after, late = written()
        tables = {table for table, count in after.items() if count > before.get(table, 0)}
        if tables - NOT_ACTS.keys() - {EVENTS} and EVENTS not in tables and label not in SILENT:
            WATCH.silent.append(f"{label} wrote {', '.join(sorted(tables - NOT_ACTS.keys()))} and no event")
        if not WATCH.depth and late and (EVENTS in tables or late != open_before):
            WATCH.silent.append(f"{label} wrote {', '.join(sorted(late))} after its last event, which vouches for rows")
        return result

    return acting


def answered(get_response: Callable[..., Any]) -> Callable[..., Any]:
    """Return the answering of a request that notes when a page wrote rows which no event vouches for."""

    @functools.wraps(get_response)
    def answering(handler: Any, request: Any) -> Any:
        is_judged = WATCH.is_on and connection.in_atomic_block and not connection.needs_rollback
        before = written()[1] if is_judged else set()
        response = get_response(handler, request)
        if is_judged and not connection.needs_rollback and (late := written()[1] - before):
            WATCH.silent.append(
                f"{request.method} {request.path} wrote {', '.join(sorted(late))}: no event vouches for it"
            )
        return response

    return answering


def actions() -> Iterator[Callable[..., Any]]:
    """Yield every action of the product."""
    import xueji

    for found in pkgutil.walk_packages(xueji.__path__, "xueji."):
        parts = found.name.split(".")[1:]
        if "migrations" in parts or not any("actions" in part for part in parts):
            continue
        module = importlib.import_module(found.name)
        for name, value in vars(module).items():
            is_own = inspect.isfunction(value) and value.__module__ == module.__name__ and not name.startswith("_")
            if is_own and {"by", "sealed_by"} & set(inspect.signature(value).parameters):
                yield value


def labels() -> set[str]:
    """Return the names under which actions are noted as called."""
    return {label_of(act) for act in actions()}


def label_of(act: Callable[..., Any]) -> str:
    """Return the name of an action: where it is written."""
    return f"{act.__module__}.{act.__qualname__}"


def install() -> int:
    """Put the watched action wherever the bare one stands in a module of product or tests; return how many there are."""
    from xueji.cases import kinds
    from xueji.jobs import runners
    from xueji.uploads import kinds as uploads

    instead = {act: watched(act) for act in actions()}
    for module in list(sys.modules.values()):
        if not (getattr(module, "__file__", None) or "").startswith(_OURS):
            continue
        for key, value in list(vars(module).items()):
            if inspect.isfunction(value) and value in instead:
                setattr(module, key, instead[value])
            elif type(value) is dict:
                value.update({k: instead[v] for k, v in value.items() if inspect.isfunction(v) and v in instead})
            elif type(value) is list:  # what follows an act, registered by other apps
                value[:] = [instead[v] if inspect.isfunction(v) and v in instead else v for v in value]
    for registered in (
        *kinds._kinds.values(),
        *runners._KINDS.values(),
        *uploads._kinds.values(),
    ):  # what the engine calls back
        for field in dataclasses.fields(registered):
            if (original := getattr(registered, field.name)) in instead:
                object.__setattr__(registered, field.name, instead[original])
    BaseHandler.get_response = answered(BaseHandler.get_response)  # type: ignore[method-assign]
    return len(instead)
