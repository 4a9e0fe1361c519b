"""Test session: a private PostgreSQL unless `DATABASE_URL` names one; no network; a scratch folder for stored files."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from pytest_django import DjangoDbBlocker
from tests import acting, packages

# How long an example takes says something of the machine, not of the code: on a busy one these two fail for nothing.
settings.register_profile("xueji", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("xueji")

_SCRATCH = Path(tempfile.mkdtemp(prefix="xueji-test-"))
os.environ["XUEJI_TESTING"] = "1"


def pytest_configure(config: pytest.Config) -> None:
    """Start the private server before Django reads its settings; worker processes find it running."""
    from xueji.config import postgres

    if not os.environ.get("DATABASE_URL"):
        cluster = postgres.start()
        config.stash[_ORIGIN] = cluster.origin


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what asks a database, so that those tests alone can run again on another server."""
    for item in items:
        if item.get_closest_marker("django_db") or _DATABASE & set(getattr(item, "fixturenames", ())):
            item.add_marker(pytest.mark.database)


@pytest.hookimpl(trylast=True, specname="pytest_collection_modifyitems")
def pytest_long_first(items: list[pytest.Item]) -> None:
    """Begin with what takes long, whatever the lot says: no process ends with it while the other has nothing left to do."""
    items.sort(key=lambda item: item.get_closest_marker("long") is None)


_DATABASE = {"db", "transactional_db", "django_db_setup"}
_ORIGIN: pytest.StashKey[str] = pytest.StashKey()


def pytest_collection_finish(session: pytest.Session) -> None:
    """From here on every action is watched (tests/acting.py)."""
    if any(item.get_closest_marker("database") for item in session.items):
        acting.install()


@pytest.fixture(scope="session")
def django_db_modify_db_settings(
    django_db_modify_db_settings: None, django_test_environment: None, django_db_blocker: DjangoDbBlocker
) -> None:
    """Copy the database from one that was migrated once (tests/migrated.py)."""
    if os.environ.get("DATABASE_URL"):
        return
    from django.db import connection
    from tests import migrated

    with django_db_blocker.unblock():
        connection.settings_dict["TEST"]["TEMPLATE"] = migrated.original()


@pytest.fixture(scope="session")
def django_db_setup(
    django_db_setup: None, django_db_blocker: DjangoDbBlocker
) -> None:  # pytest-django's own goes before
    """The tables of the tests' own apps stand apart from the product's."""
    with django_db_blocker.unblock():
        packages.set_apart()


_FAST = "not e2e and not drill"


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node) -> None:
    """Collect from a worker which actions its tests called."""
    acting.WATCH.called |= set(getattr(node, "workeroutput", {}).get("acts", ()))


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """A run of the whole fast suite must have called every action: what no test calls is judged by nobody."""
    config = session.config
    if hasattr(config, "workeroutput"):
        config.workeroutput["acts"] = sorted(acting.WATCH.called)
        return
    is_whole = config.option.markexpr == _FAST and not (config.option.file_or_dir or config.option.keyword)
    if is_whole and (uncalled := sorted(acting.labels() - acting.WATCH.called)):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
        print("\nactions that no test calls:", *uncalled, sep="\n  ")


@pytest.fixture(autouse=True)
def _acts_leave_events(request: pytest.FixtureRequest) -> Iterator[None]:
    """An action called by a test that wrote rows and no event fails the test."""
    with acting.judged(request.node.get_closest_marker("database") is not None):
        yield


def pytest_report_header(config: pytest.Config) -> str:
    """Say which database server the suite runs on."""
    return f"database: {config.stash.get(_ORIGIN, 'DATABASE_URL')}"


@pytest.fixture(autouse=True)
def _own_media(settings) -> None:
    """Stored files of a test never mix with an install's."""
    settings.MEDIA_ROOT = _SCRATCH / "files"
    settings.MEDIA_ROOT.mkdir(parents=True, exist_ok=True)


@pytest.fixture(autouse=True)
def _own_marks(settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """Marks of numbers of a test, which begins with a database of its own: its first number founds them."""
    from tests.standing import founding

    from xueji.certificates import marks

    settings.MARKS = Path(tempfile.mkdtemp(prefix="marks-", dir=_SCRATCH))
    monkeypatch.setattr(marks, "held_pack", founding(marks.held_pack))


@pytest.fixture(autouse=True)
def _own_log(settings) -> None:
    """The log of events of a test, which begins with a database of its own."""
    settings.LEDGER_LOG = Path(tempfile.mkdtemp(prefix="log-", dir=_SCRATCH))
    settings.LEDGER_HEADS = settings.LEDGER_WITNESS = settings.LEDGER_WITNESS_KEY = None
    settings.LEDGER_MAIL = []
    settings.UPKEEP = settings.LEDGER_LOG / "upkeep"


@pytest.fixture(scope="session", autouse=True)
def _remove_scratch() -> Iterator[None]:
    """Leave nothing behind."""
    yield
    shutil.rmtree(_SCRATCH, ignore_errors=True)
