"""In what condition the place is: database, tables, worker, queue, disk, head of the ledger. Nothing of anybody's data."""

from __future__ import annotations

import shutil
import tempfile
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import DatabaseError, connection
from django.db.migrations.loader import MigrationLoader

from xueji.certificates.stating import held_notices
from xueji.jobs.tasks import STALLED_AFTER_SECONDS

LEAST_FREE_BYTES = 200 * 1024**2  # one photo archive: with less the next upload fails
FEW_FREE_BYTES = 2 * 1024**3
LONG_QUEUE_SECONDS = 600

_ASKED = """
select (select extract(epoch from now() - max(last_heartbeat)) from procrastinate_workers)::float,
       (select extract(epoch from now() - min(created_at)) from jobs_job where state = 'queued')::float,
       (select count(*) from jobs_job where state = 'queued'),
       (select count(*) from jobs_job where state = 'running'),
       (select count(*) from jobs_job where state = 'failed' and finished_at > now() - interval '1 day'),
       (select count(*) from django_session where expire_date > now()),
       (select count(*) from procrastinate_workers where last_heartbeat > now() - make_interval(secs => %s))
"""


@dataclass(frozen=True)
class InstallationCondition:
    """What was found; None where it could not be asked for."""

    database: bool = False
    migrated: bool = False
    storage: bool = False  # files can be written
    free_bytes: int = 0
    worker_seconds: float | None = None  # since the last sign of life of any worker
    queue_seconds: float | None = None  # the longest anybody has been waiting for a job to begin
    queued: int | None = None
    running: int | None = None
    failed: int | None = None  # within a day
    sessions: int | None = None
    workers: int | None = None  # that gave a sign of life lately
    ledger_last: int | None = None
    ledger_at: datetime | None = None
    numbers_held: tuple[str, ...] = ()  # of which numbers none may be given before two persons stated the last one

    @property
    def worker(self) -> bool:
        """Whether some worker gave a sign of life lately."""
        return self.worker_seconds is not None and self.worker_seconds < STALLED_AFTER_SECONDS

    @property
    def problems(self) -> list[str]:
        """What makes the place unfit to work: any of these, and it is not ready."""
        fit = {
            "数据库不能使用": self.database,
            "数据库的表与程序版本不符": self.migrated or not self.database,
            "没有任务进程在工作": self.worker or not self.database,
            "文件目录不能写入": self.storage,
            "磁盘将满": self.free_bytes > LEAST_FREE_BYTES,
        }
        return [message for message, is_fit in fit.items() if not is_fit]

    @property
    def warnings(self) -> list[str]:
        """What somebody should look at before it becomes a problem."""
        fit = {
            f"磁盘剩余不足 {FEW_FREE_BYTES // 1024**3} GB": self.free_bytes > FEW_FREE_BYTES,
            "有任务等了十分钟还没有开始": (self.queue_seconds or 0) < LONG_QUEUE_SECONDS,
            "一天内有任务没有完成": not self.failed,
        }
        return [message for message, is_fit in fit.items() if not is_fit] + list(self.numbers_held)

    def for_strangers(self) -> dict[str, Any]:
        """Return what anybody may know: whether it works."""
        return {
            "ready": not self.problems, "database": self.database, "migrated": self.migrated, "worker": self.worker,
            "storage": self.storage and self.free_bytes > LEAST_FREE_BYTES,
        }  # fmt: skip

    def for_watchers(self) -> dict[str, Any]:
        """Return everything, for whoever watches the machine."""
        return self.for_strangers() | {
            "problems": self.problems, "warnings": self.warnings, "free_mb": self.free_bytes // 1024**2,
            "worker_seconds": _rounded(self.worker_seconds), "queue_seconds": _rounded(self.queue_seconds),
            "queued": self.queued, "running": self.running, "failed": self.failed, "sessions": self.sessions,
            "ledger": {"last": self.ledger_last, "at": self.ledger_at and self.ledger_at.isoformat()},
        }  # fmt: skip

    def gauges(self) -> dict[str, tuple[str, float | None]]:
        """Return the figures by name, each with what it says."""
        return {
            "ready": ("能够办理业务为 1", float(not self.problems)),
            "storage_free_bytes": ("文件目录所在磁盘的剩余字节", self.free_bytes),
            "storage_writable": ("文件目录能写入为 1", float(self.storage)),
            "migrated": ("数据库的表与程序版本相符为 1", float(self.migrated)),
            "worker_silent_seconds": ("距任务进程上次心跳的秒数", self.worker_seconds),
            "queue_oldest_seconds": ("排队最久的任务已等的秒数", self.queue_seconds or 0.0 if self.database else None),
            "jobs_queued": ("排队中的任务", self.queued),
            "jobs_running": ("进行中的任务", self.running),
            "jobs_failed_last_day": ("一天内未完成的任务", self.failed),
            "sessions": ("有效的登录会话", self.sessions),
            "numbers_held": ("编号暂停发放、等待核定的政策包", len(self.numbers_held)),
            "ledger_last_id": ("履历最后一条的编号", self.ledger_last),
        }


def condition(*, numbers: bool = False) -> InstallationCondition:
    """Look at everything once. No question is asked that grows with the data, but that for held `numbers`: a file a counter."""
    folder = Path(settings.MEDIA_ROOT)
    found: dict[str, Any] = {"storage": _can_write(folder), "free_bytes": _free(folder)}
    try:
        with connection.cursor() as cursor:
            cursor.execute("select 1")
            found["database"] = True
            found["migrated"] = is_migrated()
            if found["migrated"]:
                cursor.execute(_ASKED, [STALLED_AFTER_SECONDS])
                names = ("worker_seconds", "queue_seconds", "queued", "running", "failed", "sessions", "workers")
                found |= dict(zip(names, cursor.fetchone(), strict=True))
                cursor.execute("select id, at from ledger_event order by id desc limit 1")
                if head := cursor.fetchone():
                    found["ledger_last"], found["ledger_at"] = head
                found["numbers_held"] = tuple(held_notices()) if numbers else ()
    except DatabaseError:
        found["database"] = found["migrated"] = False
    return InstallationCondition(**found)


def is_migrated() -> bool:
    """Whether every migration this version knows has run."""
    with connection.cursor() as cursor:
        cursor.execute("select to_regclass('django_migrations') is not null")
        if not cursor.fetchone()[0]:
            return False
        cursor.execute("select app, name from django_migrations")
        done = set(cursor.fetchall())
    return all(migration in done or (replaced and set(replaced) <= done) for migration, replaced in _needed())


@cache
def _needed() -> tuple[tuple[tuple[str, str], tuple[tuple[str, str], ...]], ...]:
    """Return the migrations of this version, each with those it stands for; read from the disk once a process."""
    loader = MigrationLoader(None, load=False)
    loader.load_disk()
    return tuple((key, tuple(migration.replaces)) for key, migration in loader.disk_migrations.items())


def _can_write(folder: Path) -> bool:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder) as probe:
            probe.write(b"x")
    except OSError:
        return False
    return True


def _free(folder: Path) -> int:
    try:
        return shutil.disk_usage(folder).free
    except OSError:
        return 0


def _rounded(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds, 1)
