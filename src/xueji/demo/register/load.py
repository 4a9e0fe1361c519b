"""Load the province: school by school in two processes, each school in one transaction, so that a load cut short goes on."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from django.conf import settings
from django.utils import timezone

from xueji.core.errors import ServiceError
from xueji.core.intakes import Intake
from xueji.demo.accounts import PASSWORD
from xueji.demo.register.changes import moment
from xueji.demo.register.layout import PROVINCE, Layout
from xueji.demo.register.offices import enter_province
from xueji.demo.register.processes import each_of, peak_mb, show
from xueji.demo.register.schools import YEARS, plan_of
from xueji.institutions.models import Authority, School
from xueji.ledger.sequencing import sequence_events
from xueji.registry.models import Enrolment

PROCESSES = 2
_LOGGED_EVERY = 10
_FILED_BY = (11, 20)  # before this day of a year its intake has hardly begun: the year before is the newest


@dataclass(frozen=True, slots=True)
class Loaded:
    """What a load came to."""

    students: int
    seconds: float
    peak_mb: float  # of the process that needed most

    def __str__(self) -> str:
        return (
            f"在籍学生 {self.students:,} 人，用时 {self.seconds / 60:.1f} 分钟，单个进程内存最多 {self.peak_mb:,.0f} MB"
        )


def intakes_of(today: date) -> tuple[Intake, ...]:
    """Return the three autumn intakes that are at school."""
    newest = today.year if (today.month, today.day) >= _FILED_BY else today.year - 1
    return tuple(Intake(year, "autumn") for year in range(newest - YEARS + 1, newest + 1))


def load_province(
    students: int, *, today: date | None = None, processes: int = PROCESSES, say: Callable[[str], None] = print
) -> Loaded:
    """Load a province of so many enrolled students, or go on with one; ServiceError where another one stands."""
    if settings.PRODUCTION:
        raise ServiceError("正式环境不能载入演示数据：演示账号的密码是公开的")
    started = time.monotonic()
    intakes, province = intakes_of(today or timezone.localdate()), plan_of(students)
    _require_room(province)
    if not Authority.objects.filter(division_code=PROVINCE[0]).exists():
        enter_province(province, intakes, moment(date(intakes[0].year, 2, 1)), say)
    peaks = [peak_mb()]
    numbers = [plan.number for plan in province.schools]
    logged = 0
    for what, work, parts in (("学校", "schools", numbers), ("转学", "transfers", numbers[::2])):
        begun = time.monotonic()
        for done, peak in enumerate(
            each_of(work, [(number, students, intakes) for number in parts], processes), start=1
        ):
            peaks.append(peak)
            show(what, done, len(parts), time.monotonic() - begun)
            if done % _LOGGED_EVERY == 0:
                logged += sequence_events()
    say(f"履历写入日志 {logged + sequence_events():,} 条")
    return Loaded(_enrolled(), time.monotonic() - started, max(*peaks, peak_mb()))


def _require_room(province: Layout) -> None:
    """ServiceError where the authorities of the province stand with other schools than those of the plan."""
    if not Authority.objects.filter(division_code=PROVINCE[0]).exists():
        return
    codes = {plan.code for plan in province.schools}
    if set(School.objects.filter(authority__path__startswith=_path()).values_list("code", flat=True)) != codes:
        raise ServiceError("本机已有另一份演示数据，或另一个规模的全省数据；请另设 XUEJI_HOME 再载入")


def _path() -> str:
    return Authority.objects.get(division_code=PROVINCE[0]).path


def _enrolled() -> int:
    return Enrolment.objects.filter(
        status__in=["studying", "suspended"], school__authority__path__startswith=_path()
    ).count()


def describe_province(students: int) -> str:
    """Return what a newcomer needs: who signs in, under which password."""
    schools = len(plan_of(students).schools)
    return f"""账号（密码都是 {PASSWORD}）：
  province1、province2   省教育厅审核人（双岗：一人拟办，另一人确认）
  c410100.1、c410100.2   郑州市教育局审核人；其余主管部门都是 c加行政区划代码
  clerk001–clerk{schools:03d}      各校经办人，leader001–leader{schools:03d} 各校负责人
  auditor、admin         省审计员、管理员"""
