"""The installation looked over while it runs: what `xueji doctor` prints and the administrator's page shows.

Nothing is asked that grows with the data, no secret is told; paths and addresses only to whoever runs the machine.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from django.conf import settings
from django.db import DatabaseError, connection
from django.utils import timezone

from xueji.accounts.models import User
from xueji.certificates.stating import held_of_line
from xueji.core.errors import XuejiError
from xueji.ledger.queries import log_progress
from xueji.web.condition import (
    FEW_FREE_BYTES,
    LEAST_FREE_BYTES,
    LONG_QUEUE_SECONDS,
    InstallationCondition,
    condition,
)
from xueji.web.upkeep import Work, last_work

OLDEST_MAJOR = 15
_MOST_DRIFT_SECONDS = 5.0
_LOG_MAY_LAG = timedelta(minutes=10)
_BACKUP_EVERY = timedelta(hours=36)  # the timer works once a day
_AUDIT_EVERY = timedelta(days=35)
_LONGEST_RUN = timedelta(hours=12)  # what began earlier and did not end was killed


class Grade(StrEnum):
    """How grave it is: in order, to be looked at, to be mended before work goes on."""

    OK = "ok"
    OPTIONAL = "optional"
    MISSING = "missing"


# What is to be done about a check that is not in order, by whom: the page names it beside the finding.
ADVICE: Mapping[str, str] = {
    "数据库": "请运行维护人员升级 PostgreSQL，见运行手册「安装」。",
    "时钟": "请运行维护人员校准本机时钟（NTP）：期限和编号日期都按本机时钟。",
    "时区": "请运行维护人员把平台的时区设为北京时间。",
    "迁移": "请运行维护人员执行 xueji migrate，或者重新启动 xueji serve。",
    "任务进程": "请运行维护人员启动任务进程（xueji worker）；在这之前上传检查、打印都停着，办件不受影响。",
    "任务队列": "在「后台任务」看没有完成的原因，可以重新开始；排队很久的，请运行维护人员看任务进程。",
    "磁盘": "请运行维护人员清理或扩充磁盘；将满时上传和打印都不能办。",
    "文件存储": "请运行维护人员检查文件目录的权限和磁盘：上传和打印都不能办。",
    "静态文件": "请运行维护人员重新启动 xueji serve。",
    "密钥": "请运行维护人员核对密钥文件，不要改动或者删除任何一个密钥。",
    "履历日志": "请运行维护人员运行 xueji doctor 看全文，与库不符的先查明再办理；日志头须送往库外另一处保存。",
    "编号": "由两人在「编号核定」办理：一人填写纸上最后一个号，另一人确认。",
    "最近备份": "请运行维护人员查看每天备份的输出（xueji backup），并确认能够恢复。",
    "最近核对": "请运行维护人员运行 xueji audit，逐条查明不符之处。",
}


@dataclass(frozen=True, slots=True)
class SystemCheck:
    """One thing looked at: what, how it stands, in words."""

    what: str
    state: Grade
    detail: str

    @property
    def advice(self) -> str:
        """What is to be done, where it is not in order."""
        return "" if self.state is Grade.OK else ADVICE.get(self.what, "")


def check(what: str, is_fine: bool, detail: str, otherwise: Grade = Grade.MISSING) -> SystemCheck:  # noqa: FBT001  # the verdict
    """Return one line of the report."""
    return SystemCheck(what, Grade.OK if is_fine else otherwise, detail)


def database_checks() -> list[SystemCheck]:
    """Ask the database for its version and its time; DatabaseError where it does not answer."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select current_setting('server_version_num')::int / 10000, extract(epoch from clock_timestamp())"
        )
        major, server_time = cursor.fetchone()
    drift = abs(time.time() - float(server_time))
    return [
        check("数据库", major >= OLDEST_MAJOR, f"PostgreSQL {major}（需要 {OLDEST_MAJOR} 或以上）"),
        check("时钟", drift < _MOST_DRIFT_SECONDS, f"与数据库相差 {drift:.1f} 秒（期限和编号日期按本机时钟）"),
        _zone(),
    ]


def running_checks() -> list[SystemCheck]:
    """Return what can be asked of an installation at work, for whoever runs the machine: with places and names."""
    found = condition(numbers=True)
    return _running(found, log_check(names_places=True), numbers_check(found))


def page_checks(reader: User) -> list[SystemCheck]:
    """Return every check for the page of an administrator: also the tables, the keys and the room on the disk.

    One installation serves several lines that do not see each other: of the numbers only those of the reader's line.
    """
    found = condition()
    tables = "表与程序版本相符" if found.migrated else "有迁移没有执行"
    return [
        *database_checks(), check("迁移", found.migrated, tables),
        *_running(found, log_check(names_places=False), _numbers_of_line(found, reader)),
        keys_check(), disk_check(found.free_bytes),
    ]  # fmt: skip


def _running(found: InstallationCondition, log: SystemCheck, numbers: SystemCheck) -> list[SystemCheck]:
    return [
        _worker(found), _queue(found), _ledger(found), log, numbers,
        _static(), _storage(found), _backup(), _audit(),
    ]  # fmt: skip


def keys_check() -> SystemCheck:
    """Say whether every key of the data can be used, and which one writes; never a key."""
    keys = settings.DATA_KEYS
    fits = settings.DATA_KEY_ACTIVE in keys and all(len(key) == 32 for key in keys.values())
    return check("密钥", fits, f"{len(keys)} 个数据密钥，写入用 {settings.DATA_KEY_ACTIVE} 号")


def disk_check(free: int) -> SystemCheck:
    """Say how much room there is."""
    otherwise = Grade.OPTIONAL if free > LEAST_FREE_BYTES else Grade.MISSING
    return check("磁盘", free > FEW_FREE_BYTES, f"剩余 {free / 1024**3:.1f} GB", otherwise)


def _zone() -> SystemCheck:
    now = timezone.localtime()
    offset = now.utcoffset()
    right = offset is not None and offset.total_seconds() == 8 * 3600
    return check("时区", right, f"平台的时间 {now:%Y-%m-%d %H:%M}（应为北京时间）")


def _worker(found: InstallationCondition) -> SystemCheck:
    if found.worker_seconds is None:
        return check("任务进程", False, "没有任务进程登记")
    return check("任务进程", found.worker, f"{found.workers or 0} 个在工作，上次心跳 {found.worker_seconds:.0f} 秒前")


def _queue(found: InstallationCondition) -> SystemCheck:
    if found.queued is None:
        return check("任务队列", False, "不能查看", Grade.OPTIONAL)
    waited = found.queue_seconds or 0
    message = f"排队 {found.queued}，最久 {waited:.0f} 秒；进行中 {found.running}；一天内未完成 {found.failed}"
    return check("任务队列", waited < LONG_QUEUE_SECONDS and not found.failed, message, Grade.OPTIONAL)


def _ledger(found: InstallationCondition) -> SystemCheck:
    if not found.migrated:
        return check("履历", False, "有迁移没有执行，不能查看", Grade.OPTIONAL)
    if found.ledger_at is None:
        return check("履历", True, "还没有一条")
    last = timezone.localtime(found.ledger_at)
    return check("履历", True, f"最后一条 {found.ledger_last} 号，{last:%Y-%m-%d %H:%M}")


def log_check(*, names_places: bool) -> SystemCheck:
    """Say how far the log of events is, and whether its heads go anywhere: a log whose head nobody else holds proves little."""
    what = "履历日志"
    try:
        size, waiting, since = log_progress()
    except (XuejiError, DatabaseError, OSError) as error:
        why = getattr(error, "message", str(error)) if names_places else "不能写入，或者与库中的履历不符"
        return check(what, False, why)  # grave: until somebody knows why, nothing vouches for what is written
    is_late = since is not None and timezone.now() - since > _LOG_MAY_LAG
    destinations = (settings.LEDGER_HEADS, *settings.LEDGER_MAIL, settings.LEDGER_WITNESS)
    places = [str(destination) for destination in destinations if destination]
    has_no_key = bool(settings.LEDGER_WITNESS) and not settings.LEDGER_WITNESS_KEY
    lag = "（已超过十分钟：任务进程没有写）" if is_late else ""
    message = f"{size} 条，等待 {waiting} 条{lag}"
    heads = _heads(places, names_places) + ("；没有 XUEJI_LEDGER_WITNESS_KEY，见证不能核对" if has_no_key else "")
    return check(what, not is_late and bool(places) and not has_no_key, message + heads, Grade.OPTIONAL)


def _heads(places: list[str], names_places: bool) -> str:  # noqa: FBT001  # as the check was asked
    if not places:
        variables = "（XUEJI_LEDGER_HEADS、XUEJI_LEDGER_MAIL、XUEJI_LEDGER_WITNESS）" if names_places else ""
        return f"；日志头没有送往库外{variables}"
    return f"；日志头送往 {'、'.join(places)}" if names_places else f"；日志头送往库外 {len(places)} 处"


def numbers_check(found: InstallationCondition) -> SystemCheck:
    """Say which numbers wait for a statement; no fault of the installation, so its report stays «fit»."""
    return check("编号", not found.numbers_held, "；".join(found.numbers_held) or "可以发放", Grade.OPTIONAL)


def _numbers_of_line(found: InstallationCondition, reader: User) -> SystemCheck:
    """Say of the reader's own line how many counters wait for a statement: a count, since others read their own."""
    what = "编号"
    if not found.migrated:
        return check(what, False, "有迁移没有执行，不能查看", Grade.OPTIONAL)
    try:
        waiting = held_of_line(reader)
    except OSError:
        return check(what, False, "编号标记不能读取，不能发放编号；请运行维护人员检查编号标记文件夹的权限和磁盘")
    return check(what, not waiting, f"本线 {waiting} 处编号暂停发放" if waiting else "可以发放", Grade.OPTIONAL)


def _static() -> SystemCheck:
    is_collected = (settings.STATIC_ROOT / "staticfiles.json").exists() or not settings.PRODUCTION
    message = "已铺好" if is_collected else "没有铺好，页面不能显示；xueji serve 启动时铺好"
    return check("静态文件", is_collected, message)


def _storage(found: InstallationCondition) -> SystemCheck:
    return check("文件存储", found.storage, "可以写入" if found.storage else "不能写入：上传和打印都不能办")


def _backup() -> SystemCheck:
    return _noted("最近备份", Work.BACKUP, _BACKUP_EVERY, "没有备份过，或者备份没有记在这台机器上")


def _audit() -> SystemCheck:
    return _noted("最近核对", Work.AUDIT, _AUDIT_EVERY, "没有用 xueji audit 核对过")


def _noted(what: str, work: Work, every: timedelta, never: str) -> SystemCheck:
    """Say what was noted last: one that went wrong is grave, one long ago or never to be looked at."""
    noted = last_work(work)
    if noted is None:
        return check(what, False, never, Grade.OPTIONAL)
    message = f"{timezone.localtime(noted.at):%Y-%m-%d %H:%M}，{noted.words}"
    if noted.is_begun and timezone.now() - noted.at < _LONGEST_RUN:
        return check(what, False, message, Grade.OPTIONAL)
    if not noted.is_fine:
        return check(what, False, message)
    is_recent = timezone.now() - noted.at < every
    return check(what, is_recent, message + ("" if is_recent else "，已经很久"), Grade.OPTIONAL)
